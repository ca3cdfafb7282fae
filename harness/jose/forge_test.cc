#include "harness/jose/forge.h"

#include <cctype>
#include <map>

#include "harness/core/result_matchers.h"
#include "harness/jose/realm_fixture.h"

namespace iff {
namespace {

using ::testing::HasSubstr;

// What a strict verifier says to each attack. A new attack needs a line here.
const std::map<std::string, Refusal>& Expected() {
  using enum Refusal;
  static const std::map<std::string, Refusal> table = {
      {"two-tokens-joined", kMalformed},
      {"trailing-junk", kMalformed},
      {"alg-none", kAlgorithm},
      {"alg-none-capitalized", kAlgorithm},
      {"alg-none-mixed-case", kAlgorithm},
      {"alg-none-upper-case", kAlgorithm},
      {"alg-none-trailing-blank", kAlgorithm},
      {"alg-none-original-signature", kAlgorithm},
      {"empty-signature", kSignature},
      {"two-segments", kMalformed},
      {"four-segments", kMalformed},
      {"trailing-dot", kMalformed},
      {"empty-header", kMalformed},
      {"empty-payload", kMalformed},
      {"many-dots", kMalformed},
      {"hs256-with-public-pem", kAlgorithm},
      {"hs256-with-public-pem-crlf", kAlgorithm},
      {"hs256-with-public-pem-no-newline", kAlgorithm},
      {"hs256-with-public-der", kAlgorithm},
      {"hs256-with-public-jwk", kAlgorithm},
      {"hs256-with-public-modulus", kAlgorithm},
      {"hs256-empty-key", kAlgorithm},
      {"hs256-empty-key-of-a-path", kAlgorithm},
      {"hs256-weak-secret", kAlgorithm},
      {"alg-missing", kAlgorithm},
      {"alg-number", kAlgorithm},
      {"alg-lower-case", kAlgorithm},
      {"alg-rs384", kAlgorithm},
      {"alg-rs512", kAlgorithm},
      {"alg-ps256", kAlgorithm},
      {"alg-es256-foreign-key", kAlgorithm},
      {"alg-es384-foreign-key", kAlgorithm},
      {"alg-eddsa-foreign-key", kAlgorithm},
      {"es256-zero-signature", kAlgorithm},
      {"ecdsa-r-zero", kSignature},
      {"ecdsa-s-zero", kSignature},
      {"ecdsa-r-is-order", kSignature},
      {"ecdsa-s-is-order", kSignature},
      {"ecdsa-der-signature", kSignature},
      {"ecdsa-short-signature", kSignature},
      {"ecdsa-long-signature", kSignature},
      {"signature-huge", kSignature},
      {"pkcs1-garbage-after-digest", kSignature},
      {"pkcs1-short-padding", kSignature},
      {"pkcs1-missing-null", kSignature},
      {"pkcs1-wrong-block-type", kSignature},
      {"ed25519-s-above-order", kSignature},
      {"signature-bit-flipped", kSignature},
      {"signature-first-bit-flipped", kSignature},
      {"signature-last-bit-flipped", kSignature},
      {"header-bit-flipped", kSignature},
      {"payload-bit-flipped", kSignature},
      {"payload-swapped", kSignature},
      {"foreign-key-same-kid", kSignature},
      {"foreign-key-unknown-kid", kUnknownKey},
      {"embedded-jwk", kSignature},
      {"jku-header", kSignature},
      {"jku-userinfo", kSignature},
      {"jku-subdomain", kSignature},
      {"jku-traversal", kSignature},
      {"x5u-header", kSignature},
      {"x5c-header", kSignature},
      {"x5c-own-authority", kSignature},
      {"x5t-of-another-certificate", kSignature},
      {"kid-missing", kMalformed},
      {"kid-empty", kMalformed},
      {"kid-number", kMalformed},
      {"kid-null", kMalformed},
      {"kid-array", kMalformed},
      {"kid-object", kMalformed},
      {"kid-traversal", kUnknownKey},
      {"kid-injection", kUnknownKey},
      {"kid-newline", kMalformed},
      {"kid-nul", kMalformed},
      {"kid-huge", kMalformed},
      {"crit-unknown", kCritical},
      {"crit-empty", kCritical},
      {"crit-not-array", kCritical},
      {"crit-standard-parameter", kCritical},
      {"crit-absent-parameter", kCritical},
      {"jwe-five-parts", kMalformed},
      {"pbes2-huge-count", kMalformed},
      {"jwe-around-unsigned", kMalformed},
      {"jwe-with-public-key-as-password", kMalformed},
      {"jwe-deflated", kMalformed},
      {"nested-token", kType},
      {"json-serialization", kMalformed},
      {"json-general-serialization", kMalformed},
      {"base64-padding", kMalformed},
      {"base64-standard-alphabet", kMalformed},
      {"base64-trailing-bits", kMalformed},
      {"base64-foreign-character", kMalformed},
      {"token-8k", kTooLarge},
      {"token-64k", kTooLarge},
      {"duplicate-header-member", kMalformed},
      {"duplicate-kid-escaped", kMalformed},
      {"duplicate-sub-claim", kMalformed},
      {"duplicate-sub-claim-last", kMalformed},
      {"duplicate-aud-claim", kMalformed},
      {"duplicate-exp-claim", kMalformed},
      {"duplicate-claim-escaped", kMalformed},
      {"case-variant-claims", kClaim},
      {"case-variant-aud", kClaim},
      {"case-variant-exp", kClaim},
      {"payload-invalid-utf8", kMalformed},
      {"payload-overlong-utf8", kMalformed},
      {"payload-lone-surrogate", kMalformed},
      {"payload-byte-order-mark", kMalformed},
      {"payload-utf16", kMalformed},
      {"payload-not-object", kMalformed},
      {"payload-string", kMalformed},
      {"header-not-object", kMalformed},
      {"trailing-bytes", kMalformed},
      {"trailing-nul", kMalformed},
      {"deep-nesting", kMalformed},
      {"nesting-bottomless", kTooLarge},
      {"claims-without-number", kTooLarge},
      {"expired", kExpired},
      {"expired-one-second-ago", kExpired},
      {"expires-now", kExpired},
      {"exp-missing", kClaim},
      {"exp-string", kClaim},
      {"exp-float", kClaim},
      {"exp-float-huge", kMalformed},
      {"exp-float-large", kClaim},
      {"exp-not-a-number", kMalformed},
      {"exp-negative", kClaim},
      {"exp-above-int64", kClaim},
      {"exp-wraps-around", kClaim},
      {"exp-null", kClaim},
      {"exp-array", kClaim},
      {"exp-true", kClaim},
      {"nbf-future", kNotYetValid},
      {"nbf-string", kClaim},
      {"iat-future", kNotYetValid},
      {"iat-missing", kClaim},
      {"lifetime-too-long", kLifetime},
      {"iss-wrong", kIssuer},
      {"iss-trailing-slash", kIssuer},
      {"iss-case", kIssuer},
      {"iss-port", kIssuer},
      {"iss-scheme", kIssuer},
      {"iss-percent-encoded", kIssuer},
      {"iss-homograph", kIssuer},
      {"iss-array", kClaim},
      {"iss-null", kClaim},
      {"iss-missing", kClaim},
      {"other-realm", kIssuer},
      {"aud-missing", kClaim},
      {"aud-empty-array", kAudience},
      {"aud-null", kClaim},
      {"aud-object", kClaim},
      {"aud-other-server", kAudience},
      {"aud-other-server-client-us", kAudience},
      {"aud-prefix", kAudience},
      {"aud-truncated", kAudience},
      {"aud-suffix", kAudience},
      {"aud-trailing-slash", kAudience},
      {"aud-case", kAudience},
      {"aud-list-in-text", kAudience},
      {"aud-account-only", kAudience},
      {"aud-client-only", kAudience},
      {"aud-us-and-peer", kAudience},
      {"aud-replaced-by-client-id", kClaim},
      {"azp-unknown", kClient},
      {"azp-missing", kClient},
      {"client-disagrees", kClient},
      {"sub-missing", kClaim},
      {"sub-empty", kClaim},
      {"sub-number", kClaim},
      {"sub-array", kClaim},
      {"sub-too-long", kClaim},
      {"sub-control-characters", kClaim},
      {"cnf-bound-as-bearer", kConfirmation},
      {"cnf-certificate-as-bearer", kConfirmation},
      {"id-token", kTokenUse},
      {"id-token-by-hash", kTokenUse},
      {"id-token-by-use", kTokenUse},
      {"refresh-token", kTokenUse},
      {"offline-token", kTokenUse},
      {"logout-token", kType},
      {"logout-event", kTokenUse},
      {"introspection-token", kType},
      {"id-jag", kType},
      {"dpop-proof", kType},
      {"typ-unknown", kType},
      {"typ-missing", kType},
      {"typ-array", kType},
  };
  return table;
}

// Where the realm itself signs with the algorithm an attack brings, only the signature is left to tell.
Refusal ExpectedFor(const std::string& attack, Algorithm realm_algorithm) {
  if (realm_algorithm == Algorithm::kEs256 && (attack == "alg-es256-foreign-key" || attack == "es256-zero-signature")) {
    return Refusal::kSignature;
  }
  if (realm_algorithm == Algorithm::kEdDsa && attack == "alg-eddsa-foreign-key") return Refusal::kSignature;
  return Expected().at(attack);
}

class ForgeTest : public ::testing::TestWithParam<Algorithm> {};

TEST_P(ForgeTest, EveryAttackIsRefusedForItsOwnReason) {
  const RealmFixture realm(GetParam());
  ASSERT_THAT(realm.Verify(realm.valid), IsAccepted());
  for (const Attack& attack : realm.forge.Applicable()) {
    const Result<Secret> forged = realm.forge.Make(attack.id, realm.valid);
    ASSERT_THAT(forged, IsOk()) << attack.id;
    EXPECT_FALSE(forged->SameAs(realm.valid)) << attack.id;
    ASSERT_TRUE(Expected().contains(attack.id)) << "no expectation for " << attack.id;
    EXPECT_THAT(realm.Verify(*forged), RefusedBecause(ExpectedFor(attack.id, GetParam()))) << attack.id;
    ASSERT_THAT(realm.Verify(realm.valid), IsAccepted()) << "after " << attack.id;
  }
}

// The usual suspects of resource servers: aud as one text, no audience beside ours, no azp.
TEST_P(ForgeTest, EveryAttackFitsAPlainerTokenOrSaysWhyNot) {
  const RealmFixture realm(GetParam());
  const Secret plain =
      realm.forge
          .Reissue(realm.valid, {{"aud", realm.policy.audience}, {"client_id", "agent"}, {"azp", nullptr}},
                   {{"typ", "at+jwt"}})
          .value();
  ASSERT_THAT(realm.Verify(plain), IsAccepted());
  for (const Attack& attack : realm.forge.Applicable()) {
    const Result<Secret> forged = realm.forge.Make(attack.id, plain);
    if (!forged.ok()) {
      EXPECT_THAT(forged, FailsWith(ErrorKind::kInvalidInput, HasSubstr(attack.id)));
      continue;
    }
    EXPECT_FALSE(realm.Verify(*forged).ok()) << attack.id;
  }
}

TEST_P(ForgeTest, AnAttackChangesTheHeaderOrThePayloadButNotBoth) {
  const RealmFixture realm(GetParam());
  for (const Attack& attack : realm.forge.Applicable()) {
    if (attack.id == "nested-token") continue;  // announced in the header, done in the payload
    const Result<UnverifiedToken> seen = DecodeUnverified(realm.forge.Make(attack.id, realm.valid).value().Reveal());
    if (!seen.ok()) continue;  // it is the writing that is wrong
    EXPECT_TRUE(seen->header == realm.header || seen->payload == realm.payload) << attack.id;
  }
}

INSTANTIATE_TEST_SUITE_P(Realm, ForgeTest, ::testing::Values(Algorithm::kRs256, Algorithm::kEs256, Algorithm::kEdDsa),
                         [](const auto& parameter) { return std::string(Name(parameter.param)); });

TEST(Attacks, AreListedOnceAndCompletely) {
  const auto is_kebab = [](const std::string& id) {
    return !id.empty() && id.front() != '-' && id.back() != '-' && id.find("--") == std::string::npos &&
           id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
  };
  const auto is_row = [](const std::string& row) {
    return row.size() == 3 && row[0] >= 'A' && row[0] <= 'C' && std::isdigit(row[1]) != 0 && std::isdigit(row[2]) != 0;
  };
  std::set<std::string> ids;
  for (const Attack& attack : Forge::Attacks()) {
    EXPECT_TRUE(ids.insert(attack.id).second) << attack.id;
    EXPECT_TRUE(is_kebab(attack.id)) << attack.id;
    EXPECT_TRUE(is_row(attack.row)) << attack.id;
    EXPECT_FALSE(attack.title.empty() || attack.clause.empty()) << attack.id;
  }
  EXPECT_GE(ids.size(), 60U);
  for (const auto& [id, refusal] : Expected()) EXPECT_TRUE(ids.contains(id)) << "an expectation for nobody: " << id;
}

TEST(Forge, ReissuesATokenThatIsAccepted) {
  const RealmFixture realm;
  const Secret twin = realm.forge.Reissue(realm.valid, Json::object()).value();
  EXPECT_THAT(realm.Verify(twin), IsAccepted());
  const Secret other = realm.forge.Reissue(realm.valid, {{"sub", "bob"}, {"jti", nullptr}}).value();
  EXPECT_EQ(realm.Verify(other)->subject, "bob");
  EXPECT_EQ(realm.Verify(other)->token_id, "");
}

TEST(Forge, RefusesWhatItCannotForge) {
  const RealmFixture realm;
  const auto fails = [&](const char* attack, const Secret& token, const char* why) {
    EXPECT_THAT(realm.forge.Make(attack, token), FailsWith(ErrorKind::kInvalidInput, HasSubstr(why)));
  };
  fails("no-such-attack", realm.valid, "there is no attack \"no-such-attack\"");
  fails("alg-rs384", realm.valid, "needs a realm key of type RSA");
  EXPECT_EQ(realm.forge.WhyNot("alg-rs384"), "alg-rs384 needs a realm key of type RSA");
  EXPECT_EQ(realm.forge.WhyNot("expired"), "");
  fails("expired", Secret("opaque"), "not three segments");
  fails("expired", Secret("e30.%.x"), "payload");
  fails("sub-missing", realm.forge.Reissue(realm.valid, {{"sub", nullptr}}).value(), "no sub to remove");
  fails("expired", realm.forge.Make("foreign-key-unknown-kid", realm.valid).value(), "was not signed with key");
  fails("expired", realm.forge.Make("alg-none", realm.valid).value(), "was not signed with ES256");
  EXPECT_THAT(realm.forge.Reissue(realm.valid, 7), FailsWith(ErrorKind::kInvalidInput, HasSubstr("are an object")));
}

}  // namespace
}  // namespace iff
