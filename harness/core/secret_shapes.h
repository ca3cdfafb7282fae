// What looks like a secret to whoever knows none: for what was not made by this process, and is about to be published.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace iff {

// Names of the kinds found, each once: "a signed token", "a private key", "a token of Vault", "a token of GitHub". A
// masked secret ({{alias}}) has no such form, nor has a token whose signature was taken away. Secrets without a form of
// their own, as passwords, are not found. Looks at each byte a bounded number of times.
std::vector<std::string> SecretShapes(std::string_view text);

}  // namespace iff
