#include <memory>

#include "servers/http/seams.h"

namespace iff {

Seams EndsEverybodysSessionWithOne() {
  Seams seams;
  const auto ended = std::make_shared<bool>(false);
  seams.adjust_introspection = [ended](IntrospectionOptions& options) {
    options.judge = [ended](const Result<HttpResponse>& answer, const Claims& claims) {
      const Activity said = JudgeIntrospection(answer, claims);
      if (said == Activity::kInactive) *ended = true;
      return *ended ? Activity::kInactive : said;
    };
  };
  return seams;
}

}  // namespace iff
