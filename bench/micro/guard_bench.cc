// What a call pays at the doors once its caller is known, and what the first call pays above the exchanges it cannot do
// without. Issuer and Vault are stand-ins on loopback that answer at once: a real Vault's read takes longer, so the
// counters against one are lower bounds.
#include <benchmark/benchmark.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "bench/micro/percentiles.h"
#include "harness/net/http.h"
#include "servers/credentials/vault_source.h"
#include "servers/guard/bearer.h"
#include "servers/guard/verdict_cache.h"
#include "servers/testing/stand_ins.h"

namespace iff {
namespace {

constexpr int kBatch = 1'000;
constexpr int kBlock =
    20;  // calls that are timed together on the loop itself, where no thread is woken: 10 us and more
static_assert(kBatch % kBlock == 0);

// A Vault's reader on one connection that is kept.
class BareReader {
 public:
  BareReader(const FakeIssuer& issuer, const FakeVault& vault)
      : issuer_client_(issuer.Tokens().endpoint), vault_client_(vault.Address().endpoint) {}

  // The three exchanges of a first call, each on a kept connection. False: one was refused.
  bool First(const Secret& token) {
    const HttpResponse exchanged =
        Send(issuer_client_, Post("/token", "audience=vault&subject_token=" + token.Reveal()));
    const std::string jwt = AtOr<std::string>(ParseJson(exchanged.body).value_or(nullptr), "/access_token", "");
    const HttpResponse login =
        Send(vault_client_, Post("/v1/auth/jwt/login", Dump(Json{{"role", "user"}, {"jwt", jwt}})));
    const Json answer = ParseJson(login.body).value_or(nullptr);
    vault_token_ = AtOr<std::string>(answer, "/auth/client_token", "");
    entity_ = AtOr<std::string>(answer, "/auth/entity_id", "");
    return Read();
  }
  bool Read() {
    HttpRequest request;
    request.target = "/v1/secret/data/users/" + entity_ + "/jira";
    request.headers.Set("X-Vault-Token", vault_token_);
    return Send(vault_client_, request).status == 200;
  }

 private:
  static HttpRequest Post(const std::string& target, std::string body) {
    HttpRequest request;
    request.method = "POST";
    request.target = target;
    request.body = std::move(body);
    return request;
  }
  static HttpResponse Send(HttpClient& client, const HttpRequest& request) {
    Result<HttpResponse> response = client.Send(request, Deadline::In(std::chrono::seconds(5)));
    return response.ok() ? std::move(response).value() : HttpResponse{.status = 0};
  }

  HttpClient issuer_client_;
  HttpClient vault_client_;
  std::string vault_token_;
  std::string entity_;
};

struct Doors {
  Doors() {
    issuer.exchanged_at = clock.NowSeconds();
    vault.Store("alice", "jira", Json{{"api_token", "alice-token"}});
    BearerOptions options;
    options.policy.issuer = issuer.Issuer();
    options.policy.audience = "mcp-jira";
    options.resource = "http://127.0.0.1/mcp";
    authenticator = MakeBearerAuthenticator(options, keys, clock);
  }

  FakeIssuer issuer;
  FakeVault vault;
  ManualClock clock;
  VaultSettings settings = VaultSettingsFor(issuer, vault);
  CredentialHooks hooks;
  Metrics metrics;
  LoopThread loop;
  KeySource keys{loop.loop(), issuer.Keys(), {}, clock};
  std::shared_ptr<Authenticator> authenticator;
  std::unique_ptr<CredentialSource> source =
      MakeVaultSource(settings, "jira", CredentialKind::kStored, {loop.loop(), hooks, metrics, clock});
};

// Adds the time since the block before to `blocks`, after each block; with nullptr no clock is read.
class BlockClock {
 public:
  explicit BlockClock(Percentiles* blocks) : blocks_(blocks) {
    if (blocks_ != nullptr) began_ = std::chrono::steady_clock::now();
  }
  void Done(int call) {
    if (blocks_ == nullptr || (call + 1) % kBlock != 0) return;
    const auto now = std::chrono::steady_clock::now();
    blocks_->Add(std::chrono::duration<double, std::micro>(now - began_).count());
    began_ = std::chrono::steady_clock::now();
  }

 private:
  Percentiles* blocks_;
  std::chrono::steady_clock::time_point began_ = {};
};

// A batch each, on the loop: how many were not as they should be.
Task<int> Refused(Authenticator& authenticator, std::shared_ptr<const HttpRequest> request, Percentiles* blocks) {
  int refused = 0;
  BlockClock clock(blocks);
  for (int i = 0; i < kBatch; ++i) {
    refused += (co_await authenticator.Authenticate(request)).ok() ? 0 : 1;
    clock.Done(i);
  }
  co_return refused;
}
Task<int> Unfetched(CredentialSource& source, std::shared_ptr<const Caller> caller, Percentiles* blocks) {
  int unfetched = 0;
  BlockClock clock(blocks);
  for (int i = 0; i < kBatch; ++i) {
    unfetched += (co_await source.Fetch(caller)).ok() ? 0 : 1;
    clock.Done(i);
  }
  co_return unfetched;
}

// A token that was verified before. `us_each`: microseconds at the door, which reads the field, hashes the token, finds
// the verdict, asks its times and makes a caller of the claims; its percentiles are of blocks of calls. `check_us`:
// hashing and finding alone; `vs_sha256`: that over the token's SHA-256, taken in turns.
void VerdictHit(benchmark::State& state) {
  Doors doors;
  auto request = std::make_shared<HttpRequest>();
  request->method = "POST";
  request->target = "/mcp";
  request->headers.Add("Authorization", "Bearer " + doors.issuer
                                                        .Token("alice", "mcp-jira", doors.clock.NowSeconds(),
                                                               Json{{"padding", std::string(700, 'x')}})
                                                        .Reveal());
  const std::shared_ptr<const HttpRequest> asked = request;
  const std::string token = ReadCredentials(*request).token.Reveal();
  const int64_t now = doors.clock.NowSeconds();
  VerdictCache verdicts;
  auto claims = std::make_shared<Claims>();
  claims->expires_at = now + 300;
  verdicts.Remember(verdicts.Digest(token), 1, claims);
  const auto batch = [&] { return Refused(*doors.authenticator, asked, nullptr); };
  Percentiles blocks(kBlock);
  const auto in_blocks = [&] { return Refused(*doors.authenticator, asked, &blocks); };
  if (doors.loop.Wait<int>(batch) != 0) state.SkipWithError("refused");
  Percentiles each(kBatch);
  Percentiles check(kBatch);
  Percentiles hash(kBatch);
  for (auto _ : state) {
    each.Add(MicrosecondsOf([&] { doors.loop.Wait<int>(batch); }));
    check.Add(MicrosecondsOf([&] {
      for (int i = 0; i < kBatch; ++i) {
        const auto found = verdicts.Find(verdicts.Digest(token), 1, {}, now);
        if (!found || !found->ok()) state.SkipWithError("not found");
      }
    }));
    hash.Add(MicrosecondsOf([&] {
      for (int i = 0; i < kBatch; ++i) benchmark::DoNotOptimize(Sha256(token));
    }));
    state.PauseTiming();
    doors.loop.Wait<int>(in_blocks);
    state.ResumeTiming();
  }
  state.counters["us_each"] = each.Median();
  state.counters["check_us"] = check.Median();
  state.counters["vs_sha256"] = check.Median() / hash.Median();
  blocks.Tell(state);
  state.counters["token_bytes"] = static_cast<double>(token.size());
}
BENCHMARK(VerdictHit)->UseRealTime()->Unit(benchmark::kMicrosecond);

// `vs_read`: a read over a kept connection, in credentials that are there already; taken in turns.
void WarmCredential(benchmark::State& state) {
  Doors doors;
  const auto alice = CallerWith(doors.issuer, "alice", doors.clock.NowSeconds());
  const auto batch = [&] { return Unfetched(*doors.source, alice, nullptr); };
  Percentiles blocks(kBlock);
  const auto in_blocks = [&] { return Unfetched(*doors.source, alice, &blocks); };
  BareReader bare(doors.issuer, doors.vault);
  if (doors.loop.Wait<int>(batch) != 0 || !bare.First(alice->token)) state.SkipWithError("no credential");
  Percentiles each(kBatch);
  Percentiles read;
  for (auto _ : state) {
    each.Add(MicrosecondsOf([&] { doors.loop.Wait<int>(batch); }));
    read.Add(MicrosecondsOf([&] { bare.Read(); }));
    state.PauseTiming();
    doors.loop.Wait<int>(in_blocks);
    state.ResumeTiming();
  }
  state.counters["us_each"] = each.Median();
  state.counters["vs_read"] = read.Median() / each.Median();
  blocks.Tell(state);
}
BENCHMARK(WarmCredential)->UseRealTime()->Unit(benchmark::kMicrosecond);

// `above_us`: microseconds a first fetch takes above the exchanges, login and read it consists of, taken in turns. Both
// sides make a signature at the stand-in.
void ColdCredential(benchmark::State& state) {
  Doors doors;
  BareReader bare(doors.issuer, doors.vault);
  Percentiles ours;
  Percentiles floor;
  int number = 0;
  for (auto _ : state) {
    state.PauseTiming();
    const std::string name = "person" + std::to_string(++number);
    doors.vault.Store(name, "jira", Json{{"api_token", "token"}});
    const auto caller = CallerWith(doors.issuer, name, doors.clock.NowSeconds());
    bool good = true;
    floor.Add(MicrosecondsOf([&] { good = bare.First(caller->token); }));
    state.ResumeTiming();
    ours.Add(MicrosecondsOf(
        [&] { good = doors.loop.Wait<CredentialOutcome>([&] { return doors.source->Fetch(caller); }).ok() && good; }));
    if (!good) state.SkipWithError("refused");
  }
  state.counters["above_us"] = ours.Median() - floor.Median();
  ours.Tell(state);
}
BENCHMARK(ColdCredential)->UseRealTime()->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace iff
