// A hash that only its owner can compute: two texts get the same one with a probability of 2^-120 or less for texts
// below 4 KiB, whoever chose them, as long as nobody sees a hash. Four times as fast as SHA-256 where the processor
// multiplies without carry. For looking things up in one process; never stored, sent or logged.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace iff {

class KeyedHash {
 public:
  KeyedHash();  // by a key of its own, which nobody knows
  ~KeyedHash();
  KeyedHash(const KeyedHash&) = delete;
  KeyedHash& operator=(const KeyedHash&) = delete;

  std::string Of(std::string_view text);  // 16 bytes; not thread-safe

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace iff
