#include "harness/cli/live_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "harness/core/clock.h"
#include "harness/core/result_matchers.h"

namespace iff {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

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
  Voice voice(terminal.end());
  std::atomic<int> asked = 0;
  {
    const LiveLine live(voice, [&] { return "waiting " + std::to_string(++asked); });
    EXPECT_THAT(terminal.Until("\r\033[Kwaiting 2"), IsOk());
    voice.Say("a line");
    // It goes above: the live line is wiped, and comes again below.
    EXPECT_THAT(terminal.Until("\r\033[Ka line\r\nwaiting "), IsOk());
  }
  voice.Say("the end");
  EXPECT_THAT(terminal.Until("the end\r\n").value(), HasSubstr("\r\033[Kthe end\r\n"));
}

TEST(LiveLine, MakesRoomForWhatIsComplainedOfElsewhere) {
  Terminal terminal;
  int errors[2] = {-1, -1};
  ASSERT_EQ(pipe(errors), 0);
  Voice voice(terminal.end(), errors[1]);
  voice.Show("waiting");
  EXPECT_EQ(Complain(voice, Error(ErrorKind::kUnavailable, "start vault: it ended")), kErrored);
  EXPECT_THAT(terminal.Until("waiting\r\033[Kwaiting"), IsOk());
  char text[64] = {};
  EXPECT_GT(read(errors[0], text, sizeof text - 1), 0);
  EXPECT_STREQ(text, "iff: start vault: it ended\n");
  close(errors[0]);
  close(errors[1]);
}

TEST(LiveLine, FitsTheTerminalAndObeysNothingInIt) {
  Terminal terminal;
  Voice voice(terminal.end());
  voice.Show("\033[2J" + std::string(500, 'x'));
  voice.Say("done");
  const std::string shown = terminal.Until("done").value();
  EXPECT_THAT(shown, Not(HasSubstr("\033[2J")));
  EXPECT_THAT(shown, Not(HasSubstr(std::string(voice.width(), 'x'))));
}

// A log gets whole lines, and nothing that was only true for a moment.
TEST(LiveLine, IsNothingWithoutATerminal) {
  int ends[2] = {-1, -1};
  ASSERT_EQ(pipe(ends), 0);
  std::atomic<int> asked = 0;
  Voice voice(ends[1]);
  {
    const LiveLine live(voice, [&] { return "waiting " + std::to_string(++asked); });
    voice.Show("now");
    voice.Say("a line");
  }
  close(ends[1]);
  char text[256] = {};
  EXPECT_EQ(read(ends[0], text, sizeof text), 7);
  EXPECT_STREQ(text, "a line\n");
  EXPECT_EQ(asked, 0);
  EXPECT_FALSE(voice.colour());
  close(ends[0]);
}

}  // namespace
}  // namespace iff
