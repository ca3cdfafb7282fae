#include "harness/discover/scan_process.h"

#include <gmock/gmock.h>

#include "harness/core/result_matchers.h"

namespace iff {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// A server in a shell: what it answers to initialize, to each list, and to what it does not know.
std::string Server(const std::string& first, const std::string& unknown) {
  return "sh -c '" + first + R"(
while read -r line; do
  id=$(printf %s "$line" | sed -n "s/.*\"id\":\([0-9]*\).*/\1/p")
  case $line in
    *initialize\"*) echo "{\"jsonrpc\":\"2.0\",\"id\":$id,\"result\":{\"protocolVersion\":\"2025-11-25\",\"serverInfo\":{\"name\":\"notes\",\"version\":\"1\"}}}" ;;
    *tools/list*) echo "{\"jsonrpc\":\"2.0\",\"id\":$id,\"result\":{\"tools\":[{\"name\":\"delete_note\"}]}}" ;;
    *no-such*) )" +
         unknown + R"( ;;
    *id*) echo "{\"jsonrpc\":\"2.0\",\"id\":$id,\"error\":{\"code\":-32601,\"message\":\"no\"}}" ;;
  esac
done')";
}

constexpr const char* kNotFound =
    R"(echo "{\"jsonrpc\":\"2.0\",\"id\":$id,\"error\":{\"code\":-32601,\"message\":\"no\"}}")";

SecretShapes Shapes() {
  SecretShapes shapes;
  shapes.Add({.kind = "a token of a vault", .begins = "vlt.", .least = 24});
  return shapes;
}

ProcessAnswers Said(const std::string& command, std::chrono::milliseconds within = std::chrono::seconds(10)) {
  const auto launcher = ProcessLauncher::Start({});
  EXPECT_THAT(launcher, IsOk());
  const Result<ProcessAnswers> said =
      AskProcess(**launcher, {.command = command, .folder = ".", .starts_within = within, .within = within});
  EXPECT_THAT(said, IsOk());
  return said.value_or(ProcessAnswers());
}

std::vector<std::string> Faults(const ProcessAnswers& said) {
  std::vector<std::string> faults;
  for (const ScanLine& line : JudgeProcess(said, {}, Shapes())) {
    if (line.verdict == ScanVerdict::kFault) faults.push_back(line.looked + ": " + line.seen);
  }
  return faults;
}

TEST(ScanProcess, FindsNothingInAServerThatSpeaksMessagesAlone) {
  const ProcessAnswers said = Said(Server("", kNotFound));
  EXPECT_TRUE(said.spoke);
  EXPECT_THAT(Faults(said), IsEmpty());
}

TEST(ScanProcess, SeesWhatIsPrintedAroundMessages) {
  EXPECT_THAT(Faults(Said(Server("echo Starting up", kNotFound))),
              ElementsAre(HasSubstr("1 lines that are no messages")));
}

TEST(ScanProcess, SeesWhatBecomesOfAMethodThatNobodyHas) {
  EXPECT_THAT(Faults(Said(Server("", R"(echo "{\"jsonrpc\":\"2.0\",\"id\":$id,\"result\":{}}")"))),
              ElementsAre(HasSubstr("a method that nobody has: a result")));
  EXPECT_THAT(Faults(Said(Server("", ":"), std::chrono::milliseconds(700))),
              ElementsAre(HasSubstr("a method that nobody has: no answer")));
}

TEST(ScanProcess, SeesSecretsInTheLog) {
  const std::string token = "vlt." + std::string(30, 'x');
  const std::vector<std::string> faults = Faults(Said(Server("echo " + token + " >&2", kNotFound)));
  EXPECT_THAT(faults, ElementsAre(HasSubstr("standard error: shows a token of a vault")));
  EXPECT_THAT(faults[0], testing::Not(HasSubstr(token)));
}

TEST(ScanProcess, NamesTheVariablesWithoutWhichItDoesNotStart) {
  const ProcessAnswers said = Said("sh -c 'echo NOTES_API_KEY is not set >&2; exit 3'");
  EXPECT_FALSE(said.spoke);
  const ScanLines lines = JudgeProcess(said, {}, Shapes());
  EXPECT_EQ(lines[0].verdict, ScanVerdict::kNotTold);
  EXPECT_THAT(lines[0].seen, testing::AllOf(HasSubstr("exit 3"), HasSubstr("NOTES_API_KEY")));
}

}  // namespace
}  // namespace iff
