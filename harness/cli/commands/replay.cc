#include "harness/cli/replay.h"
#include "harness/cli/arguments.h"

#include "harness/cli/carry.h"

namespace iff {
namespace {

// Nothing is started for a recording that is not there.
std::optional<int> LookForIt(const Call& call) {
  const Result<std::vector<RecordingFile>> files = FindRecordings(call.options, SessionOptionsFor(call).places);
  if (!files.ok()) return Complain(call.voice, files.error());
  return {};
}

int ReplayOn(const Call& call, Session& session) {
  return Replay(session, call.options, call.cancelled, Speech(call.voice));
}

}  // namespace

Command ReplayCommand() {
  return {.name = "replay",
          .summary = "play a recording again: fixed, still failing, changed or not reproducible",
          .group = CommandGroup::kRun,
          .description =
              "Everybody logs in afresh; what is seen is compared by type, and each change is one line. "
              "Exits with 0 when all is unchanged or fixed, 1 when something is changed or still failing, "
              "2 when it is not reproducible, 64 when there is no such recording.",
          .examples = {{"iff replay last", "everything of the youngest run"},
                       {"iff replay last/isolation", "a suite of it"},
                       {"iff replay last/isolation/whoami@jira --as-scenario scenarios/regressions/whoami.yaml",
                        "a scenario that holds the server to what was seen"}},
          .declare = [](Options& options, Arguments& arguments) -> Deed {
            arguments = {
                {.names = "recording",
                 .into = &options.path,
                 .takes = Takes::kRun,
                 .required = true,
                 .help = "a run, RUN/ID, 'last', or a file of a run's recordings/"},
                MutantArgument(options),
                {.names = "--as-scenario",
                 .value = "FILE",
                 .into = &options.as_scenario,
                 .takes = Takes::kFile,
                 .help = "write a scenario here that holds the server to what was seen"},
                {.names = "--learn",
                 .into = &options.learn,
                 .help = "play it twice and note in the file what differs by itself"},
                JobsArgument(options),
                FreshArgument(options),
            };
            return {.before = LookForIt, .on_environment = ReplayOn};
          }};
}

}  // namespace iff
