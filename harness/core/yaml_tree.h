// One YAML document as the parser reports it: nodes in one list, aliases not yet followed. Only yaml.cc needs it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/result.h"
#include "harness/core/yaml.h"

namespace iff {

struct YamlNode {
  enum class Kind { kNull, kScalar, kSequence, kMap, kAlias };
  Kind kind = Kind::kNull;
  bool quoted = false;  // a scalar that is a string whatever it looks like
  SourceMark mark = {};
  std::string text = {};                // of a scalar
  std::vector<uint32_t> children = {};  // indices; of a map a key and its value in turn
  uint32_t target = 0;                  // of an alias: the index of what it names
};

// What is wrong, and where; YamlFile adds the line and the caret.
struct YamlProblem {
  SourceMark mark = {};
  std::string what = {};
};

struct YamlTree {
  std::vector<YamlNode> nodes = {};  // the root first; none for an empty document

  // The first document of `text`, within limits.depth and limits.values. Returns false and fills `problem` otherwise.
  static bool Read(std::string_view text, const YamlLimits& limits, YamlTree& tree, YamlProblem& problem);
};

}  // namespace iff
