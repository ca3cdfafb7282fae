// Telling clients that something changed: subscriptions/listen (2026-07-28), and resources/subscribe
// with the GET stream (before).
#pragma once

#include <memory>
#include <string>

#include "servers/mcp/turn.h"

namespace iff {

// Grants what the caller may have; a resource it may not read looks as if it was not there.
Task<void> Listen(std::shared_ptr<Turn> turn);
Task<void> Watch(std::shared_ptr<Turn> turn, bool on);

void AnnounceChange(Serving& serving, Change list);
// Tells those who asked and may read `uri` now, each as soon as that is known.
void AnnounceUpdate(const std::shared_ptr<Serving>& serving, const std::string& uri);
// Tells of a changed list of resources those who may read `uri`, by which it has changed.
void AnnounceListChange(const std::shared_ptr<Serving>& serving, const std::string& uri);
// Ends every subscription with its completion result.
void EndSubscriptions(Serving& serving);

// Judges the credential of an open stream again and again; calls `over` once it no longer holds.
void WatchCredential(std::shared_ptr<Turn> turn, std::function<void()> over);

}  // namespace iff
