#include <memory>

#include "harness/cli/arguments.h"
#include "harness/cli/dispatch.h"
#include "harness/cli/play.h"
#include "harness/cli/report_arguments.h"
#include "harness/publish/shards.h"
#include "harness/run/plan.h"
#include "harness/run/result_merge.h"

namespace iff {
namespace {

std::optional<int> LookAtArguments(const Call& call, const std::string& shard) {
  const Result<void> fine = CheckRunArguments(call, shard);
  if (!fine.ok()) return Complain(call.console, fine.error());
  return {};
}

// A mistake in a file is told before anything is started. What was read is left in `read`.
std::optional<int> LookAtFiles(const Call& call, std::optional<RunFiles>& read) {
  const SessionOptions session_options = SessionOptionsFor(call);
  const Result<System> system = LoadSystemFor(session_options);
  if (!system.ok()) return Complain(call.console, system.error());
  Result<RunFiles> files = ReadRunFiles(call, session_options, *system);
  if (!files.ok()) return Complain(call.console, files.error());
  read = std::move(files).value();
  return {};
}

// As a run would select, and nothing more.
int TellPlan(const Call& call, const std::string& shard) {
  const SessionOptions options = SessionOptionsFor(call);
  const Result<System> system = LoadSystemFor(options);
  if (!system.ok()) return Complain(call.console, system.error());
  const Result<RunFiles> files = ReadRunFiles(call, options, *system);
  if (!files.ok()) return Complain(call.console, files.error());
  const Shard part = shard.empty() ? Shard() : *ParseShard(shard);  // looked at before
  const Plan plan = MakePlan(PartOf(files->selection.scenarios, part), {.driver_registry = options.driver_registry,
                                                                        .system = *system,
                                                                        .probes = call.services.probes,
                                                                        .mutant = call.options.mutant,
                                                                        .attached = !options.attached.empty(),
                                                                        .fresh_targets = call.options.fresh_targets});
  call.console.Say(call.options.json ? DumpPretty(PlanJson(plan)) : PlanText(plan, call.options.quiet));
  return 0;
}

}  // namespace

Command RunCommand() {
  return {.name = "run",
          .summary = "bring the stack up, run scenarios, report, take it down",
          .group = CommandGroup::kRun,
          .description =
              "Uses the environment that is up, if one is, unless --fresh, or an option that changes it, is given.",
          .examples = {{"iff run", "everything"},
                       {"iff run isolation tokens/expired", "a suite and a scenario"},
                       {"iff run --debug-server isolation/whoami@TARGET", "prints the debugger's line and waits"},
                       {"iff run --mutant accepts-expired tokens", "what a failure looks like"}},
          .declare = [](Options& options, Arguments& arguments) -> CommandAction {
            const auto shard = std::make_shared<std::string>();  // "3/8"
            const auto plan = std::make_shared<bool>(false);
            const auto read = std::make_shared<std::optional<RunFiles>>();  // before anything was started
            arguments = {
                SelectionArgument(options),
                TargetsArgument(options),
                MutantArgument(options),
                JobsArgument(options),
                {.names = "--output,-o",
                 .value = "FOLDER",
                 .into = &options.output,
                 .takes = Takes::kFolder,
                 .help = "folder for the reports (default: reports/out/<run>)"},
                {.names = "--events",
                 .value = "FILE|-",
                 .into = &options.events,
                 .help = "JSON lines while it runs, into a file or to standard output"},
                {.names = "--shard",
                 .value = "I/N",
                 .into = shard.get(),
                 .help = "only part I of N, by the scenarios' ids; 'iff merge' puts the parts together"},
                {.names = "--keep-on-failure",
                 .into = &options.keep_on_failure,
                 .help = "before a scenario that did not pass is taken down: a prompt on its sandbox"},
                {.names = "--debug-server",
                 .into = &options.debug_server,
                 .help = "before the first step, wait until a debugger is attached to the server"},
                {.names = "--seed",
                 .value = "N",
                 .into = &options.seed,
                 .least = 1,
                 .most = 2'000'000'000,
                 .help = "draw again what was found by lot: the suite noninterference begins with this interleaving"},
                {.names = "--accept",
                 .value = "CLAIM=REASON",
                 .into = &options.accepts,
                 .help = "green although nobody tried this claim (repeatable); 'accepts' of a target keeps it"},
                {.names = "--plan",
                 .into = plan.get(),
                 .help = "only say what would be sent to whom: nothing is started, nothing is sent; -q: the sums"},
                FreshTargetsArgument(options),
                FreshArgument(options),
                AttachedArgument(options),
            };
            AddReportArguments(options, arguments);
            AddBaselineArgument(options, arguments);
            return {.before = [shard, plan](const Call& call) -> std::optional<int> {
                      const std::optional<int> wrong = LookAtArguments(call, *shard);
                      return wrong || !*plan ? wrong : TellPlan(call, *shard);
                    },
                    .before_starting = [read](const Call& call) { return LookAtFiles(call, *read); },
                    .on_environment =
                        [shard, read](const Call& call, Session& session) {
                          return PlaySelected(call, session, *shard, read->has_value() ? &**read : nullptr);
                        }};
          }};
}

}  // namespace iff
