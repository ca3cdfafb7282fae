#include <algorithm>

#include "harness/conditions/rpc_error.h"
#include "harness/run/applies.h"
#include "harness/run/judging.h"

namespace iff {

// Every target answers.
std::string RpcErrorIs::WhyNot(const Surroundings&) const { return ""; }

Weighed RpcErrorIs::Judged(const Judging& in) const {
  return in.OfAnswer("JSON-RPC error " + JoinNumbers(codes), [&](const McpAnswer& answer) {
    return answer.HasError() && std::find(codes.begin(), codes.end(), answer.RpcErrorCode()) != codes.end();
  });
}

}  // namespace iff
