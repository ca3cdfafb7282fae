// Header fields that a product's clients send to it. A server that stands between them and the product takes none of
// them over from whoever asks it; harness/run/tamper sends them to see that.
#pragma once

#include <string>
#include <vector>

namespace iff {

struct ClientField {
  std::string name = {};  // "X-Vault-Role"
  // What an attacker sends in it: in place of "{other}" the login name of somebody else, in place of "{elsewhere}" an
  // address that leads nowhere.
  std::string value = {};
};

struct ClientFields {
  std::vector<ClientField> who = {};    // for whom a client asks
  std::vector<ClientField> where = {};  // where the product is, and whether to verify that it is the one
};

}  // namespace iff
