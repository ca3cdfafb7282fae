#include "servers/http/seams.h"

namespace iff {

Seams OpensWhenIntrospectionFails() {
  Seams seams;
  seams.adjust_introspection = [](IntrospectionOptions& options) {
    options.judge = [](const Result<HttpResponse>& answer, const Claims& claims) {
      const Activity said = JudgeIntrospection(answer, claims);
      return said == Activity::kUnknown ? Activity::kActive : said;
    };
  };
  return seams;
}

}  // namespace iff
