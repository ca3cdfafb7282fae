#include "harness/mcp/protocol.h"

#include <algorithm>
#include <cctype>

#include "harness/core/bytes.h"
#include "harness/core/version.h"

namespace iff {
namespace {

constexpr std::string_view kVersionKey = "io.modelcontextprotocol/protocolVersion";
constexpr std::string_view kCapabilitiesKey = "io.modelcontextprotocol/clientCapabilities";
constexpr std::string_view kClientKey = "io.modelcontextprotocol/clientInfo";

void Collect(const Json& schema, const std::string& at, int depth, std::map<std::string, std::string>& found) {
  constexpr int kDeepest = 16;
  const Json* const properties = Find(schema, "/properties");
  if (properties == nullptr || !properties->is_object() || depth > kDeepest) return;
  for (const auto& [name, property] : properties->items()) {
    const std::string pointer = (Json::json_pointer(at) / name).to_string();
    if (const std::string field = AtOr<std::string>(property, "/x-mcp-header", ""); IsToken(field))
      found.emplace(field, pointer);
    Collect(property, pointer, depth + 1, found);
  }
}

// An argument that is not there, or is no plain value, has no field.
void AddParameterFields(const Json& message, const ParameterFields& fields, HttpRequest& request) {
  const auto mirrored = fields.find(AtOr<std::string>(message, "/params/name", ""));
  if (mirrored == fields.end()) return;
  for (const auto& [name, pointer] : mirrored->second) {
    const Json* const value = Find(message, "/params/arguments" + pointer);
    if (value == nullptr || value->is_null() || value->is_structured()) continue;
    request.headers.Add("Mcp-Param-" + name, FieldValue(Unquoted(*value)));
  }
}

HttpRequest Envelope(Revision revision, std::string_view path, Json message, std::string_view session,
                     const ParameterFields& fields = {}) {
  HttpRequest request;
  request.method = "POST";
  request.target = std::string(path);
  request.headers = {{"Content-Type", "application/json"}, {"Accept", "application/json, text/event-stream"}};
  if (revision == Revision::kPlain) {
    request.headers = {{"Content-Type", "application/json"}, {"Accept", "application/json"}};
    request.body = Dump(message);
    return request;
  }
  const std::string method = AtOr<std::string>(message, "/method", "");
  if (method != "initialize" && revision != Revision::k20241105)
    request.headers.Add("MCP-Protocol-Version", std::string(Name(revision)));
  if (Stateless(revision)) {
    Json& meta = message["params"]["_meta"];
    if (!meta.is_object()) meta = Json::object();
    meta[std::string(kVersionKey)] = Name(revision);
    if (!meta.contains(std::string(kCapabilitiesKey))) meta[std::string(kCapabilitiesKey)] = Json::object();
    meta[std::string(kClientKey)] = {{"name", "iff"}, {"version", kVersion}};
    request.headers.Add("Mcp-Method", method);
    std::string name;
    if (method == "tools/call" || method == "prompts/get") name = AtOr<std::string>(message, "/params/name", "");
    if (method == "resources/read") name = AtOr<std::string>(message, "/params/uri", "");
    if (!name.empty()) request.headers.Add("Mcp-Name", FieldValue(name));
    if (method == "tools/call") AddParameterFields(message, fields, request);
  } else if (!session.empty()) {
    request.headers.Add("Mcp-Session-Id", std::string(session));
  }
  request.body = Dump(message);
  return request;
}

}  // namespace

// What looks as if it were encoded is encoded, too, or it would be read as what it seems to hold.
std::string FieldValue(const std::string& text) {
  if (text.starts_with("=?") && text.ends_with("?=")) return "=?base64?" + Base64(text) + "?=";
  for (const char c : text) {
    if (c < 0x21 || c > 0x7e) return "=?base64?" + Base64(text) + "?=";
  }
  return text;
}

bool IsToken(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return c < 0x80 && (std::isalnum(c) != 0 || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos);
  });
}

std::map<std::string, std::string> ParameterFieldsOf(const Json& input_schema) {
  std::map<std::string, std::string> found;
  Collect(input_schema, "", 0, found);
  return found;
}

ParameterFields ParameterFieldsIn(const Json& tools) {
  ParameterFields all;
  for (const Json& tool : tools) {
    auto fields = ParameterFieldsOf(AtOr<Json>(tool, "/inputSchema", nullptr));
    if (!fields.empty()) all[AtOr<std::string>(tool, "/name", "")] = std::move(fields);
  }
  return all;
}

std::string_view Name(Revision revision) {
  switch (revision) {
    case Revision::k20241105:
      return "2024-11-05";
    case Revision::k20250618:
      return "2025-06-18";
    case Revision::k20251125:
      return "2025-11-25";
    case Revision::k20260728:
      return "2026-07-28";
    case Revision::kPlain:
      return "plain";
  }
  return "2026-07-28";
}

Result<Revision> ParseRevision(std::string_view name) {
  for (const Revision revision :
       {Revision::k20241105, Revision::k20250618, Revision::k20251125, Revision::k20260728, Revision::kPlain}) {
    if (Name(revision) == name) return revision;
  }
  return Error(ErrorKind::kInvalidInput, "unknown protocol revision '" + std::string(name) +
                                             "': have 2024-11-05, 2025-06-18, 2025-11-25, 2026-07-28 and plain");
}

bool Stateless(Revision revision) { return revision == Revision::k20260728 || revision == Revision::kPlain; }

Json InitializeParams(Revision revision) {
  return {{"protocolVersion", Name(revision)},
          {"capabilities", Json::object()},
          {"clientInfo", {{"name", "iff"}, {"version", kVersion}}}};
}

HttpRequest McpRequest(Revision revision, std::string_view path, std::string_view method, Json params, int64_t id,
                       std::string_view session, const ParameterFields& fields) {
  return Envelope(revision, path, {{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", std::move(params)}},
                  session, fields);
}

HttpRequest McpNotification(Revision revision, std::string_view path, std::string_view method, Json params,
                            std::string_view session) {
  return Envelope(revision, path, {{"jsonrpc", "2.0"}, {"method", method}, {"params", std::move(params)}}, session);
}

bool McpMessages::ToolError() const { return HasResult() && AtOr<bool>(message, "/result/isError", false); }

std::string McpMessages::ToolErrorCode() const {
  return AtOr<std::string>(message, "/result/structuredContent/error/code", "");
}

int64_t McpMessages::RpcErrorCode() const { return AtOr<int64_t>(message, "/error/code", 0); }

std::string McpMessages::Text() const {
  std::string text;
  if (const Json* content = Find(message, "/result/content"); content != nullptr && content->is_array()) {
    for (const Json& block : *content) text += AtOr<std::string>(block, "/text", "") + "\n";
  }
  if (const Json* structured = Find(message, "/result/structuredContent")) text += Dump(*structured) + "\n";
  if (const Json* error = Find(message, "/error")) text += Dump(*error) + "\n";
  return text;
}

McpAnswer ParseMcpAnswer(const HttpResponse& response, int64_t id) {
  McpAnswer answer{response, {}};
  const std::string type = response.headers.Get("Content-Type");
  std::vector<std::string> texts;
  if (type.starts_with("text/event-stream")) {
    EventStreamParser parser;
    for (ServerSentEvent& event : parser.Feed(response.body)) {
      if (!event.data.empty()) texts.push_back(std::move(event.data));
    }
  } else if (!response.body.empty() && type.starts_with("application/json")) {
    texts.push_back(response.body);
  }
  for (const std::string& text : texts) {
    Result<Json> parsed = ParseJson(text);
    if (!parsed.ok() || !parsed.value().is_object()) {
      answer.problem = parsed.ok() ? "a message that is not an object" : parsed.error().message();
      continue;
    }
    const bool is_error = parsed->contains("error");
    const bool is_response = parsed->contains("result") || is_error;
    const Json* seen = Find(*parsed, "/id");
    // JSON-RPC section 5: no id only where the request's could not be read.
    const bool without_id = seen == nullptr || seen->is_null();
    if (is_error && parsed->contains("result")) {
      answer.problem = "a response with a result and an error";
    } else if (is_response && !answer.message.is_null()) {
      answer.problem = "more than one response";
    } else if (is_response && (without_id ? is_error : *seen == Json(id))) {
      answer.message = std::move(parsed).value();
    } else if (is_response) {
      answer.problem = without_id ? "a result without an id" : "a response to another request: id " + Dump(*seen);
    } else {
      answer.notifications.push_back(std::move(parsed).value());
    }
  }
  return answer;
}

}  // namespace iff
