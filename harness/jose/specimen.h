// A valid token taken apart, and the tools to put it together again with one thing wrong. Private to
// harness/jose.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/json.h"
#include "harness/jose/forge.h"
#include "harness/jose/key.h"

namespace iff {

struct Specimen {
  // `key` must outlive the specimen. kInvalidInput: `token` is not a compact JWS made with `key`.
  static Result<Specimen> Dissect(const std::string& token, const SigningKey& key, int64_t now_seconds);

  std::string SignedText() const { return header_segment + '.' + payload_segment; }

  // Any texts, signed by the realm's key or another one.
  std::string Signed(std::string_view header_text, std::string_view payload_text) const;
  std::string SignedBy(const SigningKey& signer, std::string_view header_text, std::string_view payload_text) const;
  std::string WithHeaderText(std::string_view text) const { return Signed(text, Dump(payload)); }
  std::string WithPayloadText(std::string_view text) const { return Signed(Dump(header), text); }
  // Original header and payload under other signature bytes.
  std::string WithSignature(std::string_view signature_bytes) const;

  // Members changed (null removes one, which must be there) and signed anew.
  Result<std::string> WithHeader(const Json& changes) const;
  Result<std::string> WithClaims(const Json& changes) const;
  // One member written as JSON text that no JSON library would write.
  std::string WithRawHeader(const std::string& name, std::string_view json_text) const;
  std::string WithRawClaim(const std::string& name, std::string_view json_text) const;

  // The audience that stands for the server under attack: the first URL in aud, else the first entry.
  Result<std::string> Audience() const;
  // aud with that entry replaced.
  Result<std::string> WithAudience(const std::string& other) const;
  Result<std::string> Text(const std::string& claim) const;
  Result<int64_t> Date(const std::string& claim) const;

  const SigningKey* key = nullptr;
  int64_t now = 0;
  std::string header_segment = {};
  std::string payload_segment = {};
  std::string signature_segment = {};
  std::string signature = {};
  std::string header_text = {};
  std::string payload_text = {};
  Json header = {};
  Json payload = {};
};

struct Forgery {
  Attack attack = {};
  Result<std::string> (*make)(const Specimen& specimen) = nullptr;
};

// The catalogue, in four parts.
std::vector<Forgery> SignatureForgeries();  // algorithms, keys and signatures: B01 to B35
std::vector<Forgery> TextForgeries();       // how it is written: A05 to A09, B05, B38 to B50
std::vector<Forgery> ClaimForgeries();      // what it says: B48, C01 to C43
std::vector<Forgery> WrappedForgeries();    // what it is wrapped in, and brings along: B24, B35, B37

// The same, for profiles that have these parts alone.
std::vector<Forgery> Needing(const std::vector<TokenPart>& parts, std::vector<Forgery> forgeries);
// Those of that id need one part more. REQUIRES: each is among `forgeries`.
void Need(TokenPart part, const std::vector<std::string_view>& ids, std::vector<Forgery>& forgeries);

// A key nobody published, the same one for the life of the process.
const SigningKey& ForeignKey(Algorithm algorithm);

// {"a":1} with `member` ("\"b\":2") put before all others, even when it is there already.
std::string WithFirstMember(std::string_view object_text, std::string_view member);

// "https://host:1/path" in three; kInvalidInput without "://".
struct UrlParts {
  std::string scheme = {};
  std::string authority = {};
  std::string path = {};
};
Result<UrlParts> SplitUrl(std::string_view url);

// There is no such attack on this token, though it is what it should be (kInvalidInput).
Error Inapplicable(std::string_view why);
// This is no token to attack: not of that key, or without what its issuer's profile says it has (kInvalidInput).
Error Unfit(std::string_view why);

}  // namespace iff
