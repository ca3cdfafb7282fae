// What a mock remembers of the requests it was sent: a ring, so that a long run cannot fill the
// memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "harness/core/json.h"
#include "harness/environment/capabilities.h"

namespace iff {

// Not thread-safe: it belongs to a mock's event loop.
class Ledger {
 public:
  explicit Ledger(size_t capacity = size_t{1} << 16) : capacity_(capacity) {}

  // Gives the entry its sequence number.
  void Record(LedgerEntry entry);

  // The number the next entry will get.
  uint64_t Mark() const { return next_; }

  // kInvalidInput when entries from `mark` on have been dropped already: an answer with holes would
  // be taken for the truth.
  Result<std::vector<LedgerEntry>> Since(uint64_t mark) const;

 private:
  size_t capacity_ = 0;
  uint64_t next_ = 0;
  std::deque<LedgerEntry> entries_;
};

Json ToJson(const LedgerEntry& entry);
Result<LedgerEntry> ParseLedgerEntry(const Json& value);

}  // namespace iff
