#include "harness/jose/prover.h"

#include <utility>

#include "harness/core/bytes.h"
#include "harness/jose/specimen.h"

namespace iff {
namespace {

// Of a proof, before it is signed.
struct Draft {
  const SigningKey* key = nullptr;
  ProofOf what = {};
  Json header = {};
  Json claims = {};

  std::string Text() const { return Base64Url(Dump(header)) + "." + Base64Url(Dump(claims)); }
  std::string SignedBy(const SigningKey& signer) const {
    const std::string text = Text();
    return text + "." + Base64Url(signer.Sign(text));
  }
  std::string Signed() const { return SignedBy(*key); }
  std::string With(const char* claim, const Json& value) const {
    Draft changed = *this;
    changed.claims[claim] = value;
    return changed.Signed();
  }
  std::string Without(const char* claim) const {
    Draft changed = *this;
    changed.claims.erase(claim);
    return changed.Signed();
  }
  std::string WithHeader(const char* name, const Json& value) const {
    Draft changed = *this;
    changed.header[name] = value;
    return changed.Signed();
  }
};

Json PlainJwk(const SigningKey& key) {
  Json jwk = key.PublicJwk();
  for (const char* name : {"kid", "use", "alg", "key_ops"}) jwk.erase(name);
  return jwk;
}

Draft DraftOf(const SigningKey& key, const ProofOf& what) {
  Draft draft{.key = &key, .what = what};
  draft.header = {{"typ", "dpop+jwt"}, {"alg", Name(key.algorithm())}, {"jwk", PlainJwk(key)}};
  draft.claims = {{"jti", RandomUuid()}, {"htm", what.method}, {"htu", what.target}, {"iat", what.now}};
  if (!what.token.empty()) draft.claims["ath"] = Base64Url(Sha256(what.token));
  return draft;
}

std::string OtherAlgorithm(const Draft& draft, const char* name) {
  Draft changed = draft;
  changed.header["alg"] = name;
  return changed.Text() + ".";
}

// Signed with the public key as a shared secret.
std::string WithSharedSecret(const Draft& draft) {
  Draft changed = draft;
  changed.header["alg"] = "HS256";
  const std::string text = changed.Text();
  return text + "." + Base64Url(HmacSha256(draft.key->Public().Pem(), text));
}

std::string SignedDifferently(const Draft& draft) {
  std::string proof = draft.Signed();
  const size_t at = proof.rfind('.') + 5;  // no unused bits in the middle
  proof[at] = proof[at] == 'A' ? 'B' : 'A';
  return proof;
}

// "http://host:1/path" with its scheme and host in capitals.
std::string Shouted(const std::string& url) {
  std::string loud = url;
  const size_t scheme = url.find("://");
  const size_t path = scheme == std::string::npos ? url.size() : std::min(url.find('/', scheme + 3), url.size());
  for (size_t i = 0; i < path; ++i) {
    if (loud[i] >= 'a' && loud[i] <= 'z') loud[i] = static_cast<char>(loud[i] - 'a' + 'A');
  }
  return loud;
}

std::string OnAnotherHost(const std::string& url) {
  const size_t scheme = url.find("://");
  const size_t path = scheme == std::string::npos ? std::string::npos : url.find('/', scheme + 3);
  return "https://attacker.example" + (path == std::string::npos ? "" : url.substr(path));
}

std::string OtherScheme(const std::string& url) {
  return url.starts_with("https:") ? "http" + url.substr(5) : "https" + url.substr(4);
}

struct Maker {
  ProofAttack attack = {};
  std::string (*make)(const Draft& draft) = nullptr;
};

constexpr int64_t kBeyondAnyWindow = 600;

const std::vector<Maker>& Makers() {
  constexpr const char* k43 = "RFC 9449 section 4.3";
  constexpr const char* k71 = "RFC 9449 section 7.1";
  constexpr const char* k111 = "RFC 9449 section 11.1";
  static const std::vector<Maker> makers = {
      {{"proof-typ-jwt", "E03", "A token of another type is no proof", k43},
       [](const Draft& draft) { return draft.WithHeader("typ", "JWT"); }},
      {{"proof-without-typ", "E03", "A token without a type is no proof", k43},
       [](const Draft& draft) {
         Draft changed = draft;
         changed.header.erase("typ");
         return changed.Signed();
       }},
      {{"proof-alg-none", "E04", "An unsigned proof proves nothing", k43},
       [](const Draft& draft) { return OtherAlgorithm(draft, "none"); }},
      {{"proof-alg-hs256", "E04", "A proof signed with a shared secret proves nothing", "RFC 9449 section 11.6"}, WithSharedSecret},
      {{"proof-alg-of-another-key", "E04", "A proof names the algorithm of its key", k43},
       [](const Draft& draft) { return draft.WithHeader("alg", draft.key->algorithm() == Algorithm::kEs256 ? "RS256" : "ES256"); }},
      {{"proof-private-key", "E05", "A proof that gives its private key away is refused", k43},
       [](const Draft& draft) {
         Draft changed = draft;
         changed.header["jwk"]["d"] = Base64Url(RandomBytes(32));
         return changed.Signed();
       }},
      {{"proof-without-key", "E05", "A proof without its key is none", k43},
       [](const Draft& draft) {
         Draft changed = draft;
         changed.header.erase("jwk");
         return changed.Signed();
       }},
      {{"proof-wrong-signature", "E06", "A proof with another signature proves nothing", k43}, SignedDifferently},
      {{"proof-signed-by-another", "E06", "A proof signed by another key than it names proves nothing", k43},
       [](const Draft& draft) { return draft.SignedBy(ForeignKey(draft.key->algorithm())); }},
      {{"proof-of-another-key", "E07", "A proof of another key than the token's proves nothing", k71},
       [](const Draft& draft) {
         const SigningKey& other = ForeignKey(draft.key->algorithm());
         return DraftOf(other, draft.what).Signed();
       }},
      {{"proof-critical", "E03", "A critical header nobody understands is refused", "RFC 7515 section 4.1.11"},
       [](const Draft& draft) {
         Draft changed = draft;
         changed.header["crit"] = Json::array({"http://example.com/unknown"});
         changed.header["http://example.com/unknown"] = true;
         return changed.Signed();
       }},
      {{"proof-other-method", "E08", "A proof for another method proves nothing", k43},
       [](const Draft& draft) { return draft.With("htm", draft.what.method == "GET" ? "POST" : "GET"); }},
      {{"proof-method-in-small-letters", "E08", "Methods are compared as they are written", "RFC 9110 section 9.1"},
       [](const Draft& draft) { return draft.With("htm", draft.what.method == "POST" ? "post" : "get"); }},
      {{"proof-without-method", "E08", "A proof names the method", k43}, [](const Draft& draft) { return draft.Without("htm"); }},
      {{"proof-other-host", "E09", "A proof for another host proves nothing", k43},
       [](const Draft& draft) { return draft.With("htu", OnAnotherHost(draft.what.target)); }},
      {{"proof-other-path", "E09", "A proof for another path proves nothing", k43},
       [](const Draft& draft) { return draft.With("htu", draft.what.target + "/other"); }},
      {{"proof-other-scheme", "E09", "A proof for another scheme proves nothing", k43},
       [](const Draft& draft) { return draft.With("htu", OtherScheme(draft.what.target)); }},
      {{"proof-host-behind-a-name", "E09", "What stands before an @ is no host", k43},
       [](const Draft& draft) {
         const size_t host = draft.what.target.find("://") + 3;
         return draft.With("htu", draft.what.target.substr(0, host) + "attacker.example@" + draft.what.target.substr(host));
       }},
      {{"proof-without-target", "E09", "A proof names the URL", k43}, [](const Draft& draft) { return draft.Without("htu"); }},
      {{"proof-target-with-query", "E10", "Query and fragment of the URL are not compared", k43, true},
       [](const Draft& draft) { return draft.With("htu", draft.what.target + "?any=thing#else"); }},
      {{"proof-target-in-capitals", "E10", "Scheme and host are compared without case", k43, true},
       [](const Draft& draft) { return draft.With("htu", Shouted(draft.what.target)); }},
      {{"proof-without-token", "E12", "A proof names the token beside it", k43}, [](const Draft& draft) { return draft.Without("ath"); }},
      {{"proof-for-another-token", "E13", "A proof for another token proves nothing", k43},
       [](const Draft& draft) { return draft.With("ath", Base64Url(Sha256("another token"))); }},
      {{"proof-long-ago", "E14", "An old proof proves nothing", k111},
       [](const Draft& draft) { return draft.With("iat", draft.what.now - kBeyondAnyWindow); }},
      {{"proof-from-the-future", "E14", "A proof from the future proves nothing", k111},
       [](const Draft& draft) { return draft.With("iat", draft.what.now + kBeyondAnyWindow); }},
      {{"proof-date-as-text", "E14", "A date is a number", k43},
       [](const Draft& draft) { return draft.With("iat", std::to_string(draft.what.now)); }},
      {{"proof-without-date", "E14", "A proof says when it was made", k43}, [](const Draft& draft) { return draft.Without("iat"); }},
      {{"proof-without-id", "E17", "A proof has an id", k43}, [](const Draft& draft) { return draft.Without("jti"); }},
      {{"proof-empty-id", "E17", "An id is not empty", k43}, [](const Draft& draft) { return draft.With("jti", ""); }},
      {{"proof-huge-id", "E17", "An id is not larger than what may be sent", k111},
       [](const Draft& draft) { return draft.With("jti", std::string(6000, 'j')); }},
  };
  return makers;
}

}  // namespace

Secret Prover::Prove(const ProofOf& what) const { return Secret(DraftOf(key_, what).Signed()); }

const std::vector<ProofAttack>& Prover::Attacks() {
  static const std::vector<ProofAttack> attacks = [] {
    std::vector<ProofAttack> all;
    for (const Maker& maker : Makers()) all.push_back(maker.attack);
    return all;
  }();
  return attacks;
}

Result<Secret> Prover::Make(std::string_view attack, const ProofOf& what) const {
  for (const Maker& maker : Makers()) {
    if (maker.attack.id == attack) return Secret(maker.make(DraftOf(key_, what)));
  }
  return Error(ErrorKind::kInvalidInput, "no proof is called '" + std::string(attack) + "'");
}

}  // namespace iff
