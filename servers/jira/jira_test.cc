// The whole program against fakes on loopback: what a client sees, and what the service behind it saw.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "harness/core/result_matchers.h"
#include "servers/guard/audit_file.h"
#include "servers/testing/fake_service.h"
#include "servers/testing/program_under_test.h"

namespace iff {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class JiraServerTest : public ::testing::Test {
 protected:
  JiraServerTest() {
    vault.Store("alice", "jira", Json{{"username", "alice@x"}, {"api_token", "api-1"}});
    Start();
  }
  static std::string BasicOf(const std::string& token) { return "Basic " + Base64("alice@x:" + token); }
  void Start(const std::string& variable = "IFF_LOG_LEVEL=info") {
    server.reset();
    server = std::make_unique<ProgramUnderTest>(
        IFF_PROGRAM, "mcp-jira", issuer, vault,
        std::vector<std::string>{"IFF_UPSTREAM_URL=" + jira.endpoint().Url(), "IFF_RATE_LIMITS=read=5/60", variable});
  }

  // Any method of MCP; `name`: what it is about.
  Json Ask(const std::string& subject, const std::string& method, const Json& params, const std::string& name = "",
           const Json& claims = nullptr) {
    HttpRequest request =
        ProgramUnderTest::CallRequest("", Json::object(), "Bearer " + server->TokenOf(subject, claims).Reveal());
    Json message = ParseJson(request.body).value();
    message["method"] = method;
    message["params"].update(params);
    request.headers.Set("Mcp-Method", method);
    request.headers.Remove("Mcp-Name");
    if (!name.empty()) request.headers.Add("Mcp-Name", name);
    const std::string project = AtOr<std::string>(message, "/params/arguments/project", "");
    if (name == "create_issue") request.headers.Add("Mcp-Param-Project", project);
    request.body = Dump(message);
    const Result<HttpResponse> answer = HttpClient(server->address()).Send(request, Deadline::In(10s));
    return answer.ok() ? ParseJson(answer->body).value_or(nullptr) : Json(nullptr);
  }

  // Of a server that is started by hand.
  std::string Variables() {
    return "IFF_RESOURCE=http://127.0.0.1:1/mcp IFF_AUDIENCE=mcp-jira IFF_ISSUER=" + issuer.Issuer() +
           " IFF_JWKS_URL=" + issuer.Keys().endpoint.Url("/keys") +
           " IFF_TOKEN_URL=" + issuer.Tokens().endpoint.Url("/token") +
           " IFF_CLIENT_ID=mcp-jira IFF_VAULT_ADDR=" + vault.Address().endpoint.Url() +
           " IFF_VAULT_ROLE=user IFF_VAULT_AUDIENCE=vault IFF_UPSTREAM_URL=" + jira.endpoint().Url();
  }

  FakeIssuer issuer;
  FakeVault vault;
  FakeService jira{
      BasicOf("api-1"),
      {{"/rest/api/3/issue/ALICE-1", R"({"key":"ALICE-1","self":"http://internal","fields":{"summary":"private"}})"},
       {"/rest/api/3/search/jql", R"({"issues":[{"key":"ALICE-1","fields":{"project":{"key":"ALICE"}}},)"
                                  R"({"key":"DEMO-1","fields":{"project":{"key":"DEMO"}}}]})"}}};
  std::unique_ptr<ProgramUnderTest> server;
  const Json key = Json{{"issue_key", "ALICE-1"}};
};

TEST_F(JiraServerTest, ReadsAnIssueWithItsCallersOwnToken) {
  const Json result = server->CallAs("alice", "get_issue", key);
  EXPECT_EQ(AtOr<std::string>(result, "/structuredContent/summary", ""), "private") << result;
  EXPECT_THAT(Dump(result), Not(HasSubstr("internal")));
  ASSERT_EQ(jira.requests().size(), 1u);
  EXPECT_EQ(jira.requests()[0].headers.Get("Authorization"), BasicOf("api-1"));
}

TEST_F(JiraServerTest, ReadsAnIssueAsAResourceForWhomItWouldReadItAsATool) {
  const auto read = [&](const std::string& subject, const std::string& uri) {
    return Ask(subject, "resources/read", Json{{"uri", uri}}, uri);
  };
  const Json issue = read("alice", "jira://issue/ALICE-1");
  EXPECT_THAT(AtOr<std::string>(issue, "/result/contents/0/text", ""), HasSubstr("private")) << issue;
  EXPECT_EQ(jira.requests().back().headers.Get("Authorization"), BasicOf("api-1"));
  const size_t before = jira.requests().size();
  // bob has no credential; the others are no keys, and nothing of them reaches Jira.
  for (const auto& [who, uri] : {std::pair("bob", "jira://issue/ALICE-1"), std::pair("alice", "jira://issue/a%20b"),
                                 std::pair("alice", "jira://project/A%22%20OR%201=1")}) {
    EXPECT_EQ(AtOr<int64_t>(read(who, uri), "/error/code", 0), -32602) << uri;
  }
  EXPECT_EQ(jira.requests().size(), before);
}

TEST_F(JiraServerTest, ListsAndCompletesWhatJiraShowsTheCaller) {
  const Json listed = Ask("alice", "resources/list", Json::object());
  std::vector<std::string> uris;
  for (const Json& one : AtOr<Json>(listed, "/result/resources", Json::array()))
    uris.push_back(AtOr<std::string>(one, "/uri", ""));
  EXPECT_THAT(uris,
              ElementsAre("jira://issue/ALICE-1", "jira://issue/DEMO-1", "jira://project/ALICE", "jira://project/DEMO"))
      << listed;
  EXPECT_EQ(AtOr<Json>(Ask("bob", "resources/list", Json::object()), "/result/resources", nullptr), Json::array());
  const Json params = {{"ref", {{"type", "ref/resource"}, {"uri", "jira://issue/{issue_key}"}}},
                       {"argument", {{"name", "issue_key"}, {"value", "AL"}}}};
  const Json completed = Ask("alice", "completion/complete", params);
  EXPECT_EQ(AtOr<Json>(completed, "/result/completion/values", nullptr), Json::array({"ALICE-1"})) << completed;
}

TEST_F(JiraServerTest, TellsAMissingCredentialFromAnUnknownIssue) {
  EXPECT_EQ(CodeOf(server->CallAs("bob", "get_issue", key)), "missing_credential");
  EXPECT_TRUE(jira.requests().empty());
  const Json unknown = server->CallAs("alice", "get_issue", Json{{"issue_key", "BOB-1"}});
  EXPECT_EQ(CodeOf(unknown), "not_found");
  EXPECT_THAT(Dump(unknown), Not(HasSubstr("internal.example")));
}

TEST_F(JiraServerTest, AsksThePersonBeforeItMakesWhatIsToBeConfirmed) {
  const auto create = [&](const std::string& subject, const Json& capabilities, const Json& more) {
    Json params = {{"name", "create_issue"},
                   {"arguments", {{"project", "DEMO"}, {"summary", "a task"}, {"confirm", true}}},
                   {"_meta",
                    {{"io.modelcontextprotocol/protocolVersion", "2026-07-28"},
                     {"io.modelcontextprotocol/clientCapabilities", capabilities}}}};
    params.update(more);
    return Ask(subject, "tools/call", params, "create_issue", Json{{"scope", "jira:write"}});
  };
  const Json can_ask = {{"elicitation", {{"form", Json::object()}}}};
  const Json unasked = create("alice", Json::object(), Json::object());
  EXPECT_EQ(AtOr<int64_t>(unasked, "/error/code", 0), -32021) << unasked;

  const auto answered = [&](const std::string& subject, const Json& said) {
    const Json question = create("alice", can_ask, Json::object());
    EXPECT_EQ(AtOr<std::string>(question, "/result/resultType", ""), "input_required") << question;
    EXPECT_THAT(AtOr<std::string>(question, "/result/inputRequests/create/params/message", ""),
                HasSubstr("DEMO: a task"));
    const Json state = AtOr<Json>(question, "/result/requestState", nullptr);
    return create(subject, can_ask, Json{{"requestState", state}, {"inputResponses", {{"create", said}}}});
  };
  const Json yes = {{"action", "accept"}, {"content", {{"create", true}}}};
  const size_t before = jira.requests().size();
  for (const Json& no : {Json{{"action", "decline"}}, Json{{"action", "accept"}, {"content", {{"create", false}}}}})
    EXPECT_EQ(CodeOf(AtOr<Json>(answered("alice", no), "/result", nullptr)), "forbidden");
  EXPECT_EQ(AtOr<int64_t>(answered("bob", yes), "/error/code", 0), -32602);
  EXPECT_EQ(jira.requests().size(), before);
  (void)answered("alice", yes);
  ASSERT_EQ(jira.requests().size(), before + 1);
  EXPECT_EQ(jira.requests().back().target, "/rest/api/3/issue");
}

TEST_F(JiraServerTest, ChallengesWhoBringsNoToken) {
  const HttpResponse answer = server->Call("get_issue", key, "");
  EXPECT_EQ(answer.status, 401);
  EXPECT_THAT(answer.headers.Get("WWW-Authenticate"),
              HasSubstr("resource_metadata=\"" + server->address().Url("/.well-known")));
  EXPECT_THAT(answer.headers.Get("WWW-Authenticate"), Not(HasSubstr("error=")));
  EXPECT_EQ(vault.logins, 0);
}

TEST_F(JiraServerTest, FetchesARefusedCredentialOnceMore) {
  ASSERT_EQ(CodeOf(server->CallAs("alice", "get_issue", key)), "");
  jira.Believe(BasicOf("api-2"));
  vault.Store("alice", "jira", Json{{"username", "alice@x"}, {"api_token", "api-2"}});
  EXPECT_EQ(CodeOf(server->CallAs("alice", "get_issue", key)), "");
  jira.Believe(BasicOf("api-3"));  // Vault does not know it: refused twice, then told
  const size_t before = jira.requests().size();
  EXPECT_EQ(CodeOf(server->CallAs("alice", "get_issue", key)), "upstream_refused");
  EXPECT_EQ(jira.requests().size(), before + 2);
}

TEST_F(JiraServerTest, SendsNothingBeforeTheServiceAllowsIt) {
  HttpResponse enough = {.status = 429};
  enough.headers.Add("Retry-After", "7");
  jira.Answers(enough);
  EXPECT_EQ(CodeOf(server->CallAs("alice", "get_issue", key)), "upstream_rate_limited");
  EXPECT_EQ(CodeOf(server->CallAs("alice", "get_issue", key)), "upstream_rate_limited");
  EXPECT_EQ(jira.requests().size(), 1u);
}

TEST_F(JiraServerTest, LimitsEachCaller) {
  const std::string alice = "Bearer " + server->TokenOf("alice").Reveal();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(server->Call("get_issue", key, alice).status, 200);
  const HttpResponse refused = server->Call("get_issue", key, alice);
  EXPECT_EQ(refused.status, 429);
  EXPECT_NE(refused.headers.Find("Retry-After"), nullptr);
  EXPECT_EQ(server->Call("get_issue", key, "Bearer " + server->TokenOf("bob").Reveal()).status, 200);
}

TEST_F(JiraServerTest, RefusesKeysThatAreNone) {
  for (const char* bad : {"../secret", "ALICE-1/../x", "alice-1", "ALICE-1\n", "A-0"}) {
    EXPECT_TRUE(AtOr<bool>(server->CallAs("alice", "get_issue", Json{{"issue_key", bad}}), "/isError", false)) << bad;
    ASSERT_TRUE(jira.requests().empty()) << bad << " became " << jira.requests()[0].target;
  }
}

TEST_F(JiraServerTest, SaysWhoTheCallerIsAndShowsNoCharacterOfASecret) {
  const Json result = server->CallAs("alice", "whoami", Json::object());
  EXPECT_EQ(AtOr<std::string>(result, "/structuredContent/entity_id", ""), "entity-alice");
  EXPECT_EQ(AtOr<std::string>(result, "/structuredContent/credentials/jira", ""), "present");
  EXPECT_THAT(Dump(result), Not(HasSubstr("api-1")));
  const Json bob = server->CallAs("bob", "whoami", Json::object());
  EXPECT_EQ(AtOr<std::string>(bob, "/structuredContent/credentials/jira", ""), "missing") << bob;
}

TEST_F(JiraServerTest, GivesBackWhatItTookAndLeavesNoSecretBehind) {
  const Secret token = server->TokenOf("alice");
  ASSERT_EQ(server->Call("get_issue", key, "Bearer " + token.Reveal()).status, 200);
  EXPECT_EQ(vault.live_tokens(), 1u);
  EXPECT_EQ(server->Terminate(), 0);
  EXPECT_EQ(vault.live_tokens(), 0u);
  EXPECT_TRUE(VerifyAuditFile(server->audit_file()).ok());
  for (const std::string& file : {server->audit_file(), server->log_file()}) {
    const std::string text = TextOf(file);
    EXPECT_FALSE(text.empty());
    EXPECT_THAT(text, Not(HasSubstr(token.Reveal())));
    EXPECT_THAT(text, Not(HasSubstr("api-1")));
    EXPECT_THAT(text, Not(HasSubstr("s3cret")));
  }
}

TEST_F(JiraServerTest, AsksTheIssuerAboutEachTokenWhereToldTo) {
  Start("IFF_INTROSPECTION_URL=" + issuer.Introspection().endpoint.Url("/introspect"));
  const std::string alice = "Bearer " + server->TokenOf("alice").Reveal();
  ASSERT_EQ(server->Call("get_issue", key, alice).status, 200);
  EXPECT_EQ(issuer.introspections, 1);
  EXPECT_EQ(issuer.last_introspection().headers.Get("Authorization"), "Basic " + Base64("mcp-jira:s3cret"));

  issuer.End("alice");
  const size_t before = jira.requests().size();
  const HttpResponse ended = server->Call("get_issue", key, "Bearer " + server->TokenOf("alice").Reveal());
  EXPECT_EQ(ended.status, 401);
  EXPECT_THAT(ended.headers.Get("WWW-Authenticate"), HasSubstr("error=\"invalid_token\""));
  issuer.introspection_status = 500;
  const HttpResponse unknown = server->Call("get_issue", key, "Bearer " + server->TokenOf("alice").Reveal());
  EXPECT_EQ(unknown.status, 503);
  EXPECT_NE(unknown.headers.Get("Retry-After"), "");
  EXPECT_EQ(unknown.headers.Get("WWW-Authenticate"), "");
  EXPECT_EQ(jira.requests().size(), before);

  const std::string audit = TextOf(server->audit_file());
  EXPECT_THAT(audit, AllOf(HasSubstr("\"revoked\""), HasSubstr("\"introspection_unavailable\"")));
  for (const std::string& text : {audit, TextOf(server->log_file())}) {
    EXPECT_THAT(text, AllOf(Not(HasSubstr(alice.substr(alice.rfind('.') + 1))), Not(HasSubstr("s3cret"))));
  }
}

// What comes out when `in` goes in, with this token.
std::string OverStdio(const std::string& variables, const std::string& token, const std::string& in) {
  std::string name = "/tmp/iff-stdio-XXXXXX";
  const std::string folder = ::mkdtemp(name.data());
  std::ofstream(folder + "/token") << token;
  std::ofstream(folder + "/secret") << "s3cret";
  std::ofstream(folder + "/in") << in;
  const std::string command = "cd " + folder + " && env -i " + variables + " IFF_MCP_TOKEN_FILE=token " +
                              "IFF_CLIENT_SECRET_FILE=secret IFF_AUDIT_FILE=audit timeout 20 " + IFF_PROGRAM +
                              " --stdio <in >out 2>log";
  EXPECT_EQ(std::system(command.c_str()), 0) << TextOf(folder + "/log");
  std::string out = TextOf(folder + "/out");
  std::filesystem::remove_all(folder);
  return out;
}

// One call of a tool.
constexpr const char* kCallInALine =
    R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"get_issue","arguments":{"issue_key":"ALICE-1"},"_meta":)"
    R"({"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}})";

// That it ends with its input, OverStdio sees.
TEST_F(JiraServerTest, KeepsToOneMessageALineWhateverComesIn) {
  const std::string token = server->TokenOf("alice").Reveal();
  std::string broken = kCallInALine;
  broken.insert(broken.find("\"method\""), "\n");  // one message on two lines is none
  const std::string half = std::string(kCallInALine).substr(0, 60);
  const std::string in =
      "stray bytes\n\n \t\r\n\x01\xff\n" + broken + "\n[]\n" + std::string(kCallInALine) + "\n" + half;
  std::istringstream out(OverStdio(Variables(), token, in));
  int answered = 0;
  int refused = 0;
  for (std::string line; std::getline(out, line);) {
    const Result<Json> message = ParseJson(line);
    ASSERT_THAT(message, IsOk()) << line;
    EXPECT_EQ(AtOr<std::string>(*message, "/jsonrpc", ""), "2.0") << line;
    if (message->contains("error")) ++refused;
    if (line.find("private") != std::string::npos) ++answered;
  }
  EXPECT_EQ(answered, 1);
  EXPECT_EQ(refused, 5) << "two that are no JSON, two halves of one, and a list; blank lines are passed over";
}

TEST_F(JiraServerTest, AsksTheIssuerOverStdioToo) {
  const std::string variables =
      Variables() + " IFF_INTROSPECTION_URL=" + issuer.Introspection().endpoint.Url("/introspect");
  const std::string line = std::string(kCallInALine) + "\n";
  const std::string token = server->TokenOf("alice").Reveal();
  EXPECT_THAT(OverStdio(variables, token, line), HasSubstr("private"));
  issuer.End("alice");
  EXPECT_THAT(OverStdio(variables, token, line), AllOf(HasSubstr("\"code\":401"), Not(HasSubstr("private"))));
  EXPECT_EQ(issuer.introspections, 2);
}

}  // namespace
}  // namespace iff
