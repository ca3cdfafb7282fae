#include <memory>
#include <string>
#include <utility>

#include "harness/cli/arguments.h"
#include "harness/cli/dispatch.h"
#include "harness/cli/mutants.h"

namespace iff {
namespace {

struct Parts {
  MutantsWish wish = {};
  Kept from = {};
};

int MutantsOn(const Call& call, Session& session, const Parts& parts) {
  return Mutants(session, call.options, parts.wish, call.cancelled, Messages(call.console));
}

std::optional<int> FromParts(const Call& call, const Parts& parts) {
  for (const auto& [given, name] :
       {std::pair(parts.from.asked, "--asked"), std::pair(!parts.from.examples.empty(), "--examples")}) {
    if (!given || !parts.from.folder.empty()) continue;
    return Complain(call.console,
                    Error(ErrorKind::kInvalidInput, name + std::string(": of what --from names, which is missing")));
  }
  for (const auto& [given, name] :
       {std::pair(parts.wish.kills_only, "--kills-only"), std::pair(parts.wish.proofs_only, "--proofs-only")}) {
    if (!given || (!parts.wish.accept && parts.from.folder.empty())) continue;
    return Complain(call.console, Error(ErrorKind::kInvalidInput,
                                        name + std::string(": what is accepted, or was kept, has no part left out")));
  }
  if (parts.wish.kills_only && parts.wish.proofs_only) {
    return Complain(call.console,
                    Error(ErrorKind::kInvalidInput, "--proofs-only: plays less than --kills-only; give one"));
  }
  if (parts.from.folder.empty()) return {};
  const SessionOptions options = SessionOptionsFor(call);
  const Result<System> system = LoadSystemFor(options);
  if (!system.ok()) return Complain(call.console, system.error());
  const Result<std::vector<Scenario>> all = LoadSelected(options, *system, call.services.probes, {});
  if (!all.ok()) return Complain(call.console, all.error());
  Kept kept = parts.from;
  kept.accept = parts.wish.accept;
  return KeptMutants(options.places, *all, call.options, kept, Messages(call.console));
}

}  // namespace

Command MutantsCommand() {
  return {.name = "mutants",
          .summary = "run the suites against every broken server: which check catches which",
          .group = CommandGroup::kRun,
          .examples = {{"iff mutants --accept accepts-any-audience", "what kills it now is what shall kill it"},
                       {"iff mutants --keep parts accepts-any-audience", "one of them, for the table of all"},
                       {"iff mutants --from parts --output table.md", "the table, from what was kept of all"}},
          .declare = [](Options& options, Arguments& arguments) -> CommandAction {
            const auto parts = std::make_shared<Parts>();
            arguments = {
                {.names = "names",
                 .into = &options.selectors,
                 .takes = Takes::kMutants,
                 .help = "mutants; all of them by default"},
                JobsArgument(options),
                {.names = "--output,-o",
                 .value = "FILE",
                 .into = &options.output,
                 .takes = Takes::kFile,
                 .help = "file for the table"},
                {.names = "--accept",
                 .into = &parts->wish.accept,
                 .help = "write what fails into servers/mutants/kills.yaml, to be reviewed as a diff"},
                {.names = "--kills-only",
                 .into = &parts->wish.kills_only,
                 .help = "play only what asks for the accepted kills: what else it trips is not looked for"},
                {.names = "--proofs-only",
                 .into = &parts->wish.proofs_only,
                 .help = "play only what shows that each mutant is noticed and, over all, that each check notices one"},
                {.names = "--keep",
                 .value = "FOLDER",
                 .into = &parts->wish.keep,
                 .takes = Takes::kFolder,
                 .help = "folder for what became of each, for --from"},
                {.names = "--from",
                 .value = "FOLDER",
                 .into = &parts->from.folder,
                 .takes = Takes::kFolder,
                 .help = "run nothing: the table of what --keep kept, on one machine or several"},
                {.names = "--asked",
                 .into = &parts->from.asked,
                 .help = "with --from: of those alone that the last run of the tests asked for"},
                {.names = "--examples",
                 .value = "FOLDER",
                 .into = &parts->from.examples,
                 .takes = Takes::kFolder,
                 .help = "with --from: and of the examples' wrong settings, from the runs of them in there"},
            };
            return {.before = [parts](const Call& call) { return FromParts(call, *parts); },
                    .on_environment = [parts](const Call& call,
                                              Session& session) { return MutantsOn(call, session, *parts); }};
          }};
}

}  // namespace iff
