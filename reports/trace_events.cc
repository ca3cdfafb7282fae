#include "reports/trace_events.h"

#include <algorithm>
#include <map>
#include <vector>

#include "harness/core/plain.h"
#include "reports/ascii.h"

namespace iff {
namespace {

// Calls of one lane that overlap get tracks of their own: on one track, slices must nest.
constexpr int kTracksOfALane = 100;

class Events {
 public:
  // One event a line: a file of thousands stays readable and differs by lines.
  explicit Events(std::ostream& out) : out_(out) { out_ << "{\"displayTimeUnit\":\"ms\",\"traceEvents\":["; }
  ~Events() { out_ << "\n]}\n"; }
  Events(const Events&) = delete;
  Events& operator=(const Events&) = delete;

  void Add(const Json& event) {
    out_ << (first_ ? "\n" : ",\n") << AsciiJson(event);
    first_ = false;
  }

 private:
  std::ostream& out_;
  bool first_ = true;
};

class Process {
 public:
  Process(Events& events, int id, const ScenarioResult& scenario) : events_(events), id_(id), scenario_(scenario) {}

  void Write() {
    Name("process_name", 0, scenario_.id + " (" + std::string(iff::Name(scenario_.verdict())) + ")");
    events_.Add(
        {{"name", "process_sort_index"}, {"ph", "M"}, {"pid", id_}, {"tid", 0}, {"args", {{"sort_index", id_}}}});
    Name("thread_name", 1, "scenario");
    Slice(1, scenario_.title.empty() ? scenario_.id : scenario_.title, "scenario", 0, scenario_.took_us,
          {{"id", Plain(scenario_.id)}, {"verdict", iff::Name(scenario_.verdict())}});
    for (const StepResult& step : scenario_.steps) Step(step);
  }

 private:
  void Name(const char* what, int track, const std::string& name) {
    events_.Add({{"name", what}, {"ph", "M"}, {"pid", id_}, {"tid", track}, {"args", {{"name", Plain(name)}}}});
  }

  void Slice(int track, const std::string& name, const char* category, int64_t at, int64_t took, Json arguments) {
    events_.Add({{"name", Plain(name)},
                 {"cat", category},
                 {"ph", "X"},
                 {"pid", id_},
                 {"tid", track},
                 {"ts", scenario_.started_us + at},
                 {"dur", std::max<int64_t>(took, 1)},
                 {"args", std::move(arguments)}});
  }

  void Mark(int track, const std::string& name, const char* category, int64_t at, Json arguments) {
    events_.Add({{"name", Plain(name)},
                 {"cat", category},
                 {"ph", "i"},
                 {"s", "t"},
                 {"pid", id_},
                 {"tid", track},
                 {"ts", scenario_.started_us + at},
                 {"args", std::move(arguments)}});
  }

  // The first track of the lane on which nothing runs any more at `from`.
  int TrackOf(const std::string& lane, int64_t from, int64_t to) {
    const auto [place, is_new] = lanes_.try_emplace(lane, static_cast<int>(lanes_.size()) + 1);
    std::vector<int64_t>& busy = busy_[lane];
    size_t track = 0;
    while (track + 1 < kTracksOfALane && track < busy.size() && busy[track] > from) ++track;
    const int number = place->second * kTracksOfALane + static_cast<int>(track);
    if (track == busy.size()) {
      busy.push_back(0);
      Name("thread_name", number, track == 0 ? lane : lane + " #" + std::to_string(track + 1));
    }
    busy[track] = std::max(busy[track], to);
    return number;
  }

  void Step(const StepResult& step) {
    if (step.took_us > 0) {
      int failed = 0;
      for (const Check& check : step.checks) failed += check.verdict == Verdict::kPassed ? 0 : 1;
      Slice(TrackOf("steps", step.started_us, step.started_us + step.took_us), step.title,
            step.kind.empty() ? "step" : step.kind.c_str(), step.started_us, step.took_us,
            {{"line", step.line}, {"checks", step.checks.size()}, {"not_passed", failed}});
    }
    std::vector<const Exchange*> exchanges;
    for (const Exchange& exchange : step.trace.exchanges) exchanges.push_back(&exchange);
    std::stable_sort(exchanges.begin(), exchanges.end(),
                     [](const Exchange* a, const Exchange* b) { return a->started_us < b->started_us; });
    for (const Exchange* exchange : exchanges) {
      const int64_t end = exchange->started_us + std::max<int64_t>(exchange->took_us, 1);
      Slice(
          TrackOf(exchange->lane, exchange->started_us, end), exchange->title, "exchange", exchange->started_us,
          exchange->took_us,
          {{"as", Plain(exchange->actor)},
           {"credential", Plain(exchange->credential)},
           {"request", Plain(exchange->method + " " + exchange->target)},
           {"answer", exchange->status == 0 ? Plain("none: " + exchange->failure) : std::to_string(exchange->status)}});
    }
    for (const DownstreamEvent& seen : step.trace.downstream.events) {
      Mark(TrackOf(SourceName(seen.act.source), seen.at_us, seen.at_us), TextOf(seen.act), "downstream", seen.at_us,
           {{"as", Plain(seen.act.role)}, {"when", seen.timed ? "it happened" : "it was read"}});
    }
    const int64_t end = step.started_us + step.took_us;
    for (const NotObservable& one : step.trace.downstream.not_observable) {
      Mark(TrackOf(SourceName({one.place, one.component}), end, end), "could not be read: " + one.reason, "downstream",
           end, {{"as", ""}, {"when", "it was read"}});
    }
  }

  Events& events_;
  int id_;
  const ScenarioResult& scenario_;
  std::map<std::string, int> lanes_;
  std::map<std::string, std::vector<int64_t>> busy_;
};

}  // namespace

void WriteTraceEvents(const RunResult& run, std::ostream& out) {
  Events events(out);
  int id = 0;
  for (const ScenarioResult& scenario : run.scenarios) Process(events, ++id, scenario).Write();
}

}  // namespace iff
