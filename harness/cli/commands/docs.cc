#include "harness/cli/command.h"
#include "harness/cli/manual.h"

namespace iff {

Command DocsCommand() {
  return {.name = "docs",
          .summary = "the manual page, made from the table that --help is made from",
          .group = CommandGroup::kLook,
          .examples = {{"iff docs man > docs/iff.1", "after a change of a command"}},
          .shared = Shared::kNone,
          .declare = [](Options&, Arguments& arguments) -> Deed {
            const auto what = std::make_shared<std::string>();
            arguments = {{.names = "what",
                          .into = what.get(),
                          .takes = Takes::kOneOf,
                          .one_of = {"man"},
                          .required = true,
                          .help = "man: the manual page, in roff"}};
            return {.act = [what](const Call& call) {
              std::string page = ManualPage();
              page.pop_back();
              call.voice.Say(page);
              return 0;
            }};
          }};
}

}  // namespace iff
