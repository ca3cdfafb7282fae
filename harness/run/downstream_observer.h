// What is seen behind a target, and at the target itself, after each step.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "harness/net/gate.h"
#include "harness/run/arrivals.h"
#include "harness/run/cursors.h"
#include "harness/run/judge.h"
#include "harness/run/run_context.h"
#include "harness/run/sandbox_principals.h"
#include "harness/run/target_process.h"
#include "harness/run/trace_log.h"

namespace iff {

class DownstreamObserver {
 public:
  // All outlive it.
  DownstreamObserver(const RunContext& context, const TargetSpec& target, const SandboxPrincipals& principals,
                     const TargetProcess& process, const Components& components, TraceLog& trace)
      : context_(context),
        target_(target),
        principals_(principals),
        process_(process),
        components_(components),
        trace_(trace) {}

  // From now on everything is kept that passes the gates given to Watch. REQUIRES: before any of them is opened to the
  // target. It outlives the gates.
  void KeepArrivals() { arrivals_ = std::make_unique<Arrivals>(); }
  // Does nothing but after KeepArrivals.
  void Watch(const std::string& component, Gate& gate);

  Cursors Mark() const;
  // Everything seen at the far side since, with what could not be seen; adds it to the trace.
  void Observe(const Cursors& since, const std::string& caller, const SendOutcome& outcome, Observation& seen);
  // Was the token handed on to anybody behind the target since? By the ledgers, and, where a check of the scenario asks
  // for it, by everything the target sent.
  void LookBehind(const Cursors& since, const Credential* presented, Observation& seen) const;
  // By "component.what". `seen`: is told what could not be counted; may be nullptr.
  std::map<std::string, int64_t> Counts(Observation* seen) const;

 private:
  // What ledgers and audit logs say since; of the audit logs, what was done as one of `persona_of`.
  Downstream ReadDownstream(const Cursors& since, const std::map<std::string, std::string>& persona_of) const;

  const RunContext& context_;
  const TargetSpec& target_;
  const SandboxPrincipals& principals_;
  const TargetProcess& process_;
  const Components& components_;
  TraceLog& trace_;
  std::unique_ptr<Arrivals> arrivals_;  // nullptr: nobody asks for it
};

}  // namespace iff
