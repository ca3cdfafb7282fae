// Tampered requests: each deviates from a good one in exactly one way (or, as a control, writes it in another valid
// way). The credential they carry is a good one.
//
//   Tamper("request-origin-foreign", request, "carol-k3x2");
//
// Only a tools/call is tampered with; a handshake that precedes it is sent as it should be.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/jose/forge.h"
#include "harness/net/http.h"

namespace iff {

// By `row` of the attack catalogue. `revision` of an attack: only requests of that revision have what it changes.
const std::vector<Attack>& TamperedRequests();
// nullptr: there is none of that name.
const Attack* FindTamperedRequest(std::string_view id);

// Changes a request that carries a tools/call in its body; leaves every other one as it is. `other` is the login name
// of another principal, for fields that claim to be from them. REQUIRES: FindTamperedRequest(id) != nullptr.
void Tamper(std::string_view id, HttpRequest& request, const std::string& other);

}  // namespace iff
