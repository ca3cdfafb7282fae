#include "bench/load/compare_servers.h"

#include <unistd.h>

#include <cmath>
#include <fstream>
#include <sstream>

#include "bench/load/echo_stack.h"

namespace iff {
namespace {

constexpr int kTrials = 500;
constexpr double kSamplesForP99 = 10'000;

LoadPlan PlanFor(const EchoStack& stack, const CompareOptions& options) {
  LoadPlan plan;
  plan.endpoint = stack.endpoint();
  plan.requests = stack.requests();
  plan.server_pid = stack.pid();
  plan.core = options.driver_core;
  plan.awake = options.driver_core >= 0;
  return plan;
}

Result<LoadOutcome> Cleanly(const LoadPlan& plan) {
  LoadOutcome seen = TRY(Drive(plan));
  if (seen.failed > 0) return Error(ErrorKind::kRefused, "a call failed: " + seen.problem);
  return seen;
}

// Processor time per call in one short block.
Result<double> Block(const EchoStack& stack, const CompareOptions& options) {
  LoadPlan plan = PlanFor(stack, options);
  plan.callers = 8;
  plan.warm_up = std::chrono::milliseconds(5);
  plan.duration = std::chrono::milliseconds(40);
  const LoadOutcome seen = TRY(Cleanly(plan));
  if (seen.server_us <= 0) return Error(ErrorKind::kSystem, "the server's processor time cannot be read");
  return seen.server_us;
}

Result<std::vector<double>> Quads(const EchoStack& before, const EchoStack& after, const CompareOptions& options) {
  std::vector<double> log_ratios;
  for (int i = 0; i < options.quads; ++i) {
    Quad quad;
    quad.before = TRY(Block(before, options));
    quad.after = TRY(Block(after, options));
    quad.after_again = TRY(Block(after, options));
    quad.before_again = TRY(Block(before, options));
    log_ratios.push_back(quad.LogRatio());
  }
  return log_ratios;
}

// Instructions of `calls` calls, one after the other, from the program's start to its end.
Result<double> Instructions(const std::string& program, const CompareOptions& options, int calls) {
  EchoOptions echo{.program = program, .supervisor = options.supervisor};
  echo.wrapper = {"/usr/bin/valgrind", "--tool=callgrind", "--callgrind-out-file=callgrind.out"};
  const auto stack = TRY(EchoStack::Start(echo));
  for (int i = 0; i < calls; ++i) {
    HttpClient& client = stack->client();
    const HttpResponse answer = TRY(client.Send(stack->first(), Deadline::In(std::chrono::seconds(30))));
    if (answer.status != 200) return Error(ErrorKind::kRefused, "a call failed: " + std::to_string(answer.status));
  }
  stack->Stop();
  std::ifstream in(stack->directory() + "/callgrind.out");
  std::string word;
  while (in >> word) {
    double total = 0;
    if ((word == "summary:" || word == "totals:") && in >> total) return total;
  }
  return Error(ErrorKind::kSystem, "callgrind wrote no total");
}

// What starting and ending cost is in both counts.
Result<double> InstructionsPerCall(const std::string& program, const CompareOptions& options) {
  const double few = TRY(Instructions(program, options, 100));
  const double many = TRY(Instructions(program, options, 600));
  return (many - few) / 500;
}

Finding CountInstructions(const CompareOptions& options) {
  Finding finding{.what = "instructions per call", .how = "the old one counted twice"};
  if (access("/usr/bin/valgrind", X_OK) != 0) {
    finding.could_not = "no valgrind";
    return finding;
  }
  const Result<double> before = InstructionsPerCall(options.before, options);
  const Result<double> again = InstructionsPerCall(options.before, options);
  const Result<double> after = InstructionsPerCall(options.after, options);
  for (const Result<double>* one : {&before, &again, &after}) {
    if (!one->ok()) {
      finding.could_not = one->error().message();
      return finding;
    }
  }
  finding.difference = CompareCounts(*before, *after);
  finding.false_alarms = CompareCounts(*before, *again).worse() ? 1 : 0;
  return finding;
}

}  // namespace

Result<std::vector<Finding>> CompareServers(const CompareOptions& options) {
  std::vector<Finding> findings;
  findings.push_back(CountInstructions(options));

  const auto start = [&](const std::string& program) {
    return EchoStack::Start({.program = program, .supervisor = options.supervisor, .core = options.core});
  };
  const auto before = TRY(start(options.before).While("start the old one"));
  const auto after = TRY(start(options.after).While("start the new one"));
  {
    const auto twin = TRY(start(options.before).While("start the old one once more"));
    const std::vector<double> same = TRY(Quads(*before, *twin, options));
    const std::vector<double> changed = TRY(Quads(*before, *after, options));
    findings.push_back({.what = "processor time per call, paired",
                        .difference = ComparePairs(changed),
                        .false_alarms = FalseAlarms(same, changed.size(), kPairedLimit, kTrials, 1),
                        .how = "the old one against a twin of itself"});
  }
  LoadPlan peak = PlanFor(*before, options);
  peak.callers = 32;
  peak.duration = std::chrono::milliseconds(1000);
  const double rate = std::floor(std::max(50.0, TRY(Cleanly(peak)).achieved / 2));
  std::vector<Round> rounds;
  std::vector<double> same_median;
  std::vector<double> same_p99;
  const auto offer = [&](const EchoStack& stack) -> Result<Histogram> {
    LoadPlan plan = PlanFor(stack, options);
    plan.callers = 32;
    plan.rate = rate;
    plan.duration =
        std::chrono::milliseconds(static_cast<int64_t>(std::max(1000.0, kSamplesForP99 / 2 / rate * 1000 + 1)));
    const LoadOutcome seen = TRY(Cleanly(plan));
    return seen.samples.response;
  };
  for (int i = 0; i < options.rounds; ++i) {
    const Histogram first = TRY(offer(*before));
    Round round;
    round.after = TRY(offer(*after));
    round.after.Add(TRY(offer(*after)));
    const Histogram last = TRY(offer(*before));
    const auto ratio = [&](double quantile) {
      return std::log(static_cast<double>(std::max<int64_t>(1, last.Quantile(quantile))) /
                      static_cast<double>(std::max<int64_t>(1, first.Quantile(quantile))));
    };
    same_median.push_back(ratio(0.5));
    same_p99.push_back(ratio(0.99));
    round.before = first;
    round.before.Add(last);
    rounds.push_back(std::move(round));
  }
  char what[80];
  std::snprintf(what, sizeof what, "p50 at %.0f calls/s, open model", rate);
  const auto count = static_cast<size_t>(options.rounds);
  findings.push_back({.what = what,
                      .difference = CompareRounds(rounds, 0.5, kMedianLimit),
                      .false_alarms = FalseAlarmsOfRounds(same_median, count, kMedianLimit, kTrials, 1),
                      .how = "the old one's first and last of each round"});
  findings.push_back({.what = "p99, the same",
                      .difference = CompareRounds(rounds, 0.99, kP99Limit),
                      .false_alarms = FalseAlarmsOfRounds(same_p99, count, kP99Limit, kTrials, 1),
                      .how = "the old one's first and last of each round"});
  return findings;
}

}  // namespace iff
