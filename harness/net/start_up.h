// How a connection to PostgreSQL begins (protocol 3.0), read from what passes; and what a component would say if it
// took nobody. For whoever stands in between.
//
//   client    [SSLRequest | GSSENCRequest]*  StartupMessage | CancelRequest
//   component  one byte for each of those
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace iff {

struct StartUp {
  std::map<std::string, std::string> parameters = {};  // user, database, application_name, ...
  std::string bytes = {};                              // the whole message
};

class StartUpReader {
 public:
  // What came, in the order it came; chunks may end anywhere.
  void FromClient(std::string_view bytes);
  void FromComponent(std::string_view bytes);

  // A message has begun and is not whole yet.
  bool half() const { return state_ == State::kClientSpeaks && !message_.empty(); }
  // From the moment it is whole until Forget().
  const std::optional<StartUp>& start_up() const { return start_up_; }
  void Forget() { start_up_.reset(); }
  // It is over with reading, and no start-up was seen: what follows is encrypted, or no PostgreSQL of this kind. A
  // connection that only cancels a statement is none of these.
  bool unreadable() const { return state_ == State::kUnreadable; }

 private:
  enum class State { kClientSpeaks, kComponentAnswers, kBegun, kCancels, kUnreadable };

  State state_ = State::kClientSpeaks;
  std::string message_ = {};
  std::optional<StartUp> start_up_ = {};
};

// An ErrorResponse with which a component ends a connection that begins.
std::string StartUpRefusal(std::string_view sqlstate, std::string_view message);

}  // namespace iff
