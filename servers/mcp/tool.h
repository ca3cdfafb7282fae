// What a server offers: tools, resources, prompts. Written by tool authors, served by the runtime.
//
//   server.tools.push_back({
//       .name = "get_issue",
//       .input_schema = ...,
//       .scope = "jira:read",
//       .run = [&](ToolCall call) -> Task<ToolResult> { ... }});
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/json.h"
#include "harness/core/task.h"
#include "servers/guard/caller.h"

namespace iff {

// The way back to the client while a request runs. Calls do nothing when the revision, the client's
// declared capabilities or the transport have no place for them.
class Conversation {
 public:
  virtual ~Conversation() = default;
  virtual void Progress(double progress, double total, std::string message) = 0;
  virtual void LogMessage(std::string level, std::string logger, Json data) = 0;
  // Handshake revisions: a request of ours on the caller's stream ("sampling/createMessage",
  // "elicitation/create", "roots/list"). kRefused when the client declared no such capability.
  virtual Task<Result<Json>> Ask(std::string method, Json params) = 0;
  // True once the client hung up or cancelled: the work may stop.
  virtual bool cancelled() const = 0;
  virtual void OnCancel(std::function<void()> callback) = 0;
  // Revision 2026-07-28: answers the client gave to earlier `input_required` results, by key, and the
  // opened requestState (integrity, principal, method and arguments already checked). Null if none.
  virtual const Json& input_responses() const = 0;
  virtual const Json& request_state() const = 0;
  // Capabilities the client declared, for this request (2026-07-28) or at its handshake.
  virtual const Json& client_capabilities() const = 0;
  virtual bool stateless() const = 0;  // 2026-07-28
};

struct ToolResult {
  Json content = Json::array();  // content blocks
  Json structured = nullptr;     // structuredContent; also given as text when content is empty
  bool is_error = false;
  // Set instead: ask the client for input (2026-07-28). inputRequests by key, and state to get back.
  Json input_requests = nullptr;
  Json state = nullptr;
  Json meta = nullptr;

  static ToolResult Text(std::string text);
  static ToolResult Structured(Json value);
  // A failure the caller can act on: structuredContent {"error": {"code", "message", "retryable",
  // "correlation"?}} and the message as text. `code` is from the closed list in errors below.
  static ToolResult Failure(std::string code, std::string message, bool retryable = false);
};

// Codes of ToolResult::Failure: missing_credential, forbidden, not_found, invalid_arguments,
// upstream_refused, upstream_unavailable, upstream_rate_limited, credential_store_unavailable,
// issuer_unavailable, database_error, rate_limited, internal.

struct ToolCall {
  std::string name = {};
  Json arguments = Json::object();  // valid against the input schema
  std::shared_ptr<const Caller> caller = {};
  std::shared_ptr<Conversation> conversation = {};
};

struct Tool {
  std::string name = {};
  std::string title = {};
  std::string description = {};
  Json input_schema = {{"type", "object"}};
  Json output_schema = nullptr;
  Json annotations = nullptr;
  std::string scope = {};  // needed to see and call it; "" for every authenticated caller
  std::string group = {};  // whose rate budget a call is charged to
  std::function<Task<ToolResult>(ToolCall)> run = {};
};

struct ResourceContents {
  std::string uri = {};
  std::string mime_type = {};
  std::string text = {};
  std::string blob = {};  // base64; wins over text when not empty
};

struct ListedResource {
  std::string uri = {};
  std::string name = {};
};

struct Resource {
  std::string uri = {};  // or an RFC 6570 level 1 template when `is_template`
  std::string name = {};
  std::string description = {};
  std::string mime_type = {};
  std::string scope = {};
  bool is_template = false;
  // Nothing: there is no such resource, or it is not the caller's; the two look the same. Also asked before a
  // subscription is granted and each time before its holder is told of a change; the contents are dropped then.
  std::function<Task<std::optional<ResourceContents>>(std::string uri, std::shared_ptr<const Caller>)> read = {};
  // Of a template: those that resources/list shows this caller.
  std::function<Task<std::vector<ListedResource>>(std::shared_ptr<const Caller>)> list = {};
  // Of a template, completion/complete for one variable: the caller's values beginning with `prefix`.
  std::function<Task<std::vector<std::string>>(std::string variable, std::string prefix, std::shared_ptr<const Caller>)>
      complete = {};
};

struct PromptCall {
  std::string name = {};
  Json arguments = Json::object();
  std::shared_ptr<const Caller> caller = {};
  std::shared_ptr<Conversation> conversation = {};
};
struct PromptResult {
  std::string description = {};
  Json messages = Json::array();
  Json input_requests = nullptr;  // as in ToolResult
  Json state = nullptr;
};
struct Prompt {
  std::string name = {};
  std::string description = {};
  Json arguments = Json::array();  // as listed
  std::string scope = {};
  std::function<Task<PromptResult>(PromptCall)> run = {};
  // completion/complete for one argument: values beginning with `prefix`.
  std::function<std::vector<std::string>(std::string argument, std::string prefix)> complete = {};
};

// Everything one server offers.
struct Offer {
  std::string name = {};  // serverInfo
  std::string version = {};
  std::string instructions = {};
  std::vector<Tool> tools = {};
  std::vector<Resource> resources = {};
  std::vector<Prompt> prompts = {};
};

}  // namespace iff
