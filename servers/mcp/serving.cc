#include "servers/mcp/serving.h"

#include <algorithm>
#include <set>

#include "harness/core/bytes.h"
#include "harness/core/log.h"

namespace iff {
namespace {

bool IsToolName(const std::string& name) {
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
           c == '-';
  });
}

PreparedTool Prepare(Tool tool) {
  PreparedTool prepared;
  Json& listed = prepared.listed;
  listed = Json{{"name", tool.name}, {"inputSchema", tool.input_schema}};
  if (!tool.title.empty()) listed["title"] = tool.title;
  if (!tool.description.empty()) listed["description"] = tool.description;
  if (!tool.annotations.is_null()) listed["annotations"] = tool.annotations;
  prepared.listed_before = listed;
  Result<Schema> input = Schema::Compile(tool.input_schema);
  if (!input.ok()) Log(LogLevel::kError, "tool-refused", {{"tool", tool.name}, {"why", input.error().message()}});
  Invariant(input.ok(), "a tool's input schema compiles");
  prepared.input = std::move(input).value();
  if (!tool.output_schema.is_null()) {
    Result<Schema> output = Schema::Compile(tool.output_schema);
    if (!output.ok()) Log(LogLevel::kError, "tool-refused", {{"tool", tool.name}, {"why", output.error().message()}});
    Invariant(output.ok(), "a tool's output schema compiles");
    prepared.output = std::move(output).value();
    listed["outputSchema"] = tool.output_schema;
    // The handshake revisions know structured content as objects only.
    if (AtOr<std::string>(tool.output_schema, "/type", "") == "object")
      prepared.listed_before["outputSchema"] = tool.output_schema;
  }
  prepared.mirrored = MirroredParameters(tool.input_schema);
  prepared.tool = std::move(tool);
  return prepared;
}

bool IsSegment(std::string_view text) {
  const bool plain = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._~%").find(c) != std::string_view::npos;
  });
  if (!plain) return false;
  const Result<std::string> decoded = PercentDecode(text);
  if (!decoded.ok() || decoded.value() == "." || decoded.value() == "..") return false;
  return std::none_of(decoded.value().begin(), decoded.value().end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return c == '/' || c == '\\' || byte < 0x20 || byte == 0x7f;
  });
}

}  // namespace

bool MatchesTemplate(std::string_view uri_template, std::string_view uri) {
  while (true) {
    const size_t open = uri_template.find('{');
    const std::string_view literal = uri_template.substr(0, open);
    if (!uri.starts_with(literal)) return false;
    uri.remove_prefix(literal.size());
    if (open == std::string_view::npos) return uri.empty();
    const size_t close = uri_template.find('}', open);
    if (close == std::string_view::npos) return false;
    uri_template.remove_prefix(close + 1);
    // The variable ends where the next literal begins, or with the text: no going back, so linear.
    const std::string_view next = uri_template.substr(0, uri_template.find('{'));
    const size_t end = next.empty() ? uri.size() : uri.find(next, 1);
    if (end == std::string_view::npos || !IsSegment(uri.substr(0, end))) return false;
    uri.remove_prefix(end);
  }
}

Serving::Serving(EventLoop& event_loop, Offer what, Guard checks, McpServerOptions settings)
    : loop(event_loop),
      offer(std::move(what)),
      guard(std::move(checks)),
      options(std::move(settings)),
      rules{options.allowed_hosts, options.allowed_origins},
      sessions(options.session_idle, options.max_sessions_per_caller) {
  Invariant(guard.authenticator != nullptr, "there is no server without authentication");
  for (Tool& tool : offer.tools) {
    Invariant(IsToolName(tool.name) && !tool_at.contains(tool.name), "tool names are well-formed and unique");
    tool_at[tool.name] = tools.size();
    tools.push_back(Prepare(std::move(tool)));
  }
  offer.tools.clear();
}

std::vector<std::shared_ptr<Session>> Serving::AllSessions() const {
  std::vector<std::shared_ptr<Session>> all = sessions.All();
  for (const auto& stream : streams.All()) {
    if (stream->session->open) all.push_back(stream->session);
  }
  return all;
}

const PreparedTool* Serving::FindTool(std::string_view name) const {
  const auto found = tool_at.find(name);
  return found == tool_at.end() ? nullptr : &tools[found->second];
}

const Prompt* Serving::FindPrompt(std::string_view name) const {
  const auto found =
      std::find_if(offer.prompts.begin(), offer.prompts.end(), [&](const Prompt& one) { return one.name == name; });
  return found == offer.prompts.end() ? nullptr : &*found;
}

const Resource* Serving::FindResource(std::string_view uri) const {
  const Resource* matching = nullptr;
  for (const Resource& one : offer.resources) {
    if (!one.is_template && one.uri == uri) return &one;
    if (one.is_template && matching == nullptr && MatchesTemplate(one.uri, uri)) matching = &one;
  }
  return matching;
}

bool Serving::May(const Caller& caller, const std::string& scope) const {
  return guard.authorizer ? guard.authorizer->May(caller, scope) : caller.Has(scope);
}

bool Serving::Serves(Revision revision, std::string_view method) const {
  const bool modern = revision == Revision::k20260728;
  const auto has_values = [](const auto& one) { return one.complete != nullptr; };
  const bool completes = std::any_of(offer.prompts.begin(), offer.prompts.end(), has_values) ||
                         std::any_of(offer.resources.begin(), offer.resources.end(), has_values);
  if (method.starts_with("tools/")) return !tools.empty() && (method == "tools/list" || method == "tools/call");
  if (method == "prompts/list" || method == "prompts/get") return !offer.prompts.empty();
  if (method == "resources/list" || method == "resources/templates/list" || method == "resources/read") {
    return !offer.resources.empty();
  }
  if (method == "completion/complete") return completes;
  if (modern) return method == "server/discover" || (method == "subscriptions/listen" && options.announces_changes);
  if (method == "resources/subscribe" || method == "resources/unsubscribe") {
    return !offer.resources.empty() && Announces(revision);
  }
  return method == "ping" || method == "initialize" || (method == "logging/setLevel" && Logs(revision));
}

bool Serving::Announces(Revision revision) const {
  return options.announces_changes && (options.sessions || revision == Revision::k20260728);
}

bool Serving::Logs(Revision revision) const {
  return options.logging && (options.sessions || revision == Revision::k20260728);
}

Json Serving::Capabilities(Revision revision) const {
  Json capabilities = Json::object();
  Json list = Json::object();
  if (Announces(revision)) list["listChanged"] = true;
  if (!tools.empty()) capabilities["tools"] = list;
  if (!offer.prompts.empty()) capabilities["prompts"] = list;
  if (!offer.resources.empty()) {
    if (Announces(revision)) list["subscribe"] = true;
    capabilities["resources"] = list;
  }
  if (Serves(revision, "completion/complete")) capabilities["completions"] = Json::object();
  if (Logs(revision)) capabilities["logging"] = Json::object();
  return capabilities;
}

}  // namespace iff
