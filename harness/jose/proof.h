// Proofs of possession (RFC 9449): what has to come with a token that is bound to a key, in every request anew.
//
//   const Result<Proof, ProofRefusal> shown = VerifyProof(field, {.method = "POST", .target = resource, .token = token,
//                                                                 .key = claims.key_thumbprint}, policy, now);
//   if (shown.ok() && memory.Admit(*shown, principal, now) == ProofMemory::Answer::kNew) ...    // of its key, for this
//   request, and never seen before
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "harness/core/result.h"
#include "harness/jose/key.h"

namespace iff {

// In the order they are asked (RFC 9449 section 4.3, by its numbers where it has one).
enum class ProofRefusal {
  kTooLarge,
  kMalformed,  // 2: not a compact JWS of strict JSON objects; critical headers, which nobody here understands
  kType,       // 4: typ is not dpop+jwt
  kAlgorithm,  // 5: none, a shared secret's, or one the policy has not
  kKey,        // 7: no jwk, a private or weak one, or one that is not for the algorithm
  kSignature,  // 6
  kClaim,      // 3: jti, htm, htu, iat or ath is missing or no such thing
  kMethod,     // 8: htm
  kTarget,     // 9: htu
  kTime,       // 11: iat too far from now, in either direction
  kToken,      // 12a: ath is of another token
  kBinding,    // 12b: the token is bound to another key
};
std::string_view Name(ProofRefusal refusal);  // "proof_target"

struct ProofPolicy {
  // Asymmetric ones only, whatever is put here: there are no others in Algorithm.
  std::set<Algorithm> algorithms = {Algorithm::kEs256, Algorithm::kEdDsa, Algorithm::kRs256};
  // Seconds between iat and now, before and after. Default: a minute; a client's clock is not ours.
  int64_t window = 60;
  size_t max_size = 4096;  // bytes
};

// What the proof has to be for.
struct ProofTarget {
  std::string_view method = {};  // as it was sent
  std::string_view target = {};  // our URL as clients know it, never as a request says it is
  std::string_view token = {};   // the access token beside it
  std::string_view key = {};     // the thumbprint the token is bound to
};

struct Proof {
  std::string key = {};  // RFC 7638 thumbprint
  std::string id = {};   // jti
  int64_t issued_at = 0;
};

// Pure. That a proof is shown once only is for the ProofMemory to say.
Result<Proof, ProofRefusal> VerifyProof(std::string_view proof, const ProofTarget& wanted, const ProofPolicy& policy,
                                        int64_t now_seconds);

// base64url(SHA-256(token)): the claim ath.
std::string TokenHash(std::string_view token);

// Scheme, host and path of a URL, written in the one way that is compared (RFC 3986 sections 6.2.2 and 6.2.3): no
// query, no fragment, no default port. "": not an absolute http or https URL.
std::string ComparableTarget(std::string_view url);

// Which proofs were shown, for as long as they would be taken. Bounded: whoever shows too many within that time, with
// however many keys, is refused more, and leaves the others' places alone. Not thread-safe.
class ProofMemory {
 public:
  // `window` as the policy's. At most `most` proofs are remembered, and of one principal at most `most_each`.
  explicit ProofMemory(int64_t window, size_t most = 200'000, size_t most_each = 20'000)
      : window_(window), most_(most), most_each_(most_each) {}

  enum class Answer { kNew, kSeen, kFull };
  // Remembers it. `principal`: who has shown it, by the token it came with.
  Answer Admit(const Proof& proof, const std::string& principal, int64_t now_seconds);
  size_t size() const { return seen_.size(); }

 private:
  void Forget(int64_t now_seconds);

  const int64_t window_;
  const size_t most_;
  const size_t most_each_;
  // Digests of key and id, by when nobody would take them any more; none of them is a secret.
  std::unordered_map<std::string, int64_t> seen_ = {};
  std::deque<std::pair<int64_t, std::pair<std::string, std::string>>> order_ = {};  // ends, digest, principal
  std::unordered_map<std::string, size_t> of_principal_ = {};
};

}  // namespace iff
