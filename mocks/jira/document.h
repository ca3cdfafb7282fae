// The Atlassian Document Format, which Jira wants and has texts in.
#pragma once

#include <string>

#include "harness/core/json.h"

namespace iff {

// `text` as a document of one paragraph.
Json ToDocument(const std::string& text);
// Adds all text below `node`.
void CollectText(const Json& node, std::string& text);

}  // namespace iff
