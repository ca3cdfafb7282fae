#include <algorithm>

#include "harness/conditions/audit.h"
#include "harness/run/applies.h"
#include "harness/run/judging.h"

namespace iff {

std::string Audited::WhyNot(const Surroundings& around) const { return around.NoComponent(component); }

Weighed Audited::Judged(const Judging& in) const {
  std::string what = operation.empty() ? "entries" : operation + " entries";
  if (!path.empty()) what += " of " + path;
  if (!owner.empty()) what += " as " + owner;
  if (allowed) what += *allowed ? " allowed" : " denied";
  const std::string expected = component + " audited " + Range(times, at_least) + " " + what;
  if (const NotObservable* const why = in.seen.WhyNot(Place::kAuditLog, component)) {
    return {Verdict::kErrored, expected, "", "the audit log could not be read: " + why->reason};
  }
  if (!in.seen.downstream.Observed(Place::kAuditLog, component)) {
    return {Verdict::kErrored, expected, "", component + " keeps no audit log"};
  }
  const std::vector<DownstreamEvent>& events = in.seen.downstream.events;
  const auto matches = std::count_if(events.begin(), events.end(), [&](const DownstreamEvent& event) {
    const DownstreamAct& act = event.act;
    return act.source == DownstreamSource{Place::kAuditLog, component} && (owner.empty() || act.persona == owner) &&
           (operation.empty() || act.action == operation) &&
           (path.empty() || act.object.find(path) != std::string::npos) && (!allowed || act.allowed == *allowed);
  });
  if (!times && !at_least) return Boundless(expected);
  Weighed weighed = Met(InRange(matches, times, at_least), expected, std::to_string(matches) + " " + what);
  return matches == 0 ? in.Believed(std::move(weighed)) : weighed;
}

}  // namespace iff
