#include "harness/discover/published_faults.h"

#include <algorithm>
#include <charconv>

#include "harness/core/yaml.h"

namespace iff {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// "1.25.3rc1" -> {1, 25, 3}, and whether something follows.
struct Numbers {
  std::vector<int> parts = {};
  bool before = false;  // a release to come
};

Numbers NumbersOf(const std::string& version) {
  Numbers numbers;
  const char* at = version.data();
  const char* const end = at + version.size();
  while (at != end && IsDigit(*at)) {
    int part = 0;
    const auto [behind, error] = std::from_chars(at, end, part);
    if (error != std::errc()) return {};
    numbers.parts.push_back(part);
    at = behind;
    if (end - at < 2 || *at != '.' || !IsDigit(at[1])) break;
    ++at;
  }
  while (numbers.parts.size() > 1 && numbers.parts.back() == 0) numbers.parts.pop_back();
  numbers.before = at != end && *at != '+';  // what was built from it comes behind a plus
  return numbers;
}

PublishedFault ReadFault(YamlReader& reader, const std::string& at) {
  reader.Members(at, {"id", "software", "says", "names", "likely_behind", "since", "fixed", "source"});
  return {.id = reader.Text(at + "/id", true),
          .software = reader.Text(at + "/software", true),
          .says = reader.Text(at + "/says", true),
          .names = reader.Texts(at + "/names"),
          .likely_behind = reader.Text(at + "/likely_behind"),
          .since = reader.Text(at + "/since"),
          .fixed = reader.Text(at + "/fixed", true),
          .source = reader.Text(at + "/source", true)};
}

}  // namespace

Result<PublishedFaults> LoadPublishedFaults(const std::string& root) {
  const YamlFile file = TRY(YamlFile::Load(root + "/scenarios/published_faults.yaml"));
  YamlReader reader(file);
  reader.Members("", {"faults"});
  PublishedFaults faults;
  for (const std::string& at : reader.Items("/faults")) {
    faults.push_back(ReadFault(reader, at));
    const PublishedFault& fault = faults.back();
    if (fault.names.empty() && fault.likely_behind.empty())
      reader.Mistake(at, "want 'names' or 'likely_behind': by what it is recognised");
  }
  if (!reader.mistakes().empty()) return Error(ErrorKind::kInvalidInput, reader.mistakes());
  return faults;
}

std::vector<ToldVersion> VersionsIn(const std::string& field) {
  std::vector<ToldVersion> told;
  size_t at = 0;
  while (at < field.size()) {
    const size_t end = std::min(field.find(' ', at), field.size());
    const std::string part = field.substr(at, end - at);
    const size_t slash = part.find('/');
    if (slash != std::string::npos && slash > 0 && slash + 1 < part.size())
      told.push_back({.name = part.substr(0, slash), .version = part.substr(slash + 1)});
    at = end + 1;
  }
  return told;
}

bool Older(const std::string& one, const std::string& other) {
  const Numbers a = NumbersOf(one);
  const Numbers b = NumbersOf(other);
  if (a.parts != b.parts) return a.parts < b.parts;
  return a.before && !b.before;
}

bool Affected(const PublishedFault& fault, const std::string& version) {
  if (NumbersOf(version).parts.empty()) return false;
  return Older(version, fault.fixed) && (fault.since.empty() || !Older(version, fault.since));
}

}  // namespace iff
