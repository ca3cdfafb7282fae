#include "harness/cli/bench.h"

#include <cstdio>
#include <fstream>

#include "harness/core/histogram.h"

namespace iff {
namespace {

constexpr int64_t kEnoughForP99 = 10'000;

std::string Milliseconds(int64_t microseconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", static_cast<double>(microseconds) / 1000.0);
  return text;
}

std::string Cell(const std::string& text, size_t width) {
  return std::string(width > text.size() ? width - text.size() : 0, ' ') + text;
}

Result<Histogram> Measure(Session& session, const Measurement& measurement, int rounds) {
  const Scenario scenario{.id = "bench/" + measurement.name,
                          .suite = "bench",
                          .target = measurement.target,
                          .subjects = {{.role = "alice", .person = "alice"}},
                          .settings = {{"IFF_RATE_LIMIT", "1000000/1"}}};
  return session.OnStage<Histogram>(scenario, [&](Stage& stage) -> Result<Histogram> {
    const auto once = TRY(measurement.prepare(stage));
    for (int round = -5; round < 0; ++round) TRY(once(round));  // warm-up, not counted
    Histogram histogram;
    for (int round = 0; round < rounds; ++round) {
      const auto began = std::chrono::steady_clock::now();
      TRY(once(round));
      const auto took = std::chrono::steady_clock::now() - began;
      histogram.Record(std::chrono::duration_cast<std::chrono::microseconds>(took).count());
      if (round % 50 == 49) (void)stage.TakeTrace();
    }
    return histogram;
  });
}

}  // namespace

int Bench(Session& session, const MeasurementSet& measurements, const Options& options,
          const std::function<void(std::string_view)>& say) {
  Json table = Json::array();
  if (!options.json) {
    say("closed loop, one caller, milliseconds; p99 with ~ has fewer than 10000 samples and is an indication only");
    say("hop                                            n       p50       p90       p99");
  }
  int code = 0;
  for (const Measurement& measurement : measurements) {
    const int rounds = options.rounds > 0 ? options.rounds : measurement.rounds;
    const Result<Histogram> histogram = Measure(session, measurement, rounds);
    if (!histogram.ok()) {
      say(measurement.title + ": could not be measured: " + session.redactor().Mask(histogram.error().message()));
      code = static_cast<int>(ExitCode::kErrored);
      continue;
    }
    Json row = histogram->ToJson();
    row["name"] = measurement.name;
    row["title"] = measurement.title;
    table.push_back(std::move(row));
    if (options.json) continue;
    std::string title = measurement.title;
    title.resize(40, ' ');
    say(title + Cell(std::to_string(histogram->count()), 8) + Cell(Milliseconds(histogram->Quantile(0.5)), 10) +
        Cell(Milliseconds(histogram->Quantile(0.9)), 10) +
        Cell((histogram->count() < kEnoughForP99 ? "~" : "") + Milliseconds(histogram->Quantile(0.99)), 10));
  }
  Json versions = Json::object();
  for (Component* component : session.environment().components()) versions[component->name()] = component->version();
  const Json document = {{"schema", "iff-bench-1"},
                         {"model", "closed loop, one caller"},
                         {"started", Rfc3339(SystemClock::Instance().Now())},
                         {"components", versions},
                         {"measurements", table}};
  if (options.json) say(DumpPretty(document));
  if (!options.output.empty()) {
    std::ofstream out(options.output, std::ios::binary);
    out << DumpPretty(document) << "\n";
    out.close();
    if (!out) {
      say("iff: write " + options.output + ": could not be written");
      code = static_cast<int>(ExitCode::kErrored);
    }
  }
  return code;
}

}  // namespace iff
