#include "harness/cli/carry.h"

namespace iff {
namespace {

int Status(const Call& call, Session& session) {
  for (Component* component : session.environment().components()) {
    const Result<void> alive = component->Check();
    if (call.options.quiet) continue;
    call.voice.Say(component->name() + ": " + component->version() + " at " + component->endpoint().Url() + ", " +
                   (alive.ok() ? "answers" : alive.error().message()));
  }
  return 0;
}

}  // namespace

Command StatusCommand() {
  return {.name = "status",
          .summary = "what is up",
          .group = CommandGroup::kLoop,
          .declare = [](Options&, Arguments&) -> Deed { return {.act = AskWhatIsUp, .on_environment = Status}; }};
}

}  // namespace iff
