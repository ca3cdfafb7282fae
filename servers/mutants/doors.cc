#include "servers/mutants/doors.h"

#include "harness/core/json.h"

namespace iff {

std::string MethodOf(const HttpRequest& request) {
  const Result<Json> message = ParseJson(request.body);
  return message.ok() ? AtOr<std::string>(message.value(), "/method", "") : "";
}

void AskFor(HttpRequest& request, const std::string& method) {
  Result<Json> message = ParseJson(request.body);
  if (!message.ok()) return;
  message.value()["method"] = method;
  request.body = Dump(message.value());
  if (request.headers.Find("Mcp-Method") != nullptr) request.headers.Set("Mcp-Method", method);
}

}  // namespace iff
