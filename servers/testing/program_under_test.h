// One of our server programs as a child process, and an MCP client of it. For tests only.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "harness/net/endpoint.h"
#include "harness/net/http.h"
#include "servers/testing/stand_ins.h"

namespace iff {

// Starts `program` against the fakes, with the audience `name` and further variables; stops it at its end. With a CA
// file in `tls` it is expected to speak TLS.
class ProgramUnderTest {
 public:
  ProgramUnderTest(std::string program, std::string name, FakeIssuer& issuer, FakeVault& vault,
                   std::vector<std::string> more, TlsClientOptions tls = {})
      : name_(std::move(name)), issuer_(issuer), tls_(std::move(tls)) {
    std::string directory = "/tmp/iff-program-XXXXXX";
    directory_ = ::mkdtemp(directory.data());
    std::ofstream(directory_ + "/secret") << "s3cret\n";
    std::vector<std::string> variables = {"IFF_LISTEN=" + address_.Authority(),
                                          "IFF_RESOURCE=" + address_.Url("/mcp"),
                                          "IFF_AUDIENCE=" + name_,
                                          "IFF_ISSUER=" + issuer.Issuer(),
                                          "IFF_JWKS_URL=" + issuer.Keys().endpoint.Url("/keys"),
                                          "IFF_TOKEN_URL=" + issuer.Tokens().endpoint.Url("/token"),
                                          "IFF_CLIENT_ID=" + name_,
                                          "IFF_CLIENT_SECRET_FILE=" + directory_ + "/secret",
                                          "IFF_VAULT_ADDR=" + vault.Address().endpoint.Url(),
                                          "IFF_VAULT_ROLE=user",
                                          "IFF_VAULT_AUDIENCE=vault",
                                          "IFF_AUDIT_FILE=" + audit_file()};
    variables.insert(variables.end(), more.begin(), more.end());
    std::vector<char*> environment;
    for (std::string& variable : variables) environment.push_back(variable.data());
    environment.push_back(nullptr);
    char* const arguments[] = {program.data(), nullptr};
    posix_spawn_file_actions_t actions = {};
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 2, log_file().c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    EXPECT_EQ(::posix_spawn(&process_, program.c_str(), &actions, nullptr, arguments, environment.data()), 0);
    posix_spawn_file_actions_destroy(&actions);
    const Result<void> ready = Eventually(Deadline::In(10s), [&]() -> Result<bool> {
      HttpRequest request;
      request.target = "/readyz";
      const Result<HttpResponse> answer = client_.Send(request, Deadline::In(1s));
      if (!answer.ok() && answer.error().kind() == ErrorKind::kUnavailable) return false;
      if (!answer.ok()) return answer.error();
      return answer.value().status == 200;
    });
    EXPECT_TRUE(ready.ok()) << ready.error();
  }
  ~ProgramUnderTest() {
    if (process_ > 0) Terminate();
    std::filesystem::remove_all(directory_);
  }

  // Its exit code, or minus the signal that ended it.
  int Terminate() {
    ::kill(process_, SIGTERM);
    int status = 0;
    ::waitpid(process_, &status, 0);
    process_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

  static HttpRequest CallRequest(const std::string& tool, const Json& arguments, const std::string& authorization) {
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
    return request;
  }
  HttpResponse Call(const std::string& tool, const Json& arguments, const std::string& authorization,
                    std::chrono::milliseconds within = 10s) {
    Result<HttpResponse> answer = client_.Send(CallRequest(tool, arguments, authorization), Deadline::In(within));
    HttpResponse nothing;
    nothing.status = 0;
    return answer.ok() ? std::move(answer).value() : nothing;
  }
  // The result of a call that the guard lets through.
  Json CallAs(const std::string& subject, const std::string& tool, const Json& arguments,
              const Json& claims = nullptr) {
    const HttpResponse answer = Call(tool, arguments, "Bearer " + TokenOf(subject, claims).Reveal());
    const Result<Json> body = ParseJson(answer.body);
    EXPECT_TRUE(body.ok()) << answer.status << ": " << answer.body;
    return body.ok() ? AtOr<Json>(body.value(), "/result", body.value()) : Json();
  }
  Secret TokenOf(const std::string& subject, const Json& claims = nullptr) {
    return issuer_.Token(subject, name_, SystemClock::Instance().NowSeconds(), claims);
  }

  const Endpoint& address() const { return address_; }
  std::string audit_file() const { return directory_ + "/audit.jsonl"; }
  std::string log_file() const { return directory_ + "/log"; }

 private:
  std::string name_;
  FakeIssuer& issuer_;
  std::string directory_;
  HeldPort port_ = HeldPort::Acquire().value();
  TlsClientOptions tls_;
  Endpoint address_ = {.scheme = tls_.ca_file.empty() ? "http" : "https", .port = port_.port()};
  HttpClient client_{address_, {.tls = tls_}};
  pid_t process_ = 0;
};

inline std::string CodeOf(const Json& result) { return AtOr<std::string>(result, "/structuredContent/error/code", ""); }
inline std::string TextOf(const std::string& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

}  // namespace iff
