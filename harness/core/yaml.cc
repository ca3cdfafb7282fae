#include "harness/core/yaml.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <numeric>
#include <sstream>

namespace iff {
namespace {

Json Scalar(const YAML::Node& node) {
  const std::string& text = node.Scalar();
  if (node.Tag() == "!") return text;  // quoted
  if (text == "true") return true;
  if (text == "false") return false;
  if (text.empty() || text == "null" || text == "~") return nullptr;
  int64_t whole = 0;
  const char* end = text.data() + text.size();
  if (const auto [at, error] = std::from_chars(text.data(), end, whole); error == std::errc() && at == end) {
    return whole;
  }
  double real = 0;
  if (const auto [at, error] = std::from_chars(text.data(), end, real); error == std::errc() && at == end) {
    return real;
  }
  return text;
}

SourceMark From(const YAML::Mark& mark) { return {mark.line + 1, mark.column + 1}; }

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

Result<YamlFile> YamlFile::Load(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return SystemError("read " + path, errno);
  std::ostringstream text;
  text << in.rdbuf();
  if (in.bad()) return SystemError("read " + path, errno);
  return Parse(path, text.str());
}

Result<YamlFile> YamlFile::Parse(std::string path, std::string_view text) {
  YamlFile file;
  file.path_ = std::move(path);
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) file.lines_.push_back(line);

  std::string mistakes;
  const auto mistake = [&](SourceMark mark, std::string_view what) {
    mistakes += (mistakes.empty() ? "" : "\n") + file.PointAt(mark, what);
  };
  // A member of a mapping is pointed at by its key, all else by itself.
  const auto convert = [&](const auto& self, const YAML::Node& node, const std::string& pointer,
                           SourceMark mark) -> Json {
    file.marks_[pointer] = mark;
    if (node.IsSequence()) {
      Json list = Json::array();
      for (const auto& item : node) {
        list.push_back(self(self, item, pointer + "/" + std::to_string(list.size()), From(item.Mark())));
      }
      return list;
    }
    if (node.IsMap()) {
      Json object = Json::object();
      for (const auto& member : node) {
        if (!member.first.IsScalar()) {
          mistake(From(member.first.Mark()), "a key must be a plain word");
          continue;
        }
        const std::string& key = member.first.Scalar();
        const std::string at = pointer + "/" + PointerToken(key);
        if (object.contains(key)) mistake(From(member.first.Mark()), "'" + key + "' stands here a second time");
        object[key] = self(self, member.second, at, From(member.first.Mark()));
      }
      return object;
    }
    if (node.IsScalar()) return Scalar(node);
    return nullptr;
  };
  try {  // yaml-cpp throws; it goes no further than this
    const YAML::Node root = YAML::Load(std::string(text));
    file.value_ = convert(convert, root, "", From(root.Mark()));
  } catch (const YAML::Exception& problem) {
    return Error(ErrorKind::kInvalidInput, file.PointAt(From(problem.mark), problem.msg));
  }
  if (!mistakes.empty()) return Error(ErrorKind::kInvalidInput, mistakes);
  return file;
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
  std::string text =
      path_ + ":" + std::to_string(mark.line) + ":" + std::to_string(mark.column) + ": " + std::string(message);
  const auto index = static_cast<size_t>(mark.line) - 1;
  if (mark.line >= 1 && index < lines_.size()) {
    text += "\n  " + lines_[index] + "\n  " + std::string(static_cast<size_t>(std::max(mark.column, 1)) - 1, ' ') + "^";
  }
  return text;
}

void YamlReader::Mistake(const std::string& pointer, std::string_view what) {
  mistakes_ += (mistakes_.empty() ? "" : "\n") + file_.Point(pointer, what);
}

const Json* YamlReader::Get(const std::string& pointer) const {
  const Json* value = Find(file_.value(), pointer);
  return value == nullptr || value->is_null() ? nullptr : value;
}

void YamlReader::Members(const std::string& pointer, const std::vector<std::string>& known) {
  const Json* object = Get(pointer);
  if (object == nullptr || !object->is_object()) return;
  for (const auto& [key, value] : object->items()) {
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      Mistake(pointer + "/" + PointerToken(key), "unknown key '" + key + "'" + DidYouMean(key, known));
    }
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

std::string YamlReader::Text(const std::string& pointer, bool required) {
  const Json* value = Get(pointer);
  if (value == nullptr) {
    if (required) Mistake(pointer, "'" + pointer.substr(pointer.rfind('/') + 1) + "' is missing");
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
