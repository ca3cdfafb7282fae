#include "harness/run/target_client.h"

#include <algorithm>

#include "harness/core/bytes.h"
#include "harness/environment/drivers.h"
#include "harness/jose/token.h"
#include "harness/run/fill.h"
#include "harness/run/tamper/tamper.h"
#include "harness/run/wrong_certificates.h"

namespace iff {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::steady_clock;

// Without a proof or a certificate, as all but a target takes it.
std::string AuthorizationOf(const Credential& credential) {
  const std::string value = credential.value.Reveal();
  const auto* basic = std::get_if<BasicLogin>(&credential.form);
  return basic == nullptr ? "Bearer " + value : "Basic " + Base64(basic->login + ":" + value);
}

}  // namespace

Result<Connection*> TargetClient::ConnectionFor(const std::string& revision) {
  const std::string key = revision.empty() ? target_.revisions.front() : revision;
  const Revision parsed = TRY(ParseRevision(key));
  const std::lock_guard lock(mutex_);
  std::unique_ptr<Connection>& connection = connections_[key];
  if (connection == nullptr)
    connection = std::make_unique<Connection>(MakeWire(), target_.path, parsed, target_.mirrors);
  return connection.get();
}

std::unique_ptr<Wire> TargetClient::MakeWire() {
  const Endpoint& first = process_.endpoint();
  switch (target_.transport) {
    case Transport::kHttp:
      break;
    case Transport::kSse:
      return MakeSseWire(first, target_.path);
    case Transport::kStdio:
      return MakeStdioWire([this](const std::string& persona) { return StartProcess(persona); });
  }
  const SandboxCertificates* const certificates = principals_.certificates();
  const WireTls tls = certificates == nullptr ? WireTls() : certificates->tls();
  std::vector<Endpoint> all{first};
  for (const auto& [name, endpoint] : process_.others()) all.push_back(endpoint);
  return all.size() == 1 ? MakeHttpWire(first, tls) : MakeRoundRobinWire(all, tls);
}

std::string TargetClient::Negotiated(const std::string& credential, const std::string& revision) {
  const Result<Connection*> connection = ConnectionFor(revision);
  return connection.ok() ? (*connection)->Negotiated(IdentityOf({.with = credential})) : "";
}

Json TargetClient::Capabilities(const std::string& credential, const std::string& revision) {
  const Result<Connection*> connection = ConnectionFor(revision);
  if (!connection.ok() || (*connection)->revision() == Revision::kPlain) return nullptr;
  const Sending sending{.with = credential, .revision = revision};
  if (Stateless((*connection)->revision())) {
    const SendOutcome sent = Send(sending, "server/discover", Json::object(), "what does it declare?");
    return sent.answer ? AtOr<Json>(sent.answer->message, "/result/capabilities", nullptr) : Json(nullptr);
  }
  (void)Send(sending, "ping", Json::object(), "what does it declare?");
  return AtOr<Json>((*connection)->Welcome(IdentityOf(sending)), "/capabilities", nullptr);
}

std::string TargetClient::WhyNoSession(const Sending& sending) {
  if (sending.session_of.empty() || target_.transport == Transport::kStdio) return "";
  const Owned owned = OwnedBy(sending.session_of, sending.revision);
  if (owned.at.empty() || !owned.session.empty()) return "";
  return owned.at + " gives out no sessions: there is none that somebody else could use";
}

TargetClient::Owned TargetClient::OwnedHere(const std::string& credential, const std::string& revision) const {
  const std::lock_guard lock(mutex_);
  const auto connection = connections_.find(revision.empty() ? target_.revisions.front() : revision);
  if (connection == connections_.end()) return {};
  Owned owned{.session = connection->second->Session(credential)};
  if (!owned.session.empty() || !connection->second->Negotiated(credential).empty()) owned.at = target_.name;
  return owned;
}

TargetClient::Owned TargetClient::OwnedBy(const std::string& credential, const std::string& revision) const {
  Owned owned = OwnedHere(credential, revision);
  for (const TargetClient* client : clients_) {
    if (!owned.session.empty()) break;
    const Owned elsewhere = client->OwnedHere(credential, revision);
    if (!elsewhere.session.empty() || owned.at.empty()) owned = elsewhere;
  }
  return owned;
}

std::string TargetClient::WhyListTellsNothing() {
  std::optional<bool> known;
  {
    const std::lock_guard lock(mutex_);
    known = lists_for_all_;
  }
  if (!known) {
    const SendOutcome outcome = Send({}, "tools/list", Json::object(), "tools/list without a credential");
    known = outcome.answer && outcome.answer->status == 200 && outcome.answer->HasResult();
    const std::lock_guard lock(mutex_);
    lists_for_all_ = known;
  }
  return *known ? "the system file names no tool of " + target_.name + " for the operation 'read_own', and " +
                      target_.name + " lists its tools to whoever shows no token: nothing tells whether it took one"
                : "";
}

TargetClient::Question TargetClient::OpenedByATokenAlone(const std::string& caller) {
  Question question{.why_not = WhyListTellsNothing()};
  if (question.why_not.empty()) return question;
  question.method = "tools/call";
  for (const std::string name : {"whoami", "list", "read_own"}) {
    const Result<Json> params = CallParams({.operation = name}, caller);
    if (!params.ok()) continue;
    const SendOutcome sent = Send({}, question.method, *params, name + " without a credential");
    if (sent.answer && sent.answer->status == 401 && !sent.answer->HasResult()) {
      question.params = *params;
      question.why_not.clear();
      return question;
    }
  }
  question.why_not = target_.name +
                     " lists its tools to whoever shows no token, and no operation of the system file is " +
                     "refused to them: nothing tells whether it took a token";
  return question;
}

std::string TargetClient::IdentityOf(const Sending& sending) {
  if (target_.transport != Transport::kStdio) return sending.session_of.empty() ? sending.with : sending.session_of;
  const Credential* credential = sending.with.empty() ? nullptr : principals_.FindCredential(sending.with);
  if (credential == nullptr) return "";
  const std::lock_guard lock(mutex_);
  started_with_.emplace(credential->principal, sending.with);
  return credential->principal;
}

Result<std::unique_ptr<LineChannel>> TargetClient::StartProcess(const std::string& persona) {
  std::string name;
  {
    const std::lock_guard lock(mutex_);
    const auto shown = started_with_.find(persona);
    if (shown != started_with_.end()) name = shown->second;
  }
  const Credential* const credential = name.empty() ? nullptr : principals_.FindCredential(name);
  if (credential == nullptr) {
    return Error(ErrorKind::kInternal, "nobody called '" + persona + "' has shown a credential");
  }
  return process_.StartFor(persona, credential->value);
}

Connection::Dress TargetClient::DressFor(const Sending& sending) const {
  const Credential* credential = sending.with.empty() ? nullptr : principals_.FindCredential(sending.with);
  if (credential == nullptr || target_.transport == Transport::kStdio) return [](HttpRequest&) {};
  std::function<void(HttpRequest&)> bend = [](HttpRequest&) {};
  if (const std::string& id = credential->wrong_request; !id.empty()) {
    bend = [id,
            with = Tampering{principals_.SomebodyBut(credential->principal), ClientFieldsOf(context_.driver_registry)}](
               HttpRequest& request) { Tamper(id, request, with); };
  }
  const std::string token = credential->value.Reveal();
  // A key, or a token of another target's issuer, stands where this one looks for what it takes.
  const bool plain =
      std::holds_alternative<ApiKey>(credential->form) || std::holds_alternative<BearerToken>(credential->form);
  if (plain && target_.TakesKeys() && !EqualsIgnoreCase(target_.key_header, "Authorization")) {
    return [token, field = target_.key_header, bend](HttpRequest& request) {
      request.headers.Set(field, token);
      bend(request);
    };
  }
  if (std::holds_alternative<BasicLogin>(credential->form)) {
    return [shown = AuthorizationOf(*credential), bend](HttpRequest& request) {
      request.headers.Set("Authorization", shown);
      bend(request);
    };
  }
  std::string shown =
      sending.certificate_of.empty() ? credential->certificate() : principals_.CertificateOf(sending.certificate_of);
  if (sending.as == Presentation::kCertificateInFields && sending.certificate_of.empty()) shown.clear();
  const Endpoint& origin = process_.endpoint();
  const bool in_fields = sending.as == Presentation::kCertificateInFields;
  const SandboxCertificates* const certificates = in_fields ? principals_.certificates() : nullptr;
  const Headers fields = certificates == nullptr ? Headers() : certificates->FieldsOfProxies(credential->principal);
  const auto* bound = std::get_if<KeyBoundToken>(&credential->form);
  return [token, as = sending.as, key = bound == nullptr ? KeyBoundToken() : *bound, bend, origin, shown, fields,
          &clock = context_.clock](HttpRequest& request) {
    request.client_certificate = shown;
    const auto prove = [&] {
      if (key.prover == nullptr) return;
      const ProofOf what{.method = request.method,
                         .target = origin.Url(request.target.substr(0, request.target.find('?'))),
                         .token = token,
                         .now = clock.NowSeconds()};
      const Attack* const attack = Prover::FindAttack(key.wrong_proof);
      if (attack == nullptr) return request.headers.Add("DPoP", key.prover->Prove(what).Reveal());
      request.headers.Add("DPoP", key.prover->Make(key.wrong_proof, what)->Reveal());
      for (const auto& [name, value] : attack->beside) request.headers.Add(name, value);
    };
    const auto in_query = [&] {
      request.target += (request.target.find('?') == std::string::npos ? "?" : "&");
      request.target += "access_token=" + token;
    };
    switch (as) {
      case Presentation::kHeader:
        request.headers.Set("Authorization", (key.prover != nullptr ? "DPoP " : "Bearer ") + token);
        prove();
        break;
      case Presentation::kLowerCaseScheme:
        request.headers.Set("Authorization", "bearer " + token);
        break;
      case Presentation::kQuery:
        in_query();
        break;
      case Presentation::kHeaderAndQuery:
        request.headers.Set("Authorization", "Bearer " + token);
        in_query();
        break;
      case Presentation::kBody: {
        Result<Json> body = ParseJson(request.body);
        if (body.ok()) {
          (*body)["access_token"] = token;
          request.body = Dump(*body);
        }
        break;
      }
      case Presentation::kCookie:
        request.headers.Set("Cookie", "access_token=" + token);
        break;
      case Presentation::kBasic:
        request.headers.Set("Authorization", "Basic " + Base64("token:" + token));
        break;
      case Presentation::kTwice:
        request.headers.Add("Authorization", "Bearer " + token);
        request.headers.Add("Authorization", "Bearer " + token);
        break;
      case Presentation::kBare:
        request.headers.Set("Authorization", token);
        break;
      case Presentation::kCertificateInFields:
        for (const auto& [name, value] : fields.fields()) request.headers.Set(name, value);
        [[fallthrough]];
      case Presentation::kBearer:
        request.headers.Set("Authorization", "Bearer " + token);
        break;
      case Presentation::kTwoProofs:
        prove();
        [[fallthrough]];
      case Presentation::kDpop:
        prove();
        [[fallthrough]];
      case Presentation::kWithoutProof:
        request.headers.Set("Authorization", "DPoP " + token);
        break;
    }
    bend(request);
  };
}

SendOutcome TargetClient::Traced(const std::string& credential, const std::string& persona, const std::string& title,
                                 const HttpRequest& request, const std::function<Result<McpAnswer>()>& send,
                                 const std::string& lane, bool as_http) {
  Exchange exchange{.lane = lane.empty() ? target_.name : lane,
                    .actor = persona,
                    .title = title,
                    .started_us = trace_.ElapsedUs(),
                    .method = request.method,
                    .as_http = as_http};
  SendOutcome outcome{.as_http = as_http};
  const auto sent = steady_clock::now();
  Result<McpAnswer> answer = send();
  outcome.took = duration_cast<microseconds>(steady_clock::now() - sent);
  exchange.took_us = outcome.took.count();

  const Redactor& redactor = context_.redactor;
  exchange.target = redactor.Mask(request.target);
  for (const auto& [name, value] : request.headers.fields()) {
    exchange.request_headers.emplace_back(name, redactor.Mask(value));
  }
  exchange.request_body = redactor.Mask(request.body);
  if (request.rewrite) {  // then the bytes are what matters
    exchange.request_headers.clear();
    exchange.request_body = redactor.Mask(BytesOf(process_.endpoint(), request).value_or(""));
  }
  if (answer.ok()) {
    exchange.status = answer->status;
    for (const auto& [name, value] : answer->headers.fields()) {
      exchange.response_headers.emplace_back(name, redactor.Mask(value));
    }
    exchange.response_body = redactor.Mask(answer->body);
    outcome.answer = std::move(answer).value();
  } else {
    outcome.silence = redactor.Mask(answer.error().message());
    outcome.timed_out = answer.error().kind() == ErrorKind::kTimeout;
    exchange.failure = outcome.silence;
  }
  const Credential* presented = credential.empty() ? nullptr : principals_.FindCredential(credential);
  if (presented != nullptr) {
    exchange.credential = presented->alias;
    if (const auto decoded = DecodeUnverified(presented->value.Reveal()); decoded.ok()) {
      exchange.token = redactor.MaskAll(Json{{"header", decoded->header}, {"claims", decoded->payload}});
    }
  }
  outcome.exchange = trace_.Add(std::move(exchange));
  return outcome;
}

SendOutcome TargetClient::Send(const Sending& sending, std::string_view method, Json params, const std::string& title) {
  const Result<Connection*> connection = ConnectionFor(sending.revision);
  if (!connection.ok()) return {.silence = connection.error().message()};
  const Credential* credential = sending.with.empty() ? nullptr : principals_.FindCredential(sending.with);
  const std::string persona = credential == nullptr ? "" : credential->principal;
  const Connection::Dress dress = DressFor(sending);
  Connection& mcp = **connection;
  const std::string identity = IdentityOf(sending);
  // A process has to start first, for which it gets time before anybody is patient with it.
  constexpr std::chrono::milliseconds kStart = std::chrono::seconds(60);
  std::chrono::milliseconds patience = sending.patience;
  if (target_.transport == Transport::kStdio) {
    const std::lock_guard lock(mutex_);
    if (started_.insert(identity).second) patience += kStart;
  }
  // A handshake of its own comes first, untraced; a borrowed session is used as it is.
  if (mcp.opens()) {
    const auto opened = sending.session_of.empty() ? mcp.Open(identity, dress, Deadline::In(patience)) : Result<void>();
    if (!opened.ok()) {
      return {.silence = context_.redactor.Mask(opened.error().message()),
              .timed_out = opened.error().kind() == ErrorKind::kTimeout};
    }
  } else if (!Stateless(mcp.revision()) && sending.session_of.empty() && mcp.Session(identity).empty()) {
    const auto opened = mcp.Probe(identity, dress, Deadline::In(sending.patience));
    if (!opened.ok()) {
      const HttpRequest handshake{.method = "POST", .target = target_.path};
      return Traced(sending.with, persona, title + ": opening a session", handshake, [&] { return opened; });
    }
  }
  const bool own = sending.session_of.empty() || target_.transport == Transport::kStdio;
  const std::string session = own ? mcp.Session(identity) : OwnedBy(sending.session_of, sending.revision).session;
  HttpRequest request = mcp.Prepare(method, std::move(params), session);
  dress(request);
  {
    const std::lock_guard lock(mutex_);
    last_request_ = request;
  }
  return Traced(sending.with, persona, title, request,
                [&] { return mcp.SendPrepared(request, Deadline::In(patience), !sending.session_of.empty()); });
}

SendOutcome TargetClient::SendAgain(const HttpRequest& request, const Sending& sending, const std::string& title) {
  const Result<Connection*> connection = ConnectionFor(sending.revision);
  if (!connection.ok()) return {.silence = connection.error().message()};
  HttpRequest again = request;
  if (!sending.with.empty()) {
    again.headers.Remove("Authorization");
    again.headers.Remove("DPoP");
    DressFor(sending)(again);
  }
  const Credential* credential = sending.with.empty() ? nullptr : principals_.FindCredential(sending.with);
  return Traced(sending.with, credential == nullptr ? "" : credential->principal, title, again, [&] {
    const std::string own = sending.with.empty() ? "" : (*connection)->Session(sending.with);
    const bool theirs = own.empty() || !again.target.starts_with(own);
    return (*connection)->SendPrepared(again, Deadline::In(sending.patience), theirs);
  });
}

SendOutcome TargetClient::SendPlain(HttpRequest request, const std::string& persona, const std::string& title) {
  const Result<Connection*> connection = ConnectionFor("");
  if (!connection.ok()) return {.silence = connection.error().message()};
  return Traced("", persona, title, request, [&]() -> Result<McpAnswer> {
    HttpClient* client = (*connection)->client();
    if (client == nullptr)
      return Error(ErrorKind::kInvalidInput, target_.name + " speaks stdio: there is no HTTP to ask");
    const HttpResponse response = TRY(client->Send(request, Deadline::In(std::chrono::seconds(10))));
    return ParseMcpAnswer(response, 0);
  });
}

SendOutcome TargetClient::SendHttp(HttpRequest request, const Sending& sending, const std::string& to,
                                   const std::string& title,
                                   const std::function<Result<void>(const McpAnswer&)>& take) {
  const Credential* credential = sending.with.empty() ? nullptr : principals_.FindCredential(sending.with);
  const std::string persona = credential == nullptr ? "" : credential->principal;
  const Deadline deadline = Deadline::In(sending.patience);
  const auto taken = [&](const Result<HttpResponse>& response) -> Result<McpAnswer> {
    if (!response.ok()) return response.error();
    McpAnswer answer = ParseMcpAnswer(*response, 0);
    TRY(take(answer));
    return answer;
  };
  if (!to.empty()) {
    const auto all = components_.All<Component>();
    const auto found = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.first == to; });
    if (found == all.end()) return {.silence = "no component called '" + to + "' runs here"};
    if (credential != nullptr) request.headers.Set("Authorization", AuthorizationOf(*credential));
    HttpClient client(found->second->endpoint());
    return Traced(
        sending.with, persona, title, request, [&] { return taken(client.Send(request, deadline)); }, to, true);
  }
  const Result<Connection*> connection = ConnectionFor(sending.revision);
  if (!connection.ok()) return {.silence = connection.error().message()};
  if ((*connection)->client() == nullptr) return {.silence = target_.name + " speaks stdio: there is no HTTP to ask"};
  DressFor(sending)(request);
  HttpClient* const client = (*connection)->client(request.client_certificate);
  if (client == nullptr) return {.silence = "no certificate " + request.client_certificate + " to show"};
  {
    const std::lock_guard lock(mutex_);
    last_request_ = request;
  }
  return Traced(
      sending.with, persona, title, request, [&] { return taken(client->Send(request, deadline)); }, "", true);
}

HttpRequest TargetClient::Dressed(HttpRequest request, const Sending& sending) const {
  DressFor(sending)(request);
  return request;
}

Result<Json> TargetClient::CallParams(const CallStep& call, const std::string& caller) const {
  const Principal* own = principals_.Find(caller);
  const Principal* of = call.of.empty() ? nullptr : principals_.Find(call.of);
  std::string tool = call.tool;
  Json arguments = Json::object();
  if (!call.operation.empty()) {
    const auto operation = target_.operations.find(call.operation);
    if (operation == target_.operations.end()) {
      return Error(ErrorKind::kInvalidInput,
                   "target " + target_.name + " has no operation called '" + call.operation + "'");
    }
    tool = operation->second.tool;
    arguments = operation->second.arguments;
  }
  if (call.arguments) arguments.update(*call.arguments);
  // Nobody's own thing is asked for when nobody calls: the first principal's stands in.
  if (own == nullptr && !principals_.all().empty()) own = &principals_.all().front();
  return Json{{"name", tool}, {"arguments", FillAll(arguments, own, of, target_.upstream, "written by iff")}};
}

bool TargetClient::EndSessions() {
  bool ended = true;
  for (const auto& [revision, connection] : connections_) {
    if (connection->opens() || connection->client() == nullptr) continue;  // such a session ends with its stream
    for (const auto& [identity, session] : connection->sessions()) {
      if (session.empty()) continue;
      HttpRequest request{.method = "DELETE", .target = target_.path};
      request.headers.Set("Mcp-Session-Id", session);
      request.headers.Set("MCP-Protocol-Version", std::string(Name(connection->revision())));
      DressFor({.with = identity})(request);
      HttpClient* const client = connection->client(request.client_certificate);
      if (client == nullptr) {
        ended = false;
        continue;
      }
      const Result<HttpResponse> answer = client->Send(request, Deadline::In(std::chrono::seconds(5)));
      // 404: it is over already. 405 and 501: clients do not end sessions there (MCP 2025-11-25, transports, session
      // management, 5), and the server has to bear that.
      const bool over = answer.ok() && (answer->status / 100 == 2 || answer->status == 404 || answer->status == 405 ||
                                        answer->status == 501);
      ended = ended && over;
    }
  }
  return ended;
}

void TargetClient::Forget() {
  const std::lock_guard lock(mutex_);
  connections_.clear();
  started_with_.clear();
}

}  // namespace iff
