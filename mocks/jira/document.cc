#include "mocks/jira/document.h"

namespace iff {

Json ToDocument(const std::string& text) {
  const Json run = {{"type", "text"}, {"text", text}};
  const Json paragraph = {{"type", "paragraph"}, {"content", Json::array({run})}};
  return {{"type", "doc"}, {"version", 1}, {"content", Json::array({paragraph})}};
}

void CollectText(const Json& node, std::string& text) {
  if (const Json* run = Find(node, "/text"); run != nullptr && run->is_string()) text += run->get<std::string>();
  const Json* content = Find(node, "/content");
  if (content == nullptr || !content->is_array()) return;
  for (const Json& child : *content) CollectText(child, text);
}

}  // namespace iff
