// A loopback relay that adds an Authorization field to each request, for clients that cannot send one.
// It carries one request per connection, so that it need not know where one ends; everything else
// passes byte by byte, streams and hang-ups included.
#pragma once

#include <functional>

#include "harness/core/secret.h"
#include "harness/net/endpoint.h"

namespace iff {

// Serves until `stopped()`; calls `ready` with where it listens.
Result<void> ServeProxy(const Endpoint& server, const Secret& token, const std::function<void(Endpoint)>& ready,
                        const std::function<bool()>& stopped);

}  // namespace iff
