#include "servers/http/seams.h"

namespace iff {

Seams TakesAnyIntrospectionAnswer() {
  Seams seams;
  seams.adjust_introspection = [](IntrospectionOptions& options) {
    options.judge = [](const Result<HttpResponse>& answer, const Claims& claims) {
      const Activity said = JudgeIntrospection(answer, claims);
      return said == Activity::kUnknown ? said : Activity::kActive;
    };
  };
  return seams;
}

}  // namespace iff
