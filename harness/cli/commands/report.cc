#include <filesystem>

#include "harness/cli/report_arguments.h"
#include "harness/cli/stored.h"
#include "harness/environment/drivers.h"
#include "harness/publish/stored_runs.h"
#include "harness/run/result_compare.h"

namespace iff {
namespace {

namespace fs = std::filesystem;

int Report(const Call& call) {
  const Result<void> forms = CheckForms(call.options);
  if (!forms.ok()) return Complain(call.console, forms.error());
  // A result that was put aside under another name, or a run.
  const bool stored = fs::is_regular_file(WhereTyped(call.options, call.options.path));
  const Result<std::string> found =
      stored ? WhereTyped(call.options, call.options.path) : FindRun(call.options, call.services.places);
  if (!found.ok()) return Complain(call.console, found.error());
  Result<RunResult> run = ReadRun(*found);
  if (!run.ok()) return Complain(call.console, run.error());
  if (!call.options.baseline.empty()) {
    const Result<RunResult> baseline = ReadRun(WhereTyped(call.options, call.options.baseline)).While("baseline");
    if (!baseline.ok()) return Complain(call.console, baseline.error());
    run->compared = Compare(*baseline, *run);
  }
  const fs::path given(*found);
  const std::string beside = (fs::is_directory(given) ? given : given.parent_path()).string();
  const std::string directory = !call.options.output.empty() ? call.options.output : beside.empty() ? "." : beside;
  PublishOptions publish = PublishOptionsFor(call.options);
  if (call.options.forms.empty()) {
    for (const Form& form : Forms()) publish.forms.emplace_back(form.name);
  }
  publish.stored = SecretShapesOf(call.services.driver_registry);
  const Redactor nothing_secret;  // what was stored passed the gate when it was written, if iff wrote it
  const Result<void> published = Publish(*run, nothing_secret, directory, publish);
  if (!published.ok()) return Complain(call.console, published.error());
  call.console.Say("report: " + FirstOf(directory, publish));
  return 0;
}

}  // namespace

Command ReportCommand() {
  return {.name = "report",
          .summary = "draw the reports of a stored run again",
          .group = CommandGroup::kLook,
          .description = "In every form there is, or in those named by --form.",
          .shared = Shared::kOutput,
          .declare = [](Options& options, Arguments& arguments) -> CommandAction {
            arguments = {
                {.names = "run",
                 .into = &options.path,
                 .takes = Takes::kRun,
                 .required = true,
                 .help = "a run's folder, its name or last; or its result.json"},
                {.names = "--output,-o",
                 .value = "FOLDER",
                 .into = &options.output,
                 .takes = Takes::kFolder,
                 .help = "folder for the reports (default: where result.json lies)"},
            };
            AddReportArguments(options, arguments);
            AddBaselineArgument(options, arguments);
            return {.act = Report};
          }};
}

}  // namespace iff
