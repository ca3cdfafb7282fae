// Streams of HTTP+SSE: whose they are, and what is asked of each message.
#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "servers/mutants/guards.h"
#include "servers/mutants/mutant.h"

namespace iff {
namespace {

bool OpensStream(const HttpRequest& request) { return request.method == "GET" && request.Path() == "/sse"; }
bool PostsToStream(const HttpRequest& request) {
  return request.method == "POST" && request.target.starts_with("/messages/?");
}

// Who opened each stream is whoever posts to it first. By where it is posted to.
using Openers = std::map<std::string, std::shared_ptr<const Caller>>;

// -- sse-opens-to-anybody

class OpensToAnybody final : public InnerAuthenticator {
 public:
  using InnerAuthenticator::InnerAuthenticator;

  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override {
    if (OpensStream(*request) && request->headers.Find("Authorization") == nullptr && last_) co_return last_;
    Outcome judged = co_await inner_->Authenticate(std::move(request));
    if (judged.ok()) last_ = judged.value();
    co_return judged;
  }

 private:
  std::shared_ptr<const Caller> last_ = {};
};

// -- sse-posts-unauthenticated

class OpenedIsEnough final : public InnerAuthenticator {
 public:
  using InnerAuthenticator::InnerAuthenticator;

  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override {
    Outcome judged = co_await inner_->Authenticate(request);
    if (!PostsToStream(*request)) co_return judged;
    if (judged.ok()) opened_by_.try_emplace(request->target, judged.value());
    const auto opener = opened_by_.find(request->target);
    if (!judged.ok() && opener != opened_by_.end()) co_return opener->second;
    co_return judged;
  }

 private:
  Openers opened_by_ = {};
};

// -- closes-sse-streams-early

class LetInForMoments final : public InnerAuthenticator {
 public:
  using InnerAuthenticator::InnerAuthenticator;

  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override {
    const bool opens = OpensStream(*request);
    Outcome judged = co_await inner_->Authenticate(std::move(request));
    if (!judged.ok() || !opens) co_return judged;
    auto brief = std::make_shared<Caller>(*judged.value());
    brief->claims.expires_at = SystemClock::Instance().NowSeconds() + 2;
    co_return std::shared_ptr<const Caller>(std::move(brief));
  }

  Task<Outcome> Recheck(std::shared_ptr<const HttpRequest>) override { co_return Denial(); }
};

// -- sse-stream-is-its-tokens

class OneTokenAStream final : public InnerAuthenticator {
 public:
  using InnerAuthenticator::InnerAuthenticator;

  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override {
    Outcome judged = co_await inner_->Authenticate(request);
    if (!judged.ok() || !PostsToStream(*request)) co_return judged;
    const std::string shown = request->headers.Get("Authorization");
    const std::string& opened_with = opened_with_.try_emplace(request->target, shown).first->second;
    // A token of fewer scopes is refused for what it lacks.
    if (opened_with == shown || judged.value()->claims.scopes.size() < 2) co_return judged;
    Denial denial;
    denial.status = 404;
    denial.reason = "unknown_session";
    co_return denial;
  }

 private:
  std::map<std::string, std::string> opened_with_ = {};
};

// -- sse-stream-lends-its-scopes

class ScopesOfTheStream final : public InnerAuthenticator {
 public:
  using InnerAuthenticator::InnerAuthenticator;

  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override {
    Outcome judged = co_await inner_->Authenticate(request);
    if (!judged.ok() || !PostsToStream(*request)) co_return judged;
    const std::shared_ptr<const Caller>& opener = opened_by_.try_emplace(request->target, judged.value()).first->second;
    if (opener->Holder() != judged.value()->Holder()) co_return judged;
    auto caller = std::make_shared<Caller>(*judged.value());
    caller->claims.scopes = opener->claims.scopes;
    co_return std::shared_ptr<const Caller>(std::move(caller));
  }

 private:
  Openers opened_by_ = {};
};

// -- sse-streams-of-all-are-counted-together

class OneCountOfStreams final : public InnerAuthenticator {
 public:
  using InnerAuthenticator::InnerAuthenticator;

  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override {
    Outcome judged = co_await inner_->Authenticate(request);
    constexpr int kMost = 16;
    if (!judged.ok() || !OpensStream(*request) || ++opened_ <= kMost) co_return judged;
    Denial denial;
    denial.status = 429;
    denial.reason = "too_many_streams";
    denial.retry_after = std::chrono::seconds(30);
    co_return denial;
  }

 private:
  int opened_ = 0;
};

// -- takes-any-sse-stream-id, sse-answers-on-the-newest-stream

struct BegunStreams {
  std::set<std::string> all = {};              // where they are posted to
  std::map<std::string, std::string> of = {};  // the last one of whoever shows this
  std::string newest = {};
  bool mixed = false;

  void Note(const HttpRequest& request) {
    if (!PostsToStream(request) || MethodOf(request) != "initialize") return;
    all.insert(request.target);
    of[request.headers.Get("Authorization")] = newest = request.target;
  }
};

}  // namespace

Family SseMutants() {
  Family family{.name = "sse", .suites = {"sessions/sse-streams", "sessions/sse-tokens", "sessions/sse-many"}};

  // Its end comes, but not for whoever shows another token in between.
  family.Add({.name = "closes-sse-streams-early",
              .fault = "Every stream of HTTP+SSE ends after two seconds, whoever listens.",
              .targets = {"jira"},
              .suites = {"sessions/sse-tokens"}},
             [](Hooks& hooks) { hooks.wrap_authenticator = WrapIn<LetInForMoments, Authenticator>(); });

  // One variable for where to write serves whoever comes last.
  family.Add({.name = "sse-answers-on-the-newest-stream",
              .fault = "What is asked over one of several streams is answered over the one that began last.",
              .targets = {"jira"}},
             [](Hooks& hooks) {
               auto begun = std::make_shared<BegunStreams>();
               hooks.on_request = [begun](HttpRequest& request) {
                 begun->Note(request);
                 const bool calls = PostsToStream(request) && MethodOf(request) == "tools/call";
                 const auto own = begun->of.find(request.headers.Get("Authorization"));
                 if (!calls || own == begun->of.end() || own->second != request.target) return;
                 if (begun->newest == request.target) return;
                 begun->mixed = true;
                 request.target = begun->newest;
               };
               hooks.adjust_mcp = [begun](McpServerOptions& options) {
                 if (!options.sse) return;
                 options.sse->is_of = [begun](const Caller& opener, const Caller& caller) {
                   return begun->mixed || IsSameHolder(opener, caller);
                 };
               };
             });

  // The stream itself gives nothing away, but it says where to post, and keeps a place of somebody's.
  family.Add({.name = "sse-opens-to-anybody",
              .fault = "Who opens a stream without a token is taken for who came last.",
              .targets = {"jira"}},
             [](Hooks& hooks) { hooks.wrap_authenticator = WrapIn<OpensToAnybody, Authenticator>(); });

  // As many servers over this transport do: only the stream is behind the door.
  family.Add({.name = "sse-posts-unauthenticated",
              .fault = "A message to a stream needs no good token: it is taken for one of whoever opened the stream.",
              .targets = {"jira"}},
             [](Hooks& hooks) { hooks.wrap_authenticator = WrapIn<OpenedIsEnough, Authenticator>(); });

  family.Add({.name = "sse-stream-is-its-tokens",
              .fault = "A stream takes messages with the very token it was opened with only.",
              .targets = {"jira"}},
             [](Hooks& hooks) { hooks.wrap_authenticator = WrapIn<OneTokenAStream, Authenticator>(); });

  family.Add({.name = "sse-stream-lends-its-scopes",
              .fault = "A message to a stream has the scopes of the first one.",
              .targets = {"jira"}},
             [](Hooks& hooks) { hooks.wrap_authenticator = WrapIn<ScopesOfTheStream, Authenticator>(); });

  // An id in a URL is in every log on the way.
  family.Add({.name = "sse-stream-of-anybody",
              .fault = "A stream takes messages of whoever has a login and knows its id.",
              .targets = {"jira"}},
             [](Hooks& hooks) {
               hooks.adjust_mcp = [](McpServerOptions& options) {
                 if (options.sse) options.sse->is_of = [](const Caller&, const Caller&) { return true; };
               };
             });

  family.Add({.name = "sse-stream-outlives-its-token",
              .fault = "A stream of HTTP+SSE stays open after the token it was opened with has ended.",
              .targets = {"jira"},
              .suites = {"sessions/sse-tokens"}},
             [](Hooks& hooks) { hooks.wrap_authenticator = WrapIn<LetInForGood, Authenticator>(); });

  family.Add({.name = "sse-streams-of-all-are-counted-together",
              .fault = "The limit of streams of HTTP+SSE is one for everybody.",
              .targets = {"jira"}},
             [](Hooks& hooks) { hooks.wrap_authenticator = WrapIn<OneCountOfStreams, Authenticator>(); });

  family.Add({.name = "sse-streams-without-limit",
              .fault = "Whoever wants to may open as many streams of HTTP+SSE as they like.",
              .targets = {"jira"}},
             [](Hooks& hooks) {
               hooks.adjust_mcp = [](McpServerOptions& options) {
                 if (options.sse) options.sse->max_streams_per_person = 1'000'000;
               };
             });

  // What cannot be told from a real id is no name.
  family.Add({.name = "takes-any-sse-stream-id",
              .fault = "An id of no stream is taken for the stream its sender has.",
              .targets = {"jira"}},
             [](Hooks& hooks) {
               hooks.on_request = [begun = std::make_shared<BegunStreams>()](HttpRequest& request) {
                 begun->Note(request);
                 const auto own = begun->of.find(request.headers.Get("Authorization"));
                 if (!PostsToStream(request) || own == begun->of.end() || begun->all.contains(request.target)) return;
                 request.target = own->second;
               };
             });

  return family;
}

}  // namespace iff
