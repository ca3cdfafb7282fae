#include "harness/run/result.h"

#include <algorithm>

#include "harness/run/claims.h"
#include "harness/run/result_text.h"

namespace iff {
namespace {

Json ToJson(const Check& check) {
  Json json = {{"id", check.id},
               {"level", Name(check.level)},
               {"verdict", Name(check.verdict)},
               {"expected", check.expected},
               {"observed", check.observed}};
  if (!check.reason.empty()) json["reason"] = check.reason;
  if (!check.clause.empty()) json["clause"] = check.clause;
  if (check.known) json["known"] = true;
  if (check.tells) json["tells"] = true;
  if (check.exchange > 0) json["exchange"] = check.exchange;
  return json;
}

Json Pairs(const std::vector<std::pair<std::string, std::string>>& pairs) {
  Json list = Json::array();
  for (const auto& [name, value] : pairs) list.push_back({name, value});
  return list;
}

Json ToJson(const Exchange& exchange) {
  Json json = {{"lane", exchange.lane},
               {"actor", exchange.actor},
               {"credential", exchange.credential},
               {"title", exchange.title},
               {"started_us", exchange.started_us},
               {"took_us", exchange.took_us},
               {"method", exchange.method},
               {"target", exchange.target},
               {"request_headers", Pairs(exchange.request_headers)},
               {"request_body", exchange.request_body},
               {"status", exchange.status},
               {"response_headers", Pairs(exchange.response_headers)},
               {"response_body", exchange.response_body},
               {"failure", exchange.failure},
               {"token", exchange.token}};
  if (exchange.as_http) json["as_http"] = true;
  return json;
}

Json ToJson(const MatrixCell& cell);
Json ToJson(const ScenarioResult& scenario);
Json ToJson(const HeldClause& clause);
Json ToJson(const NamedCause& cause);
Json ToJson(const AcceptedCause& accepted);
Json ToJson(const ChangedDecision& changed);
Json ToJson(const Difference& difference);

template <class T>
Json All(const std::vector<T>& values) {
  Json list = Json::array();
  for (const T& value : values) list.push_back(ToJson(value));
  return list;
}

}  // namespace

Json ToJson(const StepResult& step) {
  Json json = {{"title", step.title},
               {"line", step.line},
               {"checks", All(step.checks)},
               {"exchanges", All(step.trace.exchanges)},
               {"downstream", ToJsonByFields(step.trace.downstream, nullptr)}};
  if (!step.at.empty()) json["at"] = step.at;
  if (!step.kind.empty()) json["kind"] = step.kind;
  if (!step.about.empty()) json["about"] = step.about;
  if (step.started_us != 0 || step.took_us != 0) {
    json["started_us"] = step.started_us;
    json["took_us"] = step.took_us;
  }
  return json;
}

namespace {

Json ToJson(const MatrixCell& cell) {
  Json json = {{"target", cell.target},        {"caller", cell.caller},     {"tool", cell.tool},
               {"owner", cell.owner},          {"expected", cell.expected}, {"reached", cell.reached},
               {"verdict", Name(cell.verdict)}};
  if (!cell.operation.empty()) json["operation"] = cell.operation;
  if (!cell.way.empty()) json["way"] = cell.way;
  if (!cell.decision.empty()) json["decision"] = cell.decision;
  return json;
}

Json ToJson(const ScenarioResult& scenario) {
  Json json = HeadJson(scenario);
  json["steps"] = All(scenario.steps);
  return json;
}

}  // namespace

Json HeadJson(const ScenarioResult& scenario) {
  Json json = {{"id", scenario.id},
               {"suite", scenario.suite},
               {"target", scenario.target},
               {"title", scenario.title},
               {"file", scenario.file},
               {"verdict", Name(scenario.verdict())},
               {"started_us", scenario.started_us},
               {"took_us", scenario.took_us},
               {"principals", scenario.principals},
               {"error", scenario.error},
               {"inapplicable", scenario.inapplicable},
               {"matrix", All(scenario.matrix)},
               {"logs", scenario.logs}};
  if (!scenario.attachments.empty()) json["attachments"] = scenario.attachments;
  if (!scenario.tags.empty()) json["tags"] = scenario.tags;
  if (!scenario.target_served.empty()) json["target_served"] = scenario.target_served;
  if (!scenario.played_again.empty()) json["played_again"] = scenario.played_again;
  if (!scenario.not_looked_at.empty()) json["not_looked_at"] = scenario.not_looked_at;
  if (scenario.place != 0) json["place"] = scenario.place;
  return json;
}

namespace {

Json ToJson(const HeldClause& clause) {
  Json json = {{"source", clause.source}, {"clause", clause.name}, {"says", clause.says}, {"checks", clause.checks}};
  if (!clause.excluded.empty()) json["excluded"] = clause.excluded;
  return json;
}

Json ToJson(const NamedCause& cause) {
  Json json = {
      {"cause", cause.name}, {"target", cause.target}, {"says", cause.says},         {"gravity", Name(cause.gravity)},
      {"fix", cause.fix},    {"checks", cause.checks}, {"explains", cause.explains}, {"of", cause.of}};
  if (!cause.clause.empty()) json["clause"] = cause.clause;
  return json;
}

Json ToJson(const AcceptedCause& accepted) {
  return {{"cause", accepted.name},
          {"target", accepted.target},
          {"reason", accepted.reason},
          {"until", accepted.until},
          {"explains", accepted.explains}};
}

// What each says, and what became of it: only the first is read back.
Json ClaimsJson(const RunResult& run) {
  Json all = Json::array();
  for (const HeldClaim& held : run.claims) {
    Json json = {{"claim", held.claim.name},
                 {"asks", held.claim.asks},
                 {"refuted", held.claim.refuted},
                 {"shown_by", held.claim.shown_by}};
    if (held.claim.served) json["served"] = true;
    if (held.claim.of_tokens) json["of_tokens"] = true;
    if (!held.claim.but.empty()) json["but"] = held.claim.but;
    if (!held.claim.needs.empty()) json["needs"] = held.claim.needs;
    if (!held.claim.also.empty()) json["also"] = held.claim.also;
    if (!held.excused.empty()) json["excused"] = held.excused;
    if (!held.accepted.empty()) json["accepted"] = held.accepted;
    json["standings"] = Json::array();
    all.push_back(std::move(json));
  }
  for (const ClaimStanding& standing : ClaimsOf(run)) {
    all[standing.claim]["standings"].push_back(
        {{"target", standing.target}, {"standing", Name(standing.kind)}, {"reason", standing.reason}});
  }
  return all;
}

Json ToJson(const Difference& difference) {
  return {{"kind", Name(difference.kind)},
          {"scenario", difference.scenario},
          {"check", difference.check},
          {"before", difference.before},
          {"now", difference.now}};
}

Json ToJson(const ChangedDecision& changed) {
  return {{"target", changed.target}, {"caller", changed.caller}, {"operation", changed.operation},
          {"owner", changed.owner},   {"way", changed.way},       {"before", changed.before},
          {"now", changed.now}};
}

Json ToJson(const Comparison& compared) {
  Json json = {{"run", compared.run},
               {"started", compared.started},
               {"checks_before", compared.checks_before},
               {"checks_now", compared.checks_now},
               {"differences", All(compared.differences)}};
  if (!compared.decisions.empty()) json["decisions"] = All(compared.decisions);
  return json;
}

}  // namespace

std::string_view Name(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPassed:
      return "passed";
    case Verdict::kFailed:
      return "failed";
    case Verdict::kErrored:
      return "errored";
    case Verdict::kInapplicable:
      return "inapplicable";
  }
  return "errored";
}

std::string_view Name(Difference::Kind kind) {
  switch (kind) {
    case Difference::Kind::kNew:
      return "new";
    case Difference::Kind::kFixed:
      return "fixed";
    case Difference::Kind::kStill:
      return "still";
    case Difference::Kind::kLost:
      return "lost";
  }
  return "new";
}

int Comparison::Count(Difference::Kind kind) const {
  return static_cast<int>(std::count_if(differences.begin(), differences.end(),
                                        [kind](const Difference& one) { return one.kind == kind; }));
}

std::string_view Name(Gravity gravity) {
  switch (gravity) {
    case Gravity::kData:
      return "data";
    case Gravity::kIdentity:
      return "identity";
    case Gravity::kSecrets:
      return "secrets";
    case Gravity::kAvailability:
      return "availability";
    case Gravity::kForm:
      return "form";
  }
  return "form";
}

std::string_view Name(Level level) { return level == Level::kMust ? "must" : "should"; }

Verdict ScenarioResult::verdict() const {
  if (!inapplicable.empty()) return Verdict::kInapplicable;
  bool passed = false;
  bool errored = !error.empty();
  for (const StepResult& step : steps) {
    for (const Check& check : step.checks) {
      if (check.verdict == Verdict::kFailed && !check.known) return Verdict::kFailed;
      errored = errored || check.verdict == Verdict::kErrored;
      passed = passed || check.verdict == Verdict::kPassed || check.known;
    }
  }
  return passed && !errored ? Verdict::kPassed : Verdict::kErrored;
}

void RunResult::Totals::Count(const ScenarioResult& scenario) {
  int seen = 0;
  for (const StepResult& step : scenario.steps) {
    for (const Check& check : step.checks) {
      ++seen;
      switch (check.verdict) {
        case Verdict::kPassed:
          ++passed;
          break;
        case Verdict::kFailed:
          ++(check.known ? known : failed);
          break;
        case Verdict::kErrored:
          ++errored;
          break;
        case Verdict::kInapplicable:
          ++inapplicable;
          break;
      }
    }
  }
  if (seen == 0 && !scenario.inapplicable.empty()) {
    ++inapplicable;
  } else if (seen == 0 || !scenario.error.empty()) {
    ++errored;
  }
}

RunResult::Totals RunResult::totals() const {
  Totals totals;
  for (const ScenarioResult& scenario : scenarios) totals.Count(scenario);
  return totals;
}

ExitCode RunResult::exit_code() const {
  const Totals sums = totals();
  if (sums.failed > 0 || !unexpected_passes.empty()) return ExitCode::kFailed;
  if (compared && compared->Count(Difference::Kind::kLost) > 0) return ExitCode::kFailed;
  if (shard.of > 1 && scenarios.empty() && error.empty()) return ExitCode::kOk;
  if (sums.errored > 0 || !error.empty() || sums.passed == 0) return ExitCode::kErrored;
  const std::vector<ClaimStanding> standings = ClaimsOf(*this);
  const bool untried = std::any_of(standings.begin(), standings.end(), [](const ClaimStanding& standing) {
    return standing.kind == ClaimStanding::Kind::kNotTried;
  });
  return untried ? ExitCode::kErrored : ExitCode::kOk;
}

Json ToJson(const RunResult& run) {
  Json json = HeadJson(run);
  json["scenarios"] = All(run.scenarios);
  return json;
}

std::string ResultText(const RunResult& run, const JsonForm& form) {
  const auto step = [&](const ScenarioResult& scenario) {
    return [&](size_t i, std::string& text) { AppendJson(ToJson(scenario.steps[i]), form, 4, text); };
  };
  const auto scenario = [&](size_t i, std::string& text) {
    const ScenarioResult& one = run.scenarios[i];
    const auto steps = [&](std::string& list) { AppendList(one.steps.size(), step(one), form, 3, list); };
    AppendObject(HeadJson(one), {{"steps", steps}}, form, 2, text);
  };
  const auto scenarios = [&](std::string& list) { AppendList(run.scenarios.size(), scenario, form, 1, list); };
  std::string text;
  AppendObject(HeadJson(run), {{"scenarios", scenarios}}, form, 0, text);
  return text;
}

Json HeadJson(const RunResult& run) {
  const RunResult::Totals totals = run.totals();
  Json components = Json::array();
  for (const ComponentRecord& component : run.components) {
    components.push_back({{"name", component.name},
                          {"version", component.version},
                          {"start_us", component.start_us},
                          {"how", component.how}});
  }
  Json json = {{"schema", std::string(kResultSchema)},
               {"id", run.id},
               {"system", run.system},
               {"started", run.started},
               {"took_us", run.took_us},
               {"first_green_us", run.first_green_us},
               {"command", run.command},
               {"version", run.version},
               {"exit_code", static_cast<int>(run.exit_code())},
               {"error", run.error},
               {"totals",
                {{"checks", totals.checks()},
                 {"passed", totals.passed},
                 {"failed", totals.failed},
                 {"known", totals.known},
                 {"errored", totals.errored},
                 {"inapplicable", totals.inapplicable}}},
               {"unexpected_passes", run.unexpected_passes},
               {"components", std::move(components)}};
  if (run.narrowed) json["narrowed"] = true;
  if (run.shard.of > 0) json["shard"] = {{"index", run.shard.index}, {"of", run.shard.of}};
  if (run.compared) json["compared"] = ToJson(*run.compared);
  if (!run.clauses.empty()) json["clauses"] = All(run.clauses);
  if (!run.claims.empty()) json["claims"] = ClaimsJson(run);
  if (!run.program.empty()) json["program"] = run.program;
  if (!run.causes.empty()) json["causes"] = All(run.causes);
  if (!run.accepted.empty()) json["accepted"] = All(run.accepted);
  return json;
}

}  // namespace iff
