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

// Where a server is started for asking: folders.
struct LaunchPlaces {
  std::string programs = {};  // of this program and its supervisor
  std::string cache = {};
  std::string folder = {};       // of the project file
  std::string search_path = {};  // PATH of the server, unless it is given one; "": ours
};
// Starts `facts.command` and asks it as nobody; what it dies for want of is set, as far as its last words or usual
// names tell. kUnavailable: it ended all the same; kTimeout: it neither listens nor answers; and as AskAsNobody.
Result<void> LaunchAndAsk(const LaunchPlaces& places, ServerFacts& facts);

// Revisions, tools, resources and prompts, and where the answer to making a thing has its id; `makes`: a thing may be
// made. REQUIRES: two principals are in the sandbox, who have what others of their kind have.
Result<void> AskAsSomebody(Sandbox& sandbox, bool makes, ServerFacts& facts);

}  // namespace iff
