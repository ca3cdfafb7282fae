// JSON without exceptions: a value, or an error that says where. Nobody else calls the throwing
// accessors of nlohmann::json on foreign input.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "harness/core/result.h"

namespace iff {

using Json = nlohmann::json;

struct JsonLimits {
  // Deepest nesting that is read. Default: 64, far above any honest message here.
  size_t max_depth = 64;
  // Refuse an object with the same member twice (RFC 8259 section 4 leaves it open; RFC 7515 section 4
  // wants it refused). Default: true, two readers must not see two values.
  bool refuse_duplicates = true;
};

// Refuses trailing bytes, invalid UTF-8, duplicate members and deep nesting. The error names the byte.
Result<Json> ParseJson(std::string_view text, const JsonLimits& limits = {});

// Compact text; invalid UTF-8 inside strings is replaced, never thrown on.
std::string Dump(const Json& value);
// A text without its quotes; anything else as JSON.
std::string Unquoted(const Json& value);
std::string DumpPretty(const Json& value);

// The value at an RFC 6901 pointer, or nullptr.
const Json* Find(const Json& root, std::string_view pointer);

// The value at `pointer` as T (bool, int64_t, uint64_t, double, std::string, Json), or kInvalidInput
// naming the pointer and the type seen.
template <class T>
Result<T> At(const Json& root, std::string_view pointer);
template <>
Result<bool> At(const Json& root, std::string_view pointer);
template <>
Result<int64_t> At(const Json& root, std::string_view pointer);
template <>
Result<uint64_t> At(const Json& root, std::string_view pointer);
template <>
Result<double> At(const Json& root, std::string_view pointer);
template <>
Result<std::string> At(const Json& root, std::string_view pointer);
template <>
Result<Json> At(const Json& root, std::string_view pointer);

// The same, or `fallback` when there is nothing at `pointer` or it has another type.
template <class T>
T AtOr(const Json& root, std::string_view pointer, T fallback) {
  const Result<T> found = At<T>(root, pointer);
  return found.ok() ? found.value() : fallback;
}

}  // namespace iff
