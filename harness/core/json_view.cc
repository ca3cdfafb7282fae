#include "harness/core/json_view.h"

#include <simdjson.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace iff {

// A document is its values in the text's order, each container before what is in it.
struct JsonNode {
  Json::value_t kind = Json::value_t::null;
  uint32_t span = 1;  // nodes of this value, itself among them
  std::string_view name = {};
  std::string_view text = {};
  union {
    int64_t whole = 0;
    uint64_t natural;
    double real;
    bool truth;
  };
};

namespace {

// Longer texts are rare, and a room keeps what it once needed.
constexpr size_t kLongestPlainText = size_t{256} << 10;
constexpr size_t kMostKeptNodes = 8192;
constexpr size_t kMostKeptRooms = 4;
// Up to so many members each name is held against each other one.
constexpr size_t kFewMembers = 32;

bool HasTwins(const std::vector<JsonNode>& nodes, size_t object, size_t members) {
  const JsonNode* const first = nodes.data() + object + 1;
  const JsonNode* const end = nodes.data() + nodes.size();
  if (members <= kFewMembers) {
    for (const JsonNode* one = first; one != end; one += one->span) {
      for (const JsonNode* other = first; other != one; other += other->span) {
        if (one->name == other->name) return true;
      }
    }
    return false;
  }
  std::vector<std::string_view> names;
  names.reserve(members);
  for (const JsonNode* one = first; one != end; one += one->span) names.push_back(one->name);
  std::sort(names.begin(), names.end());
  return std::adjacent_find(names.begin(), names.end()) != names.end();
}

// Lays down what simdjson has read. False for whatever the library's reader might see differently or ours refuses.
class PlainReader {
 public:
  PlainReader(std::string_view text, const JsonLimits& limits, std::vector<JsonNode>& nodes)
      : text_(text), limits_(limits), nodes_(nodes) {}

  bool Lay(const simdjson::dom::element& from, std::string_view name, size_t depth) {
    const size_t at = nodes_.size();
    nodes_.emplace_back().name = name;
    switch (from.type()) {
      case simdjson::dom::element_type::OBJECT: {
        if (depth >= limits_.max_depth) return false;
        size_t members = 0;
        for (const auto member : simdjson::dom::object(from)) {
          if (!Lay(member.value, member.key, depth + 1)) return false;
          ++members;
        }
        if (limits_.refuse_duplicates && HasTwins(nodes_, at, members)) return false;
        return Close(at, Json::value_t::object);
      }
      case simdjson::dom::element_type::ARRAY: {
        if (depth >= limits_.max_depth) return false;
        for (const simdjson::dom::element item : simdjson::dom::array(from)) {
          if (!Lay(item, {}, depth + 1)) return false;
        }
        return Close(at, Json::value_t::array);
      }
      case simdjson::dom::element_type::STRING:
        nodes_[at].text = std::string_view(from);
        return Close(at, Json::value_t::string);
      case simdjson::dom::element_type::INT64: {
        const int64_t number = int64_t(from);
        // "-0" is a signed number to the one and none to the other.
        if (number == 0 && text_.find("-0") != std::string_view::npos) return false;
        nodes_[at].whole = number;
        if (number < 0) return Close(at, Json::value_t::number_integer);
        nodes_[at].natural = static_cast<uint64_t>(number);
        return Close(at, Json::value_t::number_unsigned);
      }
      case simdjson::dom::element_type::UINT64:
        nodes_[at].natural = uint64_t(from);
        return Close(at, Json::value_t::number_unsigned);
      case simdjson::dom::element_type::DOUBLE:
        nodes_[at].real = double(from);
        return Close(at, Json::value_t::number_float);
      case simdjson::dom::element_type::BOOL:
        nodes_[at].truth = bool(from);
        return Close(at, Json::value_t::boolean);
      case simdjson::dom::element_type::NULL_VALUE:
        return Close(at, Json::value_t::null);
    }
    return false;
  }

 private:
  bool Close(size_t at, Json::value_t kind) {
    nodes_[at].kind = kind;
    nodes_[at].span = static_cast<uint32_t>(nodes_.size() - at);
    return true;
  }

  std::string_view text_;
  const JsonLimits& limits_;
  std::vector<JsonNode>& nodes_;
};

// The same from a value, whose texts are not copied.
void Lay(const Json& from, std::string_view name, std::vector<JsonNode>& nodes) {
  const size_t at = nodes.size();
  nodes.emplace_back().name = name;
  nodes[at].kind = from.type();
  switch (from.type()) {
    case Json::value_t::object:
      for (const auto& [key, member] : *from.get_ptr<const Json::object_t*>()) Lay(member, key, nodes);
      break;
    case Json::value_t::array:
      for (const Json& item : from) Lay(item, {}, nodes);
      break;
    case Json::value_t::string:
      nodes[at].text = *from.get_ptr<const Json::string_t*>();
      break;
    case Json::value_t::number_integer:
      nodes[at].whole = *from.get_ptr<const Json::number_integer_t*>();
      break;
    case Json::value_t::number_unsigned:
      nodes[at].natural = *from.get_ptr<const Json::number_unsigned_t*>();
      break;
    case Json::value_t::number_float:
      nodes[at].real = *from.get_ptr<const Json::number_float_t*>();
      break;
    case Json::value_t::boolean:
      nodes[at].truth = *from.get_ptr<const Json::boolean_t*>();
      break;
    default:
      break;
  }
  nodes[at].span = static_cast<uint32_t>(nodes.size() - at);
}

}  // namespace

struct JsonDocument::Room {
  simdjson::dom::parser parser;
  std::string padded = {};
  Json built = {};  // what the nodes point into when the parser did not read it
  std::vector<JsonNode> nodes = {};
};

namespace {

// A parser's buffers are worth more than the parsing of a short text, so they are used again.
template <class Room>
std::vector<std::unique_ptr<Room>>& SpareRooms() {
  thread_local std::vector<std::unique_ptr<Room>> rooms;
  return rooms;
}

}  // namespace

JsonDocument::JsonDocument(std::unique_ptr<Room> room) : room_(std::move(room)) {}
JsonDocument::JsonDocument(JsonDocument&&) noexcept = default;
JsonDocument& JsonDocument::operator=(JsonDocument&&) noexcept = default;

JsonDocument::~JsonDocument() {
  if (room_ == nullptr || SpareRooms<Room>().size() >= kMostKeptRooms) return;
  room_->built = nullptr;
  if (room_->nodes.capacity() > kMostKeptNodes) room_->nodes = {};
  SpareRooms<Room>().push_back(std::move(room_));
}

std::unique_ptr<JsonDocument::Room> JsonDocument::Borrow() {
  std::vector<std::unique_ptr<Room>>& spare = SpareRooms<Room>();
  if (spare.empty()) return std::make_unique<Room>();
  std::unique_ptr<Room> room = std::move(spare.back());
  spare.pop_back();
  room->nodes.clear();
  return room;
}

std::optional<JsonDocument> JsonDocument::ReadPlain(std::string_view text, const JsonLimits& limits) {
  if (text.size() > kLongestPlainText || text.starts_with("\xef\xbb\xbf") || text.find('\0') != std::string_view::npos)
    return {};
  // This version lets a lone low surrogate through.
  if (text.find('\\') != std::string_view::npos && text.find("\\u") != std::string_view::npos) return {};
  JsonDocument document(Borrow());
  Room& room = *document.room_;
  room.padded.reserve(text.size() + simdjson::SIMDJSON_PADDING);
  room.padded.assign(text);
  simdjson::dom::element root;
  if (room.parser.parse(room.padded.data(), room.padded.size(), false).get(root) != simdjson::SUCCESS) return {};
  if (!PlainReader(text, limits, room.nodes).Lay(root, {}, 0)) return {};
  return document;
}

Result<JsonDocument> JsonDocument::Read(std::string_view text) {
  if (std::optional<JsonDocument> plain = ReadPlain(text, {})) return *std::move(plain);
  JsonDocument document(Borrow());
  document.room_->built = TRY(ParseJson(text));
  Lay(document.room_->built, {}, document.room_->nodes);
  return document;
}

JsonView JsonDocument::root() const { return JsonView(room_->nodes.data()); }

bool JsonView::IsObject() const { return node_->kind == Json::value_t::object; }
bool JsonView::IsArray() const { return node_->kind == Json::value_t::array; }
std::string_view JsonView::name() const { return node_->name; }

std::optional<std::string_view> JsonView::Text() const {
  if (node_->kind != Json::value_t::string) return {};
  return node_->text;
}

std::optional<int64_t> JsonView::Integer() const {
  if (node_->kind == Json::value_t::number_integer) return node_->whole;
  if (node_->kind != Json::value_t::number_unsigned || node_->natural > uint64_t{INT64_MAX}) return {};
  return static_cast<int64_t>(node_->natural);
}

std::optional<JsonView> JsonView::Find(std::string_view member) const {
  if (!IsObject()) return {};
  for (const JsonView one : *this) {
    if (one.name() == member) return one;
  }
  return {};
}

void JsonView::CopyTo(Json& to) const {
  switch (node_->kind) {
    case Json::value_t::object: {
      to = Json::object();
      Json::object_t& members = *to.get_ptr<Json::object_t*>();
      // A name that is there twice, where that is allowed: the last one counts.
      for (const JsonView member : *this) member.CopyTo(members.emplace(member.name(), nullptr).first->second);
      return;
    }
    case Json::value_t::array: {
      to = Json::array();
      Json::array_t& items = *to.get_ptr<Json::array_t*>();
      for (const JsonView item : *this) item.CopyTo(items.emplace_back());
      return;
    }
    case Json::value_t::string:
      to = std::string(node_->text);
      return;
    case Json::value_t::number_integer:
      to = node_->whole;
      return;
    case Json::value_t::number_unsigned:
      to = node_->natural;
      return;
    case Json::value_t::number_float:
      to = node_->real;
      return;
    case Json::value_t::boolean:
      to = node_->truth;
      return;
    default:
      to = nullptr;
  }
}

JsonView::Iterator& JsonView::Iterator::operator++() {
  at_ += at_->span;
  return *this;
}

JsonView::Iterator JsonView::begin() const {
  return Iterator(IsObject() || IsArray() ? node_ + 1 : node_ + node_->span);
}
JsonView::Iterator JsonView::end() const { return Iterator(node_ + node_->span); }

}  // namespace iff
