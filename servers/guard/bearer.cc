#include "servers/guard/bearer.h"

#include <algorithm>
#include <utility>

#include "harness/core/bytes.h"
#include "harness/core/printable.h"
#include "servers/guard/verdict_cache.h"

namespace iff {
namespace {

bool InQuery(const HttpRequest& request) {
  if (request.target.find("access_token") == std::string::npos && request.target.find('%') == std::string::npos) {
    return false;
  }
  return request.Query().contains("access_token");
}

// A form or JSON body that carries a token at its top level beside the header's.
bool InBody(const HttpRequest& request) {
  if (request.body.find("access_token") == std::string::npos) return false;
  const std::string type = request.headers.Get("Content-Type");
  if (type.starts_with("application/x-www-form-urlencoded")) {
    return request.body.starts_with("access_token=") || request.body.find("&access_token=") != std::string::npos;
  }
  const Result<Json> body = ParseJson(request.body);
  return body.ok() && body.value().is_object() && body.value().contains("access_token");
}

Presented Malformed() {
  Presented presented;
  presented.kind = Presented::Kind::kMalformed;
  return presented;
}

std::string Quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c >= 0x20 && c < 0x7f) out += c;
  }
  return out + "\"";
}

// The reason is told apart in audit only: an answer that named it would be an oracle.
Denial InvalidToken(std::string_view reason, bool of_proof) {
  Denial denial;
  denial.status = 401;
  denial.error = "invalid_token";
  denial.description = "the access token is not valid here";
  denial.reason = std::string(reason);
  denial.of_proof = of_proof;
  return denial;
}

Denial InvalidProof(std::string reason) {
  Denial denial;
  denial.status = 401;
  denial.error = "invalid_dpop_proof";
  denial.description = "the proof of possession is not valid for this request";
  denial.reason = std::move(reason);
  denial.of_proof = true;
  return denial;
}

class BearerAuthenticator final : public Authenticator {
 public:
  using Outcome = Result<std::shared_ptr<const Caller>, Denial>;

  BearerAuthenticator(BearerOptions options, KeySource& keys, const Clock& clock)
      : options_(std::move(options)),
        metadata_url_(MetadataUrl(options_.resource)),
        keys_(keys),
        clock_(clock),
        verdicts_(std::max<size_t>(options_.verdicts, 1)),
        proofs_(options_.proof.window) {
    options_.policy.key_bound = options_.binding != TokenBinding::kNone;
    for (const Algorithm algorithm : options_.proof.algorithms) {
      proof_algorithms_ += (proof_algorithms_.empty() ? "" : " ") + std::string(Name(algorithm));
    }
  }

  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override {
    return Decide(std::move(request), true);
  }
  Task<Outcome> Recheck(std::shared_ptr<const HttpRequest> request) override {
    return Decide(std::move(request), false);
  }

  std::string Challenge(const Denial& denial) const override {
    if (options_.binding == TokenBinding::kRequired) return "";
    return "Bearer " + Parameters(denial, !denial.of_proof);
  }
  std::string ProofChallenge(const Denial& denial) const override {
    if (options_.binding == TokenBinding::kNone) return "";
    return "DPoP " + Parameters(denial, denial.of_proof || options_.binding == TokenBinding::kRequired) +
           ", algs=" + Quoted(proof_algorithms_);
  }

  Json Metadata() const override {
    Json document = Json::object();
    document["resource"] = options_.resource;
    document["authorization_servers"].push_back(options_.policy.issuer);
    document["scopes_supported"] = Json::array();
    for (const std::string& scope : options_.scopes) document["scopes_supported"].push_back(scope);
    document["bearer_methods_supported"].push_back("header");
    document["resource_name"] = options_.name;
    if (options_.policy.certificate_bound) document["tls_client_certificate_bound_access_tokens"] = true;
    if (options_.binding == TokenBinding::kNone) return document;
    document["dpop_bound_access_tokens_required"] = options_.binding == TokenBinding::kRequired;
    for (const Algorithm algorithm : options_.proof.algorithms) {
      document["dpop_signing_alg_values_supported"].push_back(std::string(Name(algorithm)));
    }
    return document;
  }

 private:
  using Verdict = Result<std::shared_ptr<const Claims>, Refusal>;

  Task<Outcome> Decide(std::shared_ptr<const HttpRequest> request, bool ask_for_proof) {
    Presented presented = options_.read(*request);
    if (presented.kind == Presented::Kind::kBound && options_.binding == TokenBinding::kNone) presented = {};
    if (presented.kind == Presented::Kind::kNothing) {
      Denial denial;
      denial.scope = options_.first_scope;
      denial.reason = "no_credentials";
      co_return denial;
    }
    if (presented.kind == Presented::Kind::kMalformed) {
      Denial denial;
      denial.status = 400;
      denial.error = "invalid_request";
      denial.description = "exactly one access token in the Authorization field is expected";
      denial.reason = "malformed_credentials";
      co_return denial;
    }
    const std::optional<PublishedKeys> known = co_await keys_.Current();
    if (!known.has_value()) {
      Denial denial;
      denial.status = 503;
      denial.description = "the keys of the issuer cannot be had";
      denial.reason = "keys_unavailable";
      denial.retry_after = std::chrono::seconds(2);
      co_return denial;
    }
    const std::string digest = verdicts_.Digest(presented.token.Reveal());
    Verdict verdict = Verify(presented.token.Reveal(), digest, *known);
    if (!verdict.ok() && verdict.error() == Refusal::kUnknownKey) {
      const PublishedKeys newer = co_await keys_.AfterUnknownKey(*known);
      if (newer.generation != known->generation) verdict = Verify(presented.token.Reveal(), digest, newer);
    }
    const bool bound = presented.kind == Presented::Kind::kBound;
    if (!verdict.ok()) co_return InvalidToken(Name(verdict.error()), bound);
    if (const char* const fault = CertificateFault(*verdict.value(), *request)) co_return InvalidToken(fault, bound);
    if (auto denial = CheckBinding(*request, presented, *verdict.value(), ask_for_proof)) co_return *std::move(denial);

    auto caller = std::make_shared<Caller>();
    caller->claims = *verdict.value();
    caller->token = std::move(presented.token);
    caller->correlation = RandomUuid();
    co_return std::shared_ptr<const Caller>(std::move(caller));
  }

  std::string Parameters(const Denial& denial, bool with_error) const {
    std::string parameters = "resource_metadata=" + Quoted(metadata_url_);
    if (with_error && !denial.error.empty()) {
      parameters += ", error=" + Quoted(denial.error);
      if (!denial.description.empty()) parameters += ", error_description=" + Quoted(denial.description);
    }
    const std::string& scope = denial.scope.empty() ? options_.first_scope : denial.scope;
    if (!scope.empty()) parameters += ", scope=" + Quoted(scope);
    return parameters;
  }

  // The reason class, or nullptr. Only the thumbprint decides, and only that of this very connection: not what a
  // certificate is named after, nor what a header field says of one (RFC 8705 section 3, RFC 9440 section 4).
  const char* CertificateFault(const Claims& claims, const HttpRequest& request) const {
    if (claims.certificate_thumbprint.empty()) return options_.certificate_required ? "unbound" : nullptr;
    return options_.certificate_matches(claims.certificate_thumbprint, request.client_certificate) ? nullptr
                                                                                                   : "certificate";
  }

  // RFC 9449 section 7.1: a bound token needs its proof, in the scheme DPoP; and nothing else may come in that scheme.
  std::optional<Denial> CheckBinding(const HttpRequest& request, const Presented& presented, const Claims& claims,
                                     bool ask_for_proof) {
    const bool bound = presented.kind == Presented::Kind::kBound;
    if (const char* const fault = options_.binding_fault(bound, claims, options_.binding)) {
      return InvalidToken(fault, bound || claims.key_thumbprint.empty());
    }
    if (!bound || !ask_for_proof) return {};
    const std::vector<std::string> fields = request.headers.All("DPoP");
    if (fields.size() != 1) return InvalidProof(fields.empty() ? "proof_missing" : "proof_repeated");
    const int64_t now = clock_.NowSeconds();
    // The URL is the one we were given: what Host or a proxy's fields say is the sender's (RFC 9700 section 4.13).
    const std::string url = UrlOf(request);
    const ProofTarget target{
        .method = request.method, .target = url, .token = presented.token.Reveal(), .key = claims.key_thumbprint};
    const Result<Proof, ProofRefusal> proof = options_.verify_proof(fields.front(), target, options_.proof, now);
    if (!proof.ok()) return InvalidProof(std::string(Name(proof.error())));
    switch (options_.admit_proof ? options_.admit_proof(proof.value(), now)
                                 : proofs_.Admit(proof.value(), PrincipalOf(claims), now)) {
      case ProofMemory::Answer::kNew:
        return {};
      case ProofMemory::Answer::kSeen:
        return InvalidProof("proof_seen");
      case ProofMemory::Answer::kFull:
        break;
    }
    // Not taken unremembered: it could be shown again.
    Denial denial;
    denial.status = 429;
    denial.description = "too many proofs at once";
    denial.reason = "proofs_full";
    denial.retry_after = std::chrono::seconds(options_.proof.window);
    return denial;
  }

  // Where `request` goes, as its sender has to have meant it.
  std::string UrlOf(const HttpRequest& request) const {
    const std::string path = request.Path();
    if (!options_.paths_beside.contains(path)) return options_.resource;
    return options_.resource.substr(0, options_.resource.find('/', options_.resource.find("://") + 3)) + path;
  }

  Verdict Verify(const std::string& token, const std::string& digest, const PublishedKeys& published) {
    const int64_t now = clock_.NowSeconds();
    if (options_.verdicts > 0) {
      if (auto known = verdicts_.Find(digest, published.generation, options_.policy, now)) return *std::move(known);
    }
    Result<Claims, Refusal> claims = options_.verify(token, *published.keys, options_.policy, now);
    if (!claims.ok()) return claims.error();
    auto kept = std::make_shared<const Claims>(std::move(claims).value());
    if (options_.verdicts > 0) verdicts_.Remember(digest, published.generation, kept);
    return std::shared_ptr<const Claims>(std::move(kept));
  }

  BearerOptions options_;
  std::string metadata_url_;
  KeySource& keys_;
  const Clock& clock_;
  VerdictCache verdicts_;
  ProofMemory proofs_;
  std::string proof_algorithms_ = {};  // "ES256 EdDSA RS256"
};

}  // namespace

Presented ReadCredentials(const HttpRequest& request) {
  const std::vector<std::string> fields = request.headers.All("Authorization");
  if (fields.empty()) return {};
  if (fields.size() > 1) return Malformed();
  const std::string& field = fields.front();
  const bool plain = IsPrintable(field) || std::all_of(field.begin(), field.end(),
                                                       [](char c) { return c == '\t' || (c >= ' ' && c <= '~'); });
  if (!plain) return Malformed();
  const size_t scheme_end = std::min(field.find_first_of(" \t"), field.size());
  const std::string_view scheme = std::string_view(field).substr(0, scheme_end);
  const bool bearer = EqualsIgnoreCase(scheme, "Bearer");
  if (!bearer && !EqualsIgnoreCase(scheme, "DPoP")) {
    // Parameters of other schemes hold commas too: only a second scheme of ours makes it two credentials.
    const size_t comma = field.find(',');
    if (comma == std::string::npos) return {};
    const size_t next = field.find_first_not_of(" \t", comma + 1);
    const std::string_view rest = next == std::string::npos ? "" : std::string_view(field).substr(next);
    const std::string_view other = rest.substr(0, std::min(rest.find(' '), rest.size()));
    const bool second =
        rest.size() > other.size() + 1 && (EqualsIgnoreCase(other, "Bearer") || EqualsIgnoreCase(other, "DPoP"));
    return second ? Malformed() : Presented{};
  }
  if (scheme_end >= field.size() || field[scheme_end] != ' ') return Malformed();
  const std::string_view token = std::string_view(field).substr(scheme_end + 1);
  if (token.empty() || token.find(' ') != std::string_view::npos || token.find('\t') != std::string_view::npos)
    return Malformed();
  // A JWS in its JSON form is one credential with commas inside; it is refused as a token.
  if (token.front() != '{' && token.find(',') != std::string_view::npos) return Malformed();
  if (InQuery(request) || InBody(request)) return Malformed();
  Presented presented;
  presented.kind = bearer ? Presented::Kind::kBearer : Presented::Kind::kBound;
  presented.token = Secret(std::string(token));
  return presented;
}

bool IsThatCertificate(const std::string& bound_to, const std::string& proven) {
  return !proven.empty() && proven == bound_to;
}

const char* BindingFault(bool with_proof, const Claims& claims, TokenBinding binding) {
  const bool bound = !claims.key_thumbprint.empty();
  if (with_proof != bound) return with_proof ? "unbound" : "bound";
  return !bound && binding == TokenBinding::kRequired ? "unbound" : nullptr;
}

std::string MetadataUrl(const std::string& resource) {
  const size_t scheme = resource.find("://");
  const size_t path = scheme == std::string::npos ? std::string::npos : resource.find('/', scheme + 3);
  const std::string origin = resource.substr(0, path);
  std::string suffix = path == std::string::npos ? "" : resource.substr(path);
  if (suffix == "/") suffix.clear();
  return origin + "/.well-known/oauth-protected-resource" + suffix;
}

Denial DenialOfToken(Refusal refusal, const Claims& claims) {
  return InvalidToken(Name(refusal), !claims.key_thumbprint.empty());
}

std::shared_ptr<Authenticator> MakeBearerAuthenticator(BearerOptions options, KeySource& keys, const Clock& clock) {
  return std::make_shared<BearerAuthenticator>(std::move(options), keys, clock);
}

}  // namespace iff
