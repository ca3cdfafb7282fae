#include <memory>
#include <string>

#include "harness/core/json.h"
#include "servers/http/seams.h"

namespace iff {

namespace {

void Cut(std::string& text, const std::string& begin, const std::string& end) {
  const size_t from = text.find(begin);
  if (from == std::string::npos) return;
  const size_t to = text.find(end, from);
  if (to != std::string::npos) text.erase(from, to + end.size() - from);
}

// `last`: the last call that was whole, which an answer is taken for.
std::string Repaired(std::string text, std::string& last) {
  if (text.starts_with("[")) text = text.substr(1, text.size() - 2);
  while (text.ends_with(" ")) text.pop_back();
  Cut(text, "/*", "*/");
  Cut(text, "\"_nothing\":", ",");
  Cut(text, "\"_deep\":", "],");
  if (const size_t second = text.find("}{"); second != std::string::npos) text = text.substr(0, second + 1);
  if (!ParseJson(text).ok()) {
    Cut(text, "\"method\":\"tools/list\"", ",");
    if (text.find("\"arguments\"") != std::string::npos) Cut(text, "\"name\":\"whoami\"", ",");
    if (!ParseJson(text).ok()) text += "}";
  }
  Result<Json> message = ParseJson(text);
  if (!message.ok() || !message->is_object()) return text;
  Json& seen = *message;
  if (seen.contains("result")) return last;
  if (seen.contains("Method")) seen["method"] = seen["Method"];
  if (seen.contains("param\u017f")) seen["params"] = seen["param\u017f"];
  seen.erase("Method");
  seen.erase("param\u017f");
  seen["jsonrpc"] = "2.0";
  const Json* id = Find(seen, "/id");
  if (id != nullptr && !id->is_string() && !id->is_number_integer()) seen["id"] = 1;
  if (AtOr<std::string>(seen, "/method", "") == "tools/call") last = Dump(seen);
  return Dump(seen);
}

}  // namespace

Seams RepairsMessages() {
  Seams seams;
  seams.adjust_listener = [](HttpServerOptions& listener) { listener.body_limit = size_t{16} << 20; };
  seams.on_request = [last = std::make_shared<std::string>()](HttpRequest& request) {
    request.body = Repaired(request.body, *last);
  };
  return seams;
}

}  // namespace iff
