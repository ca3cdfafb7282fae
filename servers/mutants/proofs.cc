// Proofs of possession: DPoP, and certificates of clients.
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/bytes.h"
#include "harness/jose/token.h"
#include "servers/mutants/guards.h"
#include "servers/mutants/handshakes.h"
#include "servers/mutants/mutant.h"
#include "servers/mutants/proving.h"
#include "servers/mutants/rules.h"

namespace iff {
namespace {

// -- certificate-is-the-person

class Recognising final : public InnerAuthenticator {
 public:
  using InnerAuthenticator::InnerAuthenticator;

  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override {
    const std::string shown = request->client_certificate;
    Outcome judged = co_await inner_->Authenticate(std::move(request));
    if (!judged.ok() || shown.empty()) co_return judged;
    co_return known_.emplace(shown, judged.value()).first->second;
  }

 private:
  std::map<std::string, std::shared_ptr<const Caller>> known_;
};

// -- sessions-without-their-key

class Unbinding final : public AlteredCallers {
 public:
  using AlteredCallers::AlteredCallers;

 protected:
  void Alter(Caller& caller) override { caller.claims.key_thumbprint.clear(); }
};

}  // namespace

Family ProofMutants() {
  Family family{.name = "proofs", .suites = {"proofs"}};

  // Everybody whose client has no certificate is shut out at once.
  family.Add({.name = "asks-everybody-for-a-certificate",
              .fault = "Unbound tokens are refused although the server was set to take both.",
              .targets = {"jira"},
              .suites = {"proofs/certificates", "proofs/certificates-only"}},
             [](Hooks& hooks) {
               hooks.adjust_config = [](Config& config) {
                 if (config.certificate_binding == TokenBinding::kPossible)
                   config.certificate_binding = TokenBinding::kRequired;
               };
             });

  // Certificates are no secrets: whoever has a token and its owner's certificate writes the field.
  // Behind a proxy that overwrites the field this would be right; it listens to everybody.
  family.Add({.name = "believes-certificates-in-fields",
              .fault = "A certificate that a header field tells of counts as shown.",
              .targets = {"jira"},
              .suites = {"proofs/certificates", "proofs/certificates-only"}},
             [](Hooks& hooks) {
               hooks.on_request = [](HttpRequest& request) {
                 const std::string told = request.headers.Get("Client-Cert");
                 if (told.size() < 3) return;
                 const Result<std::string> der = DecodeBase64(told.substr(1, told.size() - 2));
                 if (der.ok()) request.client_certificate = Base64Url(Sha256(der.value()));
               };
             });

  // Certificates are public: an attacker with a good one of their own puts the victim's behind it (CVE-2023-2422).
  family.Add({.name = "believes-the-last-of-the-chain",
              .fault = "The client is whoever the last certificate of its chain is of.",
              .targets = {"jira"},
              .suites = {"proofs/handshakes"}},
             [](Hooks&) { BreakHandshakes(HandshakeFault::kBelievesTheLast); });

  // Machines have certificates, and people share machines.
  family.Add({.name = "certificate-is-the-person",
              .fault = "Who shows a certificate is whoever showed it first.",
              .targets = {"jira"},
              .suites = {"proofs/certificates", "proofs/certificates-only"}},
             [](Hooks& hooks) {
               hooks.wrap_authenticator = [](std::shared_ptr<Authenticator> right) -> std::shared_ptr<Authenticator> {
                 return std::make_shared<Recognising>(std::move(right));
               };
             });

  // Clients that write a URL in another right way are shut out.
  family.Add({.name = "compares-proof-urls-as-written",
              .fault = "The URL in a proof has to be ours letter by letter.",
              .targets = {"jira"}},
             [](Hooks& hooks) {
               hooks.verify_proof = [](std::string_view proof, const ProofTarget& wanted, const ProofPolicy& policy,
                                       int64_t now) -> Result<Proof, ProofRefusal> {
                 Result<Proof, ProofRefusal> seen = VerifyProof(proof, wanted, policy, now);
                 const Result<UnverifiedToken> said = DecodeUnverified(proof);
                 if (!seen.ok() || !said.ok()) return seen;
                 return AtOr<std::string>(said->payload, "/htu", "") == wanted.target ? seen : ProofRefusal::kTarget;
               };
             });

  // Whoever makes proofs faster than they are forgotten has all the memory there is.
  family.Add({.name = "hoards-proofs",
              .fault = "Every proof is kept whole, the wrong ones too, and none is ever let go.",
              .targets = {"jira"}},
             [](Hooks& hooks) {
               const auto kept = std::make_shared<std::vector<std::string>>();
               hooks.verify_proof = [kept](std::string_view proof, const ProofTarget& target, const ProofPolicy& policy,
                                           int64_t now) {
                 // In a buffer in which any proof has room.
                 constexpr size_t kLargest = size_t{16} << 10;
                 kept->emplace_back(proof).resize(kLargest, ' ');
                 return VerifyProof(proof, target, policy, now);
               };
             });

  // Whoever made the proof said that it is not to be understood without them.
  family.Add(
      {.name = "ignores-crit-of-proofs", .fault = "Critical headers of a proof are passed over.", .targets = {"jira"}},
      [](Hooks& hooks) { hooks.verify_proof = VerifyProofDespite({ProofRefusal::kMalformed}); });

  // The public key of the token's owner is all that has to be known.
  family.Add({.name = "ignores-signatures-of-proofs",
              .fault = "The signature of a proof is not verified.",
              .targets = {"jira"}},
             [](Hooks& hooks) { hooks.verify_proof = VerifyProofDespite({ProofRefusal::kSignature}); });

  // Who gets a certificate with the victim's name on it, from whichever department, opens with the victim's token.
  family.Add({.name = "knows-certificates-by-name",
              .fault = "A certificate counts as the one that was seen first with its subject.",
              .targets = {"jira"},
              .suites = {"proofs/handshakes"}},
             [](Hooks&) { BreakHandshakes(HandshakeFault::kGoesByName); });

  // What is on its way in a session comes to whoever has the session's id and any login of that person.
  family.Add({.name = "sessions-without-their-key",
              .fault = "A session is its person's, whatever key it was opened with.",
              .targets = {"jira"}},
             [](Hooks& hooks) { hooks.wrap_authenticator = WrapIn<Unbinding, Authenticator>(); });

  // Whoever can make a certificate for themselves has one; the token bound to it is bound to nothing.
  family.Add({.name = "takes-any-certificate",
              .fault = "A client certificate that does not verify is taken as one that does.",
              .targets = {"jira"},
              .suites = {"proofs/handshakes"}},
             [](Hooks&) { BreakHandshakes(HandshakeFault::kTakesAll); });

  // Every other token that the key has ever signed is then a proof.
  family.Add({.name = "takes-any-token-as-a-proof",
              .fault = "What is shown as a proof need not be of that type.",
              .targets = {"jira"}},
             [](Hooks& hooks) { hooks.verify_proof = VerifyProofDespite({ProofRefusal::kType}); });

  // Everybody whose client knows no proofs is shut out at once.
  family.Add({.name = "takes-bound-tokens-alone",
              .fault = "Unbound tokens are refused although the server was set to take both.",
              .targets = {"jira"},
              .suites = {"proofs/presenting"}},
             [](Hooks& hooks) {
               hooks.adjust_config = [](Config& config) {
                 if (config.token_binding == TokenBinding::kPossible) config.token_binding = TokenBinding::kRequired;
               };
             });

  // Who takes a token leaves the proof away.
  family.Add({.name = "takes-bound-tokens-without-proof",
              .fault = "A proof is looked at where there is one, and not missed where there is none.",
              .targets = {"jira"}},
             [](Hooks& hooks) {
               hooks.adjust_bearer = TakeBoundTokensAsBearer;
               hooks.read_credentials = [](const HttpRequest& request) {
                 Presented presented = ReadCredentials(request);
                 const bool bare = presented.kind == Presented::Kind::kBound && request.headers.Find("DPoP") == nullptr;
                 if (bare) presented.kind = Presented::Kind::kBearer;
                 return presented;
               };
             });

  // What has to be remembered of proofs is then as large as their senders like.
  family.Add({.name = "takes-huge-proofs", .fault = "A proof may be as large as a field.", .targets = {"jira"}},
             [](Hooks& hooks) { hooks.verify_proof = VerifyProofDespite({ProofRefusal::kTooLarge}); });

  // Its operator believes that stolen tokens are worth nothing, and nobody with a bound one gets in.
  family.Add(
      {.name = "takes-no-bound-tokens",
       .fault = "Tokens bound to a key are refused although the server was set to take them.",
       .targets = {"jira"},
       .suites = {"proofs/presenting", "proofs/once", "proofs/many", "proofs/bound-only"}},
      [](Hooks& hooks) { hooks.adjust_config = [](Config& config) { config.token_binding = TokenBinding::kNone; }; });

  // Nobody with a bound token gets in, and everybody with another one does.
  family.Add({.name = "takes-no-certificates",
              .fault = "Tokens are bound to certificates, and the server, set to ask for them, does not.",
              .targets = {"jira"},
              .suites = {"proofs/certificates", "proofs/certificates-only"}},
             [](Hooks& hooks) {
               hooks.adjust_config = [](Config& config) { config.certificate_binding = TokenBinding::kNone; };
             });

  // Who saw one request can send it again, for as long as its proof is fresh.
  family.Add({.name = "takes-proofs-again", .fault = "A proof is taken as often as it comes.", .targets = {"jira"}},
             [](Hooks& hooks) { hooks.adjust_bearer = TakeProofsAgain; });

  // A proof for looking is one for changing.
  family.Add({.name = "takes-proofs-for-any-method",
              .fault = "The method a proof was made for is not compared.",
              .targets = {"jira"}},
             [](Hooks& hooks) { hooks.verify_proof = VerifyProofDespite({ProofRefusal::kMethod}); });

  // A proof made beforehand goes with whatever token is taken later.
  family.Add({.name = "takes-proofs-for-any-token",
              .fault = "The token a proof was made for is not compared.",
              .targets = {"jira"}},
             [](Hooks& hooks) { hooks.verify_proof = VerifyProofDespite({ProofRefusal::kToken}); });

  // A server that is shown a proof can use it, with the token beside it, at its neighbour.
  family.Add({.name = "takes-proofs-for-any-url",
              .fault = "The URL a proof was made for is not compared.",
              .targets = {"jira"}},
             [](Hooks& hooks) { hooks.verify_proof = VerifyProofDespite({ProofRefusal::kTarget}); });

  // Proofs made in advance, while somebody was at the machine, are good for ever.
  family.Add(
      {.name = "takes-proofs-of-any-age", .fault = "When a proof was made is not looked at.", .targets = {"jira"}},
      [](Hooks& hooks) { hooks.verify_proof = VerifyProofDespite({ProofRefusal::kTime}); });

  // Who takes a token makes a key of their own, and the binding protects nothing.
  family.Add({.name = "takes-proofs-of-any-key",
              .fault = "A proof need not be of the key that the token is bound to.",
              .targets = {"jira"}},
             [](Hooks& hooks) { hooks.verify_proof = VerifyProofDespite({ProofRefusal::kBinding}); });

  // A proof that does not say what it is for is one for everything.
  family.Add(
      {.name = "takes-proofs-that-say-little", .fault = "What a proof has to say may be missing.", .targets = {"jira"}},
      [](Hooks& hooks) { hooks.verify_proof = VerifyProofDespite({ProofRefusal::kClaim}); });

  // A private key that travels is no longer private, and a proof without a key proves nothing.
  family.Add({.name = "takes-proofs-with-any-key",
              .fault = "The key in a proof is taken as it comes: private, of another kind, or missing.",
              .targets = {"jira"}},
             [](Hooks& hooks) { hooks.verify_proof = VerifyProofDespite({ProofRefusal::kKey}); });

  // Whoever stands in between and takes the last one judges another request than this server does.
  family.Add(
      {.name = "takes-the-first-of-two-proofs", .fault = "Of several proofs the first is taken.", .targets = {"jira"}},
      [](Hooks& hooks) {
        hooks.on_request = [](HttpRequest& request) {
          const std::string first = request.headers.Get("DPoP");
          if (!first.empty()) request.headers.Set("DPoP", first);
        };
      });

  // The issuer bound the token so that whoever takes it alone has nothing. They have everything.
  family.Add(
      {.name = "takes-tokens-without-their-certificate",
       .fault = "A token bound to a certificate is taken on any connection.",
       .targets = {"jira"},
       .suites = {"proofs/certificates", "proofs/certificates-only"}},
      [](Hooks& hooks) { hooks.certificate_matches = [](const std::string&, const std::string&) { return true; }; });

  // A client that believes its tokens are bound is told nothing of the issuer that has stopped to bind them.
  // One request after the other, as the scenarios that are to notice send them.
  family.Add({.name = "takes-unbound-tokens-with-a-proof",
              .fault = "A token that is bound to nothing is taken with a proof of any key.",
              .targets = {"jira"}},
             [](Hooks& hooks) {
               static constexpr std::string_view kNoKey = "none";
               const auto in_that_scheme = std::make_shared<bool>(false);
               hooks.read_credentials = [in_that_scheme](const HttpRequest& request) {
                 Presented presented = ReadCredentials(request);
                 *in_that_scheme = presented.kind == Presented::Kind::kBound;
                 return presented;
               };
               hooks.adjust_bearer = RememberNoVerdicts;
               hooks.verify = [in_that_scheme](std::string_view token, const KeySet& keys, const TokenPolicy& policy,
                                               int64_t now) {
                 Result<Claims, Refusal> seen = VerifyToken(token, keys, policy, now);
                 if (seen.ok() && *in_that_scheme && seen->key_thumbprint.empty()) seen->key_thumbprint = kNoKey;
                 return seen;
               };
               hooks.verify_proof = [](std::string_view proof, const ProofTarget& wanted, const ProofPolicy& policy,
                                       int64_t now) {
                 Result<Proof, ProofRefusal> seen = VerifyProof(proof, wanted, policy, now);
                 const bool excused = !seen.ok() && seen.error() == ProofRefusal::kBinding && wanted.key == kNoKey;
                 return excused ? Result<Proof, ProofRefusal>(
                                      Proof{.key = std::string(kNoKey), .id = std::string(proof), .issued_at = now})
                                : seen;
               };
             });

  // Anybody can write such a proof: the public key is in it.
  family.Add({.name = "takes-unsigned-proofs",
              .fault = "A proof may name no algorithm, or one of shared secrets.",
              .targets = {"jira"}},
             [](Hooks& hooks) { hooks.verify_proof = VerifyProofDespite({ProofRefusal::kAlgorithm}); });

  return family;
}

}  // namespace iff
