// From an authenticated message to its method: which revision it speaks, whether it says so as that
// revision wants it, and which session it belongs to.
#pragma once

#include <memory>

#include "servers/mcp/turn.h"

namespace iff {

// REQUIRES: caller and message are set; on a stream of lines, session too.
Task<void> Receive(std::shared_ptr<Turn> turn);

// Finds the session a request names in its header, or ends the turn: 400 for none or an impossible
// id, 404 for one that is not the caller's, whatever the reason.
std::shared_ptr<Session> FindSession(Turn& turn);
// Ends the turn as for a session that never was: 404.
void RefuseSession(Turn& turn);
// Stops what runs in it and closes its stream.
void CloseSession(Session& session, const std::string& reason);

// True if the request's version header, if any, is that of a handshake revision we speak.
bool HasHandshakeVersion(const HttpRequest& request);

}  // namespace iff
