#include "harness/scenario/load.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "harness/conditions/registry.h"
#include "harness/core/yaml.h"
#include "harness/steps/registry.h"

namespace iff {
namespace {

const std::vector<std::string> kAnother = {"another"};  // whichever target of the system can stand beside

class ScenarioReader : private StepReader {
 public:
  ScenarioReader(const YamlFile& file, std::string suite, const Vocabulary& vocabulary)
      : StepReader(file, vocabulary), suite_(std::move(suite)), path_(file.path()) {}
  using StepReader::mistakes;

  std::vector<Scenario> Read() {
    Members("", {"id", "title", "target", "targets", "except", "beside", "tags", "exclusive", "given", "steps"});
    Members("/given", {"principals", "settings", "relaxed", "tls"});
    Scenario scenario{.id = Text("/id", true), .suite = suite_, .title = Text("/title", true), .file = path_};
    if (!scenario.id.empty() && !scenario.id.starts_with(suite_ + "/")) {
      Mistake("/id", "the id of a scenario in this folder begins with '" + suite_ + "/'");
    }
    scenario.tags = Texts("/tags");
    scenario.exclusive = Flag("/exclusive");
    for (const std::string& at : Items("/given/principals")) {
      for (GivenPrincipal& principal : Principals(at)) scenario.principals.push_back(std::move(principal));
    }
    for (const auto& [key, at] : Entries("/given/settings")) scenario.settings[key] = Text(at, true);
    scenario.tls = tls = Flag("/given/tls");
    for (const auto& [key, at] : Entries("/given/relaxed")) scenario.relaxed[key] = Text(at, true);
    const std::vector<std::string> targets = Targets();
    scenario.beside = beside = Beside(targets);
    ReadSteps(scenario);
    if (scenario.steps.empty()) Mistake("/steps", "a scenario has at least one step");
    if (checks_.empty() && !scenario.steps.empty()) Mistake("/steps", "a scenario that expects nothing proves nothing");

    std::vector<Scenario> scenarios;
    for (const std::string& target : targets) {
      if (!vocabulary().targets.contains(target)) {
        Mistake(Has("/target") ? "/target" : "/targets",
                "unknown target '" + target + "'" + DidYouMean(target, List(vocabulary().targets)));
      }
      Scenario one = scenario;
      one.target = target;
      one.id += "@" + target;
      one.source = *Get("");
      one.source.erase("targets");
      one.source.erase("except");
      one.source["target"] = target;
      if (says_roles_ && mistakes().empty()) {
        facing_target_ = target;
        ReadSteps(one);
      }
      if (one.beside == kAnother) MeanAnother(one);
      scenarios.push_back(std::move(one));
    }
    if (targets.empty() && !any_) Mistake("", "'target' or 'targets' is missing: which server is this about?");
    return scenarios;
  }

 private:
  // For `facing_target_`: roles are whoever has them there.
  void ReadSteps(Scenario& scenario) {
    for (std::set<std::string>* named : {&credentials, &bound, &labels, &captured, &checks_}) named->clear();
    scenario.steps.clear();
    for (const std::string& at : Items("/steps")) scenario.steps.push_back(ReadStep_(at));
  }

  // `any`: every target of the system but those under `except`.
  std::vector<std::string> Targets() {
    std::vector<std::string> targets = Texts("/targets");
    if (Has("/target")) targets.push_back(Text("/target"));
    any_ = targets == std::vector<std::string>{"any"};
    const std::vector<std::string> except = Texts("/except");
    if (!any_) {
      if (!except.empty()) Mistake("/except", "'except' stands beside 'targets: any'");
      return targets;
    }
    for (const std::string& target : except) {
      if (!vocabulary().targets.contains(target)) {
        Mistake("/except", "unknown target '" + target + "'" + DidYouMean(target, List(vocabulary().targets)));
      }
    }
    targets = List(vocabulary().any);
    std::erase_if(targets, [&](const std::string& target) {
      return std::find(except.begin(), except.end(), target) != except.end();
    });
    return targets;
  }

  // Further targets that are brought up with each of `targets`.
  std::vector<std::string> Beside(const std::vector<std::string>& targets) {
    constexpr size_t kMost = 3;
    std::vector<std::string> named = Texts("/beside");
    if (named == kAnother) return named;
    if (named.size() > kMost) Mistake("/beside", "want at most " + std::to_string(kMost) + " targets beside");
    for (auto name = named.begin(); name != named.end(); ++name) {
      if (!vocabulary().targets.contains(*name)) {
        Mistake("/beside", *name == kAnother.front()
                               ? "'another' stands alone: which ones are meant beside it?"
                               : "unknown target '" + *name + "'" + DidYouMean(*name, List(vocabulary().targets)));
      } else if (std::find(targets.begin(), targets.end(), *name) != targets.end()) {
        Mistake("/beside", "'" + *name + "' is what this scenario is about, and cannot stand beside itself");
      } else if (std::find(named.begin(), name, *name) != name) {
        Mistake("/beside", "'" + *name + "' stands here already");
      }
    }
    return named;
  }

  // Puts the target that is meant beside the scenario's in the place of `another`; where there is none, the word stays.
  void MeanAnother(Scenario& scenario) const {
    const auto meant = vocabulary().another.find(scenario.target);
    if (meant == vocabulary().another.end()) return;
    scenario.beside = {meant->second};
    scenario.source["beside"] = scenario.beside;
    for (size_t i = 0; i < scenario.steps.size(); ++i) {
      if (scenario.steps[i].at.empty()) continue;
      scenario.steps[i].at = meant->second;
      scenario.source["steps"][i]["at"] = meant->second;
    }
  }

  // One, or `count` of a kind: carol1, carol2, ...
  std::vector<GivenPrincipal> Principals(const std::string& at) {
    GivenPrincipal principal;
    if (const Json* plain = Get(at); plain != nullptr && plain->is_string()) {
      principal.person = OneOf(at, List(vocabulary().personas));
    } else {
      Members(at, {"name", "holds", "count"});
      principal.person = OneOf(at + "/name", List(vocabulary().personas));
      if (Get(at) != nullptr && Get(at)->contains("holds")) principal.holds = Texts(at + "/holds");
    }
    const int64_t count = Number(at + "/count").value_or(0);
    if (count < 0 || count > 1000) Mistake(at + "/count", "want 1 to 1000");
    std::vector<GivenPrincipal> principals;
    for (int64_t i = 1; i <= std::max<int64_t>(1, std::min<int64_t>(count, 1000)); ++i) {
      principal.persona = principal.person + (count > 0 ? std::to_string(i) : "");
      if (!personas.insert(principal.persona).second) Mistake(at, "'" + principal.persona + "' stands here already");
      principals.push_back(principal);
    }
    return principals;
  }

  // The target that a step is about which goes to `at`.
  std::string FacedAt(const std::string& at) const {
    if (at.empty() || facing_target_.empty()) return facing_target_;
    if (at != kAnother.front()) return at;
    const auto meant = vocabulary().another.find(facing_target_);
    return meant == vocabulary().another.end() ? "" : meant->second;
  }

  Step ReadStep_(const std::string& at) {
    Step step{.line = Line(at)};
    const Json* value = Get(at);
    if (value == nullptr || !value->is_object()) {
      Mistake(at, "a step is a mapping with one of: obtain, call, ...");
      return step;
    }
    const StepWord* word = nullptr;
    std::vector<std::string> known;
    for (const StepWord* each : StepWords()) {
      const std::string name(each->word);
      known.push_back(name);
      if (!value->contains(name)) continue;
      if (word != nullptr) {
        Mistake(at + "/" + name, "a step does one thing: this one already says '" + std::string(word->word) + "'");
      }
      word = each;
    }
    if (word == nullptr) {
      // A step without a word is told by what is left beside the companions of words: that is where the slip is.
      std::string meant = value->empty() ? "" : value->begin().key();
      for (const auto& [key, unused] : value->items()) {
        if (IsCompanion(key)) continue;
        meant = key;
        break;
      }
      Mistake(at + "/" + PointerToken(meant), "unknown step '" + meant + "'" + DidYouMean(meant, known));
      return step;
    }
    step.at = TargetBeside(at + "/at");
    facing_ = FacedAt(step.at);
    step.action = ReadAction(word->word, *this, at);
    step.label = Text(at + "/label");
    if (!step.label.empty()) labels.insert(step.label);
    for (const std::string& item : Items(at + "/expect")) step.expect.push_back(ReadExpectation(item));
    if (std::holds_alternative<AttackStep>(step.action) &&
        vocabulary().by_policy.contains(std::get<AttackStep>(step.action).attack)) {
      for (Expectation& expectation : step.expect) expectation.strict = true;
    }
    return step;
  }

  Expectation ReadExpectation(const std::string& at) {
    Expectation expectation{.check = Text(at + "/check", true), .clause = Text(at + "/clause"), .line = Line(at)};
    std::vector<std::string> known;
    for (const ConditionWord* each : ConditionWords()) known.emplace_back(each->word);
    known.insert(known.end(), {"check", "level", "clause", "strict"});
    // A word that nobody knows is told of here, and once.
    const size_t before = mistakes().size();
    Members(at, known);
    const bool mistyped = mistakes().size() > before;
    expectation.must = OneOf(at + "/level", {"must", "should"}) != "should";
    expectation.strict = Flag(at + "/strict");
    if (!expectation.check.empty() && !checks_.insert(expectation.check).second) {
      Mistake(at + "/check", "check '" + expectation.check + "' stands in this scenario already");
    }
    std::string word;
    const Json* value = Get(at);
    for (const ConditionWord* each : ConditionWords()) {
      const std::string condition(each->word);
      if (value == nullptr || !value->is_object() || !value->contains(condition)) continue;
      if (!word.empty())
        Mistake(at + "/" + condition, "a check expects one thing: this one already says '" + word + "'");
      word = condition;
    }
    if (word.empty() && mistyped) return expectation;
    if (word.empty()) {
      Mistake(at, "a check needs something to expect: tool, status, refused, discloses, upstream, ...");
    } else {
      expectation.condition = ReadCondition(word, *this, at + "/" + word);
    }
    return expectation;
  }

  std::string suite_;
  std::string path_;
  std::set<std::string> checks_;
  bool any_ = false;
  std::string facing_target_ = {};  // "": for none yet
};

Result<std::vector<Scenario>> ReadScenarios(const YamlFile& file, const std::string& suite,
                                            const Vocabulary& vocabulary) {
  ScenarioReader reader(file, suite, vocabulary);
  std::vector<Scenario> scenarios = reader.Read();
  if (!reader.mistakes().empty()) return Error(ErrorKind::kInvalidInput, reader.mistakes());
  return scenarios;
}

std::string ClaimOf(const std::filesystem::path& readme) {
  std::ifstream in(readme);
  std::string claim;
  for (std::string line; std::getline(in, line);) claim += line + "\n";
  return claim;
}

// What a scenario's id begins with.
std::string SuiteOf(const YamlFile& file) {
  const std::string id = AtOr<std::string>(file.value(), "/id", "");
  return id.substr(0, id.find('/'));
}

}  // namespace

Result<std::vector<Scenario>> LoadScenario(const std::string& path, const std::string& suite,
                                           const Vocabulary& vocabulary) {
  const YamlFile file = TRY(YamlFile::Load(path));
  return ReadScenarios(file, suite.empty() ? SuiteOf(file) : suite, vocabulary);
}

Result<std::vector<Scenario>> ParseScenario(const std::string& path, std::string_view text, const std::string& suite,
                                            const Vocabulary& vocabulary) {
  const YamlFile file = TRY(YamlFile::Parse(path, text));
  return ReadScenarios(file, suite.empty() ? SuiteOf(file) : suite, vocabulary);
}

Result<std::vector<Suite>> LoadSuites(const std::string& directory, const Vocabulary& vocabulary,
                                      const std::string& further) {
  namespace fs = std::filesystem;
  std::error_code problem;
  std::vector<fs::path> folders;
  for (const std::string& each : {directory, further}) {
    if (each.empty() || (each == further && !fs::is_directory(each))) continue;
    for (const auto& entry : fs::directory_iterator(each, problem)) {
      if (entry.is_directory()) folders.push_back(entry.path());
    }
    if (problem) return SystemError("read suites in " + each, problem.value());
  }
  // Folders of one name are one suite; what `directory` has comes first.
  std::stable_sort(folders.begin(), folders.end(),
                   [](const fs::path& a, const fs::path& b) { return a.filename() < b.filename(); });

  std::vector<Suite> suites;
  std::string mistakes;
  std::set<std::string> ids;
  for (const fs::path& folder : folders) {
    Suite suite{.name = folder.filename().string(), .claim = ClaimOf(folder / "README.md")};
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(folder, problem)) {
      if (entry.path().extension() == ".yaml") files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    for (const fs::path& file : files) {
      Result<std::vector<Scenario>> loaded = LoadScenario(file.string(), suite.name, vocabulary);
      if (!loaded.ok()) {
        mistakes += (mistakes.empty() ? "" : "\n") + loaded.error().message();
        continue;
      }
      for (Scenario& scenario : loaded.value()) {
        if (!ids.insert(scenario.id).second) {
          mistakes +=
              (mistakes.empty() ? "" : "\n") + file.string() + ":1:1: scenario id '" + scenario.id + "' is taken";
        }
        suite.scenarios.push_back(std::move(scenario));
      }
    }
    if (suite.scenarios.empty()) continue;
    if (suites.empty() || suites.back().name != suite.name) {
      suites.push_back(std::move(suite));
    } else {
      std::move(suite.scenarios.begin(), suite.scenarios.end(), std::back_inserter(suites.back().scenarios));
    }
  }
  if (!mistakes.empty()) return Error(ErrorKind::kInvalidInput, mistakes);
  return suites;
}

}  // namespace iff
