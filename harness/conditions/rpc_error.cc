#include "harness/conditions/rpc_error.h"

namespace iff {

const ConditionWord& RpcErrorIs::Word() {
  static const ConditionWord word = {
      .word = "rpc_error",
      .schema = R"({"description": "JSON-RPC error code: one, or any of a list.", "$ref": "#/$defs/numbers"})",
      .rows = {{.head = "`rpc_error: -32601`",
                .holds = "the answer is a JSON-RPC error with this code, or one of a list"}},
      .examples = {"-32601"},
      .on_answer = true,
      .means = "The answer is a JSON-RPC error with one of the codes named.",
      .fix = "Answer protocol mistakes as protocol errors, not as a tool's result."};
  return word;
}

RpcErrorIs RpcErrorIs::Read(StepReader& in, const std::string& at) { return {.codes = in.Numbers(at)}; }

ConditionNeeds RpcErrorIs::Needs() const { return {}; }

}  // namespace iff
