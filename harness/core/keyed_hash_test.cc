#include "harness/core/keyed_hash.h"

#include <gtest/gtest.h>

#include <set>

namespace iff {
namespace {

TEST(KeyedHash, IsTheSameForTheSameTextAndKeyWhateverCameBetween) {
  KeyedHash hash;
  const std::string first = hash.Of("a token");
  EXPECT_EQ(first.size(), 16U);
  EXPECT_NE(hash.Of("another"), first);
  EXPECT_EQ(hash.Of("a token"), first);
  KeyedHash another;
  EXPECT_NE(another.Of("a token"), first) << "each has a key of its own";
}

// Every bit and the length count, and so do bytes that are zero.
TEST(KeyedHash, TellsTextsApartThatDifferInOneBit) {
  KeyedHash hash;
  std::set<std::string> seen;
  std::string text(1000, 'x');
  seen.insert(hash.Of(text));
  for (size_t at = 0; at < text.size(); ++at) {
    for (const int bit : {0, 7}) {
      text[at] = static_cast<char>(text[at] ^ (1 << bit));
      EXPECT_TRUE(seen.insert(hash.Of(text)).second) << at;
      text[at] = static_cast<char>(text[at] ^ (1 << bit));
    }
  }
  for (size_t size = 0; size < 50; ++size) EXPECT_TRUE(seen.insert(hash.Of(std::string(size, '\0'))).second) << size;
}

}  // namespace
}  // namespace iff
