#include "harness/jose/forge.h"

#include <algorithm>

#include "harness/core/bytes.h"
#include "harness/jose/specimen.h"

namespace iff {
namespace {

const std::vector<Forgery>& Catalogue() {
  static const std::vector<Forgery> all = [] {
    std::vector<Forgery> joined = SignatureForgeries();
    for (std::vector<Forgery>& part :
         std::vector<std::vector<Forgery>>{TextForgeries(), ClaimForgeries(), WrappedForgeries()}) {
      std::move(part.begin(), part.end(), std::back_inserter(joined));
    }
    return joined;
  }();
  return all;
}

std::string KeyType(const SigningKey& key) { return AtOr<std::string>(key.PublicJwk(), "/kty", ""); }

}  // namespace

Forge::Forge(SigningKey realm_key, const Clock& clock, TokenProfile profile)
    : key_(std::move(realm_key)), clock_(&clock), profile_(std::move(profile)) {}

const std::vector<Attack>& Forge::Attacks() {
  static const std::vector<Attack> all = [] {
    std::vector<Attack> attacks;
    for (const Forgery& forgery : Catalogue()) attacks.push_back(forgery.attack);
    return attacks;
  }();
  return all;
}

std::vector<Attack> Forge::Applicable() const {
  std::vector<Attack> fitting;
  for (const Attack& attack : Attacks()) {
    if (WhyNot(attack.id).empty()) fitting.push_back(attack);
  }
  return fitting;
}

std::string Forge::WhyNot(std::string_view attack) const {
  for (const Attack& one : Attacks()) {
    if (one.id != attack) continue;
    if (!one.key_type.empty() && one.key_type != KeyType(key_)) {
      return one.id + " needs a realm key of type " + one.key_type;
    }
    return profile_.WhyNot(one.needs);
  }
  return "";
}

Result<Secret> Forge::Make(std::string_view attack, const Secret& valid) const {
  const std::vector<Forgery>& all = Catalogue();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Forgery& one) { return one.attack.id == attack; });
  if (found == all.end()) return Unfit("there is no attack \"" + std::string(attack) + "\"");
  if (const std::string why = WhyNot(attack); !why.empty()) return Inapplicable(found->attack.id + ": " + why);
  const Specimen specimen = TRY(Specimen::Dissect(valid.Reveal(), key_, clock_->NowSeconds()));
  std::string token = TRY(found->make(specimen).While(found->attack.id));
  return Secret(std::move(token));
}

Result<Secret> Forge::Reissue(const Secret& valid, const Json& claim_changes, const Json& header_changes) const {
  if (!(claim_changes.is_object() || claim_changes.empty()) ||
      !(header_changes.is_object() || header_changes.empty())) {
    return Unfit("changes are an object");
  }
  const Specimen specimen = TRY(Specimen::Dissect(valid.Reveal(), key_, clock_->NowSeconds()));
  Json header = specimen.header;
  Json payload = specimen.payload;
  // JSON merge patch, one level deep: a nested null is a value here, not a removal.
  for (const auto& [changes, object] : {std::pair(&header_changes, &header), std::pair(&claim_changes, &payload)}) {
    for (const auto& [name, value] : changes->items()) {
      if (value.is_null()) {
        object->erase(name);
      } else {
        (*object)[name] = value;
      }
    }
  }
  return Sign(header, payload);
}

Secret Forge::Sign(const Json& header, const Json& payload) const {
  const std::string text = Base64Url(Dump(header)) + '.' + Base64Url(Dump(payload));
  return Secret(text + '.' + Base64Url(key_.Sign(text)));
}

}  // namespace iff
