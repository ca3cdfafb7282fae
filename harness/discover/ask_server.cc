#include "harness/discover/ask_server.h"

#include <algorithm>
#include <regex>

#include "harness/core/regex_search.h"
#include "harness/core/version.h"
#include "harness/launch/readiness.h"
#include "harness/net/event_reader.h"
#include "harness/run/texts.h"

namespace iff {
namespace {

using std::chrono_literals::operator""s;

// What may be spoken over a transport, the newest first.
std::vector<Revision> RevisionsOver(Transport transport) {
  std::vector<Revision> revisions = {Revision::k20251125, Revision::k20250618};
  if (transport != Transport::kSse) revisions.insert(revisions.begin(), Revision::k20260728);
  revisions.push_back(transport == Transport::kHttp ? Revision::kPlain : Revision::k20241105);
  return revisions;
}

// A parameter of a challenge, quoted or not.
std::string Parameter(const std::string& challenge, const std::string& name) {
  std::string value;
  const std::regex form("(?:^|[ ,])" + name + "=(?:\"([^\"]*)\"|([^ ,]*))", std::regex::icase);
  SearchInPieces(challenge, form, [&](const std::cmatch& found) {
    value = found[1].matched ? found[1].str() : found[2].str();
    return false;
  });
  return value;
}

// RFC 6749 section 3.3: what may be a scope.
bool IsScope(const std::string& text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x21 && c <= 0x7e && c != '"' && c != '\\'; });
}

// Those of `told` that are scopes, each once.
void TakeScopes(const std::vector<std::string>& told, ServerFacts& facts) {
  facts.scopes.clear();
  bool others = false;
  for (const std::string& one : told) {
    const bool scope = IsScope(one);
    others = others || !scope;
    if (scope && std::find(facts.scopes.begin(), facts.scopes.end(), one) == facts.scopes.end())
      facts.scopes.push_back(one);
  }
  if (others) facts.notes.emplace_back("it names scopes that are none (RFC 6749 section 3.3): they are left out");
}

// Where the challenge says, and where RFC 9728 says.
void ReadMetadata(HttpClient& client, const std::string& told, ServerFacts& facts) {
  const std::string well_known = "/.well-known/oauth-protected-resource";
  std::vector<std::string> places;
  if (const Result<Url> url = ParseUrl(told); url.ok()) places.push_back(url->target);
  places.push_back(well_known + (facts.path == "/" ? "" : facts.path));
  places.push_back(well_known);
  for (const std::string& place : places) {
    const Result<HttpResponse> answer = client.Send({.target = place}, Deadline::In(5s));
    if (!answer.ok() || answer->status != 200) continue;
    const Result<Json> document = ParseJson(answer->body);
    if (!document.ok() || Find(*document, "/resource") == nullptr) continue;
    facts.resource = AtOr<std::string>(*document, "/resource", "");
    facts.issuer = AtOr<std::string>(*document, "/authorization_servers/0", "");
    std::vector<std::string> scopes;
    for (const Json& scope : AtOr<Json>(*document, "/scopes_supported", Json::array())) {
      scopes.push_back(AtOr<std::string>(scope, "", ""));
    }
    TakeScopes(scopes, facts);
    return;
  }
  facts.notes.emplace_back("it serves no protected resource metadata (RFC 9728): clients cannot find its issuer");
}

// What the server says of itself in refusing a stranger.
void ReadChallenge(HttpClient& client, const Headers& headers, const std::string& body, ServerFacts& facts) {
  const std::string challenge = headers.Get("WWW-Authenticate");
  facts.bearer = challenge.size() >= 6 && EqualsIgnoreCase(challenge.substr(0, 6), "Bearer");
  facts.refusal = challenge + "\n" + headers.Get("Access-Control-Allow-Headers") + "\n" + body.substr(0, 4096);
  if (!facts.guarded) facts.notes.emplace_back("it answers whoever comes without a token: is its guard switched on?");
  if (facts.guarded && challenge.empty())
    facts.notes.emplace_back("its 401 comes without WWW-Authenticate (RFC 9110 section 15.5.2)");
  ReadMetadata(client, Parameter(challenge, "resource_metadata"), facts);
  if (const std::vector<std::string> asked = SplitWords(Parameter(challenge, "scope")); !asked.empty()) {
    TakeScopes(asked, facts);
    facts.scopes_needed = !facts.scopes.empty();
  }
}

// 2024-11-05: a stream is opened first, and says where to post. Guarded, it opens for nobody, and its path has to do.
bool SpeaksOldStream(const Endpoint& endpoint, const std::string& path, ServerFacts& facts) {
  const HttpRequest request{.target = path, .headers = {{"Accept", "text/event-stream"}}};
  const Result<std::unique_ptr<EventReader>> stream = EventReader::Open(endpoint, request, Deadline::In(5s));
  if (!stream.ok()) return false;
  facts.guarded = (*stream)->head().status == 401;
  bool found = facts.guarded;
  for (int i = 0; i < 3 && !found && (*stream)->streams(); ++i) {
    const Result<ServerSentEvent> event = (*stream)->Next(Deadline::In(2s));
    found = event.ok() && event->event == "endpoint";
  }
  if (!found) return false;
  facts.transport = Transport::kSse;
  facts.path = path;
  HttpClient client(endpoint);
  ReadChallenge(client, (*stream)->head().headers, "", facts);
  return true;
}

// Who makes things, and who did not: the first two in the sandbox.
const std::string& Maker(const Sandbox& sandbox) { return sandbox.principals().all().at(0).persona; }
const std::string& Another(const Sandbox& sandbox) { return sandbox.principals().all().at(1).persona; }

bool Believes(Sandbox& sandbox, Revision revision) {
  if (Stateless(revision) || sandbox.target().transport != Transport::kHttp) {
    const std::string name(Name(revision));
    const SendOutcome sent = sandbox.client().Send({.with = Maker(sandbox), .revision = name}, "tools/list",
                                                   Json::object(), "which revision?");
    const bool listed = sent.answer && sent.answer->HasResult();
    // Without a handshake also those answer that look at nothing but the body: what they do not know is this method.
    if (listed && revision == Revision::k20260728) {
      const SendOutcome found = sandbox.client().Send({.with = Maker(sandbox), .revision = name}, "server/discover",
                                                      Json::object(), "which revision?");
      return found.answer && found.answer->HasResult();
    }
    return listed && (Stateless(revision) || sandbox.client().Negotiated(Maker(sandbox), name) == name);
  }
  HttpRequest request = McpRequest(revision, sandbox.target().path, "initialize", InitializeParams(revision), 0);
  const std::string& header = sandbox.target().key_header;
  const bool own = !header.empty() && !EqualsIgnoreCase(header, "Authorization");
  const std::string shown = sandbox.principals().FindCredential(Maker(sandbox))->value.Reveal();
  request.headers.Set(own ? header : "Authorization", own ? shown : "Bearer " + shown);
  const SendOutcome sent = sandbox.client().SendPlain(request, Maker(sandbox), "which revision?");
  return sent.answer && AtOr<std::string>(sent.answer->message, "/result/protocolVersion", "") == Name(revision);
}

// The arguments by which tools are told which thing is meant: what was made may be called the same where it was made.
std::set<std::string> ThingsAreAskedBy(const std::vector<GuessedOperation>& operations) {
  std::set<std::string> names;
  for (const GuessedOperation& one : operations) {
    for (const auto& [name, value] : one.operation.arguments.items()) {
      if (value == Json("{own.thing}") || value == Json("{of.thing}")) names.insert(name);
    }
  }
  return names;
}

constexpr const char* kMadeText = "made by iff init";

// With the fields its tools want, which the file that the sandbox was made from cannot know yet.
SendOutcome CallTool(Sandbox& sandbox, const ServerFacts& facts, const Json& params, const std::string& title) {
  const Sending sending{.with = Maker(sandbox), .revision = facts.revisions.front()};
  if (facts.transport != Transport::kHttp || sending.revision != Name(Revision::k20260728))
    return sandbox.client().Send(sending, "tools/call", params, title);
  const HttpRequest request = McpRequest(Revision::k20260728, sandbox.target().path, "tools/call", params, 1, "",
                                         ParameterFieldsIn(facts.tools));
  return sandbox.client().SendAgain(request, sending, title);
}

// Makes one thing, to see what it is called. "" if that is not seen.
std::string MakeOne(Sandbox& sandbox, const GuessedOperation& create, ServerFacts& facts) {
  Json arguments = create.operation.arguments;
  for (auto& [name, value] : arguments.items()) {
    if (value == Json("{text}")) value = kMadeText;
  }
  const SendOutcome sent =
      CallTool(sandbox, facts, Json{{"name", create.operation.tool}, {"arguments", arguments}}, "what is it called?");
  if (!sent.answer || !sent.answer->HasResult() || sent.answer->ToolError()) {
    facts.notes.push_back(
        create.operation.tool + " was tried and made nothing: " +
        (sent.answer ? sandbox.context().redactor.Mask(sent.answer->Text()).substr(0, 120) : sent.silence));
    return "";
  }
  std::vector<Json> documents = {AtOr<Json>(sent.answer->message, "/result/structuredContent", nullptr)};
  for (const Json& block : AtOr<Json>(sent.answer->message, "/result/content", Json::array())) {
    documents.push_back(ParseJson(AtOr<std::string>(block, "/text", "")).value_or(nullptr));
  }
  const std::set<std::string> asked_by = ThingsAreAskedBy(facts.operations);
  for (const Json& document : documents) {
    facts.id = GuessId(document, asked_by);
    facts.id_told = !facts.id.empty();
    if (!facts.id_told) continue;
    const Json* const made = Find(document, facts.id);
    return made == nullptr ? "" : Unquoted(*made);
  }
  facts.notes.push_back("nothing in what " + create.operation.tool +
                        " answers looks like an id: say under 'captures' where it is");
  return "";
}

// All of one kind that it lists, page by page; null: it has no such list.
Json ListAll(Sandbox& sandbox, const std::string& revision, const std::string& method, const std::string& member) {
  Json all = nullptr;
  constexpr int kMostPages = 20;  // a server may go round in circles
  std::string cursor;
  for (int page = 0; page < kMostPages; ++page) {
    const Json params = cursor.empty() ? Json::object() : Json{{"cursor", cursor}};
    const SendOutcome sent =
        sandbox.client().Send({.with = Maker(sandbox), .revision = revision}, method, params, method);
    const Json listed = sent.answer ? AtOr<Json>(sent.answer->message, "/result/" + member, nullptr) : Json(nullptr);
    if (!listed.is_array()) return all;
    if (all.is_null()) all = Json::array();
    for (const Json& one : listed) all.push_back(one);
    cursor = AtOr<std::string>(sent.answer->message, "/result/nextCursor", "");
    if (cursor.empty()) break;
  }
  return all;
}

// Which of `candidates` the server answers. What names a thing has to be answered to who made it; what names
// none to another as well, or it is somebody's in a way nobody could guess.
std::vector<GuessedOperation> Answered(Sandbox& sandbox, const std::string& revision, const std::string& made,
                                       std::vector<GuessedOperation> candidates) {
  const auto filled = [&](const std::string& text) {
    const size_t at = text.find("{of.thing}");
    return at == std::string::npos
               ? text
               : text.substr(0, at) + made + text.substr(at + std::string_view("{of.thing}").size());
  };
  const auto asked = [&](const Operation& operation, const std::string& with) {
    Json params = {{"uri", filled(operation.tool)}};
    if (operation.method == "prompts/get") {
      params = {{"name", operation.tool}, {"arguments", operation.arguments}};
      for (auto& [name, value] : params["arguments"].items()) value = filled(value.get<std::string>());
    }
    return sandbox.client().Send({.with = with, .revision = revision}, operation.method, params,
                                 "is that how it is asked for?");
  };
  std::vector<GuessedOperation> answered;
  for (GuessedOperation& one : candidates) {
    const SendOutcome mine = asked(one.operation, Maker(sandbox));
    if (!mine.answer || !mine.answer->HasResult()) continue;
    if (one.operation.AsksAboutOthers()) {
      one.operation.discloses = Dump(mine.answer->message).find(kMadeText) != std::string::npos;
    } else if (const SendOutcome theirs = asked(one.operation, Another(sandbox));
               !theirs.answer || !theirs.answer->HasResult()) {
      continue;
    }
    answered.push_back(std::move(one));
  }
  return answered;
}

void AskForLists(Sandbox& sandbox, const std::string& made, ServerFacts& facts) {
  const std::string& revision = facts.revisions.front();
  facts.listing = {.resources = ListAll(sandbox, revision, "resources/list", "resources"),
                   .templates = ListAll(sandbox, revision, "resources/templates/list", "resourceTemplates"),
                   .prompts = ListAll(sandbox, revision, "prompts/list", "prompts")};
  facts.resources = Answered(sandbox, revision, made, GuessResources(facts.listing, made));
  facts.prompts = Answered(sandbox, revision, made, GuessPrompts(facts.listing, made));
  facts.left_out = NotGuessed(facts.tools, facts.operations);
  for (LeftOut& one : NotGuessed(facts.listing, facts.resources, facts.prompts))
    facts.left_out.push_back(std::move(one));
}

}  // namespace

Result<void> AskAsNobody(const Endpoint& endpoint, ServerFacts& facts) {
  HttpClient client(endpoint);
  std::vector<std::string> paths = {facts.path};
  for (const char* usual : {"/mcp", "/", "/rpc", "/mcp/"}) {
    if (usual != facts.path) paths.emplace_back(usual);
  }
  std::string seen;
  for (const std::string& path : paths) {
    const HttpRequest request =
        McpRequest(Revision::k20251125, path, "initialize", InitializeParams(Revision::k20251125), 1);
    const HttpResponse answer = TRY(client.Send(request, Deadline::In(10s)));
    seen += (seen.empty() ? "" : ", ") + path + " answers " + std::to_string(answer.status);
    const McpAnswer read = ParseMcpAnswer(answer, 1);
    if (answer.status != 401 && !read.HasResult() && !read.HasError()) continue;
    facts.path = path;
    facts.guarded = answer.status == 401;
    ReadChallenge(client, answer.headers, answer.body, facts);
    return {};
  }
  for (const std::string& path : {facts.path, std::string("/sse"), std::string("/")}) {
    if (SpeaksOldStream(endpoint, path, facts)) return {};
  }
  return Error(ErrorKind::kProtocol, "no MCP endpoint found (" + seen + "): name its path with --path");
}

Result<Transport> AskProcess(Service& service, const Endpoint& endpoint, Deadline deadline) {
  const Json hello = {
      {"jsonrpc", "2.0"}, {"id", 1}, {"method", "initialize"}, {"params", InitializeParams(Revision::k20251125)}};
  (void)service.WriteLine(Dump(hello));  // who does not read it listens at a port, or has ended
  constexpr auto kTurn = std::chrono::milliseconds(50);
  while (!deadline.Passed()) {
    if (AwaitReady(service, TcpOpen{.endpoint = endpoint}, kTurn).ok()) return Transport::kHttp;
    const Result<std::string> line = service.ReadLine(Deadline::In(kTurn));
    const Result<Json> answer = line.ok() ? ParseJson(*line) : Result<Json>(line.error());
    if (answer.ok() && AtOr<std::string>(*answer, "/jsonrpc", "") == "2.0") return Transport::kStdio;
    if (const auto ended = service.exited()) {
      return Error(ErrorKind::kUnavailable,
                   "it ended (" + *ended + ") before it listened or answered:\n" + service.LogTail(20));
    }
  }
  return Error(ErrorKind::kTimeout,
               "it neither listens at ${port} nor answers at its standard output:\n" + service.LogTail(20));
}

Result<void> AskAsSomebody(Sandbox& sandbox, bool makes, ServerFacts& facts) {
  for (const std::string& who : {Maker(sandbox), Another(sandbox)})
    TRY(sandbox.principals().Obtain(who, who, sandbox.principals().AllScopes(), ""));
  for (const Revision revision : RevisionsOver(facts.transport)) {
    if (revision == Revision::kPlain && !facts.revisions.empty()) continue;  // it speaks better
    if (Believes(sandbox, revision)) facts.revisions.emplace_back(Name(revision));
  }
  if (facts.revisions.empty()) {
    const std::string any = sandbox.target().revisions.front();
    const SendOutcome sent =
        sandbox.client().Send({.with = Maker(sandbox), .revision = any}, "tools/list", Json::object(), "tools");
    return Error(ErrorKind::kProtocol,
                 (sandbox.target().TakesKeys() ? "it takes no key it was told of: "
                                               : "it takes no token of the issuer it was given: ") +
                     (sent.answer ? "HTTP " + std::to_string(sent.answer->status) + " " +
                                        sandbox.context().redactor.Mask(sent.answer->headers.Get("WWW-Authenticate") +
                                                                        sent.answer->Text())
                                  : sent.silence));
  }
  facts.tools = ListAll(sandbox, facts.revisions.front(), "tools/list", "tools");
  if (!facts.tools.is_array()) {
    const SendOutcome listed = sandbox.client().Send({.with = Maker(sandbox), .revision = facts.revisions.front()},
                                                     "tools/list", Json::object(), "tools");
    return Error(ErrorKind::kProtocol,
                 "it lists no tools: " + (listed.answer ? listed.answer->Text() : listed.silence));
  }
  facts.operations = GuessOperations(facts.tools);
  const auto create = std::find_if(facts.operations.begin(), facts.operations.end(),
                                   [](const GuessedOperation& one) { return one.name == "create"; });
  const std::string made = makes && create != facts.operations.end() ? MakeOne(sandbox, *create, facts) : "";
  AskForLists(sandbox, made, facts);
  return {};
}

}  // namespace iff
