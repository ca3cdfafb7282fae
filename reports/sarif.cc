#include "reports/sarif.h"

#include <algorithm>
#include <map>

#include "harness/core/bytes.h"
#include "harness/core/plain.h"
#include "reports/ascii.h"
#include "reports/findings.h"
#include "reports/remedy.h"
#include "reports/wording.h"

namespace iff {
namespace {

constexpr const char* kUnexpected = "known-failure-passes";
constexpr const char* kLost = "check-is-lost";
constexpr size_t kMostRelated = 100;  // of one result; result.json has them all

// A message may hold links in brackets (SARIF 2.1.0, 3.11.6); ours never do.
std::string Message(std::string_view text) {
  std::string escaped;
  for (const char c : Plain(text)) {
    if (c == '\\' || c == '[' || c == ']') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

Json Text(std::string_view text) { return {{"text", Message(text)}}; }

// A path as a URI reference.
std::string Uri(std::string_view path) {
  std::string uri;
  while (!path.empty()) {
    const size_t slash = path.find('/');
    uri += PercentEncode(path.substr(0, slash));
    if (slash == std::string_view::npos) break;
    uri += '/';
    path.remove_prefix(slash + 1);
  }
  return uri;
}

Json Locations(const std::string& file, int line) {
  if (file.empty()) return Json::array();
  Json place = {{"artifactLocation", {{"uri", Uri(file)}, {"uriBaseId", "SRCROOT"}}}};
  if (line > 0) place["region"] = {{"startLine", line}};
  return Json::array({{{"physicalLocation", std::move(place)}}});
}

const char* LevelOf(Severity severity) {
  switch (severity) {
    case Severity::kDemand:
      return "error";
    case Severity::kRecommendation:
      return "warning";
    case Severity::kKnown:
      return "note";
    case Severity::kUnjudged:
      break;
  }
  return "none";
}

class Log {
 public:
  explicit Log(const RunResult& run) : run_(run) {
    if (!run.compared) return;
    for (const Difference& difference : run.compared->differences) {
      known_from_before_[difference.scenario + " " + difference.check] = difference.kind;
    }
  }

  Json Done() {
    const std::vector<ReportedFinding> findings = FindingsOf(run_);
    std::map<const NamedCause*, std::vector<const ReportedFinding*>> of_causes;
    for (const ReportedFinding& finding : findings) {
      if (finding.cause != nullptr) of_causes[finding.cause].push_back(&finding);
    }
    for (const NamedCause& cause : run_.causes) {
      if (const auto found = of_causes.find(&cause); found != of_causes.end()) Add(cause, found->second);
    }
    for (const ReportedFinding& finding : OneForEachAnswer(findings)) {
      if (finding.cause == nullptr) Add(finding);
    }
    for (const std::string& passed : run_.unexpected_passes) {
      AddPlain(kUnexpected, "A check that is listed as a known failure passes",
               "Take it off the list of known failures.", passed + " is listed as a known failure, but passes");
    }
    if (run_.compared) {
      for (const Difference& difference : run_.compared->differences) {
        if (difference.kind != Difference::Kind::kLost) continue;
        AddPlain(kLost, "A check of the earlier run is not judged any more",
                 "Find out why nobody looks any more; if that is meant, compare with a newer run.",
                 difference.check + " in " + difference.scenario + " was " + difference.before +
                     " in the earlier run, and is not judged now");
      }
    }
    Json notices = Json::array();
    if (!run_.error.empty()) notices.push_back({{"level", "error"}, {"message", Text(run_.error)}});
    Json run = {{"tool", {{"driver", {{"name", "iff"}, {"rules", std::move(rules_)}}}}},
                {"automationDetails", {{"id", Message("iff/" + run_.system + "/" + run_.id)}}},
                {"invocations", Json::array({{{"executionSuccessful", run_.exit_code() != ExitCode::kErrored},
                                              {"exitCode", static_cast<int>(run_.exit_code())},
                                              {"commandLine", Plain(run_.command)},
                                              {"toolExecutionNotifications", std::move(notices)}}})},
                {"originalUriBaseIds", {{"SRCROOT", {{"description", {{"text", "the root of the project"}}}}}}},
                {"columnKind", "utf16CodeUnits"},
                {"results", std::move(results_)},
                {"properties", {{"headline", Headline(run_)}}}};
    if (!run_.version.empty()) run["tool"]["driver"]["version"] = run_.version;
    return {{"$schema", "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"},
            {"version", "2.1.0"},
            {"runs", Json::array({std::move(run)})}};
  }

 private:
  size_t RuleFor(const std::string& id, std::string_view told, std::string_view help, Json properties) {
    const auto [place, is_new] = index_.try_emplace(id, rules_.size());
    if (is_new) {
      Json rule = {{"id", Plain(id)}, {"shortDescription", Text(told)}, {"help", Text(help)}};
      if (!properties.empty()) rule["properties"] = std::move(properties);
      rules_.push_back(std::move(rule));
    }
    return place->second;
  }

  // "expired-token-is-refused" reads as a sentence already.
  static std::string Sentence(std::string id) {
    for (char& c : id) c = c == '-' ? ' ' : c;
    return id;
  }

  // One result for all the checks that failed for it, which it names as related.
  void Add(const NamedCause& cause, const std::vector<const ReportedFinding*>& findings) {
    Json of_rule = {{"tags", Json::array({"cause", Name(cause.gravity)})}};
    if (!cause.clause.empty()) of_rule["clause"] = Plain(cause.clause);
    const std::string id = "cause/" + cause.name;
    const size_t rule = RuleFor(id, Capital(cause.says), cause.fix, std::move(of_rule));
    Json related = Json::array();
    Severity worst = Severity::kRecommendation;
    bool is_new = true;
    for (const ReportedFinding* finding : findings) {
      worst = std::min(worst, finding->severity);
      is_new = is_new && IsNew(*finding);
      if (related.size() == kMostRelated) continue;
      Json locations = Locations(finding->scenario->file, finding->step == nullptr ? 0 : finding->step->line);
      if (locations.empty()) continue;
      locations[0]["id"] = related.size() + 1;
      locations[0]["message"] = Text(finding->check.id + " in " + finding->scenario->id);
      related.push_back(std::move(locations[0]));
    }
    const ReportedFinding& first = *findings.front();
    Json properties = {{"cause", Plain(cause.name)},
                       {"target", Plain(cause.target)},
                       {"gravity", Name(cause.gravity)},
                       {"severity", Name(worst)},
                       {"remedy", Plain(cause.fix)},
                       {"explains", cause.explains},
                       {"failures", cause.of},
                       {"checks", Json::array()},
                       {"again", Plain(Again(run_.program, *first.scenario))}};
    for (const std::string& check : cause.checks) properties["checks"].push_back(Plain(check));
    if (!cause.clause.empty()) properties["clause"] = Plain(cause.clause);
    Json result = {{"ruleId", Plain(id)},
                   {"ruleIndex", rule},
                   {"kind", "fail"},
                   {"level", LevelOf(worst)},
                   {"message", Text((cause.target.empty() ? "" : cause.target + ": ") + Capital(cause.says) +
                                    ". It explains " + Explains(cause) + ".")},
                   {"locations", Locations(first.scenario->file, first.step == nullptr ? 0 : first.step->line)},
                   {"relatedLocations", std::move(related)},
                   {"partialFingerprints", {{"iffCause/v1", Hex(Sha256(cause.target + "\n" + cause.name))}}},
                   {"properties", std::move(properties)}};
    if (run_.compared) result["baselineState"] = is_new ? "new" : "unchanged";
    results_.push_back(std::move(result));
  }

  bool IsNew(const ReportedFinding& finding) const {
    const auto is_new = [&](const std::string& check) {
      const auto before = known_from_before_.find(finding.scenario->id + " " + check);
      return before != known_from_before_.end() && before->second == Difference::Kind::kNew;
    };
    return is_new(finding.check.id) ||
           std::any_of(finding.also.begin(), finding.also.end(), [&](const Check& also) { return is_new(also.id); });
  }

  void Add(const ReportedFinding& finding) {
    const Check& check = finding.check;
    const ScenarioResult& scenario = *finding.scenario;
    const std::string_view remedy = RemedyFor(scenario, check);
    Json of_rule = {{"tags", Json::array({Plain(scenario.suite)})}};
    if (!check.clause.empty()) of_rule["clause"] = Plain(check.clause);
    const size_t rule = RuleFor(check.id, Sentence(check.id), RemedyFor(scenario.suite, check.id), std::move(of_rule));
    const std::string reason = ReasonOf(check);
    const std::string step = finding.step == nullptr || finding.step->title.empty() ? "" : finding.step->title + ": ";
    Json properties = {{"scenario", Plain(scenario.id)},
                       {"severity", Name(finding.severity)},
                       {"level", Name(check.level)},
                       {"remedy", remedy},
                       {"again", Plain(Again(run_.program, scenario))}};
    for (const auto& [name, value] : {std::pair("clause", &check.clause), std::pair("expected", &check.expected),
                                      std::pair("observed", &check.observed), std::pair("target", &scenario.target)}) {
      if (!value->empty()) properties[name] = Plain(*value);
    }
    if (const std::string curl = finding.step == nullptr ? "" : CurlLine(scenario, *finding.step, check); !curl.empty())
      properties["request"] = Plain(curl);
    for (const Check& also : finding.also) properties["also"].push_back(Plain(also.id + ": " + ReasonOf(also)));
    const int nth = ++seen_[scenario.id + " " + check.id];
    Json result = {{"ruleId", Plain(check.id)},
                   {"ruleIndex", rule},
                   {"kind", finding.severity == Severity::kUnjudged ? "open" : "fail"},
                   {"level", LevelOf(finding.severity)},
                   {"message", Text(scenario.id + ": " + step + reason)},
                   {"locations", Locations(scenario.file, finding.step == nullptr ? 0 : finding.step->line)},
                   {"partialFingerprints",
                    {{"iffCheck/v1", Hex(Sha256(scenario.id + "\n" + check.id + "\n" + std::to_string(nth)))}}},
                   {"properties", std::move(properties)}};
    if (finding.severity == Severity::kKnown) {
      result["suppressions"] =
          Json::array({{{"kind", "external"}, {"justification", "listed in scenarios/known_failures.json"}}});
    }
    if (run_.compared) {
      result["baselineState"] = IsNew(finding) ? "new" : "unchanged";
    }
    results_.push_back(std::move(result));
  }

  void AddPlain(const char* id, std::string_view told, std::string_view help, const std::string& text) {
    const size_t rule = RuleFor(id, told, help, {});
    results_.push_back({{"ruleId", id},
                        {"ruleIndex", rule},
                        {"kind", "fail"},
                        {"level", "error"},
                        {"message", Text(text)},
                        {"partialFingerprints", {{"iffCheck/v1", Hex(Sha256(std::string(id) + "\n" + text))}}},
                        {"properties", {{"remedy", help}}}});
  }

  const RunResult& run_;
  Json rules_ = Json::array();
  Json results_ = Json::array();
  std::map<std::string, size_t> index_;
  std::map<std::string, int> seen_;
  std::map<std::string, Difference::Kind> known_from_before_;
};

}  // namespace

void WriteSarif(const RunResult& run, std::ostream& out) { out << AsciiJson(Log(run).Done(), 1) << "\n"; }

}  // namespace iff
