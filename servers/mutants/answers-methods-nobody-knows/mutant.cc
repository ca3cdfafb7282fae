#include "servers/http/seams.h"
#include "servers/mutants/doors.h"

namespace iff {

Seams AnswersMethodsNobodyKnows() {
  Seams seams;
  seams.on_request = [](HttpRequest& request) {
    if (MethodOf(request).starts_with("no/")) AskFor(request, "tools/list");
  };
  return seams;
}

}  // namespace iff
