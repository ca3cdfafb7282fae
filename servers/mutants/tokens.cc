// Tokens: a rule about claims left out, or a token taken from where it has no business.
#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/core/bytes.h"
#include "harness/core/json.h"
#include "servers/mutants/callers.h"
#include "servers/mutants/guards.h"
#include "servers/mutants/heads.h"
#include "servers/mutants/judging.h"
#include "servers/mutants/mutant.h"
#include "servers/mutants/rules.h"

namespace iff {
namespace {

// -- fetches-before-it-verifies

// Whom a token names, whoever signed it.
std::string NamedIn(const HttpRequest& request) {
  const Result<TokenParts, Refusal> parts = TakeApart(ReadCredentials(request).token.Reveal());
  if (!parts.ok()) return "";
  const Result<Json> payload = ParseJson(parts.value().payload_text);
  return payload.ok() ? AtOr<std::string>(*payload, "/sub", "") : "";
}

class Hasty final : public InnerAuthenticator {
 public:
  Hasty(std::shared_ptr<Authenticator> inner, std::shared_ptr<Callers> callers, std::shared_ptr<ToolRun> look)
      : InnerAuthenticator(std::move(inner)), callers_(std::move(callers)), look_(std::move(look)) {}

  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override {
    ToolCall theirs;
    theirs.caller = callers_->Find(NamedIn(*request));
    if (theirs.caller != nullptr) (void)co_await (*look_)(std::move(theirs));
    Outcome judged = co_await inner_->Authenticate(std::move(request));
    co_return judged;
  }

 private:
  std::shared_ptr<Callers> callers_;
  std::shared_ptr<ToolRun> look_;
};

// -- takes-tokens-of-its-peers

// What is for `mcp-PEER` is for us, and its scopes `PEER:USE` are ours.
void AsIfForThisOne(Json& payload, const TokenPolicy& policy, int64_t) {
  constexpr std::string_view kServer = "mcp-";
  const std::string peer = AtOr<std::string>(payload, "/aud", "");
  if (!peer.starts_with(kServer) || !policy.audience.starts_with(kServer)) return;
  payload["aud"] = policy.audience;
  const std::string theirs = peer.substr(kServer.size()) + ":";
  std::string scopes = AtOr<std::string>(payload, "/scope", "");
  for (size_t at = scopes.find(theirs); at != std::string::npos; at = scopes.find(theirs, at)) {
    scopes.replace(at, theirs.size(), policy.audience.substr(kServer.size()) + ":");
  }
  payload["scope"] = scopes;
}

// -- keeps-what-connection-drops

struct KeptShown {
  std::string latest = {};
  std::string before = {};  // of somebody else
};

}  // namespace

Family TokenMutants() {
  Family family{.name = "tokens",
                .suites = {"tokens", "lifetime/tokens", "lifetime/verdict-cache", "lifetime/key-rotation"}};

  // A token meant for another server, or for nobody, opens this one.
  family.Add({.name = "accepts-any-audience",
              .fault = "The audience of a token is not asked.",
              .targets = {"jira"},
              .also = {"cross_target/tokens"}},
             [](Hooks& hooks) {
               hooks.verify = VerifyMended(
                   [](Json& payload, const TokenPolicy& policy, int64_t) { payload["aud"] = policy.audience; });
             });

  family.Add({.name = "accepts-any-client", .fault = "Tokens of every client are taken.", .targets = {"jira"}},
             [](Hooks& hooks) { hooks.adjust_policy = [](TokenPolicy& policy) { policy.clients.clear(); }; });

  // Tokens of some issuers name no audience, and whoever supports both kinds takes either name for it.
  family.Add({.name = "accepts-its-name-as-client",
              .fault = "A token whose client is called like the server is taken as one for it.",
              .targets = {"jira"}},
             [](Hooks& hooks) {
               hooks.verify = VerifyMended([](Json& payload, const TokenPolicy& policy, int64_t) {
                 if (AtOr<std::string>(payload, "/client_id", "") != policy.audience) return;
                 payload["aud"] = policy.audience;
                 payload.erase("client_id");
               });
             });

  // A date that cannot be read was read as "no end".
  family.Add({.name = "accepts-any-date",
              .fault = "The end of a token may be missing or written in any form, and then never comes.",
              .targets = {"jira"}},
             [](Hooks& hooks) {
               hooks.verify = VerifyMended([](Json& payload, const TokenPolicy&, int64_t now) {
                 const auto end = payload.find("exp");
                 if (end == payload.end() || !end->is_number_integer() || *end < 0) payload["exp"] = now + 60;
               });
             });

  // A realm of the same issuer that signs with the same keys is then as good as ours.
  family.Add({.name = "accepts-any-issuer", .fault = "The issuer of a token is not compared.", .targets = {"jira"}},
             [](Hooks& hooks) {
               hooks.verify = VerifyMended(
                   [](Json& payload, const TokenPolicy& policy, int64_t) { payload["iss"] = policy.issuer; });
             });

  family.Add(
      {.name = "accepts-any-lifetime", .fault = "A token may live as long as it says.", .targets = {"jira"}},
      [](Hooks& hooks) { hooks.adjust_policy = [](TokenPolicy& policy) { policy.max_lifetime = int64_t{1} << 40; }; });

  family.Add({.name = "accepts-any-scheme",
              .fault = "The last word of the Authorization field is the token, whatever is before it.",
              .targets = {"jira"}},
             [](Hooks& hooks) {
               hooks.read_credentials = [](const HttpRequest& request) {
                 Presented presented = ReadCredentials(request);
                 const std::string field = request.headers.Get("Authorization");
                 if (!field.empty() && !field.starts_with("Bearer ") && presented.kind != Presented::Kind::kBearer) {
                   std::string word = field.substr(field.rfind(' ') + 1);
                   const Result<std::string> basic = DecodeBase64(word);
                   if (basic.ok()) word = basic.value().substr(basic.value().find(':') + 1);
                   presented.kind = Presented::Kind::kBearer;
                   presented.token = Secret(word);
                 }
                 return presented;
               };
             });

  // Whatever the issuer signed for another purpose opens this server.
  family.Add({.name = "accepts-any-type", .fault = "The typ of the header is not looked at.", .targets = {"jira"}},
             [](Hooks& hooks) { hooks.verify = VerifyDespite(Refusal::kType, SignedByIssuer); });

  family.Add({.name = "accepts-cnf-as-bearer",
              .fault = "A token bound to a key is taken without proof of that key.",
              .targets = {"jira"}},
             [](Hooks& hooks) {
               hooks.verify = VerifyMended([](Json& payload, const TokenPolicy&, int64_t) { payload.erase("cnf"); });
             });

  // Whoever finds an old token uses it for ever.
  family.Add(
      {.name = "accepts-expired",
       .fault = "The end of a token is not looked at.",
       .targets = {"jira"},
       .also = {"rate_limit/bad-tokens"}},
      [](Hooks& hooks) {
        hooks.verify = VerifyMended([](Json& payload, const TokenPolicy&, int64_t now) {
          const auto end = payload.find("exp");
          if (end != payload.end() && end->is_number_unsigned() && end->get<uint64_t>() <= static_cast<uint64_t>(now)) {
            *end = now + 60;
          }
        });
        hooks.adjust_bearer = RememberNoVerdicts;  // a kept verdict is asked for its times by other code
      });

  // The claims that tell kinds of tokens apart are not looked at.
  family.Add({.name = "accepts-id-token",
              .fault = "An ID, refresh or other token is taken for an access token.",
              .targets = {"jira"}},
             [](Hooks& hooks) {
               hooks.verify = VerifyMended([](Json& payload, const TokenPolicy&, int64_t) {
                 for (const char* mark : {"typ", "token_use", "at_hash", "c_hash", "events", "token_introspection"})
                   payload.erase(mark);
               });
             });

  // The peer that is named as well can use it here, in the name of whoever sent it there.
  family.Add({.name = "accepts-shared-audience",
              .fault = "A token that names others beside this server is taken.",
              .targets = {"jira"}},
             [](Hooks& hooks) { hooks.adjust_policy = [](TokenPolicy& policy) { policy.sole_audience = false; }; });

  family.Add({.name = "accepts-token-in-body",
              .fault = "A token in the message itself is taken when the header has none.",
              .targets = {"jira"}},
             [](Hooks& hooks) {
               hooks.read_credentials = [](const HttpRequest& request) {
                 Presented presented = ReadCredentials(request);
                 if (presented.kind == Presented::Kind::kNothing) {
                   const Result<Json> body = ParseJson(request.body);
                   const std::string token = body.ok() ? AtOr<std::string>(body.value(), "/access_token", "") : "";
                   if (!token.empty()) {
                     presented.kind = Presented::Kind::kBearer;
                     presented.token = Secret(token);
                   }
                 }
                 return presented;
               };
             });

  // Browsers send cookies along unasked.
  family.Add({.name = "accepts-token-in-cookie",
              .fault = "A token in a cookie is taken when the header has none.",
              .targets = {"jira"}},
             [](Hooks& hooks) {
               hooks.read_credentials = [](const HttpRequest& request) {
                 Presented presented = ReadCredentials(request);
                 const std::string cookie = request.headers.Get("Cookie");
                 const std::string_view name = "access_token=";
                 if (presented.kind == Presented::Kind::kNothing && cookie.starts_with(name)) {
                   presented.kind = Presented::Kind::kBearer;
                   presented.token = Secret(cookie.substr(name.size()));
                 }
                 return presented;
               };
             });

  // URLs end up in logs, histories and Referer fields.
  family.Add({.name = "accepts-token-in-query",
              .fault = "A token in the URL is taken when the header has none.",
              .targets = {"jira"}},
             [](Hooks& hooks) {
               hooks.read_credentials = [](const HttpRequest& request) {
                 Presented presented = ReadCredentials(request);
                 if (presented.kind == Presented::Kind::kNothing) {
                   const std::map<std::string, std::string> query = request.Query();
                   if (const auto token = query.find("access_token"); token != query.end()) {
                     presented.kind = Presented::Kind::kBearer;
                     presented.token = Secret(token->second);
                   }
                 }
                 return presented;
               };
             });

  // The verdict is kept, the clock is not asked again.
  family.Add({.name = "caches-verdict-past-expiry",
              .fault = "A token that was good once is good for as long as the server runs.",
              .targets = {"jira"},
              .also = {"introspection/kept-answer"}},
             [](Hooks& hooks) {
               hooks.adjust_bearer = RememberNoVerdicts;
               const auto kept = std::make_shared<std::map<std::string, Claims, std::less<>>>();
               hooks.verify = [kept](std::string_view token, const KeySet& keys, const TokenPolicy& policy,
                                     int64_t now) -> Result<Claims, Refusal> {
                 if (const auto known = kept->find(token); known != kept->end()) {
                   known->second.expires_at = std::max(known->second.expires_at, now + 1);
                   return known->second;
                 }
                 Result<Claims, Refusal> seen = VerifyToken(token, keys, policy, now);
                 if (seen.ok()) kept->emplace(token, seen.value());
                 return seen;
               };
             });

  // What stands in front of the server, a log or a deny list, sees another token than the server believes.
  family.Add({.name = "cleans-credentials",
              .fault = "What cannot be in a credential is left out before it is read.",
              .targets = {"jira"},
              .suites = {"doors/credentials", "tokens/presenting"}},
             [](Hooks& hooks) {
               hooks = Tidying([](std::vector<std::string>& lines) {
                 for (std::string& line : lines) {
                   if (!IsField(line, "Authorization")) continue;
                   std::replace(line.begin(), line.end(), '\t', ' ');
                   std::erase_if(line, [](char c) { return c < ' ' || c > '~'; });
                   const size_t token = line.find(' ', line.find(' ') + 1) + 1;
                   line.resize(std::min(line.size(), line.find(' ', token)));
                 }
               });
             });

  // Whoever forges a token makes the server ask Vault, as its victim.
  family.Add({.name = "fetches-before-it-verifies",
              .fault = "What is stored for whom a token names is fetched before the token is verified.",
              .targets = {"jira"},
              .suites = {"tokens/effects", "lifetime/tokens", "rate_limit/bad-tokens"}},
             [](Hooks& hooks) {
               const auto callers = std::make_shared<Callers>();
               const auto look = std::make_shared<ToolRun>();
               hooks.adjust_offer = [callers, look](Offer& offer) {
                 *look = RunOf(offer, "whoami");
                 NoteCallers(offer, callers);
               };
               hooks.wrap_authenticator = [callers, look](std::shared_ptr<Authenticator> right) {
                 return std::make_shared<Hasty>(std::move(right), callers, look);
               };
             });

  // A rotation then logs everybody out.
  family.Add({.name = "forgets-keys-too-soon",
              .fault = "Once a newer key was seen, tokens of the older one are refused.",
              .targets = {"jira"}},
             [](Hooks& hooks) {
               const auto newest = std::make_shared<std::vector<std::string>>();
               hooks.adjust_bearer = RememberNoVerdicts;
               hooks.verify = [newest](std::string_view token, const KeySet& keys, const TokenPolicy& policy,
                                       int64_t now) -> Result<Claims, Refusal> {
                 Result<Claims, Refusal> seen = VerifyToken(token, keys, policy, now);
                 if (!seen.ok()) return seen;
                 const std::string key = TakeApart(token).value().HeaderText("kid");
                 const auto known = std::find(newest->begin(), newest->end(), key);
                 if (known == newest->end()) {
                   newest->push_back(key);
                 } else if (key != newest->back()) {
                   return Refusal::kUnknownKey;
                 }
                 return seen;
               };
             });

  // Whoever reads the configuration believes that a token ends when it says.
  family.Add({.name = "grants-more-time-than-it-says",
              .fault = "Two minutes are added to the leeway that is configured.",
              .targets = {"jira"},
              .suites = {"time"}},
             [](Hooks& hooks) { hooks.adjust_policy = [](TokenPolicy& policy) { policy.leeway += 120; }; });

  // Tokens from the future, and tokens that hide their age.
  family.Add({.name = "ignores-issued-at", .fault = "When a token was issued is not looked at.", .targets = {"jira"}},
             [](Hooks& hooks) {
               hooks.verify =
                   VerifyMended([](Json& payload, const TokenPolicy&, int64_t now) { payload["iat"] = now; });
             });

  family.Add(
      {.name = "ignores-not-before", .fault = "The beginning of a token (nbf) is not looked at.", .targets = {"jira"}},
      [](Hooks& hooks) {
        hooks.verify = VerifyMended([](Json& payload, const TokenPolicy&, int64_t) { payload.erase("nbf"); });
      });

  // After a rotation new tokens are refused until somebody restarts the server.
  family.Add({.name = "keeps-the-first-keys", .fault = "The issuer's keys are read once.", .targets = {"jira"}},
             [](Hooks& hooks) {
               const auto first = std::make_shared<std::optional<KeySet>>();
               hooks.verify = [first](std::string_view token, const KeySet& keys, const TokenPolicy& policy,
                                      int64_t now) {
                 if (!first->has_value()) *first = keys;
                 return VerifyToken(token, **first, policy, now);
               };
             });

  // A connection that is kept for many people was given the first one's name.
  family.Add({.name = "keeps-what-connection-drops",
              .fault = "A credential that is said to be for the next hop alone is dropped, and one that came before "
                       "taken in its place.",
              .targets = {"jira"},
              .suites = {"doors/credentials"}},
             [](Hooks& hooks) {
               hooks.on_request = [kept = std::make_shared<KeptShown>()](HttpRequest& request) {
                 const std::string shown = request.headers.Get("Authorization");
                 if (request.headers.Get("Connection").find("Authorization") != std::string::npos) {
                   request.headers.Set("Authorization", kept->latest == shown ? kept->before : kept->latest);
                 } else if (!shown.empty() && shown != kept->latest) {
                   kept->before = std::exchange(kept->latest, shown);
                 }
               };
             });

  // Honest clients are turned away.
  family.Add({.name = "scheme-with-case",
              .fault = "The scheme is taken as \"Bearer\" only, not as \"bearer\".",
              .targets = {"jira"}},
             [](Hooks& hooks) {
               hooks.read_credentials = [](const HttpRequest& request) {
                 Presented presented = ReadCredentials(request);
                 if (!request.headers.Get("Authorization").starts_with("Bearer ")) presented = Presented{};
                 return presented;
               };
             });

  // One server of the realm that is careless, or asks for a token on somebody's behalf, has the keys to all others.
  family.Add({.name = "takes-tokens-of-its-peers",
              .fault = "A token for another server of the realm is taken, with the scopes it has there.",
              .targets = {"jira"},
              .suites = {"cross_target/tokens"}},
             [](Hooks& hooks) { hooks.verify = VerifyMended(AsIfForThisOne); });

  // Whoever checked the second one, a proxy for example, was fooled.
  family.Add({.name = "takes-the-first-of-two-credentials",
              .fault = "Of several credentials the first one counts.",
              .targets = {"jira"}},
             [](Hooks& hooks) {
               hooks.read_credentials = [](const HttpRequest& request) {
                 Presented presented = ReadCredentials(request);
                 const std::string field = request.headers.Get("Authorization");
                 if (presented.kind == Presented::Kind::kMalformed && field.starts_with("Bearer ")) {
                   presented.kind = Presented::Kind::kBearer;
                   presented.token = Secret(field.substr(7, field.find_first_of(" ,", 7) - 7));
                 }
                 return presented;
               };
             });

  return family;
}

}  // namespace iff
