// Disturbs a component: all of it, or what is aimed at.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "harness/environment/protocol.h"
#include "harness/steps/step.h"

namespace iff {

struct FaultStep {
  std::string component = {};
  // refuse, hold, delay, cut, sealed, garbage, huge, trickle, a status "503", or an SQLSTATE "53300"
  std::string as = {};
  std::chrono::milliseconds delay = {};
  std::optional<uint64_t> after = {};  // with cut: bytes of the answer that still pass
  // Whom it meets, of the requests of HTTP or the start-ups of PostgreSQL; everybody where all of them are empty.
  std::string principal = {};                          // persona: those that hold something of theirs
  std::string path = {};                               // requests whose target begins so
  uint64_t nth = 0;                                    // of those, the n-th from now on
  bool start_ups = false;                              // nothing but start-ups
  std::map<std::string, std::string> parameters = {};  // start-ups that have these, and that text in each
  static const StepWord& Word();
  static FaultStep Read(StepReader& in, const std::string& at);
  // Could something that speaks so be disturbed like this?
  bool Suits(Protocol spoken) const;
  StepEffects Effects() const;
  WhyNotHere WhyNot(const Surroundings& around) const;
  void Perform(Play& play) const;
};

}  // namespace iff
