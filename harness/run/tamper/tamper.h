// Tampered requests: each deviates from a good one in exactly one way (or, as a control, writes it in another valid
// way). The credential they carry is a good one.
//
//   Tamper("request-origin-foreign", request, {.other = "carol-k3x2"});
//
// Only a tools/call is tampered with; a handshake that precedes it is sent as it should be.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/environment/client_fields.h"
#include "harness/jose/forge.h"
#include "harness/net/http.h"

namespace iff {

// By `row` of the attack catalogue. `revision` of an attack: only requests of that revision have what it changes.
const std::vector<Attack>& TamperedRequests();
// nullptr: there is none of that name.
const Attack* FindTamperedRequest(std::string_view id);

// What is not the same for every target.
struct Tampering {
  std::string other = {};    // login name of another principal, for fields that claim to be from them
  ClientFields fields = {};  // of what may stand behind the target, as drivers declare them
};

// Why there is no such request: no driver declares a field that it would send. "": there is one.
// REQUIRES, as Tamper does: FindTamperedRequest(id) != nullptr.
std::string WhyNotTampered(std::string_view id, const ClientFields& fields);

// Changes a request that carries a tools/call in its body; leaves every other one as it is.
void Tamper(std::string_view id, HttpRequest& request, const Tampering& with);

}  // namespace iff
