#include "harness/mcp/connection.h"

#include <gtest/gtest.h>

#include <mutex>
#include <vector>

#include "harness/net/http_server.h"

namespace iff {
namespace {

// A server that opens a numbered session for whoever presents a token, and keeps what it was sent.
class FakeServer {
 public:
  FakeServer() {
    server_ = HttpServer::Start([this](const HttpRequest& request) { return Answer(request); }).value();
  }

  Endpoint endpoint() const { return server_->endpoint(); }
  std::vector<HttpRequest> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  std::vector<std::string> methods() const {
    std::vector<std::string> methods;
    for (const HttpRequest& request : requests()) {
      methods.push_back(AtOr<std::string>(ParseJson(request.body).value_or(nullptr), "/method", "?"));
    }
    return methods;
  }

 private:
  HttpResponse Answer(const HttpRequest& request) {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
    if (request.headers.Find("Authorization") == nullptr) {
      return {.status = 401, .headers = {{"WWW-Authenticate", "Bearer"}}};
    }
    const Json message = ParseJson(request.body).value_or(nullptr);
    if (!message.contains("id")) return {.status = 202};
    HttpResponse response{.headers = {{"Content-Type", "application/json"}},
                          .body = Dump({{"jsonrpc", "2.0"}, {"id", message["id"]}, {"result", Json::object()}})};
    if (message["method"] == "initialize")
      response.headers.Add("Mcp-Session-Id", "session-" + std::to_string(++sessions_));
    return response;
  }

  mutable std::mutex mutex_;
  std::vector<HttpRequest> requests_;
  int sessions_ = 0;
  std::unique_ptr<HttpServer> server_;
};

Connection::Dress Bearer(const std::string& token) {
  return [token](HttpRequest& request) { request.headers.Set("Authorization", "Bearer " + token); };
}

Result<McpAnswer> List(Connection& connection, const std::string& identity) {
  return connection.Send("tools/list", Json::object(), identity, Bearer(identity), Deadline::In(5s));
}

TEST(Connection, SendsAStatelessRequestAsItIs) {
  FakeServer server;
  Connection connection(server.endpoint(), "/mcp", Revision::k20260728);
  const Result<McpAnswer> answer = List(connection, "alice");
  ASSERT_TRUE(answer.ok()) << answer.error();
  EXPECT_TRUE(answer->HasResult());
  EXPECT_EQ(server.methods(), std::vector<std::string>{"tools/list"});
  EXPECT_EQ(server.requests()[0].headers.Get("Authorization"), "Bearer alice");
  EXPECT_EQ(connection.Session("alice"), "");
}

TEST(Connection, OpensOneSessionForEachIdentity) {
  FakeServer server;
  Connection connection(server.endpoint(), "/mcp", Revision::k20251125);
  ASSERT_TRUE(List(connection, "alice").ok());
  ASSERT_TRUE(List(connection, "bob").ok());
  ASSERT_TRUE(List(connection, "alice").ok());
  EXPECT_EQ(server.methods(),
            (std::vector<std::string>{"initialize", "notifications/initialized", "tools/list", "initialize",
                                      "notifications/initialized", "tools/list", "tools/list"}));
  EXPECT_EQ(connection.Session("alice"), "session-1");
  EXPECT_EQ(connection.Session("bob"), "session-2");
  const std::vector<HttpRequest> requests = server.requests();
  EXPECT_EQ(requests[0].headers.Find("Mcp-Session-Id"), nullptr);
  EXPECT_EQ(requests[1].headers.Get("Mcp-Session-Id"), "session-1");
  EXPECT_EQ(requests[2].headers.Get("Mcp-Session-Id"), "session-1");
  EXPECT_EQ(requests[5].headers.Get("Mcp-Session-Id"), "session-2");
  EXPECT_EQ(requests[6].headers.Get("Mcp-Session-Id"), "session-1");
  // The credential opens the session too.
  EXPECT_EQ(requests[3].headers.Get("Authorization"), "Bearer bob");
  EXPECT_EQ(AtOr<std::string>(ParseJson(requests[0].body).value(), "/params/protocolVersion", ""), "2025-11-25");
}

TEST(Connection, SendsTheRequestAlthoughTheHandshakeIsRefused) {
  FakeServer server;
  Connection connection(server.endpoint(), "/mcp", Revision::k20250618);
  const Result<McpAnswer> answer =
      connection.Send("tools/list", Json::object(), "nobody", [](HttpRequest&) {}, Deadline::In(5s));
  ASSERT_TRUE(answer.ok()) << answer.error();
  EXPECT_EQ(answer->status, 401);
  EXPECT_EQ(server.methods(), (std::vector<std::string>{"initialize", "tools/list"}));
  EXPECT_EQ(connection.Session("nobody"), "");
}

TEST(Connection, UsesTheSessionItIsGiven) {
  FakeServer server;
  Connection connection(server.endpoint(), "/mcp", Revision::k20251125);
  connection.SetSession("bob", "session-of-alice");
  ASSERT_TRUE(List(connection, "bob").ok());
  EXPECT_EQ(server.methods(), std::vector<std::string>{"tools/list"});
  EXPECT_EQ(server.requests()[0].headers.Get("Mcp-Session-Id"), "session-of-alice");
}

TEST(Connection, NumbersItsRequestsAndMatchesTheAnswerOfAPreparedOne) {
  FakeServer server;
  Connection connection(server.endpoint(), "/mcp", Revision::k20260728);
  const HttpRequest first = connection.Prepare("tools/list", Json::object(), "");
  HttpRequest second = connection.Prepare("tools/list", Json::object(), "");
  EXPECT_NE(ParseJson(first.body).value()["id"], ParseJson(second.body).value()["id"]);
  Bearer("alice")(second);
  const Result<McpAnswer> answer = connection.SendPrepared(second, Deadline::In(5s));
  ASSERT_TRUE(answer.ok()) << answer.error();
  EXPECT_TRUE(answer->HasResult());
}

TEST(Connection, FailsWhereNobodyListens) {
  const HeldPort nobody = HeldPort::Acquire().value();
  Connection connection(nobody.endpoint(), "/mcp", Revision::k20251125);
  const Result<McpAnswer> answer = List(connection, "alice");
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().kind(), ErrorKind::kUnavailable);
}

}  // namespace
}  // namespace iff
