// Our tokens in the eyes of two JOSE libraries that share no code with us or with each other, and theirs in ours:
// README.md.
#include <gmock/gmock.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include "harness/core/bytes.h"
#include "harness/core/result_matchers.h"
#include "harness/jose/jws.h"
#include "harness/jose/libraries/differences.h"
#include "harness/jose/realm_fixture.h"

namespace iff {
namespace {

namespace fs = std::filesystem;

constexpr Algorithm kAll[] = {Algorithm::kRs256, Algorithm::kRs384, Algorithm::kRs512, Algorithm::kPs256,
                              Algorithm::kEs256, Algorithm::kEs384, Algorithm::kEdDsa};
// Of those whose attacks are made: one for each type of key.
constexpr Algorithm kAttacked[] = {Algorithm::kRs256, Algorithm::kEs256, Algorithm::kEdDsa};

std::string Tools() {
  const char* const cache = std::getenv("IFF_CACHE");
  const char* const home = std::getenv("HOME");
  return (cache != nullptr ? std::string(cache) : std::string(home == nullptr ? "" : home) + "/.cache/iff") + "/tools";
}

// By library, what is run.
const std::map<std::string, std::string>& Judges() {
  static const std::map<std::string, std::string> judges = {
      {"go-jose", "'" + Tools() + "/jose-go/judge'"},
      {"jwcrypto",
       "PYTHONPATH='" + Tools() + "/jose-python' '" + Tools() + "/jose-python/python' harness/jose/libraries/judge.py"},
  };
  return judges;
}

struct Case {
  Algorithm algorithm = Algorithm::kRs256;
  Attack attack = {};  // no id: the right token
  Secret token = {};

  std::string Id() const { return std::string(Name(algorithm)) + ' ' + (attack.id.empty() ? "right" : attack.id); }
};

const RealmFixture& Realm(Algorithm algorithm) {
  static std::map<Algorithm, std::unique_ptr<RealmFixture>> realms;
  std::unique_ptr<RealmFixture>& realm = realms[algorithm];
  if (realm == nullptr) realm = std::make_unique<RealmFixture>(algorithm);
  return *realm;
}

const std::vector<Case>& Cases() {
  static const std::vector<Case> cases = [] {
    std::vector<Case> all;
    for (const Algorithm algorithm : kAll) all.push_back({.algorithm = algorithm, .token = Realm(algorithm).valid});
    for (const Algorithm algorithm : kAttacked) {
      const RealmFixture& realm = Realm(algorithm);
      for (const Attack& attack : realm.forge.Applicable()) {
        Secret forged = realm.forge.Make(attack.id, realm.valid).value();
        all.push_back({.algorithm = algorithm, .attack = attack, .token = std::move(forged)});
      }
    }
    return all;
  }();
  return cases;
}

Json Request() {
  const RealmFixture& any = Realm(Algorithm::kEs256);
  Json request = {
      {"now", any.now()}, {"issuer", any.policy.issuer}, {"audience", any.policy.audience}, {"claims", any.payload}};
  request["cases"] = Json::array();
  const Json next = SigningKey::Generate(Algorithm::kEs384, "next-key").PublicJwk();
  for (const Case& one : Cases()) {
    Json keys = Json::object();
    keys["keys"] = Json::array({Realm(one.algorithm).key.PublicJwk(), next});
    request["cases"].push_back(
        {{"id", one.Id()}, {"algorithm", Name(one.algorithm)}, {"keys", keys}, {"token", one.token.Reveal()}});
  }
  return request;
}

// What each library says, asked once.
const std::map<std::string, Json>& Answers() {
  static const std::map<std::string, Json> answers = [] {
    const fs::path folder = fs::temp_directory_path() / ("iff-libraries-" + std::to_string(getpid()));
    fs::create_directories(folder);
    std::ofstream(folder / "request") << Dump(Request());
    std::map<std::string, Json> said;
    for (const auto& [library, judge] : Judges()) {
      const std::string asked = (folder / "request").string();
      const std::string answered = (folder / "answer").string();
      const std::string command = judge + " <'" + asked + "' >'" + answered + "'";
      EXPECT_EQ(std::system(command.c_str()), 0)
          << library << " could not be asked; ./iff test -L library brings it: " << command;
      std::ifstream file(answered, std::ios::binary);
      const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
      const Result<Json> answer = ParseJson(text);
      EXPECT_THAT(answer, IsOk()) << library;
      if (answer.ok()) said[library] = *answer;
    }
    fs::remove_all(folder);
    return said;
  }();
  return answers;
}

class Libraries : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override { ASSERT_TRUE(Answers().contains(GetParam())); }
  const Json& answer() const { return Answers().at(GetParam()); }
  const Json& Of(const Case& one) const { return answer().at("cases").at(one.Id()); }
};

bool IsSigned(const Case& one) {
  const RealmFixture& realm = Realm(one.algorithm);
  return VerifyJws(one.token.Reveal(), realm.keys, realm.policy).ok();
}

TEST_P(Libraries, TakeARightTokenOfEveryAlgorithmAndReadTheSame) {
  int right = 0;
  for (const Case& one : Cases()) {
    if (!one.attack.id.empty()) continue;
    ++right;
    const Json& seen = Of(one);
    EXPECT_TRUE(seen.at("signed").get<bool>()) << one.Id() << ": " << seen.at("why");
    EXPECT_TRUE(seen.at("taken").get<bool>()) << one.Id() << ": " << seen.at("why");
    EXPECT_THAT(ParseJson(seen.at("claims").get<std::string>()), IsOkAndHolds(Realm(one.algorithm).payload))
        << one.Id();
    EXPECT_EQ(answer().at("thumbprints").at(Name(one.algorithm)), Realm(one.algorithm).key.Public().Thumbprint());
  }
  EXPECT_EQ(right, static_cast<int>(std::size(kAll)));
}

// Both questions about every attack: is it signed by the realm, and is it a token that may come in?
TEST_P(Libraries, SayOfEveryAttackWhatWeSayOrDifferForAKnownReason) {
  std::set<std::string> differing;
  for (const Case& one : Cases()) {
    if (one.attack.id.empty()) continue;
    const Json& seen = Of(one);
    ASSERT_FALSE(Realm(one.algorithm).Verify(one.token).ok()) << one.Id();
    const bool ours = IsSigned(one);
    const std::string known = KnownDifference(GetParam(), one.attack.id);
    std::string now;
    if (seen.at("signed").get<bool>() != ours) now = ours ? "unsigned" : "signed";
    if (seen.at("taken").get<bool>()) now += now.empty() ? "taken" : " taken";
    if (!now.empty()) differing.insert(one.attack.id);
    if (!now.empty() || known.empty()) {
      EXPECT_EQ(now, known) << one.Id() << ", " << (ours ? "signed" : "unsigned") << " in our eyes; " << GetParam()
                            << ": " << seen.at("why");
    }
  }
  for (const Difference& known : Differences()) {
    if (!known.libraries.contains(GetParam())) continue;
    for (const std::string& attack : known.attacks) {
      EXPECT_TRUE(differing.contains(attack)) << attack << ": no difference any more";
    }
  }
}

// An attack on what a token says proves nothing unless the rest of it is right: signed by the realm, and read as it was
// meant.
TEST_P(Libraries, FindAttacksOnClaimsRightlySigned) {
  int looked_at = 0;
  for (const Case& one : Cases()) {
    if (one.attack.row.empty() || one.attack.row[0] != 'C') continue;
    ++looked_at;
    const Json& seen = Of(one);
    EXPECT_TRUE(seen.at("signed").get<bool>()) << one.Id() << ": " << seen.at("why");
    const Result<UnverifiedToken> meant = DecodeUnverified(one.token.Reveal());
    ASSERT_THAT(meant, IsOk()) << one.Id();
    EXPECT_THAT(ParseJson(seen.at("claims").get<std::string>()), IsOkAndHolds(meant->payload)) << one.Id();
  }
  EXPECT_GT(looked_at, 100);
}

std::string WithOneBitFlipped(const std::string& token, int segment, size_t byte, unsigned bit) {
  std::string parts[3];
  size_t start = 0;
  for (std::string& part : parts) {
    const size_t end = std::min(token.find('.', start), token.size());
    part = token.substr(start, end - start);
    start = end + 1;
  }
  std::string bytes = DecodeBase64Url(parts[segment]).value();
  if (byte >= bytes.size()) return {};
  bytes[byte] = static_cast<char>(static_cast<unsigned char>(bytes[byte]) ^ (1U << bit));
  parts[segment] = Base64Url(bytes);
  return parts[0] + '.' + parts[1] + '.' + parts[2];
}

TEST_P(Libraries, MakeTokensThatAreTakenAndNoneWithABitFlipped) {
  std::set<std::string> algorithms;
  for (const Json& made : answer().at("made")) {
    const std::string algorithm = made.at("algorithm").get<std::string>();
    algorithms.insert(algorithm);
    const std::string token = made.at("token").get<std::string>();
    const Result<KeySet> keys = KeySet::Parse(Dump(made.at("keys")));
    ASSERT_THAT(keys, IsOk()) << algorithm;
    const RealmFixture& realm = Realm(Algorithm::kEs256);
    TokenPolicy policy = realm.policy;
    policy.algorithms = {ParseAlgorithm(algorithm).value()};
    const Result<Claims, Refusal> seen = VerifyToken(token, *keys, policy, realm.now());
    ASSERT_THAT(seen, IsAccepted()) << algorithm << ": " << token;
    const Result<UnverifiedToken> decoded = DecodeUnverified(token);
    ASSERT_THAT(decoded, IsOk()) << algorithm;
    EXPECT_EQ(decoded->payload, realm.payload);
    for (int segment = 0; segment < 3; ++segment) {
      for (size_t byte = 0;; ++byte) {
        const std::string flipped = WithOneBitFlipped(token, segment, byte, byte % 8);
        if (flipped.empty()) break;
        EXPECT_FALSE(VerifyToken(flipped, *keys, policy, realm.now()).ok())
            << algorithm << " segment " << segment << " byte " << byte;
      }
    }
  }
  EXPECT_EQ(algorithms.size(), std::size(kAll));
}

INSTANTIATE_TEST_SUITE_P(Every, Libraries, ::testing::Values("go-jose", "jwcrypto"), [](const auto& parameter) {
  std::string name = parameter.param;
  std::erase(name, '-');
  return name;
});

}  // namespace
}  // namespace iff
