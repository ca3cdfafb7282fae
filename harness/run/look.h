// Where secrets are looked for: each kind of thing that can be observed, taken apart so that nothing in it is
// missed. What is found may be the reader's own; that is for the caller to tell.
#pragma once

#include <string>

#include "harness/core/scanner.h"
#include "harness/environment/capabilities.h"
#include "harness/mcp/protocol.h"

namespace iff {

// Fields, body, the events of a stream, and what is split over blocks, notifications or fields.
Sightings LookInto(const Scanner& scanner, const McpAnswer& answer);
// Target, fields and body of a request that arrived behind the target, without its credential.
Sightings LookInto(const Scanner& scanner, const LedgerEntry& entry);
// A record of a product's audit log.
Sightings LookInto(const Scanner& scanner, const AuditEntry& entry);
// A row as RowSource answers it.
Sightings LookInto(const Scanner& scanner, const Json& row);

// "alice.jira.canary", or "alice.jira.canary (base64 > gzip > plain)".
std::string Described(const Sighting& sighting);

}  // namespace iff
