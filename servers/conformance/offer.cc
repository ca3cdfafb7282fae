#include "servers/conformance/offer.h"

#include <iterator>
#include <utility>

#include "harness/core/version.h"

namespace iff {
namespace {

void Append(std::vector<Tool>& all, std::vector<Tool> more) {
  all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

Resource Static(const char* name, const char* mime_type, ResourceContents contents) {
  Resource resource;
  resource.uri = contents.uri;
  resource.name = name;
  resource.description = "A resource that never changes";
  resource.mime_type = mime_type;
  contents.mime_type = mime_type;
  resource.read = [contents](std::string, std::shared_ptr<const Caller>) -> Task<std::optional<ResourceContents>> {
    co_return contents;
  };
  return resource;
}

Json Message(Json content) { return Json{{"role", "user"}, {"content", std::move(content)}}; }
Json Text(std::string text) { return Json{{"type", "text"}, {"text", std::move(text)}}; }

using Messages = std::function<Json(const PromptCall&)>;
Prompt Speaking(const char* name, const char* description, Messages messages) {
  Prompt prompt;
  prompt.name = name;
  prompt.description = description;
  prompt.run = [messages](PromptCall call) -> Task<PromptResult> {
    PromptResult result;
    result.messages = messages(call);
    co_return result;
  };
  return prompt;
}

Json Needed(const char* name, const char* description) {
  return Json{{"name", name}, {"description", description}, {"required", true}};
}

Prompt AskingPrompt() {
  Prompt prompt;
  prompt.name = "test_input_required_result_prompt";
  prompt.description = "Asks for input before it answers";
  prompt.run = [](PromptCall call) -> Task<PromptResult> {
    PromptResult result;
    const std::string context =
        AtOr<std::string>(call.conversation->input_responses(), "/user_context/content/context", "");
    if (context.empty()) {
      result.input_requests["user_context"] = FormRequest("What context should the prompt use?", "context", "string");
    } else {
      result.messages.push_back(Message(Text("Prompt with context: " + context)));
    }
    co_return result;
  };
  return prompt;
}

}  // namespace

Json FormRequest(const std::string& message, const std::string& field, const std::string& type) {
  Json schema{{"type", "object"}, {"properties", {{field, {{"type", type}}}}}, {"required", Json::array({field})}};
  return Json{{"method", "elicitation/create"},
              {"params", {{"message", message}, {"requestedSchema", std::move(schema)}}}};
}

Json SamplingRequest(const std::string& text, int tokens) {
  return Json{{"method", "sampling/createMessage"},
              {"params", {{"messages", Json::array({Message(Text(text))})}, {"maxTokens", tokens}}}};
}

std::vector<Tool> ChangeTools(std::function<void(Change)> announce) {
  std::vector<Tool> tools;
  for (const auto& [name, change] : {std::pair("test_trigger_tool_change", Change::kTools),
                                     std::pair("test_trigger_prompt_change", Change::kPrompts)}) {
    Tool tool;
    tool.name = name;
    tool.description = "Tells subscribers that a list has changed";
    tool.input_schema = Json{{"type", "object"}, {"properties", Json::object()}};
    tool.run = [announce, list = change](ToolCall) -> Task<ToolResult> {
      announce(list);
      co_return ToolResult::Text("announced");
    };
    tools.push_back(std::move(tool));
  }
  return tools;
}

std::vector<Resource> ConformanceResources() {
  ResourceContents text;
  text.uri = "test://static-text";
  text.text = "This is the content of the static text resource.";
  ResourceContents binary;
  binary.uri = "test://static-binary";
  binary.blob = kPixel;
  ResourceContents watched;
  watched.uri = "test://watched-resource";
  watched.text = "Watched resource content";

  Resource templated;
  templated.is_template = true;
  templated.uri = "test://template/{id}/data";
  templated.name = "template";
  templated.description = "One resource for each id";
  templated.mime_type = "application/json";
  templated.read = [](std::string uri, std::shared_ptr<const Caller>) -> Task<std::optional<ResourceContents>> {
    const size_t begin = std::string_view("test://template/").size();
    const std::string id = uri.substr(begin, uri.find('/', begin) - begin);
    ResourceContents contents;
    contents.uri = uri;
    contents.mime_type = "application/json";
    contents.text = Dump(Json{{"id", id}, {"templateTest", true}, {"data", "Data for ID: " + id}});
    co_return contents;
  };
  return {Static("static-text", "text/plain", text), Static("static-binary", "image/png", binary),
          Static("watched-resource", "text/plain", watched), std::move(templated)};
}

std::vector<Prompt> ConformancePrompts() {
  const Json image{{"type", "image"}, {"data", kPixel}, {"mimeType", "image/png"}};
  Prompt simple = Speaking("test_simple_prompt", "A prompt without arguments", [](const PromptCall&) {
    return Json::array({Message(Text("This is a simple prompt for testing."))});
  });
  Prompt arguments = Speaking("test_prompt_with_arguments", "A prompt with arguments", [](const PromptCall& call) {
    return Json::array({Message(Text("Prompt with arguments: arg1='" + AtOr<std::string>(call.arguments, "/arg1", "") +
                                     "', arg2='" + AtOr<std::string>(call.arguments, "/arg2", "") + "'"))});
  });
  arguments.arguments = Json::array({Needed("arg1", "First test argument"), Needed("arg2", "Second test argument")});
  arguments.complete = [](std::string, std::string prefix) {
    std::vector<std::string> values;
    for (const char* value : {"paris", "park", "party"}) {
      if (std::string_view(value).starts_with(prefix)) values.emplace_back(value);
    }
    return values;
  };
  Prompt resource =
      Speaking("test_prompt_with_embedded_resource", "A prompt with a resource", [](const PromptCall& call) {
        const Json embedded{{"uri", AtOr<std::string>(call.arguments, "/resourceUri", "")},
                            {"mimeType", "text/plain"},
                            {"text", "Embedded resource content for testing."}};
        return Json::array({Message(Json{{"type", "resource"}, {"resource", embedded}}),
                            Message(Text("Please process the embedded resource above."))});
      });
  resource.arguments = Json::array({Needed("resourceUri", "URI of the resource to embed")});
  Prompt pictured = Speaking("test_prompt_with_image", "A prompt with an image", [image](const PromptCall&) {
    return Json::array({Message(image), Message(Text("Please analyze the image above."))});
  });
  return {std::move(simple), std::move(arguments), std::move(resource), std::move(pictured), AskingPrompt()};
}

Offer ConformanceOffer(std::function<void(Change)> announce) {
  Offer offer;
  offer.name = "iff-mcp-conformance";
  offer.version = kVersion;
  offer.instructions = "Made for the official conformance suite.";
  Append(offer.tools, ContentTools());
  Append(offer.tools, TalkingTools());
  Append(offer.tools, RoundTripTools());
  Append(offer.tools, ChangeTools(std::move(announce)));
  offer.resources = ConformanceResources();
  offer.prompts = ConformancePrompts();
  return offer;
}

}  // namespace iff
