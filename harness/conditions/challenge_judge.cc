#include "harness/conditions/challenge.h"
#include "harness/run/applies.h"
#include "harness/run/challenge.h"
#include "harness/run/judging.h"

namespace iff {

std::string Challenges::WhyNot(const Surroundings& around) const {
  if (around.OverStdio()) return around.NoHttp();
  return around.target.key_header.empty() ? "" : around.target.name + " takes keys: no clause says how it challenges";
}

Weighed Challenges::Judged(const Judging& in) const {
  if (!in.seen.answer) return in.Silent("a challenge");
  const McpAnswer& answer = *in.seen.answer;
  std::string expected = "WWW-Authenticate: Bearer with resource_metadata and " +
                         (error.empty() ? std::string("no error") : "error=\"" + error + "\"") +
                         (scoped ? " and scope" : "");
  const std::string challenge = ChallengeIn("Bearer", answer);
  if (challenge.empty()) {
    const std::string* const other = answer.headers.Find("WWW-Authenticate");
    return Met(false, expected,
               other == nullptr || other->empty() ? Describe(answer) + ", no WWW-Authenticate" : *other);
  }
  const auto parameters = ParametersOf("Bearer", challenge);
  const auto value = [&](const char* name) {
    const auto found = parameters->find(name);
    return found == parameters->end() ? std::string() : found->second;
  };
  const bool met =
      !value("resource_metadata").empty() && value("error") == error && (!scoped || !value("scope").empty());
  return Met(met, expected, challenge);
}

}  // namespace iff
