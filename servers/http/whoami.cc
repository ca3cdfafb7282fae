#include "servers/http/whoami.h"

#include <memory>
#include <utility>

#include "servers/http/tool_parts.h"

namespace iff {
namespace {

Task<ToolResult> Answer(ServerContext context, ToolCall call) {
  const Claims& claims = call.caller->claims;
  Json who = Json::object();
  who["issuer"] = claims.issuer;
  who["subject"] = claims.subject;
  who["username"] = claims.username;
  who["client"] = claims.client;
  who["scopes"] = TextArray(claims.scopes);
  // "present" and nothing more: not a length, not a character.
  Json credentials = Json::object();
  for (const auto& [target, source] : context.sources) {
    const Result<CredentialSource::Holdings, Failure> holdings = co_await source->Look(call.caller);
    if (!holdings.ok()) {
      Failure failure = holdings.error();
      if (context.hooks.decorate_error) context.hooks.decorate_error(failure, failure.reason);
      co_return failure.AsResult();
    }
    who["entity_id"] = holdings.value().identity;
    if (!credentials.contains(target)) credentials[target] = "missing";
    for (const std::string& name : holdings.value().names) credentials[name] = "present";
  }
  if (!context.sources.empty()) who["credentials"] = std::move(credentials);
  ToolResult result = ToolResult::Structured(std::move(who));
  co_return result;
}

}  // namespace

Tool WhoamiTool(const ServerContext& context) {
  Tool tool;
  tool.name = "whoami";
  tool.title = "Who am I";
  tool.description = "Says who the server believes you are, your scopes, and which credentials exist for you.";
  tool.input_schema = ObjectSchema(Json::object());
  tool.annotations = Json::object();
  tool.annotations["readOnlyHint"] = true;
  tool.annotations["openWorldHint"] = false;
  tool.group = "whoami";
  tool.run = [context](ToolCall call) { return Answer(context, std::move(call)); };
  return tool;
}

}  // namespace iff
