#include "harness/cli/manual.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "harness/cli/parse.h"

namespace iff {
namespace {

TEST(ManualPage, IsTheOneThatIsKept) {
  std::ifstream in("docs/iff.1", std::ios::binary);
  std::ostringstream kept;
  kept << in.rdbuf();
  EXPECT_EQ(kept.str(), ManualPage()) << "after a change of a command: build/release/bin/iff docs man > docs/iff.1";
}

TEST(Commands, EachSaysWhatItDoesAndHelpsWithEveryArgument) {
  for (const Command& command : Commands()) {
    EXPECT_FALSE(command.summary.empty()) << command.name;
    EXPECT_FALSE(command.summary.ends_with('.')) << command.name;
    EXPECT_EQ(FindCommand(command.name), &command) << "two are called " << command.name;
    const Parsed help = ParseCommandLine({command.name, "--help"});
    EXPECT_EQ(help.exit_code, 0) << command.name;
    for (const Argument& argument : ShownArguments(command)) {
      EXPECT_FALSE(argument.help.empty()) << command.name << " " << argument.names;
      EXPECT_THAT(help.text, testing::HasSubstr(Spelled(argument))) << command.name;
    }
  }
}

}  // namespace
}  // namespace iff
