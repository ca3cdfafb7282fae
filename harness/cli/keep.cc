#include "harness/cli/keep.h"

#include "harness/cli/prompt.h"

namespace iff {

void KeepStage(const Call& call, Session& session, Stage& stage, const ScenarioResult& result) {
  if (call.cancelled || stage.subjects().empty()) return;
  const auto open = session.prompts().Open(result.id);
  if (!call.options.json) {
    call.voice.Say(result.id + " did not pass; its stage is kept until 'quit'");
    for (const StepResult& step : result.steps) {
      for (const Check& check : step.checks) {
        if (check.verdict == Verdict::kPassed || check.verdict == Verdict::kInapplicable) continue;
        call.voice.Say("  " + std::string(Name(check.verdict)) + "  " + check.id + ": " +
                       stage.ground().redactor.Mask(check.reason));
      }
    }
    if (Service* const server = stage.target_service())
      call.voice.Say("debugger   gdb -p " + std::to_string(server->pid()));
  }
  const Result<int> code = PromptOn(call, stage, stage.subjects().front().role);
  if (!code.ok()) call.voice.Say("iff: " + stage.ground().redactor.Mask(code.error().message()));
}

}  // namespace iff
