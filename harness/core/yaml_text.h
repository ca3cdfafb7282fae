// JSON values as YAML for people: what YamlFile reads back is the same value.
#pragma once

#include <string>
#include <vector>

#include "harness/core/json.h"

namespace iff {

// Block style, short leaves in one line. Members named in `first` come first and in that order, the others by name.
// Texts are quoted wherever a reader could take them for something else.
std::string YamlText(const Json& value, const std::vector<std::string>& first = {});

// `text` as one scalar on one line, whatever is in it: bare where no reader takes it for something else, else in double
// quotes. Nothing in it is a break of a line for any reader of YAML 1.1 or 1.2, is unseen, or ends a comment it stands
// in.
std::string YamlScalar(const std::string& text);
// `value` on one line: {a: 1, b: [x, "y z"]}. Members by name, those named in `first` before.
std::string YamlFlow(const Json& value, const std::vector<std::string>& first = {});

// Readers of YAML look for a key's colon this far and no further; a longer key is written behind "? ".
inline constexpr size_t kLongestYamlKey = 1000;

}  // namespace iff
