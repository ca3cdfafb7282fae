#include <openssl/ecdsa.h>

#include <memory>
#include <string>

#include "harness/core/bytes.h"
#include "servers/http/seams.h"
#include "servers/mutants/judging.h"

namespace iff {

namespace {

// r and s as JWS writes them, of 32 bytes each; "" if it is no pair in DER.
std::string PairOf(const std::string& der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> pair(
      d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())), ECDSA_SIG_free);
  std::string raw(64, '\0');
  auto* const out = reinterpret_cast<unsigned char*>(raw.data());
  const bool fits = pair != nullptr && BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), out, 32) == 32 &&
                    BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), out + 32, 32) == 32;
  return fits ? raw : "";
}

}  // namespace

Seams TakesDerSignatures() {
  Seams seams;
  seams.verify = VerifyDespite(Refusal::kSignature, [](const TokenParts& parts, const KeySet& keys) {
    if (parts.HeaderText("alg") != "ES256") return false;
    TokenParts mended = parts;
    mended.signature = PairOf(parts.signature);
    return SignedByIssuer(mended, keys);
  });
  return seams;
}

}  // namespace iff
