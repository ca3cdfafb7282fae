#include "servers/mcp/methods.h"

#include <algorithm>
#include <exception>
#include <typeinfo>
#include <utility>

#include "harness/core/log.h"
#include "servers/guard/decisions.h"
#include "servers/mcp/subscriptions.h"

namespace iff {
namespace {

constexpr int64_t kListTtlMs = 60'000;
constexpr std::chrono::seconds kCursorLifetime = std::chrono::hours(1);
constexpr size_t kMostCompletions = 100;

void Discover(Turn& turn) {
  const Serving& serving = turn.serving();
  Json result{{"supportedVersions", Json::array({"2026-07-28", "2025-11-25", "2025-06-18"})},
              {"capabilities", serving.Capabilities(Revision::k20260728)},
              {"ttlMs", kListTtlMs},
              {"cacheScope", "private"}};
  if (!serving.offer.instructions.empty()) result["instructions"] = serving.offer.instructions;
  turn.Succeed(std::move(result));
}

void SetLogLevel(Turn& turn) {
  static constexpr std::string_view kLevels = " debug info notice warning error critical alert emergency ";
  const std::string level = AtOr<std::string>(turn.params(), "/level", "");
  if (level.empty() || kLevels.find(" " + level + " ") == std::string_view::npos) {
    return turn.Fail(InvalidParams("unknown log level"), "invalid_params");
  }
  turn.session->log_level = level;
  turn.Succeed(Json::object());
}

struct Page {
  Json items = Json::array();
  std::optional<size_t> next = {};
};

// The items from `start` on that the caller may see.
template <class Items, class Show>
Page Cut(const Items& items, size_t start, size_t most, const Show& show) {
  Page page;
  for (size_t i = start; i < items.size(); ++i) {
    const Json* shown = nullptr;
    Json made = show(items[i], shown);
    if (shown == nullptr && made.is_null()) continue;
    if (page.items.size() == most) {
      page.next = i;
      break;
    }
    page.items.push_back(shown != nullptr ? *shown : std::move(made));
  }
  return page;
}

Json Shown(const Resource& resource) {
  Json listed{{resource.is_template ? "uriTemplate" : "uri", resource.uri}, {"name", resource.name}};
  if (!resource.description.empty()) listed["description"] = resource.description;
  if (!resource.mime_type.empty()) listed["mimeType"] = resource.mime_type;
  return listed;
}

Json Shown(const Prompt& prompt) {
  Json listed{{"name", prompt.name}};
  if (!prompt.description.empty()) listed["description"] = prompt.description;
  if (!prompt.arguments.empty()) listed["arguments"] = prompt.arguments;
  return listed;
}

std::string CursorBinding(const Turn& turn) { return "cursor\n" + turn.message.method + "\n" + turn.caller->Holder(); }

// What templates list for the caller comes after what is there for all.
Task<std::vector<Json>> ListedResources(std::shared_ptr<Turn> turn) {
  std::vector<Json> all;
  for (const Resource& one : turn->serving().offer.resources) {
    if (!turn->serving().May(*turn->caller, one.scope)) continue;
    if (!one.is_template) all.push_back(Shown(one));
    if (!one.list) continue;
    Task<std::vector<ListedResource>> listing = one.list(turn->caller);
    const std::vector<ListedResource> listed = co_await std::move(listing);
    for (const ListedResource& each : listed) {
      Json shown{{"uri", each.uri}, {"name", each.name}};
      if (!one.mime_type.empty()) shown["mimeType"] = one.mime_type;
      all.push_back(std::move(shown));
    }
  }
  co_return all;
}

Page CutList(const Turn& turn, size_t start) {
  const Serving& serving = turn.serving();
  const std::string& method = turn.message.method;
  const size_t most = serving.options.page_size;
  const auto may = [&](const std::string& scope) { return serving.May(*turn.caller, scope); };
  if (method == "tools/list") {
    const bool modern = turn.revision == Revision::k20260728;
    return Cut(serving.tools, start, most, [&](const PreparedTool& one, const Json*& shown) {
      if (may(one.tool.scope)) shown = modern ? &one.listed : &one.listed_before;
      return Json();
    });
  }
  if (method == "prompts/list") {
    return Cut(serving.offer.prompts, start, most,
               [&](const Prompt& one, const Json*&) { return may(one.scope) ? Shown(one) : Json(); });
  }
  return Cut(serving.offer.resources, start, most, [&](const Resource& one, const Json*&) {
    return one.is_template && may(one.scope) ? Shown(one) : Json();
  });
}

const char* ListMember(const std::string& method) {
  if (method == "tools/list") return "tools";
  if (method == "prompts/list") return "prompts";
  return method == "resources/list" ? "resources" : "resourceTemplates";
}

}  // namespace

RpcError InvalidParams(std::string message, Json data) {
  return {.code = rpc::kInvalidParams, .message = std::move(message), .data = std::move(data)};
}

void LogThrown(const Turn& turn) {
  std::string type = "unknown";
  try {
    throw;
  } catch (const std::exception& thrown) {
    type = typeid(thrown).name();
  } catch (...) {
  }
  Log(LogLevel::kError, "handler-threw",
      {{"method", turn.message.method}, {"tool", turn.tool}, {"type", type}, {"correlation", turn.correlation()}});
}

bool Authorize(Turn& turn, const std::string& scope) {
  const std::optional<Denial> denial = CheckScope(turn.serving().guard, *turn.caller, scope);
  if (denial) turn.Refuse(*denial);
  return !denial;
}

Task<void> List(std::shared_ptr<Turn> turn) {
  SealedState& sealed = turn->serving().sealed;
  size_t start = 0;
  if (const Json* cursor = Find(turn->params(), "/cursor")) {
    const std::string text = AtOr<std::string>(turn->params(), "/cursor", "");
    const std::optional<Json> opened = sealed.Open(text, CursorBinding(*turn));
    if (!cursor->is_string() || !opened || !opened->is_number_unsigned()) {
      turn->Fail(InvalidParams("unknown cursor"), "invalid_params");
      co_return;
    }
    start = opened->get<size_t>();
  }
  Page page;
  if (turn->message.method == "resources/list") {
    turn->Begin(turn->serving().options.call_timeout);
    if (turn->ended()) co_return;  // gone already
    Task<std::vector<Json>> listing = ListedResources(turn);
    const std::vector<Json> all = co_await std::move(listing);
    if (turn->ended()) co_return;
    page = Cut(all, start, turn->serving().options.page_size, [](const Json& one, const Json*&) { return one; });
  } else {
    page = CutList(*turn, start);
  }
  Json result = Json::object();
  result[ListMember(turn->message.method)] = std::move(page.items);
  if (page.next) result["nextCursor"] = sealed.Seal(*page.next, CursorBinding(*turn), kCursorLifetime);
  if (turn->revision == Revision::k20260728) {
    result["ttlMs"] = kListTtlMs;
    result["cacheScope"] = "private";  // what is listed depends on the caller
  }
  turn->Succeed(std::move(result));
}

Task<void> ReadResource(std::shared_ptr<Turn> turn) {
  const bool modern = turn->revision == Revision::k20260728;
  const Result<std::string> uri = At<std::string>(turn->params(), "/uri");
  if (!uri.ok()) {
    turn->Fail(InvalidParams("uri is a text"), "invalid_params");
    co_return;
  }
  const Resource* resource = turn->serving().FindResource(uri.value());
  std::optional<ResourceContents> contents;
  if (resource != nullptr && resource->read && turn->serving().May(*turn->caller, resource->scope)) {
    turn->Begin(turn->serving().options.call_timeout);
    if (turn->ended()) co_return;  // gone already
    Task<std::optional<ResourceContents>> reading = resource->read(uri.value(), turn->caller);
    contents = co_await std::move(reading);
  }
  if (turn->ended()) co_return;
  if (!contents) {
    RpcError error = InvalidParams("resource not found", Json{{"uri", uri.value()}});
    if (!modern) error.code = rpc::kResourceNotFound;
    turn->Fail(std::move(error), "not_found");
    co_return;
  }
  Json entry{{"uri", contents->uri.empty() ? uri.value() : contents->uri}};
  if (!contents->mime_type.empty()) entry["mimeType"] = std::move(contents->mime_type);
  if (contents->blob.empty()) {
    entry["text"] = std::move(contents->text);
  } else {
    entry["blob"] = std::move(contents->blob);
  }
  Json result = Json::object();
  result["contents"] = Json::array();
  result["contents"].push_back(std::move(entry));
  if (modern) {
    result["ttlMs"] = 0;
    result["cacheScope"] = "private";
  }
  turn->Succeed(std::move(result));
}

Task<void> GetPrompt(std::shared_ptr<Turn> turn) {
  const std::string name = AtOr<std::string>(turn->params(), "/name", "");
  const Prompt* prompt = turn->serving().FindPrompt(name);
  if (prompt == nullptr) {
    turn->Fail(InvalidParams("unknown prompt"), "not_found");
    co_return;
  }
  turn->tool = name;
  if (!Authorize(*turn, prompt->scope)) co_return;
  PromptCall call;
  call.name = name;
  if (const Json* arguments = Find(turn->params(), "/arguments")) call.arguments = *arguments;
  bool sound = call.arguments.is_object() && std::all_of(call.arguments.begin(), call.arguments.end(),
                                                         [](const Json& one) { return one.is_string(); });
  for (const Json& argument : prompt->arguments) {
    const bool needed = argument.value("required", Json(false)) == true;
    sound = sound && (!needed || call.arguments.contains(argument.value("name", std::string())));
  }
  if (!sound) {
    turn->Fail(InvalidParams("arguments do not fit the prompt"), "invalid_params");
    co_return;
  }
  if (const std::optional<RpcError> wrong = OpenRetry(*turn)) {
    turn->Fail(*wrong, "invalid_state");
    co_return;
  }
  call.caller = turn->caller;
  call.conversation = turn;
  turn->Begin(turn->serving().options.call_timeout);
  if (turn->ended()) co_return;  // gone already
  Task<PromptResult> running = prompt->run(std::move(call));
  PromptResult made = co_await std::move(running);
  if (turn->ended()) co_return;
  if (!made.input_requests.is_null() || !made.state.is_null()) {
    AskForInput(*turn, std::move(made.input_requests), std::move(made.state));
    co_return;
  }
  Json result{{"messages", std::move(made.messages)}};
  if (!made.description.empty()) result["description"] = std::move(made.description);
  turn->Succeed(std::move(result));
}

Task<void> Complete(std::shared_ptr<Turn> turn) {
  const Json& params = turn->params();
  const std::string type = AtOr<std::string>(params, "/ref/type", "");
  const std::string argument = AtOr<std::string>(params, "/argument/name", "");
  const Result<std::string> prefix = At<std::string>(params, "/argument/value");
  if (argument.empty() || !prefix.ok()) {
    turn->Fail(InvalidParams("argument missing"), "invalid_params");
    co_return;
  }
  std::vector<std::string> values;
  bool known = false;
  if (type == "ref/prompt") {
    const Prompt* prompt = turn->serving().FindPrompt(AtOr<std::string>(params, "/ref/name", ""));
    known = prompt != nullptr && turn->serving().May(*turn->caller, prompt->scope);
    if (known && prompt->complete) values = prompt->complete(argument, prefix.value());
  } else if (type == "ref/resource") {
    const std::string uri = AtOr<std::string>(params, "/ref/uri", "");
    const auto& all = turn->serving().offer.resources;
    const auto found = std::find_if(all.begin(), all.end(), [&](const Resource& one) {
      return one.uri == uri && turn->serving().May(*turn->caller, one.scope);
    });
    known = found != all.end();
    if (known && found->complete) {
      turn->Begin(turn->serving().options.call_timeout);
      if (turn->ended()) co_return;  // gone already
      Task<std::vector<std::string>> completing = found->complete(argument, prefix.value(), turn->caller);
      values = co_await std::move(completing);
      if (turn->ended()) co_return;
    }
  }
  if (!known) {
    turn->Fail(InvalidParams("unknown reference"), "not_found");
    co_return;
  }
  Json completion{{"total", values.size()}, {"hasMore", values.size() > kMostCompletions}};
  if (values.size() > kMostCompletions) values.resize(kMostCompletions);
  completion["values"] = std::move(values);
  turn->Succeed(Json{{"completion", std::move(completion)}});
}

Task<void> Perform(std::shared_ptr<Turn> turn) {
  const std::string& method = turn->message.method;
  if (method == "tools/call") {
    co_await CallTool(turn);
    co_return;
  }
  if (!turn->Charge("list")) co_return;
  if (method == "ping") {
    turn->Succeed(Json::object());
  } else if (method == "server/discover") {
    Discover(*turn);
  } else if (method == "resources/read") {
    co_await ReadResource(turn);
  } else if (method == "prompts/get") {
    co_await GetPrompt(turn);
  } else if (method == "completion/complete") {
    co_await Complete(turn);
  } else if (method == "subscriptions/listen") {
    co_await Listen(turn);
  } else if (method == "resources/subscribe" || method == "resources/unsubscribe") {
    co_await Watch(turn, method == "resources/subscribe");
  } else if (method == "logging/setLevel") {
    SetLogLevel(*turn);
  } else {
    co_await List(turn);
  }
}

}  // namespace iff
