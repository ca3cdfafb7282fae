#include <signal.h>
#include <unistd.h>

#include "harness/cli/dispatch.h"
#include "harness/session/resident.h"

namespace iff {
namespace {

int Down(const Call& call) {
  const int code = AskWhatIsUp(call);
  // Down means gone: wait until nobody has the name any more.
  const Result<void> gone = Eventually(Deadline::In(std::chrono::seconds(60)), [&]() -> Result<bool> {
    const Result<std::optional<int>> answered =
        AskResident(ResidentName(call.services.places.root), {"status", "--quiet"});
    return answered.ok() && !*answered;
  });
  if (!gone.ok()) return Complain(call.console, gone.error().While("wait for the environment to end"));
  return code;
}

int EndItself(const Call&, Session&) {
  kill(getpid(), SIGTERM);
  return 0;
}

}  // namespace

Command DownCommand() {
  return {.name = "down",
          .summary = "take down what 'up' brought up",
          .group = CommandGroup::kLoop,
          .declare = [](Options&, Arguments&) -> CommandAction { return {.act = Down, .on_environment = EndItself}; }};
}

}  // namespace iff
