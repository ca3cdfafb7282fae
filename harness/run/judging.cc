#include "harness/run/judging.h"

#include "harness/run/phrases.h"

namespace iff {
namespace {

std::string WithWhatIsPrivate(const Observation& seen) {
  std::vector<std::string> whose;
  for (const auto& [persona, aliases] : seen.seen_of) whose.push_back(persona.empty() ? WithCommas(aliases) : persona);
  return whose.empty() ? "" : " with what is private to " + WithCommas(whose);
}

}  // namespace

Weighed Judging::Silent(const std::string& expected) const {
  if (seen.target_died) return {Verdict::kFailed, expected, "the server died", seen.no_response};
  if (seen.timed_out) return {Verdict::kFailed, expected, "no answer", seen.no_response};
  if (HungUp()) return {Verdict::kFailed, expected, "the connection was ended", seen.no_response};
  return {Verdict::kErrored, expected, "no answer", seen.no_response.empty() ? "nothing was sent" : seen.no_response};
}

Weighed Judging::Believed(Weighed weighed) const {
  if (weighed.verdict != Verdict::kPassed || seen.answer || seen.no_response.empty() || HungUp()) return weighed;
  weighed.verdict = Verdict::kErrored;
  weighed.reason = "proves nothing, because no answer came: " + seen.no_response;
  return weighed;
}

Weighed Judging::Inspected(Place place, Weighed weighed) const {
  const auto closed = seen.not_inspectable.find(place);
  if (weighed.verdict != Verdict::kPassed || closed == seen.not_inspectable.end() || closed->second.empty()) {
    return weighed;
  }
  weighed.verdict = Verdict::kErrored;
  weighed.reason = "not observed: " + std::string(Name(place)) + " holds what could not be looked into (" +
                   WithCommas(closed->second) + ")";
  return weighed;
}

void Judging::Tell(Weighed& weighed, const std::string& did, const std::string& plainly) const {
  weighed.reason = plainly;
  if (seen.target.empty()) return;
  weighed.tells = true;
  weighed.reason = seen.target + " " + did + (seen.caller.empty() ? " of nobody's" : " of " + seen.caller + "'s") +
                   " that it has to refuse" + (seen.shown.empty() ? "" : ", " + seen.shown + ",");
  weighed.reason += seen.asked.empty() ? " and answered" : " and answered " + seen.asked;
  weighed.reason += WithWhatIsPrivate(seen);
}

void Judging::TellServed(Weighed& weighed) const {
  if (seen.target.empty() || !seen.answer || !seen.answer->HasResult() || seen.answer->ToolError()) return;
  weighed.tells = true;
  weighed.reason = seen.target + " answered " + (seen.asked.empty() ? "a request" : seen.asked) + " to " +
                   (seen.caller.empty() ? "whoever shows no credential" : seen.caller) + WithWhatIsPrivate(seen) +
                   ", and has to refuse it";
}

std::vector<std::string> Judging::Tools(std::vector<std::string> names) const {
  for (std::string& name : names) {
    if (const auto tool = terms.tool_of.find(name); tool != terms.tool_of.end()) name = tool->second;
  }
  return names;
}

Weighed Met(bool met, std::string expected, std::string observed) {
  return {met ? Verdict::kPassed : Verdict::kFailed, std::move(expected), std::move(observed), ""};
}

std::string Describe(const McpAnswer& answer) {
  std::string text = "HTTP " + std::to_string(answer.status);
  if (answer.ToolError()) {
    text += ", tool error" + (answer.ToolErrorCode().empty() ? "" : " " + answer.ToolErrorCode());
  } else if (answer.HasResult()) {
    text += ", a result";
  } else if (answer.HasError()) {
    text += ", JSON-RPC error " + std::to_string(answer.RpcErrorCode());
  }
  if (const std::string* challenge = answer.headers.Find("WWW-Authenticate")) text += ", " + *challenge;
  if (!answer.problem.empty()) text += ", " + answer.problem;
  return ClippedLine(text);
}

bool InRange(int64_t value, const std::optional<int64_t>& exactly, const std::optional<int64_t>& at_least,
             const std::optional<int64_t>& at_most) {
  return (!exactly || value == *exactly) && (!at_least || value >= *at_least) && (!at_most || value <= *at_most);
}

std::string Range(const std::optional<int64_t>& exactly, const std::optional<int64_t>& at_least,
                  const std::optional<int64_t>& at_most) {
  if (exactly) return std::to_string(*exactly);
  std::string text;
  if (at_least) text = "at least " + std::to_string(*at_least);
  if (at_most) text += (text.empty() ? "at most " : " and at most ") + std::to_string(*at_most);
  return text;
}

Weighed Boundless(const std::string& expected) {
  return {Verdict::kErrored, expected, "", "no number is expected, so any would do"};
}

}  // namespace iff
