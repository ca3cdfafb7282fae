// What OpenSSL decides about certificates of clients, decided wrongly: its functions, wrapped by the linker in this
// program.
#pragma once

namespace iff {

enum class HandshakeFault {
  kNone,
  kTakesAll,         // a certificate that does not verify is taken as if it did
  kBelievesTheLast,  // the peer's certificate is the last of its chain that is no CA's (CVE-2023-2422)
  kGoesByName,       // a certificate is the first one that was seen with its subject
};

// For the rest of this process. Before its first connection.
void BreakHandshakes(HandshakeFault fault);

}  // namespace iff
