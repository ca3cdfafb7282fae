// The whole program with several workers: connections are anybody's, what is kept for somebody is in one place.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <thread>
#include <vector>

#include "harness/core/bytes.h"
#include "servers/guard/audit_file.h"
#include "servers/testing/program_under_test.h"

namespace iff {
namespace {

using ::testing::HasSubstr;

constexpr int kPeople = 24;
constexpr int kConnections = 6;

class WorkersTest : public ::testing::Test {
 protected:
  WorkersTest() {
    // Says whose credential it was called with.
    upstream_ = HttpServer::Start([](const HttpRequest& request) {
                  HttpResponse response;
                  Json issue = Json::object();
                  issue["key"] = "ONE-1";
                  issue["fields"]["summary"] = request.headers.Get("Authorization");
                  response.body = Dump(issue);
                  return response;
                }).value();
    for (int i = 0; i < kPeople; ++i) vault.Store(Name(i), "jira", Json{{"username", Name(i)}, {"api_token", "api"}});
    server =
        std::make_unique<ProgramUnderTest>(IFF_PROGRAM, "mcp-jira", issuer, vault,
                                           std::vector<std::string>{"IFF_UPSTREAM_URL=" + upstream_->endpoint().Url(),
                                                                    "IFF_RATE_LIMITS=read=10/60", "IFF_WORKERS=3"});
    for (int i = 0; i < kConnections; ++i) clients.push_back(std::make_unique<HttpClient>(server->address()));
  }
  static std::string Name(int i) { return "person-" + std::to_string(i); }
  std::string Authorization(const std::string& name) { return "Bearer " + server->TokenOf(name).Reveal(); }

  HttpResponse Send(HttpClient& client, const HttpRequest& request) {
    Result<HttpResponse> answer = client.Send(request, Deadline::In(10s));
    EXPECT_TRUE(answer.ok()) << answer.error();
    return answer.ok() ? std::move(answer).value() : HttpResponse{.status = 0};
  }
  HttpResponse Ask(HttpClient& client, const std::string& name) {
    return Send(client, ProgramUnderTest::CallRequest("get_issue", Json{{"issue_key", "ONE-1"}}, Authorization(name)));
  }
  HttpRequest InSession(const std::string& body, const std::string& name, const std::string& session) {
    HttpRequest request;
    request.method = "POST";
    request.target = "/mcp";
    request.headers.Add("Content-Type", "application/json");
    request.headers.Add("Accept", "application/json, text/event-stream");
    request.headers.Add("Authorization", Authorization(name));
    if (!session.empty()) {
      request.headers.Add("Mcp-Session-Id", session);
      request.headers.Add("MCP-Protocol-Version", "2025-11-25");
    }
    request.body = body;
    return request;
  }

  FakeIssuer issuer;
  FakeVault vault;
  std::unique_ptr<ProgramUnderTest> server;
  std::vector<std::unique_ptr<HttpClient>> clients;

 private:
  std::unique_ptr<HttpServer> upstream_;
};

TEST_F(WorkersTest, GiveEverybodyTheirOwnOverAnyConnection) {
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int c = 0; c < kConnections; ++c) {
    threads.emplace_back([&, c] {
      for (int i = 0; i < kPeople; ++i) {
        const std::string name = Name((i + 5 * c) % kPeople);
        const HttpResponse answer = Ask(*clients[static_cast<size_t>(c)], name);
        if (answer.body.find(Base64(name + ":api")) == std::string::npos) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  // Asked for by six connections, made once.
  EXPECT_EQ(vault.logins, kPeople);
  HttpRequest look;
  look.target = "/metrics";
  const std::string metrics = Send(*clients.front(), look).body;
  EXPECT_THAT(metrics, HasSubstr("iff_credentials_kept " + std::to_string(kPeople)));
  EXPECT_THAT(metrics, HasSubstr("{outcome=\"allowed\",reason=\"none\"} " + std::to_string(kPeople * kConnections)));
  const Result<uint64_t> records = VerifyAuditFile(server->audit_file());
  ASSERT_TRUE(records.ok()) << records.error();
  EXPECT_EQ(records.value(), static_cast<uint64_t>(kPeople * kConnections));
}

TEST_F(WorkersTest, ShowTheirCountsUnderNamesOfTheirOwnAlone) {
  for (const auto& [field, value] :
       {std::pair("Host", "metrics.example"), std::pair("Origin", "http://page.example")}) {
    HttpRequest look;
    look.target = "/metrics";
    look.headers.Add(field, value);
    const HttpResponse refused = Send(*clients.front(), look);
    EXPECT_EQ(refused.status, 403) << field;
    EXPECT_EQ(refused.body, "") << field;
    look.target = "/healthz";
    EXPECT_EQ(Send(*clients.front(), look).status, 200) << field;
  }
}

TEST_F(WorkersTest, HaveOneBudgetForOnePerson) {
  for (int call = 0; call < 10; ++call) {
    EXPECT_THAT(Ask(*clients[static_cast<size_t>(call % kConnections)], "person-1").body, HasSubstr("ONE-1")) << call;
  }
  for (const auto& client : clients) EXPECT_EQ(Ask(*client, "person-1").status, 429);
  EXPECT_THAT(Ask(*clients.back(), "person-2").body, HasSubstr("ONE-1"));
}

TEST_F(WorkersTest, FindASessionOnEveryConnectionForItsOwnerAlone) {
  const std::string begin = R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25",)"
                            R"("capabilities":{},"clientInfo":{"name":"test","version":"1"}}})";
  const std::string list = R"({"jsonrpc":"2.0","id":2,"method":"tools/list"})";
  for (int i = 0; i < 6; ++i) {
    const std::string session = Send(*clients[static_cast<size_t>(i % kConnections)], InSession(begin, Name(i), ""))
                                    .headers.Get("Mcp-Session-Id");
    ASSERT_NE(session, "");
    for (const auto& client : clients) {
      EXPECT_THAT(Send(*client, InSession(list, Name(i), session)).body, HasSubstr("get_issue"));
      EXPECT_EQ(Send(*client, InSession(list, Name(i + 1), session)).status, 404);
    }
  }
}

TEST_F(WorkersTest, RefuseABadTokenWhereverItSaysItBelongs) {
  for (int i = 0; i < 6; ++i) {
    std::string token = Authorization(Name(i));
    token.back() = token.back() == 'A' ? 'B' : 'A';
    token[token.size() - 20] = token[token.size() - 20] == 'A' ? 'B' : 'A';
    for (const auto& client : clients) {
      EXPECT_EQ(Send(*client, ProgramUnderTest::CallRequest("get_issue", Json::object(), token)).status, 401);
    }
  }
  EXPECT_EQ(vault.logins, 0);
}

TEST_F(WorkersTest, EndTogetherAndGiveEverythingBack) {
  for (int i = 0; i < kPeople; ++i) (void)Ask(*clients[static_cast<size_t>(i % kConnections)], Name(i));
  EXPECT_EQ(vault.live_tokens(), static_cast<size_t>(kPeople));
  EXPECT_EQ(server->Terminate(), 0);
  EXPECT_EQ(vault.live_tokens(), 0u);
}

}  // namespace
}  // namespace iff
