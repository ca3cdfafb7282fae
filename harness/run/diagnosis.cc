#include "harness/run/diagnosis.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/mcp/protocol.h"

namespace iff {
namespace {

enum class Kind {
  kServed,
  kRefused,
  kLimited,
  kRevision,
  kFields,
  kFailed,
  kError,
  kNonsense,
  kNotHttp,
  kSlow,
  kGone,
  kOther
};

using Fields = std::vector<std::pair<std::string, std::string>>;

// "": there is none.
std::string FieldOf(const Fields& fields, std::string_view name) {
  const auto found = std::find_if(fields.rbegin(), fields.rend(),
                                  [&](const auto& field) { return EqualsIgnoreCase(field.first, name); });
  return found == fields.rend() ? "" : found->second;
}

std::string RevisionOf(const Exchange& exchange) { return FieldOf(exchange.request_headers, "MCP-Protocol-Version"); }

// Answered 400 for the revision the request names, by whatever words.
bool RefusesRevision(const Exchange& exchange) {
  if (exchange.status != 400 || RevisionOf(exchange).empty()) return false;
  const std::string& said = exchange.response_body;
  return said.find("ersion") != std::string::npos || said.find("evision") != std::string::npos;
}

// Answered -32020 to a call that repeats no argument in a field, and not for the fields that it has.
bool WantsFields(const Exchange& exchange) {
  const std::string& said = exchange.response_body;
  const auto repeats = [](const auto& field) {
    return field.first.size() > 10 && EqualsIgnoreCase(field.first.substr(0, 10), "Mcp-Param-");
  };
  return exchange.status == 400 && said.find("-32020") != std::string::npos &&
         FieldOf(exchange.request_headers, "Mcp-Method") == "tools/call" &&
         said.find("Mcp-Method") == std::string::npos && said.find("Mcp-Name") == std::string::npos &&
         std::none_of(exchange.request_headers.begin(), exchange.request_headers.end(), repeats);
}

Kind KindOf(const Exchange& exchange) {
  if (exchange.status == 0) {
    const bool late = exchange.failure.find("in time") != std::string::npos;
    if (exchange.failure.find("not http") != std::string::npos) return Kind::kNotHttp;
    return late ? Kind::kSlow : Kind::kGone;
  }
  if (exchange.status == 401) return Kind::kRefused;
  if (exchange.status == 429) return Kind::kLimited;
  if (RefusesRevision(exchange)) return Kind::kRevision;
  if (WantsFields(exchange)) return Kind::kFields;
  if (exchange.status >= 500) return Kind::kFailed;
  if (exchange.status != 200) return Kind::kOther;
  Headers headers;
  for (const auto& [name, value] : exchange.response_headers) headers.Add(name, value);
  const Result<Json> request = ParseJson(exchange.request_body);
  const int64_t id = request.ok() ? AtOr<int64_t>(*request, "/id", 0) : 0;
  const McpAnswer answer = ParseMcpAnswer({.status = 200, .headers = headers, .body = exchange.response_body}, id);
  if (answer.HasError() || answer.ToolError()) return Kind::kError;
  return answer.HasResult() ? Kind::kServed : Kind::kNonsense;
}

// Sent by a step `request`, and no message of the protocol.
bool IsBesideMcp(const Exchange& exchange) {
  if (!exchange.as_http) return false;
  const Result<Json> body = ParseJson(exchange.request_body);
  return !body.ok() || Find(*body, "/jsonrpc") == nullptr;
}

// Of an answer that is none in the protocol: "text/html", "application/json that is no JSON".
std::string Described(const Exchange& exchange) {
  const std::string field = FieldOf(exchange.response_headers, "Content-Type");
  const std::string type = field.substr(0, field.find(';'));
  const bool json = ParseJson(exchange.response_body).ok();
  if (type.empty()) return exchange.response_body.empty() ? "nothing" : "a body of no content type";
  if (type != "application/json") return type + (json ? ", although it is JSON" : "");
  return type + (json ? " that is no JSON-RPC answer to it" : " that is no JSON");
}

// The sentence begins with `who`.
Diagnosis DiagnosisOf(const ScenarioResult& result, const std::string& at, const std::string& who) {
  // Credentials that came from a login for this target, not from the forge: that another's is refused is as it should
  // be.
  std::set<std::string> real;
  std::map<Kind, int> seen;
  int asked = 0;
  // Whoever serves other routes may still refuse everybody at the one of MCP: they count where nothing else was asked.
  int asked_beside = 0;
  int refused_beside = 0;
  std::string nonsense;
  std::set<std::string> revisions;
  for (const StepResult& step : result.steps) {
    for (const Exchange& exchange : step.trace.exchanges) {
      if (exchange.lane == "issuer" && step.at == at) real.insert(exchange.credential);
      const bool here = step.at == at && exchange.lane == (at.empty() ? result.target : at);
      if (!here || exchange.credential.empty()) continue;
      if (!real.contains(exchange.credential)) {
        // Whoever serves what was made from a login, bound to a certificate say, does not refuse everybody.
        if (KindOf(exchange) == Kind::kServed) return {};
        continue;
      }
      if (IsBesideMcp(exchange)) {
        ++asked_beside;
        if (exchange.status == 401) ++refused_beside;
        continue;
      }
      // A receipt of HTTP+SSE: the answer came over a stream and is not here, so nothing says that nobody was served.
      if (exchange.as_http && exchange.status == 202) return {};
      ++asked;
      const Kind kind = KindOf(exchange);
      if (kind == Kind::kNonsense && nonsense.empty()) nonsense = Described(exchange);
      if (kind == Kind::kRevision) revisions.insert(RevisionOf(exchange));
      ++seen[kind];
    }
  }
  if (asked == 0 && asked_beside > 0 && refused_beside == asked_beside) {
    asked = asked_beside;
    seen[Kind::kRefused] = refused_beside;
  }
  if (asked == 0 || seen[Kind::kServed] > 0) return {};
  const auto all = [&](Kind kind) { return seen[kind] == asked; };
  const std::string times = asked == 1 ? "the one request" : "each of " + std::to_string(asked) + " requests";
  if (all(Kind::kRefused)) {
    return {who + " answers 401 to everybody: " + times + " with a token somebody had just got", true};
  }
  // What failed because of these says no more than what passed.
  if (all(Kind::kLimited)) {
    return {
        .what = who + " answers 429 to everybody: " + times +
                " with a token somebody had just got; it counts what was asked or refused before, and its file says no "
                "setting `rate_limit` by which that could be relaxed, or not one that is enough",
        .proves_nothing = true,
        .refutes_nothing = true};
  }
  if (all(Kind::kRevision) && revisions.size() == 1) {
    return {.what = who + " refuses revision " + *revisions.begin() +
                    ", which `revisions` of its file lists: HTTP 400 to " + times + "; take it out there",
            .proves_nothing = true,
            .refutes_nothing = true};
  }
  if (all(Kind::kFields)) {
    return {
        .what = who + " answers " + times +
                " with HTTP 400 and -32020: it wants arguments repeated in header fields that `mirrors` of its file "
                "does not name",
        .proves_nothing = true,
        .refutes_nothing = true};
  }
  if (all(Kind::kNonsense)) return {who + " does not speak MCP: it answers " + times + " with " + nonsense, true};
  if (all(Kind::kNotHttp))
    return {who + " does not speak HTTP: what it answers " + times + " with is something else", true};
  if (all(Kind::kGone)) return {who + " is gone: " + times + " got no answer", true};
  if (all(Kind::kSlow)) return {who + " does not answer in time: " + times + " ran out of patience", true};
  if (all(Kind::kFailed)) return {who + " fails at everything: " + times + " got a status of 500 or more", true};
  // Somebody may have asked for nothing but what is not theirs; then an error is as it should be.
  if (all(Kind::kError)) return {who + " answers every request with an error, those included that are allowed", false};
  return {who + " served nobody: none of " + std::to_string(asked) + " requests with a valid token got a result",
          false};
}

}  // namespace

Diagnosis Diagnose(const ScenarioResult& result, const std::string& at) {
  Diagnosis diagnosis = DiagnosisOf(result, at, at.empty() ? "the server" : at);
  diagnosis.at = at;
  return diagnosis;
}

std::vector<Diagnosis> DiagnoseEach(const ScenarioResult& result) {
  std::set<std::string> targets = {""};
  for (const StepResult& step : result.steps) targets.insert(step.at);
  std::vector<Diagnosis> all;
  for (const std::string& at : targets) all.push_back(Diagnose(result, at));
  return all;
}

void Apply(const Diagnosis& diagnosis, ScenarioResult& result) {
  if (diagnosis.what.empty()) return;
  bool all_passed = true;
  for (const StepResult& step : result.steps) {
    if (step.at != diagnosis.at) continue;
    for (const Check& check : step.checks) all_passed = all_passed && check.verdict == Verdict::kPassed;
  }
  if (all_passed && !diagnosis.proves_nothing) return;
  result.error = result.error.empty() ? diagnosis.what : result.error + "; " + diagnosis.what;
  Disprove(diagnosis, result);
}

void Disprove(const Diagnosis& diagnosis, ScenarioResult& result) {
  if (!diagnosis.proves_nothing) return;
  for (StepResult& step : result.steps) {
    if (step.at != diagnosis.at) continue;
    for (Check& check : step.checks) {
      const bool refuted = check.verdict == Verdict::kFailed && diagnosis.refutes_nothing;
      if (check.verdict != Verdict::kPassed && !refuted) continue;
      check.verdict = Verdict::kErrored;
      check.reason = "proves nothing: " + diagnosis.what;
    }
  }
}

}  // namespace iff
