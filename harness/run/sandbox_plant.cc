// A server that keeps people's things itself is told of them as its users would tell it: before the first step,
// everybody makes something of their own that holds their canary.
#include "harness/run/diagnosis.h"
#include "harness/run/fill.h"
#include "harness/run/sandbox.h"

namespace iff {

Result<void> Sandbox::PlantOf(Principal& principal, const Operation& operation, const std::string& canary) {
  const std::string name = "planting of " + principal.persona;
  TRY(Obtain(name, principal.persona, AllScopes(), ""));
  const Json arguments = FillAll(operation.arguments, &principal, nullptr, target_->upstream, canary);
  const Json params = {{"name", operation.tool}, {"arguments", arguments}};
  const SendOutcome sent = Send({.with = name}, "tools/call", params, "planting");
  if (!sent.answer) return Error(ErrorKind::kUnavailable, sent.silence);
  if (!sent.answer->HasResult() || sent.answer->ToolError()) {
    constexpr size_t kEnough = 200;
    return Error(ErrorKind::kProtocol, "HTTP " + std::to_string(sent.answer->status) + " " +
                                           context_.redactor.Mask(sent.answer->Text()).substr(0, kEnough) +
                                           sent.answer->headers.Get("WWW-Authenticate"));
  }
  principal.items = TRY(Given(operation, *sent.answer));
  return {};
}

Result<void> Sandbox::Plant() {
  if (target_->seed_with.empty()) return {};
  const Operation& operation = target_->operations.at(target_->seed_with);
  for (Principal& principal : principals_) {
    const auto account = principal.accounts.find(target_->upstream);
    if (account == principal.accounts.end()) continue;
    Result<void> planted =
        PlantOf(principal, operation, account->second.canary)
            .While("let " + principal.persona + " make something of their own with " + operation.tool);
    if (planted.ok()) continue;
    // Whoever lets nobody make anything will be called what it is.
    ScenarioResult so_far{.target = target_->name};
    so_far.steps.push_back({.trace = TakeTrace()});
    const Diagnosis diagnosis = Diagnose(so_far);
    if (diagnosis.what.empty()) return planted;
    return Error(planted.error().kind(), diagnosis.what + "; it was asked to " + planted.error().message());
  }
  // Whoever speaks next comes anew, and the trace begins with the first step. A process may keep things in its memory.
  if (target_->transport != Transport::kStdio) {
    // What is to serve other scenarios keeps no session of this one.
    if (targets_ != nullptr && !EndSessions()) targets_ = nullptr;
    const std::lock_guard lock(mutex_);
    connections_.clear();
  }
  (void)TakeTrace();
  return {};
}

}  // namespace iff
