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
  Attack attack = {};
  std::string (*make)(const Draft& draft) = nullptr;
};

constexpr int64_t kBeyondAnyWindow = 600;

const std::vector<Maker>& Makers() {
  constexpr const char* k43 = "RFC 9449 section 4.3";
  constexpr const char* k71 = "RFC 9449 section 7.1";
  constexpr const char* k111 = "RFC 9449 section 11.1";
  static const std::vector<Maker> makers = {
      {{.id = "proof-typ-jwt", .row = "E03", .title = "A token of another type is no proof", .clause = k43},
       [](const Draft& draft) { return draft.WithHeader("typ", "JWT"); }},
      {{.id = "proof-without-typ", .row = "E03", .title = "A token without a type is no proof", .clause = k43},
       [](const Draft& draft) {
         Draft changed = draft;
         changed.header.erase("typ");
         return changed.Signed();
       }},
      {{.id = "proof-alg-none", .row = "E04", .title = "An unsigned proof proves nothing", .clause = k43},
       [](const Draft& draft) { return OtherAlgorithm(draft, "none"); }},
      {{.id = "proof-alg-hs256",
        .row = "E04",
        .title = "A proof signed with a shared secret proves nothing",
        .clause = "RFC 9449 section 11.6"},
       WithSharedSecret},
      {{.id = "proof-alg-of-another-key",
        .row = "E04",
        .title = "A proof names the algorithm of its key",
        .clause = k43},
       [](const Draft& draft) {
         return draft.WithHeader("alg", draft.key->algorithm() == Algorithm::kEs256 ? "RS256" : "ES256");
       }},
      {{.id = "proof-private-key",
        .row = "E05",
        .title = "A proof that gives its private key away is refused",
        .clause = k43},
       [](const Draft& draft) {
         Draft changed = draft;
         changed.header["jwk"]["d"] = Base64Url(RandomBytes(32));
         return changed.Signed();
       }},
      {{.id = "proof-without-key", .row = "E05", .title = "A proof without its key is none", .clause = k43},
       [](const Draft& draft) {
         Draft changed = draft;
         changed.header.erase("jwk");
         return changed.Signed();
       }},
      {{.id = "proof-wrong-signature",
        .row = "E06",
        .title = "A proof with another signature proves nothing",
        .clause = k43},
       SignedDifferently},
      {{.id = "proof-signed-by-another",
        .row = "E06",
        .title = "A proof signed by another key than it names proves nothing",
        .clause = k43},
       [](const Draft& draft) { return draft.SignedBy(ForeignKey(draft.key->algorithm())); }},
      {{.id = "proof-of-another-key",
        .row = "E07",
        .title = "A proof of another key than the token's proves nothing",
        .clause = k71},
       [](const Draft& draft) {
         const SigningKey& other = ForeignKey(draft.key->algorithm());
         return DraftOf(other, draft.what).Signed();
       }},
      {{.id = "proof-critical",
        .row = "E03",
        .title = "A critical header nobody understands is refused",
        .clause = "RFC 7515 section 4.1.11"},
       [](const Draft& draft) {
         Draft changed = draft;
         changed.header["crit"] = Json::array({"http://example.com/unknown"});
         changed.header["http://example.com/unknown"] = true;
         return changed.Signed();
       }},
      {{.id = "proof-other-method", .row = "E08", .title = "A proof for another method proves nothing", .clause = k43},
       [](const Draft& draft) { return draft.With("htm", draft.what.method == "GET" ? "POST" : "GET"); }},
      {{.id = "proof-method-in-small-letters",
        .row = "E08",
        .title = "Methods are compared as they are written",
        .clause = "RFC 9110 section 9.1"},
       [](const Draft& draft) { return draft.With("htm", draft.what.method == "POST" ? "post" : "get"); }},
      {{.id = "proof-without-method", .row = "E08", .title = "A proof names the method", .clause = k43},
       [](const Draft& draft) { return draft.Without("htm"); }},
      {{.id = "proof-other-host", .row = "E09", .title = "A proof for another host proves nothing", .clause = k43},
       [](const Draft& draft) { return draft.With("htu", OnAnotherHost(draft.what.target)); }},
      // E11: what a proxy would have said of the way here, had there been one.
      {{.id = "proof-host-of-a-proxy",
        .row = "E11",
        .title = "The fields of a proxy do not say what a proof is for",
        .clause = "RFC 9700 section 4.13",
        .beside = {{"X-Forwarded-Host", "attacker.example"},
                   {"X-Forwarded-Proto", "https"},
                   {"Forwarded", "host=attacker.example;proto=https"}}},
       [](const Draft& draft) { return draft.With("htu", OnAnotherHost(draft.what.target)); }},
      {{.id = "proof-other-path", .row = "E09", .title = "A proof for another path proves nothing", .clause = k43},
       [](const Draft& draft) { return draft.With("htu", draft.what.target + "/other"); }},
      {{.id = "proof-other-scheme", .row = "E09", .title = "A proof for another scheme proves nothing", .clause = k43},
       [](const Draft& draft) { return draft.With("htu", OtherScheme(draft.what.target)); }},
      {{.id = "proof-host-behind-a-name", .row = "E09", .title = "What stands before an @ is no host", .clause = k43},
       [](const Draft& draft) {
         const size_t host = draft.what.target.find("://") + 3;
         return draft.With("htu",
                           draft.what.target.substr(0, host) + "attacker.example@" + draft.what.target.substr(host));
       }},
      {{.id = "proof-without-target", .row = "E09", .title = "A proof names the URL", .clause = k43},
       [](const Draft& draft) { return draft.Without("htu"); }},
      {{.id = "proof-target-with-query",
        .row = "E10",
        .title = "Query and fragment of the URL are not compared",
        .clause = k43,
        .honest = true},
       [](const Draft& draft) { return draft.With("htu", draft.what.target + "?any=thing#else"); }},
      {{.id = "proof-target-in-capitals",
        .row = "E10",
        .title = "Scheme and host are compared without case",
        .clause = k43,
        .honest = true},
       [](const Draft& draft) { return draft.With("htu", Shouted(draft.what.target)); }},
      {{.id = "proof-without-token", .row = "E12", .title = "A proof names the token beside it", .clause = k43},
       [](const Draft& draft) { return draft.Without("ath"); }},
      {{.id = "proof-for-another-token",
        .row = "E13",
        .title = "A proof for another token proves nothing",
        .clause = k43},
       [](const Draft& draft) { return draft.With("ath", Base64Url(Sha256("another token"))); }},
      {{.id = "proof-long-ago", .row = "E14", .title = "An old proof proves nothing", .clause = k111},
       [](const Draft& draft) { return draft.With("iat", draft.what.now - kBeyondAnyWindow); }},
      {{.id = "proof-from-the-future", .row = "E14", .title = "A proof from the future proves nothing", .clause = k111},
       [](const Draft& draft) { return draft.With("iat", draft.what.now + kBeyondAnyWindow); }},
      {{.id = "proof-date-as-text", .row = "E14", .title = "A date is a number", .clause = k43},
       [](const Draft& draft) { return draft.With("iat", std::to_string(draft.what.now)); }},
      {{.id = "proof-without-date", .row = "E14", .title = "A proof says when it was made", .clause = k43},
       [](const Draft& draft) { return draft.Without("iat"); }},
      {{.id = "proof-without-id", .row = "E17", .title = "A proof has an id", .clause = k43},
       [](const Draft& draft) { return draft.Without("jti"); }},
      {{.id = "proof-empty-id", .row = "E17", .title = "An id is not empty", .clause = k43},
       [](const Draft& draft) { return draft.With("jti", ""); }},
      {{.id = "proof-huge-id", .row = "E17", .title = "An id is not larger than what may be sent", .clause = k111},
       [](const Draft& draft) { return draft.With("jti", std::string(6000, 'j')); }},
  };
  return makers;
}

}  // namespace

Secret Prover::Prove(const ProofOf& what) const { return Secret(DraftOf(key_, what).Signed()); }

const std::vector<Attack>& Prover::Attacks() {
  static const std::vector<Attack> attacks = [] {
    std::vector<Attack> all;
    for (const Maker& maker : Makers()) all.push_back(maker.attack);
    return all;
  }();
  return attacks;
}

const Attack* Prover::FindAttack(std::string_view id) {
  for (const Attack& attack : Attacks()) {
    if (attack.id == id) return &attack;
  }
  return nullptr;
}

Result<Secret> Prover::Make(std::string_view attack, const ProofOf& what) const {
  for (const Maker& maker : Makers()) {
    if (maker.attack.id == attack) return Secret(maker.make(DraftOf(key_, what)));
  }
  return Error(ErrorKind::kInvalidInput, "no proof is called '" + std::string(attack) + "'");
}

}  // namespace iff
