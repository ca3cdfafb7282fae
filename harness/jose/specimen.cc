#include "harness/jose/specimen.h"

#include <algorithm>
#include <array>
#include <memory>
#include <mutex>

#include "harness/core/bytes.h"

namespace iff {
namespace {

Result<Json> Changed(Json object, const Json& changes) {
  for (const auto& [name, value] : changes.items()) {
    if (value.is_null()) {
      if (object.erase(name) == 0) return Unfit("the token has no " + name + " to remove");
    } else {
      object[name] = value;
    }
  }
  return object;
}

std::string RawMember(Json object, const std::string& name, std::string_view json_text) {
  object.erase(name);
  return WithFirstMember(Dump(object), Dump(name) + ':' + std::string(json_text));
}

}  // namespace

Error Inapplicable(std::string_view why) { return {ErrorKind::kInvalidInput, "forge token: " + std::string(why)}; }
Error Unfit(std::string_view why) { return {ErrorKind::kInvalidInput, "forge token: " + std::string(why)}; }

std::vector<Forgery> Needing(const std::vector<TokenPart>& parts, std::vector<Forgery> forgeries) {
  for (Forgery& forgery : forgeries)
    forgery.attack.needs.insert(forgery.attack.needs.end(), parts.begin(), parts.end());
  return forgeries;
}

void Need(TokenPart part, const std::vector<std::string_view>& ids, std::vector<Forgery>& forgeries) {
  for (const std::string_view id : ids) {
    const auto found =
        std::find_if(forgeries.begin(), forgeries.end(), [&](const Forgery& one) { return one.attack.id == id; });
    Invariant(found != forgeries.end(), "an attack that needs a part of a token is one");
    found->attack.needs.push_back(part);
  }
}

std::string WithFirstMember(std::string_view object_text, std::string_view member) {
  const size_t open = object_text.find('{') + 1;
  const std::string_view rest = object_text.substr(open);
  const bool empty = rest.find_first_not_of(" \t\r\n") == rest.find('}');
  return std::string(object_text.substr(0, open)) + std::string(member) + (empty ? "" : ",") + std::string(rest);
}

Result<UrlParts> SplitUrl(std::string_view url) {
  const size_t scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos) return Inapplicable("\"" + std::string(url) + "\" is not a URL");
  const size_t authority = scheme_end + 3;
  const size_t path = std::min(url.find('/', authority), url.size());
  UrlParts parts;
  parts.scheme = url.substr(0, scheme_end);
  parts.authority = url.substr(authority, path - authority);
  parts.path = url.substr(path);
  return parts;
}

const SigningKey& ForeignKey(Algorithm algorithm) {
  static std::mutex mutex;
  static std::array<std::unique_ptr<SigningKey>, 7> keys;
  const std::lock_guard lock(mutex);
  std::unique_ptr<SigningKey>& key = keys[static_cast<size_t>(algorithm)];
  if (key == nullptr) key = std::make_unique<SigningKey>(SigningKey::Generate(algorithm));
  return *key;
}

Result<Specimen> Specimen::Dissect(const std::string& token, const SigningKey& key, int64_t now_seconds) {
  const size_t first = token.find('.');
  const size_t last = token.rfind('.');
  if (first == std::string::npos || first == last || token.find('.', first + 1) != last) {
    return Unfit("the valid token is not three segments");
  }
  Specimen specimen;
  specimen.key = &key;
  specimen.now = now_seconds;
  specimen.header_segment = token.substr(0, first);
  specimen.payload_segment = token.substr(first + 1, last - first - 1);
  specimen.signature_segment = token.substr(last + 1);
  specimen.header_text = TRY(DecodeBase64Url(specimen.header_segment).While("forge token: header"));
  specimen.payload_text = TRY(DecodeBase64Url(specimen.payload_segment).While("forge token: payload"));
  specimen.signature = TRY(DecodeBase64Url(specimen.signature_segment).While("forge token: signature"));
  specimen.header = TRY(ParseJson(specimen.header_text).While("forge token: header"));
  specimen.payload = TRY(ParseJson(specimen.payload_text).While("forge token: payload"));
  if (!specimen.header.is_object() || !specimen.payload.is_object()) return Unfit("the valid token holds no object");
  // A token of another key would make every attack fail for the wrong reason.
  if (AtOr<std::string>(specimen.header, "/alg", "") != Name(key.algorithm())) {
    return Unfit("the valid token was not signed with " + std::string(Name(key.algorithm())));
  }
  if (const Result<std::string> kid = At<std::string>(specimen.header, "/kid"); kid.ok() && kid.value() != key.id()) {
    return Unfit("the valid token was not signed with key \"" + key.id() + "\" but \"" + kid.value() + "\"");
  }
  return specimen;
}

std::string Specimen::SignedBy(const SigningKey& signer, std::string_view header_json,
                               std::string_view payload_json) const {
  const std::string text = Base64Url(header_json) + '.' + Base64Url(payload_json);
  return text + '.' + Base64Url(signer.Sign(text));
}

std::string Specimen::Signed(std::string_view header_json, std::string_view payload_json) const {
  return SignedBy(*key, header_json, payload_json);
}

std::string Specimen::WithSignature(std::string_view signature_bytes) const {
  return SignedText() + '.' + Base64Url(signature_bytes);
}

Result<std::string> Specimen::WithHeader(const Json& changes) const {
  const Json changed = TRY(Changed(header, changes));
  return WithHeaderText(Dump(changed));
}

Result<std::string> Specimen::WithClaims(const Json& changes) const {
  const Json changed = TRY(Changed(payload, changes));
  return WithPayloadText(Dump(changed));
}

std::string Specimen::WithRawHeader(const std::string& name, std::string_view json_text) const {
  return WithHeaderText(RawMember(header, name, json_text));
}

std::string Specimen::WithRawClaim(const std::string& name, std::string_view json_text) const {
  return WithPayloadText(RawMember(payload, name, json_text));
}

Result<std::string> Specimen::Audience() const {
  if (const Result<std::string> only = At<std::string>(payload, "/aud"); only.ok()) return only;
  const Json entries = TRY(At<Json>(payload, "/aud").While("forge token"));
  std::string first;
  for (const Json& entry : entries) {
    if (!entry.is_string()) continue;
    const std::string& text = entry.get_ref<const std::string&>();
    if (text.find("://") != std::string::npos) return text;
    if (first.empty()) first = text;
  }
  if (first.empty()) return Unfit("the token names no audience");
  return first;
}

Result<std::string> Specimen::WithAudience(const std::string& other) const {
  const std::string ours = TRY(Audience());
  Json changed = payload["aud"];
  if (changed.is_string()) {
    changed = other;
  } else {
    for (Json& entry : changed) {
      if (entry == ours) entry = other;
    }
  }
  Json changes = Json::object();
  changes["aud"] = changed;
  return WithClaims(changes);
}

Result<std::string> Specimen::Text(const std::string& claim) const {
  return At<std::string>(payload, "/" + claim).While("forge token");
}

Result<int64_t> Specimen::Date(const std::string& claim) const {
  return At<int64_t>(payload, "/" + claim).While("forge token");
}

}  // namespace iff
