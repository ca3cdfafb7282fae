// Project Wycheproof's vectors (wycheproof/README.md) against our verifier: what they call valid is taken, what they
// call invalid is refused, and what we do not speak is counted by name, so that nothing is passed over in silence.
#include <gmock/gmock.h>

#include <fstream>
#include <iterator>
#include <map>

#include "harness/core/bytes.h"
#include "harness/core/result_matchers.h"
#include "harness/jose/jws.h"

namespace iff {
namespace {

using ::testing::HasSubstr;

// Why vectors are not played, and how many for that.
using Passed = std::map<std::string, int>;

constexpr const char* kMac = "a key for MACs";
constexpr const char* kSmallExponent = "an RSA exponent below 65537";

std::string Text(const std::string& name) {
  std::ifstream file("harness/jose/wycheproof/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

Json Vectors(const std::string& name) {
  const std::string text = Text(name + "_test.json");
  EXPECT_THAT(Text("README.md"), HasSubstr(Hex(Sha256(text)))) << name << " is not as published";
  Result<Json> parsed = ParseJson(text);
  EXPECT_THAT(parsed, IsOk()) << name;
  return parsed.ok() ? std::move(parsed).value() : Json::object();
}

std::string Bytes(const std::string& hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return bytes;
}

// One file, vector by vector.
struct Play {
  std::map<int, std::string> wrong = {};  // vectors the file is mistaken about, and how
  Passed passed = {};
  std::map<std::string, int> played = {};  // by what the file says of them

  void Judge(const Json& vector, bool accepted) {
    const std::string result = vector.at("result").get<std::string>();
    ++played[result];
    if (result == "acceptable") return;
    ASSERT_TRUE(result == "valid" || result == "invalid") << result;
    const auto mistake = wrong.find(vector.at("tcId").get<int>());
    EXPECT_EQ(accepted, (result == "valid") == (mistake == wrong.end()))
        << "vector " << vector.at("tcId") << ": " << vector.at("comment")
        << (mistake == wrong.end() ? "" : ", of which we say: " + mistake->second);
  }
  void PassOver(const std::string& why, const Json& group) {
    passed[why] += static_cast<int>(group.at("tests").size());
  }
  // Every vector of the file was played or passed over.
  void ExpectAll(const Json& file) const {
    int all = 0;
    for (const auto& [unused, count] : played) all += count;
    for (const auto& [unused, count] : passed) all += count;
    EXPECT_EQ(all, file.at("numberOfTests").get<int>());
  }
};

TokenPolicy AnyAlgorithm() {
  TokenPolicy policy;
  policy.algorithms = {Algorithm::kRs256, Algorithm::kRs384, Algorithm::kRs512, Algorithm::kPs256,
                       Algorithm::kEs256, Algorithm::kEs384, Algorithm::kEdDsa};
  policy.require_key_id = false;
  policy.max_size = size_t{1} << 20;
  return policy;
}

TEST(Wycheproof, JsonWebSignatures) {
  const Json file = Vectors("json_web_signature");
  constexpr const char* kMislabelled =
      "signed with PS384, as RFC 7520 section 4.2 has it, under a key whose alg is PS256";
  Play play{.wrong = {{346, kMislabelled}, {350, kMislabelled}}};
  for (const Json& group : file.at("testGroups")) {
    if (!group.contains("public")) {
      ASSERT_EQ(group.at("private").at("kty"), "oct");
      play.PassOver(kMac, group);
      continue;
    }
    const Json& jwk = group.at("public");
    const std::string algorithm = AtOr<std::string>(jwk, "/alg", "");
    if (!algorithm.empty() && !ParseAlgorithm(algorithm).ok()) {
      play.PassOver(algorithm, group);
      continue;
    }
    const Result<PublicKey> key = PublicKey::FromJwk(jwk);
    ASSERT_THAT(key, IsOk()) << group.at("comment");
    for (const Json& vector : group.at("tests")) {
      const std::string text = vector.at("jws").get<std::string>();
      const Result<std::string, Refusal> seen = VerifyJws(text, KeySet({*key}), AnyAlgorithm());
      play.Judge(vector, seen.ok());
      if (seen.ok()) {
        const size_t first = text.find('.') + 1;
        EXPECT_EQ(Base64Url(*seen), text.substr(first, text.rfind('.') - first));
      }
    }
  }
  play.ExpectAll(file);
  // RFC 7520 section 4.3 signs with ES512; ES521, as the file calls it, is nobody's name.
  EXPECT_EQ(play.passed, (Passed{{kMac, 40}, {"PS384", 5}, {"PS512", 20}, {"ES521", 2}}));
}

TEST(Wycheproof, JsonWebKeys) {
  const Json file = Vectors("json_web_key");
  Play play;
  for (const Json& group : file.at("testGroups")) {
    if (!group.contains("public")) {
      play.PassOver(kMac, group);
      continue;
    }
    const Result<KeySet> keys = KeySet::Parse(Dump(group.at("public")));
    ASSERT_THAT(keys, IsOk()) << group.at("comment");
    for (const Json& vector : group.at("tests")) {
      play.Judge(vector, VerifyJws(vector.at("jws").get<std::string>(), *keys, AnyAlgorithm()).ok());
    }
  }
  play.ExpectAll(file);
  EXPECT_EQ(play.passed, (Passed{{kMac, 15}}));
}

// The file's key as a JWK: some groups have it as numbers only.
Json Jwk(const Json& group) {
  for (const char* const name : {"publicKeyJwk", "keyJwk"}) {
    if (group.contains(name)) return group.at(name);
  }
  const Json& key = group.at("publicKey");
  if (key.contains("modulus")) {
    return {{"kty", "RSA"},
            {"n", Base64Url(Bytes(key.at("modulus").get<std::string>()))},
            {"e", Base64Url(Bytes(key.at("publicExponent").get<std::string>()))}};
  }
  return {{"kty", "EC"},
          {"crv", key.at("curve") == "secp256r1" ? "P-256" : "P-384"},
          {"x", Base64Url(Bytes(key.at("wx").get<std::string>()))},
          {"y", Base64Url(Bytes(key.at("wy").get<std::string>()))}};
}

struct Primitive {
  const char* file;
  Algorithm algorithm;
  int small_exponents;  // vectors of keys that are refused before any signature is looked at
};

class WycheproofPrimitive : public ::testing::TestWithParam<Primitive> {};

TEST_P(WycheproofPrimitive, Signatures) {
  const Json file = Vectors(GetParam().file);
  Play play;
  for (const Json& group : file.at("testGroups")) {
    const Result<PublicKey> key = PublicKey::FromJwk(Jwk(group));
    if (!key.ok() && key.error().message().find("below 65537") != std::string::npos) {
      play.PassOver(kSmallExponent, group);
      continue;
    }
    ASSERT_THAT(key, IsOk());
    ASSERT_TRUE(key->MayVerify(GetParam().algorithm));
    for (const Json& vector : group.at("tests")) {
      const std::string text = Bytes(vector.at("msg").get<std::string>());
      play.Judge(vector, key->Verify(GetParam().algorithm, text, Bytes(vector.at("sig").get<std::string>())));
    }
  }
  play.ExpectAll(file);
  EXPECT_GT(play.played["valid"], 0);
  EXPECT_GT(play.played["invalid"], 0);
  EXPECT_EQ(play.passed[kSmallExponent], GetParam().small_exponents);
  EXPECT_EQ(play.passed.size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(All, WycheproofPrimitive,
                         ::testing::Values(Primitive{"ecdsa_secp256r1_sha256_p1363", Algorithm::kEs256, 0},
                                           Primitive{"ecdsa_secp384r1_sha384_p1363", Algorithm::kEs384, 0},
                                           Primitive{"ed25519", Algorithm::kEdDsa, 0},
                                           Primitive{"rsa_pss_2048_sha256_mgf1_32", Algorithm::kPs256, 0},
                                           Primitive{"rsa_signature_2048_sha384", Algorithm::kRs384, 0},
                                           Primitive{"rsa_signature_2048_sha512", Algorithm::kRs512, 1}),
                         [](const auto& parameter) { return std::string(Name(parameter.param.algorithm)); });

}  // namespace
}  // namespace iff
