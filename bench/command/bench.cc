#include "bench/command/bench.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "bench/command/compare.h"
#include "bench/latency/chain.h"
#include "bench/load/row.h"
#include "harness/cli/console.h"
#include "reports/bench_page.h"

namespace iff {
namespace {

namespace fs = std::filesystem;
using std::chrono::steady_clock;
using Say = Messages;

const std::map<std::string, std::string> kNoRateLimit = {{"rate_limit", "1000000/1"}};

Result<std::string> PersonFor(const System& system, const TargetSpec& target) {
  for (const auto& [name, person] : system.people) {
    if (target.upstream.empty() ||
        std::find(person.holds.begin(), person.holds.end(), target.upstream) != person.holds.end()) {
      return name;
    }
  }
  return Error(ErrorKind::kInvalidInput, "nobody in the system file holds " + target.upstream);
}

// One command's measurements.
class Bencher {
 public:
  Bencher(Session& session, const Options& options, const BenchOptions& bench, std::vector<double> callers,
          std::vector<double> rates, std::vector<double> identities, const Say& say)
      : session_(session),
        options_(options),
        bench_(bench),
        callers_(std::move(callers)),
        rates_(std::move(rates)),
        identities_(std::move(identities)),
        say_(say),
        spinners_(bench.awake) {
    const auto cores = static_cast<int>(std::thread::hardware_concurrency());
    if (!bench.unpinned && cores >= 2) {
      server_core_ = 0;
      driver_core_ = cores - 1;
    }
  }

  int code() const { return code_; }
  const std::vector<BenchRow>& rows() const { return rows_; }

  // One hop of the authentication, alone: closed model, one caller.
  void Hop(const Measurement& measurement, const std::string& person) {
    const int rounds = bench_.rounds > 0 ? bench_.rounds : measurement.rounds;
    const Scenario scenario{.id = "bench/" + measurement.name,
                            .suite = "bench",
                            .target = measurement.target,
                            .principals = {{.persona = person, .person = person}},
                            .relaxed = kNoRateLimit};
    BenchRow row{.name = measurement.name,
                 .title = measurement.title,
                 .target = measurement.target,
                 .cold = measurement.name == "call-cold"};
    RegimeWatch regime("none", bench_.awake);
    Samples samples;
    const Result<bool> done = session_.InSandbox<bool>(scenario, [&](Sandbox& sandbox) -> Result<bool> {
      const auto once = TRY(measurement.prepare(sandbox));
      for (int round = -5; round < 0; ++round) TRY(once(round));  // warm-up, not counted
      const int64_t start = Now();
      for (int round = 0; round < rounds; ++round) {
        const int64_t began = Now();
        TRY(once(round));
        samples.Record(began, began, Now(), start);
        if (round % 50 == 49) (void)sandbox.trace().Take();
      }
      return true;
    });
    if (!done.ok()) return CouldNot(measurement.title, done.error());
    row.service = samples.service;
    row.response = samples.response;
    row.regime = regime.End(samples.Noise());
    Keep(std::move(row));
  }

  // The whole chain through relays, hop by hop.
  void Chain(const TargetSpec& target, const std::string& person, const std::string& operation) {
    const int identities = std::min(MostIdentities(), 50);
    const int rounds = bench_.rounds > 0 ? bench_.rounds : 200;
    const Scenario scenario{.id = "bench/chain-" + target.name,
                            .suite = "bench",
                            .target = target.name,
                            .principals = Callers(person, identities),
                            .relaxed = kNoRateLimit};
    std::vector<std::string> gated;
    for (const ComponentSpec& spec : session_.system().components) gated.push_back(spec.name);
    RegimeWatch regime("none", bench_.awake);
    Result<ChainResult> seen = session_.InSandbox<ChainResult>(
        scenario, [&](Sandbox& sandbox) { return MeasureChain(sandbox, operation, identities, rounds); }, gated);
    if (!seen.ok()) return CouldNot("the chain of " + target.name, seen.error());
    for (const bool cold : {true, false}) {
      Breakdown& breakdown = cold ? seen->cold : seen->warm;
      BenchRow row{.name = std::string(cold ? "chain-cold-" : "chain-warm-") + target.name,
                   .title = target.name + (cold ? ": login and first call, by hop" : ": warm call, by hop"),
                   .target = target.name,
                   .cold = cold,
                   .identities = identities,
                   .service = breakdown.whole,
                   .response = breakdown.whole,
                   .regime = regime.End(std::nan(""))};
      row.breakdown = std::move(breakdown);
      Keep(std::move(row));
    }
  }

  // The target under load, warm: closed with each number of callers, then open at shares of what it did.
  void Load(const TargetSpec& target, const std::string& person, const std::string& operation) {
    const int identities = MostIdentities();
    const Scenario scenario{.id = "bench/load-" + target.name,
                            .suite = "bench",
                            .target = target.name,
                            .principals = Callers(person, identities),
                            .relaxed = kNoRateLimit};
    const Result<bool> done = session_.InSandbox<bool>(scenario, [&](Sandbox& sandbox) -> Result<bool> {
      Histogram logins;
      Histogram first_calls;
      RegimeWatch regime("none", bench_.awake);
      LoadPlan plan;
      plan.requests = TRY(WarmRequests(sandbox, operation, identities, logins, first_calls));
      BenchRow first{.name = "first-call-" + target.name,
                     .title = target.name + ": first call of each identity",
                     .target = target.name,
                     .cold = true,
                     .identities = identities,
                     .service = first_calls,
                     .response = first_calls,
                     .regime = regime.End(std::nan(""))};
      Keep(std::move(first));
      plan.endpoint = sandbox.process().endpoint();
      plan.duration = std::chrono::milliseconds(bench_.seconds * 1000);
      // What stands in for a container is not the server.
      plan.server_pid = sandbox.process().service() == nullptr || session_.launchers().targets_in_containers
                            ? 0
                            : sandbox.process().service()->pid();
      plan.core = driver_core_;
      const Pinned pinned(plan.server_pid, plan.server_pid > 0 ? server_core_ : -1);
      double peak = 0;
      for (const double callers : callers_) {
        plan.callers = static_cast<int>(callers);
        plan.rate = 0;
        peak = std::max(peak, TRY(Drive(target, plan, identities, pinned.done())));
      }
      // Fewer people, who have logged in as well, with as many callers as at last.
      const std::vector<std::string> everybody = plan.requests;
      for (const double fewer : identities_) {
        if (static_cast<size_t>(fewer) == everybody.size()) continue;
        plan.requests.assign(everybody.begin(), everybody.begin() + static_cast<std::ptrdiff_t>(fewer));
        plan.callers = std::min(plan.callers, 64);
        TRY(Drive(target, plan, static_cast<int>(fewer), pinned.done()));
      }
      plan.requests = everybody;
      std::vector<double> rates = rates_;
      if (rates.empty()) rates = {peak / 4, peak / 2, peak * 3 / 4};
      plan.callers = std::max(64, static_cast<int>(callers_.back()));
      for (const double rate : rates) {
        if (rate < 1) continue;
        plan.rate = std::floor(rate);
        TRY(Drive(target, plan, identities, pinned.done()));
      }
      return true;
    });
    if (!done.ok()) CouldNot("load on " + target.name, done.error());
  }

  void CouldNot(const std::string& what, const Error& error) {
    say_(what + ": could not be measured: " + session_.redactor().Mask(error.message()));
    code_ = kErrored;
  }

 private:
  int MostIdentities() const { return static_cast<int>(*std::max_element(identities_.begin(), identities_.end())); }

  static int64_t Now() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(steady_clock::now().time_since_epoch()).count();
  }

  // Answers what was achieved.
  Result<double> Drive(const TargetSpec& target, const LoadPlan& plan, int identities, bool pinned) {
    const bool open = plan.rate > 0;
    char rate[32] = "";
    if (open) std::snprintf(rate, sizeof rate, "%.0f", plan.rate);
    const std::string people = identities == MostIdentities() ? "" : std::to_string(identities);
    BenchRow row{
        .name = "load-" + target.name +
                (open ? std::string("-open-") + rate : "-closed-" + std::to_string(plan.callers)) +
                (people.empty() ? "" : "-identities-" + people),
        .title = target.name + ": " +
                 (open ? std::string(rate) + "/s offered, open" : std::to_string(plan.callers) + " callers, closed") +
                 (people.empty() ? "" : ", " + people + (identities == 1 ? " identity" : " identities")),
        .target = target.name,
        .open = open,
        .callers = plan.callers,
        .identities = identities};
    const std::string how = pinned ? "server on core 0, driver on core " + std::to_string(driver_core_) : "none";
    RegimeWatch regime(how, bench_.awake);
    LoadOutcome seen = TRY(iff::Drive(plan));
    seen.problem = session_.redactor().Mask(seen.problem);
    row.service = seen.samples.service;
    row.response = seen.samples.response;
    row.regime = regime.End(seen.samples.Noise());
    row.invalid = seen.Invalid();
    const double achieved = seen.achieved;
    row.load = std::move(seen);
    Keep(std::move(row));
    return achieved;
  }

  void Keep(BenchRow row) {
    if (!options_.json) {
      say_(TableLine(row));
      if (row.breakdown) {
        for (const std::string& line : BreakdownLines(*row.breakdown)) say_(line);
      }
      if (options_.verbose) say_("    " + row.regime.Line());
    }
    rows_.push_back(std::move(row));
  }

  Session& session_;
  const Options& options_;
  const BenchOptions& bench_;
  std::vector<double> callers_;
  std::vector<double> rates_;
  std::vector<double> identities_;
  const Say& say_;
  Spinners spinners_;
  int server_core_ = -1;
  int driver_core_ = -1;
  int code_ = 0;
  std::vector<BenchRow> rows_ = {};
};

bool Wanted(const Options& options, const std::string& name) {
  return options.selectors.empty() ||
         std::find(options.selectors.begin(), options.selectors.end(), name) != options.selectors.end();
}

// The targets asked for; by default the first that can be asked for the operation.
Result<std::vector<const TargetSpec*>> TargetsFor(const System& system, const Options& options,
                                                  const std::string& operation) {
  std::vector<const TargetSpec*> targets;
  for (const std::string& name : options.targets) {
    const auto found = system.targets.find(name);
    if (found == system.targets.end()) return Error(ErrorKind::kInvalidInput, "no target called '" + name + "'");
    if (!found->second.operations.contains(operation)) {
      return Error(ErrorKind::kInvalidInput, "target " + name + " has no operation called '" + operation + "'");
    }
    targets.push_back(&found->second);
  }
  if (!targets.empty()) return targets;
  for (const TargetSpec* target : system.TargetsInOrder()) {
    if (target->operations.contains(operation)) return std::vector<const TargetSpec*>{target};
  }
  return Error(ErrorKind::kInvalidInput, "no target has an operation called '" + operation + "'");
}

// Somebody who holds what the target hands out.
Result<void> WriteFile(const fs::path& path, const std::string& text, const Redactor& redactor) {
  if (const auto leaks = redactor.Scan(text); !leaks.empty()) {
    return Error(ErrorKind::kRefused, "write " + path.string() + ": it would hold a secret: " + leaks.front().alias);
  }
  std::error_code ignored;
  if (path.has_parent_path()) fs::create_directories(path.parent_path(), ignored);
  std::ofstream out(path, std::ios::binary);
  out << text;
  out.close();
  if (!out) return Error(ErrorKind::kSystem, "write " + path.string() + ": could not be written");
  return {};
}

}  // namespace

Result<std::vector<double>> NumbersIn(const std::string& list, double least, double most) {
  std::vector<double> numbers;
  std::istringstream in(list);
  for (std::string word; std::getline(in, word, ',');) {
    double number = 0;
    const auto [end, problem] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (problem != std::errc() || end != word.data() + word.size() || number < least || number > most) {
      char range[60];
      std::snprintf(range, sizeof range, "%.0f to %.0f", least, most);
      return Error(ErrorKind::kInvalidInput,
                   "'" + word + "' in '" + list + "': want numbers from " + range + ", like 1,8,64");
    }
    numbers.push_back(number);
  }
  return numbers;
}

Result<BenchNumbers> NumbersOf(const BenchOptions& bench) {
  BenchNumbers numbers;
  numbers.callers = TRY(NumbersIn(bench.callers, 1, 256).While("--callers"));
  numbers.rates = TRY(NumbersIn(bench.rates, 1, 1e6).While("--rate"));
  numbers.identities = TRY(NumbersIn(bench.identities, 1, 1000).While("--identities"));
  for (const auto& [name, list] :
       {std::pair("--callers", &numbers.callers), std::pair("--identities", &numbers.identities)}) {
    if (list->empty()) return Error(ErrorKind::kInvalidInput, std::string(name) + ": want at least one number");
  }
  return numbers;
}

int Bench(Session& session, const MeasurementSet& measurements, const Options& options, const BenchOptions& bench,
          const Say& say) {
  const Result<BenchNumbers> numbers = NumbersOf(bench);
  if (!numbers.ok()) {
    (void)say.Complain(numbers.error());
    return kUsage;
  }
  const Result<std::vector<const TargetSpec*>> targets = TargetsFor(session.system(), options, bench.operation);
  if (!targets.ok()) {
    (void)say.Complain(targets.error());
    return kUsage;
  }
  for (const std::string& name : options.selectors) {
    const bool known =
        name == "chain" || name == "load" || name == "hops" ||
        std::any_of(measurements.begin(), measurements.end(), [&](const Measurement& one) { return one.name == name; });
    if (known) continue;
    std::string all = "hops, chain, load";
    for (const Measurement& one : measurements) all += ", " + one.name;
    return say.Complain(
        Error(ErrorKind::kInvalidInput, "nothing to measure is called '" + name + "': there are " + all));
  }
  Json before;
  if (!bench.compare.empty()) {
    std::ifstream in(bench.compare, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    Result<Json> parsed = ParseJson(text.str());
    const Result<StoredComparison> readable =
        parsed.ok() ? CompareWithStored({}, *parsed) : Result<StoredComparison>(parsed.error());
    if (!in || !readable.ok()) {
      return say.Complain(Error(ErrorKind::kInvalidInput,
                                "read " + bench.compare + ": " + (in ? readable.error().message() : "no such file")));
    }
    before = std::move(parsed).value();
  }
  Bencher bencher(session, options, bench, numbers->callers, numbers->rates, numbers->identities, say);
  if (!options.json) {
    say("milliseconds; response times, in the open model from the moment a call was due");
    say(kLegend);
    say(TableHead());
  }
  for (const Measurement& measurement : measurements) {
    if (!Wanted(options, measurement.name) && !Wanted(options, "hops")) continue;
    // These name their targets, which another system may not have.
    const bool there = session.system().targets.contains(measurement.target);
    if (there && (options.targets.empty() || std::find(options.targets.begin(), options.targets.end(),
                                                       measurement.target) != options.targets.end())) {
      const Result<std::string> person = PersonFor(session.system(), session.system().targets.at(measurement.target));
      person.ok() ? bencher.Hop(measurement, *person) : bencher.CouldNot(measurement.target, person.error());
    }
  }
  for (const TargetSpec* target : *targets) {
    const Result<std::string> person = PersonFor(session.system(), *target);
    if (!person.ok()) {
      bencher.CouldNot(target->name, person.error());
      continue;
    }
    if (Wanted(options, "chain")) bencher.Chain(*target, *person, bench.operation);
    if (Wanted(options, "load")) bencher.Load(*target, *person, bench.operation);
  }
  if (!options.json && !bencher.rows().empty()) say("regime: " + bencher.rows().back().regime.Line());

  Json versions = Json::object();
  for (Component* component : session.environment().components()) versions[component->name()] = component->version();
  Json rows = Json::array();
  for (const BenchRow& row : bencher.rows()) rows.push_back(row.ToJson());
  const Json document = {{"schema", "iff-bench-2"},
                         {"started", Rfc3339(SystemClock::Instance().Now())},
                         {"system", session.system().name},
                         {"components", versions},
                         {"rows", rows}};
  if (options.json) say(DumpPretty(document));
  int code = bencher.code();
  if (!before.is_null()) {
    const Result<StoredComparison> compared = CompareWithStored(bencher.rows(), before);
    if (!compared.ok() || compared->compared == 0) {
      const std::string why = compared.ok() ? "no row has the name of a stored one" : compared.error().message();
      (void)say.Complain(Error(ErrorKind::kUnavailable, "compare: " + why));
      code = kErrored;
    } else {
      if (!options.json) say("compared with " + bench.compare + ", which was taken at another time:");
      for (const std::string& line : compared->lines) {
        if (!options.json) say("  " + line);
      }
      if (compared->worse > 0) code = static_cast<int>(ExitCode::kFailed);
    }
  }
  if (options.output.empty()) return code;
  fs::path page = options.output;
  page.replace_extension(".html");
  std::ostringstream drawn;
  WriteBenchPage(document, drawn);
  Result<void> written = WriteFile(options.output, DumpPretty(document) + "\n", session.redactor());
  if (written.ok()) written = WriteFile(page, drawn.str(), session.redactor());
  if (!written.ok()) {
    (void)say.Complain(written.error());
    return kErrored;
  }
  if (!options.json) say("page    " + page.string());
  return code;
}

}  // namespace iff
