#include "harness/conditions/upstream.h"
#include "harness/run/applies.h"
#include "harness/run/judging.h"
#include "harness/run/phrases.h"

namespace iff {

std::string UpstreamSaw::WhyNot(const Surroundings& around) const {
  if (std::string why = around.NoComponent(component); !why.empty()) return why;
  return !around.means.ledgers || around.means.ledgers->contains(component) ? "" : component + " keeps no ledger";
}

Weighed UpstreamSaw::Judged(const Judging& in) const {
  const std::string expected = component + " saw " + Range(calls, at_least) + " calls" +
                               (owner.empty() ? "" : ", each with a credential of " + owner);
  if (const NotObservable* const why = in.seen.WhyNot(Place::kLedger, component)) {
    return {Verdict::kErrored, expected, "", "the ledger could not be read: " + why->reason};
  }
  if (!in.seen.downstream.Observed(Place::kLedger, component)) {
    return {Verdict::kErrored, expected, "", component + " keeps no ledger"};
  }
  if (!calls && !at_least) return Boundless(expected);
  int64_t arrived = 0;
  std::vector<std::string> strangers;
  for (const DownstreamEvent& event : in.seen.downstream.events) {
    if (event.act.source != DownstreamSource{Place::kLedger, component}) continue;
    ++arrived;
    if (const std::string& persona = event.act.persona; !owner.empty() && persona != owner) {
      strangers.push_back(persona.empty() ? "somebody unknown" : persona);
    }
  }
  std::string observed = std::to_string(arrived) + " calls";
  if (!strangers.empty()) observed += ", with a credential of " + WithCommas(strangers);
  Weighed weighed = Met(InRange(arrived, calls, at_least) && strangers.empty(), expected, observed);
  if (!strangers.empty()) {
    weighed.reason = component + " was asked with a credential of " + strangers.front() + " for " +
                     (in.seen.caller.empty() ? "nobody" : in.seen.caller);
    weighed.tells = true;
  }
  return arrived == 0 ? in.Believed(std::move(weighed)) : weighed;
}

}  // namespace iff
