// Telling clients that something changed: subscriptions/listen (2026-07-28), and resources/subscribe
// with the GET stream (before).
#pragma once

#include <memory>
#include <string>

#include "servers/runtime/turn.h"

namespace iff {

void Listen(std::shared_ptr<Turn> turn);
void Watch(Turn& turn, bool on);

void AnnounceChange(Serving& serving, Change list);
void AnnounceUpdate(Serving& serving, const std::string& uri);
// Ends every subscription with its completion result.
void EndSubscriptions(Serving& serving);

// Judges the credential of an open stream again and again; calls `over` once it no longer holds.
void WatchCredential(std::shared_ptr<Turn> turn, std::function<void()> over);

}  // namespace iff
