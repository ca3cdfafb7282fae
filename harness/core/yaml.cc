#include "harness/core/yaml.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>

#include "harness/core/yaml_tree.h"

namespace iff {
namespace {

Json Scalar(const YamlNode& node) {
  const std::string& text = node.text;
  if (node.quoted) return text;
  if (text == "true") return true;
  if (text == "false") return false;
  if (text.empty() || text == "null" || text == "~") return nullptr;
  int64_t whole = 0;
  const char* end = text.data() + text.size();
  if (const auto [at, error] = std::from_chars(text.data(), end, whole); error == std::errc() && at == end) {
    return whole;
  }
  // "nan" and "inf" are words; as numbers YAML writes them ".nan" and ".inf", and JSON has none of them.
  double real = 0;
  if (const auto [at, error] = std::from_chars(text.data(), end, real);
      error == std::errc() && at == end && std::isfinite(real)) {
    return real;
  }
  return text;
}

// Mistakes one after the other. A file of some megabytes can hold as many mistakes as it has lines.
void AddMistake(std::string& mistakes, int& count, const std::string& mistake) {
  ++count;
  if (count > YamlReader::kMostMistakes + 1) return;
  if (!mistakes.empty()) mistakes += "\n";
  mistakes += count > YamlReader::kMostMistakes ? "(there are more mistakes)" : mistake;
}

bool ContinuesCharacter(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// Turns the nodes of a file into its value, aliases followed, and notes where each value begins.
class ValueMaker {
 public:
  using Marks = std::map<std::string, SourceMark, std::less<>>;
  ValueMaker(const YamlTree& tree, const YamlLimits& limits, Marks& marks)
      : tree_(tree), limits_(limits), marks_(marks), open_(tree.nodes.size()) {}

  Json Make() {
    if (tree_.nodes.empty()) {
      marks_[""] = {};
      return nullptr;
    }
    return Of(0, "", tree_.nodes[0].mark, 0);
  }

  // In the order of the file. Where a limit was passed or an alias names what it stands in, the last one is that and
  // the value is not whole.
  const std::vector<YamlProblem>& problems() const { return problems_; }

 private:
  void Stop(SourceMark mark, std::string what) {
    if (!stopped_) problems_.push_back({mark, std::move(what)});
    stopped_ = true;
  }

  // Where the file itself asked for the value at hand: the alias, if one is being followed.
  SourceMark Culprit(SourceMark mark) const { return alias_ ? *alias_ : mark; }

  bool Afford(const std::string& pointer, const YamlNode& node) {
    ++values_;
    bytes_ += pointer.size() + node.text.size();
    const std::string followed = alias_ ? ", aliases followed" : "";
    if (values_ > limits_.values) {
      Stop(Culprit(node.mark), "more than " + std::to_string(limits_.values) + " values in one file" + followed);
    } else if (bytes_ > limits_.expanded) {
      Stop(Culprit(node.mark), "more than " + std::to_string(limits_.expanded) + " bytes of values" + followed);
    }
    return !stopped_;
  }

  // A member of a mapping is pointed at by its key, all else by itself.
  Json Of(uint32_t index, const std::string& pointer, SourceMark mark, size_t depth) {
    const YamlNode& node = tree_.nodes[index];
    if (node.kind == YamlNode::Kind::kAlias) return Followed(node, pointer, mark, depth);
    if (!Afford(pointer, node)) return nullptr;
    marks_[pointer] = mark;
    if (node.kind == YamlNode::Kind::kScalar) return Scalar(node);
    if (node.kind == YamlNode::Kind::kNull) return nullptr;
    if (depth >= limits_.depth) {
      Stop(Culprit(node.mark),
           "nested deeper than " + std::to_string(limits_.depth) + (alias_ ? ", aliases followed" : ""));
      return nullptr;
    }
    open_[index] = true;
    Json value = node.kind == YamlNode::Kind::kMap ? Mapping(node, pointer, depth) : List(node, pointer, depth);
    open_[index] = false;
    return value;
  }

  Json Followed(const YamlNode& alias, const std::string& pointer, SourceMark mark, size_t depth) {
    if (open_[alias.target]) {
      Stop(alias.mark, "this alias stands within the value it names, which would have no end");
      return nullptr;
    }
    const std::optional<SourceMark> before = alias_;
    if (!alias_) alias_ = alias.mark;
    Json value = Of(alias.target, pointer, mark, depth);
    alias_ = before;
    return value;
  }

  Json List(const YamlNode& node, const std::string& pointer, size_t depth) {
    Json list = Json::array();
    for (const uint32_t item : node.children) {
      list.push_back(Of(item, pointer + "/" + std::to_string(list.size()), tree_.nodes[item].mark, depth + 1));
      if (stopped_) break;
    }
    return list;
  }

  Json Mapping(const YamlNode& node, const std::string& pointer, size_t depth) {
    Json object = Json::object();
    for (size_t i = 0; i + 1 < node.children.size() && !stopped_; i += 2) {
      const YamlNode& written = tree_.nodes[node.children[i]];
      const YamlNode& key = written.kind == YamlNode::Kind::kAlias ? tree_.nodes[written.target] : written;
      if (key.kind != YamlNode::Kind::kScalar) {
        problems_.push_back({written.mark, "a key must be a plain word"});
        continue;
      }
      if (key.text.size() > limits_.key) {
        problems_.push_back({written.mark, "a key of more than " + std::to_string(limits_.key) + " bytes"});
        continue;
      }
      if (object.contains(key.text)) {
        problems_.push_back({written.mark, "'" + key.text + "' stands here a second time"});
      }
      const std::string at = pointer + "/" + PointerToken(key.text);
      if (!Afford(at, key)) break;
      object[key.text] = Of(node.children[i + 1], at, written.mark, depth + 1);
    }
    return object;
  }

  const YamlTree& tree_;
  const YamlLimits& limits_;
  Marks& marks_;
  std::vector<bool> open_;  // by index: is being made
  std::optional<SourceMark> alias_ = {};
  size_t values_ = 0;
  size_t bytes_ = 0;
  bool stopped_ = false;
  std::vector<YamlProblem> problems_ = {};
};

}  // namespace

std::string PointerToken(std::string_view token) {
  std::string out;
  for (const char c : token) {
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

std::string DidYouMean(std::string_view word, const std::vector<std::string>& known) {
  constexpr size_t kLongest = 64;  // no word of ours is longer, and comparing costs the product of the lengths
  if (word.size() > kLongest) return "";
  std::string best;
  size_t best_distance = std::max<size_t>(2, word.size() / 3) + 1;
  for (const std::string& candidate : known) {
    // Levenshtein, one row.
    std::vector<size_t> row(candidate.size() + 1);
    std::iota(row.begin(), row.end(), size_t{0});
    for (size_t i = 1; i <= word.size(); ++i) {
      size_t diagonal = row[0];
      row[0] = i;
      for (size_t j = 1; j <= candidate.size(); ++j) {
        const size_t above = row[j];
        row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (word[i - 1] == candidate[j - 1] ? 0U : 1U)});
        diagonal = above;
      }
    }
    if (row.back() < best_distance) {
      best_distance = row.back();
      best = candidate;
    }
  }
  return best.empty() ? "" : " (did you mean '" + best + "'?)";
}

Result<YamlFile> YamlFile::Parse(std::string path, std::string_view text, const YamlLimits& limits) {
  YamlFile file;
  file.path_ = std::move(path);
  if (text.size() > limits.bytes) {
    return Error(ErrorKind::kInvalidInput,
                 file.path_ + ": larger than the " + std::to_string(limits.bytes) + " bytes a file may have here");
  }
  file.text_ = text;
  YamlTree tree;
  YamlProblem problem;
  if (!YamlTree::Read(text, limits, tree, problem)) {
    return Error(ErrorKind::kInvalidInput, file.PointAt(problem.mark, problem.what));
  }
  ValueMaker maker(tree, limits, file.marks_);
  file.value_ = maker.Make();
  if (maker.problems().empty()) return file;
  std::string mistakes;
  int count = 0;
  for (const YamlProblem& each : maker.problems()) {
    if (count <= YamlReader::kMostMistakes) AddMistake(mistakes, count, file.PointAt(each.mark, each.what));
  }
  return Error(ErrorKind::kInvalidInput, mistakes);
}

SourceMark YamlFile::MarkOf(std::string_view pointer) const {
  while (true) {
    if (const auto found = marks_.find(pointer); found != marks_.end()) return found->second;
    if (pointer.empty()) return {};
    pointer = pointer.substr(0, pointer.rfind('/'));
  }
}

std::string YamlFile::Point(std::string_view pointer, std::string_view message) const {
  return PointAt(MarkOf(pointer), message);
}

std::string YamlFile::PointAt(SourceMark mark, std::string_view message) const {
  constexpr size_t kWidest = 160;  // a file may be one line; what is shown of a longer one has the column in its middle
  std::string text =
      path_ + ":" + std::to_string(mark.line) + ":" + std::to_string(mark.column) + ": " + std::string(message);
  size_t begin = 0;
  for (int line = 1; line < mark.line && begin != std::string::npos; ++line) {
    begin = text_.find('\n', begin);
    if (begin != std::string::npos) ++begin;
  }
  if (mark.line < 1 || begin == std::string::npos || begin >= text_.size()) return text;
  std::string_view line = std::string_view(text_).substr(begin, text_.find('\n', begin) - begin);
  const size_t column = std::min(static_cast<size_t>(std::max(mark.column, 1)) - 1, line.size());
  size_t first = line.size() > kWidest && column > kWidest / 2 ? column - kWidest / 2 : 0;
  while (first < column && ContinuesCharacter(line[first])) ++first;
  size_t last = std::min(first + kWidest, line.size());
  while (last < line.size() && ContinuesCharacter(line[last])) ++last;
  line = line.substr(first, last - first);
  // Bytes and columns are the same only in ASCII.
  const auto indent = std::count_if(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(column - first),
                                    [](char c) { return !ContinuesCharacter(c); });
  std::string shown(line);
  std::replace_if(
      shown.begin(), shown.end(), [](char c) { return (c >= 0 && c < 0x20 && c != '\t') || c == 0x7F; }, '?');
  return text + "\n  " + shown + "\n  " + std::string(static_cast<size_t>(indent), ' ') + "^";
}

void YamlReader::Mistake(const std::string& pointer, std::string_view what) {
  AddMistake(mistakes_, count_, count_ < kMostMistakes ? file_.Point(pointer, what) : "");
}

const Json* YamlReader::Get(const std::string& pointer) const {
  const Json* value = Find(file_.value(), pointer);
  return value == nullptr || value->is_null() ? nullptr : value;
}

void YamlReader::Members(const std::string& pointer, const std::vector<std::string>& known) {
  const Json* object = Get(pointer);
  if (object == nullptr || !object->is_object()) return;
  for (const auto& [key, value] : object->items()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    const auto renamed = renamed_.find(key);
    const bool was = renamed != renamed_.end() && std::find(known.begin(), known.end(), renamed->second) != known.end();
    Mistake(pointer + "/" + PointerToken(key),
            "unknown key '" + key + "'" +
                (was ? ": it is called '" + renamed->second + "' since version 0.2.0" : DidYouMean(key, known)));
  }
}

std::vector<std::pair<std::string, std::string>> YamlReader::Entries(const std::string& pointer) {
  std::vector<std::pair<std::string, std::string>> entries;
  const Json* object = Get(pointer);
  if (object == nullptr) return entries;
  if (!object->is_object()) {
    Mistake(pointer, "want a mapping");
    return entries;
  }
  for (const auto& [key, value] : object->items()) entries.emplace_back(key, pointer + "/" + PointerToken(key));
  return entries;
}

std::vector<std::string> YamlReader::Items(const std::string& pointer) {
  std::vector<std::string> items;
  const Json* list = Get(pointer);
  if (list == nullptr) return items;
  if (!list->is_array()) {
    Mistake(pointer, "want a list");
    return items;
  }
  for (size_t i = 0; i < list->size(); ++i) items.push_back(pointer + "/" + std::to_string(i));
  return items;
}

bool YamlReader::HasByOldName(const std::string& pointer) const {
  const size_t name = pointer.rfind('/') + 1;
  return std::any_of(renamed_.begin(), renamed_.end(), [&](const auto& renamed) {
    return renamed.second == pointer.substr(name) && Has(pointer.substr(0, name) + renamed.first);
  });
}

std::string YamlReader::Text(const std::string& pointer, bool required) {
  const Json* value = Get(pointer);
  if (value == nullptr) {
    if (required && !HasByOldName(pointer)) {
      Mistake(pointer, "'" + pointer.substr(pointer.rfind('/') + 1) + "' is missing");
    }
    return {};
  }
  if (value->is_number_integer()) return std::to_string(value->get<int64_t>());
  if (value->is_string()) return value->get<std::string>();
  Mistake(pointer, "want text");
  return {};
}

std::vector<std::string> YamlReader::Texts(const std::string& pointer) {
  const Json* value = Get(pointer);
  if (value != nullptr && !value->is_array()) return {Text(pointer)};
  std::vector<std::string> texts;
  for (const std::string& item : Items(pointer)) texts.push_back(Text(item, true));
  return texts;
}

std::string YamlReader::OneOf(const std::string& pointer, const std::vector<std::string>& known, bool required) {
  std::string text = Text(pointer, required);
  if (!text.empty() && std::find(known.begin(), known.end(), text) == known.end()) {
    std::string all;
    for (const std::string& each : known) all += (all.empty() ? "" : ", ") + each;
    if (all.size() > 300) all = all.substr(0, 300) + ", ...";
    const std::string meant = DidYouMean(text, known);
    Mistake(pointer, "unknown name '" + text + "'" + (meant.empty() ? " (have: " + all + ")" : meant));
  }
  return text;
}

std::optional<int64_t> YamlReader::Number(const std::string& pointer) {
  const Json* value = Get(pointer);
  if (value == nullptr) return {};
  if (value->is_number_integer()) return value->get<int64_t>();
  Mistake(pointer, "want a whole number");
  return {};
}

bool YamlReader::Flag(const std::string& pointer, bool fallback) {
  const Json* value = Get(pointer);
  if (value == nullptr) return fallback;
  if (value->is_boolean()) return value->get<bool>();
  Mistake(pointer, "want true or false");
  return fallback;
}

std::optional<std::chrono::milliseconds> YamlReader::Span(const std::string& pointer) {
  const Json* value = Get(pointer);
  if (value == nullptr) return {};
  int64_t number = 0;
  const std::string text = value->is_string() ? value->get<std::string>() : std::string();
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, number);
  const std::string_view unit(at, static_cast<size_t>(end - at));
  if (error == std::errc() && number >= 0) {
    if (unit == "ms") return std::chrono::milliseconds(number);
    if (unit == "s") return std::chrono::seconds(number);
    if (unit == "m") return std::chrono::minutes(number);
  }
  Mistake(pointer, "want a span of time like 250ms, 2s or 5m");
  return {};
}

Json YamlReader::Object(const std::string& pointer) {
  const Json* value = Get(pointer);
  if (value == nullptr) return Json::object();
  if (!value->is_object()) Mistake(pointer, "want a mapping");
  return *value;
}

}  // namespace iff
