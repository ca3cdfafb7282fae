#include <algorithm>

#include "harness/cli/dispatch.h"
#include "harness/cli/report_arguments.h"
#include "harness/core/plain.h"
#include "harness/discover/scan_judge.h"
#include "harness/discover/scan_process.h"
#include "harness/environment/drivers.h"

namespace iff {
namespace {

struct ScanAsked {
  std::vector<std::string> of = {};  // a URL, or the words of a command
  std::vector<std::string> variables = {};
  std::string ca_file = {};
  int starts_within = 10;  // seconds
};

bool IsUrl(const std::string& text) {
  return text.find("://") != std::string::npos && text.find(' ') == std::string::npos;
}

// One word is a whole command, as typed in quotes.
std::string CommandOf(const std::vector<std::string>& words) {
  if (words.size() == 1) return words.front();
  std::string line;
  for (const std::string& word : words) line += (line.empty() ? "" : " ") + ShellWord(word);
  return line;
}

Result<ScanReport> ScanUrl(const std::string& text, const ScanAsked& asked, const PublishedFaults& faults,
                           const SecretShapes& shapes) {
  const Url url = TRY(ParseUrl(text));
  // A query may hold what opens the server.
  const std::string shown = url.endpoint.Url(url.target.substr(0, url.target.find('?')));
  const UrlAnswers answers = TRY(AskUrl(url, {.tls = {.ca_file = asked.ca_file}}).While("scan " + shown));
  const std::string endpoint = answers.url.endpoint.Url(answers.Path());
  return ScanReport{
      .of = endpoint, .lines = JudgeUrl(answers, faults, shapes), .next = "iff init --target " + ShellWord(endpoint)};
}

Result<ScanReport> ScanProcess(const Call& call, const ScanAsked& asked, const PublishedFaults& faults,
                               const SecretShapes& shapes, bool& spoke) {
  const std::string command = CommandOf(asked.of);
  ProcessScan scan{.command = command, .folder = WhereTyped(call.options, ".")};
  scan.starts_within = std::chrono::seconds(asked.starts_within);
  for (const std::string& variable : asked.variables) {
    const size_t equals = variable.find('=');
    if (equals == std::string::npos || equals == 0)
      return Error(ErrorKind::kInvalidInput, "--env " + variable + ": want NAME=VALUE");
    scan.environment[variable.substr(0, equals)] = variable.substr(equals + 1);
  }
  const std::unique_ptr<ProcessLauncher> launcher =
      TRY(ProcessLauncher::Start({.supervisor = call.services.places.programs + "/iff-supervisor"}));
  const ProcessAnswers said = TRY(AskProcess(*launcher, scan));
  spoke = said.spoke;
  return ScanReport{
      .of = command, .lines = JudgeProcess(said, faults, shapes), .next = "iff init --launch " + ShellWord(command)};
}

int Scan(const Call& call, const ScanAsked& asked) {
  const auto began = std::chrono::steady_clock::now();
  const Result<PublishedFaults> faults = LoadPublishedFaults(call.services.places.root);
  if (!faults.ok()) return Complain(call.console, faults.error());
  const SecretShapes shapes = SecretShapesOf(call.services.driver_registry);
  bool spoke = true;
  Result<ScanReport> report = asked.of.size() == 1 && IsUrl(asked.of.front())
                                  ? ScanUrl(asked.of.front(), asked, *faults, shapes)
                                  : ScanProcess(call, asked, *faults, shapes, spoke);
  if (!report.ok()) return Complain(call.console, report.error());
  report->took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began);
  call.console.Say(call.options.json ? DumpPretty(ScanJson(*report)) : ScanText(*report, call.options.quiet));
  if (HasFault(*report)) return static_cast<int>(ExitCode::kFailed);
  return spoke ? 0 : kErrored;
}

}  // namespace

Command ScanCommand() {
  return {
      .name = "scan",
      .summary = "what a stranger sees of a server, in two seconds, with nothing set up",
      .group = CommandGroup::kRun,
      .description =
          "Asks a server by its URL as somebody without a token would: challenges, metadata (RFC 9728), open lists, "
          "origins, methods, session ids, pages of operations, versions with published faults. A command is started "
          "and asked over its standard input and output; it gets PATH and what --env sets. Only lists are asked "
          "for: no tool is called but one that nobody has. Each line says what was looked at, what was seen, and "
          "whether it is sound, a fault, or not told to strangers.",
      .examples = {{"iff scan http://127.0.0.1:PORT/mcp", ""},
                   {"iff scan 'python3 server.py' --env API_KEY=none", "a server that speaks over stdio"}},
      .shared = Shared::kOutput,
      .declare = [](Options&, Arguments& arguments) -> CommandAction {
        const auto asked = std::make_shared<ScanAsked>();
        arguments = {
            {.names = "server",
             .value = "URL|COMMAND",
             .into = &asked->of,
             .required = true,
             .help = "the URL of its endpoint, or the command that starts it"},
            {.names = "--env",
             .value = "NAME=VALUE",
             .into = &asked->variables,
             .help = "an environment variable of the command (repeatable)"},
            {.names = "--starts-within",
             .value = "SECONDS",
             .into = &asked->starts_within,
             .least = 1,
             .most = 120,
             .help = "how long a command may take until it first answers (default: 10)"},
            {.names = "--ca",
             .value = "FILE",
             .into = &asked->ca_file,
             .takes = Takes::kFile,
             .help = "trust the CAs in this PEM file (default: the system's)"},
        };
        return {.act = [asked](const Call& call) { return Scan(call, *asked); }};
      }};
}

}  // namespace iff
