// What HTTP says of a server: browsers, methods, sessions, cookies, the connection.
#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "harness/discover/scan_judge.h"
#include "harness/run/texts.h"

namespace iff {
namespace {

constexpr const char* kOrigins = "MCP 2025-11-25 transports, security warning";

// A request of a page of somebody else's, or to a name that was made to lead here.
ScanLine JudgeForeign(const std::string& looked, const Heard& heard, const Heard& usual) {
  if (!heard.ok()) return Line("browsers", looked, ScanVerdict::kNotTold, Saw(heard));
  if (heard.status() == usual.status() && heard.status() >= 400 && heard.status() != 401)
    return Line("browsers", looked, ScanVerdict::kNotTold, Saw(heard) + ", as without it");
  if (heard.status() == 403 || heard.status() == 421 || heard.status() == 400)
    return Line("browsers", looked, ScanVerdict::kSound, Saw(heard), kOrigins);
  if (heard.status() == 401)
    return Line("browsers", looked, ScanVerdict::kNotTold, "401: whether it is compared is seen with a token alone");
  if (heard.answer.HasResult()) return Line("browsers", looked, ScanVerdict::kFault, "served: " + Saw(heard), kOrigins);
  return Line("browsers", looked, ScanVerdict::kNotTold, Saw(heard));
}

// What pages of any origin may read, with what the browser adds by itself or without.
ScanLine JudgeCors(const UrlAnswers& answers) {
  const std::string looked = "CORS for a foreign origin";
  const std::string clause = "OWASP API Security Top 10 2023, API8";
  bool asked = false;
  bool any = false;
  for (const char* question : {"preflight", "foreign origin"}) {
    const Heard& heard = answers.Of(question);
    if (!heard.ok()) continue;
    asked = true;
    const std::string allowed = heard.answer.headers.Get("Access-Control-Allow-Origin");
    const bool credentials = EqualsIgnoreCase(heard.answer.headers.Get("Access-Control-Allow-Credentials"), "true");
    const bool mirrored = allowed == kForeignOrigin;
    if (credentials && (mirrored || allowed == "*"))
      return Line("browsers", looked, ScanVerdict::kFault,
                  (mirrored ? "any origin is given back" : "'*'") + std::string(", with credentials"), clause);
    any = any || mirrored || allowed == "*";
  }
  if (!asked) return Line("browsers", looked, ScanVerdict::kNotTold, "no answer");
  if (any && !Guarded(answers))
    return Line("browsers", looked, ScanVerdict::kFault, "any page may read what it serves to strangers", clause);
  return Line("browsers", looked, ScanVerdict::kSound,
              any ? "any origin, without credentials: a page has no token of anybody's" : "not allowed", clause);
}

// A cookie by which somebody may be known again, and that a script can read or that goes along with others' requests.
// What only leads to the same process each time has other names.
std::string WeakIn(const std::string& cookie, bool https) {
  const std::string lower = LowerCase(cookie);
  const std::string name = lower.substr(0, lower.find('='));
  constexpr std::array<std::string_view, 6> kKnownAgain = {"sess", "sid", "auth", "token", "jwt", "user"};
  if (std::none_of(kKnownAgain.begin(), kKnownAgain.end(),
                   [&](std::string_view part) { return name.find(part) != std::string::npos; }))
    return "";
  if (lower.find("httponly") == std::string::npos) return "without HttpOnly";
  if (https && lower.find("secure") == std::string::npos) return "without Secure";
  return lower.find("samesite") == std::string::npos ? "without SameSite" : "";
}

ScanLine JudgeCookies(const UrlAnswers& answers, const SecretShapes& shapes) {
  const std::string looked = "cookies given to strangers";
  const std::string clause = "OWASP API Security Top 10 2023, API8";
  std::set<std::string> names;
  for (const auto& [question, heard] : answers.heard) {
    for (const std::string& cookie : heard.answer.headers.All("Set-Cookie")) {
      const std::string name = Quoted(shapes, cookie.substr(0, cookie.find('=')), 40);
      const std::string weak = WeakIn(cookie, answers.url.endpoint.scheme == "https");
      if (!weak.empty()) return Line("sessions", looked, ScanVerdict::kFault, name + " " + weak, clause);
      names.insert(name);
    }
  }
  std::string all;
  for (const std::string& name : names) all += (all.empty() ? "" : ", ") + name;
  return Line("sessions", looked, ScanVerdict::kSound, all.empty() ? "none" : all, clause);
}

// At most so many bits can be guessed at in what differs between the ids: where they agree there is nothing to guess.
double DifferingBits(const std::vector<std::string>& ids) {
  std::set<char> letters;
  size_t differing = 0;
  size_t shortest = ids.front().size();
  for (const std::string& id : ids) shortest = std::min(shortest, id.size());
  for (size_t at = 0; at < shortest; ++at) {
    const bool alike = std::all_of(ids.begin(), ids.end(), [&](const std::string& id) { return id[at] == ids[0][at]; });
    if (alike && ids.size() > 1) continue;
    ++differing;
    for (const std::string& id : ids) letters.insert(id[at]);
  }
  // Three ids show a part of an alphabet: digits alone, hexadecimal, or more.
  const bool digits = std::all_of(letters.begin(), letters.end(), [](char c) { return c >= '0' && c <= '9'; });
  const bool hex = std::all_of(letters.begin(), letters.end(), [](unsigned char c) { return std::isxdigit(c) != 0; });
  return static_cast<double>(differing) * std::log2(digits ? 10.0 : hex ? 16.0 : 64.0);
}

ScanLine JudgeSessionIds(const UrlAnswers& answers, const SecretShapes& shapes) {
  const std::string looked = "session ids given to strangers";
  const std::string clause = "MCP 2025-11-25 transports, sessions";
  constexpr double kEnough = 64;  // what OWASP's sheet on session management asks for
  const std::vector<std::string> ids = answers.Sessions();
  if (ids.empty()) return Line("sessions", looked, ScanVerdict::kSound, "none", clause);
  const double bits = DifferingBits(ids);
  std::string seen = std::to_string(ids.size()) + " as " + Shortened(shapes, ids.front());
  if (bits < kEnough)
    return Line(
        "sessions", looked, ScanVerdict::kFault,
        seen + ": at most " + std::to_string(static_cast<int>(bits)) + " bits of them differ, and can be guessed",
        clause);
  if (Guarded(answers))
    return Line("sessions", looked, ScanVerdict::kFault, seen + ", although it asks for a token elsewhere", clause);
  return Line("sessions", looked, ScanVerdict::kSound, seen + ": not to be guessed", clause);
}

ScanLine JudgeMethod(const UrlAnswers& answers, const std::string& method) {
  const Heard& heard = answers.Of(method);
  const std::string clause = "RFC 9110 section 15.5.6";
  if (!heard.ok()) return Line("methods", method, ScanVerdict::kNotTold, Saw(heard));
  const bool served = heard.status() >= 200 && heard.status() < 300;
  const bool harmless = method == "OPTIONS" || method == "HEAD";
  if (harmless || !served)
    return Line("methods", method,
                heard.status() >= 500 && heard.status() != 501 ? ScanVerdict::kFault : ScanVerdict::kSound, Saw(heard),
                clause);
  return Line("methods", method, ScanVerdict::kFault, "served: " + Saw(heard), clause);
}

}  // namespace

ScanLines JudgeBrowsers(const UrlAnswers& answers) {
  ScanLines lines = {JudgeForeign("Origin of another site", answers.Of("foreign origin"), answers.Of("initialize"))};
  if (answers.heard.contains("foreign host"))
    lines.push_back(
        JudgeForeign("Host of another name (DNS rebinding)", answers.Of("foreign host"), answers.Of("initialize")));
  lines.push_back(JudgeCors(answers));
  return lines;
}

ScanLines JudgeMethods(const UrlAnswers& answers) {
  ScanLines lines;
  for (const char* method : {"PUT", "PATCH", "HEAD", "OPTIONS", "TRACE"}) lines.push_back(JudgeMethod(answers, method));
  return lines;
}

ScanLines JudgeSessions(const UrlAnswers& answers, const SecretShapes& shapes) {
  return {JudgeSessionIds(answers, shapes), JudgeCookies(answers, shapes)};
}

ScanLines JudgeConnection(const UrlAnswers& answers, const SecretShapes& shapes) {
  ScanLines lines;
  const std::string looked = "the connection";
  const std::string& host = answers.url.endpoint.host;
  if (answers.url.endpoint.scheme == "https")
    lines.push_back(Line("connection", looked, ScanVerdict::kSound, "TLS, and its certificate verifies"));
  else if (answers.loopback())
    lines.push_back(Line("connection", looked, ScanVerdict::kSound, "plain HTTP on " + host + ", this machine's own"));
  else
    lines.push_back(Line("connection", looked, ScanVerdict::kFault,
                         "plain HTTP to " + host + ": tokens and answers can be read on the way"));
  std::string spoken;
  for (const char* question : {"initialize", "initialize 2025-06-18", "initialize 2024-11-05"}) {
    const std::string version = AtOr<std::string>(answers.Of(question).answer.message, "/result/protocolVersion", "");
    if (!version.empty() && spoken.find(version) == std::string::npos)
      spoken += (spoken.empty() ? "" : ", ") + Quoted(shapes, version, 20);
  }
  if (answers.Of("server/discover").answer.HasResult())
    spoken = "\"2026-07-28\"" + std::string(spoken.empty() ? "" : ", ") + spoken;
  lines.push_back(Line("connection", "revisions", spoken.empty() ? ScanVerdict::kNotTold : ScanVerdict::kSound,
                       spoken.empty() ? "none is told to a stranger" : spoken));
  return lines;
}

ScanLines JudgeUrl(const UrlAnswers& answers, const PublishedFaults& faults, const SecretShapes& shapes) {
  ScanLines all;
  const auto add = [&](ScanLines lines) { std::move(lines.begin(), lines.end(), std::back_inserter(all)); };
  add(JudgeConnection(answers, shapes));
  add(JudgeStrangers(answers, shapes));
  add(JudgeChallenges(answers, shapes));
  add(JudgeMetadata(answers, shapes));
  add(JudgeBrowsers(answers));
  add(JudgeMethods(answers));
  add(JudgeSessions(answers, shapes));
  add(JudgePages(answers, shapes));
  add(JudgeVersions(answers, faults, shapes));
  return all;
}

}  // namespace iff
