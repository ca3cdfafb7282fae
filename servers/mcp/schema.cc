#include "servers/mcp/schema.h"

#include <algorithm>
#include <array>
#include <boost/regex.hpp>
#include <cmath>
#include <deque>
#include <map>
#include <stdexcept>
#include <utility>
#include <vector>

namespace iff {
namespace {

constexpr int kMostSubschemas = 1000;
constexpr int kDeepest = 32;        // of schemas inside schemas
constexpr int kMostSteps = 50'000;  // subschemas looked at for one value
constexpr int kDeepestValue = 128;  // subschemas on top of each other while judging
// Longest text a pattern is tried on.
constexpr size_t kLongestMatched = 64 * 1024;

constexpr std::array<std::string_view, 7> kTypes = {"null",   "boolean", "object", "array",
                                                    "number", "integer", "string"};

struct Node {
  bool never = false;  // the schema `false`
  std::vector<std::string> types = {};
  std::optional<Json> constant = {};
  std::optional<Json> choices = {};
  std::map<std::string, const Node*> properties = {};
  std::vector<std::pair<boost::regex, const Node*>> pattern_properties = {};
  const Node* additional = nullptr;
  const Node* property_names = nullptr;
  std::vector<std::string> required = {};
  std::map<std::string, std::vector<std::string>> dependent_required = {};
  std::map<std::string, const Node*> dependent_schemas = {};
  std::vector<const Node*> prefix = {};
  const Node* items = nullptr;
  const Node* contains = nullptr;
  std::vector<const Node*> all_of = {}, any_of = {}, one_of = {};
  const Node* negated = nullptr;
  const Node* condition = nullptr;
  const Node* then_branch = nullptr;
  const Node* else_branch = nullptr;
  const Node* reference = nullptr;
  std::optional<boost::regex> pattern = {};
  std::optional<double> minimum = {}, maximum = {}, above = {}, below = {}, multiple = {};
  std::optional<size_t> min_length = {}, max_length = {}, min_items = {}, max_items = {}, min_properties = {},
                        max_properties = {}, min_contains = {}, max_contains = {};
  bool unique = false;
};

size_t CodePoints(const std::string& text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

bool IsIntegral(const Json& value) {
  if (value.is_number_integer()) return true;
  if (!value.is_number_float()) return false;
  const double number = value.get<double>();
  return std::isfinite(number) && std::floor(number) == number;
}

bool HasType(const Json& value, std::string_view type) {
  if (type == "integer") return IsIntegral(value);
  if (type == "number") return value.is_number();
  return type == value.type_name();
}

// Boost's own engine: it gives up with an exception where std::regex overflows the stack.
std::optional<boost::regex> CompilePattern(const std::string& pattern) {
  try {
    return boost::regex(pattern, boost::regex::ECMAScript);
  } catch (const std::runtime_error&) {
    return std::nullopt;
  }
}

bool Matches(const boost::regex& pattern, const std::string& text) {
  if (text.size() > kLongestMatched) return false;
  try {
    // As in JSON Schema: ^ and $ are the ends of the text, not of a line in it.
    return boost::regex_search(text, pattern, boost::match_default | boost::match_single_line);
  } catch (const std::runtime_error&) {
    return false;  // too complex for this text: not shown to match
  }
}

std::string Escaped(const std::string& key) {
  std::string out;
  for (const char c : key) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

struct Schema::Compiled {
  std::deque<Node> nodes = {};
  const Node* root = nullptr;
};

namespace {

class Compiler {
 public:
  Compiler(const Json& root, std::deque<Node>& nodes) : root_(root), nodes_(nodes) {}

  Result<const Node*> Compile(const Json& schema, int depth = 0) {
    if (const auto known = known_.find(&schema); known != known_.end()) return known->second;
    if (depth > kDeepest || nodes_.size() >= kMostSubschemas) return Wrong("schema too large");
    Node& node = nodes_.emplace_back();
    const Node* made = &node;
    known_[&schema] = made;
    if (schema.is_boolean()) {
      node.never = !schema.get<bool>();
      return made;
    }
    if (!schema.is_object()) return Wrong("a schema is an object or a boolean");
    for (const char* keyword : {"unevaluatedProperties", "unevaluatedItems", "$dynamicRef", "$recursiveRef"}) {
      if (schema.contains(keyword)) return Wrong(std::string("keyword not supported: ") + keyword);
    }
    TRY(Values(schema, node));
    TRY(Limits(schema, node));
    TRY(Objects(schema, node, depth));
    TRY(Applicators(schema, node, depth));
    return made;
  }

 private:
  static Error Wrong(std::string what) { return {ErrorKind::kInvalidInput, "compile schema: " + std::move(what)}; }

  Result<void> Values(const Json& schema, Node& node) {
    if (const auto type = schema.find("type"); type != schema.end()) {
      const Json list = type->is_array() ? *type : Json::array({*type});
      for (const Json& name : list) {
        if (!name.is_string() || std::find(kTypes.begin(), kTypes.end(), name.get<std::string>()) == kTypes.end()) {
          return Wrong("unknown type");
        }
        node.types.push_back(name.get<std::string>());
      }
    }
    if (const auto constant = schema.find("const"); constant != schema.end()) node.constant = *constant;
    if (const auto choices = schema.find("enum"); choices != schema.end()) {
      if (!choices->is_array()) return Wrong("enum is an array");
      node.choices = *choices;
    }
    if (const auto pattern = schema.find("pattern"); pattern != schema.end()) {
      if (!pattern->is_string()) return Wrong("pattern is a text");
      node.pattern = CompilePattern(pattern->get<std::string>());
      if (!node.pattern) return Wrong("pattern does not compile");
    }
    return {};
  }

  Result<void> Limits(const Json& schema, Node& node) {
    const std::pair<const char*, std::optional<double> Node::*> numbers[] = {
        {"minimum", &Node::minimum},        {"maximum", &Node::maximum},     {"exclusiveMinimum", &Node::above},
        {"exclusiveMaximum", &Node::below}, {"multipleOf", &Node::multiple},
    };
    for (const auto& [keyword, member] : numbers) {
      const auto found = schema.find(keyword);
      if (found == schema.end()) continue;
      if (!found->is_number()) return Wrong(std::string(keyword) + " is a number");
      node.*member = found->get<double>();
    }
    if (node.multiple && *node.multiple <= 0) return Wrong("multipleOf is above zero");
    const std::pair<const char*, std::optional<size_t> Node::*> sizes[] = {
        {"minLength", &Node::min_length},         {"maxLength", &Node::max_length},
        {"minItems", &Node::min_items},           {"maxItems", &Node::max_items},
        {"minProperties", &Node::min_properties}, {"maxProperties", &Node::max_properties},
        {"minContains", &Node::min_contains},     {"maxContains", &Node::max_contains},
    };
    for (const auto& [keyword, member] : sizes) {
      const auto found = schema.find(keyword);
      if (found == schema.end()) continue;
      if (!IsIntegral(*found) || found->get<double>() < 0) return Wrong(std::string(keyword) + " is a count");
      node.*member = found->get<size_t>();
    }
    node.unique = schema.value("uniqueItems", Json(false)) == true;
    return {};
  }

  Result<std::vector<std::string>> Names(const Json& list) {
    std::vector<std::string> names;
    if (!list.is_array()) return Wrong("a list of names is an array");
    for (const Json& name : list) {
      if (!name.is_string()) return Wrong("a name is a text");
      names.push_back(name.get<std::string>());
    }
    return names;
  }

  Result<void> Objects(const Json& schema, Node& node, int depth) {
    if (const auto required = schema.find("required"); required != schema.end()) {
      node.required = TRY(Names(*required));
    }
    for (const auto& [key, subschema] : Members(schema, "properties")) {
      node.properties[key] = TRY(Compile(*subschema, depth + 1));
    }
    for (const auto& [key, subschema] : Members(schema, "patternProperties")) {
      std::optional<boost::regex> pattern = CompilePattern(key);
      if (!pattern) return Wrong("pattern does not compile");
      const Node* made = TRY(Compile(*subschema, depth + 1));
      node.pattern_properties.emplace_back(std::move(*pattern), made);
    }
    for (const auto& [key, names] : Members(schema, "dependentRequired")) {
      node.dependent_required[key] = TRY(Names(*names));
    }
    for (const auto& [key, subschema] : Members(schema, "dependentSchemas")) {
      node.dependent_schemas[key] = TRY(Compile(*subschema, depth + 1));
    }
    return {};
  }

  Result<void> Applicators(const Json& schema, Node& node, int depth) {
    const std::pair<const char*, const Node * Node::*> single[] = {
        {"additionalProperties", &Node::additional},
        {"propertyNames", &Node::property_names},
        {"items", &Node::items},
        {"contains", &Node::contains},
        {"not", &Node::negated},
        {"if", &Node::condition},
        {"then", &Node::then_branch},
        {"else", &Node::else_branch},
    };
    for (const auto& [keyword, member] : single) {
      if (const auto found = schema.find(keyword); found != schema.end()) {
        node.*member = TRY(Compile(*found, depth + 1));
      }
    }
    const std::pair<const char*, std::vector<const Node*> Node::*> several[] = {
        {"prefixItems", &Node::prefix}, {"allOf", &Node::all_of}, {"anyOf", &Node::any_of}, {"oneOf", &Node::one_of}};
    for (const auto& [keyword, member] : several) {
      const auto found = schema.find(keyword);
      if (found == schema.end()) continue;
      if (!found->is_array() || found->empty()) return Wrong(std::string(keyword) + " is a list of schemas");
      for (const Json& subschema : *found) {
        const Node* made = TRY(Compile(subschema, depth + 1));
        (node.*member).push_back(made);
      }
    }
    if (const auto reference = schema.find("$ref"); reference != schema.end()) {
      if (!reference->is_string()) return Wrong("$ref is a text");
      const Json* target = Resolve(reference->get<std::string>());
      if (target == nullptr) return Wrong("$ref leads nowhere inside the schema");
      node.reference = TRY(Compile(*target, depth + 1));
    }
    return {};
  }

  static std::vector<std::pair<std::string, const Json*>> Members(const Json& schema, const char* keyword) {
    std::vector<std::pair<std::string, const Json*>> members;
    const auto found = schema.find(keyword);
    if (found == schema.end() || !found->is_object()) return members;
    for (const auto& [key, value] : found->items()) members.emplace_back(key, &value);
    return members;
  }

  const Json* Resolve(const std::string& reference) const {
    if (reference.empty() || reference[0] != '#') return nullptr;
    if (reference.size() == 1) return &root_;
    if (reference[1] == '/') return Find(root_, std::string_view(reference).substr(1));
    return Anchored(root_, reference.substr(1), 0);
  }
  static const Json* Anchored(const Json& schema, const std::string& anchor, int depth) {
    if (depth > kDeepest || !schema.is_structured()) return nullptr;
    if (schema.is_object() && schema.value("$anchor", Json()) == anchor) return &schema;
    for (const Json& inner : schema) {
      if (const Json* found = Anchored(inner, anchor, depth + 1)) return found;
    }
    return nullptr;
  }

  const Json& root_;
  std::deque<Node>& nodes_;
  std::map<const Json*, const Node*> known_;
};

// Walks a value and its schema together; stops at the first violation.
class Judge {
 public:
  std::optional<std::string> Violation(const Node& node, const Json& value) {
    if (Fits(node, value, "", 0) && !exhausted_) return std::nullopt;
    // Running out inside a negation must not read as "fits".
    return exhausted_ ? "/: takes too long to judge" : reason_;
  }

 private:
  bool No(const std::string& path, std::string what) {
    reason_ = (path.empty() ? "/" : path) + ": " + std::move(what);
    return false;
  }

  bool Fits(const Node& node, const Json& value, const std::string& path, int depth) {
    if (++steps_ > kMostSteps || depth > kDeepestValue) exhausted_ = true;
    if (exhausted_) return false;
    if (node.never) return No(path, "not allowed");
    if (!node.types.empty() &&
        std::none_of(node.types.begin(), node.types.end(), [&](const auto& type) { return HasType(value, type); })) {
      return No(path, "wrong type");
    }
    if (node.constant && *node.constant != value) return No(path, "not the one value allowed");
    if (node.choices && std::find(node.choices->begin(), node.choices->end(), value) == node.choices->end()) {
      return No(path, "not one of the values allowed");
    }
    if (value.is_number() && !FitsNumber(node, value, path)) return false;
    if (value.is_string() && !FitsText(node, value, path)) return false;
    if (value.is_array() && !FitsArray(node, value, path, depth)) return false;
    if (value.is_object() && !FitsObject(node, value, path, depth)) return false;
    return FitsCombination(node, value, path, depth);
  }

  bool FitsNumber(const Node& node, const Json& value, const std::string& path) {
    const double number = value.get<double>();
    if (node.minimum && number < *node.minimum) return No(path, "below the minimum");
    if (node.maximum && number > *node.maximum) return No(path, "above the maximum");
    if (node.above && number <= *node.above) return No(path, "not above the exclusive minimum");
    if (node.below && number >= *node.below) return No(path, "not below the exclusive maximum");
    if (node.multiple) {
      const double quotient = number / *node.multiple;
      if (std::abs(quotient - std::round(quotient)) > 1e-9) return No(path, "not a multiple");
    }
    return true;
  }

  bool FitsText(const Node& node, const Json& value, const std::string& path) {
    const auto& text = value.get_ref<const std::string&>();
    if (node.min_length || node.max_length) {
      const size_t length = CodePoints(text);
      if (node.min_length && length < *node.min_length) return No(path, "too short");
      if (node.max_length && length > *node.max_length) return No(path, "too long");
    }
    if (node.pattern && !Matches(*node.pattern, text)) return No(path, "does not match the pattern");
    return true;
  }

  bool FitsArray(const Node& node, const Json& value, const std::string& path, int depth) {
    if (node.min_items && value.size() < *node.min_items) return No(path, "too few items");
    if (node.max_items && value.size() > *node.max_items) return No(path, "too many items");
    for (size_t i = 0; i < value.size(); ++i) {
      const Node* judge = i < node.prefix.size() ? node.prefix[i] : node.items;
      if (judge != nullptr && !Fits(*judge, value[i], path + "/" + std::to_string(i), depth + 1)) return false;
    }
    if (node.unique) {
      std::vector<const Json*> sorted;
      for (const Json& item : value) sorted.push_back(&item);
      std::sort(sorted.begin(), sorted.end(), [](const Json* a, const Json* b) { return *a < *b; });
      const auto twin =
          std::adjacent_find(sorted.begin(), sorted.end(), [](const Json* a, const Json* b) { return *a == *b; });
      if (twin != sorted.end()) return No(path, "items repeat");
    }
    if (node.contains != nullptr) {
      const auto count = static_cast<size_t>(std::count_if(
          value.begin(), value.end(), [&](const Json& item) { return Fits(*node.contains, item, path, depth + 1); }));
      if (count < node.min_contains.value_or(1)) return No(path, "lacks an item it must contain");
      if (node.max_contains && count > *node.max_contains) return No(path, "contains too many such items");
    }
    return true;
  }

  bool FitsObject(const Node& node, const Json& value, const std::string& path, int depth) {
    if (node.min_properties && value.size() < *node.min_properties) return No(path, "too few members");
    if (node.max_properties && value.size() > *node.max_properties) return No(path, "too many members");
    for (const std::string& name : node.required) {
      if (!value.contains(name)) return No(path + "/" + Escaped(name), "missing");
    }
    for (const auto& [name, others] : node.dependent_required) {
      if (!value.contains(name)) continue;
      for (const std::string& other : others) {
        if (!value.contains(other)) return No(path + "/" + Escaped(other), "missing");
      }
    }
    for (const auto& [name, schema] : node.dependent_schemas) {
      if (value.contains(name) && !Fits(*schema, value, path, depth + 1)) return false;
    }
    for (const auto& [name, member] : value.items()) {
      if (!FitsMember(node, name, member, path + "/" + Escaped(name), depth)) return false;
    }
    return true;
  }

  bool FitsMember(const Node& node, const std::string& name, const Json& member, const std::string& path, int depth) {
    if (node.property_names != nullptr && !Fits(*node.property_names, Json(name), path, depth + 1)) return false;
    bool spoken_for = false;
    if (const auto found = node.properties.find(name); found != node.properties.end()) {
      spoken_for = true;
      if (!Fits(*found->second, member, path, depth + 1)) return false;
    }
    for (const auto& [pattern, schema] : node.pattern_properties) {
      if (!Matches(pattern, name)) continue;
      spoken_for = true;
      if (!Fits(*schema, member, path, depth + 1)) return false;
    }
    return spoken_for || node.additional == nullptr || Fits(*node.additional, member, path, depth + 1);
  }

  bool FitsCombination(const Node& node, const Json& value, const std::string& path, int depth) {
    const auto fits = [&](const Node* schema) { return Fits(*schema, value, path, depth + 1); };
    if (!std::all_of(node.all_of.begin(), node.all_of.end(), fits)) return false;
    if (!node.any_of.empty() && std::none_of(node.any_of.begin(), node.any_of.end(), fits)) {
      return No(path, "fits none of the alternatives");
    }
    if (!node.one_of.empty() && std::count_if(node.one_of.begin(), node.one_of.end(), fits) != 1) {
      return No(path, "does not fit exactly one alternative");
    }
    if (node.negated != nullptr && fits(node.negated)) return No(path, "fits what it must not");
    if (node.condition != nullptr) {
      const Node* branch = fits(node.condition) ? node.then_branch : node.else_branch;
      if (branch != nullptr && !fits(branch)) return false;
    }
    return node.reference == nullptr || fits(node.reference);
  }

  int steps_ = 0;
  bool exhausted_ = false;
  std::string reason_;
};

}  // namespace

Schema::Schema(std::unique_ptr<Compiled> compiled) : compiled_(std::move(compiled)) {}
Schema::Schema(Schema&&) noexcept = default;
Schema& Schema::operator=(Schema&&) noexcept = default;
Schema::~Schema() = default;

Result<Schema> Schema::Compile(const Json& schema) {
  auto compiled = std::make_unique<Compiled>();
  Compiler compiler(schema, compiled->nodes);
  compiled->root = TRY(compiler.Compile(schema));
  return Schema(std::move(compiled));
}

std::optional<std::string> Schema::Violation(const Json& value) const {
  return Judge().Violation(*compiled_->root, value);
}

}  // namespace iff
