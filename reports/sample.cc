#include "reports/sample.h"

namespace iff {
namespace {

DownstreamEvent AskedFor(const std::string& component) {
  return {.act = {.source = {Place::kLedger, component},
                  .persona = "alice",
                  .action = "GET",
                  .object = "/rest/api/3/issue/AL-1",
                  .status = 200},
          .at_us = 131'000};
}

Exchange Call(const std::string& actor, const std::string& target, int status, const std::string& answer) {
  Exchange exchange{.lane = target,
                    .actor = actor,
                    .credential = actor + ".mcp.token#1",
                    .title = "tools/call get_issue",
                    .started_us = 120'400,
                    .took_us = 8'300,
                    .method = "POST",
                    .target = "/mcp"};
  exchange.request_headers = {{"Content-Type", "application/json"},
                              {"Authorization", "Bearer {{" + actor + ".mcp.token#1}}"}};
  exchange.request_body = R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"get_issue"}})";
  exchange.status = status;
  exchange.response_headers = {{"Content-Type", "application/json"}};
  exchange.response_body = answer;
  exchange.token["header"] = Json{{"alg", "RS256"}, {"kid", "k1"}};
  exchange.token["claims"] = Json{{"sub", "5a0c"}, {"aud", "mcp-" + target}, {"iat", 1795265900}, {"exp", 1795266100}};
  return exchange;
}

Exchange LogIn(const std::string& actor) {
  return {.lane = "issuer",
          .actor = actor,
          .credential = actor + ".mcp.token#1",
          .title = actor + " logs in",
          .started_us = 20'000,
          .took_us = 61'000,
          .status = 200};
}

Check Passed(const std::string& id, const std::string& expected, const std::string& observed) {
  return {.id = id, .verdict = Verdict::kPassed, .expected = expected, .observed = observed};
}

MatrixCell Cell(const std::string& target, const std::string& caller, const std::string& owner, bool reached) {
  const bool expected = caller == owner;
  return {.target = target,
          .caller = caller,
          .tool = "get_issue",
          .owner = owner,
          .expected = expected,
          .reached = reached,
          .verdict = expected == reached ? Verdict::kPassed : Verdict::kFailed};
}

ScenarioResult Matrix(const std::string& target) {
  ScenarioResult scenario{.id = "isolation/matrix@" + target,
                          .suite = "isolation",
                          .target = target,
                          .title = "The matrix identity x tool x owner is full on its diagonal and empty off it",
                          .file = "scenarios/isolation/matrix.yaml",
                          .started_us = 2'500'000,
                          .took_us = 412'000,
                          .principals = {"alice", "bob"}};
  StepResult step{.title = "probe authorization_matrix", .line = 6};
  step.checks = {Passed("diagonal-is-full", "everybody reaches their own things", "2 of 2 did"),
                 Passed("off-diagonal-is-empty", "nobody reaches anything of others", "2 of 2 were refused")};
  step.trace.exchanges = {LogIn("alice"), Call("alice", target, 200, R"({"result":{"content":[]}})")};
  step.trace.downstream.events = {AskedFor(target)};
  scenario.steps = {step};
  for (const char* caller : {"alice", "bob"}) {
    for (const char* owner : {"alice", "bob"}) {
      scenario.matrix.push_back(Cell(target, caller, owner, std::string(caller) == owner));
    }
  }
  return scenario;
}

ScenarioResult ExpiredToken() {
  ScenarioResult scenario{.id = "lifetime/expired-token@jira",
                          .suite = "lifetime",
                          .target = "jira",
                          .title = "An expired access token opens nothing",
                          .file = "scenarios/lifetime/expired-token.yaml",
                          .started_us = 3'000'000,
                          .took_us = 231'000,
                          .principals = {"alice"}};
  StepResult login{.title = "alice logs in", .line = 6};
  login.trace.exchanges = {LogIn("alice")};
  StepResult call{.title = "alice calls get_issue", .line = 14};
  call.checks = {{.id = "refusal-names-the-reason",
                  .level = Level::kShould,
                  .verdict = Verdict::kFailed,
                  .expected = "WWW-Authenticate: Bearer with error=\"invalid_token\"",
                  .observed = "HTTP 200, a result"},
                 {.id = "expired-token-is-refused",
                  .level = Level::kMust,
                  .verdict = Verdict::kFailed,
                  .reason = "jira took a token of alice's that it has to refuse, 'stale' in the scenario, and answered "
                            "get_issue with what is private to alice",
                  .expected = "HTTP 401 with error=\"invalid_token\"",
                  .observed = "HTTP 200, a result",
                  .clause = "RFC 6750 section 3.1",
                  .tells = true},
                 Passed("token-is-not-logged", "no secret in: target log", "none found")};
  const char* answer =
      R"({"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"AL-1 <secret plans>"}]}})";
  call.trace.exchanges = {Call("alice", "jira", 200, answer)};
  DownstreamEvent ledger = AskedFor("jira");
  ledger.act.discloses = {"alice.canary"};
  call.trace.downstream.events = {{.act = {.source = {Place::kAuditLog, "vault"},
                                           .persona = "alice",
                                           .action = "read",
                                           .object = "secret/data/users/5a0c/jira",
                                           .allowed = true},
                                   .at_us = 131'000},
                                  ledger};
  scenario.steps = {login, call};
  scenario.logs["jira"] = "refreshing keys\n\x1b[31mcolour\x1b[0m\n";
  return scenario;
}

ScenarioResult VaultGone() {
  const std::string why = "alice logs in: log alice in: connection refused";
  ScenarioResult scenario{.id = "faults/vault-gone@jira",
                          .suite = "faults",
                          .target = "jira",
                          .title = "With Vault gone nothing is served, and it recovers",
                          .file = "scenarios/faults/vault-gone.yaml",
                          .started_us = 3'200'000,
                          .took_us = 5'012'000,
                          .principals = {"alice"},
                          .error = why};
  StepResult login{.title = "alice logs in", .line = 5};
  Exchange silent = LogIn("alice");
  silent.status = 0;
  silent.failure = "connection refused";
  login.trace.exchanges = {silent};
  StepResult rest{.title = "not reached", .line = 8};
  for (const char* id : {"outage-fails-closed", "recovers-after-outage"}) {
    rest.checks.push_back({.id = id, .verdict = Verdict::kErrored, .reason = "not judged: " + why});
  }
  scenario.steps = {login, rest};
  scenario.logs["keycloak"] = "started\nout of memory\n";
  return scenario;
}

ScenarioResult Known() {
  ScenarioResult scenario{.id = "audit/order@github",
                          .suite = "audit",
                          .target = "github",
                          .title = "Decisions are recorded in order",
                          .file = "scenarios/audit/order.yaml",
                          .started_us = 4'000'000,
                          .took_us = 42'000,
                          .principals = {"alice", "bob"}};
  StepResult step{.title = "bob calls get_file", .line = 9};
  step.checks = {{.id = "records-are-in-order",
                  .level = Level::kShould,
                  .verdict = Verdict::kFailed,
                  .reason = "two records have changed places",
                  .expected = "in order",
                  .observed = "2 before 1",
                  .known = true},
                 {.id = "records-are-signed", .verdict = Verdict::kInapplicable, .reason = "github signs nothing"},
                 Passed("records-are-complete", "one record for each call", "2 records, 2 calls"),
                 Passed("records-are-complete", "one record for each refusal", "1 record, 1 refusal")};
  scenario.steps = {step};
  return scenario;
}

ScenarioResult Inapplicable() {
  return {.id = "protocol/sessions@github",
          .suite = "protocol",
          .target = "github",
          .title = "A session ends",
          .file = "scenarios/protocol/sessions.yaml",
          .started_us = 4'100'000,
          .principals = {"bob"},
          .inapplicable = "github speaks only the stateless revision"};
}

RunResult Run() {
  RunResult run{.id = "20261121-133700-k3v9",
                .system = "vault-demo",
                .started = "2026-11-21T13:37:00.250Z",
                .took_us = 12'345'678,
                .command = "iff run --jobs 2",
                .version = "0.1.0",
                .first_green_us = 3'140'000};
  run.components = {{.name = "keycloak", .version = "26.7.4", .start_us = 2'100'000, .how = "native process"},
                    {.name = "vault", .version = "OpenBao 2.4.0", .start_us = 412'000, .how = "native process"}};
  return run;
}

}  // namespace

// A clause of each standing: broken, not observed for three reasons, tested, excluded.
std::vector<HeldClause> Clauses() {
  const std::string bearer = "RFC 6750, bearer tokens";
  return {{.source = bearer,
           .name = "RFC 6750 section 3.1",
           .says = "invalid_token in its place",
           .checks = {"lifetime/expired-token:expired-token-is-refused", "isolation/matrix:diagonal-is-full"}},
          {.source = bearer,
           .name = "RFC 6750 section 2.2",
           .says = "Form bodies may carry a token",
           .excluded = "MCP forbids it"},
          {.source = "Others",
           .name = "A",
           .says = "Everybody reaches their own",
           .checks = {"isolation/matrix:diagonal-is-full"}},
          {.source = "Others",
           .name = "B",
           .says = "It is told truthfully",
           .checks = {"faults/vault-gone:outage-fails-closed"}},
          {.source = "Others", .name = "C", .says = "A session ends", .checks = {"protocol/sessions:session-ends"}},
          {.source = "Others", .name = "D", .says = "Nobody tries this", .checks = {"tokens/never:played"}}};
}

// A claim that was refuted, proved, not tried, accepted, left out, and one that does not arise, at jira.
std::vector<HeldClaim> Claims() {
  const auto claim = [](std::string name, std::string check) {
    return HeldClaim{.claim = {.name = name,
                               .asks = "whether " + name + " holds",
                               .refuted = "breaks " + name,
                               .shown_by = {{std::move(check)}}}};
  };
  std::vector<HeldClaim> claims = {claim("lifetime", "lifetime/expired-token:expired-token-is-refused"),
                                   claim("others", "isolation/matrix:diagonal-is-full"),
                                   claim("outages", "faults/vault-gone:outage-fails-closed"),
                                   claim("sessions", "protocol/sessions:session-ends"),
                                   claim("lists", "tokens/never:played"),
                                   claim("signature", "tokens/never:played-either")};
  claims[0].claim.served = true;
  claims[3].accepted["jira"] = "nobody has a session here";
  claims[5].excused["jira"] = "jira takes keys";
  return claims;
}

// One that explains some of what failed, of which a claim tells already.
std::vector<NamedCause> Causes() {
  return {{.name = "expiry-not-checked",
           .target = "jira",
           .says = "the end of a token (exp) is not checked",
           .gravity = Gravity::kIdentity,
           .fix = "Compare exp with the clock on every request.",
           .clause = "RFC 7519 section 4.1.4",
           .checks = {"expired-token-is-refused"},
           .explains = 1,
           .of = 2}};
}

RunResult OneOfEach() {
  RunResult run = Run();
  run.clauses = Clauses();
  run.claims = Claims();
  run.causes = Causes();
  run.scenarios = {Matrix("jira"), ExpiredToken(), VaultGone(), Known(), Inapplicable()};
  run.unexpected_passes = {"isolation/matrix@jira diagonal-is-full"};
  return run;
}

RunResult AllGreen() {
  RunResult run = Run();
  run.scenarios = {Matrix("jira"), Matrix("github")};
  return run;
}

RunResult Hostile() {
  const std::string evil =
      "</script><script>alert(1)</script><!-- \" ' & \xE2\x80\xA8 \xE2\x80\xA9 {{result}} \xFF "
      "\x01 ]]> \x1b]0;owned\x07 \xC2\x9B"
      "31m \xE2\x80\xAE"
      "desrever \xE2\x81\xA6 `code` [a](b) | *c*";
  RunResult run = Run();
  run.system = evil;
  run.command = evil;
  run.error = evil;
  ScenarioResult scenario = ExpiredToken();
  scenario.id = evil;
  scenario.title = evil;
  scenario.error = evil;
  scenario.principals = {evil};
  scenario.logs[evil] = evil;
  for (StepResult& step : scenario.steps) {
    step.title = evil;
    for (Check& check : step.checks) check.reason = check.expected = check.observed = evil;
    for (Exchange& exchange : step.trace.exchanges) {
      exchange.title = exchange.response_body = exchange.request_body = evil;
      exchange.response_headers = {{evil, evil}};
      exchange.token["claims"][evil] = evil;
    }
  }
  scenario.matrix = {{.target = evil, .caller = evil, .tool = evil, .owner = evil, .verdict = Verdict::kPassed}};
  run.scenarios = {scenario};
  run.components[0].version = evil;
  run.clauses = {{.source = evil, .name = evil, .says = evil, .excluded = evil}};
  run.causes = {{.name = evil, .target = evil, .says = evil, .fix = evil, .clause = evil, .checks = {evil}}};
  run.claims = {{.claim = {.name = evil, .asks = evil, .refuted = evil, .shown_by = {{evil}}}}};
  return run;
}

RunResult Large(int scenarios, int checks_each) {
  RunResult run = Run();
  for (int i = 0; i < scenarios; ++i) {
    ScenarioResult scenario = Matrix(i % 2 == 0 ? "jira" : "github");
    const std::string number = std::to_string(i);
    scenario.id = "tokens/attack-" + number + "@" + scenario.target;
    StepResult step = scenario.steps[0];
    step.checks.clear();
    step.trace = {};
    for (int j = 0; j < checks_each; ++j) {
      step.checks.push_back(Passed("attack-is-refused-" + std::to_string(j), "HTTP 401", "HTTP 401"));
      Exchange exchange = Call("alice", scenario.target, 401, "");
      exchange.response_body = number + "-" + std::to_string(j) + std::string(6'000, 'x');
      exchange.response_headers.emplace_back("X-Request-Id", number + "-" + std::to_string(j));
      step.trace.exchanges.insert(step.trace.exchanges.end(), 2, exchange);
    }
    scenario.steps = {step};
    run.scenarios.push_back(std::move(scenario));
  }
  return run;
}

}  // namespace iff
