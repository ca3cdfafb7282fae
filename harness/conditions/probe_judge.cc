#include "harness/conditions/probe.h"
#include "harness/run/applies.h"
#include "harness/run/judging.h"

namespace iff {

std::string ProbeFinds::WhyNot(const Surroundings& around) const {  // "vault.leases" is told of a component
  const size_t dot = finding.find('.');
  return dot == std::string::npos ? "" : around.NoComponent(finding.substr(0, dot));
}

Weighed ProbeFinds::Judged(const Judging& in) const {
  const auto found = in.seen.findings.find(finding);
  if (found == in.seen.findings.end()) {
    return {Verdict::kErrored, finding, "",
            in.seen.no_response.empty() ? "the probe found nothing out about it" : in.seen.no_response};
  }
  const Finding& told = found->second;
  if (!told.inapplicable.empty()) return {Verdict::kInapplicable, told.expected, "", told.inapplicable};
  if (!told.could_not.empty()) return {Verdict::kErrored, told.expected, told.observed, told.could_not};
  Weighed weighed = Met(told.met, told.expected, told.observed);
  weighed.exchange = told.exchange;
  return weighed;
}

}  // namespace iff
