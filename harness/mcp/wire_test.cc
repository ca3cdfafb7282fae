#include "harness/mcp/wire.h"

#include <gmock/gmock.h>

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

#include "harness/core/result_matchers.h"
#include "harness/mcp/connection.h"
#include "harness/net/certificates.h"
#include "harness/net/event_loop.h"
#include "harness/net/http_async.h"
#include "harness/net/http_server.h"

namespace iff {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;

Connection::Dress Bearer(const std::string& token) {
  return [token](HttpRequest& request) {
    if (!token.empty()) request.headers.Set("Authorization", "Bearer " + token);
  };
}

TEST(HttpWire, ShowsTheCertificateARequestNames) {
  CertificateMaker files;
  const MadeCa ca = files.Ca("ca");
  const MadeCertificate own = files.MakeServer(ca);
  const MadeCertificate alice = files.Make(ca, "alice");
  const MadeCertificate bob = files.Make(ca, "bob");
  const auto server =
      HttpServer::Start([](const HttpRequest& seen) { return HttpResponse{.body = seen.client_certificate}; }, 0,
                        {.certificate_file = own.certificate_file,
                         .key_file = own.key_file,
                         .client_ca_file = ca.file,
                         .client_certificates = ClientCertificates::kAsked});
  ASSERT_THAT(server, IsOk());
  const std::unique_ptr<Wire> wire = MakeHttpWire(
      (*server)->endpoint(),
      {.ca_file = ca.file, .certificates = {{alice.thumbprint, alice.Client("")}, {bob.thumbprint, bob.Client("")}}});
  for (int i = 0; i < 2; ++i) {
    for (const std::string& name : {alice.thumbprint, std::string(), bob.thumbprint}) {
      const Result<HttpResponse> answer = wire->Send({.client_certificate = name}, false, Deadline::In(10s));
      ASSERT_THAT(answer, IsOk());
      EXPECT_EQ(answer->body, name);
      const Result<HttpResponse> plain = wire->client(name)->Send({.target = "/other"}, Deadline::In(10s));
      ASSERT_THAT(plain, IsOk());
      EXPECT_EQ(plain->body, name);
    }
  }
  EXPECT_EQ(wire->client("another"), nullptr);
  EXPECT_THAT(wire->Send({.client_certificate = "another"}, false, Deadline::In(10s)),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("no certificate another")));
}

TEST(RoundRobinWire, SendsEachRequestToTheNextReplicaAndSaysWhichAnswered) {
  std::vector<std::unique_ptr<HttpServer>> replicas;
  std::vector<Endpoint> endpoints;
  for (const std::string name : {"first", "second", "third"}) {
    replicas.push_back(HttpServer::Start([name](const HttpRequest&) { return HttpResponse{.body = name}; }).value());
    endpoints.push_back(replicas.back()->endpoint());
  }
  const std::unique_ptr<Wire> wire = MakeRoundRobinWire(endpoints);
  const auto next = [&]() -> std::string {
    const Result<HttpResponse> answer = wire->Send({}, false, Deadline::In(10s));
    return answer.ok() ? answer->headers.Get(std::string(kServedBy)) + " " + answer->body : answer.error().message();
  };
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(next(), "replica-1 first");
    EXPECT_EQ(next(), "replica-2 second");
    EXPECT_EQ(next(), "replica-3 third");
  }
  // One that is gone is skipped by nobody: its turn fails, and the next request goes to the next one.
  replicas[1].reset();
  EXPECT_EQ(next(), "replica-1 first");
  EXPECT_THAT(next(), HasSubstr("send to replica-2"));
  EXPECT_EQ(next(), "replica-3 third");
}

TEST(RoundRobinWire, MeetsEveryReplicaWhateverComesBeforeARequest) {
  std::vector<std::unique_ptr<HttpServer>> replicas;
  std::vector<Endpoint> endpoints;
  for (int i = 0; i < 2; ++i) {
    replicas.push_back(HttpServer::Start([](const HttpRequest&) { return HttpResponse{}; }).value());
    endpoints.push_back(replicas.back()->endpoint());
  }
  for (const int handshake : {0, 1, 2, 3}) {
    const std::unique_ptr<Wire> wire = MakeRoundRobinWire(endpoints);
    std::vector<std::string> met;
    for (int i = 0; i < 4; ++i) {
      for (int before = 0; before < handshake; ++before) ASSERT_THAT(wire->SendBefore({}, Deadline::In(10s)), IsOk());
      const Result<HttpResponse> answer = wire->Send({}, false, Deadline::In(10s));
      ASSERT_THAT(answer, IsOk());
      met.push_back(answer->headers.Get(std::string(kServedBy)));
    }
    EXPECT_THAT(met, ElementsAre("replica-1", "replica-2", "replica-1", "replica-2")) << handshake;
  }
}

TEST(RoundRobinWire, OverwritesWhatAReplicaSaysOfItself) {
  const auto boaster = HttpServer::Start([](const HttpRequest&) {
    HttpResponse response;
    response.headers.Set(std::string(kServedBy), "replica-7");
    return response;
  });
  ASSERT_THAT(boaster, IsOk());
  const Result<HttpResponse> answer = MakeRoundRobinWire({(*boaster)->endpoint()})->Send({}, false, Deadline::In(10s));
  ASSERT_THAT(answer, IsOk());
  EXPECT_THAT(answer->headers.All(kServedBy), ElementsAre("replica-1"));
}

// HTTP+SSE: a stream for whoever shows a token; answers with what it was told and by whose token.
class FakeSseServer {
 public:
  FakeSseServer() {
    server_ = AsyncHttpServer::Start(loop_, {}, [this](const auto& request, const auto& responder) {
                Take(*request, responder);
              }).value();
    thread_ = std::thread([this] { loop_.Run(); });
  }
  ~FakeSseServer() {
    loop_.Post([this] {
      streams_.clear();
      server_.reset();
      loop_.Stop();
    });
    thread_.join();
  }
  Endpoint endpoint() const { return server_->endpoint(); }
  // Set before the first request.
  std::string post_address = "/messages?session=";
  bool posts_are_open = false;

 private:
  void Take(const HttpRequest& request, const std::shared_ptr<Responder>& responder) {
    const std::string token = request.headers.Get("Authorization");
    if (token.empty() && !(request.method == "POST" && posts_are_open)) {
      return responder->Send({.status = 401, .headers = {{"WWW-Authenticate", "Bearer"}}, .body = "who are you?"});
    }
    if (request.method == "GET") {
      const std::string id = std::to_string(streams_.size() + 1);
      streams_[id] = responder;
      responder->Begin({.headers = {{"Content-Type", "text/event-stream; charset=utf-8"}}});
      responder->Write(": welcome\n\nevent: endpoint\ndata: " + post_address + id + "\n\n");
      return;
    }
    const auto stream = streams_.find(request.Query()["session"]);
    if (stream == streams_.end()) return responder->Send({.status = 404});
    responder->Send({.status = 202, .body = "Accepted"});
    const Json message = ParseJson(request.body).value_or(nullptr);
    if (!message.contains("id")) return;
    Json result = {{"method", message["method"]}, {"token", token}};
    if (message["method"] == "initialize") result["protocolVersion"] = "2024-11-05";
    stream->second->Write("data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\"}\n\n");
    stream->second->Write("data: " + Dump({{"jsonrpc", "2.0"}, {"id", message["id"]}, {"result", result}}) + "\n\n");
  }

  EventLoop loop_;
  std::unique_ptr<AsyncHttpServer> server_;
  std::map<std::string, std::shared_ptr<Responder>> streams_;
  std::thread thread_;
};

Connection OverSse(const FakeSseServer& server) {
  return {MakeSseWire(server.endpoint(), "/sse"), "/sse", Revision::k20241105};
}

std::string TokenIn(const Result<McpAnswer>& answer) {
  return answer.ok() ? AtOr<std::string>(answer->message, "/result/token", "none") : answer.error().message();
}

TEST(SseWire, OpensAStreamForEachIdentityAndReadsItsAnswersThere) {
  FakeSseServer server;
  Connection connection = OverSse(server);
  for (const std::string who : {"alice", "bob", "alice"}) {
    const Result<McpAnswer> answer = connection.Send("tools/list", Json::object(), who, Bearer(who), Deadline::In(5s));
    EXPECT_EQ(TokenIn(answer), "Bearer " + who);
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->notifications.size(), 1U);
    EXPECT_EQ(answer->problem, "");
  }
  EXPECT_EQ(connection.Session("alice"), "/messages?session=1");
  EXPECT_EQ(connection.Session("bob"), "/messages?session=2");
  EXPECT_EQ(connection.Negotiated("alice"), "2024-11-05");
}

TEST(SseWire, AnswersWithTheRefusalOfTheOpening) {
  FakeSseServer server;
  Connection connection = OverSse(server);
  const Result<McpAnswer> answer = connection.Send("tools/list", Json::object(), "", Bearer(""), Deadline::In(5s));
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->status, 401);
  EXPECT_EQ(answer->headers.Get("WWW-Authenticate"), "Bearer");
  EXPECT_EQ(answer->body, "who are you?");
  EXPECT_EQ(connection.Session(""), "");
}

TEST(SseWire, GivesNobodyTheAnswersOfAnothersStream) {
  FakeSseServer server;
  Connection connection = OverSse(server);
  ASSERT_THAT(connection.Send("tools/list", Json::object(), "alice", Bearer("alice"), Deadline::In(5s)), IsOk());
  HttpRequest foreign = connection.Prepare("tools/list", Json::object(), connection.Session("alice"));
  Bearer("bob")(foreign);
  const Result<McpAnswer> receipt = connection.SendPrepared(foreign, Deadline::In(5s), true);
  ASSERT_THAT(receipt, IsOk());
  EXPECT_EQ(receipt->status, 202);
  EXPECT_TRUE(receipt->message.is_null());
  // What was said to it comes through alice's stream, and is not taken for the answer to her next request.
  const Result<McpAnswer> own =
      connection.Send("tools/list", Json::object(), "alice", Bearer("alice"), Deadline::In(5s));
  EXPECT_EQ(TokenIn(own), "Bearer alice");
  EXPECT_EQ(own->problem, "");
}

TEST(SseWire, PostsToNoOtherServer) {
  FakeSseServer server;
  server.post_address = "http://127.0.0.1:9/messages?session=";
  Connection connection = OverSse(server);
  EXPECT_THAT(connection.Send("tools/list", Json::object(), "alice", Bearer("alice"), Deadline::In(5s)),
              FailsWith(ErrorKind::kProtocol, HasSubstr("names another server: 127.0.0.1:9")));
}

TEST(SseWire, FollowsAnAddressInFullAndOneBesideThePath) {
  for (const bool in_full : {true, false}) {
    FakeSseServer server;
    server.post_address = in_full ? server.endpoint().Url("/messages?session=") : "messages?session=";
    Connection connection = OverSse(server);
    EXPECT_EQ(TokenIn(connection.Send("tools/list", Json::object(), "alice", Bearer("alice"), Deadline::In(5s))),
              "Bearer alice");
  }
}

// A process that answers by rules; what it was told is kept.
struct FakeProcess {
  std::vector<std::string> told = {};
  std::deque<std::string> says = {};
};

class FakeChannel final : public LineChannel {
 public:
  FakeChannel(FakeProcess& process, std::string identity) : process_(process), identity_(std::move(identity)) {}
  Result<void> Write(std::string_view line) override {
    process_.told.emplace_back(line);
    const Json message = ParseJson(line).value_or(nullptr);
    if (!message.contains("id") || !message.contains("method")) return {};
    if (message["method"] == "noisy") {
      process_.says.emplace_back("starting up...");
      process_.says.push_back(Dump({{"jsonrpc", "2.0"}, {"id", 7}, {"method", "roots/list"}}));
    }
    Json result = {{"who", identity_}};
    if (message["method"] == "initialize") result["protocolVersion"] = "2025-06-18";
    process_.says.push_back(Dump({{"jsonrpc", "2.0"}, {"id", message["id"]}, {"result", result}}));
    return {};
  }
  Result<std::string> Read(Deadline) override {
    if (process_.says.empty()) return Error(ErrorKind::kTimeout, "it says nothing");
    std::string line = process_.says.front();
    process_.says.pop_front();
    return line;
  }

 private:
  FakeProcess& process_;
  std::string identity_;
};

class StdioWireTest : public testing::Test {
 protected:
  Connection Connect(Revision revision) {
    const OpenChannel open = [this](const std::string& identity) -> Result<std::unique_ptr<LineChannel>> {
      started.push_back(identity);
      return std::unique_ptr<LineChannel>(std::make_unique<FakeChannel>(processes[identity], identity));
    };
    return {MakeStdioWire(open), "", revision};
  }
  static Result<McpAnswer> Ask(Connection& connection, const std::string& who,
                               const std::string& method = "tools/list") {
    return connection.Send(method, Json::object(), who, Bearer(""), Deadline::In(5s));
  }

  std::map<std::string, FakeProcess> processes;
  std::vector<std::string> started;
};

TEST_F(StdioWireTest, StartsAProcessForEachIdentityAndShakesHandsOnce) {
  Connection connection = Connect(Revision::k20251125);
  for (const std::string who : {"alice", "bob", "alice"}) {
    const Result<McpAnswer> answer = Ask(connection, who);
    ASSERT_THAT(answer, IsOk());
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(AtOr<std::string>(answer->message, "/result/who", ""), who);
  }
  EXPECT_THAT(started, ElementsAre("alice", "bob"));
  EXPECT_EQ(processes["alice"].told.size(), 4U);  // initialize, initialized, and twice the question
  EXPECT_EQ(connection.Negotiated("bob"), "2025-06-18");
}

TEST_F(StdioWireTest, NeedsNoHandshakeWhereTheRevisionHasNone) {
  Connection connection = Connect(Revision::k20260728);
  EXPECT_THAT(Ask(connection, "alice"), IsOk());
  EXPECT_THAT(processes["alice"].told, ElementsAre(HasSubstr("io.modelcontextprotocol/protocolVersion")));
}

TEST_F(StdioWireTest, TellsWhatIsNoMessageAndAnswersWhatTheServerAsks) {
  Connection connection = Connect(Revision::k20260728);
  const Result<McpAnswer> answer = Ask(connection, "alice", "noisy");
  ASSERT_THAT(answer, IsOk());
  EXPECT_TRUE(answer->HasResult());
  EXPECT_NE(answer->problem, "");
  EXPECT_THAT(answer->body, HasSubstr("starting up..."));
  EXPECT_THAT(processes["alice"].told.back(), HasSubstr("-32601"));
}

TEST_F(StdioWireTest, IsNobodysProcess) {
  Connection connection = Connect(Revision::k20251125);
  EXPECT_THAT(Ask(connection, ""), FailsWith(ErrorKind::kInvalidInput, HasSubstr("never as nobody")));
  EXPECT_TRUE(started.empty());
}

}  // namespace
}  // namespace iff
