#include "harness/cli/recorder.h"

#include <algorithm>
#include <set>

#include "harness/core/bytes.h"
#include "harness/core/yaml.h"
#include "harness/jose/token.h"
#include "harness/run/recording.h"
#include "harness/run/texts.h"

namespace iff {
namespace {

Error Usage(const std::string& what) { return {ErrorKind::kInvalidInput, what}; }

bool SignedBy(const SigningKey& key, const std::string& token) {
  const size_t second = token.rfind('.');
  const Result<UnverifiedToken> decoded = DecodeUnverified(token);
  if (!decoded.ok() || second == std::string::npos) return false;
  const Result<Algorithm> algorithm = ParseAlgorithm(AtOr<std::string>(decoded->header, "/alg", ""));
  const Result<std::string> signature = DecodeBase64Url(std::string_view(token).substr(second + 1));
  return algorithm.ok() && signature.ok() && key.Public().MayVerify(*algorithm) &&
         key.Public().Verify(*algorithm, std::string_view(token).substr(0, second), *signature);
}

// The response to request `id`, alone or within a stream of events; null if there is none.
Json ResponseTo(const Json& id, const HttpResponse& answer) {
  std::vector<std::string> texts = {answer.body};
  if (answer.headers.Get("Content-Type").starts_with("text/event-stream")) {
    texts.clear();
    EventStreamParser parser;
    for (ServerSentEvent& event : parser.Feed(answer.body)) texts.push_back(std::move(event.data));
  }
  for (const std::string& text : texts) {
    const Result<Json> message = ParseJson(text);
    if (!message.ok() || !message->is_object() || (!message->contains("result") && !message->contains("error")))
      continue;
    const Json* said = Find(*message, "/id");
    if (said == nullptr || said->is_null() || *said == id) return *message;
  }
  return nullptr;
}

// "HTTP 200", "HTTP 200, the tool says no: not_found"
std::string Brief(const HttpResponse& answer, const Json& message) {
  std::string text = "HTTP " + std::to_string(answer.status);
  if (Find(message, "/error/code") != nullptr) return text + ", JSON-RPC error " + Dump(*Find(message, "/error/code"));
  if (!AtOr<bool>(message, "/result/isError", false)) return text;
  const std::string code = AtOr<std::string>(message, "/result/structuredContent/error/code", "");
  return text + ", the tool says no" + (code.empty() ? "" : ": " + code);
}

}  // namespace

Result<Endpoint> ReadListen(const std::string& text) {
  const size_t colon = text.rfind(':');
  const std::string host = colon == std::string::npos || colon == 0 ? "127.0.0.1" : text.substr(0, colon);
  const std::string port = colon == std::string::npos ? text : text.substr(colon + 1);
  const bool number = !port.empty() && port.size() <= 5 && port.find_first_not_of("0123456789") == std::string::npos;
  if (!number || std::stoi(port) > 65'535) return Usage("--listen " + text + ": want ADDRESS:PORT; port 0 takes any");
  if (host != "127.0.0.1" && host != "localhost") {
    return Usage("--listen " + text +
                 ": tokens pass through here, so it listens on this machine alone: want 127.0.0.1:PORT");
  }
  return Endpoint{.host = "127.0.0.1", .port = static_cast<uint16_t>(std::stoi(port))};
}

Result<RecordedTarget> ReadTarget(const System& system, const std::string& given, const std::string& like) {
  std::vector<std::string> names;
  for (const auto& [name, target] : system.targets) names.push_back(name);
  const auto check = [&](const std::string& option, const std::string& name) -> Result<void> {
    if (system.targets.contains(name)) return {};
    return Usage(option + " " + name + ": no target is called so" + DidYouMean(name, names));
  };
  RecordedTarget meant{.system = system, .target = given};
  if (given.find("://") == std::string::npos) {
    TRY(check("--target", given));
    if (!like.empty()) return Usage("--like " + like + ": only where --target is an address");
    return meant;
  }
  const Url url = TRY(ParseUrl(given).While("--target"));
  meant.target = like;
  for (const auto& [name, target] : system.targets) {
    if (meant.target.empty() && target.url == given) meant.target = name;
  }
  if (meant.target.empty())
    return Usage("--target " + given + ": add --like NAME: which target of the system file it is");
  TRY(check("--like", meant.target));
  TargetSpec& target = meant.system.targets[meant.target];
  target.url = given;
  target.command.clear();
  target.path = url.target;
  return meant;
}

Result<std::unique_ptr<Recorder>> Recorder::Open(Stage& stage, RecorderOptions options) {
  auto recorder = std::unique_ptr<Recorder>(new Recorder(stage, std::move(options)));
  Recorder* raw = recorder.get();
  (void)stage.TakeTrace();
  recorder->relay_ = TRY(
      HttpRelay::Open({.server = raw->options_.server,
                       .address = raw->options_.address,
                       .port = raw->options_.port,
                       .passing = [raw](uint64_t number, const HttpRequest& request) { raw->Passing(number, request); },
                       .passed = [raw](const Passed& passed) { raw->HeardOf(passed); }}));
  return recorder;
}

Traffic Recorder::Finish() {
  relay_.reset();
  const Ground& ground = stage_.ground();
  Traffic traffic{.target = stage_.target().name,
                  .upstream = stage_.target().upstream,
                  .client = stage_.target().client,
                  .scopes = stage_.AllScopes(),
                  .revision = std::string(Name(Revision::k20260728))};
  std::sort(traffic.scopes.begin(), traffic.scopes.end());
  for (const auto& [name, operation] : stage_.target().operations) {
    traffic.operations[name] = {{"tool", operation.tool}, {"arguments", operation.arguments}};
  }
  for (const Subject& subject : stage_.subjects()) {
    traffic.people.push_back({.role = subject.role, .tag = subject.tag, .id = subject.id, .name = subject.name});
    if (subject.Holds(traffic.upstream)) traffic.holders.insert(subject.role);
  }
  for (const auto& [name, ledger] : stage_.All<CallLedger>()) {
    if (name == ground.system.targets.at(traffic.target).upstream) traffic.ledgers.push_back(name);
  }
  const std::lock_guard lock(mutex_);
  for (auto& [number, heard] : heard_) traffic.heard.push_back(std::move(heard));
  heard_.clear();
  return traffic;
}

// Everything else is how a client finds its way: documents, streams that are only listened to, sessions that end.
bool Recorder::IsCall(const HttpRequest& request) const {
  return request.method == "POST" && request.Path() == stage_.target().path;
}

void Recorder::Passing(uint64_t number, const HttpRequest& request) {
  if (!IsCall(request)) return;
  Stage::Marks marks = stage_.Mark();
  const std::lock_guard lock(mutex_);
  marks_[number] = std::move(marks);
}

void Recorder::HeardOf(const Passed& passed) {
  if (!IsCall(passed.request)) return;
  Heard heard{.alone = passed.alone};
  const Result<Json> message = ParseJson(passed.request.body);
  const Shown shown = ShownBy(passed.request);
  heard.token = shown.kind;
  heard.as = shown.as;
  heard.unplayable = shown.unplayable;
  if (message.ok() && message->is_object()) {
    heard.method = AtOr<std::string>(*message, "/method", "");
    heard.params = stage_.ground().redactor.MaskAll(AtOr<Json>(*message, "/params", Json::object()));
    heard.revision = RevisionOf(passed.request, *message);
  } else {
    heard.method = "a body that is no JSON-RPC message";
    heard.unplayable = "only messages of the protocol can be played";
  }
  if (passed.silence && heard.unplayable.empty())
    heard.unplayable = "it was not answered: " + passed.silence->message();
  const std::string caller = shown.kind ? shown.kind->role : "";
  const Json id = message.ok() ? AtOr<Json>(*message, "/id", nullptr) : Json();
  const Json response = ResponseTo(id, passed.answer);
  Stage::Marks marks;
  {
    const std::lock_guard lock(mutex_);
    marks = std::move(marks_[passed.number]);
    marks_.erase(passed.number);
    if (heard.method == "initialize") {
      const std::string session = passed.answer.headers.Get("Mcp-Session-Id");
      if (!session.empty()) sessions_[session] = AtOr<std::string>(response, "/result/protocolVersion", "");
    }
    Look(passed, response, marks, caller, heard);
  }
  if (options_.say && !heard.method.empty()) {
    std::string line = (caller.empty() ? "somebody" : caller) + "  " + heard.method;
    if (const std::string tool = AtOr<std::string>(heard.params, "/name", ""); !tool.empty()) line += " " + tool;
    options_.say(stage_.ground().redactor.Mask(line + "  " + Brief(passed.answer, response)) +
                 (heard.unplayable.empty() ? "" : "  (" + heard.unplayable + ")"));
  }
  const std::lock_guard lock(mutex_);
  heard_[passed.number] = std::move(heard);
}

void Recorder::Look(const Passed& passed, const Json& message, const Stage::Marks& since, const std::string& caller,
                    Heard& heard) {
  const Redactor& redactor = stage_.ground().redactor;
  SendOutcome outcome;
  outcome.answer = McpAnswer{
      .status = passed.answer.status, .headers = passed.answer.headers, .body = passed.answer.body, .message = message};
  Observation seen;
  stage_.Observe(since, caller, outcome, seen);
  const Typing typing(stage_.Names(), stage_.ground().clock.NowSeconds());
  (void)stage_.TakeTrace();
  heard.downstream = Recorded(seen.downstream, 0, typing);
  for (const auto& [role, canary] : seen.canary) {
    if (passed.answer.body.find(canary) != std::string::npos) heard.shows.insert(role);
  }
  for (const auto& [role, found] : seen.seen_of) {
    if (role != caller && stage_.FindSubject(role) != nullptr) heard.shows.insert(role);
  }
  Exchange exchange{.lane = stage_.target().name, .status = passed.answer.status};
  for (const auto& [name, value] : passed.answer.headers.fields())
    exchange.response_headers.emplace_back(name, redactor.Mask(value));
  if (message.is_null()) {
    exchange.response_body = redactor.Mask(passed.answer.body);
  } else {
    std::erase_if(exchange.response_headers,
                  [](const auto& field) { return EqualsIgnoreCase(field.first, "Content-Type"); });
    exchange.response_headers.emplace_back("Content-Type", "application/json");
    exchange.response_body = redactor.Mask(Dump(message));
  }
  heard.answer = TypedAnswer(exchange, typing);
}

Recorder::Shown Recorder::ShownBy(const HttpRequest& request) {
  const std::vector<std::string> fields = request.headers.All("Authorization");
  const std::map<std::string, std::string> query = request.Query();
  const auto in_query = query.find("access_token");
  if (fields.size() > 1) return {.unplayable = "it shows more than one Authorization field"};
  if (fields.empty()) {
    if (in_query == query.end()) return {};
    Shown shown = Known(in_query->second);
    shown.as = "query";
    return shown;
  }
  const std::string& field = fields.front();
  if (field.size() <= 7 || !EqualsIgnoreCase(std::string_view(field).substr(0, 7), "Bearer ")) {
    stage_.Keep("shown otherwise", "unknown", {.value = Secret(field)});
    return {.unplayable = "its Authorization is no Bearer token"};
  }
  Shown shown = Known(field.substr(7));
  if (field.starts_with("bearer ")) shown.as = "lower_case_scheme";
  if (in_query != query.end()) {
    (void)Known(in_query->second);
    shown.unplayable = "it shows a token twice";
  }
  return shown;
}

Recorder::Shown Recorder::Known(const std::string& token) {
  const std::string fingerprint = Secret(token).Fingerprint();
  const std::lock_guard lock(mutex_);
  const auto known = shown_.find(fingerprint);
  if (known != shown_.end()) return known->second;
  Shown shown{.name = "shown " + std::to_string(shown_.size() + 1)};
  Result<TokenKind> kind = KindOf(token);
  if (kind.ok()) shown.kind = *kind;
  if (!kind.ok()) shown.unplayable = kind.error().message();
  // From now on it is masked wherever it turns up.
  stage_.Keep(shown.name, kind.ok() ? kind->role : "unknown", {.value = Secret(token)});
  return shown_[fingerprint] = shown;
}

Result<TokenKind> Recorder::KindOf(const std::string& token) const {
  const Result<UnverifiedToken> decoded = DecodeUnverified(token);
  if (!decoded.ok()) return Error(ErrorKind::kInvalidInput, "its token cannot be read");
  const Json& claims = decoded->payload;
  const std::string id = AtOr<std::string>(claims, "/sub", "");
  const auto subject = std::find_if(stage_.subjects().begin(), stage_.subjects().end(),
                                    [&](const Subject& each) { return each.id == id; });
  if (subject == stage_.subjects().end()) return Error(ErrorKind::kInvalidInput, "its token is nobody's on this stage");
  const Result<IssuerKeys*> keys = stage_.Find<IssuerKeys>();
  if (keys.ok() && !SignedBy((*keys)->signing_key(), token)) {
    return Error(ErrorKind::kInvalidInput, "its token says " + subject->role + " and was not signed by the issuer");
  }
  TokenKind kind{.role = subject->role, .client = AtOr<std::string>(claims, "/azp", "")};
  std::set<std::string> asked_for;
  for (const auto& [name, target] : stage_.ground().system.targets) {
    for (const auto& [use, scope] : target.scopes) asked_for.insert(scope);
  }
  for (const std::string& scope : SplitWords(AtOr<std::string>(claims, "/scope", ""))) {
    if (asked_for.contains(scope)) kind.scopes.push_back(scope);
  }
  // An issuer that says nothing of scopes has given what was asked for.
  if (Find(claims, "/scope") == nullptr) kind.scopes = stage_.AllScopes();
  std::sort(kind.scopes.begin(), kind.scopes.end());
  const int64_t now = stage_.ground().clock.NowSeconds();
  const int64_t ends = AtOr<int64_t>(claims, "/exp", now + 1);
  if (ends <= now) {
    kind.expired_for = now - ends;
    const int64_t issued = AtOr<int64_t>(claims, "/iat", 0);
    if (issued > 0 && issued < ends) kind.lifetime = ends - issued;
  }
  return kind;
}

std::string Recorder::RevisionOf(const HttpRequest& request, const Json& message) {
  std::string named = request.headers.Get("MCP-Protocol-Version");
  if (named.empty()) named = AtOr<std::string>(message, "/params/protocolVersion", "");
  if (named.empty()) {
    const std::lock_guard lock(mutex_);
    const auto session = sessions_.find(request.headers.Get("Mcp-Session-Id"));
    if (session != sessions_.end()) named = session->second;
  }
  // One that this program does not speak is played as the oldest that it does.
  const Revision told = ParseRevision(named).value_or(Revision::k20250618);
  return std::string(Name(told == Revision::k20241105 ? Revision::k20250618 : told));
}

}  // namespace iff
