#include "harness/steps/request.h"

#include "harness/core/result_matchers.h"
#include "harness/steps/registry.h"

namespace iff {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

const Vocabulary& RequestWords() {
  static const Vocabulary words = {
      .components = {{"issuer", Protocol::kHttp}, {"postgres", {Protocol::kStartups, "PostgreSQL"}}}};
  return words;
}

// The step of a file that holds nothing else, after one that captured 'id' and a login called 'alice'.
struct ReadRequest {
  explicit ReadRequest(const std::string& text) {
    const Result<YamlFile> file = YamlFile::Parse("a.yaml", text);
    EXPECT_THAT(file, IsOk());
    if (!file.ok()) return;
    StepReader in(*file, RequestWords());
    in.captured = {"id"};
    in.credentials = {"alice", "bound"};
    in.bound = {"bound"};
    step = std::get<RequestStep>(ReadAction("request", in, ""));
    mistakes = in.mistakes();
    captured = in.captured;
  }
  RequestStep step = {};
  std::string mistakes = {};
  std::set<std::string> captured = {};
};

TEST(RequestStep, IsReadFromALineOrAMapping) {
  const ReadRequest line("request: GET /health?x=1\nwith: alice\npatience: 2s\n");
  EXPECT_THAT(line.mistakes, IsEmpty());
  EXPECT_EQ(line.step.method, "GET");
  EXPECT_EQ(line.step.path, "/health?x=1");
  EXPECT_EQ(line.step.to, "");
  EXPECT_EQ(line.step.Effects().presents, "alice");
  EXPECT_EQ(line.step.sending.patience, std::chrono::seconds(2));
  const ReadRequest mapping(
      "request: {method: POST, path: '/items/{captured.id}', to: issuer}\nheaders: {X-A: b}\nform: {a: b c}\n"
      "captures: {next: {json: /a/0}, session: {header: X-Session, secret: session}, code: {status: true}}\n");
  EXPECT_THAT(mapping.mistakes, IsEmpty());
  EXPECT_EQ(mapping.step.to, "issuer");
  EXPECT_EQ(mapping.step.headers.at("X-A"), "b");
  EXPECT_EQ(mapping.step.form->at("a"), "b c");
  EXPECT_EQ(mapping.step.captures.size(), 3U);
  EXPECT_EQ(mapping.captured, (std::set<std::string>{"code", "id", "next", "session"}));
}

TEST(RequestStep, SaysWhatIsWrongAndWhere) {
  const auto mistakes = [](const std::string& text) { return ReadRequest(text).mistakes; };
  EXPECT_THAT(mistakes("request: GET\n"), HasSubstr("a.yaml:1"));
  EXPECT_THAT(mistakes("request: GET\n"), HasSubstr("want a method and a path"));
  EXPECT_THAT(mistakes("request: CONNECT /x\n"), HasSubstr("no method that can be sent"));
  EXPECT_THAT(mistakes("request: GET http://elsewhere/\n"), HasSubstr("want a path that begins with '/'"));
  EXPECT_THAT(mistakes("request: {method: GET, path: \"/a\\r\\nX: y\"}\n"), HasSubstr("want a path"));
  EXPECT_THAT(mistakes("request: GET /{captured.di}\n"), HasSubstr("captured 'di' (did you mean 'id'?)"));
  EXPECT_THAT(mistakes("request: GET /\njson: {a: ['{captured.x}']}\n"), HasSubstr("captured 'x'"));
  EXPECT_THAT(mistakes("request: GET /\njson: 1\nraw: x\n"), HasSubstr("one body"));
  EXPECT_THAT(mistakes("request: GET /\nheaders: {X: \"a\\nb\"}\n"), HasSubstr("no header may hold this"));
  EXPECT_THAT(mistakes("request: {method: GET, path: /, to: isuer}\n"), HasSubstr("issuer"));
  EXPECT_THAT(mistakes("request: {method: GET, path: /, to: postgres}\n"), HasSubstr("PostgreSQL, not HTTP"));
  EXPECT_THAT(mistakes("request: GET /\nwith: bound\n"), HasSubstr("bound to a key"));
  EXPECT_THAT(mistakes("request: {method: GET, path: /, to: issuer}\nlabel: l\n"), HasSubstr("cannot be replayed"));
  EXPECT_THAT(mistakes("request: GET /\ncaptures: {a: {}}\n"), HasSubstr("want one of 'status: true'"));
  EXPECT_THAT(mistakes("request: GET /\ncaptures: {a: {json: x}}\n"), HasSubstr("JSON pointer"));
  EXPECT_THAT(mistakes("request: GET /\ncaptures: {a: {status: true, secret: s}}\n"), HasSubstr("no secret"));
  EXPECT_THAT(mistakes("request: GET /\nrevision: \"2025-11-25\"\n"), HasSubstr("revision"));
}

TEST(FillCaptured, ReplacesWhatWasCapturedOnceAndLeavesOtherBraces) {
  const auto value = [](const std::string& name) { return name == "a" ? std::string("{captured.b}") : "?"; };
  EXPECT_EQ(FillCaptured("/{captured.a}/{b}{captured.", value), "/{captured.b}/{b}{captured.");
}

}  // namespace
}  // namespace iff
