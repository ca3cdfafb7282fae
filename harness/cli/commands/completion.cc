#include "harness/cli/completion.h"

#include "harness/cli/command.h"

namespace iff {

Command CompletionCommand() {
  return {.name = "completion",
          .summary = "a script that completes commands, options and selectors in a shell",
          .group = CommandGroup::kLook,
          .examples = {{"source <(iff completion bash)", "in ~/.bashrc"}},
          .shared = Shared::kNone,
          .declare = [](Options&, Arguments& arguments) -> CommandAction {
            const auto shell = std::make_shared<std::string>();
            arguments = {{.names = "shell",
                          .into = shell.get(),
                          .takes = Takes::kOneOf,
                          .one_of = {"bash", "zsh", "fish"},
                          .required = true,
                          .help = "bash, zsh or fish"}};
            return {.act = [shell](const Call& call) {
              std::string script = CompletionScript(*shell);
              script.pop_back();
              call.console.Say(script);
              return 0;
            }};
          }};
}

}  // namespace iff
