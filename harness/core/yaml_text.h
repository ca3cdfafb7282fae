// JSON values as YAML for people: what YamlFile reads back is the same value.
#pragma once

#include <string>
#include <vector>

#include "harness/core/json.h"

namespace iff {

// Block style, short leaves in one line. Members named in `first` come first and in that order, the others by name.
// Texts are quoted wherever a reader could take them for something else.
std::string YamlText(const Json& value, const std::vector<std::string>& first = {});

}  // namespace iff
