#include <algorithm>

#include "harness/discover/guess.h"
#include "harness/discover/scan_judge.h"
#include "harness/run/challenge.h"

namespace iff {
namespace {

constexpr const char* kEveryRequest = "MCP 2026-07-28 authorization, access token usage";

// The same question in the revisions it was asked in.
std::vector<const Heard*> Forms(const UrlAnswers& answers, const std::string& question) {
  std::vector<const Heard*> forms;
  for (const char* revision : {"", " 2026-07-28", " 2025-11-25"}) {
    const auto found = answers.heard.find(question + revision);
    if (found != answers.heard.end()) forms.push_back(&found->second);
  }
  return forms;
}

std::string Listed(const SecretShapes& shapes, const Json& message, const std::string& member) {
  const Json all = AtOr<Json>(message, "/result/" + member, Json::array());
  if (!all.is_array()) return "";
  return ", " + std::to_string(all.size()) + " " + member + NamesIn(shapes, all, member == "tools");
}

// The tool is nobody's: who says so has looked for it.
bool CalledAsFarAsTheTool(const Heard& heard) {
  if (!heard.ok() || heard.Refused()) return false;
  return heard.answer.HasResult() || heard.answer.Text().find(kNobodysTool) != std::string::npos ||
         (heard.status() == 200 && heard.answer.RpcErrorCode() == -32602);
}

bool Served(const std::string& question, const Heard& heard) {
  return question == "tools/call" ? CalledAsFarAsTheTool(heard) : heard.ok() && heard.answer.HasResult();
}

ScanLine JudgeStranger(const UrlAnswers& answers, const std::string& question, const std::string& member,
                       const SecretShapes& shapes) {
  const std::vector<const Heard*> forms = Forms(answers, question);
  const std::string looked =
      question + (question == "tools/call" ? " of a tool that nobody has, without a token" : " without a token");
  const auto served =
      std::find_if(forms.begin(), forms.end(), [&](const Heard* one) { return Served(question, *one); });
  if (served != forms.end()) {
    const std::string what = member.empty() ? "" : Listed(shapes, (*served)->answer.message, member);
    const std::string why = question == "tools/call" ? "carried out as far as the tool: " : "served: ";
    return Line("strangers", looked, ScanVerdict::kFault, why + Saw(**served) + what, kEveryRequest);
  }
  const auto refused = std::find_if(forms.begin(), forms.end(), [](const Heard* one) { return one->Refused(); });
  if (refused != forms.end()) return Line("strangers", looked, ScanVerdict::kSound, Saw(**refused), kEveryRequest);
  return Line("strangers", looked, ScanVerdict::kNotTold, forms.empty() ? "it was not asked" : Saw(*forms.front()));
}

ScanLine JudgeStream(const UrlAnswers& answers) {
  const Heard& get = answers.Of("GET");
  const std::string looked = "GET, a stream, without a token";
  if (get.stream)
    return Line("strangers", looked, ScanVerdict::kFault, "a stream is opened: " + Saw(get), kEveryRequest);
  if (get.Refused() || get.status() == 405)
    return Line("strangers", looked, ScanVerdict::kSound, Saw(get), kEveryRequest);
  return Line("strangers", looked, ScanVerdict::kNotTold, Saw(get));
}

ScanLine JudgeEnding(const UrlAnswers& answers) {
  const Heard& ended = answers.Of("DELETE");
  const std::string looked = "DELETE of a session that nobody has, without a token";
  const bool taken = ended.ok() && ended.status() >= 200 && ended.status() < 300;
  if (!taken) return Line("strangers", looked, ended.ok() ? ScanVerdict::kSound : ScanVerdict::kNotTold, Saw(ended));
  if (!Guarded(answers)) return Line("strangers", looked, ScanVerdict::kNotTold, Saw(ended));
  return Line("strangers", looked, ScanVerdict::kFault, "taken: " + Saw(ended), kEveryRequest);
}

std::string ErrorIn(const Heard& heard) {
  const auto parameters = ParametersOf("Bearer", ChallengeIn("Bearer", heard.answer));
  return parameters && parameters->contains("error") ? parameters->at("error") : "";
}

ScanLine JudgeFirstChallenge(const Heard& refusal, const SecretShapes& shapes) {
  const std::string looked = "the challenge to who shows no token";
  const std::string shown = refusal.answer.headers.Get("WWW-Authenticate");
  if (refusal.status() == 403)
    return Line("challenges", looked, ScanVerdict::kFault, "403, where 401 asks for a token", "RFC 6750 section 3.1");
  if (shown.empty())
    return Line("challenges", looked, ScanVerdict::kFault, "401 without WWW-Authenticate", "RFC 6750 section 3");
  if (!HasScheme("Bearer", refusal.answer))
    return Line("challenges", looked, ScanVerdict::kNotTold, "another scheme than Bearer: " + Quoted(shapes, shown));
  // Clients look at the status; a SHOULD NOT that widely used libraries break is told, and no fault.
  const bool error = !ErrorIn(refusal).empty();
  return Line("challenges", looked, ScanVerdict::kSound,
              Quoted(shapes, shown) + (error ? ", with an error although no token was shown" : ""),
              "RFC 6750 section 3");
}

// `usual`: the same request without a token.
ScanLine JudgeWorthless(const Heard& heard, const Heard& usual, const SecretShapes& shapes) {
  const std::string looked = "a worthless token";
  if (!heard.ok()) return Line("challenges", looked, ScanVerdict::kNotTold, Saw(heard));
  const std::string clause = "RFC 6750 section 3.1";
  if (heard.status() == 503 || heard.status() == 429)
    return Line("challenges", looked, ScanVerdict::kNotTold, Saw(heard) + ": it judges no token at the moment");
  if (heard.status() == usual.status() && (heard.status() == 404 || heard.status() == 405))
    return Line("challenges", looked, ScanVerdict::kNotTold, Saw(heard) + ", as without it");
  if (heard.status() != 401)
    return Line("challenges", looked, ScanVerdict::kFault, Saw(heard) + ", where 401 is due", clause);
  const std::string error = ErrorIn(heard);
  if (!error.empty() && error != "invalid_token")
    return Line("challenges", looked, ScanVerdict::kFault, "401 with the error " + Quoted(shapes, error), clause);
  return Line("challenges", looked, ScanVerdict::kSound,
              error.empty() ? "401, without the error invalid_token" : "401, invalid_token", clause);
}

// Read without case, it is the same token.
ScanLine JudgeScheme(const Heard& usual, const Heard& small) {
  const std::string looked = "the scheme in small letters";
  if (!usual.ok() || !small.ok()) return Line("challenges", looked, ScanVerdict::kNotTold, Saw(small));
  const bool alike = usual.status() == small.status() && ErrorIn(usual) == ErrorIn(small);
  return Line("challenges", looked, alike ? ScanVerdict::kSound : ScanVerdict::kFault,
              alike ? "the same answer as to Bearer" : Saw(small) + ", not the same answer as to Bearer",
              "RFC 9110 section 11.1");
}

}  // namespace

ScanLine Line(const std::string& topic, const std::string& looked, ScanVerdict verdict, const std::string& seen,
              const std::string& clause) {
  return {.topic = topic, .looked = looked, .seen = seen, .verdict = verdict, .clause = clause};
}

std::string Saw(const Heard& heard) {
  if (!heard.ok()) return "no answer: " + heard.silence;
  std::string text = std::to_string(heard.status());
  if (heard.answer.HasResult()) return text + ", a result";
  if (heard.answer.HasError()) return text + ", error " + std::to_string(heard.answer.RpcErrorCode());
  return text + (heard.stream ? ", a stream" : "");
}

std::string NamesIn(const SecretShapes& shapes, const Json& list, bool tools) {
  constexpr size_t kMost = 4;
  std::string names;
  size_t changing = 0;
  for (size_t i = 0; i < list.size(); ++i) {
    if (i < kMost) names += (i == 0 ? ": " : ", ") + Quoted(shapes, AtOr<std::string>(list[i], "/name", ""), 40);
    if (tools && Changes(list[i])) ++changing;
  }
  if (list.size() > kMost) names += ", ...";
  if (changing > 0) names += "; " + std::to_string(changing) + " of them change things";
  return names;
}

bool Guarded(const UrlAnswers& answers) {
  return std::any_of(answers.heard.begin(), answers.heard.end(), [](const auto& one) {
    const std::string& question = one.first;
    return (question == "initialize" || question == "server/discover" || question.starts_with("tools/") ||
            question.starts_with("resources/") || question == "GET") &&
           one.second.Refused();
  });
}

ScanLines JudgeStrangers(const UrlAnswers& answers, const SecretShapes& shapes) {
  ScanLines lines;
  lines.push_back(JudgeStranger(answers, "initialize", "", shapes));
  lines.push_back(JudgeStranger(answers, "server/discover", "", shapes));
  for (const auto& [question, member] : {std::pair{"tools/list", "tools"}, std::pair{"resources/list", "resources"},
                                         std::pair{"prompts/list", "prompts"}, std::pair{"tools/call", ""}})
    lines.push_back(JudgeStranger(answers, question, member, shapes));
  lines.push_back(JudgeStream(answers));
  lines.push_back(JudgeEnding(answers));
  return lines;
}

ScanLines JudgeChallenges(const UrlAnswers& answers, const SecretShapes& shapes) {
  if (!Guarded(answers)) {
    return {Line("challenges", "how a stranger is refused", ScanVerdict::kNotTold,
                 "nobody is refused: whoever reaches it is served, and it can tell nobody apart")};
  }
  return {JudgeFirstChallenge(answers.FirstRefusal(), shapes),
          JudgeWorthless(answers.Of("worthless token"), answers.Of("initialize"), shapes),
          JudgeScheme(answers.Of("worthless token"), answers.Of("worthless token, scheme in small letters"))};
}

}  // namespace iff
