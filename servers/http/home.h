// Which of a server's workers a principal is at home with, and how a request gets there.
//
// A worker is a whole server on a thread of its own: door, sessions, budgets, credentials, proofs, pools. What is kept
// for a principal is kept by its home alone, so nothing of it is shared between threads, and nobody's budget or login
// exists twice. Connections are anybody's: a request that arrives elsewhere is handed over, and its answer handed back.
//
//   connection ──► worker 1 ── what the token says of itself ──► worker 0, home of (iss, sub): judges, serves
//                     ◄────────────────────── answer ──────────────────┘
//
// What an unverified token says chooses a thread and nothing else: the home's door verifies it, and lets in only who is
// at home there.
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
size_t HomeOf(std::string_view issuer, std::string_view subject, size_t workers);

// For one worker, on its thread.
class Router {
 public:
  Router(size_t here, size_t workers);

  // Whose the request is by the token it carries; `here` if it carries none that can be read, which any door refuses.
  size_t HomeOf(const HttpRequest& request);

 private:
  // Tokens seen before, by a hash that may be wrong: the door at home would notice.
  struct Seen {
    uint64_t hash = 0;
    size_t home = 0;
  };
  size_t here_;
  size_t workers_;
  std::vector<Seen> seen_;
};

// `inner`, and then: whoever is at home elsewhere is refused (503, "misrouted"), for his budget and sessions are there.
std::shared_ptr<Authenticator> AtHome(std::shared_ptr<Authenticator> inner, size_t here, size_t workers);

// Calls `handler` on the thread of `to`. Request and responder belong to the thread of `from`, where this is called:
// they are used and dropped there. Both loops outlive whatever the handler keeps.
void HandOver(EventLoop& from, EventLoop& to, std::shared_ptr<const HttpRequest> request,
              std::shared_ptr<Responder> responder, const AsyncHandler& handler);

}  // namespace iff
