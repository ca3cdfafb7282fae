// What reading a JSON-RPC message costs a server, next to what two libraries take for the same text: nlohmann's own
// parser, which builds the same value without looking for duplicate members and depth, and simdjson's, which builds
// none.
#include <benchmark/benchmark.h>
#include <simdjson.h>

#include <string>

#include "bench/micro/percentiles.h"
#include "servers/mcp/json_rpc.h"

namespace iff {
namespace {

// A call as clients send it, with a text of `size` bytes among its arguments.
std::string CallOf(size_t size) {
  std::string text;
  for (size_t line = 0; text.size() < size; ++line)
    text += "Line " + std::to_string(line) + ": \"quoted\", and a tab\t.\n";
  text.resize(size);
  const Json meta = {{"io.modelcontextprotocol/protocolVersion", "2026-07-28"},
                     {"io.modelcontextprotocol/clientCapabilities", Json::object()},
                     {"progressToken", 7}};
  Json arguments = {{"issue_key", "DEMO-1"}, {"fields", Json::array({"summary", "status", "assignee"})}};
  if (size > 0) arguments["text"] = text;
  return RenderRequest(17, "tools/call", {{"name", "get_issue"}, {"arguments", arguments}, {"_meta", meta}});
}

// As many small values as there are in `size` bytes of a structured answer.
std::string AnswerOf(size_t size) {
  Json issues = Json::array();
  size_t bytes = 0;
  for (int number = 1; bytes < size; ++number) {
    issues.push_back({{"key", "DEMO-" + std::to_string(number)},
                      {"summary", "Water the plants"},
                      {"open", number % 2 == 0},
                      {"votes", number},
                      {"share", number / 7.0}});
    bytes += Dump(issues.back()).size() + 1;
  }
  return RenderResult(17, {{"structuredContent", {{"issues", issues}}}});
}

// Ours, and the two others, of the same text in the same moment, so that a busy neighbour slows all. Ratios are of
// medians.
void Compare(benchmark::State& state, const std::string& text) {
  simdjson::dom::parser parser;
  const simdjson::padded_string padded(text);
  Percentiles ours;
  Percentiles nlohmanns;
  Percentiles simdjsons;
  for (auto _ : state) {
    bool good = true;
    const double took = MicrosecondsOf([&] { good = ParseMessage(text).ok(); });
    ours.Add(took);
    nlohmanns.Add(MicrosecondsOf([&] { good = Json::parse(text, nullptr, false).is_object() && good; }));
    simdjsons.Add(MicrosecondsOf([&] { good = parser.parse(padded).error() == simdjson::SUCCESS && good; }));
    if (!good) state.SkipWithError("refused");
    state.SetIterationTime(took / 1e6);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(text.size()));
  state.counters["bytes"] = static_cast<double>(text.size());
  state.counters["vs_nlohmann"] = ours.Median() / nlohmanns.Median();
  state.counters["vs_simdjson"] = ours.Median() / simdjsons.Median();
  ours.Tell(state);
}

void ParseCall(benchmark::State& state) { Compare(state, CallOf(static_cast<size_t>(state.range(0)))); }
BENCHMARK(ParseCall)->Arg(0)->Arg(16 << 10)->Arg(256 << 10)->UseManualTime()->Unit(benchmark::kMicrosecond);

void ParseStructuredAnswer(benchmark::State& state) { Compare(state, AnswerOf(static_cast<size_t>(state.range(0)))); }
BENCHMARK(ParseStructuredAnswer)->Arg(16 << 10)->UseManualTime()->Unit(benchmark::kMicrosecond);

// What is refused, by the way that finds the words for it.
void RefuseDuplicates(benchmark::State& state) {
  std::string text = CallOf(0);
  text.insert(text.size() - 1, R"(,"id":18)");
  for (auto _ : state) {
    if (ParseMessage(text).ok()) state.SkipWithError("taken");
  }
  TellPercentiles(state, [&] { return ParseMessage(text).ok(); });
}
BENCHMARK(RefuseDuplicates)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace iff
