#include "harness/jose/token.h"

#include <random>

#include "harness/core/bytes.h"
#include "harness/core/result_matchers.h"
#include "harness/jose/realm_fixture.h"

namespace iff {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class VerifyTokenTest : public ::testing::Test {
 protected:
  static RealmFixture& realm() {
    static RealmFixture shared;
    return shared;
  }
  TokenPolicy policy = realm().policy;

  Result<Claims, Refusal> Verify(const Json& claims, const Json& headers = Json::object()) const {
    return VerifyAt(realm().now(), claims, headers);
  }
  Result<Claims, Refusal> VerifyAt(int64_t now, const Json& claims = Json::object(),
                                   const Json& headers = Json::object()) const {
    return VerifyToken(realm().forge.Reissue(realm().valid, claims, headers).value().Reveal(), realm().keys, policy,
                       now);
  }
};

TEST_F(VerifyTokenTest, TellsWhatTheTokenSays) {
  const Result<Claims, Refusal> seen = realm().Verify(realm().valid);
  ASSERT_THAT(seen, IsAccepted());
  EXPECT_EQ(seen->issuer, "https://issuer.example/realms/iff");
  EXPECT_EQ(seen->subject, "4b1c7e0a-alice");
  EXPECT_THAT(seen->audience, ElementsAre("https://jira.example/mcp", "account"));
  EXPECT_EQ(seen->client, "agent");
  EXPECT_THAT(seen->scopes, ElementsAre("jira:read", "jira:write", "openid"));
  EXPECT_EQ(seen->token_id, "onrtac:7d1f");
  EXPECT_EQ(seen->username, "alice");
  EXPECT_EQ(seen->issued_at, realm().now());
  EXPECT_EQ(seen->expires_at, realm().now() + 300);
  EXPECT_EQ(seen->not_before, 0);
}

TEST_F(VerifyTokenTest, AcceptsWhatThePolicyAllows) {
  EXPECT_THAT(Verify({{"aud", policy.audience}}), IsAccepted());
  EXPECT_THAT(Verify(Json::object(), {{"typ", "at+jwt"}}), IsAccepted());
  EXPECT_THAT(Verify(Json::object(), {{"typ", "application/AT+JWT"}}), IsAccepted());
  EXPECT_THAT(Verify({{"azp", nullptr}, {"client_id", "agent"}}), IsAccepted());
  EXPECT_THAT(Verify({{"client_id", "agent"}}), IsAccepted());
  EXPECT_THAT(Verify({{"scope", nullptr}, {"jti", nullptr}, {"typ", nullptr}, {"preferred_username", nullptr}}),
              IsAccepted());
  EXPECT_THAT(Verify({{"token_use", "access"}, {"nbf", realm().now()}}), IsAccepted());
  EXPECT_THAT(Verify(Json::object(), {{"unknown", "ignored"}}), IsAccepted());
  EXPECT_THAT(Verify({{"preferred_username", 7}}), IsAccepted()) << "it decides nothing";
}

// Keys a token brings along are no reason to refuse it, and none to trust it.
TEST_F(VerifyTokenTest, IgnoresKeysTheHeaderOffers) {
  const Json foreign = SigningKey::Generate(Algorithm::kEs256).PublicJwk();
  EXPECT_THAT(Verify(Json::object(), {{"jwk", foreign}, {"jku", "https://keys.example.invalid"}}), IsAccepted());
}

TEST_F(VerifyTokenTest, TakesATokenFromItsFirstToItsLastSecond) {
  const int64_t now = realm().now();
  struct Row {
    int64_t leeway;
    int64_t exp;  // relative to now
    bool accepted;
  };
  for (const Row& row : {Row{0, -1, false}, Row{0, 0, false}, Row{0, 1, true}, Row{0, 2, true}, Row{30, -31, false},
                         Row{30, -30, false}, Row{30, -29, true}, Row{30, 0, true}}) {
    policy.leeway = row.leeway;
    const auto seen = Verify({{"iat", now - 100}, {"exp", now + row.exp}});
    if (row.accepted) {
      EXPECT_THAT(seen, IsAccepted()) << "leeway " << row.leeway << " exp " << row.exp;
    } else {
      EXPECT_THAT(seen, RefusedBecause(Refusal::kExpired)) << "leeway " << row.leeway << " exp " << row.exp;
    }
  }
  for (const char* const name : {"nbf", "iat"}) {
    policy.leeway = 0;
    EXPECT_THAT(Verify({{name, now}}), IsAccepted()) << name;
    EXPECT_THAT(Verify({{name, now + 1}}), RefusedBecause(Refusal::kNotYetValid)) << name;
    policy.leeway = 30;
    EXPECT_THAT(Verify({{name, now + 30}}), IsAccepted()) << name;
    EXPECT_THAT(Verify({{name, now + 31}}), RefusedBecause(Refusal::kNotYetValid)) << name;
  }
}

TEST_F(VerifyTokenTest, LimitsTheLifetime) {
  policy.max_lifetime = 300;
  EXPECT_THAT(Verify(Json::object()), IsAccepted());
  policy.max_lifetime = 299;
  EXPECT_THAT(Verify(Json::object()), RefusedBecause(Refusal::kLifetime));
}

TEST_F(VerifyTokenTest, LimitsTheSize) {
  policy.max_size = realm().valid.size();
  EXPECT_THAT(VerifyToken(realm().valid.Reveal(), realm().keys, policy, realm().now()), IsAccepted());
  --policy.max_size;
  EXPECT_THAT(VerifyToken(realm().valid.Reveal(), realm().keys, policy, realm().now()),
              RefusedBecause(Refusal::kTooLarge));
}

TEST_F(VerifyTokenTest, RefusesDatesThatAreNone) {
  for (const Json& date : {Json("1800000300"), Json(-1), Json(1.8e9), Json(1800000300.5), Json(253'402'300'800),
                           Json(UINT64_MAX), Json(true), Json::array(), Json::object()}) {
    for (const char* const name : {"exp", "iat", "nbf"}) {
      EXPECT_THAT(Verify({{name, date}}), RefusedBecause(Refusal::kClaim)) << name << " " << Dump(date);
    }
  }
}

TEST_F(VerifyTokenTest, RefusesClaimsOfTheWrongType) {
  const std::vector<Json> wrong = {{{"iss", 1}},
                                   {{"sub", 1}},
                                   {{"sub", "a\nb"}},
                                   {{"sub", std::string(256, 's')}},
                                   {{"aud", 1}},
                                   {{"azp", 1}},
                                   {{"scope", 1}},
                                   {{"scope", "a\"b"}},
                                   {{"scope", Json::array({"a"})}},
                                   {{"jti", 1}},
                                   {{"jti", "\x1f"}},
                                   {{"client_id", Json::array()}},
                                   {{"scope", "\xc3\xa4"}},
                                   {{"aud", Json::array({policy.audience, 1})}}};
  for (const Json& claims : wrong) EXPECT_THAT(Verify(claims), RefusedBecause(Refusal::kClaim)) << Dump(claims);
}

TEST_F(VerifyTokenTest, TakesABoundTokenOnlyWhereSomebodyAsksForTheProof) {
  const std::string thumbprint(43, 'k');
  const Json to_key = {{"cnf", {{"jkt", thumbprint}}}};
  const Json to_certificate = {{"cnf", {{"x5t#S256", thumbprint}}}};
  const Json to_both = {{"cnf", {{"jkt", thumbprint}, {"x5t#S256", thumbprint}}}};
  for (const Json& bound : {to_key, to_certificate, to_both}) {
    EXPECT_THAT(Verify(bound), RefusedBecause(Refusal::kConfirmation)) << Dump(bound);
  }
  policy.key_bound = true;
  const Result<Claims, Refusal> seen = Verify(to_key);
  ASSERT_THAT(seen, IsAccepted());
  EXPECT_EQ(seen->key_thumbprint, thumbprint);
  EXPECT_EQ(seen->certificate_thumbprint, "");
  EXPECT_THAT(Verify({{"cnf", {{"jkt", thumbprint}, {"kc-jkt-type", "DPoP"}}}, {"typ", "DPoP"}}), IsAccepted())
      << "as Keycloak calls it";
  EXPECT_THAT(Verify({{"typ", "DPoP"}}), RefusedBecause(Refusal::kTokenUse)) << "bound to nothing";
  EXPECT_THAT(Verify(to_certificate), RefusedBecause(Refusal::kConfirmation));
  EXPECT_THAT(Verify(to_both), RefusedBecause(Refusal::kConfirmation)) << "half a proof would be asked for";
  policy.certificate_bound = true;
  EXPECT_THAT(Verify(to_both), IsAccepted());
  for (const Json& none :
       {Json("x"), Json::object(), Json({{"jkt", 1}}), Json({{"jkt", ""}}), Json({{"jkt", thumbprint + "k"}}),
        Json({{"kid", "k"}}), Json({{"other", thumbprint}}), Json({{"jkt", thumbprint}, {"kid", "k"}})}) {
    EXPECT_THAT(Verify({{"cnf", none}}), RefusedBecause(Refusal::kConfirmation)) << Dump(none);
  }
}

TEST_F(VerifyTokenTest, WantsToBeTheSoleAudience) {
  const Json both = {{"aud", Json::array({policy.audience, "https://github.example/mcp"})}};
  EXPECT_THAT(Verify(both), RefusedBecause(Refusal::kAudience));
  policy.sole_audience = false;
  EXPECT_THAT(Verify(both), IsAccepted());
  EXPECT_THAT(Verify({{"aud", "https://github.example/mcp"}}), RefusedBecause(Refusal::kAudience));
}

TEST_F(VerifyTokenTest, TakesAnyClientWhenNoneIsNamed) {
  EXPECT_THAT(Verify({{"azp", "other"}}), RefusedBecause(Refusal::kClient));
  policy.clients.clear();
  EXPECT_THAT(Verify({{"azp", "other"}}), IsAccepted());
  EXPECT_THAT(Verify({{"client_id", "other"}}), RefusedBecause(Refusal::kClient));
}

TEST_F(VerifyTokenTest, TakesATokenWithoutAKeyIdOnlyIfTold) {
  EXPECT_THAT(Verify(Json::object(), {{"kid", nullptr}}), RefusedBecause(Refusal::kMalformed));
  policy.require_key_id = false;
  EXPECT_THAT(Verify(Json::object(), {{"kid", nullptr}}), IsAccepted());
  const KeySet several({realm().key.Public(), SigningKey::Generate(realm().key.algorithm()).Public()});
  const Secret unnamed = realm().forge.Reissue(realm().valid, Json::object(), {{"kid", nullptr}}).value();
  EXPECT_THAT(VerifyToken(unnamed.Reveal(), several, policy, realm().now()), RefusedBecause(Refusal::kUnknownKey));
}

TEST_F(VerifyTokenTest, TellsAnUnknownKeyFromOneThatMayNotVerify) {
  const std::string& token = realm().valid.Reveal();
  EXPECT_THAT(VerifyToken(token, KeySet(), policy, realm().now()), RefusedBecause(Refusal::kUnknownKey));
  Json jwk = realm().key.PublicJwk();
  jwk["use"] = "enc";
  const KeySet encryption({PublicKey::FromJwk(jwk).value()});
  EXPECT_THAT(VerifyToken(token, encryption, policy, realm().now()), RefusedBecause(Refusal::kAlgorithm));
  policy.algorithms = {Algorithm::kRs256};
  EXPECT_THAT(VerifyToken(token, realm().keys, policy, realm().now()), RefusedBecause(Refusal::kAlgorithm));
}

// Nothing an unverified payload says may decide, not even which refusal is given.
TEST_F(VerifyTokenTest, JudgesTheSignatureBeforeThePayload) {
  const std::string header = Base64Url(Dump(realm().header));
  for (const char* const payload : {"{}", "[]", "no json", R"({"exp":1})"}) {
    const std::string token = header + '.' + Base64Url(payload) + '.' + Base64Url(std::string(256, 'x'));
    EXPECT_THAT(VerifyToken(token, realm().keys, policy, realm().now()), RefusedBecause(Refusal::kSignature))
        << payload;
  }
}

TEST_F(VerifyTokenTest, RefusesTheTokenWithAnyOneCharacterChanged) {
  const std::string valid = realm().valid.Reveal();
  for (size_t i = 0; i < valid.size(); ++i) {
    for (const char other : {'A', 'B', '.', '=', '\0', ' '}) {
      if (valid[i] == other) continue;
      std::string changed = valid;
      changed[i] = other;
      EXPECT_FALSE(VerifyToken(changed, realm().keys, policy, realm().now()).ok()) << "at " << i << " " << other;
    }
  }
}

TEST_F(VerifyTokenTest, RefusesEveryTruncation) {
  const std::string& valid = realm().valid.Reveal();
  for (size_t size = 0; size < valid.size(); ++size) {
    EXPECT_FALSE(VerifyToken(valid.substr(0, size), realm().keys, policy, realm().now()).ok()) << size;
  }
}

TEST_F(VerifyTokenTest, SurvivesNoise) {
  std::mt19937 random(1);
  for (int i = 0; i < 2000; ++i) {
    std::string noise = i % 2 == 0 ? realm().valid.Reveal() : std::string(200, 'e');
    for (int n = 0; n < 8; ++n) noise[random() % noise.size()] = static_cast<char>(random() & 0xff);
    const auto seen = VerifyToken(noise, realm().keys, policy, realm().now());
    EXPECT_TRUE(!seen.ok() || noise == realm().valid.Reveal());
  }
}

TEST(CheckTimes, JudgesAVerifiedTokenAgain) {
  const RealmFixture realm;
  const Claims claims = realm.Verify(realm.forge.Reissue(realm.valid, {{"nbf", realm.now()}}).value()).value();
  EXPECT_THAT(CheckTimes(claims, realm.policy, realm.now() + 299), IsAccepted());
  EXPECT_THAT(CheckTimes(claims, realm.policy, realm.now() + 300), RefusedBecause(Refusal::kExpired));
  EXPECT_THAT(CheckTimes(claims, realm.policy, realm.now() - 1), RefusedBecause(Refusal::kNotYetValid));
}

TEST(DecodeUnverified, ShowsWhatATokenSaysWithoutBelievingIt) {
  const RealmFixture realm;
  std::string token = realm.valid.Reveal();
  const Result<UnverifiedToken> decoded = DecodeUnverified(token.substr(0, token.rfind('.') + 1));
  ASSERT_THAT(decoded, IsOk());
  EXPECT_EQ(decoded->header, realm.header);
  EXPECT_EQ(decoded->payload, realm.payload);
  EXPECT_THAT(DecodeUnverified("opaque"), FailsWith(ErrorKind::kInvalidInput, HasSubstr("not three")));
  EXPECT_THAT(DecodeUnverified("W10.e30."), FailsWith(ErrorKind::kInvalidInput, HasSubstr("header")));
}

TEST(AudiencesIn, AreThoseOfATextAndOfAList) {
  using Names = std::set<std::string>;
  EXPECT_EQ(AudiencesIn(Json{{"aud", "a"}}), Names{"a"});
  EXPECT_EQ(AudiencesIn(Json{{"aud", {"b", "a", 7}}}), (Names{"7", "a", "b"}));
  EXPECT_EQ(AudiencesIn(Json{{"aud", nullptr}}), Names());
  EXPECT_EQ(AudiencesIn(Json::object()), Names());
}

TEST(Refusal, HasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(Refusal::kRevoked); ++i) names.insert(Name(static_cast<Refusal>(i)));
  EXPECT_EQ(names.size(), static_cast<size_t>(Refusal::kRevoked) + 1);
  EXPECT_EQ(Name(Refusal::kExpired), "expired");
  EXPECT_EQ(Name(Refusal::kConfirmation), "confirmation");
  EXPECT_EQ(Name(Refusal::kRevoked), "revoked");
}

}  // namespace
}  // namespace iff
