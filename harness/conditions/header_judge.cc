#include "harness/conditions/header.h"
#include "harness/run/applies.h"
#include "harness/run/judging.h"
#include "harness/run/phrases.h"

namespace iff {

std::string HeaderIs::WhyNot(const Surroundings& around) const { return around.OverStdio() ? around.NoHttp() : ""; }

Weighed HeaderIs::Judged(const Judging& in) const {
  const std::string expected = "header " + name + (contains.empty() ? "" : " with '" + contains + "'");
  if (!in.seen.answer) return in.Silent(expected);
  // Several fields of one name are one list (RFC 9110 section 5.3).
  const std::vector<std::string> fields = in.seen.answer->headers.All(name);
  const std::string value = WithCommas(fields);
  return Met(!fields.empty() && value.find(contains) != std::string::npos, expected,
             fields.empty() ? "no such header" : ClippedLine(value));
}

}  // namespace iff
