// YAML files as JSON values whose every place is known, so that a mistake is answered with file, line,
// column, the line itself and a caret.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/core/json.h"
#include "harness/core/result.h"

namespace iff {

struct SourceMark {
  int line = 1;  // from 1
  int column = 1;
};

// What a file may cost. A few lines of YAML can ask for any amount of memory (aliases of aliases), and files come from
// others: a project that was cloned, a recording that was sent. The defaults are ten times the largest file of ours.
struct YamlLimits {
  size_t bytes = size_t{4} << 20;  // of the file
  size_t depth = 64;               // of nesting, aliases followed; as JsonLimits
  // The characters [ ] { } and , wherever they stand: the parser keeps a flow collection whole before it reports its
  // first item, some 140 bytes for each of them.
  size_t indicators = 400'000;
  size_t values = 200'000;             // scalars, lists, mappings and keys, aliases followed
  size_t key = size_t{16} << 10;       // bytes of one key
  size_t expanded = size_t{64} << 20;  // bytes of all scalars and pointers, aliases followed
};

// Unquoted scalars become null, booleans, numbers or strings as in YAML 1.2; quoted ones are strings. Aliases are
// followed; `<<` is a key like any other.
class YamlFile {
 public:
  // kInvalidInput for syntax, duplicate keys, keys that are not scalars, an alias within what it names and whatever
  // passes a limit, with a caret; kSystem when the file cannot be read.
  static Result<YamlFile> Load(const std::string& path, const YamlLimits& limits = {});
  static Result<YamlFile> Parse(std::string path, std::string_view text, const YamlLimits& limits = {});

  const Json& value() const { return value_; }
  const std::string& path() const { return path_; }
  // Where the value at `pointer` begins; the nearest enclosing one if there is none.
  SourceMark MarkOf(std::string_view pointer) const;
  // "path:3:7: message", the line (of a long one what is around the column), and a caret under the column.
  std::string Point(std::string_view pointer, std::string_view message) const;

 private:
  std::string PointAt(SourceMark mark, std::string_view message) const;

  std::string path_;
  std::string text_;
  std::map<std::string, SourceMark, std::less<>> marks_;
  Json value_;
};

// Takes values out of a file and collects every mistake on the way, so that all are reported at once.
class YamlReader {
 public:
  // `renamed`: keys of earlier versions and what each is called now.
  explicit YamlReader(const YamlFile& file, std::map<std::string, std::string> renamed = {})
      : file_(file), renamed_(std::move(renamed)) {}

  void Mistake(const std::string& pointer, std::string_view what);
  // Any other member of the object there is a mistake. One that had a name in `renamed` is told its new one.
  void Members(const std::string& pointer, const std::vector<std::string>& known);
  bool Has(const std::string& pointer) const { return Get(pointer) != nullptr; }
  const Json* Get(const std::string& pointer) const;  // nullptr for nothing and for null
  // Key and pointer of each member; a mistake if it is there and no mapping.
  std::vector<std::pair<std::string, std::string>> Entries(const std::string& pointer);
  // Pointers of the items; a mistake if it is there and no list.
  std::vector<std::string> Items(const std::string& pointer);
  // Text, or a whole number as text. Missing: "" and, when `required`, a mistake.
  std::string Text(const std::string& pointer, bool required = false);
  // A list of texts, or one text as a list of one.
  std::vector<std::string> Texts(const std::string& pointer);
  // A text of `known`, or a mistake with what was probably meant.
  std::string OneOf(const std::string& pointer, const std::vector<std::string>& known, bool required = true);
  std::optional<int64_t> Number(const std::string& pointer);
  bool Flag(const std::string& pointer, bool fallback = false);
  // "250ms", "2s", "5m".
  std::optional<std::chrono::milliseconds> Span(const std::string& pointer);
  Json Object(const std::string& pointer);
  int Line(const std::string& pointer) const { return file_.MarkOf(pointer).line; }

  // One after the other; after kMostMistakes only that there are more.
  static constexpr int kMostMistakes = 20;
  const std::string& mistakes() const { return mistakes_; }

 private:
  // Members reports it then, which is enough.
  bool HasByOldName(const std::string& pointer) const;

  const YamlFile& file_;
  const std::map<std::string, std::string> renamed_;
  std::string mistakes_;
  int count_ = 0;
};

// `token` as one part of an RFC 6901 pointer.
std::string PointerToken(std::string_view token);

// The one of `known` that `word` was probably meant to be, as " (did you mean 'x'?)", or "".
std::string DidYouMean(std::string_view word, const std::vector<std::string>& known);

}  // namespace iff
