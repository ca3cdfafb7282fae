#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <memory>
#include <string>
#include <string_view>

#include "harness/core/bytes.h"
#include "servers/http/seams.h"
#include "servers/mutants/judging.h"

namespace iff {

namespace {

using PublishedKey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

std::string NumberOf(const Json& jwk, const char* member) {
  return DecodeBase64Url(jwk.value(member, "")).value_or("");
}

const unsigned char* BytesIn(const std::string& text) { return reinterpret_cast<const unsigned char*>(text.data()); }

// Whatever OpenSSL takes for a key: of any size, for any use.
PublishedKey AnyKey(const Json& jwk) {
  EVP_PKEY* made = nullptr;
  if (jwk.value("kty", "") == "OKP") {
    const std::string x = NumberOf(jwk, "x");
    made = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, BytesIn(x), x.size());
  } else if (jwk.value("kty", "") == "RSA") {
    const std::string n = NumberOf(jwk, "n");
    const std::string e = NumberOf(jwk, "e");
    BIGNUM* const modulus = BN_bin2bn(BytesIn(n), static_cast<int>(n.size()), nullptr);
    BIGNUM* const exponent = BN_bin2bn(BytesIn(e), static_cast<int>(e.size()), nullptr);
    OSSL_PARAM_BLD* const builder = OSSL_PARAM_BLD_new();
    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, modulus);
    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, exponent);
    OSSL_PARAM* const parameters = OSSL_PARAM_BLD_to_param(builder);
    EVP_PKEY_CTX* const context = EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr);
    EVP_PKEY_fromdata_init(context);
    EVP_PKEY_fromdata(context, &made, EVP_PKEY_PUBLIC_KEY, parameters);
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(parameters);
    OSSL_PARAM_BLD_free(builder);
    BN_free(modulus);
    BN_free(exponent);
  }
  return {made, EVP_PKEY_free};
}

bool SignedByAny(const TokenParts& parts, const std::string& set) {
  const Result<Json> published = ParseJson(set);
  if (!published.ok()) return false;
  for (const Json& jwk : published->value("keys", Json::array())) {
    if (jwk.value("kid", "") != parts.HeaderText("kid")) continue;
    const PublishedKey key = AnyKey(jwk);
    if (key == nullptr) continue;
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    const EVP_MD* const digest = jwk.value("kty", "") == "OKP" ? nullptr : EVP_sha256();
    if (EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key.get()) == 1 &&
        EVP_DigestVerify(context.get(), BytesIn(parts.signature), parts.signature.size(), BytesIn(parts.signed_text),
                         parts.signed_text.size()) == 1) {
      return true;
    }
  }
  return false;
}

}  // namespace

Seams BelievesWhateverIsPublished() {
  Seams seams;
  const auto published = std::make_shared<std::string>();
  seams.adjust_keys = [published](KeySourceOptions& options) {
    options.parse = [published](std::string_view set) {
      *published = set;
      return KeySet::Parse(set);
    };
  };
  const Excuse signed_by_any = [published](const TokenParts& parts, const KeySet&) {
    return SignedByAny(parts, *published);
  };
  // It may be unknown, unfit, or another of the same name than the one that fits.
  seams.verify = [unknown = VerifyDespite(Refusal::kUnknownKey, signed_by_any),
                  unfit = VerifyDespite(Refusal::kAlgorithm, signed_by_any),
                  namesake = VerifyDespite(Refusal::kSignature, signed_by_any)](
                     std::string_view token, const KeySet& keys, const TokenPolicy& policy, int64_t now) {
    Result<Claims, Refusal> seen = unknown(token, keys, policy, now);
    if (!seen.ok()) seen = unfit(token, keys, policy, now);
    return seen.ok() ? seen : namesake(token, keys, policy, now);
  };
  return seams;
}

}  // namespace iff
