#include "servers/http/whoami.h"

#include <memory>
#include <utility>

#include "servers/http/tool_parts.h"

namespace iff {
namespace {

struct Whoami {
  ServerContext context;
  std::string target = {};
  CredentialKind kind = CredentialKind::kStored;
};

Task<ToolResult> Answer(std::shared_ptr<const Whoami> self, ToolCall call) {
  const Claims& claims = call.caller->claims;
  Json who = Json::object();
  who["issuer"] = claims.issuer;
  who["subject"] = claims.subject;
  who["username"] = claims.username;
  who["client"] = claims.client;
  who["scopes"] = TextArray(claims.scopes);
  const Result<CredentialBroker::Holdings, Failure> holdings =
      co_await self->context.broker.Look(call.caller, self->target, self->kind);
  if (!holdings.ok()) {
    Failure failure = holdings.error();
    if (self->context.seams.decorate_error) self->context.seams.decorate_error(failure, failure.reason);
    co_return failure.AsResult();
  }
  who["entity_id"] = holdings.value().entity_id;
  // "present" and nothing more: not a length, not a character.
  Json credentials = Json::object();
  credentials[self->target] = "missing";
  for (const std::string& name : holdings.value().names) credentials[name] = "present";
  who["credentials"] = std::move(credentials);
  ToolResult result = ToolResult::Structured(std::move(who));
  if (self->context.seams.adjust_result) self->context.seams.adjust_result(result, *call.caller);
  co_return result;
}

}  // namespace

Tool WhoamiTool(const ServerContext& context, const ServerDefinition& definition) {
  const auto self = std::make_shared<const Whoami>(Whoami{context, definition.target, definition.kind});
  Tool tool;
  tool.name = "whoami";
  tool.title = "Who am I";
  tool.description = "Says who the server believes you are, your scopes, and which credentials exist for you.";
  tool.input_schema = ObjectSchema(Json::object());
  tool.annotations = Json::object();
  tool.annotations["readOnlyHint"] = true;
  tool.annotations["openWorldHint"] = false;
  tool.group = "whoami";
  tool.run = [self](ToolCall call) { return Answer(self, std::move(call)); };
  return tool;
}

}  // namespace iff
