// The Authenticator of every server here: tokens in the Authorization field and nowhere else, as Bearer or, where the
// server is set so, bound to a key and with its proof (DPoP, RFC 9449 section 7).
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/clock.h"
#include "harness/jose/proof.h"
#include "servers/guard/guard.h"
#include "servers/guard/key_source.h"
#include "servers/guard/token_binding.h"

namespace iff {

// What a request offers as proof of its sender (RFC 6750 section 2, RFC 9449 section 7.1).
struct Presented {
  enum class Kind {
    kNothing,    // no field, another scheme, or a token in a place we never look: no credentials
    kBearer,     // one token; whether it is any good is another question
    kBound,      // one token in the scheme DPoP
    kMalformed,  // more than one credential, or a field that is no credential
  };
  Kind kind = Kind::kNothing;
  Secret token = {};
};
Presented ReadCredentials(const HttpRequest& request);

// Whether a connection that has proven a certificate, or none (""), may use a token bound to one (RFC 8705 section 3).
using CertificateMatches = std::function<bool(const std::string& bound_to, const std::string& proven)>;
bool IsThatCertificate(const std::string& bound_to, const std::string& proven);

// Why a token may not come in the scheme it came in (RFC 9449 section 7.1): the reason class, or nullptr. `with_proof`:
// the scheme was DPoP.
using BindingFaultFunction = std::function<const char*(bool with_proof, const Claims& claims, TokenBinding binding)>;
const char* BindingFault(bool with_proof, const Claims& claims, TokenBinding binding);

// Whether a proof that is right otherwise was seen before.
using AdmitProofFunction = std::function<ProofMemory::Answer(const Proof& proof, int64_t now)>;

using VerifyFunction =
    std::function<Result<Claims, Refusal>(std::string_view, const KeySet&, const TokenPolicy&, int64_t)>;
using VerifyProofFunction =
    std::function<Result<Proof, ProofRefusal>(std::string_view, const ProofTarget&, const ProofPolicy&, int64_t)>;

struct BearerOptions {
  TokenPolicy policy = {};
  std::string resource = {};  // our URL, as challenges and metadata name it
  // Paths of our origin where the resource is spoken to as well: there a proof names that URL (RFC 9449 section 4.2).
  std::set<std::string> paths_beside = {};
  std::string name = {};                 // resource_name
  std::vector<std::string> scopes = {};  // scopes_supported
  std::string first_scope = {};          // named in every challenge that asks for no other
  std::function<Presented(const HttpRequest&)> read = ReadCredentials;
  VerifyFunction verify = VerifyToken;
  TokenBinding binding = TokenBinding::kNone;  // wins over policy.key_bound
  ProofPolicy proof = {};
  VerifyProofFunction verify_proof = VerifyProof;
  AdmitProofFunction admit_proof = {};  // default: a ProofMemory, so that a proof is taken once
  BindingFaultFunction binding_fault = BindingFault;
  // Refuses tokens that are not bound to a certificate. For this and for tokens that are: policy.certificate_bound.
  bool certificate_required = false;
  CertificateMatches certificate_matches = IsThatCertificate;
  size_t verdicts = 10'000;  // remembered at once; 0: verify every time
};

// `keys` and `clock` outlive it.
std::shared_ptr<Authenticator> MakeBearerAuthenticator(BearerOptions options, KeySource& keys, const Clock& clock);

// For a guard behind this one: the denial of every token that is not good, in the scheme it came in. Only the reason,
// which is never sent, says what is wrong with it.
Denial DenialOfToken(Refusal refusal, const Claims& claims);

// Where the RFC 9728 document of `resource` is.
std::string MetadataUrl(const std::string& resource);

}  // namespace iff
