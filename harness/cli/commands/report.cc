#include <filesystem>
#include <fstream>
#include <sstream>

#include "harness/cli/command.h"
#include "harness/cli/publish.h"

namespace iff {
namespace {

namespace fs = std::filesystem;

int Report(const Call& call) {
  const fs::path given(call.options.path);
  const fs::path stored = fs::is_directory(given) ? given / "result.json" : given;
  std::ifstream in(stored, std::ios::binary);
  if (!in) {
    return Complain(call.voice, Error(ErrorKind::kInvalidInput, "read " + stored.string() + ": no such file"));
  }
  std::ostringstream text;
  text << in.rdbuf();
  const Result<Json> json = ParseJson(text.str()).While("read " + stored.string());
  if (!json.ok()) return Complain(call.voice, json.error());
  const Result<RunResult> run = RunFromJson(*json).While("read " + stored.string());
  if (!run.ok()) return Complain(call.voice, run.error());
  const std::string directory = call.options.output.empty() ? stored.parent_path().string() : call.options.output;
  const Redactor nothing_secret;  // what was stored passed the gate when it was written
  const Result<void> published = Publish(*run, nothing_secret, directory);
  if (!published.ok()) return Complain(call.voice, published.error());
  call.voice.Say("report: " + directory + "/report.html");
  return 0;
}

}  // namespace

Command ReportCommand() {
  return {.name = "report",
          .summary = "draw the reports of a stored run again",
          .group = CommandGroup::kLook,
          .shared = Shared::kOutput,
          .declare = [](Options& options, Arguments& arguments) -> Deed {
            arguments = {
                {.names = "run", .into = &options.path, .takes = Takes::kRun, .required = true,
                 .help = "a run's folder or its result.json"},
                {.names = "--output,-o", .value = "FOLDER", .into = &options.output, .takes = Takes::kFolder,
                 .help = "folder for the reports (default: where result.json lies)"},
            };
            return {.act = Report};
          }};
}

}  // namespace iff
