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
  const auto convert = [&](const auto& self, const YAML::Node& node, const std::string& pointer) -> Json {
    file.marks_[pointer] = From(node.Mark());
    if (node.IsSequence()) {
      Json list = Json::array();
      for (size_t i = 0; i < node.size(); ++i) list.push_back(self(self, node[i], pointer + "/" + std::to_string(i)));
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
        object[key] = self(self, member.second, at);
        file.marks_[at] = From(member.first.Mark());  // a member is pointed at by its key
      }
      return object;
    }
    if (node.IsScalar()) return Scalar(node);
    return nullptr;
  };
  try {  // yaml-cpp throws; it goes no further than this
    file.value_ = convert(convert, YAML::Load(std::string(text)), "");
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
  std::string text = path_ + ":" + std::to_string(mark.line) + ":" + std::to_string(mark.column) + ": " +
                     std::string(message);
  const auto index = static_cast<size_t>(mark.line) - 1;
  if (mark.line >= 1 && index < lines_.size()) {
    text += "\n  " + lines_[index] + "\n  " + std::string(static_cast<size_t>(std::max(mark.column, 1)) - 1, ' ') + "^";
  }
  return text;
}

}  // namespace iff
