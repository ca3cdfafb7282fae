// The issuer's key set: fetched when needed, kept, fetched again when it grew old or a token names a
// key it does not have.
//
//   fresh            younger than refresh_after: used as it is
//   getting old      fetched again first; if that fails, the kept one serves until max_age
//   too old or none  nothing is known: callers answer 503, no token is accepted
//
// Any number of callers share one fetch. Unknown key ids cost at most one fetch per cool-down, however
// many tokens name them. Everything runs on the loop's thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "harness/core/clock.h"
#include "harness/core/task.h"
#include "harness/jose/key.h"
#include "harness/net/endpoint.h"
#include "harness/net/event_loop.h"

namespace iff {

struct KeySourceOptions {
  std::chrono::seconds refresh_after = std::chrono::seconds(60);
  std::chrono::seconds max_age = std::chrono::seconds(600);
  // Time between two fetches for unknown key ids, and between two after a failed one.
  std::chrono::seconds cool_down = std::chrono::seconds(2);
  // A whole fetch. Default: 3 s.
  std::chrono::milliseconds timeout = std::chrono::seconds(3);
  // Largest key set. Default: 256 KiB.
  size_t body_limit = size_t{256} << 10;
  // What is made of a published text. Default: KeySet::Parse.
  std::function<Result<KeySet>(std::string_view jwks_text)> parse = {};
};

// One key set as it was published. `generation` changes when the published text does.
struct PublishedKeys {
  std::shared_ptr<const KeySet> keys = {};
  uint64_t generation = 0;
};

class KeySource {
 public:
  KeySource(EventLoop& loop, Url url, KeySourceOptions options, const Clock& clock);
  ~KeySource();

  // The keys to judge by now, or nothing.
  Task<std::optional<PublishedKeys>> Current();
  // The keys after a token named one that `seen` lacks: newer than `seen`, or `seen` itself.
  Task<PublishedKeys> AfterUnknownKey(PublishedKeys seen);

  // True while there are keys young enough to be used.
  bool loaded() const;
  // Fetches tried so far.
  uint64_t fetches() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace iff
