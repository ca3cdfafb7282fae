#include "harness/jose/libraries/differences.h"

#include <algorithm>

namespace iff {

const std::vector<Difference>& Differences() {
  static const std::set<std::string> both = {"go-jose", "jwcrypto"};
  static const std::vector<Difference> all = {
      {both,
       "taken",
       "which kind of token it is, typ included, is left to the application (RFC 8725 sections 3.11 and 3.12)",
       {"dpop-proof", "id-jag", "id-token", "id-token-by-hash", "id-token-by-use", "introspection-token",
        "logout-event", "logout-token", "offline-token", "refresh-token", "typ-array", "typ-missing", "typ-unknown"}},
      {both,
       "taken",
       "clients, bindings, lifetimes and audiences beside ours are left to the application",
       {"aud-us-and-peer", "azp-missing", "azp-unknown", "client-disagrees", "cnf-bound-as-bearer",
        "cnf-certificate-as-bearer", "lifetime-too-long"}},
      {both, "taken", "any text is a subject", {"sub-control-characters", "sub-empty", "sub-too-long"}},
      {both, "taken", "RFC 7519 section 2 lets a date have a fraction", {"exp-float"}},
      {both, "taken", "they end a token after the second exp names, RFC 7519 section 4.1.4 before it", {"expires-now"}},
      {both,
       "taken",
       "half a surrogate pair is read as some character or other (RFC 8259 section 8.2)",
       {"payload-lone-surrogate"}},
      {both,
       "signed taken",
       "RFC 4648 section 3.5: a decoder MAY refuse bits that are not zero",
       {"base64-trailing-bits"}},
      {both, "signed taken", "RFC 7515 section 4.1.11: who reads an empty crit MAY refuse it", {"crit-empty"}},
      {both, "signed taken", "no limit to a token's size", {"token-8k", "token-64k", "claims-without-number"}},
      {both, "signed", "no limit to a token's size, but one to how deep they read its claims", {"nesting-bottomless"}},
      {{"go-jose"},
       "taken",
       "which claims there have to be is left to the application",
       {"case-variant-claims", "case-variant-exp", "exp-missing", "exp-null", "iat-missing", "sub-missing"}},
      {{"go-jose"},
       "taken",
       "bytes that are no UTF-8 are read as U+FFFD",
       {"payload-invalid-utf8", "payload-overlong-utf8"}},
      {{"go-jose"}, "taken", "its reader of JSON goes deeper than ours", {"deep-nesting"}},
      {{"jwcrypto"},
       "signed taken",
       "its decoder of base64url takes padding and the other alphabet (RFC 7515 section 2 does not)",
       {"base64-padding", "base64-standard-alphabet"}},
      {{"jwcrypto"},
       "signed taken",
       "RFC 7515 section 4.1.11: who reads a crit of standard parameters MAY refuse it",
       {"crit-standard-parameter"}},
      {{"jwcrypto"},
       "signed taken",
       "RFC 7515 section 4 lets a reader take the last of several members",
       {"duplicate-header-member", "duplicate-kid-escaped"}},
      {{"jwcrypto"},
       "taken",
       "RFC 7519 section 4 lets a reader take the last of several members",
       {"duplicate-aud-claim", "duplicate-claim-escaped", "duplicate-exp-claim", "duplicate-sub-claim",
        "duplicate-sub-claim-last"}},
      {{"jwcrypto"}, "taken", "its numbers have no end", {"exp-above-int64", "exp-float-large", "exp-wraps-around"}},
      {{"jwcrypto"}, "taken", "iat has to be there and is compared with nothing", {"iat-future"}},
      {{"jwcrypto"},
       "signed taken",
       "without a kid it tries every key of the set (RFC 7515 section 4.1.4 calls it a hint)",
       {"kid-missing"}},
      {{"jwcrypto"},
       "signed",
       "a JWS may be written as JSON (RFC 7515 section 7.2); as a token it refuses that, as we do",
       {"json-general-serialization", "json-serialization"}},
  };
  return all;
}

std::string KnownDifference(const std::string& library, std::string_view attack) {
  for (const Difference& one : Differences()) {
    if (one.libraries.contains(library) &&
        std::find(one.attacks.begin(), one.attacks.end(), attack) != one.attacks.end()) {
      return one.says;
    }
  }
  return {};
}

}  // namespace iff
