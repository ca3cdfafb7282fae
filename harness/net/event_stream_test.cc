#include <gtest/gtest.h>

#include "harness/net/http.h"

namespace iff {
namespace {

constexpr std::string_view kStream =
    "\xEF\xBB\xBF: a comment\r\n"
    "id: 1\r\ndata:\r\n\r\n"
    "event: note\ndata: first\ndata:second\n\n"
    "\n\n"
    "data\r\rid\rretry: 5\rdata:  two blanks\r\r"
    "event: lost\n\n"
    "data: {\"a\":\n\nunknown: x\ndata: unfinished";

std::string Show(const std::vector<ServerSentEvent>& events) {
  std::string text;
  for (const ServerSentEvent& event : events) text += event.event + "(" + event.data + ")#" + event.id + ";";
  return text;
}

constexpr std::string_view kExpected =
    "message()#1;note(first\nsecond)#1;message()#1;message( two blanks)#;message({\"a\":)#;";

TEST(EventStreamParser, ReadsEveryLineEndFieldAndComment) {
  EventStreamParser parser;
  EXPECT_EQ(Show(parser.Feed(kStream)), kExpected);
}

TEST(EventStreamParser, DoesNotMindWhereChunksEnd) {
  for (size_t cut = 0; cut <= kStream.size(); ++cut) {
    EventStreamParser parser;
    std::vector<ServerSentEvent> events = parser.Feed(kStream.substr(0, cut));
    for (ServerSentEvent& event : parser.Feed(kStream.substr(cut))) events.push_back(std::move(event));
    ASSERT_EQ(Show(events), kExpected) << "cut at byte " << cut;
  }
}

TEST(EventStreamParser, TakesSingleBytes) {
  EventStreamParser parser;
  std::vector<ServerSentEvent> events;
  for (const char c : kStream) {
    for (ServerSentEvent& event : parser.Feed(std::string_view(&c, 1))) events.push_back(std::move(event));
  }
  EXPECT_EQ(Show(events), kExpected);
}

TEST(Headers, CompareNamesWithoutCaseAndKeepRepetition) {
  Headers headers = {{"A", "1"}, {"b", "2"}, {"a", "3"}};
  EXPECT_EQ(headers.All("a"), (std::vector<std::string>{"1", "3"}));
  EXPECT_EQ(headers.Get("B"), "2");
  EXPECT_EQ(headers.Find("c"), nullptr);
  headers.Set("A", "4");
  EXPECT_EQ(headers.All("a"), (std::vector<std::string>{"4"}));
  headers.Remove("A");
  EXPECT_EQ(headers.fields().size(), 1U);
}

TEST(HttpRequest, SplitsItsTarget) {
  const HttpRequest request = {.target = "/a/b?x=1&y=%2Fz+q&x=2&&flag&bad=%zz"};
  EXPECT_EQ(request.Path(), "/a/b");
  EXPECT_EQ(request.Query(),
            (std::map<std::string, std::string>{{"x", "2"}, {"y", "/z q"}, {"flag", ""}, {"bad", "%zz"}}));
  EXPECT_TRUE(HttpRequest{}.Query().empty());
}

}  // namespace
}  // namespace iff
