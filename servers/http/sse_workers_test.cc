// HTTP+SSE at a whole program with several workers: whoever accepts a connection, what is posted reaches the stream.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "harness/core/result_matchers.h"
#include "harness/net/event_reader.h"
#include "servers/testing/program_under_test.h"

namespace iff {
namespace {

class SseWorkersTest : public ::testing::Test {
 protected:
  struct Stream {
    std::unique_ptr<EventReader> events;
    std::string post_to;
  };

  std::string As(const std::string& subject) {
    return "Bearer " + program.TokenOf(subject, {{"scope", "jira:read"}}).Reveal();
  }
  Stream Open(const std::string& subject) {
    Stream stream;
    HttpRequest get{.target = "/sse"};
    get.headers.Add("Accept", "text/event-stream");
    get.headers.Add("Authorization", As(subject));
    auto opened = EventReader::Open(program.address(), get, Deadline::In(10s));
    EXPECT_TRUE(opened.ok() && (*opened)->streams());
    if (!opened.ok()) return stream;
    stream.events = std::move(opened).value();
    const auto endpoint = stream.events->Next(Deadline::In(10s));
    EXPECT_THAT(endpoint, IsOk());
    if (endpoint.ok()) stream.post_to = endpoint->data;
    return stream;
  }
  // Over a connection of its own, which any worker may accept.
  int Say(const std::string& subject, const std::string& to, const std::string& method, const Json& params) {
    HttpRequest post{.method = "POST", .target = to};
    post.headers.Add("Content-Type", "application/json");
    post.headers.Add("Authorization", As(subject));
    post.body = Dump(Json{{"jsonrpc", "2.0"}, {"id", 1}, {"method", method}, {"params", params}});
    HttpClient client(program.address());
    const auto answer = client.Send(post, Deadline::In(10s));
    EXPECT_THAT(answer, IsOk());
    return answer.ok() ? answer->status : 0;
  }
  static Json Next(const Stream& stream) {
    const auto event = stream.events->Next(Deadline::In(10s));
    EXPECT_THAT(event, IsOk());
    return event.ok() ? ParseJson(event->data).value_or(nullptr) : Json();
  }

  FakeIssuer issuer;
  FakeVault vault;
  ProgramUnderTest program{IFF_PROGRAM, "mcp-plain", issuer, vault, {"IFF_SSE=true", "IFF_WORKERS=4"}};
};

TEST_F(SseWorkersTest, BringsEachMessageToTheStreamOfItsSender) {
  std::map<std::string, Stream> streams;
  const Json hello{{"protocolVersion", "2024-11-05"}, {"capabilities", Json::object()}};
  for (int i = 0; i < 12; ++i) {
    const std::string subject = "person-" + std::to_string(i);
    streams[subject] = Open(subject);
    EXPECT_EQ(Say(subject, streams[subject].post_to, "initialize", hello), 202);
    EXPECT_EQ(Next(streams[subject])["result"]["protocolVersion"], "2024-11-05");
  }
  for (int round = 0; round < 3; ++round) {
    for (const auto& [subject, stream] : streams) {
      EXPECT_EQ(Say(subject, stream.post_to, "tools/call", Json{{"name", "whoami"}}), 202);
      EXPECT_EQ(Next(stream)["result"]["structuredContent"]["subject"], subject);
      // Whether or not they are of the same worker.
      EXPECT_EQ(Say("person-x", stream.post_to, "tools/call", Json{{"name", "whoami"}}), 404);
    }
  }
  streams.clear();
  EXPECT_EQ(program.Terminate(), 0);
}

}  // namespace
}  // namespace iff
