#include "harness/cli/live_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <functional>

#include "harness/core/clock.h"
#include "harness/core/hostile_texts.h"
#include "harness/core/plain.h"
#include "harness/core/result_matchers.h"
#include "harness/core/utf8.h"

namespace iff {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string Instead(std::string text, std::string_view from, std::string_view to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

// Both ends of a pseudo-terminal; what is written to one end is read at the other.
class Terminal {
 public:
  Terminal() {
    if (openpty(&ours_, &theirs_, nullptr, nullptr, nullptr) != 0)
      ADD_FAILURE() << "no pseudo-terminal: errno " << errno;
  }
  ~Terminal() {
    if (theirs_ >= 0) close(theirs_);
    if (ours_ >= 0) close(ours_);
  }
  int end() const { return theirs_; }

  // All that was shown until `text` came.
  Result<std::string> Until(const std::string& text) {
    const Result<void> came = Eventually(Deadline::In(20s), [&]() -> Result<bool> {
      pollfd end{ours_, POLLIN, 0};
      char seen[1024];
      while (poll(&end, 1, 0) > 0 && (end.revents & POLLIN) != 0) {
        const ssize_t size = read(ours_, seen, sizeof seen);
        if (size <= 0) break;
        shown_.append(seen, static_cast<size_t>(size));
      }
      return shown_.find(text) != std::string::npos;
    });
    if (!came.ok()) return Error(ErrorKind::kTimeout, "shown: " + shown_);
    return shown_;
  }

 private:
  int ours_ = -1;
  int theirs_ = -1;
  std::string shown_;
};

TEST(LiveLine, IsWrittenInPlaceAndTakenAwayAtTheEnd) {
  Terminal terminal;
  Console console(terminal.end());
  std::atomic<int> asked = 0;
  {
    const LiveLine live(console, [&] { return "waiting " + std::to_string(++asked); });
    EXPECT_THAT(terminal.Until("\r\033[Kwaiting 2"), IsOk());
    console.Say("a line");
    // It goes above: the live line is wiped, and comes again below.
    EXPECT_THAT(terminal.Until("\r\033[Ka line\r\nwaiting "), IsOk());
  }
  console.Say("the end");
  EXPECT_THAT(terminal.Until("the end\r\n").value(), HasSubstr("\r\033[Kthe end\r\n"));
}

TEST(LiveLine, MakesRoomForWhatIsComplainedOfElsewhere) {
  Terminal terminal;
  int errors[2] = {-1, -1};
  ASSERT_EQ(pipe(errors), 0);
  Console console(terminal.end(), errors[1]);
  console.Show("waiting");
  EXPECT_EQ(Complain(console, Error(ErrorKind::kUnavailable, "start vault: it ended")), kErrored);
  EXPECT_THAT(terminal.Until("waiting\r\033[Kwaiting"), IsOk());
  char text[64] = {};
  EXPECT_GT(read(errors[0], text, sizeof text - 1), 0);
  EXPECT_STREQ(text, "iff: start vault: it ended\n");
  close(errors[0]);
  close(errors[1]);
}

TEST(LiveLine, FitsTheTerminalAndObeysNothingInIt) {
  Terminal terminal;
  Console console(terminal.end());
  console.Show("\033[2J" + std::string(500, 'x'));
  console.Say("done");
  const std::string shown = terminal.Until("done").value();
  EXPECT_THAT(shown, Not(HasSubstr("\033[2J")));
  EXPECT_THAT(shown, Not(HasSubstr(std::string(console.width(), 'x'))));
}

// What a terminal would be sent of each text, by each way there is to say it.
std::string SaidThrough(const std::function<void(Console&)>& say) {
  Terminal terminal;
  Console console(terminal.end());
  say(console);
  console.Say("THE END");
  std::string shown = terminal.Until("THE END").value_or("nothing");
  return Instead(Instead(std::move(shown), "\r\033[K", ""), "\r\n", "\n");
}

TEST(Console, LetsATerminalObeyNothingOfWhatIsSaid) {
  const auto harmless = [](std::string_view text) {
    while (!text.empty()) {
      const std::string_view letter = FirstLetter(text);
      if (letter.empty() || (IsUnseen(letter) && letter != "\n" && letter != "\t")) return false;
      text.remove_prefix(letter.size());
    }
    return true;
  };
  for (const std::string& evil : HostileTexts()) {
    if (evil.size() > 1000) continue;  // a terminal takes so much at once
    for (const auto& say : std::vector<std::function<void(Console&)>>{
             [&](Console& console) { console.Say(evil); }, [&](Console& console) { console.SayPainted(evil); },
             [&](Console& console) { console.Complain(evil); }, [&](Console& console) { console.Ask(evil); },
             [&](Console& console) { console.Show(evil); },
             [&](Console& console) { (void)Complain(console, Error(ErrorKind::kUnavailable, evil)); },
             [&](Console& console) { static_cast<const Messages&>(Messages(console))(evil); }}) {
      const std::string shown = SaidThrough(say);
      EXPECT_THAT(shown, HasSubstr("THE END"));
      EXPECT_TRUE(harmless(shown)) << Plain(shown) << " of " << Plain(evil);
    }
  }
}

TEST(Console, KeepsColoursOfOursAndTheValueOfAJsonDocument) {
  EXPECT_THAT(SaidThrough([](Console& console) { console.SayPainted("\033[31mFAIL\033[0m x"); }),
              HasSubstr("\033[31mFAIL\033[0m x\n"));
  EXPECT_THAT(SaidThrough([](Console& console) { console.Say("\033[31mFAIL\033[0m x"); }), Not(HasSubstr("\033")));
  for (const std::string& evil : HostileTexts()) {
    int ends[2] = {-1, -1};
    ASSERT_EQ(pipe(ends), 0);
    Console(ends[1]).Say(DumpPretty(Json{{evil, {evil}}}));
    close(ends[1]);
    std::string text(1 << 16, '\0');
    text.resize(static_cast<size_t>(read(ends[0], text.data(), text.size())));
    close(ends[0]);
    const std::string as_read = Replaced(evil);
    EXPECT_THAT(ParseJson(text), IsOkAndHolds(Json{{as_read, {as_read}}}));
  }
}

TEST(Console, GivesAProgramTheBytesAsTheyAre) {
  int ends[2] = {-1, -1};
  ASSERT_EQ(pipe(ends), 0);
  Console(ends[1]).Give("\x1b\xff secret");
  close(ends[1]);
  char text[64] = {};
  EXPECT_EQ(read(ends[0], text, sizeof text), 9);
  EXPECT_STREQ(text, "\x1b\xff secret");
  close(ends[0]);
}

// A log gets whole lines, and nothing that was only true for a moment.
TEST(LiveLine, IsNothingWithoutATerminal) {
  int ends[2] = {-1, -1};
  ASSERT_EQ(pipe(ends), 0);
  std::atomic<int> asked = 0;
  Console console(ends[1]);
  {
    const LiveLine live(console, [&] { return "waiting " + std::to_string(++asked); });
    console.Show("now");
    console.Say("a line");
  }
  close(ends[1]);
  char text[256] = {};
  EXPECT_EQ(read(ends[0], text, sizeof text), 7);
  EXPECT_STREQ(text, "a line\n");
  EXPECT_EQ(asked, 0);
  EXPECT_FALSE(console.colour());
  close(ends[0]);
}

}  // namespace
}  // namespace iff
