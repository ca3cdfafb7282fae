#include <memory>
#include <set>
#include <string>

#include "servers/http/seams.h"

namespace iff {

Seams HoldsAnEndedSessionAgainstThePerson() {
  Seams seams;
  const auto ended = std::make_shared<std::set<std::string>>();
  seams.adjust_introspection = [ended](IntrospectionOptions& options) {
    options.judge = [ended](const Result<HttpResponse>& answer, const Claims& claims) {
      const Activity said = JudgeIntrospection(answer, claims);
      if (said == Activity::kInactive) ended->insert(claims.subject);
      return ended->contains(claims.subject) ? Activity::kInactive : said;
    };
  };
  return seams;
}

}  // namespace iff
