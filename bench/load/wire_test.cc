#include "bench/load/wire.h"

#include <gmock/gmock.h>

#include <vector>

namespace iff {
namespace {

struct Answer {
  int status = 0;
  std::string body = {};
  bool keep_alive = true;
  friend bool operator==(const Answer&, const Answer&) = default;
};

// What is read when `bytes` arrive in pieces of `piece`; stops at what cannot be read.
std::vector<Answer> Read(const std::string& bytes, size_t piece, bool ends = false) {
  std::vector<Answer> answers;
  ResponseFramer framer;
  const auto take = [&] {
    if (!framer.done()) return;
    answers.push_back({framer.status(), framer.body(), framer.keep_alive()});
    framer.Reset();
  };
  for (size_t at = 0; at < bytes.size(); at += piece) {
    std::string_view rest = std::string_view(bytes).substr(at, piece);
    while (!rest.empty() && !framer.broken()) {
      rest.remove_prefix(framer.Feed(rest));
      take();
    }
  }
  if (ends) framer.FeedEnd();
  take();
  return answers;
}

TEST(ResponseFramer, ReadsAnswersHoweverTheyArrive) {
  const std::string bytes =
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
      "HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n"
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6;x=y\r\nevent:\r\n4\r\n one\r\n0\r\n\r\n"
      "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";
  const std::vector<Answer> expected = {
      {200, "hello", true}, {202, "", true}, {200, "event: one", true}, {204, "", false}};
  for (size_t piece = 1; piece <= bytes.size(); ++piece) EXPECT_EQ(Read(bytes, piece), expected) << piece;
}

TEST(ResponseFramer, TakesWhatHasNoLengthUntilTheEnd) {
  const std::string bytes = "HTTP/1.0 200 OK\r\n\r\nall of it";
  EXPECT_EQ(Read(bytes, 3, true), (std::vector<Answer>{{200, "all of it", false}}));
  EXPECT_TRUE(Read(bytes, 3).empty()) << "it may go on";
}

TEST(ResponseFramer, LetsAnInterimAnswerPass) {
  const std::string bytes = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  EXPECT_EQ(Read(bytes, 7), (std::vector<Answer>{{200, "ok", true}}));
}

TEST(ResponseFramer, KnowsWhatIsNoAnswer) {
  for (const char* bytes :
       {"SSH-2.0-OpenSSH_9.2\r\n\r\n", "HTTP/1.1 abc\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
    ResponseFramer framer;
    framer.Feed(bytes);
    EXPECT_TRUE(framer.broken()) << bytes;
  }
  ResponseFramer cut;
  cut.Feed("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
  cut.FeedEnd();
  EXPECT_TRUE(cut.broken());
}

TEST(WireRequest, SaysWhereItGoesAndHowLongItIs) {
  HttpRequest request;
  request.method = "POST";
  request.target = "/mcp";
  request.headers.Add("Accept", "application/json");
  request.body = "{}";
  const Endpoint endpoint{.port = 4711};
  EXPECT_EQ(WireRequest(request, endpoint),
            "POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:4711\r\nAccept: application/json\r\nContent-Length: 2\r\n\r\n{}");
}

}  // namespace
}  // namespace iff
