#include <algorithm>
#include <array>

#include "harness/core/regex_search.h"
#include "harness/discover/scan_judge.h"

namespace iff {
namespace {

constexpr const char* kClause = "OWASP API Security Top 10 2023, API8";

// What is for whoever looks after a server alone, whatever stands on it.
bool IsInner(const std::string& page) {
  constexpr std::array<std::string_view, 12> kInner = {"/env",       "/.env",     "/config",      "/debug",
                                                       "/heapdump",  "/sessions", "/users",       "/clients",
                                                       "/httptrace", "/pprof",    "/connections", "/server-status"};
  return std::any_of(kInner.begin(), kInner.end(),
                     [&](std::string_view part) { return page.find(part) != std::string::npos; });
}

// A server that answers any path the same way has no such page.
bool IsThere(const Heard& page, const Heard& nowhere) {
  if (!page.ok() || page.status() != 200 || page.answer.body.empty()) return false;
  return !nowhere.ok() || nowhere.status() != 200 || page.answer.body != nowhere.answer.body;
}

bool NamesSomebody(const std::string& text) {
  static const std::regex address(
      R"([A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*\.[A-Za-z]{2,24})");
  bool found = false;
  SearchInPieces(text, address, [&](const std::cmatch&) {
    found = true;
    return false;
  });
  return found;
}

// Why a stranger should not see it; "": nothing speaks against it.
std::string Betrays(const std::string& page, const std::string& body, const std::vector<std::string>& sessions,
                    const SecretShapes& shapes) {
  if (const std::vector<std::string> kinds = shapes.In(body); !kinds.empty()) return "shows " + kinds.front();
  for (const std::string& id : sessions) {
    if (id.size() >= 6 && body.find(id) != std::string::npos) return "names a session: " + Shortened(shapes, id);
  }
  // On its first page a server may say whom to write to.
  if (page != "/" && NamesSomebody(body)) return "names somebody by an address of mail";
  return IsInner(page) ? "is for whoever looks after the server: " + Quoted(shapes, body, 60) : "";
}

}  // namespace

ScanLines JudgePages(const UrlAnswers& answers, const SecretShapes& shapes) {
  ScanLines lines;
  const std::vector<std::string> sessions = answers.Sessions();
  size_t answered = 0;
  std::string open;
  for (const auto& [page, heard] : answers.pages) {
    if (heard.ok()) ++answered;
    if (!IsThere(heard, answers.nowhere)) continue;
    const std::string betrays = Betrays(page, heard.answer.body, sessions, shapes);
    if (betrays.empty()) {
      open += (open.empty() ? "" : ", ") + page;
    } else {
      lines.push_back(Line("pages", "GET " + page, ScanVerdict::kFault, betrays, kClause));
    }
  }
  const std::string looked = std::to_string(answers.pages.size()) + " pages of operations";
  if (answered < answers.pages.size())
    lines.push_back(Line("pages", looked, ScanVerdict::kNotTold, std::to_string(answered) + " were answered in time"));
  if (answered > 0 && lines.empty())
    lines.push_back(Line("pages", looked, ScanVerdict::kSound,
                         open.empty() ? "none is open to strangers" : "open, and they betray nothing: " + open,
                         kClause));
  return lines;
}

}  // namespace iff
