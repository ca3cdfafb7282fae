// What looking below the surface costs, against the cheapest search there is: memmem for each secret as it is.
#include <benchmark/benchmark.h>
#include <string.h>

#include <memory>
#include <string>
#include <vector>

#include "bench/micro/percentiles.h"
#include "harness/core/bytes.h"
#include "harness/core/scanner.h"
#include "harness/core/unpack.h"

namespace iff {
namespace {

// The people of one scenario: a canary, a password and a token each.
struct Crowd {
  explicit Crowd(size_t people) {
    for (size_t i = 0; i < people; ++i) {
      const std::string role = "person" + std::to_string(i);
      Add("canary-" + role + "-jira-" + Hex(RandomBytes(6)), role + ".jira.canary");
      Add(Base64Url(RandomBytes(12)), role + ".password");
      Add("ifft_" + Base64Url(RandomBytes(24)), role + ".jira.token");
    }
  }
  void Add(const std::string& secret, const std::string& alias) {
    secrets.push_back(secret);
    redactor.Register(Secret(secret), alias);
  }
  Redactor redactor;
  std::vector<std::string> secrets;
};

// Answers as our servers give them, one after the other, up to `size` bytes.
std::string Answers(size_t size) {
  std::string text;
  for (int number = 1; text.size() < size; ++number) {
    const Json issue = {{"key", "DEMO-" + std::to_string(number)},
                        {"summary", "Water the plants \"again\", and mend the doorbell"},
                        {"id", RandomUuid()},
                        {"created", "2026-11-21T13:37:00.123Z"},
                        {"url", "https://jira.example.test/rest/api/3/issue/DEMO-" + std::to_string(number)}};
    text += Dump(Json{{"content", Json::array({Json{{"type", "text"}, {"text", Dump(issue)}}})}}) + "\n";
  }
  text.resize(size);
  return text;
}

size_t SearchEach(const std::string& text, const std::vector<std::string>& secrets) {
  size_t found = 0;
  for (const std::string& secret : secrets) {
    if (memmem(text.data(), text.size(), secret.data(), secret.size()) != nullptr) ++found;
  }
  return found;
}

// `vs_memmem`: how many times as long as looking for every secret in plain, in the same run.
template <class Work>
void Compare(benchmark::State& state, const std::string& text, const Crowd& crowd, const Work& work) {
  double mine = 0;
  double plain = 0;
  Percentiles each;
  for (auto _ : state) {
    const double took = MicrosecondsOf([&] { benchmark::DoNotOptimize(work()); });
    plain += MicrosecondsOf([&] { benchmark::DoNotOptimize(SearchEach(text, crowd.secrets)); });
    mine += took;
    each.Add(took);
    state.SetIterationTime(took / 1e6);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(text.size()));
  state.counters["vs_memmem"] = mine / plain;
  each.Tell(state);
}

void ScanHonestAnswers(benchmark::State& state) {
  const Crowd crowd(25);
  const std::string text = Answers(static_cast<size_t>(state.range(0)));
  const Scanner scanner(crowd.redactor);
  Compare(state, text, crowd, [&] { return scanner.Scan(text).found.size(); });
}
BENCHMARK(ScanHonestAnswers)->Arg(1 << 10)->Arg(16 << 10)->Arg(256 << 10)->UseManualTime();

void ScanPackedAnswers(benchmark::State& state) {
  const Crowd crowd(25);
  const std::string text =
      "{\"blob\":\"" +
      Base64(Compress(Answers(static_cast<size_t>(state.range(0))) + crowd.secrets[0], Compression::kGzip)) + "\"}";
  const Scanner scanner(crowd.redactor);
  if (scanner.Scan(text).found.size() != 1) state.SkipWithError("what was hidden was not found");
  Compare(state, text, crowd, [&] { return scanner.Scan(text).found.size(); });
}
BENCHMARK(ScanPackedAnswers)->Arg(16 << 10)->UseManualTime();

void ScanTheSurface(benchmark::State& state) {
  const Crowd crowd(25);
  const std::string text = Answers(static_cast<size_t>(state.range(0)));
  Compare(state, text, crowd, [&] { return crowd.redactor.Scan(text).size(); });
}
BENCHMARK(ScanTheSurface)->Arg(16 << 10)->UseManualTime();

}  // namespace
}  // namespace iff
