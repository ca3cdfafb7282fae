// Where `--events` goes: whole lines, each through the leak gate before anybody can read it.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "harness/core/redact.h"
#include "harness/core/result.h"

namespace iff {

class EventStream {
 public:
  // "-" is the descriptor `out`, which stays open; anything else is a file that is made anew. `redactor`
  // outlives it.
  static Result<std::unique_ptr<EventStream>> Open(const std::string& where, int out, const Redactor& redactor);
  ~EventStream();
  EventStream(const EventStream&) = delete;
  EventStream& operator=(const EventStream&) = delete;

  // Whole lines. A line that holds a secret is withheld, and the stream says so in its place. Nobody who has
  // stopped reading stops the run. Not thread-safe.
  void Write(std::string_view lines);

 private:
  EventStream(int descriptor, bool own, const Redactor& redactor)
      : descriptor_(descriptor), own_(own), redactor_(redactor) {}

  int descriptor_;
  bool own_;
  const Redactor& redactor_;
};

}  // namespace iff
