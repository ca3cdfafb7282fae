#pragma once

#include <string>

#include "harness/core/secret.h"
#include "harness/jose/token.h"

namespace iff {

// Issuer and subject, unambiguous whatever the parts contain.
inline std::string PrincipalOf(const Claims& claims) {
  return std::to_string(claims.issuer.size()) + ":" + claims.issuer + claims.subject;
}

// Who sent a request, as proven by its token. Identity is (issuer, subject) and nothing else.
struct Caller {
  Claims claims = {};
  Secret token =
      {};  // as presented; goes to the token exchange, to introspection, and to Vault where it is passed through
  std::string correlation = {};  // id of this request, in audit lines and error answers

  std::string Principal() const { return PrincipalOf(claims); }
  // Principal, client, and the key or certificate the token is bound to: a session or a continuation goes on with what
  // it began with, and whoever took the token alone has none of them.
  std::string Holder() const;
  bool Has(const std::string& scope) const { return scope.empty() || claims.scopes.contains(scope); }
};

}  // namespace iff
