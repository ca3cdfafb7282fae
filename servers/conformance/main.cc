// iff-mcp-conformance --token-file FILE             a guarded server with what the official suite expects
// iff-mcp-conformance --token-file FILE --proxy URL a relay to it that adds the token to each request
//
// Either prints "ready URL" once it listens, and ends on SIGTERM or SIGINT.
#include <sys/prctl.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "harness/core/log.h"
#include "servers/conformance/offer.h"
#include "servers/conformance/proxy.h"
#include "servers/mcp/mcp_server.h"

namespace iff {
namespace {

// One token, one caller. There is no way to start this server without one.
class FixedToken final : public Authenticator {
 public:
  explicit FixedToken(Secret token) : token_(std::move(token)) {}

  Task<Result<std::shared_ptr<const Caller>, Denial>> Authenticate(
      std::shared_ptr<const HttpRequest> request) override {
    const std::vector<std::string> fields = request->headers.All("Authorization");
    Denial denial;
    denial.reason = "missing_credential";
    if (fields.empty()) co_return denial;
    const std::string_view field = fields[0];
    if (fields.size() > 1 || !field.starts_with("Bearer ") || !token_.SameAs(field.substr(7))) {
      denial.error = "invalid_token";
      denial.reason = "invalid_token";
      co_return denial;
    }
    auto caller = std::make_shared<Caller>();
    caller->claims.issuer = "https://issuer.invalid";
    caller->claims.subject = "alice";
    caller->claims.client = "conformance-suite";
    co_return std::shared_ptr<const Caller>(std::move(caller));
  }
  std::string Challenge(const Denial& denial) const override {
    return denial.error.empty() ? "Bearer" : "Bearer error=\"" + denial.error + "\"";
  }
  Json Metadata() const override {
    return Json{{"resource", "http://localhost/mcp"},
                {"authorization_servers", Json::array({"https://issuer.invalid"})}};
  }

 private:
  Secret token_;
};

Result<Secret> ReadToken(const std::string& path) {
  std::ifstream file(path);
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  if (text.size() < 16) return Error(ErrorKind::kInvalidInput, "read the token: want 16 characters or more in " + path);
  return Secret(std::move(text));
}

std::atomic<bool> stop_asked{false};

void SayReady(const Endpoint& endpoint) {
  std::printf("ready %s\n", endpoint.Url("/mcp").c_str());
  std::fflush(stdout);
}

Result<void> RunProxy(const std::string& url, const Secret& token) {
  const Url server = TRY(ParseUrl(url));
  const auto ask_stop = [](int) { stop_asked = true; };
  std::signal(SIGTERM, ask_stop);
  std::signal(SIGINT, ask_stop);
  return ServeProxy(server.endpoint, token, SayReady, [] { return stop_asked.load(); });
}

Result<void> RunServer(Secret token) {
  EventLoop loop;
  std::unique_ptr<McpServer> mcp;
  Guard guard;
  guard.authenticator = std::make_shared<FixedToken>(std::move(token));
  McpServerOptions options;
  options.announces_changes = true;
  options.logging = true;
  Offer offer = ConformanceOffer([&mcp](Change change) { mcp->Announce(change); });
  mcp = std::make_unique<McpServer>(loop, std::move(offer), std::move(guard), std::move(options));
  const AsyncHandler handler = [&mcp](std::shared_ptr<const HttpRequest> request,
                                      std::shared_ptr<Responder> responder) {
    if (mcp->Serve(request, responder)) return;
    HttpResponse nothing;
    nothing.status = 404;
    responder->Send(std::move(nothing));
  };
  const auto http = TRY(AsyncHttpServer::Start(loop, HttpServerOptions(), handler));
  loop.OnTermination([&](int) {
    mcp->BeginShutdown();
    http->Drain(std::chrono::seconds(1), [&loop] { loop.Stop(); });
  });
  SayReady(http->endpoint());
  loop.Run();
  return {};
}

int Run(int argc, char** argv) {
  // Whoever started us and died cannot stop us any more.
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  CLI::App app("The MCP server the official conformance suite is run against");
  std::string token_file;
  std::string proxied;
  app.add_option("--token-file", token_file, "file with the one token that is accepted, or added")->required();
  app.add_option("--proxy", proxied, "relay to the server at this URL instead, adding the token");
  CLI11_PARSE(app, argc, argv);
  Result<Secret> token = ReadToken(token_file);
  if (!token.ok()) {
    Log(LogLevel::kError, "no-token", {{"why", token.error().message()}});
    return 64;
  }
  const Result<void> ended = proxied.empty() ? RunServer(std::move(token).value()) : RunProxy(proxied, token.value());
  if (ended.ok()) return 0;
  Log(LogLevel::kError, "ended", {{"why", ended.error().message()}});
  return 1;
}

}  // namespace
}  // namespace iff

int main(int argc, char** argv) { return iff::Run(argc, argv); }
