#include "harness/jose/profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/core/result_matchers.h"
#include "harness/jose/realm_fixture.h"

namespace iff {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

// An issuer of one profile, a token as it writes them, and a policy made for that profile.
struct Issuer {
  explicit Issuer(const TokenProfile& tokens) : profile(tokens), forge(key, clock, profile) {
    policy = {.issuer = "https://issuer.example/pool",
              .audience = "https://jira.example/mcp",
              .algorithms = {Algorithm::kEs256},
              .clients = {}};
    Json header = {{"alg", "ES256"}, {"kid", key.id()}};
    Json payload = {{"sub", "4b1c7e0a-alice"}, {"exp", now() + 300}, {"scope", "jira:read"}};
    if (profile.Has(TokenPart::kType)) header["typ"] = *profile.types.begin();
    if (profile.Has(TokenPart::kIssuer)) payload["iss"] = policy.issuer;
    if (profile.Has(TokenPart::kAudience)) payload["aud"] = policy.audience;
    if (profile.Has(TokenPart::kIssuedAt)) payload["iat"] = now();
    if (profile.Has(TokenPart::kKindInTyp)) payload["typ"] = "Bearer";
    if (profile.Has(TokenPart::kClient)) {
      policy.clients = {"agent"};
      payload[profile.client] = "agent";
    }
    if (!profile.use_claim.empty()) payload[profile.use_claim] = profile.use_value;
    EXPECT_THAT(Require(profile, policy), IsOk());
    valid = forge.Sign(header, payload);
  }

  int64_t now() const { return clock.NowSeconds(); }
  Result<Claims, Refusal> Verify(const Secret& token) const {
    return VerifyToken(token.Reveal(), KeySet({key.Public()}), policy, now());
  }
  Result<Claims, Refusal> With(const Json& claims, const Json& header = Json::object()) const {
    return Verify(forge.Reissue(valid, claims, header).value());
  }

  ManualClock clock;
  SigningKey key = RealmFixture::KeyOf(Algorithm::kEs256);
  TokenProfile profile;
  Forge forge;
  TokenPolicy policy;
  Secret valid;
};

class ProfileTest : public ::testing::TestWithParam<std::string> {};

TEST_P(ProfileTest, ItsTokensAreAccepted) {
  const Issuer issuer(TokenProfile::Named(GetParam()).value());
  EXPECT_THAT(issuer.Verify(issuer.valid), IsAccepted());
}

// Whatever applies can be made, and is refused; whatever does not says why, in the profile's name.
TEST_P(ProfileTest, EveryAttackIsRefusedOrInapplicable) {
  const Issuer issuer(TokenProfile::Named(GetParam()).value());
  size_t made = 0;
  for (const Attack& attack : Forge::Attacks()) {
    const Result<Secret> forged = issuer.forge.Make(attack.id, issuer.valid);
    if (!forged.ok()) {
      EXPECT_NE(issuer.forge.WhyNot(attack.id), "") << forged.error();
      continue;
    }
    ++made;
    EXPECT_EQ(issuer.Verify(*forged).ok(), attack.honest) << attack.id;
  }
  EXPECT_GE(made, 60U);
}

INSTANTIATE_TEST_SUITE_P(All, ProfileTest, ::testing::ValuesIn([] {
                           std::vector<std::string> names;
                           for (const TokenProfile& profile : TokenProfile::All()) names.push_back(profile.name);
                           return names;
                         }()),
                         [](const auto& parameter) {
                           std::string name = parameter.param;
                           std::erase(name, '-');
                           return name;
                         });

TEST(TokenProfile, IsFoundByName) {
  EXPECT_EQ(TokenProfile::Named("cognito")->client, "client_id");
  EXPECT_THAT(TokenProfile::Named("cognitto"), FailsWith(ErrorKind::kInvalidInput, HasSubstr("'cognito'")));
}

TEST(TokenProfile, TheDefaultIsTheStrictest) {
  TokenPolicy policy;
  ASSERT_THAT(Require(TokenProfile(), policy), IsOk());
  const TokenPolicy fresh;
  EXPECT_EQ(policy.types, fresh.types);
  EXPECT_TRUE(policy.require_type && policy.require_issuer && policy.require_audience && policy.require_issued_at);
}

TEST(Cognito, WithoutAnAudienceTheClientDecides) {
  const Issuer pool(TokenProfile::Named("cognito").value());
  EXPECT_THAT(pool.With({{"client_id", "another"}}), RefusedBecause(Refusal::kClient));
  EXPECT_THAT(pool.With({{"client_id", nullptr}}), RefusedBecause(Refusal::kClient));
  // A policy that names no client refuses them all; it is not made in the first place.
  TokenPolicy open = pool.policy;
  open.clients.clear();
  EXPECT_THAT(VerifyToken(pool.valid.Reveal(), KeySet({pool.key.Public()}), open, pool.now()),
              RefusedBecause(Refusal::kClaim));
  EXPECT_THAT(Require(pool.profile, open), FailsWith(ErrorKind::kInvalidInput, HasSubstr("name the clients")));
}

TEST(Cognito, WhatIsThereHasToBeRight) {
  const Issuer pool(TokenProfile::Named("cognito").value());
  EXPECT_THAT(pool.With({{"aud", pool.policy.audience}}), IsAccepted());  // where resource binding is on
  EXPECT_THAT(pool.With({{"aud", "https://other.example/mcp"}}), RefusedBecause(Refusal::kAudience));
  EXPECT_THAT(pool.With(Json::object(), {{"typ", "at+jwt"}}), IsAccepted());
  EXPECT_THAT(pool.With(Json::object(), {{"typ", "logout+jwt"}}), RefusedBecause(Refusal::kType));
  EXPECT_THAT(pool.With(Json::object(), {{"typ", 7}}), RefusedBecause(Refusal::kType));
}

TEST(Cognito, AnIdTokenIsRefused) {
  const Issuer pool(TokenProfile::Named("cognito").value());
  EXPECT_THAT(pool.With({{"token_use", "id"}}), RefusedBecause(Refusal::kTokenUse));
  EXPECT_THAT(pool.With({{"token_use", nullptr}}), RefusedBecause(Refusal::kTokenUse));
}

TEST(JwtSvid, NeedsNeitherIssuerNorAge) {
  const Issuer spire(TokenProfile::Named("jwt-svid").value());
  EXPECT_THAT(spire.With({{"iss", "https://elsewhere.example"}}), RefusedBecause(Refusal::kIssuer));
  EXPECT_THAT(spire.With({{"aud", nullptr}}), RefusedBecause(Refusal::kClaim));
  // An age that is not told makes no token live longer.
  EXPECT_THAT(spire.With({{"exp", spire.now() + 2 * spire.policy.max_lifetime}}), RefusedBecause(Refusal::kLifetime));
}

TEST(Forge, SaysWhatAProfileCannotHave) {
  const Issuer pool(TokenProfile::Named("cognito").value());
  EXPECT_THAT(pool.forge.Make("aud-other-server", pool.valid),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("access tokens of profile cognito carry no aud")));
  EXPECT_THAT(pool.forge.Make("typ-missing", pool.valid),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("carry no header typ")));
  EXPECT_EQ(pool.forge.WhyNot("aud-missing"), "access tokens of profile cognito carry no aud");
  std::vector<std::string> fitting;
  for (const Attack& attack : pool.forge.Applicable()) fitting.push_back(attack.id);
  EXPECT_THAT(fitting, Contains("expired"));
  EXPECT_THAT(fitting, Not(Contains("aud-missing")));
}

// A profile that promises what its issuer does not write is our mistake, and reads as one.
TEST(Forge, ATokenThatBelongsToAnotherProfileIsNoInapplicableAttack) {
  const Issuer pool(TokenProfile::Named("cognito").value());
  const Forge mistaken(pool.key, pool.clock);
  EXPECT_EQ(mistaken.WhyNot("aud-missing"), "");
  EXPECT_THAT(mistaken.Make("aud-missing", pool.valid), FailsWith(ErrorKind::kInvalidInput, HasSubstr("no aud")));
}

}  // namespace
}  // namespace iff
