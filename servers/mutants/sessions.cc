// Sessions and their streams.
#include <chrono>
#include <limits>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "servers/mutants/guards.h"
#include "servers/mutants/mutant.h"

namespace iff {
namespace {

// -- closes-streams-early

// Whoever is in has a login that ends in two seconds, as the clock of the streams sees it.
class ClosingEarly final : public InnerAuthenticator {
 public:
  using InnerAuthenticator::InnerAuthenticator;

  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override {
    const bool listens = request->method == "GET";
    Outcome judged = co_await inner_->Authenticate(std::move(request));
    if (!judged.ok() || !listens) co_return judged;
    auto brief = std::make_shared<Caller>(*judged.value());
    brief->claims.expires_at = SystemClock::Instance().NowSeconds() + 2;
    co_return std::shared_ptr<const Caller>(std::move(brief));
  }

  Task<Outcome> Recheck(std::shared_ptr<const HttpRequest>) override { co_return Denial(); }
};

// -- only-calls-ask-whose-session-it-is

// Streams and ends are the opener's, whoever asks for them.
class OwnersStreams final : public InnerAuthenticator {
 public:
  using InnerAuthenticator::InnerAuthenticator;

  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override {
    const std::string session = request->headers.Get("Mcp-Session-Id");
    Outcome judged = co_await inner_->Authenticate(request);
    if (!judged.ok() || session.empty()) co_return judged;
    if (request->method == "POST") {
      opened_by_.try_emplace(session, judged.value());
    } else if (const auto known = opened_by_.find(session); known != opened_by_.end()) {
      co_return known->second;
    }
    co_return judged;
  }

 private:
  std::map<std::string, std::shared_ptr<const Caller>> opened_by_ = {};
};

// -- session-is-its-tokens

class OneTokenEach final : public InnerAuthenticator {
 public:
  using InnerAuthenticator::InnerAuthenticator;

  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override {
    const std::string session = request->headers.Get("Mcp-Session-Id");
    Outcome judged = co_await inner_->Authenticate(request);
    if (!judged.ok() || session.empty()) co_return judged;
    const std::string shown = request->headers.Get("Authorization");
    const std::string& opened_with = opened_with_.try_emplace(session, shown).first->second;
    // A token of fewer scopes is refused for what it lacks.
    if (opened_with == shown || judged.value()->claims.scopes.size() < 2) co_return judged;
    Denial denial;
    denial.status = 404;
    denial.description = "session not found";
    denial.reason = "unknown_session";
    co_return denial;
  }

 private:
  std::map<std::string, std::string> opened_with_ = {};
};

// -- session-lends-its-scopes

class OpenersScopes final : public InnerAuthenticator {
 public:
  using InnerAuthenticator::InnerAuthenticator;

  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override {
    const std::string session = request->headers.Get("Mcp-Session-Id");
    Outcome judged = co_await inner_->Authenticate(request);
    if (!judged.ok() || session.empty()) co_return judged;
    const std::shared_ptr<const Caller>& opener = opened_by_.try_emplace(session, judged.value()).first->second;
    if (opener->Holder() != judged.value()->Holder()) co_return judged;
    auto caller = std::make_shared<Caller>(*judged.value());
    caller->claims.scopes = opener->claims.scopes;
    co_return std::shared_ptr<const Caller>(std::move(caller));
  }

 private:
  std::map<std::string, std::shared_ptr<const Caller>> opened_by_ = {};
};

// -- sessions-of-all-are-counted-together

class OneCount final : public InnerAuthenticator {
 public:
  using InnerAuthenticator::InnerAuthenticator;

  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override {
    Outcome judged = co_await inner_->Authenticate(request);
    constexpr int kMost = 30;
    if (!judged.ok() || MethodOf(*request) != "initialize" || ++opened_ <= kMost) co_return judged;
    Denial denial;
    denial.status = 429;
    denial.reason = "too_many_sessions";
    denial.retry_after = std::chrono::seconds(30);
    co_return denial;
  }

 private:
  int opened_ = 0;
};

// -- sessions-of-any-client

class OfAnyClient final : public AlteredCallers {
 public:
  using AlteredCallers::AlteredCallers;

 protected:
  void Alter(Caller& caller) override { caller.claims.client.clear(); }
};

// -- takes-any-session-id

struct IssuedIds {
  std::set<std::string> issued = {};
  std::map<std::string, std::string> last = {};  // by what the caller shows
};

}  // namespace

Family SessionMutants() {
  Family family{.name = "sessions", .suites = {"sessions", "isolation/session-is-no-identity", "protocol"}};

  // Nothing is told to the wrong person; nothing is told to the right one either.
  family.Add({.name = "closes-streams-early",
              .fault = "Every stream is closed after two seconds, whoever listens.",
              .targets = {"jira"},
              .suites = {"sessions/expiry"}},
             [](Hooks& hooks) { hooks.wrap_authenticator = WrapIn<ClosingEarly, Authenticator>(); });

  // Who ends a session believes that nobody can go on in it.
  family.Add({.name = "ends-no-session",
              .fault = "The end of a session is accepted, and the session goes on.",
              .targets = {"jira"}},
             [](Hooks& hooks) {
               hooks.on_request = [](HttpRequest& request) {
                 if (request.method != "DELETE") return;
                 // Accepted, and that is all.
                 request.method = "POST";
                 request.headers.Set("Content-Type", "application/json");
                 request.headers.Set("Accept", "application/json, text/event-stream");
                 request.body = R"({"jsonrpc":"2.0","method":"notifications/initialized"})";
               };
             });

  // Whoever asks is asked for a login that is good; who only listens is not.
  family.Add({.name = "listens-past-expiry",
              .fault = "A stream stays open after the login it was opened with has ended.",
              .targets = {"jira"},
              .suites = {"sessions"}},
             [](Hooks& hooks) { hooks.wrap_authenticator = WrapIn<LetInForGood, Authenticator>(); });

  // Whoever learns the id hears what is sent to its owner, or ends what the owner is at.
  family.Add({.name = "only-calls-ask-whose-session-it-is",
              .fault = "A stream of a session, or its end, is given to whoever has the session's id.",
              .targets = {"jira"}},
             [](Hooks& hooks) { hooks.wrap_authenticator = WrapIn<OwnersStreams, Authenticator>(); });

  // A store of events that is not kept apart by session hands everybody's on.
  family.Add(
      {.name = "replays-to-anybody",
       .fault = "After a Last-Event-ID comes what was asked last, whoever asked it.",
       .targets = {"jira"}},
      [](Hooks& hooks) {
        // What was asked last is what there is to send again, whoever asked it.
        hooks.on_request = [last = std::make_shared<HttpRequest>()](HttpRequest& request) {
          if (MethodOf(request) == "tools/call") *last = request;
          if (request.method == "GET" && request.headers.Find("Last-Event-ID") != nullptr && last->method == "POST")
            request = *last;
        };
      });

  // Whoever opens one more takes the place of whom the messages are for, who does not learn of it.
  family.Add({.name = "second-stream-ends-the-first",
              .fault = "A second stream of a session closes what is open in it.",
              .targets = {"jira"}},
             [](Hooks& hooks) {
               hooks.on_request = [listening = std::make_shared<std::set<std::string>>()](HttpRequest& request) {
                 if (request.method != "GET") return;
                 const std::string session = request.headers.Get("Mcp-Session-Id");
                 // Whoever comes second takes the place, and what was open in it is closed.
                 if (!session.empty() && !listening->insert(session).second) request.method = "DELETE";
               };
             });

  // Each refresh of the login then costs the session and all that is open in it.
  family.Add({.name = "session-is-its-tokens",
              .fault = "A session is taken with the very token it was opened with only.",
              .targets = {"jira"}},
             [](Hooks& hooks) { hooks.wrap_authenticator = WrapIn<OneTokenEach, Authenticator>(); });

  // A right that was taken away, or was never in this token, lasts as long as the session.
  family.Add({.name = "session-lends-its-scopes",
              .fault = "Who goes on in a session has the scopes it was opened with.",
              .targets = {"jira"}},
             [](Hooks& hooks) { hooks.wrap_authenticator = WrapIn<OpenersScopes, Authenticator>(); });

  // One person who opens many keeps all others out.
  family.Add({.name = "sessions-of-all-are-counted-together",
              .fault = "The limit of sessions is one for everybody.",
              .targets = {"jira"}},
             [](Hooks& hooks) { hooks.wrap_authenticator = WrapIn<OneCount, Authenticator>(); });

  // A client that somebody let in for one thing goes on with what they began in another.
  family.Add({.name = "sessions-of-any-client",
              .fault = "A session is its person's, whatever client it was opened by.",
              .targets = {"jira"},
              .suites = {"sessions", "isolation/session-is-no-identity"}},
             [](Hooks& hooks) { hooks.wrap_authenticator = WrapIn<OfAnyClient, Authenticator>(); });

  // Each costs memory, and one person can take all there is.
  family.Add({.name = "sessions-without-limit",
              .fault = "Whoever wants to may open as many sessions as they like.",
              .targets = {"jira"}},
             [](Hooks& hooks) {
               hooks.adjust_mcp = [](McpServerOptions& options) {
                 options.max_sessions_per_caller = std::numeric_limits<size_t>::max();
               };
             });

  // Nobody is taken for anybody else, and what is open in a session is shared with whoever learns its id.
  family.Add({.name = "takes-anothers-session",
              .fault = "A session goes on for whoever knows its id, as who they are themselves.",
              .targets = {"jira"},
              .also = {"cross_target/sessions"}},
             [](Hooks& hooks) {
               hooks.adjust_mcp = [](McpServerOptions& options) {
                 options.session_holder = [](const Caller&) { return std::string("anybody"); };
               };
             });

  // What cannot be told from a real id is no name: a mistake, or somebody else's id, goes by unseen.
  family.Add({.name = "takes-any-session-id",
              .fault = "An id that is none is taken for the session its caller has.",
              .targets = {"jira"},
              .also = {"cross_target/sessions"}},
             [](Hooks& hooks) {
               hooks.adjust_listener = [](HttpServerOptions& listener) { listener.header_limit = size_t{1} << 20; };
               hooks.on_request = [ids = std::make_shared<IssuedIds>()](HttpRequest& request) {
                 const std::string session = request.headers.Get("Mcp-Session-Id");
                 if (session.empty()) return;
                 const std::string shown = request.headers.Get("Authorization");
                 if (MethodOf(request) == "notifications/initialized") {
                   ids->issued.insert(session);
                   ids->last[shown] = session;
                 }
                 const auto own = ids->last.find(shown);
                 if (!ids->issued.contains(session) && own != ids->last.end())
                   request.headers.Set("Mcp-Session-Id", own->second);
               };
             });

  return family;
}

}  // namespace iff
