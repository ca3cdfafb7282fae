#include "harness/run/applies.h"
#include "harness/run/play.h"
#include "harness/steps/probe.h"

namespace iff {

WhyNotHere ProbeStep::WhyNot(const Surroundings& around) const {
  if (const std::string why = around.WhyNotProbed(name); !why.empty()) return {.step = why};
  const std::string disturbs = AtOr<std::string>(arguments, "/disturbs", "");
  if (!disturbs.empty()) {
    if (!around.target.url.empty()) return {.scenario = around.NoGate()};
    if (const std::string why = around.NoComponent(disturbs); !why.empty()) return {.scenario = why};
  }
  for (const char* const member : {"/issuer", "/from"}) {
    if (const std::string why = around.NoComponent(AtOr<std::string>(arguments, member, "")); !why.empty()) {
      return {.scenario = why};
    }
  }
  if (const std::string why = around.NoOperation(AtOr<std::string>(arguments, "/operation", "")); !why.empty()) {
    return {.step = why};
  }
  for (const Json& operation : AtOr<Json>(arguments, "/operations", Json::array())) {
    if (const std::string why = around.NoOperation(AtOr<std::string>(operation, "", "")); !why.empty()) {
      return {.step = why};
    }
  }
  for (const Json& use : AtOr<Json>(arguments, "/scopes", Json::array())) {
    const std::string scope = AtOr<std::string>(use, "", "");
    if (!around.target.scopes.contains(scope)) {
      return {.step = "the system file names no scope of " + around.target.name + " for '" + scope + "'"};
    }
  }
  return {};
}

void ProbeStep::Perform(Play& play) const {
  play.Title("probe " + name);
  const auto probe = play.probes().find(name);
  if (probe == play.probes().end()) return play.Fail("no probe called '" + name + "'");
  const Cursors marks = play.sandbox().observer().Mark();
  Result<ProbeOutcome> outcome = probe->second(play.sandbox(), arguments);
  Observation seen;
  play.sandbox().observer().Observe(marks, "", {}, seen);
  if (outcome.ok()) {
    seen.findings = std::move(outcome->findings);
    play.Keep(*outcome);
  } else {
    seen.no_response = outcome.error().message();
    // Nobody asks what it found: it was to prepare what comes.
    if (play.step().expect.empty()) play.Fail(outcome.error().message());
  }
  play.LookAround(seen);
  play.JudgeAll(seen);
}

}  // namespace iff
