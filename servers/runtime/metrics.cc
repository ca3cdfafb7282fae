#include "servers/runtime/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <map>
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
          .Add({}, prometheus::Histogram::BucketBoundaries{0.00005, 0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1,
                                                           0.5, 1, 5});
  prometheus::Gauge& sessions = prometheus::BuildGauge()
                                    .Name("iff_sessions")
                                    .Help("Open sessions of the handshake revisions.")
                                    .Register(registry)
                                    .Add({});
  // Finding a counter by its labels costs more than counting: those in use are kept by what they are for.
  std::map<std::string, std::map<std::string, prometheus::Counter*>> decided = {};
  size_t kept = 0;
  prometheus::Gauge& credentials = prometheus::BuildGauge()
                                       .Name("iff_credentials_kept")
                                       .Help("Principals whose credential is kept.")
                                       .Register(registry)
                                       .Add({});
};

Metrics::Metrics() : state_(std::make_unique<State>()) {}
Metrics::~Metrics() = default;

void Metrics::Decided(const Decision& decision) {
  // Whatever a caller could make up would be one of too many.
  if (state_->kept > kMostKept) {
    state_->decided.clear();
    state_->kept = 0;
  }
  prometheus::Counter*& known = state_->decided[decision.outcome][decision.reason];
  if (known == nullptr) {
    known = &state_->decisions.Add({{"outcome", Label(decision.outcome)}, {"reason", Label(decision.reason)}});
    ++state_->kept;
  }
  known->Increment();
  state_->duration.Observe(static_cast<double>(decision.took_us) / 1e6);
}

void Metrics::Asked(const std::string& step, const std::string& outcome) {
  state_->asked.Add({{"step", Label(step)}, {"outcome", Label(outcome)}}).Increment();
}

void Metrics::SetSessions(size_t open) { state_->sessions.Set(static_cast<double>(open)); }
void Metrics::SetCredentials(size_t kept) { state_->credentials.Set(static_cast<double>(kept)); }

std::string Metrics::Text() const {
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, state_->registry.Collect());
  return out.str();
}

namespace {

class CountedTrail final : public AuditTrail {
 public:
  CountedTrail(std::shared_ptr<AuditTrail> trail, Metrics& metrics) : trail_(std::move(trail)), metrics_(metrics) {}

  bool Record(const Decision& decision) override {
    metrics_.Decided(decision);
    return trail_ == nullptr || trail_->Record(decision);
  }

 private:
  std::shared_ptr<AuditTrail> trail_;
  Metrics& metrics_;
};

}  // namespace

std::shared_ptr<AuditTrail> Counted(std::shared_ptr<AuditTrail> trail, Metrics& metrics) {
  return std::make_shared<CountedTrail>(std::move(trail), metrics);
}

}  // namespace iff
