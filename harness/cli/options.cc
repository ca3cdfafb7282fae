#include "harness/cli/options.h"

#include <CLI/CLI.hpp>
#include <filesystem>

#include "harness/core/yaml.h"

namespace iff {
namespace {

constexpr int kUsage = 64;

void AddRunOptions(CLI::App& app, Options& options) {
  app.add_option("selection", options.selectors, "suites, scenario ids or files; all of them by default");
  app.add_option("--target", options.targets, "only scenarios about this target (repeatable)")->allow_extra_args(false);
  app.add_option("--mutant", options.mutant, "launch this deliberately broken server in the target's place");
  app.add_option("--jobs,-j", options.jobs, "scenarios side by side")->check(CLI::Range(1, 64));
  app.add_option("--output,-o", options.output, "folder for the reports (default: reports/out/<run>)");
  app.add_option("--junit", options.junit, "write the JUnit file here as well");
  app.add_flag("--fresh", options.fresh, "bring up an environment of its own even if one is up");
}

}  // namespace

Parsed ParseCommandLine(const std::vector<std::string>& arguments) {
  Parsed parsed;
  Options& options = parsed.options;
  std::vector<std::string> settings;
  CLI::App app("iff: each identity gets its credentials if, and only if, they are its own", "iff");
  app.require_subcommand(1);
  app.footer("Exit codes: 0 all as expected, 1 a check failed, 2 something could not be judged, 64 bad usage or a bad file.");

  const auto common = [&](CLI::App* command) {
    command->add_option("--system", options.system, "the system to bring up: a folder of systems/ or a file");
    command->add_option("--vault", options.vault, "which secret store: openbao or hashicorp")
        ->check(CLI::IsMember({"openbao", "hashicorp"}));
    command->add_option("--set", settings, "component.option=value, over the system file (repeatable)")
        ->allow_extra_args(false);
    command->add_option("--folder", options.folder)->group("");  // told to an environment that is up
    command->add_flag("--offline", options.offline, "use only what is cached");
    command->add_flag("--quiet,-q", options.quiet, "only the last line");
    command->add_flag("--verbose,-v", options.verbose, "every check, not only the failed ones");
    command->add_flag("--json", options.json, "the result as JSON on standard output");
  };
  CLI::App* run = app.add_subcommand("run", "bring the stack up, run scenarios, report, take it down");
  common(run);
  AddRunOptions(*run, options);
  CLI::App* up = app.add_subcommand("up", "bring the stack up and keep it for many runs");
  common(up);
  up->add_option("--idle", options.idle_seconds, "take it down after so many seconds without a command")
      ->check(CLI::Range(1, 1'000'000));
  common(app.add_subcommand("down", "take down what 'up' brought up"));
  common(app.add_subcommand("status", "what is up"));
  CLI::App* clean = app.add_subcommand("clean", "show and remove what killed runs have left behind");
  common(clean);
  clean->add_flag("--dry-run,-n", options.dry_run, "show only");
  CLI::App* list = app.add_subcommand("list", "what there is to run");
  common(list);
  list->add_option("selection", options.selectors, "suites, scenario ids or files");
  list->add_option("--target", options.targets, "only scenarios about this target (repeatable)")
      ->allow_extra_args(false);
  common(app.add_subcommand("lint", "mistakes in system and scenario files"));
  CLI::App* report = app.add_subcommand("report", "draw the reports of a stored run again");
  common(report);
  report->add_option("run", options.path, "a run's folder or its result.json")->required();
  report->add_option("--output,-o", options.output, "folder for the reports (default: where result.json lies)");
  CLI::App* bench = app.add_subcommand("bench", "latency of each hop of the authentication, and of the whole");
  common(bench);
  bench->add_option("--rounds", options.rounds, "samples of each measurement (default: 200)")->check(CLI::Range(10, 100000));
  bench->add_option("--output,-o", options.output, "file for the JSON table");
  CLI::App* mutants = app.add_subcommand("mutants", "run the suites against every broken server: which check catches which");
  common(mutants);
  mutants->add_option("names", options.selectors, "mutants; all of them by default");
  mutants->add_option("--jobs,-j", options.jobs, "scenarios side by side")->check(CLI::Range(1, 64));
  mutants->add_option("--output,-o", options.output, "file for the table");

  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  try {  // CLI11 answers by throwing; it goes no further than this
    app.parse(reversed);
  } catch (const CLI::ParseError& answer) {
    std::ostringstream out;
    const int code = app.exit(answer, out, out);
    parsed.exit_code = code == 0 ? 0 : kUsage;
    parsed.text = out.str();
    return parsed;
  }
  options.command = app.get_subcommands().front()->get_name();
  std::error_code unknown;
  const std::filesystem::path folder =
      options.folder.empty() ? std::filesystem::current_path(unknown) : std::filesystem::path(options.folder);
  for (std::string* path : {&options.output, &options.junit}) {
    if (!path->empty()) *path = (folder / *path).lexically_normal().string();
  }
  if (!options.vault.empty()) options.overrides["vault.product"] = options.vault;
  for (const std::string& setting : settings) {
    const size_t equals = setting.find('=');
    const size_t dot = setting.find('.');
    if (equals == std::string::npos || dot == 0 || dot > equals || dot + 1 == equals) {
      parsed.exit_code = kUsage;
      parsed.text = "--set " + setting + ": want component.option=value\n";
      return parsed;
    }
    const Result<YamlFile> value = YamlFile::Parse("--set", setting.substr(equals + 1));
    options.overrides[setting.substr(0, equals)] = value.ok() ? value->value() : Json(setting.substr(equals + 1));
  }
  return parsed;
}

}  // namespace iff
