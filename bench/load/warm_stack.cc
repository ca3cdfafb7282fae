#include "bench/load/warm_stack.h"

#include <charconv>
#include <filesystem>
#include <fstream>

#include "bench/load/echo_stack.h"
#include "bench/load/wire.h"
#include "harness/mcp/protocol.h"

namespace iff {
namespace {

constexpr const char* kJira = "mcp-jira";
constexpr const char* kIssue = "DEMO-1";
constexpr int64_t kLives = 36'000;  // seconds: nothing that was fetched ends while it is measured

HttpRequest GetIssue(const Secret& token) {
  const Json params{{"name", "get_issue"}, {"arguments", {{"issue_key", kIssue}}}};
  HttpRequest request = McpRequest(Revision::k20260728, "/mcp", "tools/call", params, 1);
  request.headers.Set("Authorization", "Bearer " + token.Reveal());
  return request;
}

}  // namespace

WarmWorld::WarmWorld(int people, int core) : here_(std::in_place, 0, core) {
  vault_.lease = kLives;
  const int64_t now = SystemClock::Instance().NowSeconds();
  for (int i = 0; i < people; ++i) {
    const std::string principal = RandomUuid();
    const std::string username = "caller-" + std::to_string(i) + "@example.org";
    const std::string api_token = "ATATT" + Base64Url(RandomBytes(138));  // as long as Atlassian's
    Json claims = KeycloakClaims(i);
    claims.update(Json{{"scope", "openid profile email jira:read jira:write"}, {"exp", now + kLives}});
    const std::string basic = "Basic " + Base64(username + ":" + api_token);
    people_.push_back({.token = issuer_.Token(principal, kJira, now, claims),
                       .authorization = Secret(basic),
                       .summary = "only for " + principal});
    vault_.Store(principal, "jira", Json{{"username", username}, {"api_token", api_token}});
    issues_[basic] = Dump(Json{{"id", "10001"},
                               {"key", kIssue},
                               {"self", "https://jira.example/rest/api/3/issue/10001"},
                               {"fields",
                                {{"summary", people_.back().summary},
                                 {"status", {{"name", "To Do"}}},
                                 {"issuetype", {{"name", "Task"}}},
                                 {"project", {{"key", "DEMO"}}},
                                 {"assignee", {{"displayName", "Caller Example"}}},
                                 {"description", std::string(300, 'x')}}}});
  }
  jira_ = HttpServer::Start([this](const HttpRequest& request) { return Answer(request); }).value();
  here_.reset();
}

HttpResponse WarmWorld::Answer(const HttpRequest& request) const {
  HttpResponse response;
  response.headers.Add("Content-Type", "application/json");
  const auto issue = issues_.find(request.headers.Get("Authorization"));
  response.status = issue == issues_.end() ? 401 : 200;
  if (issue != issues_.end()) response.body = issue->second;
  return response;
}

Result<std::unique_ptr<WarmStack>> WarmStack::Start(WarmWorld& world, const WarmOptions& options) {
  auto stack = std::unique_ptr<WarmStack>(new WarmStack());
  world.issuer().exchanged_at = SystemClock::Instance().NowSeconds();
  stack->launcher_ = TRY(ProcessLauncher::Start({.supervisor = options.supervisor}).While("start the supervisor"));
  const HeldPort port = TRY(HeldPort::Acquire());
  stack->endpoint_ = port.endpoint();
  const std::string directory = TRY(stack->launcher_->MakeDirectory("jira", ""));
  const std::string secret_file = directory + "/secret";
  std::ofstream(secret_file) << "s3cret\n";  // the stand-in asks for none
  std::filesystem::permissions(secret_file, std::filesystem::perms::owner_read);
  ServiceSpec spec{.name = "jira", .argv = {options.program}, .directory = directory};
  spec.environment = {{"IFF_LISTEN", port.endpoint().Authority()},
                      {"IFF_RESOURCE", port.endpoint().Url("/mcp")},
                      {"IFF_AUDIENCE", kJira},
                      {"IFF_ISSUER", world.issuer().Issuer()},
                      {"IFF_JWKS_URL", world.issuer().Keys().endpoint.Url("/keys")},
                      {"IFF_TOKEN_CLIENTS", "mcp-client"},
                      {"IFF_TOKEN_URL", world.issuer().Tokens().endpoint.Url("/token")},
                      {"IFF_CLIENT_ID", kJira},
                      {"IFF_CLIENT_SECRET_FILE", secret_file},
                      {"IFF_VAULT_ADDR", world.vault().Address().endpoint.Url()},
                      {"IFF_VAULT_ROLE", "user"},
                      {"IFF_VAULT_AUDIENCE", "vault"},
                      {"IFF_CREDENTIAL_TTL", std::to_string(kLives)},
                      {"IFF_UPSTREAM_URL", world.jira().Url()},
                      {"IFF_UPSTREAM_TIMEOUT_MS", "30000"},
                      {"IFF_AUDIT_FILE", directory + "/audit.jsonl"},
                      {"IFF_RATE_LIMIT", "1000000/1"},
                      {"IFF_LOG_LEVEL", "warn"}};
  for (const auto& [name, value] : options.environment) spec.environment[name] = value;
  spec.ready = HttpOk{.endpoint = port.endpoint(), .target = "/readyz"};
  stack->service_.emplace(TRY(stack->launcher_->Launch(std::move(spec)).While("launch the Jira server")));
  stack->pinned_.emplace(stack->pid(), options.core);
  TRY(stack->WarmUp(world, options.identities));
  return stack;
}

// Each answer must hold what its caller alone can see: it went by the caller's own credential.
Result<void> WarmStack::WarmUp(const WarmWorld& world, int identities) {
  Invariant(identities <= static_cast<int>(world.people().size()), "there are so many people");
  HttpClient client(endpoint_);
  for (int i = 0; i < identities; ++i) {
    const WarmWorld::Member& member = world.people()[static_cast<size_t>(i)];
    const HttpRequest request = GetIssue(member.token);
    const HttpResponse answer =
        TRY(client.Send(request, Deadline::In(std::chrono::seconds(30))).While("call as person " + std::to_string(i)));
    if (answer.status != 200 || answer.body.find(member.summary) == std::string::npos) {
      return Error(ErrorKind::kRefused, "call as person " + std::to_string(i) + ": status " +
                                            std::to_string(answer.status) +
                                            ", and not what is theirs: " + answer.body.substr(0, 200));
    }
    requests_.push_back(WireRequest(request, endpoint_));
  }
  const int kept = TRY(Kept());
  if (kept != identities) {
    return Error(ErrorKind::kRefused, "warm up: the server keeps " + std::to_string(kept) + " credentials of " +
                                          std::to_string(identities) + " people who called");
  }
  return {};
}

Result<int> WarmStack::Kept() const {
  HttpClient client(endpoint_);
  HttpRequest request;
  request.target = "/metrics";
  const HttpResponse answer =
      TRY(client.Send(request, Deadline::In(std::chrono::seconds(30))).While("ask for the metrics"));
  constexpr std::string_view kName = "\niff_credentials_kept ";
  const size_t at = answer.body.find(kName);
  int kept = 0;
  const char* const end = answer.body.data() + answer.body.size();
  if (at == std::string::npos || std::from_chars(answer.body.data() + at + kName.size(), end, kept).ec != std::errc()) {
    return Error(ErrorKind::kSystem, "ask for the metrics: iff_credentials_kept is not among them");
  }
  return kept;
}

}  // namespace iff
