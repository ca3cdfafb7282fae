#include "servers/guard/caller.h"

namespace iff {

std::string Caller::Holder() const {
  const auto part = [](const std::string& text) { return std::to_string(text.size()) + ":" + text; };
  return part(Principal()) + part(claims.client) + part(claims.key_thumbprint) + part(claims.certificate_thumbprint);
}

}  // namespace iff
