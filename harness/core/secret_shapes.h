// What looks like a secret to whoever knows none: for what was not made by this process, and is about to be published.
//
//   SecretShapes shapes;
//   shapes.Add({.kind = "a token of Vault", .begins = "hvs.", .least = 24});
//   shapes.In(text);  // {"a signed token", "a token of Vault"}
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace iff {

// The form of the secrets of one product.
struct SecretShape {
  std::string kind = {};    // as reports name it: "a token of Vault"
  std::string begins = {};  // "hvs."; nothing that belongs to a word stands before it
  size_t least = 0;         // so many letters of a word, digits, '_' or '-' stand behind it
};

// Signed tokens and private keys, whoever makes them, and what is added.
class SecretShapes {
 public:
  // REQUIRES: it begins with something and wants at least one letter behind that.
  void Add(SecretShape shape);
  // Names of the kinds found, each once: "a signed token", "a private key", then those that were added, in their order.
  // A masked secret ({{alias}}) has no such form, nor has a token whose signature was taken away. Secrets without a
  // form of their own, as passwords, are not found. Looks at each byte a bounded number of times.
  std::vector<std::string> In(std::string_view text) const;

 private:
  std::vector<SecretShape> added_;
};

}  // namespace iff
