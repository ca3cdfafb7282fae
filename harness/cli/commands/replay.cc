#include <algorithm>
#include <cctype>
#include <filesystem>
#include <map>

#include "harness/cli/arguments.h"
#include "harness/cli/dispatch.h"
#include "harness/replay/player.h"

namespace iff {
namespace {

Result<std::vector<RecordingFile>> Recordings(const Call& call, const Places& places) {
  const Options& options = call.options;
  std::error_code unknown;
  std::vector<RecordingFile> files = TRY(FindRecordings(
      options.path,
      options.folder.empty() ? std::filesystem::current_path(unknown) : std::filesystem::path(options.folder),
      places.ReportsFolder()));
  if (!options.as_scenario.empty() && files.size() > 1) {
    return Error(ErrorKind::kInvalidInput, "'" + options.path + "' names " + std::to_string(files.size()) +
                                               " recordings: one at a time becomes a scenario");
  }
  return files;
}

// Nothing is started for a recording that is not there.
std::optional<int> LookForIt(const Call& call) {
  const Result<std::vector<RecordingFile>> files = Recordings(call, SessionOptionsFor(call).places);
  if (!files.ok()) return Complain(call.console, files.error());
  return {};
}

int TellCompared(const Call& call, Session& session, const std::vector<Player::Played>& all) {
  std::map<Outcome, size_t> counts;
  Json list = Json::array();
  for (const auto& [id, replayed] : all) {
    ++counts[replayed.outcome];
    Json lines = Json::array();
    for (const Departure& difference : replayed.differences) lines.push_back(difference.text());
    list.push_back({{"id", id}, {"outcome", Name(replayed.outcome)}, {"why", replayed.why}, {"differences", lines}});
    if (call.options.json || (call.options.quiet && replayed.outcome == Outcome::kUnchanged)) continue;
    call.console.Say(std::string(Name(replayed.outcome)) + "  " + id +
                     (replayed.why.empty() ? "" : ": " + replayed.why));
    for (const Json& line : lines) call.console.Say("    " + AtOr<std::string>(line, "", ""));
  }
  if (call.options.json) call.console.Say(session.redactor().Mask(DumpPretty(list)));
  std::string summary = std::to_string(all.size()) + (all.size() == 1 ? " recording:" : " recordings:");
  for (const auto& [outcome, count] : counts) {
    std::string name(Name(outcome));
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    summary += " " + std::to_string(count) + " " + name + ",";
  }
  summary.pop_back();
  if (!call.options.json) call.console.Say(summary);
  if (counts.contains(Outcome::kChanged) || counts.contains(Outcome::kStillFailing)) return 1;
  return counts.contains(Outcome::kNotReproducible) ? kErrored : 0;
}

int TellLearned(const Call& call, const std::vector<Player::Learned>& all) {
  int code = 0;
  for (const Player::Learned& learned : all) {
    if (!learned.unusable.empty()) {
      call.console.Say(learned.id + ": does not behave the same twice: " + learned.unusable);
      code = kErrored;
      continue;
    }
    for (const std::string& pointer : learned.pointers) call.console.Say(learned.id + ": volatile: " + pointer);
    if (learned.nothing) call.console.Say(learned.id + ": nothing volatile but what is known to be");
  }
  return code;
}

int TellKept(const Call& call, const RunResult& proof) {
  const Verdict verdict = proof.scenarios.front().verdict();
  call.console.Say("wrote " + call.options.as_scenario + ", which " +
                   (verdict == Verdict::kPassed   ? "passes"
                    : verdict == Verdict::kFailed ? "fails until the server is mended"
                                                  : "could not be judged: " + proof.scenarios.front().error));
  return static_cast<int>(proof.exit_code());
}

int ReplayOn(const Call& call, Session& session) {
  const Options& options = call.options;
  Result<std::vector<RecordingFile>> files = Recordings(call, session.options().places);
  if (!files.ok()) return Complain(call.console, files.error());
  Result<Player> player = Player::Open(session, std::move(files).value(),
                                       {.mutant = options.mutant, .jobs = options.jobs, .cancelled = &call.cancelled});
  if (!player.ok()) return Complain(call.console, player.error());
  if (options.learn) {
    const Result<std::vector<Player::Learned>> learned = player->LearnVolatile();
    return learned.ok() ? TellLearned(call, *learned) : Complain(call.console, learned.error());
  }
  if (!options.as_scenario.empty()) {
    const Result<RunResult> proof = player->KeepAsScenario(options.as_scenario);
    return proof.ok() ? TellKept(call, *proof) : Complain(call.console, proof.error());
  }
  return TellCompared(call, session, player->Compared());
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
                       {"iff replay last/isolation/whoami@TARGET --as-scenario scenarios/regressions/whoami.yaml",
                        "a scenario that holds the server to what was seen"}},
          .declare = [](Options& options, Arguments& arguments) -> CommandAction {
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
