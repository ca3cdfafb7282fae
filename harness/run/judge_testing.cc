#include "harness/run/judge_testing.h"

#include <gtest/gtest.h>

namespace iff {

McpAnswer Answer(int status, Json message, Headers headers) {
  return {{.status = status, .headers = std::move(headers), .body = Dump(message)}, {.message = message}};
}

Json ResultOf(Json result) { return {{"jsonrpc", "2.0"}, {"id", 1}, {"result", std::move(result)}}; }

McpAnswer Success(const std::string& text) {
  return Answer(200, ResultOf({{"content", {{{"type", "text"}, {"text", text}}}}}));
}

McpAnswer ToolErrorOf(const std::string& code) {
  return Answer(200, ResultOf({{"isError", true}, {"structuredContent", {{"error", {{"code", code}}}}}}));
}

McpAnswer RpcError(int status, int64_t code) {
  return Answer(status, {{"jsonrpc", "2.0"}, {"id", 1}, {"error", {{"code", code}, {"message", "no"}}}});
}

McpAnswer Unauthorized(const std::string& challenge) {
  McpAnswer answer{{.status = 401}, {}};
  if (!challenge.empty()) answer.headers.Add("WWW-Authenticate", challenge);
  return answer;
}

DownstreamEvent AskedJiraAs(const std::string& persona) {
  return {.act = {.source = {Place::kLedger, "jira"}, .persona = persona, .action = "GET", .status = 200}};
}

Observation Saw(McpAnswer answer) {
  Observation seen{.answer = std::move(answer), .caller = "bob", .upstream = "jira"};
  seen.persona_of = {{"id-alice", "alice"}, {"id-bob", "bob"}, {"alice-k3v9x", "alice"}, {"bob-x1y2z", "bob"}};
  seen.canary = {{"alice", "canary-alice"}, {"bob", "canary-bob"}};
  return seen;
}

Observation Silent(const std::string& silence) {
  Observation seen = Saw({});
  seen.answer.reset();
  seen.no_response = silence;
  return seen;
}

std::vector<Condition> ExamplesOf(const ConditionWord& word) {
  const std::string name(word.word);
  const Vocabulary vocabulary = {.components = {{"jira", Protocol::kHttp}}};
  std::vector<Condition> examples;
  for (const std::string_view declared : word.examples) {
    std::string example(declared);
    for (const auto& [stands_for, what] : {std::pair("PERSONA", "alice"), std::pair("COMPONENT", "jira")}) {
      const size_t at = example.find(stands_for);
      if (at != std::string::npos) example.replace(at, std::string_view(stands_for).size(), what);
    }
    const Result<YamlFile> file = YamlFile::Parse("check.yaml", name + ": " + example + "\n");
    if (!file.ok()) {
      ADD_FAILURE() << name << ": " << example << ": " << file.error().message();
      continue;
    }
    StepReader in(*file, vocabulary);
    in.personas = {"alice"};
    in.tls = true;  // its scenario has certificates
    examples.push_back(ReadCondition(name, in, "/" + name));
    EXPECT_EQ(in.mistakes(), "") << name << ": " << example;
  }
  return examples;
}

std::vector<Condition> OnTheAnswer() {
  std::vector<Condition> all;
  for (const ConditionWord* word : ConditionWords()) {
    if (!word->on_answer.yes) continue;
    for (Condition& example : ExamplesOf(*word)) all.push_back(std::move(example));
  }
  return all;
}

Check JudgeOf(Condition condition, const Observation& seen, const TargetTerms& terms) {
  return Judge({.check = "the-check", .clause = "RFC 1", .condition = std::move(condition)}, terms, seen);
}

Verdict VerdictOf(Condition condition, const Observation& seen) { return JudgeOf(std::move(condition), seen).verdict; }

std::string ReasonOf(Condition condition, const Observation& seen) {
  return JudgeOf(std::move(condition), seen).reason;
}

Observation WithLedger(const std::vector<std::string>& personas) {
  Observation seen = Saw(Success());
  seen.downstream.observed = {{Place::kLedger, "jira"}};
  for (const std::string& persona : personas) seen.downstream.events.push_back(AskedJiraAs(persona));
  return seen;
}

}  // namespace iff
