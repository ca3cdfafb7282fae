#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

#include "harness/cli/dispatch.h"
#include "harness/core/new_file.h"
#include "harness/core/yaml.h"
#include "harness/discover/ask_server.h"

namespace iff {
namespace {

namespace fs = std::filesystem;

struct InitAsked {
  std::string target = {};
  std::string launch = {};
  std::string path = {};
  std::string key_header = {};
  std::vector<std::string> variables = {};  // NAME=VALUE
  bool force = false;
};

fs::path FolderOf(const Call& call) {
  std::error_code unknown;
  return call.options.folder.empty() ? fs::current_path(unknown) : fs::path(call.options.folder);
}

// The files named in the command that are text.
std::string SourceOf(const std::string& command, const fs::path& folder) {
  std::string source;
  std::istringstream words(command);
  for (std::string word; words >> word;) {
    std::error_code problem;
    const fs::path file = folder / word;
    constexpr uintmax_t kLargest = 1 << 20;
    if (!fs::is_regular_file(file, problem) || fs::file_size(file, problem) > kLargest) continue;
    std::ifstream in(file, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    if (text.str().find('\0') != std::string::npos) continue;  // a program, not its source
    source += text.str() + "\n";
  }
  return source;
}

// The personas that the suites for any target give.
Result<std::vector<PersonSpec>> PeopleOfSuites(const std::string& root) {
  const YamlFile file = TRY(YamlFile::Load(root + "/scenarios/people.yaml"));
  YamlReader reader(file);
  std::vector<PersonSpec> people;
  for (const auto& [persona, at] : reader.Entries("")) {
    reader.Members(at, {"groups", "holds"});
    people.push_back(
        {.persona = persona, .groups = reader.Texts(at + "/groups"), .holds = reader.Texts(at + "/holds")});
  }
  if (!reader.mistakes().empty()) return Error(ErrorKind::kInvalidInput, reader.mistakes());
  return people;
}

Result<ServerFacts> Begin(const Call& call, const InitAsked& asked, const fs::path& folder) {
  ServerFacts facts{.people = TRY(PeopleOfSuites(call.services.places.root)),
                    .name = folder.filename().string(),
                    .command = asked.launch};
  for (const Driver& driver : call.services.driver_registry.drivers()) {
    if (!driver.hints.init.component.empty()) facts.hints.push_back(driver.hints.init);
  }
  if (asked.target.empty() == asked.launch.empty()) {
    return Error(ErrorKind::kInvalidInput,
                 "want --target URL of a server that runs, or --launch 'COMMAND' that starts one");
  }
  if (!asked.target.empty()) {
    const Url url = TRY(ParseUrl(asked.target).While("--target"));
    facts.url = asked.target;
    if (url.target != "/") facts.path = url.target;
  }
  if (!asked.path.empty()) facts.path = asked.path;
  facts.key_header = asked.key_header;
  facts.source = SourceOf(asked.launch, folder);
  std::vector<std::string> names = VariablesIn(facts.source, facts.hints);
  facts.environment_told = !names.empty();
  if (names.empty() && !asked.launch.empty()) names.assign(std::begin(kUsualVariables), std::end(kUsualVariables));
  for (const std::string& name : names) facts.environment.emplace_back(name, GuessValue(name, facts.path, facts.hints));
  for (const std::string& variable : asked.variables) {
    const size_t equals = variable.find('=');
    if (equals == std::string::npos || equals == 0) {
      return Error(ErrorKind::kInvalidInput, "--env " + variable + ": want NAME=VALUE");
    }
    const std::string name = variable.substr(0, equals);
    std::erase_if(facts.environment, [&](const auto& one) { return one.first == name; });
    facts.environment.emplace_back(name, variable.substr(equals + 1));
  }
  return facts;
}

Result<void> WriteFile(const fs::path& file, const ServerFacts& facts) {
  return ReplaceFile(file.string(), ProjectText(facts));
}

// With somebody logged in. What was learned stands in the file afterwards, and what could not be in a note.
Result<void> AskOn(Session& session, const fs::path& file, ServerFacts& facts) {
  Scenario scenario{.id = "init", .suite = "init", .target = "server"};
  for (const auto& [persona, person] : session.system().people) {
    if (!person.holds.empty() && scenario.principals.size() < 2)
      scenario.principals.push_back({.persona = persona, .person = persona});
  }
  if (scenario.principals.size() < 2)
    return Error(ErrorKind::kInvalidInput, session.system().name + ": want two people who hold something");
  const Result<bool> asked = session.InSandbox<bool>(scenario, [&](Sandbox& sandbox) -> Result<bool> {
    TRY(AskAsSomebody(sandbox, true, facts));
    return true;
  });
  if (!asked.ok())
    facts.notes.push_back("its tools are not known: " + session.redactor().Mask(asked.error().message()));
  return WriteFile(file, facts);
}

// With an issuer of ours behind it: the one that is up where it is what the file asks for, else one for this alone.
Result<void> AskWithToken(const Call& call, const fs::path& file, Session* up, ServerFacts& facts) {
  SessionOptions options = SessionOptionsFor(call);
  options.system_file = file.string();
  // What is up may run servers in containers, where this one's program is not.
  if (up != nullptr && !up->launchers().targets_in_containers) {
    const Result<std::unique_ptr<Session>> beside = up->Beside(options);
    if (beside.ok()) return AskOn(**beside, file, facts);
  }
  const std::unique_ptr<Session> session = TRY(Session::Start(call.services.probes, std::move(options)));
  return AskOn(*session, file, facts);
}

// As AskWithToken; and where it took no token, and nothing it said speaks against keys, once more with those.
Result<void> AskWithWhatItTakes(const Call& call, const fs::path& file, Session* up, ServerFacts& facts) {
  ServerFacts with_keys = facts;
  TRY(AskWithToken(call, file, up, facts));
  if (!facts.revisions.empty() || !TryKeysInstead(with_keys)) return {};
  TRY(WriteFile(file, with_keys));
  TRY(AskWithToken(call, file, up, with_keys));
  if (!with_keys.revisions.empty())
    facts = std::move(with_keys);
  else
    facts.notes.push_back("a key in " + with_keys.key_header +
                          " it took as little: if it takes keys, say in which header with --key-header");
  return WriteFile(file, facts);
}

std::string Told(const ServerFacts& facts) {
  std::string operations;
  for (const GuessedOperation& one : facts.operations) {
    operations += (operations.empty() ? "" : ", ") + one.name + " is " + one.operation.tool;
  }
  std::string revisions;
  for (const std::string& revision : facts.revisions) revisions += (revisions.empty() ? "" : ", ") + revision;
  const bool stdio = facts.transport == Transport::kStdio;
  return (stdio ? "  transport   stdio, a process for each person" +
                      std::string(TakesKeys(facts) ? ", who has a key" : ", who has a token")
                : "  endpoint    " + facts.path + (facts.guarded ? ", guarded" : ", not guarded") +
                      (facts.transport == Transport::kSse ? ", HTTP+SSE of 2024-11-05" : "") +
                      (facts.key_header.empty() ? "" : "\n  keys        in " + facts.key_header)) +
         (facts.resource.empty() ? "" : "\n  resource    " + facts.resource) +
         (facts.issuer.empty() ? "" : "\n  issuer      " + facts.issuer) +
         (revisions.empty() ? "" : "\n  revisions   " + revisions) +
         (operations.empty() ? "" : "\n  operations  " + operations + " (guesses)");
}

void TellOf(const Call& call, const fs::path& file, const ServerFacts& facts) {
  if (!call.options.quiet) call.console.Say(Told(facts));
  for (const std::string& note : facts.notes) call.console.Say("  note        " + note);
  call.console.Say(file.string() + " is written: look at what says GUESS, then 'iff run'");
}

// A server that runs already believes the issuer it was started with: somebody it believes there is only where that
// issuer is the one that is up.
Result<void> AskWhereItsIssuerIsUp(const Call& call, const fs::path& file, Session* up, ServerFacts& facts) {
  if (up == nullptr) {
    facts.notes.emplace_back(
        "its tools were not asked for: 'iff up' here, start it with the issuer that 'iff status' shows, "
        "and 'iff init --force' with this --target again");
    return {};
  }
  const Result<std::unique_ptr<Session>> beside = up->Beside(SessionOptionsFor(call));
  if (beside.ok()) return AskOn(**beside, file, facts);
  facts.notes.push_back("what is up is " + up->system().name + ", not this: its tools were not asked for");
  return {};
}

// `up`: the environment that is up, in whose process this is then; nullptr: none.
int Init(const Call& call, const InitAsked& asked, Session* up) {
  if (up == nullptr) {
    if (const std::optional<int> code = TryResident(call)) return *code;
  }
  const fs::path folder = FolderOf(call);
  const fs::path file = folder / "iff.yaml";
  std::error_code unknown;
  if (fs::exists(file, unknown) && !asked.force) {
    return Complain(call.console,
                    Error(ErrorKind::kInvalidInput, file.string() + " is there already: --force writes it anew"));
  }
  Result<ServerFacts> facts = Begin(call, asked, folder);
  if (!facts.ok()) return Complain(call.console, facts.error());
  Result<void> looked;
  if (asked.launch.empty()) {
    looked = AskAsNobody(ParseUrl(asked.target).value().endpoint, *facts).While("ask " + asked.target + " what it is");
    if (looked.ok()) SeeWhetherItTakesKeys(*facts);
  } else {
    const Places& places = call.services.places;
    looked = LaunchAndAsk({places.programs, places.cache, folder.string(), call.options.search_path}, *facts);
  }
  if (call.cancelled) return 130;  // whoever asked is gone, and gets no file
  if (!looked.ok()) return Complain(call.console, looked.error());
  if (const Result<void> draft = WriteFile(file, *facts); !draft.ok()) return Complain(call.console, draft.error());
  if (asked.launch.empty()) {
    const Result<void> learned = AskWhereItsIssuerIsUp(call, file, up, *facts);
    if (!learned.ok()) return Complain(call.console, learned.error());
  } else if (const Result<void> learned = AskWithWhatItTakes(call, file, up, *facts); !learned.ok()) {
    facts->notes.push_back("its tools are not known: " + learned.error().message());
    if (const Result<void> done = WriteFile(file, *facts); !done.ok()) return Complain(call.console, done.error());
  }
  TellOf(call, file, *facts);
  return 0;
}

}  // namespace

Command InitCommand() {
  return {
      .name = "init",
      .summary = "ask a server of yours what it is, and write a project file for it",
      .group = CommandGroup::kRun,
      .description =
          "Writes iff.yaml into this folder: how the server is started, what it is set to, its revisions, and "
          "which of its tools does what; what was guessed is marked. 'iff run' in the folder uses it. With "
          "--launch the server is started behind an issuer of ours, or the one that is up if it is such a one, asked "
          "as somebody it believes, and asked to make one thing; with --target, where it believes the issuer that "
          "is up. What the values of variables may hold: ${port}, ${here}, ${directory}, and "
          "of a component what it publishes, as ${COMPONENT.address}.",
      .examples = {{"iff init --launch 'python3 server.py'", ""},
                   {"iff init --launch ./serve --env LISTEN='127.0.0.1:${port}'",
                    "a variable its source does not tell"},
                   {"iff init --target http://127.0.0.1:PORT/mcp", "one that runs already"}},
      .shared = Shared::kOutput,
      .declare = [](Options& options, Arguments& arguments) -> CommandAction {
        const auto asked = std::make_shared<InitAsked>();
        arguments = {
            {.names = "--target", .value = "URL", .into = &asked->target, .help = "of a server that runs already"},
            {.names = "--launch",
             .value = "COMMAND",
             .into = &asked->launch,
             .help = "that starts the server, from this folder"},
            {.names = "--env",
             .value = "NAME=VALUE",
             .into = &asked->variables,
             .help = "an environment variable of the server (repeatable)"},
            {.names = "--path",
             .value = "PATH",
             .into = &asked->path,
             .help = "of its MCP endpoint (default: /mcp, or where it is)"},
            {.names = "--key-header",
             .value = "NAME",
             .into = &asked->key_header,
             .help = "it takes a key in this header, and no tokens (default: as it says, or as it seems)"},
            {.names = "--force", .into = &asked->force, .help = "write over an iff.yaml that is there"},
            FreshArgument(options),
        };
        return {.act = [asked](const Call& call) { return Init(call, *asked, nullptr); },
                .on_environment = [asked](const Call& call, Session& up) { return Init(call, *asked, &up); }};
      }};
}

}  // namespace iff
