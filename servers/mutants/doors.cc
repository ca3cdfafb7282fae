#include "servers/mutants/doors.h"

#include "harness/core/json.h"

namespace iff {

std::string MethodOf(const HttpRequest& request) {
  const Result<Json> message = ParseJson(request.body);
  return message.ok() ? AtOr<std::string>(message.value(), "/method", "") : "";
}

}  // namespace iff
