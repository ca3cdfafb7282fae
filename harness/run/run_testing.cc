#include "harness/run/run_testing.h"

#include <algorithm>

#include "harness/core/bytes.h"
#include "harness/environment/drivers.h"
#include "harness/mcp/protocol.h"

namespace iff {
namespace {

HttpResponse JsonAnswer(int status, const Json& body) {
  return {.status = status, .headers = {{"Content-Type", "application/json"}}, .body = Dump(body)};
}

HttpResponse ToolAnswer(const Json& id, Json result) {
  return JsonAnswer(200, {{"jsonrpc", "2.0"}, {"id", id}, {"result", std::move(result)}});
}

HttpResponse ToolProblem(const Json& id, const std::string& code) {
  return ToolAnswer(id, {{"isError", true}, {"structuredContent", {{"error", {{"code", code}}}}}});
}

template <class T>
Driver DriverOf(FakeWorld& world, std::string name) {
  return {.name = std::move(name),
          .speech = Protocol::kHttp,
          .outputs = [](const Json&, const Endpoint& endpoint) -> Result<Outputs> {
            return Outputs{{"url", {endpoint.Url()}}};
          },
          .start = [&world](const StartContext& context) -> Result<std::unique_ptr<Component>> {
            return std::unique_ptr<Component>(new T(world, context.name, context.port->endpoint()));
          }};
}

}  // namespace

Result<void> FakeComponent::Check() {
  const std::lock_guard lock(world_.mutex);
  const auto ill = world_.ill.find(name_);
  if (ill != world_.ill.end()) return Error(ErrorKind::kUnavailable, ill->second);
  return {};
}

Result<Assigned> FakeTokenIssuer::Add(const std::vector<Principal>& principals) {
  const std::lock_guard lock(world_.mutex);
  Assigned accounts;
  for (Principal principal : principals) {
    principal.id = principal.issuers.contains(name()) ? principal.IdAt(name()) : RandomUuid();
    accounts.push_back({.id = principal.id, .login = principal.name, .secret = Secret::Random(12)});
    world_.principals.push_back(std::move(principal));
  }
  return accounts;
}

Result<size_t> FakeTokenIssuer::Verify(const std::vector<Principal>&) {
  const std::lock_guard lock(world_.mutex);
  return world_.verified;
}

Result<void> FakeTokenIssuer::Remove(const std::vector<Principal>& principals) {
  const std::lock_guard lock(world_.mutex);
  world_.done.push_back("remove " + std::to_string(principals.size()));
  return {};
}

Result<Credential> FakeTokenIssuer::Issue(const CredentialRequest& request) {
  const std::lock_guard lock(world_.mutex);
  const Principal& principal = *request.principal;
  if (world_.locked_out.contains(principal.persona)) return Error(ErrorKind::kRefused, "the account is locked");
  const Json header = {{"alg", "ES256"}, {"typ", "JWT"}, {"kid", "realm-key"}};
  Json payload = {{"iss", "https://issuer.example"}, {"aud", "https://tracker.example/mcp"},
                  {"sub", principal.IdAt(name())},   {"jti", Secret::Random(6).Reveal()},
                  {"iat", world_.issued_at},         {"exp", world_.issued_at + world_.lifetime}};
  for (const std::string& scope : request.scopes) {
    const std::string before = AtOr<std::string>(payload, "/scope", "");
    payload["scope"] = before.empty() ? scope : before + " " + scope;
    if (const auto found = world_.audiences.find(scope); found != world_.audiences.end())
      payload["aud"] = found->second;
  }
  const Secret token = Forge(world_.key).Sign(header, payload);
  world_.tokens[token.Reveal()] = principal.persona;
  return Credential{.value = token};
}

Result<Credential> FakeTokenIssuer::Refresh(const Credential&) { return Error(ErrorKind::kRefused, "no refresh"); }

Result<Credential> FakeTokenIssuer::Exchange(const Credential&, std::string_view client, std::string_view audience) {
  return Error(ErrorKind::kRefused, "exchange at " + std::string(client) + " for " + std::string(audience));
}

Result<void> FakeTokenIssuer::EndSessions(const Principal& principal) {
  const std::lock_guard lock(world_.mutex);
  world_.done.push_back("sessions " + principal.persona);
  return {};
}

Result<void> FakeTokenIssuer::SetEnabled(const Principal& principal, bool enabled) {
  const std::lock_guard lock(world_.mutex);
  world_.done.push_back((enabled ? "enable " : "disable ") + principal.persona);
  return {};
}

Result<void> FakeTokenIssuer::Rotate() {
  const std::lock_guard lock(world_.mutex);
  world_.done.push_back("rotate");
  return {};
}

Result<uint64_t> FakeLedger::Mark() {
  const std::lock_guard lock(world_.mutex);
  if (!world_.ledger_problem.empty()) return Error(ErrorKind::kUnavailable, world_.ledger_problem);
  return uint64_t{world_.calls.size()};
}

Result<std::vector<LedgerEntry>> FakeLedger::Since(uint64_t mark) {
  const std::lock_guard lock(world_.mutex);
  if (!world_.ledger_problem.empty()) return Error(ErrorKind::kUnavailable, world_.ledger_problem);
  return std::vector<LedgerEntry>(world_.calls.begin() + static_cast<std::ptrdiff_t>(mark), world_.calls.end());
}

Result<void> FakeLedger::Disturb(std::string_view, int status) {
  const std::lock_guard lock(world_.mutex);
  world_.done.push_back("disturb " + std::to_string(status));
  return {};
}

Result<void> FakeSecretStore::SetEnabled(const Principal& principal, bool) {
  const std::lock_guard lock(world_.mutex);
  world_.done.push_back("entity " + principal.persona);
  return {};
}

Result<void> FakeSecretStore::RevokeGrants(const Principal& principal) {
  const std::lock_guard lock(world_.mutex);
  world_.done.push_back("grants " + principal.persona);
  return {};
}

Result<void> FakeSecretStore::Put(const Principal&, const Account&) { return {}; }

Result<void> FakeSecretStore::Drop(const Principal& principal, std::string_view upstream) {
  const std::lock_guard lock(world_.mutex);
  world_.done.push_back("drop " + principal.persona + " at " + std::string(upstream));
  return {};
}

Result<void> FakeSecretStore::SetSealed(bool sealed) {
  const std::lock_guard lock(world_.mutex);
  world_.done.push_back(sealed ? "seal" : "unseal");
  if (sealed) {
    world_.ill[name()] = "sealed";
  } else {
    world_.ill.erase(name());
  }
  return {};
}

Result<uint64_t> FakeSecretStore::Mark() {
  const std::lock_guard lock(world_.mutex);
  return uint64_t{world_.audited.size()};
}

Result<std::vector<AuditEntry>> FakeSecretStore::Since(uint64_t mark) {
  const std::lock_guard lock(world_.mutex);
  return std::vector<AuditEntry>(world_.audited.begin() + static_cast<std::ptrdiff_t>(mark), world_.audited.end());
}

Result<std::map<std::string, int64_t>> FakeSecretStore::Counts(const std::vector<Principal>&) {
  const std::lock_guard lock(world_.mutex);
  return world_.counts;
}

Result<std::vector<std::string>> FakeSecretStore::NewUndeclared() {
  const std::lock_guard lock(world_.mutex);
  return std::exchange(world_.strangers, {});
}

Result<Service> FakeLauncher::Launch(ServiceSpec spec) {
  return Error(ErrorKind::kSystem, "nothing is launched here: " + spec.name);
}

Result<std::string> FakeLauncher::MakeDirectory(std::string_view, std::string_view) { return directory_; }

RunRig::RunRig() {
  const auto answer = [this](const HttpRequest& request) {
    const std::lock_guard lock(world.mutex);
    HttpResponse response = Answer(request);
    if (world.alter) {
      const auto known = world.tokens.find(world.seen_tokens.back());
      const Json message = ParseJson(request.body).value_or(nullptr);
      world.alter(known == world.tokens.end() ? "" : known->second, AtOr<std::string>(message, "/method", ""),
                  response);
    }
    return response;
  };
  target_ = HttpServer::Start(answer).value();
  system.name = "fakes";
  system.components = {{.name = "issuer", .driver = "issuer"},
                       {.name = "vault", .driver = "vault"},
                       {.name = "jira", .driver = "jira", .per_scenario = true}};
  for (const char* persona : {"alice", "bob"}) {
    PersonSpec& person = system.people[persona];
    person.persona = persona;
    person.holds = {"jira"};
  }
  system.targets["tracker"] = {
      .name = "tracker",
      .url = target_->endpoint().Url("/mcp"),
      .upstream = "jira",
      .tools = {"get_issue"},
      .operations = {{"read_own", {.tool = "get_issue", .arguments = {{"key", "{of.tag}"}}, .discloses = true}}},
      .strict = true,
      .settings = {{"limit", "LIMIT"}},
      .errors = {"busy", "not_found"}};
  Driver issuer = DriverOf<FakeTokenIssuer>(world, "issuer");
  issuer.role = ComponentRole::kIssuer;
  issuer.revocable = RevocableAtIssuer();
  issuer.rotatable = RotatableAtIssuer();
  driver_registry.Add(std::move(issuer));
  Driver store = DriverOf<FakeSecretStore>(world, "vault");
  store.role = ComponentRole::kSecretStore;
  store.revocable = RevocableAtStore();
  driver_registry.Add(std::move(store));
  driver_registry.Add(DriverOf<FakeLedger>(world, "jira"));
}

RunContext& RunRig::context() {
  if (context_ != nullptr) return *context_;
  std::vector<ComponentSpec> lasting;
  for (const ComponentSpec& spec : system.components) {
    if (!spec.per_scenario) lasting.push_back(spec);
  }
  environment_ = Environment::Start(lasting, driver_registry, launcher_, Keyring(), {}).value();
  context_.reset(new RunContext{.system = system,
                                .driver_registry = driver_registry,
                                .launcher = launcher != nullptr ? *launcher : launcher_,
                                .target_launcher = launcher != nullptr ? *launcher : launcher_,
                                .environment = *environment_,
                                .redactor = redactor,
                                .clock = clock,
                                .bin_directory = "nowhere",
                                .substitute = {},
                                .run_began = std::chrono::steady_clock::now(),
                                .exclusivity = exclusivity_,
                                .janitor = janitor_});
  return *context_;
}

RunResult RunRig::Run(const std::vector<Scenario>& scenarios, RunnerOptions options) {
  RunResult result = Runner(context(), probes, std::move(options)).Run(scenarios);
  janitor_.Finish();
  return result;
}

ScenarioResult RunRig::RunOne(const Scenario& scenario) {
  ScenarioResult result = Runner(context(), probes, {}).RunOne(scenario);
  janitor_.Finish();
  return result;
}

HttpResponse RunRig::Answer(const HttpRequest& request) {
  const std::string presented = request.headers.Get("Authorization");
  const std::string token = presented.starts_with("Bearer ") ? presented.substr(7) : "";
  world.seen_tokens.push_back(token);
  const auto known = world.tokens.find(token);
  const bool taken = known == world.tokens.end() ? world.takes_forged : world.valid_left-- > 0;
  if (!taken) {
    const std::string challenge = std::string("Bearer error=\"invalid_token\", resource_metadata=\"m\"") +
                                  (world.echoes ? ", error_description=\"refused: " + token + "\"" : "");
    return {.status = 401, .headers = {{"WWW-Authenticate", challenge}}};
  }
  const Json message = ParseJson(request.body).value_or(nullptr);
  const Json id = AtOr<Json>(message, "/id", nullptr);
  if (world.limit-- <= 0) return {.status = 429, .headers = {{"Retry-After", "1"}}};
  if (world.busy_for-- > 0) return ToolProblem(id, "busy");
  const std::string persona = known == world.tokens.end() ? "" : known->second;
  const std::string tag = AtOr<std::string>(message, "/params/arguments/key", "");
  for (const Principal& principal : world.principals) {
    if (principal.tag != tag) continue;
    const Account& account = principal.accounts.at("jira");
    if (world.asks_upstream) {
      const Secret& used = world.passes_through ? Secret(token) : account.token;
      world.calls.push_back({.method = "GET",
                             .target = "/issue",
                             .status = 200,
                             .owner = account.login,
                             .fingerprint = used.Fingerprint()});
    }
    world.audited.push_back({.principal = principal.id, .operation = "read", .path = "secret/jira", .allowed = true});
    if (principal.persona != persona && !world.discloses_all) return ToolProblem(id, "not_found");
    return ToolAnswer(id, {{"content", {{{"type", "text"}, {"text", account.canary}}}}});
  }
  return ToolProblem(id, "not_found");
}

Expectation Expect(std::string check, Condition condition) {
  return {.check = std::move(check), .condition = std::move(condition)};
}

GivenPrincipal Given(const std::string& persona) { return {.persona = persona, .person = persona}; }

Step Obtain(const std::string& persona) { return {.action = ObtainStep{.name = persona, .principal = persona}}; }

Step CallOwn(const std::string& with, std::vector<Expectation> expect) {
  return {.action = CallStep{.sending = {.with = with}, .operation = "read_own"}, .expect = std::move(expect)};
}

Scenario ScenarioOf(std::string id, std::vector<Step> steps) {
  Scenario scenario{.id = std::move(id), .suite = "suite", .target = "tracker", .file = "scenarios/suite/file.yaml"};
  scenario.principals = {Given("alice")};
  scenario.steps = std::move(steps);
  return scenario;
}

Scenario Honest(const std::string& id) {
  return ScenarioOf(id, {Obtain("alice"), CallOwn("alice", {Expect("reads-her-own", Discloses{{"alice"}})})});
}

Check CheckIn(const ScenarioResult& result, const std::string& id) {
  for (const StepResult& step : result.steps) {
    for (const Check& check : step.checks) {
      if (check.id == id) return check;
    }
  }
  return {.id = id, .verdict = Verdict::kInapplicable, .reason = "there is no such check"};
}

bool NothingBelieved(const ScenarioResult& result) {
  size_t checks = 0;
  for (const StepResult& step : result.steps) {
    for (const Check& check : step.checks) {
      ++checks;
      if (check.verdict != Verdict::kErrored) return false;
    }
  }
  return checks > 0 && result.verdict() == Verdict::kErrored;
}

}  // namespace iff
