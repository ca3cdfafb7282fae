#include "servers/guard/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <sstream>
#include <utility>

namespace iff {
namespace {

constexpr size_t kMostKept = 256;

// Reason classes and outcomes are ours and few; anything else would let a caller make time series.
std::string Label(const std::string& text) {
  const bool plain = !text.empty() && text.size() <= 40 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
  return plain ? text : text.empty() ? "none" : "other";
}

}  // namespace

struct Metrics::State {
  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>& decisions = prometheus::BuildCounter()
                                                           .Name("iff_decisions_total")
                                                           .Help("Requests judged, by outcome and reason.")
                                                           .Register(registry);
  prometheus::Family<prometheus::Counter>& asked = prometheus::BuildCounter()
                                                       .Name("iff_peer_requests_total")
                                                       .Help("Requests to peers, by step and outcome.")
                                                       .Register(registry);
  prometheus::Histogram& duration =
      prometheus::BuildHistogram()
          .Name("iff_request_seconds")
          .Help("Time from request to decision.")
          .Register(registry)
          .Add({}, prometheus::Histogram::BucketBoundaries{0.00005, 0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5,
                                                           1, 5});
  prometheus::Gauge& sessions = prometheus::BuildGauge()
                                    .Name("iff_sessions")
                                    .Help("Open sessions of the handshake revisions.")
                                    .Register(registry)
                                    .Add({});
  prometheus::Gauge& credentials = prometheus::BuildGauge()
                                       .Name("iff_credentials_kept")
                                       .Help("Principals whose credential is kept.")
                                       .Register(registry)
                                       .Add({});
  // What each worker said last.
  std::mutex told = {};
  std::map<size_t, size_t> open_sessions = {};
  std::map<size_t, size_t> kept_credentials = {};

  void Tell(std::map<size_t, size_t>& parts, size_t worker, size_t count, prometheus::Gauge& sum) {
    const std::lock_guard<std::mutex> lock(told);
    parts[worker] = count;
    double all = 0;
    for (const auto& [who, part] : parts) all += static_cast<double>(part);
    sum.Set(all);
  }
};

Metrics::Metrics() : state_(std::make_unique<State>()) {}
Metrics::~Metrics() = default;

void Metrics::Asked(const std::string& step, const std::string& outcome) {
  state_->asked.Add({{"step", Label(step)}, {"outcome", Label(outcome)}}).Increment();
}

void Metrics::SetSessions(size_t worker, size_t open) {
  state_->Tell(state_->open_sessions, worker, open, state_->sessions);
}
void Metrics::SetCredentials(size_t worker, size_t kept) {
  state_->Tell(state_->kept_credentials, worker, kept, state_->credentials);
}

std::string Metrics::Text() const {
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, state_->registry.Collect());
  return out.str();
}

class CountedTrail final : public AuditTrail {
 public:
  CountedTrail(std::shared_ptr<AuditTrail> trail, Metrics& metrics)
      : trail_(std::move(trail)), metrics_(*metrics.state_) {}

  bool Record(const Decision& decision) override {
    Of(decision).Increment();
    metrics_.duration.Observe(static_cast<double>(decision.took_us) / 1e6);
    return trail_ == nullptr || trail_->Record(decision);
  }

 private:
  // Finding a counter by its labels costs more than counting: those in use are kept by what they are for.
  prometheus::Counter& Of(const Decision& decision) {
    // Whatever a caller could make up would be one of too many.
    if (kept_ > kMostKept) {
      counters_.clear();
      kept_ = 0;
    }
    prometheus::Counter*& known = counters_[decision.outcome][decision.reason];
    if (known == nullptr) {
      known = &metrics_.decisions.Add({{"outcome", Label(decision.outcome)}, {"reason", Label(decision.reason)}});
      ++kept_;
    }
    return *known;
  }

  std::shared_ptr<AuditTrail> trail_;
  Metrics::State& metrics_;
  std::map<std::string, std::map<std::string, prometheus::Counter*>> counters_ = {};
  size_t kept_ = 0;
};

std::shared_ptr<AuditTrail> Counted(std::shared_ptr<AuditTrail> trail, Metrics& metrics) {
  return std::make_shared<CountedTrail>(std::move(trail), metrics);
}

}  // namespace iff
