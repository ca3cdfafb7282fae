// Plays the steps of one scenario on its sandbox: the part that every step word shares. What a word does is in
// harness/steps/<word>_play.cc, which gets one of these.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "harness/core/secret.h"
#include "harness/run/applies.h"
#include "harness/run/disturbances.h"
#include "harness/run/judge.h"
#include "harness/run/probe.h"
#include "harness/run/result.h"
#include "harness/run/sandbox.h"
#include "harness/scenario/scenario.h"

namespace iff {

// The component in the sandbox at which it is done. kInvalidInput: there is no issuer, or several components declare
// it.
Result<Component*> Declaring(const Sandbox& sandbox, const Declared& declared);

// Of the target that the sandbox faces, as it runs.
Means MeansOf(const Sandbox& sandbox);

class Play {
 public:
  // All outlive it.
  Play(Sandbox& sandbox, const ProbeSet& probes, ScenarioResult& result);

  // At the target it goes to. False: the rest of the scenario cannot be played; result.error says why.
  bool Perform(const Step& step);
  // Leaves nothing sealed behind, however the scenario ended.
  void Restore() { disturbances_.OpenAll(); }
  void CountBefore() { counts_ = sandbox_.observer().Counts(nullptr); }

  // ---- for step words
  Sandbox& sandbox() { return sandbox_; }  // facing the target that the step goes to
  const ProbeSet& probes() const { return probes_; }
  const Means& means() const { return here_->means; }
  const Step& step() const { return *step_; }
  Disturbances& disturbances() { return disturbances_; }
  // Of the target that the step goes to.
  Surroundings around() const { return {sandbox_.target(), sandbox_.context().system, means(), probes_}; }
  // What the step did, as reports say it: "alice calls get_issue".
  void Title(std::string title);
  static std::string Name(const std::string& persona) { return persona.empty() ? "nobody" : persona; }
  // Ends the scenario after this step: what it was to do was not done.
  void Fail(std::string problem) { problem_ = std::move(problem); }
  // The step cannot be made for this target, found out by trying: its checks are inapplicable and the scenario goes on.
  // "" changes nothing.
  bool NotHere(std::string why) {
    inapplicable_ = std::move(why);
    return !inapplicable_.empty();
  }
  // The same, and nothing of the scenario can be asked of the target beside that the step goes to.
  void NotBeside(std::string why) {
    if (NotHere(std::move(why))) absent_beside_[step_->at] = inapplicable_;
  }
  template <class T>
  bool Ok(const Result<T>& result) {
    if (!result.ok()) Fail(result.error().message());
    return result.ok();
  }
  // Persona whose credential is presented; "": nobody's.
  std::string CallerOf(const Sending& sending) const;
  // The request sent under that label; nullptr: none was.
  const HttpRequest* FindRequest(const std::string& label) const;
  // What an earlier request captured; nullptr: nothing, or its answer lacked it.
  const Secret* Captured(const std::string& name) const;
  // Keeps what an answer gave, or forgets what an earlier one did. `alias` where it is a secret: it is registered as
  // such, and as `owner`'s. kInvalidInput, and the scenario ends: it is too short to be masked.
  Result<void> Capture(const std::string& name, std::optional<Secret> value, const std::string& alias,
                       const std::string& owner);
  void Keep(const ProbeOutcome& outcome);  // beside its findings
  // One request of MCP, as often and for as long as `sending` says.
  void SendAndJudge(const Sending& sending, const std::string& method, const Json& params, const std::string& title);
  // The same for any request: `send` sends it once, `asked` says what for.
  void SendAndJudge(const Sending& sending, const std::string& asked, const std::function<SendOutcome()>& send);
  // Sends to one replica of the target and, as long as they refuse (HTTP 4xx), to each other one in turn: what one of
  // them lets in counts. For requests that are to be refused; where there is one process, `send` is called once.
  SendOutcome ToEachReplica(const std::function<SendOutcome()>& send) const;
  // What was seen at both ends since `marks`.
  Observation See(const Cursors& marks, const Sending& sending, const SendOutcome& outcome,
                  std::map<std::string, int64_t> tally);
  void LookAround(Observation& seen);
  void JudgeAll(const Observation& seen);

 private:
  // What is around a target, and what expectations mean for it.
  struct Standards {
    Means means = {};
    TargetTerms terms = {};
  };

  Sandbox& sandbox_;
  const ProbeSet& probes_;
  ScenarioResult& result_;
  std::map<std::string, Standards> standards_;  // by target
  const Standards* here_ = nullptr;             // of the one that the sandbox faces
  Disturbances disturbances_;
  const Step* step_ = nullptr;
  StepResult* done_ = nullptr;
  Json evidence_;
  std::map<std::string, std::string> persona_of_;  // as last stored among the evidence
  std::map<std::string, std::string> canary_;      // the same
  std::string problem_;
  std::string inapplicable_;  // why the step is not played; "": it is
  std::map<std::string, int64_t> counts_;
  std::map<std::string, HttpRequest> requests_;
  std::map<std::string, Secret> captured_;  // whether or not it is one: some answers give what is secret elsewhere
  std::map<std::string, std::string> absent_beside_;  // why nothing is asked of a target beside, by its name
  std::set<std::string> absent_;                      // credentials that could not be made for this target
};

}  // namespace iff
