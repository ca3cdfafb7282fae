#include "harness/run/tamper/ways.h"

namespace iff::tamper {

std::vector<TamperedRequest> TamperedBodies() {
  const std::string messages(kMessages);
  const std::string object(kRequestObject);
  return {
      {{.id = "request-batch", .row = "G08", .title = "A batch, which the protocol has no more", .clause = messages},
       Text([](const std::string& body) { return "[" + body + "]"; })},
      {{.id = "request-truncated", .row = "G09", .title = "A message that breaks off", .clause = "RFC 8259 section 2"},
       Text([](const std::string& body) { return body.substr(0, body.size() - 1); })},
      {{.id = "request-two-documents", .row = "G09", .title = "Two messages in a body", .clause = "RFC 8259 section 2"},
       Text([](const std::string& body) { return body + body; })},
      {{.id = "request-comment",
        .row = "G09",
        .title = "A comment in a message",
        .clause = "RFC 8259 section 9",
        .by_policy = true},
       Text([](const std::string& body) { return "/* */" + body; })},
      {{.id = "request-not-a-number",
        .row = "G09",
        .title = "A number that is none",
        .clause = "RFC 8259 section 6",
        .by_policy = true},
       MemberBefore("params", R"("_nothing":NaN)")},
      {{.id = "request-id-null", .row = "G10", .title = "A request of no id", .clause = messages}, Id(nullptr)},
      {{.id = "request-id-fraction",
        .row = "G10",
        .title = "A request whose id is a fraction",
        .clause = object,
        .by_policy = true},
       Id(1.5)},
      {{.id = "request-id-boolean", .row = "G10", .title = "A request whose id is true", .clause = messages}, Id(true)},
      {{.id = "request-id-object", .row = "G10", .title = "A request whose id is an object", .clause = messages},
       Id(Json::object())},
      {{.id = "request-no-version",
        .row = "G10",
        .title = "A message that does not say it is JSON-RPC 2.0",
        .clause = object,
        .by_policy = true},
       Message([](Json& message) { message.erase("jsonrpc"); })},
      {{.id = "request-method-twice",
        .row = "G13",
        .title = "A message with two methods",
        .clause = "RFC 8259 section 4",
        .by_policy = true},
       MemberBefore("", R"("method":"tools/list")")},
      {{.id = "request-tool-twice",
        .row = "G13",
        .title = "A call of two tools",
        .clause = "RFC 8259 section 4",
        .by_policy = true},
       MemberBefore("params", R"("name":"whoami")")},
      {{.id = "request-method-case", .row = "G14", .title = "Method is not method", .clause = object},
       Message([](Json& message) {
         message["Method"] = message["method"];
         message.erase("method");
       })},
      {{.id = "request-params-folded",
        .row = "G14",
        .title = "A member is not another that only folds to its name",
        .clause = object},
       Message([](Json& message) {
         message["param\u017f"] = message["params"];
         message.erase("params");
       })},
      {{.id = "request-answer", .row = "G24", .title = "An answer where a question is due", .clause = messages},
       Message([](Json& message) {
         message = Json{{"jsonrpc", "2.0"}, {"id", message["id"]}, {"result", Json::object()}};
       })},
      {{.id = "request-large",
        .row = "G27",
        .title = "A body of five megabytes",
        .clause = "RFC 8259 section 9",
        .by_policy = true},
       Text([](const std::string& body) { return body + std::string(size_t{5} << 20, ' '); })},
      {{.id = "request-deep",
        .row = "G27",
        .title = "A message ten thousand levels deep",
        .clause = "RFC 8259 section 9",
        .by_policy = true},
       MemberBefore("params", R"("_deep":)" + std::string(10'000, '[') + std::string(10'000, ']'))},
  };
}

}  // namespace iff::tamper
