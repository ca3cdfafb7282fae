// Which of a server's workers serves a principal, and how a request gets there.
//
// A worker is a whole server on a thread of its own: authentication, sessions, budgets, credentials, proofs, pools.
// Each has its shard of the principals, and what is kept for a principal is kept there alone, so nothing of it is
// shared between threads, and no budget or login exists twice. Connections belong to no shard: a request that arrives
// at another worker is handed over, and its answer handed back.
//
//   connection --> worker 1 -- what the token says of itself --> worker 0, shard of (iss, sub): verifies, serves
//                     <------------------------ answer ------------------------+
//
// What an unverified token says chooses a thread and nothing else: that worker verifies it, and lets in only who is of
// its shard.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "harness/net/http_async.h"
#include "servers/guard/guard.h"

namespace iff {

// In [0, workers). REQUIRES: workers > 0
size_t ShardOf(std::string_view issuer, std::string_view subject, size_t workers);

// The view one worker has of the shards, on its thread.
class Shards {
 public:
  virtual ~Shards() = default;
  // The worker that serves `request`.
  virtual size_t WorkerOf(const HttpRequest& request) = 0;
  // `inner`, and then: who is of another shard is refused (503, "misrouted"), for budget and sessions are there.
  virtual std::shared_ptr<Authenticator> Guarded(std::shared_ptr<Authenticator> inner) = 0;
};

// By issuer and subject of the token a request carries; `here` if it carries none that can be read, which is refused
// anywhere.
std::unique_ptr<Shards> MakeTokenShards(size_t here, size_t workers);

// Calls `handler` on the thread of `to`. Request and responder belong to the thread of `from`, where this is called:
// they are used and dropped there. Both loops outlive whatever the handler keeps.
void HandOver(EventLoop& from, EventLoop& to, std::shared_ptr<const HttpRequest> request,
              std::shared_ptr<Responder> responder, const AsyncHandler& handler);

}  // namespace iff
