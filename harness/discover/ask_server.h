// Asking a live server what it is: first as nobody, then as somebody whose token it believes.
#pragma once

#include "harness/discover/project_file.h"
#include "harness/launch/service.h"
#include "harness/net/http.h"
#include "harness/run/sandbox.h"

namespace iff {

// What anybody may ask: whether it guards itself, its challenge, its metadata. Tries `facts.path`, and the usual paths
// when nothing is there. kProtocol, kUnavailable: it is no MCP server, or does not answer.
Result<void> AskAsNobody(const Endpoint& endpoint, ServerFacts& facts);

// Of a process just started: whether it listens at `endpoint`, or speaks over its own input and output. kUnavailable:
// it ended first; kTimeout: neither.
Result<Transport> AskProcess(Service& service, const Endpoint& endpoint, Deadline deadline);

// Revisions, tools, resources and prompts, and where the answer to making a thing has its id; `makes`: a thing may be
// made. REQUIRES: two principals are in the sandbox, who have what others of their kind have.
Result<void> AskAsSomebody(Sandbox& sandbox, bool makes, ServerFacts& facts);

}  // namespace iff
