#include "harness/run/fault.h"

#include <string>
#include <utility>

#include "harness/core/result.h"

namespace iff {
namespace {

// More than any of our servers reads of an answer.
constexpr size_t kHuge = size_t{20} << 20;

// Often enough for whoever only wants to hear something now and then, and for longer than anybody waits.
constexpr std::chrono::milliseconds kTrickles(200);
constexpr size_t kTricklesOn = 3000;

}  // namespace

GateFault FaultOf(const FaultStep& step, GateAim aim) {
  const std::string& as = step.as;
  GateFault fault{.delay = step.delay, .aim = std::move(aim)};
  if (as == "refuse") {
    fault.mode = GateMode::kRefuse;
  } else if (as == "hold") {
    fault.mode = GateMode::kHold;
  } else if (as == "delay") {
    fault.mode = GateMode::kDelay;
  } else if (as == "cut") {
    fault.mode = GateMode::kCut;
    fault.after_bytes = 20;
  } else if (as == "trickle") {
    fault.mode = GateMode::kTrickle;
    fault.delay = step.delay.count() > 0 ? step.delay : kTrickles;
    fault.status = 200;
    fault.body = "{\"keys\":[" + std::string(kTricklesOn, ' ') + "]}";
  } else if (as == "garbage" || as == "huge") {
    fault.mode = GateMode::kAnswer;
    fault.status = 200;
    fault.body = as == "garbage" ? "<html>it works</html>" : "{\"keys\":[" + std::string(kHuge, ' ') + "]}";
  } else {
    Invariant(as.size() == 3, "a fault is a word for gates, or a status");
    fault.mode = GateMode::kAnswer;
    fault.status = std::stoi(as);
    fault.body = "{\"errors\":[\"disturbed\"]}";
  }
  return fault;
}

}  // namespace iff
