// A run with seeded failures of every kind: what the browser tests open and take pictures of.
#include "reports/sample.h"

namespace iff {
namespace {

constexpr int64_t kStart = 1'795'268'220;  // the sample's day, in seconds

struct ToldCall {
  std::string actor;
  std::string lane;
  std::string title;
  int status = 200;
  int64_t at = 0;
  int64_t took = 0;
};

Exchange Call(const ToldCall& told, int64_t expires) {
  Exchange exchange{.lane = told.lane,
                    .actor = told.actor,
                    .credential = told.actor.empty() ? "" : told.actor + ".mcp.token#1",
                    .title = told.title,
                    .started_us = told.at,
                    .took_us = told.took,
                    .status = told.status};
  if (!told.actor.empty()) {
    exchange.token["header"] = Json{{"alg", "RS256"}, {"typ", "JWT"}, {"kid", "k1"}};
    exchange.token["claims"] = Json{{"iss", "http://keycloak/realms/iff"},
                                    {"sub", "5a0c-" + told.actor},
                                    {"aud", "mcp-jira"},
                                    {"azp", "mcp-client"},
                                    {"iat", kStart - 10},
                                    {"exp", expires},
                                    {"scope", "jira:read jira:write"},
                                    {"preferred_username", told.actor}};
  }
  if (told.lane == "issuer") return exchange;
  exchange.method = "POST";
  exchange.target = "/mcp";
  exchange.request_headers = {{"Content-Type", "application/json"}, {"MCP-Protocol-Version", "2026-07-28"}};
  if (!told.actor.empty()) {
    exchange.request_headers.emplace_back("Authorization", "Bearer {{" + told.actor + ".mcp.token#1}}");
  }
  exchange.request_body =
      R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"get_issue","arguments":{"key":"A'L-1"}}})";
  exchange.response_headers = {{"Content-Type", "application/json"}};
  exchange.response_body = told.status == 200
                               ? R"({"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"AL-1"}]}})"
                               : R"({"error":"invalid_token"})";
  if (told.status == 0) exchange.failure = "timed out after 2.0 s";
  return exchange;
}

DownstreamEvent Audit(int64_t at, const std::string& persona, const std::string& operation, const std::string& path) {
  return {.act = {.source = {Place::kAuditLog, "vault"},
                  .persona = persona,
                  .action = operation,
                  .object = path,
                  .allowed = true},
          .account = "id-" + persona,
          .taken_for = {{"entity_id", "e-" + persona}, {"policies", {"default", "user"}}},
          .at_us = at,
          .timed = true};
}

DownstreamEvent Ledger(int64_t at, const std::string& persona, const std::string& path) {
  return {.act = {.source = {Place::kLedger, "jira"},
                  .persona = persona,
                  .action = "GET",
                  .object = path,
                  .status = 200,
                  .discloses = {persona}},
          .account = persona,
          .fingerprint = "sha256:1f0c",
          .at_us = at,
          .timed = true};
}

// One call as it should be, all six steps of it, from `at` on.
StepResult Served(const std::string& persona, int line, int64_t at, int64_t expires) {
  StepResult step{.title = persona + " calls get_issue", .line = line, .started_us = at, .took_us = 30'000};
  step.checks = {{.id = persona + "-gets-their-own",
                  .verdict = Verdict::kPassed,
                  .expected = "a result with " + persona + "'s things",
                  .observed = "HTTP 200, a result"}};
  step.trace.exchanges = {Call({persona, "jira", "tools/call get_issue", 200, at + 500, 26'000}, expires)};
  step.trace.downstream.events = {Audit(at + 6'000, persona, "login", "auth/jwt/login"),
                                  Audit(at + 11'000, persona, "read", "secret/data/users/e-" + persona + "/jira"),
                                  Ledger(at + 19'000, persona, "/rest/api/3/issue/AL-1")};
  return step;
}

StepResult LogsIn(const std::string& persona, int line, int64_t at, int64_t expires) {
  StepResult step{.title = persona + " logs in", .line = line, .started_us = at, .took_us = 62'000};
  step.trace.exchanges = {Call({persona, "issuer", persona + " logs in", 200, at, 61'000}, expires)};
  return step;
}

ScenarioResult Leaking() {
  ScenarioResult scenario{.id = "isolation/own-things@jira",
                          .suite = "isolation",
                          .target = "jira",
                          .title = "Everybody gets their own things, whoever else is served",
                          .file = "scenarios/isolation/own-things.yaml",
                          .started_us = 2'600'000,
                          .took_us = 1'480'000,
                          .principals = {"alice", "bob"},
                          .tags = {"security", "quick"}};
  scenario.steps = {LogsIn("alice", 6, 1'000'000, kStart + 300), LogsIn("bob", 7, 1'064'000, kStart + 300),
                    Served("alice", 9, 1'130'000, kStart + 300)};
  StepResult leak = Served("bob", 14, 1'165'000, kStart + 300);
  leak.checks = {{.id = "bob-gets-nothing-of-alice",
                  .level = Level::kMust,
                  .verdict = Verdict::kFailed,
                  .reason = "the answer carries alice.jira.canary",
                  .expected = "nothing of anybody but bob",
                  .observed = "HTTP 200, a result with alice.jira.canary",
                  .clause = "MCP security best practices, confused deputy"}};
  leak.trace.downstream.events[1].act.persona = "alice";
  leak.trace.downstream.events[2].act.persona = "alice";
  scenario.steps.push_back(leak);
  scenario.logs["jira"] =
      "2026-11-21T13:37:00.220Z info request principal=bob tool=get_issue\n"
      "2026-11-21T13:37:01.430Z warning cache hit=true owner=alice\n";
  for (const char* caller : {"alice", "bob", "carol"}) {
    for (const char* owner : {"alice", "bob", "carol"}) {
      const bool own = std::string(caller) == owner;
      MatrixCell cell{.target = "jira",
                      .caller = caller,
                      .tool = "get_issue",
                      .owner = owner,
                      .expected = own,
                      .reached = own,
                      .verdict = Verdict::kPassed};
      const std::string pair = std::string(caller) + owner;
      if (pair == "bobalice") cell.reached = true, cell.verdict = Verdict::kFailed;
      if (pair == "carolcarol") cell.reached = false, cell.verdict = Verdict::kFailed;
      if (pair == "alicecarol") cell.verdict = Verdict::kErrored;
      scenario.matrix.push_back(cell);
    }
  }
  return scenario;
}

ScenarioResult Outage() {
  ScenarioResult scenario{.id = "faults/vault-hangs@jira",
                          .suite = "faults",
                          .target = "jira",
                          .title = "While Vault hangs nobody is served from memory, and it recovers",
                          .file = "scenarios/faults/vault-hangs.yaml",
                          .started_us = 4'200'000,
                          .took_us = 5'100'000,
                          .principals = {"alice"},
                          .tags = {"slow"}};
  StepResult fault{.title = "vault is disturbed: hold",
                   .line = 9,
                   .kind = "fault",
                   .about = "vault",
                   .started_us = 1'110'000,
                   .took_us = 400};
  StepResult gone{.title = "alice calls get_issue", .line = 10, .started_us = 1'111'000, .took_us = 2'010'000};
  gone.checks = {{.id = "outage-fails-closed",
                  .verdict = Verdict::kFailed,
                  .reason = "no answer came",
                  .expected = "an error that names the dependency",
                  .observed = "no answer: timed out after 2.0 s"},
                 {.id = "outage-is-noticed-in-time",
                  .level = Level::kShould,
                  .verdict = Verdict::kFailed,
                  .expected = "within 1.5 s",
                  .observed = "2.0 s"}};
  gone.trace.exchanges = {Call({"alice", "jira", "tools/call get_issue", 0, 1'112'000, 2'000'000}, kStart + 300)};
  StepResult heal{.title = "vault is whole again",
                  .line = 16,
                  .kind = "heal",
                  .about = "vault",
                  .started_us = 3'122'000,
                  .took_us = 300};
  StepResult expired{
      .title = "alice calls get_issue with her expired token", .line = 21, .started_us = 4'990'000, .took_us = 9'000};
  expired.checks = {{.id = "expired-token-is-refused",
                     .verdict = Verdict::kPassed,
                     .expected = "HTTP 401",
                     .observed = "HTTP 401",
                     .clause = "RFC 6750 section 3.1"}};
  expired.trace.exchanges = {Call({"alice", "jira", "tools/call get_issue", 401, 4'991'000, 7'000}, kStart + 6)};
  expired.trace.exchanges[0].credential = "alice.mcp.token#2";
  scenario.steps = {LogsIn("alice", 7, 1'000'000, kStart + 300),  fault,  gone, heal,
                    Served("alice", 18, 3'125'000, kStart + 300), expired};
  return scenario;
}

ScenarioResult Crowd() {
  ScenarioResult scenario{.id = "rate_limit/noisy@jira",
                          .suite = "rate_limit",
                          .target = "jira",
                          .title = "One noisy identity starves nobody",
                          .file = "scenarios/rate_limit/limits.yaml",
                          .started_us = 9'400'000,
                          .took_us = 900'000,
                          .principals = {"alice", "bob"},
                          .tags = {"slow"}};
  StepResult step{.title = "bob calls get_issue, 60 times", .line = 12, .started_us = 200'000, .took_us = 600'000};
  for (int i = 0; i < 60; ++i) {
    const bool over = i >= 40;
    step.trace.exchanges.push_back(
        Call({i % 10 == 9 ? "alice" : "bob", "jira", "tools/call get_issue", over ? 429 : 200, 200'000 + i * 9'000,
              over ? 900 : 7'000 + (i * 37 % 11) * 1'700},
             kStart + 300));
  }
  step.checks = {{.id = "above-the-limit-refuses",
                  .verdict = Verdict::kPassed,
                  .expected = "429 at least 15 times",
                  .observed = "20 times"}};
  scenario.steps = {step};
  return scenario;
}

}  // namespace

RunResult EveryKind() {
  RunResult run = OneOfEach();
  run.components.push_back(
      {.name = "postgres", .version = "PostgreSQL 15.20", .start_us = 900'000, .how = "native process"});
  for (const ScenarioResult& scenario : {Leaking(), Outage(), Crowd()}) run.scenarios.push_back(scenario);
  run.accepted = {{.name = "one-limit-for-all",
                   .target = "jira",
                   .reason = "the gateway has one for each person",
                   .until = "2027-01-31",
                   .explains = 2}};
  run.compared = Comparison{
      .run = "20261120-133700-a1b2", .started = "2026-11-20T13:37:00.000Z", .checks_before = 24, .checks_now = 19};
  using Kind = Difference::Kind;
  run.compared->differences = {
      {.kind = Kind::kNew,
       .scenario = "isolation/own-things@jira",
       .check = "bob-gets-nothing-of-alice",
       .before = "passed",
       .now = "failed"},
      {.kind = Kind::kFixed,
       .scenario = "rate_limit/noisy@jira",
       .check = "above-the-limit-refuses",
       .before = "failed",
       .now = "passed"},
      {.kind = Kind::kStill,
       .scenario = "lifetime/expired-token@jira",
       .check = "expired-token-is-refused",
       .before = "failed",
       .now = "failed"},
      {.kind = Kind::kLost, .scenario = "audit/records@jira", .check = "denial-is-recorded", .before = "passed"}};
  run.compared->decisions = {
      {.target = "jira", .caller = "bob", .operation = "read_of", .owner = "alice", .before = "deny", .now = "allow"},
      {.target = "jira",
       .caller = "carol",
       .operation = "edit_of",
       .owner = "alice",
       .way = "without a token",
       .before = "deny"}};
  return run;
}

}  // namespace iff
