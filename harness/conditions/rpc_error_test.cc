#include "harness/conditions/rpc_error.h"

#include <gtest/gtest.h>

#include "harness/run/judge_testing.h"

namespace iff {
namespace {

TEST(RpcErrorIs, NeedsOneOfTheCodes) {
  EXPECT_EQ(VerdictOf(RpcErrorIs{{-32601, -32602}}, Saw(RpcError(200, -32602))), Verdict::kPassed);
  EXPECT_EQ(VerdictOf(RpcErrorIs{{-32601}}, Saw(RpcError(200, -32602))), Verdict::kFailed);
  // An answer without an error has code 0.
  EXPECT_EQ(VerdictOf(RpcErrorIs{{0}}, Saw(Success())), Verdict::kFailed);
}

}  // namespace
}  // namespace iff
