// What a scenario has disturbed: faults at gates, stores that are sealed. A component is disturbed for every target of
// the scenario.
#pragma once

#include <map>
#include <set>
#include <string>

#include "harness/run/judge.h"
#include "harness/run/sandbox.h"
#include "harness/scenario/scenario.h"

namespace iff {

class Disturbances {
 public:
  explicit Disturbances(Sandbox& sandbox) : sandbox_(sandbox) {}

  Result<void> Set(const FaultStep& fault);
  // The component is whole again.
  Result<void> Clear(const std::string& component);
  // Opens every store this scenario has sealed.
  void OpenAll();
  // Of a fault that is for some alone: that it has met nothing of the target that is faced. What succeeds then was not
  // disturbed.
  void LookAtFaults(Observation& seen) const;

 private:
  Sandbox& sandbox_;
  std::set<std::string> sealed_;
  // Component and gate -> before a fault for some alone was set, while it is.
  std::map<std::string, std::map<const Gate*, Gate::Counts>> aimed_;
};

}  // namespace iff
