// What verifying a token costs, and what of that is the mathematics.
#include <benchmark/benchmark.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <time.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>

#include "bench/micro/percentiles.h"
#include "harness/core/bytes.h"
#include "harness/core/clock.h"
#include "harness/jose/forge.h"
#include "harness/jose/token.h"

namespace iff {
namespace {

// A realm with one key, and a token of the size Keycloak hands out.
struct Realm {
  explicit Realm(Algorithm algorithm) : key(SigningKey::Generate(algorithm, "realm-key")), keys({key.Public()}) {
    policy.issuer = "https://keycloak.example:8443/realms/iff";
    policy.audience = "https://jira.example/mcp";
    policy.companions = {"account"};
    policy.algorithms = {algorithm};
    policy.clients = {"agent"};
    const Json roles = Json::array({"default-roles-iff", "offline_access", "uma_authorization"});
    const Json account = Json::array({"manage-account", "manage-account-links", "view-profile"});
    const Json payload = {{"iss", policy.issuer},
                          {"sub", "4b1c7e0a-90d2-4c39-a7c4-0f0b8e1f5a11"},
                          {"aud", Json::array({policy.audience, "account"})},
                          {"azp", "agent"},
                          {"scope", "openid profile email jira:read jira:write"},
                          {"typ", "Bearer"},
                          {"jti", "onrtac:7d1f3c5e-6a0f-4f6c-8f3b-2f4d2b0f9d11"},
                          {"sid", "c1d5ff07-33a4-4d3a-9d59-6f2a8c1e7b42"},
                          {"acr", "1"},
                          {"allowed-origins", Json::array({"https://agent.example"})},
                          {"realm_access", {{"roles", roles}}},
                          {"resource_access", {{"account", {{"roles", account}}}}},
                          {"email_verified", true},
                          {"name", "Alice Example"},
                          {"preferred_username", "alice"},
                          {"given_name", "Alice"},
                          {"family_name", "Example"},
                          {"email", "alice@example.org"},
                          {"iat", clock.NowSeconds()},
                          {"auth_time", clock.NowSeconds()},
                          {"exp", clock.NowSeconds() + 300}};
    claims_text = Dump(payload);
    const Json header = {{"alg", Name(algorithm)}, {"typ", "JWT"}, {"kid", "realm-key"}};
    token = Forge(key, clock).Sign(header, payload).Reveal();
    signed_text = token.substr(0, token.rfind('.'));
    signature = DecodeBase64Url(token.substr(token.rfind('.') + 1)).value();
  }

  ManualClock clock;
  SigningKey key;
  KeySet keys;
  TokenPolicy policy = {};
  std::string token = {};
  std::string signed_text = {};
  std::string signature = {};
  std::string claims_text = {};
};

const Realm& RealmOf(Algorithm algorithm) {
  static std::map<Algorithm, std::unique_ptr<Realm>> realms;
  std::unique_ptr<Realm>& realm = realms[algorithm];
  if (realm == nullptr) realm = std::make_unique<Realm>(algorithm);
  return *realm;
}

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using KeyPtr = std::unique_ptr<EVP_PKEY, FreeKey>;

KeyPtr FromPem(const std::string& pem) {
  BIO* const bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  KeyPtr key(PEM_read_bio_PUBKEY(bio, nullptr, nullptr, nullptr));
  BIO_free(bio);
  return key;
}

// The floor: EVP_PKEY_verify with a kept context on a ready digest, as `openssl speed` measures it.
class RawVerify {
 public:
  explicit RawVerify(const Realm& realm)
      : key_(FromPem(realm.key.Public().Pem())),
        context_(EVP_PKEY_CTX_new(key_.get(), nullptr)),
        digest_(Sha256(realm.signed_text)),
        signature_(realm.signature) {
    EVP_PKEY_verify_init(context_);
    EVP_PKEY_CTX_set_rsa_padding(context_, RSA_PKCS1_PADDING);
    EVP_PKEY_CTX_set_signature_md(context_, EVP_sha256());
  }
  ~RawVerify() { EVP_PKEY_CTX_free(context_); }
  RawVerify(const RawVerify&) = delete;
  RawVerify& operator=(const RawVerify&) = delete;

  bool operator()() const {
    return EVP_PKEY_verify(context_, reinterpret_cast<const unsigned char*>(signature_.data()), signature_.size(),
                           reinterpret_cast<const unsigned char*>(digest_.data()), digest_.size()) == 1;
  }

 private:
  KeyPtr key_;
  EVP_PKEY_CTX* context_;
  std::string digest_;
  std::string signature_;
};

double ThreadSeconds() {
  timespec spent = {};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
  return static_cast<double>(spent.tv_sec) + 1e-9 * static_cast<double>(spent.tv_nsec);
}

// Processor seconds one call takes, the fastest of several rounds: a neighbour's load only ever adds.
template <class Work>
double SecondsOf(const Work& work) {
  double fastest = 1;
  for (int round = 0; round < 5; ++round) {
    constexpr int kCalls = 50;
    const double begin = ThreadSeconds();
    for (int i = 0; i < kCalls; ++i) benchmark::DoNotOptimize(work());
    fastest = std::min(fastest, (ThreadSeconds() - begin) / kCalls);
  }
  return fastest;
}

bool VerifySignatureOnce(const Realm& realm) {
  const Algorithm algorithm = realm.key.algorithm();
  return realm.keys.Find("realm-key", algorithm)->Verify(algorithm, realm.signed_text, realm.signature);
}

bool VerifyTokenOnce(const Realm& realm) {
  return VerifyToken(realm.token, realm.keys, realm.policy, realm.clock.NowSeconds()).ok();
}

// Runs `work` for the benchmark, then sets `counter` to its time over that of `baseline`. Both are taken
// alternately in the same moment, so that a busy neighbour slows both. Percentiles are of `batch` calls together.
template <class Work, class Baseline>
void RunAgainst(benchmark::State& state, const char* counter, const Work& work, const Baseline& baseline,
                int64_t batch = 1) {
  for (auto _ : state) {
    if (!work()) state.SkipWithError("refused");
  }
  double fastest_work = 1;
  double fastest_baseline = 1;
  for (int i = 0; i < 3; ++i) {
    fastest_work = std::min(fastest_work, SecondsOf(work));
    fastest_baseline = std::min(fastest_baseline, SecondsOf(baseline));
  }
  state.counters[counter] = fastest_work / fastest_baseline;
  TellPercentiles(state, work, batch);
}

void RawEvpVerify(benchmark::State& state) {
  const RawVerify raw(RealmOf(Algorithm::kRs256));
  for (auto _ : state) {
    if (!raw()) state.SkipWithError("refused");
  }
  TellPercentiles(state, raw);
}
BENCHMARK(RawEvpVerify)->Name("RawEvpVerify/RS256");

void VerifySignature(benchmark::State& state, Algorithm algorithm) {
  const Realm& realm = RealmOf(algorithm);
  if (algorithm == Algorithm::kRs256) {
    RunAgainst(state, "vs_raw", [&] { return VerifySignatureOnce(realm); }, RawVerify(realm));
    return;
  }
  for (auto _ : state) {
    if (!VerifySignatureOnce(realm)) state.SkipWithError("refused");
  }
  TellPercentiles(state, [&] { return VerifySignatureOnce(realm); });
}
BENCHMARK_CAPTURE(VerifySignature, RS256, Algorithm::kRs256);
BENCHMARK_CAPTURE(VerifySignature, PS256, Algorithm::kPs256);
BENCHMARK_CAPTURE(VerifySignature, ES256, Algorithm::kEs256);
BENCHMARK_CAPTURE(VerifySignature, EdDSA, Algorithm::kEdDsa);

void VerifyWholeToken(benchmark::State& state, Algorithm algorithm) {
  const Realm& realm = RealmOf(algorithm);
  if (algorithm == Algorithm::kRs256) {
    RunAgainst(state, "vs_raw", [&] { return VerifyTokenOnce(realm); }, RawVerify(realm));
  } else {
    RunAgainst(
        state, "vs_signature", [&] { return VerifyTokenOnce(realm); }, [&] { return VerifySignatureOnce(realm); });
  }
  state.counters["token_bytes"] = static_cast<double>(realm.token.size());
}
BENCHMARK_CAPTURE(VerifyWholeToken, RS256, Algorithm::kRs256)->Name("VerifyToken/RS256");
BENCHMARK_CAPTURE(VerifyWholeToken, ES256, Algorithm::kEs256)->Name("VerifyToken/ES256");
BENCHMARK_CAPTURE(VerifyWholeToken, EdDSA, Algorithm::kEdDsa)->Name("VerifyToken/EdDSA");

// What holding PEM instead of a parsed key would cost.
void VerifyWithPem(benchmark::State& state) {
  const Realm& realm = RealmOf(Algorithm::kRs256);
  const std::string pem = realm.key.Public().Pem();
  const std::string digest = Sha256(realm.signed_text);
  RunAgainst(
      state, "vs_kept_key",
      [&] {
        const KeyPtr key = FromPem(pem);
        EVP_MD_CTX* const context = EVP_MD_CTX_new();
        const bool good =
            EVP_DigestVerifyInit(context, nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
            EVP_DigestVerify(context, reinterpret_cast<const unsigned char*>(realm.signature.data()),
                             realm.signature.size(), reinterpret_cast<const unsigned char*>(realm.signed_text.data()),
                             realm.signed_text.size()) == 1;
        EVP_MD_CTX_free(context);
        return good;
      },
      [&] { return VerifySignatureOnce(realm); });
}
BENCHMARK(VerifyWithPem)->Name("VerifyWithPem/RS256");

// A token refused before any signature work: what a flood of them costs.
void RefuseByShape(benchmark::State& state, const char* attack, int64_t batch) {
  const Realm& realm = RealmOf(Algorithm::kRs256);
  const std::string forged = Forge(realm.key, realm.clock).Make(attack, Secret(realm.token)).value().Reveal();
  RunAgainst(
      state, "vs_verify", [&] { return !VerifyToken(forged, realm.keys, realm.policy, realm.clock.NowSeconds()).ok(); },
      [&] { return VerifyTokenOnce(realm); }, batch);
}
BENCHMARK_CAPTURE(RefuseByShape, two_segments, "two-segments", 100);
BENCHMARK_CAPTURE(RefuseByShape, alg_none, "alg-none", 20);
BENCHMARK_CAPTURE(RefuseByShape, unknown_kid, "foreign-key-unknown-kid", 20);
BENCHMARK_CAPTURE(RefuseByShape, bad_signature, "signature-bit-flipped", 1);

void CheckTimesAlone(benchmark::State& state) {
  const Realm& realm = RealmOf(Algorithm::kRs256);
  const int64_t now = realm.clock.NowSeconds();
  const Claims claims = VerifyToken(realm.token, realm.keys, realm.policy, now).value();
  const auto check = [&] { return CheckTimes(claims, realm.policy, now); };
  for (auto _ : state) benchmark::DoNotOptimize(check());
  TellPercentiles(state, check, 1000);
}
BENCHMARK(CheckTimesAlone)->Name("CheckTimes");

void ParseClaims(benchmark::State& state) {
  const std::string& text = RealmOf(Algorithm::kRs256).claims_text;
  for (auto _ : state) benchmark::DoNotOptimize(ParseJson(text));
  TellPercentiles(state, [&] { return ParseJson(text); });
  state.SetBytesProcessed(static_cast<int64_t>(text.size()) * static_cast<int64_t>(state.iterations()));
}
BENCHMARK(ParseClaims);

void DecodeSegments(benchmark::State& state) {
  const std::string text = Base64Url(RealmOf(Algorithm::kRs256).claims_text);
  for (auto _ : state) benchmark::DoNotOptimize(DecodeBase64Url(text));
  TellPercentiles(state, [&] { return DecodeBase64Url(text); }, 20);
  state.SetBytesProcessed(static_cast<int64_t>(text.size()) * static_cast<int64_t>(state.iterations()));
}
BENCHMARK(DecodeSegments)->Name("DecodeBase64Url");

void ParseKey(benchmark::State& state, Algorithm algorithm) {
  const Json jwk = RealmOf(algorithm).key.PublicJwk();
  for (auto _ : state) benchmark::DoNotOptimize(PublicKey::FromJwk(jwk));
  TellPercentiles(state, [&] { return PublicKey::FromJwk(jwk); });
}
BENCHMARK_CAPTURE(ParseKey, RS256, Algorithm::kRs256)->Name("ParseJwk/RS256");
BENCHMARK_CAPTURE(ParseKey, ES256, Algorithm::kEs256)->Name("ParseJwk/ES256");
BENCHMARK_CAPTURE(ParseKey, EdDSA, Algorithm::kEdDsa)->Name("ParseJwk/EdDSA");

void ParsePem(benchmark::State& state) {
  const std::string pem = RealmOf(Algorithm::kRs256).key.Public().Pem();
  for (auto _ : state) benchmark::DoNotOptimize(FromPem(pem));
  TellPercentiles(state, [&] { return FromPem(pem); });
}
BENCHMARK(ParsePem)->Name("ParsePem/RS256");

void ParseKeySet(benchmark::State& state) {
  Json document = Json::object();
  document["keys"] =
      Json::array({RealmOf(Algorithm::kRs256).key.PublicJwk(), RealmOf(Algorithm::kEs256).key.PublicJwk(),
                   RealmOf(Algorithm::kEdDsa).key.PublicJwk()});
  const std::string text = Dump(document);
  for (auto _ : state) benchmark::DoNotOptimize(KeySet::Parse(text));
  TellPercentiles(state, [&] { return KeySet::Parse(text); });
}
BENCHMARK(ParseKeySet)->Name("ParseKeySet/three_keys");

}  // namespace
}  // namespace iff
