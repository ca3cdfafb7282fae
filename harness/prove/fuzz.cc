#include "harness/prove/fuzz.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include "harness/core/bytes.h"
#include "harness/core/yaml.h"
#include "harness/jose/token.h"
#include "harness/replay/as_scenario.h"

namespace iff {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;
using std::chrono::steady_clock;

// Enough to see what is wrong; more of them say the same.
constexpr size_t kMost = 10;
// Before which people log in again.
constexpr seconds kLoginAge{120};

// The first two people who hold what the target hands out.
std::vector<std::string> Holders(const System& system, const TargetSpec& target) {
  std::vector<std::string> personas;
  for (const auto& [persona, person] : system.people) {
    const bool holds = target.upstream.empty() ||
                       std::find(person.holds.begin(), person.holds.end(), target.upstream) != person.holds.end();
    if (holds && personas.size() < 2) personas.push_back(persona);
  }
  return personas;
}

class FuzzOne {
 public:
  FuzzOne(Session& session, const ProbeSet& probes, const FuzzWish& wish, const TargetSpec& target)
      : session_(session), probes_(probes), wish_(wish) {
    material_.target = target;
    const std::vector<std::string> personas = Holders(session.system(), target);
    material_.caller = personas.at(0);
    if (personas.size() > 1 && !target.upstream.empty()) material_.other = personas.at(1);
    tried_.target = target.name;
  }

  Result<Fuzzed> Run() {
    const auto began = steady_clock::now();
    Scenario sandbox{.id = "fuzz/" + material_.target.name, .suite = "fuzz", .target = material_.target.name};
    sandbox.principals.push_back({.persona = material_.caller, .person = material_.caller});
    if (!material_.other.empty()) sandbox.principals.push_back({.persona = material_.other, .person = material_.other});
    sandbox.relaxed = {{"rate_limit", "100000/1"}};
    TRY(session_.InSandbox<bool>(sandbox, [&](Sandbox& on) { return Play(on); }, {}, nullptr, wish_.mutant));
    for (FuzzFinding& caught : tried_.found) TRY(Keep(caught));
    tried_.took_s = std::chrono::duration<double>(steady_clock::now() - began).count();
    return std::move(tried_);
  }

 private:
  bool Cancelled() const { return wish_.cancelled != nullptr && *wish_.cancelled; }

  Result<bool> Play(Sandbox& sandbox) {
    TRY(LogIn(sandbox));
    LearnTokens(sandbox);
    const Mutator mutator(material_, wish_.seed);
    const auto until = steady_clock::now() + seconds(wish_.seconds);
    for (int number = 1; number <= wish_.count && steady_clock::now() < until && !Cancelled(); ++number) {
      if (steady_clock::now() - logged_in_ > kLoginAge) TRY(LogIn(sandbox));
      const MutatedCase made = mutator.Make(static_cast<uint64_t>(number));
      if (!CanBeMade(sandbox, made)) continue;
      Scenario scenario = TRY(session_.ReadScenario(made.scenario, "case " + std::to_string(number)));
      std::erase_if(scenario.steps, [](const Step& step) { return std::holds_alternative<ObtainStep>(step.action); });
      const ScenarioResult result = PlayOn(sandbox, probes_, scenario);
      if (!Look(made, result)) return true;
      (made.bent == Bent::kToken ? tried_.tokens : tried_.requests) += 1;
      if (sandbox.process().Exited()) TRY(sandbox.Relaunch().While("start the server anew after it ended"));
    }
    return true;
  }

  Result<void> LogIn(Sandbox& sandbox) {
    for (const Principal& principal : sandbox.principals().all())
      TRY(sandbox.principals().Obtain(principal.persona, principal.persona, sandbox.principals().AllScopes(), ""));
    logged_in_ = steady_clock::now();
    return {};
  }

  // Tokens are bent where they can be made, and where there is a door that they are shown at.
  void LearnTokens(Sandbox& sandbox) {
    if (material_.target.TakesKeys() || material_.target.transport == Transport::kStdio) {
      tried_.why_no_tokens =
          material_.target.TakesKeys() ? "it takes keys" : "whoever starts the process has chosen its token";
      return;
    }
    const Result<Forge> forge = sandbox.principals().MakeForge();
    const auto token = DecodeUnverified(sandbox.principals().FindCredential(material_.caller)->value.Reveal());
    if (!forge.ok() || !token.ok()) {
      tried_.why_no_tokens = forge.ok() ? "its tokens are no JWTs" : forge.error().message();
      return;
    }
    material_.claims = token->payload;
    for (const Attack& attack : forge->Applicable()) {
      // What is no token by its looks may also be answered 400 (RFC 6750, 3.1), which is no word about the token.
      const bool is_token = attack.id != "two-tokens-joined" && attack.id != "trailing-junk";
      if (!attack.by_policy && is_token) material_.attacks.push_back(attack.id);
    }
  }

  // Claims may be changed into some that leave a forgery nothing to be wrong about: no audience, for one.
  bool CanBeMade(const Sandbox& sandbox, const MutatedCase& made) const {
    if (made.bent != Bent::kToken) return true;
    const Result<Forge> forge = sandbox.principals().MakeForge();
    if (!forge.ok()) return true;
    Secret token = sandbox.principals().FindCredential(material_.caller)->value;
    for (const Json& step : made.scenario.at("steps")) {
      if (!step.contains("mint")) continue;
      const std::string attack = AtOr<std::string>(step, "/forge", "");
      const Json none = Json::object();
      Result<Secret> next = attack.empty()
                                ? forge->Reissue(token, step.value("change", none), step.value("header", none))
                                : forge->Make(attack, token);
      if (!next.ok()) return next.error().kind() != ErrorKind::kInvalidInput;
      token = std::move(next).value();
    }
    return true;
  }

  // False: nothing that comes later could be believed.
  bool Look(const MutatedCase& made, const ScenarioResult& result) {
    for (const StepResult& step : result.steps) {
      for (const Exchange& exchange : step.trace.exchanges) {
        if (exchange.status != 429) continue;
        tried_.could_not = "it limits rates (429): name its rate_limit under settings, so that it can be raised";
        return false;
      }
    }
    const Check* failed = nullptr;
    const Check* errored = nullptr;
    for (const StepResult& step : result.steps) {
      for (const Check& check : step.checks) {
        if (check.verdict == Verdict::kFailed && failed == nullptr) failed = &check;
        if (check.verdict == Verdict::kErrored && errored == nullptr) errored = &check;
      }
    }
    if (failed != nullptr && failed->id == "valid-request-is-served") {
      tried_.could_not = "the valid request is not served: " + failed->reason;
      return false;
    }
    if (failed == nullptr && (errored != nullptr || !result.error.empty())) {
      tried_.could_not = made.what + ": " + (errored != nullptr ? errored->reason : result.error);
      return false;
    }
    if (failed == nullptr) return true;
    const bool known = !kinds_.insert(failed->id + " " + made.kind).second;
    if (known || tried_.found.size() >= kMost) {
      ++tried_.more;
    } else {
      tried_.found.push_back({.made = made, .check = failed->id, .reason = failed->reason});
    }
    return true;
  }

  // A file, if its text may be shown; played at once, as everybody else will.
  Result<void> Keep(FuzzFinding& caught) {
    const Json& document = caught.made.scenario;
    const fs::path folder =
        fs::path(wish_.output.empty() ? session_.options().places.ReportsFolder() : wish_.output) / "fuzz";
    const std::string id = AtOr<std::string>(document, "/id", "");
    const fs::path file = folder / (id.substr(id.find('/') + 1) + ".yaml");
    const std::string text = ScenarioText(document, "");
    if (!session_.redactor().Scan(text).empty())
      return Error(ErrorKind::kRefused, id + " was not written, because it held a secret");
    std::error_code problem;
    fs::create_directories(folder, problem);
    std::ofstream out(file, std::ios::binary);
    out << text;
    out.close();
    if (!out) return Error(ErrorKind::kSystem, "write " + file.string() + ": cannot be written");
    caught.file = file.string();
    const Scenario scenario = TRY(session_.ReadScenario(document, file.string()));
    const RunResult proof = session_.Run({scenario}, {.mutant = wish_.mutant, .jobs = 1});
    for (const StepResult& step : proof.scenarios.front().steps) {
      for (const Check& check : step.checks) {
        caught.again = caught.again || (check.verdict == Verdict::kFailed && check.id == caught.check);
      }
    }
    return {};
  }

  Session& session_;
  const ProbeSet& probes_;
  const FuzzWish& wish_;
  Material material_;
  Fuzzed tried_;
  std::set<std::string> kinds_;
  steady_clock::time_point logged_in_ = {};
};

}  // namespace

bool Fuzzed::Failed() const {
  return std::any_of(found.begin(), found.end(), [](const FuzzFinding& one) { return one.again; });
}

bool Fuzzed::Judged() const {
  return could_not.empty() && tokens + requests > 0 &&
         std::all_of(found.begin(), found.end(), [](const FuzzFinding& one) { return one.again; });
}

uint64_t DrawFuzzSeed() {
  uint64_t seed = 0;
  for (const char byte : RandomBytes(3)) seed = seed * 256 + static_cast<unsigned char>(byte);
  return seed;
}

std::vector<std::string> FuzzTargets(const System& system, const std::vector<std::string>& targets) {
  if (!targets.empty()) return targets;
  std::vector<std::string> all;
  for (const auto& [name, spec] : system.targets) all.push_back(name);
  return all;
}

Result<void> CheckFuzz(const System& system, const std::vector<std::string>& targets) {
  std::vector<std::string> known;
  for (const auto& [name, spec] : system.targets) known.push_back(name);
  for (const std::string& name : FuzzTargets(system, targets)) {
    const auto target = system.targets.find(name);
    if (target == system.targets.end()) {
      return Error(ErrorKind::kInvalidInput, "no target called '" + name + "'" + DidYouMean(name, known));
    }
    if (!target->second.operations.contains("read_own")) {
      return Error(ErrorKind::kInvalidInput, "the system file names no tool of " + name +
                                                 " for 'read_own': nothing valid is known to begin with");
    }
    if (Holders(system, target->second).empty()) {
      return Error(ErrorKind::kInvalidInput, "nobody in " + system.name + " holds '" + target->second.upstream + "'");
    }
  }
  return {};
}

Result<Fuzzed> FuzzTarget(Session& session, const ProbeSet& probes, const FuzzWish& wish, const std::string& target) {
  return FuzzOne(session, probes, wish, session.system().targets.at(target)).Run();
}

}  // namespace iff
