// YAML files as JSON values whose every place is known, so that a mistake is answered with file, line,
// column, the line itself and a caret.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/json.h"

namespace iff {

struct SourceMark {
  int line = 1;  // from 1
  int column = 1;
};

// Unquoted scalars become null, booleans, numbers or strings as in YAML 1.2; quoted ones are strings.
class YamlFile {
 public:
  // kInvalidInput for syntax, duplicate keys and keys that are not scalars, with a caret; kSystem when the
  // file cannot be read.
  static Result<YamlFile> Load(const std::string& path);
  static Result<YamlFile> Parse(std::string path, std::string_view text);

  const Json& value() const { return value_; }
  const std::string& path() const { return path_; }
  // Where the value at `pointer` begins; the nearest enclosing one if there is none.
  SourceMark MarkOf(std::string_view pointer) const;
  // "path:3:7: message", the line, and a caret under the column.
  std::string Point(std::string_view pointer, std::string_view message) const;

 private:
  std::string PointAt(SourceMark mark, std::string_view message) const;

  std::string path_;
  std::vector<std::string> lines_;
  std::map<std::string, SourceMark, std::less<>> marks_;
  Json value_;
};

// `token` as one part of an RFC 6901 pointer.
std::string PointerToken(std::string_view token);

// The one of `known` that `word` was probably meant to be, as " (did you mean 'x'?)", or "".
std::string DidYouMean(std::string_view word, const std::vector<std::string>& known);

}  // namespace iff
