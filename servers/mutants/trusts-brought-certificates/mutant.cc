#include <openssl/evp.h>
#include <openssl/x509.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "harness/core/bytes.h"
#include "servers/http/seams.h"
#include "servers/mutants/judging.h"

namespace iff {

namespace {

using BroughtCertificate = std::unique_ptr<X509, decltype(&X509_free)>;

// Everything is asked of the chain but where it ends: each of it is signed by the next, and the last by itself.
bool SignedByBroughtCertificate(const TokenParts& parts, const KeySet&) {
  std::vector<BroughtCertificate> chain;
  for (const Json& text : AtOr<Json>(parts.header, "/x5c", Json::array())) {
    const std::string der = DecodeBase64(text.is_string() ? text.get<std::string>() : "").value_or("");
    const unsigned char* at = reinterpret_cast<const unsigned char*>(der.data());
    chain.emplace_back(d2i_X509(nullptr, &at, static_cast<long>(der.size())), X509_free);
    if (chain.back() == nullptr) return false;
  }
  for (size_t i = 0; i < chain.size(); ++i) {
    X509* const signer = chain[std::min(i + 1, chain.size() - 1)].get();
    if (X509_verify(chain[i].get(), X509_get0_pubkey(signer)) != 1) return false;
  }
  if (chain.empty()) return false;
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  const auto bytes = [](const std::string& text) { return reinterpret_cast<const unsigned char*>(text.data()); };
  return EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, X509_get0_pubkey(chain.front().get())) ==
             1 &&
         EVP_DigestVerify(context.get(), bytes(parts.signature), parts.signature.size(), bytes(parts.signed_text),
                          parts.signed_text.size()) == 1;
}

}  // namespace

Seams TrustsBroughtCertificates() {
  Seams seams;
  seams.verify = VerifyDespite(Refusal::kSignature, SignedByBroughtCertificate);
  return seams;
}

}  // namespace iff
