// Structs as JSON and back by one table of their members, so that writing and reading cannot differ.
//
//   template <>
//   struct JsonFields<Finding> {
//     static constexpr auto kFields = std::tuple(JsonField{"met", &Finding::met}, JsonField{"seen", &Finding::seen});
//   };
//   static_assert(kAllInTable<Finding>);                       // a member that is not listed does not compile
//   const Json json = ToJsonByFields(finding, &redactor);      // texts masked; nullptr: as they are
//   Finding back;
//   TRY(FromJsonByFields(json, back));                         // kInvalidInput: "/met: is missing"
//
// Members may be bool, integers, durations, strings, Json, enums, structs with a table, and optional, vector, pair and
// map of those. Reading is strict about what is listed and ignores what is not. Thread-safe: values in, values out.
#pragma once

#include <boost/pfr/tuple_size.hpp>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "harness/core/json.h"
#include "harness/core/json_field.h"
#include "harness/core/redact.h"

namespace iff {

template <class T>
inline constexpr size_t kFieldsInTable = std::tuple_size_v<decltype(JsonFields<T>::kFields)>;
template <class T>
inline constexpr bool kAllInTable = kFieldsInTable<T> == boost::pfr::tuple_size_v<T>;

namespace json_fields {

template <class T, template <class...> class Template>
inline constexpr bool kIs = false;
template <template <class...> class Template, class... Arguments>
inline constexpr bool kIs<Template<Arguments...>, Template> = true;
template <class T>
concept Tabled = requires { JsonFields<T>::kFields; };
template <class T>
concept Through = requires(const T& value) { JsonThrough<T>::To(value); };

template <class T>
std::string Key(const T& key) {
  if constexpr (std::is_enum_v<T>) {
    return std::string(Name(key));
  } else {
    return key;
  }
}

template <class T>
bool KeyFrom(const std::string& text, T& key) {
  if constexpr (std::is_enum_v<T>) {
    for (const T one : JsonEnum<T>::kAll) {
      if (Name(one) != text) continue;
      key = one;
      return true;
    }
    return false;
  } else {
    key = text;
    return true;
  }
}

template <class T>
Json Write(const T& value, const Redactor* mask) {
  if constexpr (Through<T>) {
    return Write(JsonThrough<T>::To(value), mask);
  } else if constexpr (std::is_same_v<T, bool> || std::is_integral_v<T>) {
    return value;
  } else if constexpr (std::is_enum_v<T>) {
    return Name(value);
  } else if constexpr (std::is_same_v<T, std::string>) {
    return mask == nullptr ? value : mask->Mask(value);
  } else if constexpr (std::is_same_v<T, Json>) {
    return mask == nullptr ? value : mask->MaskAll(value);
  } else if constexpr (kIs<T, std::chrono::duration>) {
    return value.count();
  } else if constexpr (kIs<T, std::optional>) {
    return value ? Write(*value, mask) : Json(nullptr);
  } else if constexpr (kIs<T, std::pair>) {
    return Json::array({Write(value.first, mask), Write(value.second, mask)});
  } else if constexpr (kIs<T, std::vector>) {
    Json list = Json::array();
    for (const auto& one : value) list.push_back(Write(one, mask));
    return list;
  } else if constexpr (kIs<T, std::map>) {
    Json object = Json::object();
    for (const auto& [key, one] : value) object[Key(key)] = Write(one, mask);
    return object;
  } else {
    static_assert(Tabled<T>, "a struct needs a table: JsonFields<T>");
    Json object = Json::object();
    const auto write = [&](const auto& field) {
      Json member = Write(value.*field.member, mask);
      if (field.omit_empty && member == Write(T{}.*field.member, nullptr)) return;
      object[field.name] = std::move(member);
    };
    std::apply([&](const auto&... field) { (write(field), ...); }, JsonFields<T>::kFields);
    return object;
  }
}

inline std::string NotA(const char* what, const Json& json) {
  return std::string(": not ") + what + " but " + json.type_name();
}

// "" or the place and what is wrong there: "/took_us: not an integer but string".
template <class T>
std::string Read(const Json& json, T& into) {
  if constexpr (Through<T>) {
    decltype(JsonThrough<T>::To(into)) plain;
    std::string wrong = Read(json, plain);
    if (wrong.empty()) into = JsonThrough<T>::From(std::move(plain));
    return wrong;
  } else if constexpr (std::is_same_v<T, bool>) {
    const auto* flag = json.get_ptr<const bool*>();
    if (flag == nullptr) return NotA("a boolean", json);
    into = *flag;
  } else if constexpr (std::is_integral_v<T>) {
    if (!json.is_number_integer()) return NotA("an integer", json);
    const bool huge =
        json.is_number_unsigned() && json.get<uint64_t>() > static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
    const auto number = json.get<int64_t>();
    if (huge || !std::in_range<T>(number)) return ": out of range";
    into = static_cast<T>(number);
  } else if constexpr (std::is_enum_v<T>) {
    const auto* text = json.get_ptr<const std::string*>();
    if (text == nullptr) return NotA("a string", json);
    if (!KeyFrom(*text, into)) return ": unknown value '" + *text + "'";
  } else if constexpr (std::is_same_v<T, std::string>) {
    const auto* text = json.get_ptr<const std::string*>();
    if (text == nullptr) return NotA("a string", json);
    into = *text;
  } else if constexpr (std::is_same_v<T, Json>) {
    into = json;
  } else if constexpr (kIs<T, std::chrono::duration>) {
    typename T::rep count = 0;
    const std::string wrong = Read(json, count);
    if (!wrong.empty()) return wrong;
    into = T(count);
  } else if constexpr (kIs<T, std::optional>) {
    if (json.is_null()) {
      into.reset();
      return "";
    }
    return Read(json, into.emplace());
  } else if constexpr (kIs<T, std::pair>) {
    if (!json.is_array() || json.size() != 2) return NotA("two values", json);
    std::string wrong = Read(json[0], into.first);
    return wrong.empty() ? Read(json[1], into.second) : wrong;
  } else if constexpr (kIs<T, std::vector>) {
    if (!json.is_array()) return NotA("an array", json);
    into.clear();
    for (const Json& one : json) {
      const std::string wrong = Read(one, into.emplace_back());
      if (!wrong.empty()) return "/" + std::to_string(into.size() - 1) + wrong;
    }
  } else if constexpr (kIs<T, std::map>) {
    if (!json.is_object()) return NotA("an object", json);
    into.clear();
    for (const auto& [name, one] : json.items()) {
      typename T::key_type key;
      if (!KeyFrom(name, key)) return "/" + name + ": unknown name";
      const std::string wrong = Read(one, into[key]);
      if (!wrong.empty()) return "/" + name + wrong;
    }
  } else {
    static_assert(Tabled<T>, "a struct needs a table: JsonFields<T>");
    if (!json.is_object()) return NotA("an object", json);
    std::string wrong;
    const auto read = [&](const auto& field) {
      if (!wrong.empty()) return;
      const auto found = json.find(field.name);
      if (found == json.end() && field.omit_empty) {
        into.*field.member = T{}.*field.member;
        return;
      }
      if (found == json.end()) {
        wrong = std::string("/") + field.name + ": is missing";
        return;
      }
      wrong = Read(*found, into.*field.member);
      if (!wrong.empty()) wrong = std::string("/") + field.name + wrong;
    };
    std::apply([&](const auto&... field) { (read(field), ...); }, JsonFields<T>::kFields);
    return wrong;
  }
  return "";
}

}  // namespace json_fields

template <class T>
Json ToJsonByFields(const T& value, const Redactor* mask) {
  return json_fields::Write(value, mask);
}

// `into` is left half read after an error.
template <class T>
Result<void> FromJsonByFields(const Json& json, T& into) {
  const std::string wrong = json_fields::Read(json, into);
  if (wrong.empty()) return {};
  return Error(ErrorKind::kInvalidInput, wrong.starts_with('/') ? wrong : "/" + wrong);
}

}  // namespace iff
