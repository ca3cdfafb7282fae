#include "harness/core/json.h"

#include <optional>
#include <vector>

#include "harness/core/json_text.h"
#include "harness/core/json_view.h"

namespace iff {
namespace {

// Builds the value while it watches depth and duplicate members, which the library's own parser
// lets through.
class StrictBuilder final : public nlohmann::json_sax<Json> {
 public:
  explicit StrictBuilder(const JsonLimits& limits) : limits_(limits) {}

  bool null() override { return Put(nullptr); }
  bool boolean(bool value) override { return Put(value); }
  bool number_integer(number_integer_t value) override { return Put(value); }
  bool number_unsigned(number_unsigned_t value) override { return Put(value); }
  bool number_float(number_float_t value, const string_t&) override { return Put(value); }
  bool string(string_t& value) override { return Put(std::move(value)); }
  bool binary(binary_t&) override { return Fail("binary value"); }
  bool start_object(std::size_t) override { return Open(Json::object()); }
  bool end_object() override { return Close(); }
  bool start_array(std::size_t) override { return Open(Json::array()); }
  bool end_array() override { return Close(); }
  bool key(string_t& name) override {
    if (limits_.refuse_duplicates && open_.back()->contains(name)) return Fail("duplicate member \"" + name + "\"");
    keys_.back() = std::move(name);
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
    return Fail("syntax error at byte " + std::to_string(position));
  }

  Json root;
  std::string problem;

 private:
  bool Fail(std::string what) {
    problem = std::move(what);
    return false;
  }
  Json* Place(Json value) {
    if (open_.empty()) {
      root = std::move(value);
      return &root;
    }
    Json& parent = *open_.back();
    if (parent.is_array()) {
      parent.push_back(std::move(value));
      return &parent.back();
    }
    Json& slot = parent[keys_.back()];
    slot = std::move(value);
    return &slot;
  }
  bool Put(Json value) {
    Place(std::move(value));
    return true;
  }
  bool Open(Json empty) {
    if (open_.size() >= limits_.max_depth) return Fail("nested deeper than " + std::to_string(limits_.max_depth));
    // Pointers stay valid: a container is only appended to after its children are closed.
    open_.push_back(Place(std::move(empty)));
    keys_.emplace_back();
    return true;
  }
  bool Close() {
    open_.pop_back();
    keys_.pop_back();
    return true;
  }

  const JsonLimits& limits_;
  std::vector<Json*> open_;
  std::vector<std::string> keys_;
};

Error WrongType(std::string_view pointer, std::string_view wanted, const Json* seen) {
  return {ErrorKind::kInvalidInput, std::string(pointer) + ": want " + std::string(wanted) + ", have " +
                                        (seen == nullptr ? std::string("nothing") : std::string(seen->type_name()))};
}

}  // namespace

Result<Json> ParseJson(std::string_view text, const JsonLimits& limits) {
  if (const std::optional<JsonDocument> plain = JsonDocument::ReadPlain(text, limits)) {
    Json root;
    plain->root().CopyTo(root);
    return root;
  }
  // The library skips a byte order mark and takes NUL for the end: both would hide what another reader sees.
  if (text.starts_with("\xef\xbb\xbf")) return Error(ErrorKind::kInvalidInput, "parse json: byte order mark");
  if (const size_t nul = text.find('\0'); nul != std::string_view::npos) {
    return Error(ErrorKind::kInvalidInput, "parse json: NUL at byte " + std::to_string(nul + 1));
  }
  StrictBuilder builder(limits);
  if (!Json::sax_parse(text, &builder)) {
    return Error(ErrorKind::kInvalidInput,
                 "parse json: " + (builder.problem.empty() ? std::string("malformed") : builder.problem));
  }
  return std::move(builder.root);
}

std::string Unquoted(const Json& value) { return value.is_string() ? value.get<std::string>() : Dump(value); }

std::string Dump(const Json& value) { return JsonText(value, {}); }
std::string DumpPretty(const Json& value) { return JsonText(value, {.indent = 2}); }

const Json* Find(const Json& root, std::string_view pointer) {
  const Json* at = &root;
  while (!pointer.empty()) {
    if (pointer.front() != '/') return nullptr;
    pointer.remove_prefix(1);
    const size_t end = std::min(pointer.find('/'), pointer.size());
    std::string token;
    for (size_t i = 0; i < end; ++i) {
      if (pointer[i] == '~' && i + 1 < end) {
        token += pointer[++i] == '1' ? '/' : '~';
      } else {
        token += pointer[i];
      }
    }
    pointer.remove_prefix(end);
    if (at->is_object()) {
      const auto found = at->find(token);
      if (found == at->end()) return nullptr;
      at = &*found;
    } else if (at->is_array()) {
      size_t index = 0;
      const bool zero_first = token.size() > 1 && token[0] == '0';  // RFC 6901 section 4
      if (token.empty() || token.size() > 9 || zero_first) return nullptr;
      for (const char c : token) {
        if (c < '0' || c > '9') return nullptr;
        index = index * 10 + static_cast<size_t>(c - '0');
      }
      if (index >= at->size()) return nullptr;
      at = &(*at)[index];
    } else {
      return nullptr;
    }
  }
  return at;
}

template <>
Result<bool> At<bool>(const Json& root, std::string_view pointer) {
  const Json* found = Find(root, pointer);
  if (found == nullptr || !found->is_boolean()) return WrongType(pointer, "boolean", found);
  return *found->get_ptr<const Json::boolean_t*>();
}

template <>
Result<int64_t> At<int64_t>(const Json& root, std::string_view pointer) {
  const Json* found = Find(root, pointer);
  if (found == nullptr || !found->is_number_integer()) return WrongType(pointer, "integer", found);
  if (found->is_number_unsigned() && found->get<uint64_t>() > static_cast<uint64_t>(INT64_MAX)) {
    return WrongType(pointer, "64-bit signed integer", found);
  }
  return found->get<int64_t>();
}

template <>
Result<uint64_t> At<uint64_t>(const Json& root, std::string_view pointer) {
  const Json* found = Find(root, pointer);
  if (found == nullptr || !found->is_number_unsigned()) return WrongType(pointer, "unsigned integer", found);
  return found->get<uint64_t>();
}

template <>
Result<double> At<double>(const Json& root, std::string_view pointer) {
  const Json* found = Find(root, pointer);
  if (found == nullptr || !found->is_number()) return WrongType(pointer, "number", found);
  return found->get<double>();
}

template <>
Result<std::string> At<std::string>(const Json& root, std::string_view pointer) {
  const Json* found = Find(root, pointer);
  if (found == nullptr || !found->is_string()) return WrongType(pointer, "string", found);
  return *found->get_ptr<const Json::string_t*>();
}

template <>
Result<Json> At<Json>(const Json& root, std::string_view pointer) {
  const Json* found = Find(root, pointer);
  if (found == nullptr) return WrongType(pointer, "a value", found);
  return *found;
}

}  // namespace iff
