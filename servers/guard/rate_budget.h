#pragma once

#include <chrono>
#include <cstdint>

namespace iff {

// So many calls in so much time; the whole number may come at once.
struct RateBudget {
  int64_t count = 600;
  std::chrono::seconds span = std::chrono::seconds(60);
};

}  // namespace iff
