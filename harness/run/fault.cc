#include "harness/run/fault.h"

#include <map>
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

constexpr size_t kSqlState = 5;  // characters
constexpr uint64_t kCutAfter = 20;
constexpr const char* kGarbage = "<html>it works</html>";

// As PostgreSQL says it, where whoever it says it to may look for the words.
std::string WordsOfState(const std::string& sqlstate) {
  static const std::map<std::string, std::string> kWords = {
      {"28000", "role is not permitted to log in"},
      {"28P01", "password authentication failed"},
      {"3D000", "database does not exist"},
      {"53300", "sorry, too many clients already"},
      {"57P01", "terminating connection due to administrator command"},
      {"57P03", "the database system is starting up"},
  };
  const auto found = kWords.find(sqlstate);
  return found == kWords.end() ? "disturbed" : found->second;
}

// REQUIRES: a start-up is answered.
void AnswerStartUp(const std::string& as, GateFault& fault) {
  fault.sqlstate = as.size() == kSqlState ? as : "XX000";
  fault.body = WordsOfState(fault.sqlstate);
  if (as == "huge") fault.body = std::string(kHuge, ' ');
  if (as == "trickle") fault.body = std::string(kTricklesOn, ' ');
  if (as != "garbage") return;
  fault.sqlstate.clear();
  fault.body = kGarbage;
}

}  // namespace

GateFault FaultOf(const FaultStep& step, GateAim aim) {
  const std::string& as = step.as;
  GateFault fault{.delay = step.delay, .aim = std::move(aim)};
  const bool of_start_ups = fault.aim.start_ups;
  if (as == "refuse") {
    fault.mode = GateMode::kRefuse;
  } else if (as == "hold") {
    fault.mode = GateMode::kHold;
  } else if (as == "delay") {
    fault.mode = GateMode::kDelay;
  } else if (as == "cut") {
    fault.mode = GateMode::kCut;
    fault.after_bytes = step.after.value_or(kCutAfter);
  } else if (as == "trickle") {
    fault.mode = GateMode::kTrickle;
    fault.delay = step.delay.count() > 0 ? step.delay : kTrickles;
    if (of_start_ups) {
      AnswerStartUp(as, fault);
      return fault;
    }
    fault.status = 200;
    fault.body = "{\"keys\":[" + std::string(kTricklesOn, ' ') + "]}";
  } else if (of_start_ups) {
    fault.mode = GateMode::kAnswer;
    AnswerStartUp(as, fault);
  } else if (as == "garbage" || as == "huge") {
    fault.mode = GateMode::kAnswer;
    fault.status = 200;
    fault.body = as == "garbage" ? kGarbage : "{\"keys\":[" + std::string(kHuge, ' ') + "]}";
  } else {
    Invariant(as.size() == 3, "a fault is a word for gates, a status, or an SQLSTATE for start-ups");
    fault.mode = GateMode::kAnswer;
    fault.status = std::stoi(as);
    fault.body = "{\"errors\":[\"disturbed\"]}";
  }
  return fault;
}

}  // namespace iff
