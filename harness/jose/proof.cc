#include "harness/jose/proof.h"

#include <algorithm>
#include <array>
#include <optional>

#include "harness/core/bytes.h"
#include "harness/core/json.h"
#include "harness/jose/claims.h"
#include "harness/jose/compact.h"

namespace iff {
namespace {

constexpr size_t kLongestId = 256;

constexpr std::array<std::string_view, 12> kNames = {
    "proof_too_large", "proof_malformed", "proof_type",   "proof_algorithm", "proof_key",   "proof_signature",
    "proof_claim",     "proof_method",    "proof_target", "proof_time",      "proof_token", "proof_binding"};

struct Signed {
  Algorithm algorithm = Algorithm::kEs256;
  std::optional<PublicKey> key = {};
};

Result<Signed, ProofRefusal> ReadHeader(const std::string& text, const ProofPolicy& policy) {
  const Result<Json> header = ParseObject(text);
  if (!header.ok() || header->contains("crit") || header->contains("b64")) return ProofRefusal::kMalformed;
  const std::string* const type = TextMember(*header, "typ");
  if (type == nullptr || *type != "dpop+jwt") return ProofRefusal::kType;
  const std::string* const name = TextMember(*header, "alg");
  if (name == nullptr) return ProofRefusal::kAlgorithm;
  const Result<Algorithm> algorithm = ParseAlgorithm(*name);
  if (!algorithm.ok() || !policy.algorithms.contains(*algorithm)) return ProofRefusal::kAlgorithm;
  const auto jwk = header->find("jwk");
  if (jwk == header->end() || !jwk->is_object()) return ProofRefusal::kKey;
  Result<PublicKey> key = PublicKey::FromJwk(*jwk);
  if (!key.ok() || !key->MayVerify(*algorithm)) return ProofRefusal::kKey;
  return Signed{.algorithm = *algorithm, .key = std::move(key).value()};
}

bool IsUnreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || IsDigit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

// Escapes of what needs none are undone, the rest is written with capital letters.
std::string PlainPath(std::string_view path) {
  const auto value = [](char c) {
    return IsDigit(c) ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
  };
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string plain;
  for (size_t i = 0; i < path.size(); ++i) {
    const int high = path[i] == '%' && i + 2 < path.size() ? value(path[i + 1]) : -1;
    const int low = high >= 0 ? value(path[i + 2]) : -1;
    if (low < 0) {
      plain += path[i];
      continue;
    }
    const char meant = static_cast<char>(high * 16 + low);
    if (IsUnreserved(meant)) {
      plain += meant;
    } else {
      plain += '%';
      plain += kDigits[static_cast<size_t>(high)];
      plain += kDigits[static_cast<size_t>(low)];
    }
    i += 2;
  }
  return plain.empty() ? "/" : plain;
}

std::string Lowered(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

}  // namespace

std::string_view Name(ProofRefusal refusal) { return kNames[static_cast<size_t>(refusal)]; }

std::string TokenHash(std::string_view token) { return Base64Url(Sha256(token)); }

std::string ComparableTarget(std::string_view url) {
  const size_t scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos) return "";
  const std::string scheme = Lowered(url.substr(0, scheme_end));
  if (scheme != "http" && scheme != "https") return "";
  url.remove_prefix(scheme_end + 3);
  url = url.substr(0, std::min(url.find_first_of("?#"), url.size()));
  const size_t slash = std::min(url.find('/'), url.size());
  std::string host = Lowered(url.substr(0, slash));
  // Somebody else's name in front of an @ is no part of a host.
  if (host.empty() || host.find('@') != std::string::npos || host.find('\\') != std::string::npos) return "";
  const std::string default_port = scheme == "http" ? ":80" : ":443";
  if (host.ends_with(default_port)) host.resize(host.size() - default_port.size());
  return scheme + "://" + host + PlainPath(url.substr(slash));
}

Result<Proof, ProofRefusal> VerifyProof(std::string_view proof, const ProofTarget& wanted, const ProofPolicy& policy,
                                        int64_t now_seconds) {
  if (proof.size() > policy.max_size) return ProofRefusal::kTooLarge;
  const std::optional<CompactJws> parts = SplitCompact(proof);
  if (!parts) return ProofRefusal::kMalformed;
  const Signed header = TRY(ReadHeader(parts->header, policy));
  if (!header.key->Verify(header.algorithm, parts->signed_text, parts->signature)) return ProofRefusal::kSignature;

  const Result<Json> claims = ParseObject(parts->payload);
  if (!claims.ok()) return ProofRefusal::kMalformed;
  const std::string* const id = TextMember(*claims, "jti");
  const std::string* const method = TextMember(*claims, "htm");
  const std::string* const target = TextMember(*claims, "htu");
  const std::string* const hash = TextMember(*claims, "ath");
  const auto issued = claims->find("iat");
  if (id == nullptr || id->empty() || id->size() > kLongestId || method == nullptr || target == nullptr ||
      hash == nullptr) {
    return ProofRefusal::kClaim;
  }
  if (issued == claims->end() || !issued->is_number_integer()) return ProofRefusal::kClaim;
  if (*method != wanted.method) return ProofRefusal::kMethod;
  const std::string ours = ComparableTarget(wanted.target);
  if (ours.empty() || ComparableTarget(*target) != ours) return ProofRefusal::kTarget;
  // A number beyond what a clock shows would overflow in a difference.
  const bool sane = !issued->is_number_unsigned() || issued->get<uint64_t>() <= uint64_t{INT64_MAX} / 2;
  const int64_t issued_at = sane ? issued->get<int64_t>() : 0;
  if (issued_at < now_seconds - policy.window || issued_at > now_seconds + policy.window) return ProofRefusal::kTime;
  if (*hash != TokenHash(wanted.token)) return ProofRefusal::kToken;
  Proof shown{.key = header.key->Thumbprint(), .id = *id, .issued_at = issued_at};
  if (shown.key != wanted.key) return ProofRefusal::kBinding;
  return shown;
}

void ProofMemory::Forget(int64_t now_seconds) {
  while (!order_.empty() && order_.front().first < now_seconds) {
    const auto& [digest, principal] = order_.front().second;
    seen_.erase(digest);
    const auto of_principal = of_principal_.find(principal);
    if (--of_principal->second == 0) of_principal_.erase(of_principal);
    order_.pop_front();
  }
}

ProofMemory::Answer ProofMemory::Admit(const Proof& proof, const std::string& principal, int64_t now_seconds) {
  Forget(now_seconds);
  std::string digest = Sha256(proof.key + " " + proof.id);
  if (seen_.contains(digest)) return Answer::kSeen;
  const auto of_principal = of_principal_.find(principal);
  if (seen_.size() >= most_ || (of_principal != of_principal_.end() && of_principal->second >= most_each_))
    return Answer::kFull;
  // As long as the latest that is taken at all: all end in the order they came.
  const int64_t ends = now_seconds + 2 * window_;
  seen_.emplace(digest, ends);
  order_.push_back({ends, {std::move(digest), principal}});
  ++of_principal_[principal];
  return Answer::kNew;
}

}  // namespace iff
