#include "harness/jose/wrong_keys.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include "harness/core/bytes.h"
#include "harness/core/result_matchers.h"
#include "harness/jose/key_openssl.h"
#include "harness/jose/realm_fixture.h"
#include "harness/jose/token.h"

namespace iff {
namespace {

using ::testing::Not;

// By OpenSSL as it is, which minds neither the size of a key nor what it is for.
bool VerifiesForOpenSsl(const WrongKey& key, const std::string& text, const std::string& signature) {
  const auto member = [&](const char* name) { return DecodeBase64Url(key.jwk.at(name).get<std::string>()).value(); };
  EVP_PKEY* made = nullptr;
  if (key.algorithm == Algorithm::kEdDsa) {
    const std::string x = member("x");
    made = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, openssl::Bytes(std::string_view(x)), x.size());
  } else {
    const std::string n = member("n");
    const std::string e = member("e");
    const openssl::NumberPtr modulus(
        BN_bin2bn(openssl::Bytes(std::string_view(n)), static_cast<int>(n.size()), nullptr));
    const openssl::NumberPtr exponent(
        BN_bin2bn(openssl::Bytes(std::string_view(e)), static_cast<int>(e.size()), nullptr));
    OSSL_PARAM_BLD* const builder = OSSL_PARAM_BLD_new();
    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, modulus.get());
    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, exponent.get());
    OSSL_PARAM* const parameters = OSSL_PARAM_BLD_to_param(builder);
    const openssl::KeyContextPtr context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
    EVP_PKEY_fromdata_init(context.get());
    EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, parameters);
    OSSL_PARAM_free(parameters);
    OSSL_PARAM_BLD_free(builder);
  }
  const openssl::KeyPtr owner(made);
  const openssl::DigestContextPtr context(EVP_MD_CTX_new());
  const EVP_MD* const digest = key.algorithm == Algorithm::kEdDsa ? nullptr : EVP_sha256();
  return made != nullptr && EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, made) == 1 &&
         EVP_DigestVerify(context.get(), openssl::Bytes(std::string_view(signature)), signature.size(),
                          openssl::Bytes(std::string_view(text)), text.size()) == 1;
}

TEST(WrongKeys, SignSoThatAVerifierThatMindsNothingBelievesThem) {
  for (const WrongKey& key : WrongKeys()) {
    EXPECT_TRUE(VerifiesForOpenSsl(key, "text", key.signs("text"))) << key.id;
    EXPECT_EQ(key.jwk.at("kid"), key.id);
  }
}

TEST(WrongKeys, AreBelievedByNobodyHere) {
  const RealmFixture realm(Algorithm::kRs256);
  for (const WrongKey& key : WrongKeys()) {
    const SigningKey right = SigningKey::Generate(key.algorithm, "right");
    const KeySet keys = KeySet::Parse(Dump({{"keys", {key.jwk, right.PublicJwk()}}})).value();
    TokenPolicy policy = realm.policy;
    policy.algorithms = {key.algorithm};
    EXPECT_THAT(VerifyToken(SignedBy(right, realm.valid).value().Reveal(), keys, policy, realm.now()), IsAccepted())
        << key.id;
    EXPECT_THAT(VerifyToken(key.Sign(realm.valid).value().Reveal(), keys, policy, realm.now()), Not(IsAccepted()))
        << key.id;
  }
}

TEST(WrongKeys, SignNothingThatIsNoToken) {
  EXPECT_THAT(WrongKeys().front().Sign(Secret("no token")),
              FailsWith(ErrorKind::kInvalidInput, "sign anew: no compact JWS"));
}

}  // namespace
}  // namespace iff
