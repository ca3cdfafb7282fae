#include "servers/testing/mcp_testing.h"

#include <stdexcept>

namespace iff {
namespace {

Tool Named(std::string name, std::string scope = "") {
  Tool tool;
  tool.name = std::move(name);
  tool.description = "for tests";
  tool.scope = std::move(scope);
  tool.group = "work";
  return tool;
}

// Looks every few milliseconds whether it may go on.
void Poll(EventLoop& loop, ToolLog& log, std::shared_ptr<Conversation> conversation, std::function<void(int)> done) {
  if (log.release || conversation->cancelled()) return done(0);
  loop.After(std::chrono::milliseconds(2), [&loop, &log, conversation, done] { Poll(loop, log, conversation, done); });
}

Task<ToolResult> Hold(EventLoop* loop, ToolLog* log, ToolCall call) {
  ++log->runs;
  std::shared_ptr<Conversation> conversation = call.conversation;
  conversation->OnCancel([log] { ++log->cancels; });
  Await<int>::Start start = [loop, log, conversation](std::function<void(int)> done) {
    Poll(*loop, *log, conversation, std::move(done));
  };
  Await<int> waiting(std::move(start));
  co_await waiting;
  co_return ToolResult::Text("held");
}

Task<ToolResult> AskName(ToolCall call) {
  Json params{{"message", "name?"}, {"requestedSchema", {{"type", "object"}}}};
  Task<Result<Json>> asking = call.conversation->Ask("elicitation/create", std::move(params));
  const Result<Json> answer = co_await std::move(asking);
  if (!answer.ok()) co_return ToolResult::Failure("internal", answer.error().message());
  co_return ToolResult::Text("hello " + AtOr<std::string>(answer.value(), "/content/name", "?"));
}

// Comes back to the loop before it goes on.
Task<void> Breathe(EventLoop* loop) {
  Await<int>::Start start = [loop](std::function<void(int)> done) {
    loop->Post([done = std::move(done)] { done(0); });
  };
  Await<int> waiting(std::move(start));
  co_await waiting;
}

Task<ToolResult> Throw(EventLoop* loop, bool later) {
  if (later) co_await Breathe(loop);
  throw std::runtime_error("canary-in-exception");
}

Task<std::optional<ResourceContents>> ReadNote(EventLoop* loop, ToolLog* log, std::string uri,
                                               std::shared_ptr<const Caller> caller) {
  if (uri == "note://thrower") throw std::runtime_error("canary-in-exception");
  if (uri.starts_with("slow://")) co_await Breathe(loop);
  const std::string id = uri.substr(7);  // "bob", and others of bob's: "bob.1"
  if (id.substr(0, id.find('.')) != caller->claims.subject || log->withdrawn) co_return std::nullopt;
  ResourceContents contents;
  contents.uri = uri;
  contents.text = "a note";
  co_return contents;
}

}  // namespace

Offer TestOffer(EventLoop& loop, ToolLog& log) {
  Offer offer;
  offer.name = "test";
  offer.version = "1";

  Tool echo = Named("echo");
  echo.input_schema = Json{{"type", "object"},
                           {"properties", {{"text", {{"type", "string"}, {"maxLength", 5}}}}},
                           {"additionalProperties", false}};
  echo.run = [&log](ToolCall call) -> Task<ToolResult> {
    ++log.runs;
    co_return ToolResult::Text(AtOr<std::string>(call.arguments, "/text", "nothing"));
  };
  offer.tools.push_back(echo);

  Tool guarded = Named("guarded", "work:write");
  guarded.run = echo.run;
  offer.tools.push_back(guarded);

  Tool failing = Named("failing");
  failing.run = [](ToolCall) -> Task<ToolResult> { co_return ToolResult::Failure("not_found", "no such thing"); };
  offer.tools.push_back(failing);

  Tool structured = Named("structured");
  structured.output_schema = Json{{"type", "object"}, {"required", Json::array({"answer"})}};
  structured.input_schema = Json{{"type", "object"}};
  structured.run = [](ToolCall call) -> Task<ToolResult> {
    if (call.arguments.contains("wrong")) co_return ToolResult::Structured(Json{{"secret", "canary-in-output"}});
    co_return ToolResult::Structured(Json{{"answer", 42}});
  };
  offer.tools.push_back(structured);

  Tool progress = Named("progress");
  progress.run = [](ToolCall call) -> Task<ToolResult> {
    call.conversation->Progress(1, 2, "half");
    call.conversation->LogMessage("info", "", "working");
    co_return ToolResult::Text("done");
  };
  offer.tools.push_back(progress);

  Tool hold = Named("hold");
  hold.run = [&loop, &log](ToolCall call) -> Task<ToolResult> { return Hold(&loop, &log, std::move(call)); };
  offer.tools.push_back(hold);

  Tool ask = Named("ask");
  ask.run = AskName;
  offer.tools.push_back(ask);

  Tool rounds = Named("rounds");
  rounds.run = [](ToolCall call) -> Task<ToolResult> {
    const Json& state = call.conversation->request_state();
    if (state == "first") {
      co_return ToolResult::Text("answers: " + Dump(call.conversation->input_responses()));
    }
    ToolResult result;
    result.input_requests["name"] = Json{{"method", "elicitation/create"}, {"params", Json::object()}};
    result.state = "first";
    co_return result;
  };
  offer.tools.push_back(rounds);

  Tool mirrored = Named("mirrored");
  mirrored.input_schema =
      Json{{"type", "object"}, {"properties", {{"count", {{"type", "integer"}, {"x-mcp-header", "Count"}}}}}};
  mirrored.run = echo.run;
  offer.tools.push_back(mirrored);

  Tool throwing = Named("throwing");
  throwing.run = [&loop](ToolCall call) -> Task<ToolResult> {
    const std::string when = AtOr<std::string>(call.arguments, "/when", "");
    if (when == "called") throw std::runtime_error("canary-in-exception");
    return Throw(&loop, when == "later");
  };
  offer.tools.push_back(throwing);

  Resource note;
  note.uri = "note://{id}";
  note.name = "note";
  note.is_template = true;
  note.read = [&loop, &log](std::string uri, std::shared_ptr<const Caller> caller) {
    return ReadNote(&loop, &log, std::move(uri), std::move(caller));
  };
  offer.resources.push_back(note);
  Resource slow = note;
  slow.uri = "slow://{id}";
  offer.resources.push_back(slow);
  Resource hidden = note;
  hidden.uri = "secret://plan";
  hidden.is_template = false;
  hidden.scope = "work:write";
  offer.resources.push_back(hidden);

  Prompt prompt;
  prompt.name = "greet";
  prompt.arguments = Json::array({Json{{"name", "who"}, {"required", true}}});
  prompt.complete = [](std::string, std::string prefix) { return std::vector<std::string>{prefix + "x"}; };
  prompt.run = [](PromptCall call) -> Task<PromptResult> {
    if (AtOr<std::string>(call.arguments, "/who", "") == "thrower") throw std::runtime_error("canary-in-exception");
    PromptResult result;
    const Json text{{"type", "text"}, {"text", AtOr<std::string>(call.arguments, "/who", "")}};
    result.messages.push_back(Json{{"role", "user"}, {"content", text}});
    co_return result;
  };
  offer.prompts.push_back(prompt);
  return offer;
}

void McpTest::StartServer() {
  if (http_) return;
  Guard guard;
  guard.authenticator = authenticator;
  guard.authorizer = std::make_shared<Authorizer>();
  guard.limiter = limiter;
  guard.audit = audit;
  mcp = std::make_unique<McpServer>(loop, TestOffer(loop, log), std::move(guard), options);
  const AsyncHandler handler = [this](std::shared_ptr<const HttpRequest> request,
                                      std::shared_ptr<Responder> responder) {
    if (mcp->Serve(request, responder)) return;
    HttpResponse elsewhere;
    elsewhere.status = 418;  // so that a test can tell who answered
    responder->Send(std::move(elsewhere));
  };
  Result<std::unique_ptr<AsyncHttpServer>> started = AsyncHttpServer::Start(loop, HttpServerOptions(), handler);
  ASSERT_TRUE(started.ok());
  http_ = std::move(started).value();
  endpoint = http_->endpoint();
  thread_ = std::thread([this] { loop.Run(); });
}

void McpTest::StopServer() {
  if (!http_) return;
  log.release = true;
  OnLoop([this] {
    mcp.reset();
    http_.reset();
  });
  OnLoop([] {});
  loop.Stop();
  thread_.join();
}

void McpTest::OnLoop(std::function<void()> work) {
  std::promise<void> done;
  loop.Post([&] {
    work();
    done.set_value();
  });
  done.get_future().wait();
}

void McpTest::Await(const std::function<bool()>& holds) {
  const auto seen = Eventually(Deadline::In(std::chrono::seconds(5)), [&]() -> Result<bool> { return holds(); });
  EXPECT_TRUE(seen.ok());
}

HttpRequest McpTest::PostRequest(const std::string& token, const std::string& body) const {
  HttpRequest request;
  request.method = "POST";
  request.target = "/mcp";
  request.headers.Add("Content-Type", "application/json");
  request.headers.Add("Accept", "application/json, text/event-stream");
  if (!token.empty()) request.headers.Add("Authorization", "Bearer " + token);
  request.body = body;
  return request;
}

HttpResponse McpTest::Send(const HttpRequest& request) {
  StartServer();
  HttpClient client(endpoint);
  Result<HttpResponse> answer = client.Send(request, Deadline::In(std::chrono::seconds(5)));
  EXPECT_TRUE(answer.ok()) << answer.error();
  return answer.ok() ? answer.value() : HttpResponse{.status = 0};
}

HttpRequest McpTest::Modern(const std::string& token, const std::string& method, Json params) const {
  Json& meta = params["_meta"];
  if (!meta.contains("io.modelcontextprotocol/protocolVersion")) {
    meta["io.modelcontextprotocol/protocolVersion"] = "2026-07-28";
  }
  if (!meta.contains("io.modelcontextprotocol/clientCapabilities")) {
    meta["io.modelcontextprotocol/clientCapabilities"] = Json::object();
  }
  const Json body{{"jsonrpc", "2.0"}, {"id", 1}, {"method", method}, {"params", params}};
  HttpRequest request = PostRequest(token, Dump(body));
  request.headers.Add("MCP-Protocol-Version", "2026-07-28");
  request.headers.Add("Mcp-Method", method);
  const char* named = method == "resources/read" ? "/uri" : "/name";
  if (const std::string name = iff::AtOr<std::string>(params, named, ""); !name.empty())
    request.headers.Add("Mcp-Name", name);
  return request;
}

HttpRequest McpTest::ModernCall(const std::string& token, const std::string& tool, Json arguments) const {
  return Modern(token, "tools/call", Json{{"name", tool}, {"arguments", std::move(arguments)}});
}

std::string McpTest::Handshake(const std::string& token, const std::string& version, Json capabilities) {
  const Json params{
      {"protocolVersion", version}, {"capabilities", std::move(capabilities)}, {"clientInfo", {{"name", "t"}}}};
  const Json body{{"jsonrpc", "2.0"}, {"id", 1}, {"method", "initialize"}, {"params", params}};
  const HttpResponse answer = Send(PostRequest(token, Dump(body)));
  EXPECT_EQ(answer.status, 200) << answer.body;
  return answer.headers.Get("Mcp-Session-Id");
}

HttpRequest McpTest::Legacy(const std::string& token, const std::string& session, const std::string& method,
                            Json params, Json id) const {
  const Json body{{"jsonrpc", "2.0"}, {"id", std::move(id)}, {"method", method}, {"params", std::move(params)}};
  HttpRequest request = PostRequest(token, Dump(body));
  if (!session.empty()) request.headers.Add("Mcp-Session-Id", session);
  return request;
}

Json McpTest::Body(const HttpResponse& response) {
  const Result<Json> parsed = ParseJson(response.body);
  EXPECT_TRUE(parsed.ok()) << response.body;
  return parsed.ok() ? parsed.value() : Json();
}

std::vector<Json> McpTest::Stream(const HttpRequest& request, const std::function<bool(const Json&)>& until) {
  StartServer();
  std::vector<Json> seen;
  EventStreamParser parser;
  HttpClient client(endpoint);
  const auto on_chunk = [&](std::string_view chunk) {
    for (const ServerSentEvent& event : parser.Feed(chunk)) {
      const Result<Json> message = ParseJson(event.data);
      if (!message.ok()) continue;
      seen.push_back(message.value());
      if (until(seen.back())) return false;
    }
    return true;
  };
  (void)!client.Stream(request, Deadline::In(std::chrono::seconds(5)), on_chunk).ok();
  return seen;
}

}  // namespace iff
