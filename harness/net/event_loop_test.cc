#include "harness/net/event_loop.h"

#include <gtest/gtest.h>

#include <csignal>
#include <string>

#include "harness/core/clock.h"

namespace iff {
namespace {

TEST(EventLoop, RunsWorkAfterASpanUnlessItIsCalledOff) {
  EventLoop loop;
  std::string seen;
  loop.Post([&] {
    loop.After(20ms, [&] { seen += "late"; });
    const auto call_off = loop.After(1ms, [&] { seen += "never"; });
    loop.After(1ms, [&] { seen += "early,"; });
    call_off();
    loop.After(40ms, [&] { loop.Stop(); });
  });
  loop.Run();
  EXPECT_EQ(seen, "early,late");
}

TEST(EventLoop, DoesNotRunWhenItWasStoppedBefore) {
  EventLoop loop;
  loop.Stop();
  loop.Run();  // returns
}

TEST(EventLoop, TellsOfTermination) {
  EventLoop loop;
  int seen = 0;
  loop.OnTermination([&](int signal) {
    seen = signal;
    loop.Stop();
  });
  loop.Post([] { std::raise(SIGTERM); });
  loop.Run();
  EXPECT_EQ(seen, SIGTERM);
}

}  // namespace
}  // namespace iff
