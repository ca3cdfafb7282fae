// What the official suite's scenarios look for on a server: tools, resources and prompts of fixed names
// and behaviours, all made up.
#pragma once

#include <functional>
#include <vector>

#include "servers/mcp/mcp_server.h"
#include "servers/mcp/tool.h"

namespace iff {

// `announce` tells subscribers, as McpServer::Announce does.
Offer ConformanceOffer(std::function<void(Change)> announce);

std::vector<Tool> ContentTools();                                     // what a result can carry
std::vector<Tool> TalkingTools();                                     // progress, logs, questions to the client
std::vector<Tool> RoundTripTools();                                   // input_required and requestState
std::vector<Tool> ChangeTools(std::function<void(Change)> announce);  // list changes
std::vector<Resource> ConformanceResources();
std::vector<Prompt> ConformancePrompts();

inline constexpr const char* kPixel =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==";
inline constexpr const char* kSilence = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA=";

// {"method": "elicitation/create", ...} asking for one value.
Json FormRequest(const std::string& message, const std::string& field, const std::string& type);
Json SamplingRequest(const std::string& text, int tokens);

}  // namespace iff
