#include <algorithm>

#include "harness/discover/scan_judge.h"

namespace iff {
namespace {

std::string Shown(const SecretShapes& shapes, const ToldVersion& told) {
  return Quoted(shapes, told.name, 40) + " " + Quoted(shapes, told.version, 20);
}

// The library's, if the author set none.
bool MayBe(const PublishedFault& fault, const std::string& server) {
  return !fault.likely_behind.empty() && server.find(fault.likely_behind) != std::string::npos;
}

void Judge(const ToldVersion& told, const std::string& server, const PublishedFaults& faults,
           const SecretShapes& shapes, ScanLines& lines) {
  std::string perhaps;
  for (const PublishedFault& fault : faults) {
    if (!Affected(fault, told.version)) continue;
    const bool named = std::any_of(fault.names.begin(), fault.names.end(),
                                   [&](const std::string& name) { return EqualsIgnoreCase(name, told.name); });
    if (named) {
      lines.push_back(
          Line("versions", Shown(shapes, told), ScanVerdict::kFault,
               fault.id + ": " + fault.says + "; " + fault.software + " before " + fault.fixed + ", " + fault.source));
    } else if (MayBe(fault, server)) {
      perhaps += (perhaps.empty() ? "" : ", ") + fault.id + " (" + fault.software + " before " + fault.fixed + ")";
    }
  }
  if (!perhaps.empty())
    lines.push_back(Line("versions", Shown(shapes, told), ScanVerdict::kNotTold,
                         "the version of its library, if its author set none: then " + perhaps));
}

}  // namespace

ScanLines JudgeTold(const std::vector<ToldVersion>& told, const std::string& server, const PublishedFaults& faults,
                    const SecretShapes& shapes) {
  ScanLines lines;
  std::string all;
  for (const ToldVersion& one : told) {
    all += (all.empty() ? "" : ", ") + Shown(shapes, one);
    Judge(one, server, faults, shapes, lines);
  }
  const std::string looked = "name and version, against published faults";
  if (told.empty()) return {Line("versions", looked, ScanVerdict::kNotTold, "it tells strangers neither")};
  if (lines.empty()) lines.push_back(Line("versions", looked, ScanVerdict::kSound, all + ": none is known"));
  return lines;
}

ScanLines JudgeVersions(const UrlAnswers& answers, const PublishedFaults& faults, const SecretShapes& shapes) {
  std::vector<ToldVersion> told;
  for (const char* question : {"initialize", "server/discover"}) {
    const Json& message = answers.Of(question).answer.message;
    const ToldVersion one{.name = AtOr<std::string>(message, "/result/serverInfo/name", ""),
                          .version = AtOr<std::string>(message, "/result/serverInfo/version", "")};
    const bool known = std::any_of(told.begin(), told.end(), [&](const ToldVersion& other) {
      return other.name == one.name && other.version == one.version;
    });
    if (!one.version.empty() && !known) told.push_back(one);
  }
  const Headers& headers = answers.Of("initialize").answer.headers;
  const std::string server = headers.Get("Server");
  for (const char* field : {"Server", "X-Powered-By"}) {
    for (ToldVersion& one : VersionsIn(headers.Get(field))) told.push_back(std::move(one));
  }
  return JudgeTold(told, server, faults, shapes);
}

}  // namespace iff
