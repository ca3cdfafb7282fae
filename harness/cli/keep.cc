#include "harness/cli/keep.h"

#include "harness/cli/prompt.h"

namespace iff {

void KeepSandbox(const Call& call, Session& session, Sandbox& sandbox, const ScenarioResult& result) {
  if (call.cancelled || sandbox.principals().all().empty()) return;
  const auto open = session.prompts().Open(result.id);
  if (!call.options.json) {
    call.console.Say(result.id + " did not pass; its sandbox is kept until 'quit'");
    for (const StepResult& step : result.steps) {
      for (const Check& check : step.checks) {
        if (check.verdict == Verdict::kPassed || check.verdict == Verdict::kInapplicable) continue;
        call.console.Say("  " + std::string(Name(check.verdict)) + "  " + check.id + ": " +
                         sandbox.context().redactor.Mask(check.reason));
      }
    }
    if (Service* const server = sandbox.process().service())
      call.console.Say("debugger   gdb -p " + std::to_string(server->pid()));
  }
  const Result<int> code = PromptOn(call, sandbox, sandbox.principals().all().front().persona);
  if (!code.ok()) call.console.Say("iff: " + sandbox.context().redactor.Mask(code.error().message()));
}

}  // namespace iff
