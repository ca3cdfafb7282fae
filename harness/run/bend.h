// Requests that are wrong in exactly one way, or written in another right one; the token they show is a good one.
//
//   Bend("request-origin-foreign", request, "carol-k3x2");
//
// What is bent is the tools/call alone: a handshake that goes before it stays straight.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/jose/forge.h"
#include "harness/net/http.h"

namespace iff {

// By `row` of the attack catalogue. `revision` of an attack: it bends what only requests of that revision have.
const std::vector<Attack>& BentRequests();
const Attack* FindBentRequest(std::string_view id);  // nullptr: none is called so

// Bends a request that carries a tools/call in its body; leaves every other one as it is. `other` is the login name of
// somebody else, for fields that claim to be from them. REQUIRES: there is such a request.
void Bend(std::string_view id, HttpRequest& request, const std::string& other);

// The whole catalogue: wrong tokens, wrong proofs, wrong certificates and bent requests.
const std::vector<Attack>& AllAttacks();
// What an attack goes against, to be read: "\"A token for another server opens nothing\" (aud-other-server)".
std::string RuleOf(const std::string& attack);

}  // namespace iff
