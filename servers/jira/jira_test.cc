// The whole program against fakes on loopback: what a client sees, and what the service behind it saw.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "harness/net/endpoint.h"
#include "harness/net/http.h"
#include "servers/runtime/audit_file.h"
#include "servers/runtime/stand_ins.h"

namespace iff {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Believes one API token per account; remembers what it was sent.
class FakeJira {
 public:
  FakeJira() {
    server_ = HttpServer::Start([this](const HttpRequest& request) {
                const std::lock_guard lock(mutex_);
                requests_.push_back(request);
                HttpResponse response;
                const std::string given = request.headers.Get("Authorization");
                if (given != "Basic " + Base64("alice@x:" + alice_)) {
                  response.status = 401;
                } else if (limited_) {
                  response.status = 429;
                  response.headers.Add("Retry-After", "7");
                } else if (request.Path() != "/rest/api/3/issue/ALICE-1") {
                  response.status = 404;
                  response.body = "http://internal.example says no";
                } else {
                  response.body = R"({"key":"ALICE-1","self":"http://internal","fields":{"summary":"private"}})";
                }
                return response;
              }).value();
  }
  Endpoint endpoint() const { return server_->endpoint(); }
  std::vector<HttpRequest> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  void Renew(std::string token) {
    const std::lock_guard lock(mutex_);
    alice_ = std::move(token);
  }
  void Limit() {
    const std::lock_guard lock(mutex_);
    limited_ = true;
  }

 private:
  std::mutex mutex_ = {};
  std::vector<HttpRequest> requests_ = {};
  std::string alice_ = "api-1";
  bool limited_ = false;
  std::unique_ptr<HttpServer> server_ = {};
};

class JiraServerTest : public ::testing::Test {
 protected:
  JiraServerTest() {
    std::string name = "/tmp/iff-jira-XXXXXX";
    directory = ::mkdtemp(name.data());
    std::ofstream(directory + "/secret") << "s3cret\n";
    vault.Store("alice", "jira", Json{{"username", "alice@x"}, {"api_token", "api-1"}});
    Launch();
  }
  ~JiraServerTest() override {
    if (process > 0) Terminate();
    for (const char* file : {"/secret", "/audit.jsonl", "/log"}) ::unlink((directory + file).c_str());
    ::rmdir(directory.c_str());
  }

  void Launch() {
    const std::string url = address.Url("/mcp");
    std::vector<std::string> variables = {
        "IFF_LISTEN=" + address.Authority(), "IFF_RESOURCE=" + url, "IFF_AUDIENCE=mcp-jira",
        "IFF_ISSUER=" + issuer.Issuer(), "IFF_JWKS_URL=" + issuer.Keys().endpoint.Url("/keys"),
        "IFF_TOKEN_URL=" + issuer.Tokens().endpoint.Url("/token"), "IFF_CLIENT_ID=mcp-jira",
        "IFF_CLIENT_SECRET_FILE=" + directory + "/secret", "IFF_VAULT_ADDR=" + vault.Address().endpoint.Url(),
        "IFF_VAULT_ROLE=user", "IFF_VAULT_AUDIENCE=vault", "IFF_UPSTREAM_URL=" + jira.endpoint().Url(),
        "IFF_AUDIT_FILE=" + directory + "/audit.jsonl", "IFF_RATE_LIMITS=read=5/60"};
    std::vector<char*> environment;
    for (std::string& variable : variables) environment.push_back(variable.data());
    environment.push_back(nullptr);
    std::string program = IFF_PROGRAM;
    char* const arguments[] = {program.data(), nullptr};
    posix_spawn_file_actions_t actions = {};
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 2, (directory + "/log").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ASSERT_EQ(::posix_spawn(&process, program.c_str(), &actions, nullptr, arguments, environment.data()), 0);
    posix_spawn_file_actions_destroy(&actions);
    const Result<void> ready = Eventually(Deadline::In(10s), [&]() -> Result<bool> {
      HttpRequest request;
      request.target = "/readyz";
      const Result<HttpResponse> answer = client.Send(request, Deadline::In(1s));
      if (!answer.ok() && answer.error().kind() == ErrorKind::kUnavailable) return false;
      if (!answer.ok()) return answer.error();
      return answer.value().status == 200;
    });
    ASSERT_TRUE(ready.ok()) << ready.error();
  }
  int Terminate() {
    ::kill(process, SIGTERM);
    int status = 0;
    ::waitpid(process, &status, 0);
    process = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

  HttpResponse Call(const std::string& tool, const Json& arguments, const std::string& authorization) {
    Json message = Json::object();
    message["jsonrpc"] = "2.0";
    message["id"] = 1;
    message["method"] = "tools/call";
    message["params"]["name"] = tool;
    message["params"]["arguments"] = arguments;
    Json& meta = message["params"]["_meta"];
    meta["io.modelcontextprotocol/protocolVersion"] = "2026-07-28";
    meta["io.modelcontextprotocol/clientCapabilities"] = Json::object();
    HttpRequest request;
    request.method = "POST";
    request.target = "/mcp";
    request.headers.Add("Content-Type", "application/json");
    request.headers.Add("Accept", "application/json, text/event-stream");
    request.headers.Add("MCP-Protocol-Version", "2026-07-28");
    request.headers.Add("Mcp-Method", "tools/call");
    request.headers.Add("Mcp-Name", tool);
    if (!authorization.empty()) request.headers.Add("Authorization", authorization);
    request.body = Dump(message);
    Result<HttpResponse> answer = client.Send(request, Deadline::In(10s));
    EXPECT_TRUE(answer.ok());
    return answer.ok() ? std::move(answer).value() : HttpResponse{};
  }
  Json CallAs(const std::string& subject, const std::string& tool, const Json& arguments) {
    const HttpResponse answer = Call(tool, arguments, "Bearer " + TokenOf(subject).Reveal());
    const Result<Json> body = ParseJson(answer.body);
    EXPECT_TRUE(body.ok()) << answer.status << ": " << answer.body;
    return body.ok() ? AtOr<Json>(body.value(), "/result", body.value()) : Json();
  }
  Secret TokenOf(const std::string& subject) {
    return issuer.Token(subject, "mcp-jira", SystemClock::Instance().NowSeconds());
  }
  std::string CodeOf(const Json& result) { return AtOr<std::string>(result, "/structuredContent/error/code", ""); }

  FakeIssuer issuer;
  FakeVault vault;
  FakeJira jira;
  HeldPort port = HeldPort::Acquire().value();
  Endpoint address = port.endpoint();
  HttpClient client{address};
  std::string directory;
  pid_t process = 0;
  const Json key = Json{{"issue_key", "ALICE-1"}};
};

TEST_F(JiraServerTest, ReadsAnIssueWithItsCallersOwnToken) {
  const Json result = CallAs("alice", "get_issue", key);
  EXPECT_EQ(AtOr<std::string>(result, "/structuredContent/summary", ""), "private") << result;
  EXPECT_THAT(Dump(result), Not(HasSubstr("internal")));
  ASSERT_EQ(jira.requests().size(), 1u);
  EXPECT_EQ(jira.requests()[0].headers.Get("Authorization"), "Basic " + Base64("alice@x:api-1"));
}

TEST_F(JiraServerTest, TellsAMissingCredentialFromAnUnknownIssue) {
  EXPECT_EQ(CodeOf(CallAs("bob", "get_issue", key)), "missing_credential");
  EXPECT_TRUE(jira.requests().empty());
  const Json unknown = CallAs("alice", "get_issue", Json{{"issue_key", "BOB-1"}});
  EXPECT_EQ(CodeOf(unknown), "not_found");
  EXPECT_THAT(Dump(unknown), Not(HasSubstr("internal.example")));
}

TEST_F(JiraServerTest, ChallengesWhoBringsNoToken) {
  const HttpResponse answer = Call("get_issue", key, "");
  EXPECT_EQ(answer.status, 401);
  EXPECT_THAT(answer.headers.Get("WWW-Authenticate"), HasSubstr("resource_metadata=\"" + address.Url("/.well-known")));
  EXPECT_THAT(answer.headers.Get("WWW-Authenticate"), Not(HasSubstr("error=")));
  EXPECT_EQ(vault.logins, 0);
}

TEST_F(JiraServerTest, FetchesARefusedCredentialOnceMore) {
  ASSERT_EQ(CodeOf(CallAs("alice", "get_issue", key)), "");
  jira.Renew("api-2");
  vault.Store("alice", "jira", Json{{"username", "alice@x"}, {"api_token", "api-2"}});
  EXPECT_EQ(CodeOf(CallAs("alice", "get_issue", key)), "");
  jira.Renew("api-3");  // Vault does not know it: refused twice, then told
  const size_t before = jira.requests().size();
  EXPECT_EQ(CodeOf(CallAs("alice", "get_issue", key)), "upstream_refused");
  EXPECT_EQ(jira.requests().size(), before + 2);
}

TEST_F(JiraServerTest, SendsNothingBeforeTheServiceAllowsIt) {
  jira.Limit();
  EXPECT_EQ(CodeOf(CallAs("alice", "get_issue", key)), "upstream_rate_limited");
  EXPECT_EQ(CodeOf(CallAs("alice", "get_issue", key)), "upstream_rate_limited");
  EXPECT_EQ(jira.requests().size(), 1u);
}

TEST_F(JiraServerTest, LimitsEachCaller) {
  const std::string alice = "Bearer " + TokenOf("alice").Reveal();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Call("get_issue", key, alice).status, 200);
  const HttpResponse refused = Call("get_issue", key, alice);
  EXPECT_EQ(refused.status, 429);
  EXPECT_NE(refused.headers.Find("Retry-After"), nullptr);
  EXPECT_EQ(Call("get_issue", key, "Bearer " + TokenOf("bob").Reveal()).status, 200);
}

TEST_F(JiraServerTest, RefusesKeysThatAreNone) {
  for (const char* bad : {"../secret", "ALICE-1/../x", "alice-1", "ALICE-1\n", "A-0"}) {
    EXPECT_TRUE(AtOr<bool>(CallAs("alice", "get_issue", Json{{"issue_key", bad}}), "/isError", false)) << bad;
    ASSERT_TRUE(jira.requests().empty()) << bad << " became " << jira.requests()[0].target;
  }
}

TEST_F(JiraServerTest, SaysWhoTheCallerIsAndShowsNoCharacterOfASecret) {
  const Json result = CallAs("alice", "whoami", Json::object());
  EXPECT_EQ(AtOr<std::string>(result, "/structuredContent/entity_id", ""), "entity-alice");
  EXPECT_EQ(AtOr<std::string>(result, "/structuredContent/credentials/jira", ""), "present");
  EXPECT_THAT(Dump(result), Not(HasSubstr("api-1")));
  const Json bob = CallAs("bob", "whoami", Json::object());
  EXPECT_EQ(AtOr<std::string>(bob, "/structuredContent/credentials/jira", ""), "missing") << bob;
}

TEST_F(JiraServerTest, GivesBackWhatItTookAndLeavesNoSecretBehind) {
  const Secret token = TokenOf("alice");
  ASSERT_EQ(Call("get_issue", key, "Bearer " + token.Reveal()).status, 200);
  EXPECT_EQ(vault.live_tokens(), 1u);
  EXPECT_EQ(Terminate(), 0);
  EXPECT_EQ(vault.live_tokens(), 0u);
  EXPECT_TRUE(VerifyAuditFile(directory + "/audit.jsonl").ok());
  for (const char* file : {"/audit.jsonl", "/log"}) {
    std::ostringstream text;
    text << std::ifstream(directory + file).rdbuf();
    EXPECT_FALSE(text.str().empty());
    EXPECT_THAT(text.str(), Not(HasSubstr(token.Reveal())));
    EXPECT_THAT(text.str(), Not(HasSubstr("api-1")));
    EXPECT_THAT(text.str(), Not(HasSubstr("s3cret")));
  }
}

}  // namespace
}  // namespace iff
