#include "harness/cli/arguments.h"
#include "harness/cli/dispatch.h"
#include "harness/cli/prompt.h"
#include "harness/core/yaml.h"

namespace iff {
namespace {

struct ShellAsked {
  std::string as = {};
  std::string target = {};
};

int ShellOn(const Call& call, Session& session, const ShellAsked& asked) {
  const System& system = session.system();
  std::vector<std::string> targets;
  for (const auto& [name, target] : system.targets) targets.push_back(name);
  const std::string target =
      asked.target.empty() && !targets.empty() ? system.TargetsInOrder().front()->name : asked.target;
  if (!system.targets.contains(target)) {
    return Complain(call.console, Error(ErrorKind::kInvalidInput,
                                        "no target is called '" + target + "'" + DidYouMean(target, targets)));
  }
  std::vector<std::string> personas;
  Scenario scenario{.id = "shell", .suite = "shell", .target = target};
  for (const auto& [persona, person] : system.people) {
    personas.push_back(persona);
    scenario.principals.push_back({.persona = persona, .person = persona});
  }
  if (!system.people.contains(asked.as)) {
    return Complain(call.console, Error(ErrorKind::kInvalidInput,
                                        "nobody is called '" + asked.as + "'" + DidYouMean(asked.as, personas)));
  }
  const Result<int> code = session.InSandbox<int>(
      scenario,
      [&](Sandbox& sandbox) -> Result<int> {
        const auto open = session.prompts().Open("shell");
        return PromptOn(call, sandbox, asked.as);
      },
      {}, nullptr, call.options.mutant);
  if (!code.ok()) {
    return Complain(call.console, Error(code.error().kind(), session.redactor().Mask(code.error().message())));
  }
  return *code;
}

}  // namespace

Command ShellCommand() {
  return {.name = "shell",
          .summary = "be one of the people: addresses, a short-lived token, curl lines, and a prompt for calling tools",
          .group = CommandGroup::kLoop,
          .description =
              "Sets a sandbox of its own with everybody on it and the server in question. Reads commands from "
              "standard input; a pipe will do.",
          .examples = {{"iff shell --as PERSONA --target NAME", ""},
                       {"echo read_own | iff shell --as PERSONA", "one call, and out"},
                       {"echo forge expired | iff shell --as PERSONA", "a token that is wrong in one way, in a file"}},
          .declare = [](Options& options, Arguments& arguments) -> CommandAction {
            const auto asked = std::make_shared<ShellAsked>();
            arguments = {
                {.names = "--as",
                 .value = "PERSONA",
                 .into = &asked->as,
                 .takes = Takes::kPeople,
                 .required = true,
                 .help = "who to be: one of the people of the system file"},
                {.names = "--target",
                 .value = "NAME",
                 .into = &asked->target,
                 .takes = Takes::kTargets,
                 .help = "which server (default: the first of the system file)"},
                MutantArgument(options),
                FreshArgument(options),
                AttachedArgument(options),
            };
            return {.on_environment = [asked](const Call& call,
                                              Session& session) { return ShellOn(call, session, *asked); },
                    .leaves_at_once = true};
          }};
}

}  // namespace iff
