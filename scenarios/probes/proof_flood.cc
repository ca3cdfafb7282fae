// Proofs without number: each has to be known again for a while, and none may cost much.
#include <future>
#include <string>

#include "harness/launch/proc.h"
#include "scenarios/probes/probes.h"

namespace iff {
namespace {

// `times` requests with a proof of its own each, several at once; what was answered to one of them otherwise than it
// should be.
std::string Flood(Sandbox& sandbox, const std::string& with, int64_t times) {
  constexpr int64_t kAtOnce = 4;
  std::vector<std::future<std::string>> lanes;
  for (int64_t lane = 0; lane < kAtOnce; ++lane) {
    lanes.push_back(std::async(std::launch::async, [&sandbox, with, count = times / kAtOnce] {
      std::string wrong;
      for (int64_t i = 0; i < count; ++i) {
        const SendOutcome sent =
            sandbox.client().Send({.with = with}, "tools/list", Json::object(), "one of many proofs");
        // Whoever takes no more for now says so.
        const bool right = sent.answer && (sent.answer->HasResult() || sent.answer->status == 429);
        if (!right) wrong = StatusOf(sent);
      }
      return wrong;
    }));
  }
  std::string wrong;
  for (std::future<std::string>& lane : lanes) {
    if (std::string one = lane.get(); !one.empty()) wrong = std::move(one);
  }
  (void)sandbox.trace().Take();  // a thousand exchanges tell no more than a few
  return wrong;
}

// `arguments`: `with`, a credential bound to a key; `times`; `most`, bytes that one proof may take.
Result<ProbeOutcome> PlayProofFlood(Sandbox& sandbox, const Json& arguments) {
  const std::string with = AtOr<std::string>(arguments, "/with", "");
  const int64_t times = AtOr<int64_t>(arguments, "/times", 0);
  const int64_t most = AtOr<int64_t>(arguments, "/most", 0);
  const Credential* credential = sandbox.principals().FindCredential(with);
  if (credential == nullptr || credential->prover() == nullptr || times < 4 || most < 1) {
    return Error(ErrorKind::kInvalidInput, "proof_flood: want 'with', a credential bound to a key, 'times' and 'most'");
  }
  Finding room{.expected =
                   "at most " + std::to_string(most) + " bytes for each of " + std::to_string(times) + " proofs"};
  Finding opens{.expected = "what is the caller's own, afterwards"};
  const Service* service = sandbox.process().service();
  const Json own = TRY(sandbox.client().CallParams({.operation = "read_own"}, credential->principal));
  // What is needed once is there before anything is measured.
  std::string wrong = Flood(sandbox, with, times / 2);
  const int64_t before = service == nullptr ? 0 : ResidentMemory(service->pid());
  if (wrong.empty()) wrong = Flood(sandbox, with, times);
  const int64_t after = service == nullptr ? 0 : ResidentMemory(service->pid());
  if (before == 0 || after == 0) {
    room.inapplicable = sandbox.target().name + " runs where its process cannot be looked at";
  } else if (!wrong.empty()) {
    room.could_not = "a request with a fresh proof got " + wrong;
  } else {
    room.met = after - before <= times * most;
    room.observed = std::to_string((after - before) / times) + " bytes for each";
  }
  const Cursors marks = sandbox.observer().Mark();
  const SendOutcome sent = sandbox.client().Send({.with = with}, "tools/call", own, "with a fresh proof, after many");
  Observation seen;
  sandbox.observer().Observe(marks, credential->principal, sent, seen);
  opens.met = seen.seen_of.contains(credential->principal);
  opens.observed = StatusOf(sent);
  return ProbeOutcome{.findings = {{"many-proofs-take-little-room", room}, {"fresh-proof-opens-after-many", opens}}};
}

}  // namespace

void AddProofFloodProbes(ProbeSet& probes) { probes["proof_flood"] = {PlayProofFlood, Aftermath::kAsTheyWere}; }

}  // namespace iff
