// JSON written byte for byte as the library's own writer writes it, which looks at each byte of a text by itself: ours
// are mostly plain. Also piece by piece, so that what is long is never there as one value.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>

#include "harness/core/json.h"

namespace iff {

struct JsonForm {
  int indent = -1;     // blanks a level; negative: all on one line
  bool ascii = false;  // whatever lies beyond is escaped
};

// `depth`: how many levels `value` lies within others. Invalid UTF-8 in texts is replaced.
void AppendJson(const Json& value, const JsonForm& form, size_t depth, std::string& text);

// Writes one value behind `text`.
using AppendValue = std::function<void(std::string& text)>;
// The members of `object` and `others`, in the order of their names; none may be in both.
void AppendObject(const Json& object, const std::map<std::string, AppendValue>& others, const JsonForm& form,
                  size_t depth, std::string& text);
void AppendList(size_t count, const std::function<void(size_t index, std::string& text)>& item, const JsonForm& form,
                size_t depth, std::string& text);

inline std::string JsonText(const Json& value, const JsonForm& form) {
  std::string text;
  AppendJson(value, form, 0, text);
  return text;
}

}  // namespace iff
