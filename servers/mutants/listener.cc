// What anybody meets who connects: connections, heads, paths, texts, names of sessions.
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "harness/core/json.h"
#include "servers/mutants/guards.h"
#include "servers/mutants/heads.h"
#include "servers/mutants/mutant.h"
#include "servers/mutants/rules.h"

namespace iff {
namespace {

// -- metadata-from-forwarded-host

class Reflecting final : public InnerAuthenticator {
 public:
  Reflecting(std::shared_ptr<Authenticator> inner, std::shared_ptr<std::string> host)
      : InnerAuthenticator(std::move(inner)), host_(std::move(host)) {}

  Json Metadata() const override {
    Json document = inner_->Metadata();
    if (!host_->empty()) document["resource"] = "https://" + *host_ + "/mcp";
    return document;
  }

 private:
  std::shared_ptr<std::string> host_;
};

// -- metadata-is-the-configuration

class OpenBook final : public InnerAuthenticator {
 public:
  OpenBook(std::shared_ptr<Authenticator> inner, std::shared_ptr<Json> config)
      : InnerAuthenticator(std::move(inner)), config_(std::move(config)) {}

  Json Metadata() const override {
    Json document = inner_->Metadata();
    document["configuration"] = *config_;
    document["scopes_supported"].push_back("offline_access");
    return document;
  }

 private:
  std::shared_ptr<Json> config_;
};

// -- old-door-by-session

constexpr const char* kOldDoor = "X-Old-Door";

class BySessionAtTheOldDoor final : public InnerAuthenticator {
 public:
  using InnerAuthenticator::InnerAuthenticator;

  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override {
    const std::string session = request->headers.Get("Mcp-Session-Id");
    if (request->headers.Find(kOldDoor) != nullptr) {
      if (const auto known = opened_by_.find(session); known != opened_by_.end()) co_return known->second;
    }
    Outcome judged = co_await inner_->Authenticate(request);
    if (judged.ok() && !session.empty()) opened_by_.emplace(session, judged.value());
    co_return judged;
  }

 private:
  std::map<std::string, std::shared_ptr<const Caller>> opened_by_ = {};
};

}  // namespace

Family ListenerMutants() {
  Family family{.name = "listener"};

  // Who opens those few and says nothing has the server for themselves.
  family.Add(
      {.name = "few-at-once",
       .fault = "A few connections are served at once, and the others wait.",
       .targets = {"jira"},
       .suites = {"doors/stalled", "fair_shares/bodies", "fair_shares/idle", "fair_shares/unread"}},
      [](Hooks& hooks) { hooks.adjust_listener = [](HttpServerOptions& listener) { listener.max_connections = 8; }; });

  // An attacker in between makes clients ask for tokens for the attacker's server.
  family.Add(
      {.name = "metadata-from-forwarded-host",
       .fault =
           "Metadata, and the challenges that lead to them, name the host that the request says it was forwarded for.",
       .targets = {"jira"},
       .suites = {"doors/texts", "tokens/presenting", "tokens/every-method", "tokens/scopes", "tokens/effects",
                  "tokens/client-and-subject", "audit", "protocol", "isolation/session-is-no-identity",
                  "isolation/whoami", "isolation/upstream-credentials", "rate_limit", "lifetime/tokens",
                  "missing_credential"}},
      [](Hooks& hooks) {
        const auto host = std::make_shared<std::string>();
        hooks.on_request = [host](HttpRequest& request) { *host = request.headers.Get("X-Forwarded-Host"); };
        hooks.on_response = [host](const HttpRequest&, HttpResponse& response) {
          if (host->empty() || response.headers.Find("WWW-Authenticate") == nullptr) return;
          response.headers.Set("WWW-Authenticate", "Bearer resource_metadata=\"https://" + *host +
                                                       "/.well-known/oauth-protected-resource/mcp\"");
        };
        hooks.wrap_authenticator = [host](std::shared_ptr<Authenticator> right) {
          return std::make_shared<Reflecting>(std::move(right), host);
        };
      });

  // They are for everybody, without a token.
  family.Add({.name = "metadata-is-the-configuration",
              .fault = "The metadata hold whatever the server was configured with, and ask for lasting access.",
              .targets = {"jira"},
              .suites = {"doors/texts", "tokens/every-method"}},
             [](Hooks& hooks) {
               const auto config = std::make_shared<Json>(Json::object());
               hooks.adjust_settings = [config](Settings& right) {
                 const Result<Secret> secret = ReadSecretFile(right["IFF_CLIENT_SECRET_FILE"]);
                 *config = {{"vault", AuthorityOf(right, "IFF_VAULT_ADDR")},
                            {"client_secret", secret.ok() ? secret->Reveal() : ""}};
               };
               hooks.wrap_authenticator = [config](std::shared_ptr<Authenticator> right) {
                 return std::make_shared<OpenBook>(std::move(right), config);
               };
             });

  // A client that reads the field word by word has half a name, and no session.
  family.Add({.name = "names-sessions-in-two-words",
              .fault = "A session's name has a blank in it.",
              .targets = {"jira"},
              .suites = {"doors/session-names", "sessions/others"}},
             [](Hooks& hooks) {
               hooks.on_request = [](HttpRequest& request) {
                 std::string id = request.headers.Get("Mcp-Session-Id");
                 std::erase(id, ' ');
                 if (!id.empty()) request.headers.Set("Mcp-Session-Id", id);
               };
               hooks.on_response = [](const HttpRequest&, HttpResponse& response) {
                 std::string id = response.headers.Get("Mcp-Session-Id");
                 if (!id.empty()) response.headers.Set("Mcp-Session-Id", id.insert(id.size() / 2, " "));
               };
             });

  // Who has one knows what the next is called, and the one before.
  family.Add({.name = "numbers-its-sessions",
              .fault = "Sessions are numbered.",
              .targets = {"jira"},
              .suites = {"doors/session-names", "sessions/others"}},
             [](Hooks& hooks) {
               const auto real = std::make_shared<std::map<std::string, std::string>>();
               hooks.on_request = [real](HttpRequest& request) {
                 const auto known = real->find(request.headers.Get("Mcp-Session-Id"));
                 if (known != real->end()) request.headers.Set("Mcp-Session-Id", known->second);
               };
               hooks.on_response = [real](const HttpRequest&, HttpResponse& response) {
                 const std::string id = response.headers.Get("Mcp-Session-Id");
                 if (id.empty()) return;
                 const std::string number = "session-" + std::to_string(real->size() + 100'000);
                 (*real)[number] = id;
                 response.headers.Set("Mcp-Session-Id", number);
               };
             });

  // An older transport was left in when the check came: it lies under another path, and nobody asks for a token
  // there.
  family.Add(
      {.name = "old-door-by-session",
       .fault =
           "Beside the route that is guarded, /message still takes whoever names a session for the one who opened it.",
       .targets = {"jira"},
       .suites = {"doors", "sessions/others", "isolation/session-is-no-identity"}},
      [](Hooks& hooks) {
        hooks.on_request = [](HttpRequest& request) {
          request.headers.Remove(kOldDoor);
          if (request.Path() != "/message") return;
          request.headers.Set("Mcp-Session-Id", request.Query()["session_id"]);
          request.headers.Set(kOldDoor, "yes");
          request.target = "/mcp";
        };
        hooks.wrap_authenticator = WrapIn<BySessionAtTheOldDoor, Authenticator>();
      });

  // Meant for operators; but these routes ask nobody for a token.
  family.Add({.name = "open-routes-list-sessions",
              .fault = "Health, readiness, metrics and metadata name the session that was opened last.",
              .targets = {"jira"},
              .suites = {"doors/open-routes"}},
             [](Hooks& hooks) {
               const auto last = std::make_shared<std::string>();
               hooks.on_response = [last](const HttpRequest& request, HttpResponse& response) {
                 const std::string id = response.headers.Get("Mcp-Session-Id");
                 if (!id.empty()) *last = id;
                 if (request.method == "GET" && request.Path() != "/mcp" && !last->empty()) {
                   response.body += "\nsession " + *last + "\n";
                 }
               };
             });

  // What reads as done was not, or will be once somebody puts something behind it.
  family.Add({.name = "open-routes-take-every-method",
              .fault = "Health, readiness and metrics answer every method as they do GET.",
              .targets = {"jira"},
              .suites = {"doors/open-route-methods"}},
             [](Hooks& hooks) {
               hooks.on_request = [](HttpRequest& request) {
                 const std::string path = request.Path();
                 if (path == "/healthz" || path == "/readyz" || path == "/metrics") request.method = "GET";
               };
             });

  // Memory and time are spent on whoever sends most, before anybody asked who that is.
  family.Add({.name = "reads-heads-of-any-size",
              .fault = "The head of a request may be as large as it likes.",
              .targets = {"jira"},
              .suites = {"doors/heads"}},
             [](Hooks& hooks) {
               hooks = Tidying([](std::vector<std::string>& lines) {
                 std::erase_if(lines, [](const std::string& line) { return line.starts_with("X-Note"); });
               });
               hooks.adjust_listener = [inner = hooks.adjust_listener](HttpServerOptions& listener) {
                 if (inner) inner(listener);
                 listener.header_limit = size_t{16} << 20;
               };
             });

  // Meant for whoever mends it; read by whoever looks for a version with a known hole, and for the way to it.
  family.Add(
      {.name = "refusals-tell-where",
       .fault = "A refusal says where in the program it was made, what that is built of, and what stands behind it.",
       .targets = {"jira"},
       .suites = {"doors/texts"}},
      [](Hooks& hooks) {
        const auto behind = std::make_shared<std::string>();
        hooks.adjust_settings = [behind](Settings& settings) { *behind = AuthorityOf(settings, "IFF_VAULT_ADDR"); };
        hooks.on_response = [behind](const HttpRequest&, HttpResponse& response) {
          if (response.status < 400) return;
          response.headers.Set("Server", "iff/0.1.0 OpenSSL/3.0.15");
          response.body += "Traceback (most recent call last): /usr/lib/iff/guard.cc:154, with Vault at " + *behind;
        };
      });

  // A browser then hands every answer, refusals with their texts and what a kept credential opens, to that page.
  family.Add({.name = "tells-every-page-it-may",
              .fault = "Whatever page asks is named in Access-Control-Allow-Origin.",
              .targets = {"jira"},
              .suites = {"doors", "messages/origins"}},
             [](Hooks& hooks) {
               hooks.on_response = [](const HttpRequest& request, HttpResponse& response) {
                 const std::string origin = request.headers.Get("Origin");
                 if (!origin.empty()) response.headers.Set("Access-Control-Allow-Origin", origin);
               };
             });

  // Connections that cost their maker nothing are kept, until there are no more.
  family.Add({.name = "waits-for-stalled-requests",
              .fault = "A request that was begun is waited for as long as it takes.",
              .targets = {"jira"},
              .suites = {"doors/stalled"}},
             [](Hooks& hooks) {
               hooks.adjust_listener = [](HttpServerOptions& listener) {
                 listener.request_timeout = std::chrono::minutes(10);
               };
             });

  return family;
}

}  // namespace iff
