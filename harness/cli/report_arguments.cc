#include "harness/cli/report_arguments.h"

#include <filesystem>

namespace iff {
namespace {

std::string FormNames() {
  std::string names;
  for (const Form& form : Forms()) names += (names.empty() ? "" : ", ") + std::string(form.name);
  return names;
}

}  // namespace

void AddReportArguments(Options& options, Arguments& arguments) {
  arguments.push_back({.names = "--form",
                       .value = "NAME",
                       .into = &options.forms,
                       .help = "only this form besides result.json (repeatable): " + FormNames()});
  arguments.push_back({.names = "--junit",
                       .value = "FILE",
                       .into = &options.junit,
                       .takes = Takes::kFile,
                       .help = "write the JUnit file here as well"});
  arguments.push_back({.names = "--sarif",
                       .value = "FILE",
                       .into = &options.sarif,
                       .takes = Takes::kFile,
                       .help = "write the SARIF file here as well"});
  arguments.push_back({.names = "--markdown",
                       .value = "FILE",
                       .into = &options.markdown,
                       .takes = Takes::kFile,
                       .help = "write the summary for a job's page here as well"});
  arguments.push_back({.names = "--otlp",
                       .value = "FILE|URL",
                       .into = &options.otlp,
                       .help = "write OpenTelemetry traces here, or send them to this collector"});
}

void AddBaselineArgument(Options& options, Arguments& arguments) {
  arguments.push_back({.names = "--baseline",
                       .value = "RUN",
                       .into = &options.baseline,
                       .takes = Takes::kRun,
                       .help = "an earlier run to compare with; checks that are gone since then fail the run"});
}

Result<void> CheckForms(const Options& options) {
  for (const std::string& name : options.forms) {
    if (FindForm(name) == nullptr) {
      return Error(ErrorKind::kInvalidInput, "--form " + name + ": no such form; there is " + FormNames());
    }
  }
  return {};
}

PublishOptions PublishOptionsFor(const Options& options) {
  PublishOptions publish;
  if (!options.forms.empty()) publish.forms = options.forms;
  if (!options.junit.empty()) publish.copies["junit"] = options.junit;
  if (!options.sarif.empty()) publish.copies["sarif"] = options.sarif;
  if (!options.markdown.empty()) publish.copies["markdown"] = options.markdown;
  if (options.otlp.starts_with("http://") || options.otlp.starts_with("https://")) {
    publish.collector = options.otlp;
  } else if (!options.otlp.empty()) {
    publish.copies["otlp"] = WhereTyped(options, options.otlp);
  }
  return publish;
}

std::string WhereTyped(const Options& options, const std::string& path) {
  std::error_code unknown;
  const std::filesystem::path folder =
      options.folder.empty() ? std::filesystem::current_path(unknown) : std::filesystem::path(options.folder);
  return (folder / path).lexically_normal().string();
}

}  // namespace iff
