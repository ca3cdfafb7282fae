// A JSON text looked at in one piece: what ParseJson reads, without a value of its own for every member. For texts of
// which a few members are wanted and nothing is kept, on paths where that counts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "harness/core/json.h"
#include "harness/core/result.h"

namespace iff {

struct JsonNode;

// One value of a document; valid as long as that.
class JsonView {
 public:
  explicit JsonView(const JsonNode* node) : node_(node) {}

  bool IsObject() const;
  bool IsArray() const;
  std::string_view name() const;                 // of a member of an object, else empty
  std::optional<std::string_view> Text() const;  // nothing: another type
  std::optional<int64_t> Integer()
      const;  // nothing: another type, written with a fraction or exponent, or out of range
  std::optional<JsonView> Find(std::string_view member) const;  // nothing: no object, or none of that name
  bool Contains(std::string_view member) const { return Find(member).has_value(); }
  void CopyTo(Json& to) const;

  // The items of an array, the members of an object in the text's order; nothing otherwise.
  class Iterator {
   public:
    explicit Iterator(const JsonNode* at) : at_(at) {}
    JsonView operator*() const { return JsonView(at_); }
    Iterator& operator++();
    bool operator==(const Iterator&) const = default;

   private:
    const JsonNode* at_;
  };
  Iterator begin() const;
  Iterator end() const;

 private:
  const JsonNode* node_;
};

class JsonDocument {
 public:
  // Refuses what ParseJson refuses with its default limits, in the same words.
  static Result<JsonDocument> Read(std::string_view text);
  // Nothing: a text to be looked at more closely, by ParseJson, which finds the words for what is wrong with it, if
  // anything.
  static std::optional<JsonDocument> ReadPlain(std::string_view text, const JsonLimits& limits);

  JsonDocument(JsonDocument&&) noexcept;
  JsonDocument& operator=(JsonDocument&&) noexcept;
  ~JsonDocument();

  JsonView root() const;

 private:
  struct Room;
  explicit JsonDocument(std::unique_ptr<Room> room);
  static std::unique_ptr<Room> Borrow();

  std::unique_ptr<Room> room_;
};

}  // namespace iff
