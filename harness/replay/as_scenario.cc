#include "harness/replay/as_scenario.h"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "harness/core/yaml_text.h"
#include "harness/run/recording.h"
#include "harness/steps/registry.h"

namespace iff {
namespace {

// Of a step. A recording whose downstream cannot be read is refused before anything is asked of it.
RecordedDownstream SeenDownstream(const Json& seen) { return DownstreamFrom(seen).value_or({}); }

bool IsLedger(const DownstreamSource& source) { return source.place == Place::kLedger; }

// Was there a ledger that could not be read?
bool Unread(const Json& seen) {
  const RecordedDownstream downstream = SeenDownstream(seen);
  return std::any_of(downstream.not_observable.begin(), downstream.not_observable.end(), IsLedger);
}

class Pinner {
 public:
  explicit Pinner(const Json& recording) {
    for (const Json& ledger : AtOr<Json>(recording, "/ledgers", Json::array())) {
      ledgers_.insert(AtOr<std::string>(ledger, "", ""));
    }
    for (const Json& seen : AtOr<Json>(recording, "/seen", Json::array())) {
      for (const DownstreamAct& act : SeenDownstream(seen).acts) {
        if (IsLedger(act.source)) ledgers_.insert(act.source.component);
      }
    }
  }

  // Checks for the step at `index`; none where nothing certain can be said.
  Json Pins(size_t index, const Json& step, const Json& seen) {
    pins_ = Json::array();
    prefix_ = "as-recorded-" + std::to_string(index + 1) + "-";
    const bool sends = step.contains("call") || step.contains("list") || step.contains("read");
    const Json answers = AtOr<Json>(seen, "/answers", Json::array());
    if (!sends || step.contains("eventually") || step.contains("times") || answers.size() != 1) return pins_;
    for (const Json& verdict : AtOr<Json>(seen, "/checks", Json::object())) {
      if (verdict != "passed") return pins_;
    }
    PinAnswer(answers[0], step.contains("call"));
    // Of what went on side by side nobody can say which call was whose.
    if (!AtOr<bool>(seen, "/side_by_side", false) && !Unread(seen)) PinLedgers(seen);
    return pins_;
  }

 private:
  void Add(const std::string& name, const char* condition, Json wanted) {
    pins_.push_back({{"check", prefix_ + name}, {"level", "must"}, {condition, std::move(wanted)}});
  }

  void PinAnswer(const Json& answer, bool call) {
    const int64_t status = AtOr<int64_t>(answer, "/status", 0);
    if (status == 0) return;  // no answer is no behaviour to hold anybody to
    const Json* error = Find(answer, "/body/error/code");
    if (error != nullptr && error->is_number_integer()) return Add("error", "rpc_error", *error);
    const bool result = Find(answer, "/body/result") != nullptr;
    if (status != 200 || !call || !result) return Add("status", "status", status), PinTools(answer);
    if (!AtOr<bool>(answer, "/body/result/isError", false)) return Add("outcome", "tool", "succeeds");
    const std::string code = AtOr<std::string>(answer, "/body/result/structuredContent/error/code", "");
    Add("outcome", "tool", code.empty() ? Json("fails") : Json{{"fails", Json::array({code})}});
  }

  void PinTools(const Json& answer) {
    Json names = Json::array();
    for (const Json& tool : AtOr<Json>(answer, "/body/result/tools", Json::array())) {
      names.push_back(AtOr<std::string>(tool, "/name", ""));
    }
    if (!names.empty()) Add("tools", "lists", {{"shown", std::move(names)}});
  }

  void PinLedgers(const Json& seen) {
    std::map<std::string, std::vector<std::string>> owners;
    for (const std::string& component : ledgers_) owners[component];
    for (const DownstreamAct& act : SeenDownstream(seen).acts) {
      if (IsLedger(act.source)) owners[act.source.component].push_back(act.persona);
    }
    for (const auto& [component, all] : owners) {
      Json wanted = {{"component", component}, {"calls", all.size()}};
      const bool one =
          !all.empty() && std::all_of(all.begin(), all.end(), [&](const auto& each) { return each == all[0]; });
      if (one && !all[0].empty()) wanted["owner"] = all[0];
      Add("calls-at-" + component, "upstream", std::move(wanted));
    }
  }

  std::set<std::string> ledgers_;
  Json pins_;
  std::string prefix_;
};

}  // namespace

Result<Json> AsScenario(const Json& recording, const std::string& id) {
  const Json* source = Find(recording, "/scenario");
  const Json* steps = source == nullptr ? nullptr : Find(*source, "/steps");
  if (steps == nullptr || !steps->is_array()) {
    return Error(ErrorKind::kInvalidInput, "this recording holds no scenario: its steps cannot be played again");
  }
  Json scenario = *source;
  scenario["id"] = id;
  Json tags = AtOr<Json>(scenario, "/tags", Json::array());
  if (tags.is_string()) tags = Json::array({tags});
  if (std::find(tags.begin(), tags.end(), Json("recorded")) == tags.end()) tags.push_back("recorded");
  scenario["tags"] = tags;
  const Json seen = AtOr<Json>(recording, "/seen", Json::array());
  for (const Json& step : seen) TRY(DownstreamFrom(step));
  Pinner pinner(recording);
  for (size_t i = 0; i < scenario["steps"].size() && i < seen.size(); ++i) {
    Json& step = scenario["steps"][i];
    for (Json& pin : pinner.Pins(i, step, seen[i])) step["expect"].push_back(std::move(pin));
  }
  return scenario;
}

std::string ScenarioText(const Json& scenario, const std::string& schema) {
  static const std::vector<std::string> first = [] {
    std::vector<std::string> names = {"id", "title", "target", "targets", "tags", "exclusive", "given", "steps"};
    for (const StepWord* word : StepWords()) names.emplace_back(word->word);
    for (const char* const name :
         {"for", "of", "from", "operation", "arguments", "with", "as", "check", "level", "clause"}) {
      names.emplace_back(name);
    }
    return names;
  }();
  return (schema.empty() ? "" : "# yaml-language-server: $schema=" + schema + "\n") + YamlText(scenario, first);
}

}  // namespace iff
