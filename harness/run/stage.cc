#include "harness/run/stage.h"

#include <algorithm>
#include <filesystem>
#include <future>

#include "harness/core/bytes.h"
#include "harness/core/log.h"
#include "harness/jose/token.h"
#include "harness/run/fill.h"
#include "harness/run/look.h"
#include "harness/run/needs.h"
#include "harness/run/tamper/tamper.h"
#include "harness/run/texts.h"
#include "harness/run/wrong_certificates.h"

namespace iff {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::steady_clock;

// Who the secret store took the caller for, and what it let them do by: nothing in it is a secret.
Json TakenFor(const AuditEntry& entry) {
  Json detail = Json::object();
  for (const char* name : {"entity_id", "policies", "token_type"}) {
    if (const Json* found = Find(entry.raw, std::string("/auth/") + name); found != nullptr) detail[name] = *found;
  }
  return detail;
}

}  // namespace

Result<std::unique_ptr<Stage>> Stage::Set(const Ground& ground, const Scenario& scenario,
                                          const std::vector<std::string>& gated, People people) {
  auto stage = std::unique_ptr<Stage>(new Stage(ground));
  stage->shares_ = people == People::kShared && ground.people != nullptr;
  const auto target = ground.system.targets.find(scenario.target);
  if (target == ground.system.targets.end()) {
    return Error(ErrorKind::kInvalidInput, "no target called '" + scenario.target + "'");
  }
  stage->target_ = &target->second;
  std::vector<ComponentSpec> own;
  for (const ComponentSpec& spec : ground.system.components) {
    if (spec.per_scenario) own.push_back(spec);
  }
  // What believes the run's issuers, and issuers of the scenario's own.
  Keyring keys;
  for (Component* component : ground.environment.components()) {
    if (const auto* held = dynamic_cast<IssuerKeys*>(component)) keys.Put(component->name(), held->signing_key());
  }
  TRY(Environment::PrepareKeys(own, ground.catalogue, keys));
  stage->own_ = TRY(
      Environment::Start(
          own, ground.catalogue, ground.launcher, keys,
          {.born = [&redactor = ground.redactor](
                       const Secret& secret, std::string_view alias) { redactor.Register(secret, std::string(alias)); },
           .outer = &ground.environment.facts()})
          .While("start the scenario's components"));
  TRY(stage->Cast(scenario));
  TRY(stage->Provision().While("provision"));
  std::vector<std::string> before = gated;
  if (LooksBehind(scenario) && target->second.url.empty()) stage->WatchAll(before);
  for (const std::string& name : before) {
    Component* component = stage->own_->FindComponent(name);
    if (component == nullptr) component = ground.environment.FindComponent(name);
    if (component == nullptr) return Error(ErrorKind::kInvalidInput, "no component called '" + name + "'");
    Gate& gate = *(stage->gates_[name] = TRY(Gate::Open(component->endpoint()).While("open a gate before " + name)));
    if (stage->arrivals_ != nullptr) {
      gate.Watch([arrivals = stage->arrivals_.get(), name](const Passage& passage) { arrivals->Add(name, passage); });
    }
  }
  TRY(stage->LaunchTarget(scenario));
  TRY(stage->Plant());
  return stage;
}

Stage::~Stage() {
  connections_.clear();
  processes_.clear();
  if (service_) service_->Stop();
  service_.reset();
  gates_.clear();
  PartWithPeople();
  own_.reset();
}

Result<void> Stage::LaunchTarget(const Scenario& scenario) {
  if (!target_->url.empty()) {
    const Url url = TRY(ParseUrl(target_->url).While("target " + target_->name));
    target_endpoint_ = url.endpoint;
    // What is said in words of a launch leads nowhere.
    if (target_->audit.starts_with("/")) target_audit_ = target_->audit;
    return {};
  }
  target_port_ = TRY(HeldPort::Acquire().While("hold a port for the target"));
  target_endpoint_ = target_port_->endpoint();
  target_directory_ = TRY(ground_.launcher.MakeDirectory("target-" + target_->name, ""));

  std::map<std::string, Facts> facts = own_->facts();
  for (const auto& [name, gate] : gates_) {
    Component* component = own_->FindComponent(name);
    if (component == nullptr) component = ground_.environment.FindComponent(name);
    facts[name] = Routed(facts[name], component->endpoint(), gate->endpoint());
  }
  std::map<std::string, std::string> words = {{"port", std::to_string(target_endpoint_.port)},
                                              {"directory", target_directory_},
                                              {"here", ground_.system.folder},
                                              {"tools", ground_.tools_directory},
                                              {"keys", target_directory_ + "/keys.json"},
                                              {"key", KeyOfFirst()},
                                              {"credential", std::string(kCredentialWord)}};
  if (scenario.tls) words.merge(MakeCertificates());
  TRY(WriteKeys());
  target_audit_ = TRY(Substitute(target_->audit, facts, words).While("target " + target_->name + ": audit"));
  ServiceSpec spec{.name = "target-" + target_->name, .directory = target_directory_};
  for (const auto* variables : {&target_->environment, scenario.tls ? &target_->tls : nullptr}) {
    if (variables == nullptr) continue;
    for (const auto& [name, value] : *variables) {
      spec.environment[name] = TRY(Substitute(value, facts, words).While("target " + target_->name + ": " + name));
    }
  }
  for (const auto* settings : {&scenario.relaxed, &scenario.settings}) {
    for (const auto& [name, value] : *settings) {
      const auto variable = target_->settings.find(name);
      if (variable == target_->settings.end()) continue;
      std::string& set = spec.environment[variable->second];
      const auto meant = target_->setting_words.find(name);
      if (meant == target_->setting_words.end()) {
        set = value;
      } else if (const auto word = meant->second.find(value); word != meant->second.end()) {
        set = TRY(Substitute(word->second, facts, words).While("target " + target_->name + ": " + name));
      }
    }
  }
  for (const std::string& word : target_->command) {
    spec.argv.push_back(TRY(Substitute(word, facts, words).While("target " + target_->name + ": command")));
  }
  if (!ground_.substitute.empty()) {
    spec.argv = ground_.substitute;
    for (std::string& word : spec.argv) {
      if (word == "{target}") word = target_->name;
    }
  }
  const bool processes = target_->transport == Transport::kStdio;
  // Ours lie beside us; another's are found on PATH or given as a path.
  const std::string ours = ground_.bin_directory + "/" + spec.argv.front();
  if (std::filesystem::exists(ours)) spec.argv.front() = ours;
  if (processes) {
    spec.pipes = true;  // and ready once it shakes hands
  } else if (target_->ready.empty() || scenario.tls) {
    spec.ready = TcpOpen{.endpoint = target_endpoint_};
  } else {
    spec.ready = HttpOk{.endpoint = target_endpoint_, .target = target_->ready};
  }
  spec.ready_within = std::chrono::seconds(40);
  spec.stop_signal = target_->stop_signal;
  spec.stop_within = target_->stop_within;
  target_spec_ = std::move(spec);
  return processes ? Result<void>() : StartTarget(target_spec_);
}

Result<void> Stage::StartTarget(const ServiceSpec& spec) {
  service_ = TRY(ground_.target_launcher.Launch(spec).While("launch target " + target_->name));
  return {};
}

Result<void> Stage::Relaunch(Until until) {
  // Also where it did not get ready the last time.
  if (target_spec_.argv.empty())
    return Error(ErrorKind::kRefused, "target " + target_->name + " is not ours to start anew");
  const bool processes = target_->transport == Transport::kStdio;
  {
    const std::lock_guard lock(mutex_);
    connections_.clear();
    processes_.clear();
    started_with_.clear();
  }
  if (service_) service_->Stop();
  service_.reset();
  ServiceSpec spec = target_spec_;
  if (until == Until::kListening) spec.ready = TcpOpen{.endpoint = target_endpoint_};
  if (!processes) TRY(StartTarget(spec));
  return until == Until::kListening ? Result<void>() : Plant();
}

const Subject* Stage::FindSubject(std::string_view role) const {
  for (const Subject& subject : subjects_) {
    if (subject.role == role) return &subject;
  }
  return nullptr;
}

Gate* Stage::FindGate(std::string_view component) const {
  const auto found = gates_.find(std::string(component));
  return found == gates_.end() ? nullptr : found->second.get();
}

std::vector<std::string> Stage::MarksOf(std::string_view role) const {
  std::vector<std::string> marks;
  const Subject* subject = FindSubject(role);
  if (subject == nullptr) return marks;
  std::set<std::string> texts = {subject->id, subject->name};
  for (const auto& [issuer, account] : subject->issuers) texts.insert(account.id);
  for (const std::string& text : texts) {
    marks.push_back(text);
    // A text within a text in base64url has one of three forms, but for its ends.
    for (size_t before = 0; before < 3; ++before) {
      const std::string coded = Base64Url(std::string(before, 'x') + text);
      const size_t begin = (before * 8 + 5) / 6;
      const size_t whole = (before + text.size()) * 8 / 6;
      marks.push_back(coded.substr(begin, whole - begin));
    }
  }
  for (const auto& [upstream, holding] : subject->accounts) {
    marks.push_back(holding.login);
    if (!holding.token.empty()) marks.push_back(holding.token.Reveal());
  }
  const std::lock_guard lock(mutex_);
  for (const auto& [name, credential] : credentials_) {
    if (credential.subject == role && !credential.value.empty()) marks.push_back(credential.value.Reveal());
  }
  return marks;
}

const Credential* Stage::FindCredential(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto found = credentials_.find(std::string(name));
  return found == credentials_.end() ? nullptr : &found->second;  // map nodes stay where they are
}

void Stage::Keep(const std::string& name, const std::string& role, Credential credential) {
  const std::lock_guard lock(mutex_);
  credential.subject = role;
  credential.alias = role + ".mcp.token#" + std::to_string(++minted_[role]);
  constexpr Redactor::Lasts kPassing = Redactor::Lasts::kUntilForgotten;
  if (credential.value.size() >= 6) ground_.redactor.Register(credential.value, credential.alias, {.owner = role}, kPassing);
  if (credential.refresh.size() >= 6)
    ground_.redactor.Register(credential.refresh, credential.alias + ".refresh", {.owner = role}, kPassing);
  credentials_[name] = std::move(credential);
}

std::vector<std::string> Stage::AllScopes() const {
  std::vector<std::string> scopes;
  for (const auto& [use, scope] : target_->scopes) scopes.push_back(scope);
  return scopes;
}

std::string Stage::IssuerName() const {
  if (!target_->issuer.empty()) return target_->issuer;
  std::string only;
  for (const ComponentSpec& spec : ground_.system.components) {
    if (!Find<TokenIssuer>(spec.name).ok()) continue;
    if (!only.empty()) return "";
    only = spec.name;
  }
  return only;
}

Result<TokenIssuer*> Stage::Issuer(std::string_view name) const {
  const std::string issuer = name.empty() ? IssuerName() : std::string(name);
  Result<TokenIssuer*> found = Find<TokenIssuer>(issuer);
  if (found.ok() || !issuer.empty() || All<TokenIssuer>().empty()) return found;
  return Error(ErrorKind::kInvalidInput, "several components issue tokens: say in the system file which one's " +
                                             target_->name + " takes (issuer)");
}

Result<IssuerKeys*> Stage::KeysOf(std::string_view issuer) const {
  const std::string name = issuer.empty() ? IssuerName() : std::string(issuer);
  TRY(Issuer(name));
  return Find<IssuerKeys>(name);
}

std::string Stage::WhyNoKeys(std::string_view issuer) const {
  const std::string name = issuer.empty() ? IssuerName() : std::string(issuer);
  if (!Issuer(name).ok() || Find<IssuerKeys>(name).ok()) return "";
  return "the signing keys of " + name + " are its own: the harness cannot sign with them";
}

std::string Stage::WhyNotForged(std::string_view attack, const Credential& from) const {
  const bool of_token = attack.empty() || std::any_of(Forge::Attacks().begin(), Forge::Attacks().end(),
                                                      [&](const Attack& one) { return one.id == attack; });
  if (!of_token) return "";
  if (std::string why = WhyNoKeys(from.issuer); !why.empty()) return why;
  const Result<Forge> forge = MakeForge(from.issuer);
  return forge.ok() ? forge->WhyNot(attack) : "";  // what else is wrong is an error of the step
}

Result<Forge> Stage::MakeForge(std::string_view issuer) const {
  const IssuerKeys* keys = TRY(KeysOf(issuer));
  const TokenIssuer* of = TRY(Issuer(issuer));
  return Forge(keys->signing_key(), SystemClock::Instance(), of->profile());
}

Result<Credential> Stage::WrongIn(const std::string& attack, const Credential& from) const {
  Credential wrong{.issuer = from.issuer, .value = from.value, .prover = from.prover, .certificate = from.certificate};
  if (FindWrongCertificate(attack) != nullptr) return WithWrongCertificate(attack, from);
  if (FindTamperedRequest(attack) != nullptr) {
    wrong.wrong_request = attack;
  } else if (Prover::FindAttack(attack) == nullptr) {
    const Forge forge = TRY(MakeForge(from.issuer));
    wrong.value = TRY(forge.Make(attack, from.value));
  } else if (from.prover) {
    wrong.wrong_proof = attack;
  } else {
    return Error(ErrorKind::kInvalidInput, from.alias + " is not bound to a key: there is no proof to be wrong");
  }
  return wrong;
}

Result<Connection*> Stage::ConnectionFor(const std::string& revision) {
  const std::string key = revision.empty() ? target_->revisions.front() : revision;
  const Revision parsed = TRY(ParseRevision(key));
  const std::lock_guard lock(mutex_);
  std::unique_ptr<Connection>& connection = connections_[key];
  if (connection == nullptr) connection = std::make_unique<Connection>(MakeWire(), target_->path, parsed);
  return connection.get();
}

std::string Stage::SomebodyBut(std::string_view role) const {
  for (const Subject& subject : subjects_) {
    if (subject.role != role) return subject.name;
  }
  return "somebody";
}

Connection::Dress Stage::DressFor(const Sending& sending) {
  const Credential* credential = sending.with.empty() ? nullptr : FindCredential(sending.with);
  if (credential == nullptr || target_->transport == Transport::kStdio) return [](HttpRequest&) {};
  std::string shown = sending.certificate_of.empty() ? credential->certificate : CertificateOf(sending.certificate_of);
  if (sending.as == Presentation::kCertificateInFields && sending.certificate_of.empty()) shown.clear();
  const std::string& header = target_->key_header;
  if (!header.empty() && !EqualsIgnoreCase(header, "Authorization")) {
    return [key = credential->value.Reveal(), header, bent = credential->wrong_request,
            other = SomebodyBut(credential->subject)](HttpRequest& request) {
      request.headers.Set(header, key);
      if (!bent.empty()) Tamper(bent, request, other);
    };
  }
  const std::string url = target_endpoint_.Url(target_->path);
  const bool in_fields = sending.as == Presentation::kCertificateInFields;
  const Headers fields = in_fields ? FieldsOfProxies(credential->subject) : Headers();
  return [token = credential->value.Reveal(), as = sending.as, prover = credential->prover,
          wrong = credential->wrong_proof, bent = credential->wrong_request, other = SomebodyBut(credential->subject),
          url, shown, fields, &clock = ground_.clock](HttpRequest& request) {
    request.client_certificate = shown;
    const auto prove = [&] {
      if (!prover) return;
      const ProofOf what{.method = request.method, .target = url, .token = token, .now = clock.NowSeconds()};
      const Attack* const attack = Prover::FindAttack(wrong);
      if (attack == nullptr) return request.headers.Add("DPoP", prover->Prove(what).Reveal());
      request.headers.Add("DPoP", prover->Make(wrong, what)->Reveal());
      for (const auto& [name, value] : attack->beside) request.headers.Add(name, value);
    };
    const auto in_query = [&] {
      request.target += (request.target.find('?') == std::string::npos ? "?" : "&");
      request.target += "access_token=" + token;
    };
    switch (as) {
      case Presentation::kHeader:
        request.headers.Set("Authorization", (prover ? "DPoP " : "Bearer ") + token);
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
    if (!bent.empty()) Tamper(bent, request, other);
  };
}

SendOutcome Stage::Traced(const std::string& credential, const std::string& role, const std::string& title,
                          const HttpRequest& request, const std::function<Result<McpAnswer>()>& send) {
  Exchange exchange{
      .lane = target_->name, .actor = role, .title = title, .started_us = ElapsedUs(), .method = request.method};
  SendOutcome outcome;
  const auto sent = steady_clock::now();
  Result<McpAnswer> answer = send();
  outcome.took = duration_cast<microseconds>(steady_clock::now() - sent);
  exchange.took_us = outcome.took.count();

  const Redactor& redactor = ground_.redactor;
  exchange.target = redactor.Mask(request.target);
  for (const auto& [name, value] : request.headers.fields()) {
    exchange.request_headers.emplace_back(name, redactor.Mask(value));
  }
  exchange.request_body = redactor.Mask(request.body);
  if (request.rewrite) {  // then the bytes are what matters
    exchange.request_headers.clear();
    exchange.request_body = redactor.Mask(BytesOf(target_endpoint_, request).value_or(""));
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
  const Credential* presented = credential.empty() ? nullptr : FindCredential(credential);
  if (presented != nullptr) {
    exchange.credential = presented->alias;
    if (const auto decoded = DecodeUnverified(presented->value.Reveal()); decoded.ok()) {
      exchange.token = redactor.MaskAll(Json{{"header", decoded->header}, {"claims", decoded->payload}});
    }
  }
  const std::lock_guard lock(mutex_);
  trace_.exchanges.push_back(std::move(exchange));
  return outcome;
}

SendOutcome Stage::Send(const Sending& sending, std::string_view method, Json params, const std::string& title) {
  const Result<Connection*> connection = ConnectionFor(sending.revision);
  if (!connection.ok()) return {.silence = connection.error().message()};
  const Credential* credential = sending.with.empty() ? nullptr : FindCredential(sending.with);
  const std::string role = credential == nullptr ? "" : credential->subject;
  const Connection::Dress dress = DressFor(sending);
  Connection& mcp = **connection;
  const std::string identity = IdentityOf(sending);
  // A process has to start first, for which it gets time before anybody is patient with it.
  constexpr std::chrono::milliseconds kStart = std::chrono::seconds(60);
  std::chrono::milliseconds patience = sending.patience;
  if (target_->transport == Transport::kStdio) {
    const std::lock_guard lock(mutex_);
    if (started_.insert(identity).second) patience += kStart;
  }
  // A handshake of its own comes first, untraced; a borrowed session is used as it is.
  if (mcp.opens()) {
    const auto opened = sending.session_of.empty() ? mcp.Open(identity, dress, Deadline::In(patience)) : Result<void>();
    if (!opened.ok()) {
      return {.silence = ground_.redactor.Mask(opened.error().message()),
              .timed_out = opened.error().kind() == ErrorKind::kTimeout};
    }
  } else if (!Stateless(mcp.revision()) && sending.session_of.empty() && mcp.Session(identity).empty()) {
    const auto opened = mcp.Send("ping", Json::object(), identity, dress, Deadline::In(sending.patience));
    if (!opened.ok()) {
      const HttpRequest handshake{.method = "POST", .target = target_->path};
      return Traced(sending.with, role, title + ": opening a session", handshake, [&] { return opened; });
    }
  }
  HttpRequest request = mcp.Prepare(method, std::move(params), mcp.Session(identity));
  dress(request);
  {
    const std::lock_guard lock(mutex_);
    last_request_ = request;
  }
  return Traced(sending.with, role, title, request,
                [&] { return mcp.SendPrepared(request, Deadline::In(patience), !sending.session_of.empty()); });
}

SendOutcome Stage::SendAgain(const HttpRequest& request, const Sending& sending, const std::string& title) {
  const Result<Connection*> connection = ConnectionFor(sending.revision);
  if (!connection.ok()) return {.silence = connection.error().message()};
  HttpRequest again = request;
  if (!sending.with.empty()) {
    again.headers.Remove("Authorization");
    again.headers.Remove("DPoP");
    DressFor(sending)(again);
  }
  const Credential* credential = sending.with.empty() ? nullptr : FindCredential(sending.with);
  return Traced(sending.with, credential == nullptr ? "" : credential->subject, title, again, [&] {
    const std::string own = sending.with.empty() ? "" : (*connection)->Session(sending.with);
    const bool theirs = own.empty() || !again.target.starts_with(own);
    return (*connection)->SendPrepared(again, Deadline::In(sending.patience), theirs);
  });
}

SendOutcome Stage::SendPlain(HttpRequest request, const std::string& role, const std::string& title) {
  const Result<Connection*> connection = ConnectionFor("");
  if (!connection.ok()) return {.silence = connection.error().message()};
  return Traced("", role, title, request, [&]() -> Result<McpAnswer> {
    HttpClient* client = (*connection)->client();
    if (client == nullptr)
      return Error(ErrorKind::kInvalidInput, target_->name + " speaks stdio: there is no HTTP to ask");
    const HttpResponse response = TRY(client->Send(request, Deadline::In(std::chrono::seconds(10))));
    return ParseMcpAnswer(response, 0);
  });
}

Result<Json> Stage::CallParams(const CallStep& call, const std::string& caller) const {
  const Subject* own = FindSubject(caller);
  const Subject* of = call.of.empty() ? nullptr : FindSubject(call.of);
  std::string tool = call.tool;
  Json arguments = Json::object();
  if (!call.operation.empty()) {
    const auto operation = target_->operations.find(call.operation);
    if (operation == target_->operations.end()) {
      return Error(ErrorKind::kInvalidInput,
                   "target " + target_->name + " has no operation called '" + call.operation + "'");
    }
    tool = operation->second.tool;
    arguments = operation->second.arguments;
  }
  if (call.arguments) arguments.update(*call.arguments);
  // Nobody's own thing is asked for when nobody calls: the first subject's stands in.
  if (own == nullptr && !subjects_.empty()) own = &subjects_.front();
  return Json{{"name", tool}, {"arguments", FillAll(arguments, own, of, target_->upstream, "written by iff")}};
}

std::string Stage::TargetAudit() const { return target_audit_.empty() ? std::string() : WholeFile(target_audit_); }

Stage::Marks Stage::Mark() const {
  Marks marks{.began = steady_clock::now()};
  if (arrivals_ != nullptr) marks.arrived = arrivals_->Now();
  for (const auto& [name, ledger] : All<CallLedger>()) {
    const Result<uint64_t> mark = ledger->Mark();
    if (mark.ok()) marks.ledger[name] = *mark;
    if (!mark.ok()) marks.not_observable.push_back({Place::kLedger, name, mark.error().message()});
  }
  for (const auto& [name, audit] : All<AuditSource>()) {
    const Result<uint64_t> mark = audit->Mark();
    if (mark.ok()) marks.audit[name] = *mark;
    if (!mark.ok()) marks.not_observable.push_back({Place::kAuditLog, name, mark.error().message()});
  }
  return marks;
}

void Stage::Observe(const Marks& since, const std::string& caller, const SendOutcome& outcome, Observation& seen) {
  seen.caller = caller;
  seen.upstream = target_->upstream;
  seen.answer = outcome.answer;
  if (seen.answer) {
    // Headers are quoted in reports; the body, which may hold canaries that are looked for, is not.
    Headers masked;
    for (const auto& [name, value] : seen.answer->headers.fields()) masked.Add(name, ground_.redactor.Mask(value));
    seen.answer->headers = std::move(masked);
  }
  seen.no_response = outcome.silence;
  seen.timed_out = outcome.timed_out;
  seen.took = outcome.took;
  if (const auto ended = TargetExited(); ended && !outcome.answer) {
    seen.target_died = true;
    seen.no_response += " (the server ended: " + *ended + ")";
  }
  for (const Subject& subject : subjects_) {
    seen.role_of[subject.id] = subject.role;
    seen.role_of[subject.name] = subject.role;
    for (const auto& [upstream, holding] : subject.accounts) {
      seen.role_of[holding.login] = subject.role;
      if (upstream == target_->upstream) seen.canary[subject.role] = holding.canary;
    }
  }
  if (outcome.answer) {
    const Sightings inside = LookInto(Scanner(ground_.redactor), *outcome.answer);
    std::vector<std::string>& leaks = seen.leaks[Place::kAnswer];  // was looked into
    for (const Sighting& one : inside.found) {
      const std::string& role = one.belonging.owner;
      if (role != caller || role.empty()) seen.others_seen.push_back(Described(one));
      seen.seen_of[role].push_back(Described(one));
      if (!one.belonging.canary) leaks.push_back(Described(one));
    }
    if (!inside.opaque.empty()) seen.not_inspectable[Place::kAnswer] = inside.opaque;
  }

  Downstream& downstream = seen.downstream;
  downstream = ReadDownstream(since, seen.role_of);
  const std::lock_guard lock(mutex_);
  trace_.downstream.Add(downstream);
}

Downstream Stage::ReadDownstream(const Marks& since, const std::map<std::string, std::string>& role_of) const {
  Downstream downstream{.not_observable = since.not_observable};
  // When it happened, where the component says so and its clock agrees with ours; otherwise when it was read.
  const int64_t read_us = ElapsedUs();
  const auto add = [&](DownstreamEvent event, WallTime time) {
    const int64_t at = duration_cast<microseconds>(time - began_at_).count();
    event.timed = at >= 0 && at <= read_us;
    event.at_us = event.timed ? at : read_us;
    event.act.object = ground_.redactor.Mask(event.act.object);
    downstream.events.push_back(std::move(event));
  };
  for (const auto& [name, ledger] : All<CallLedger>()) {
    const auto mark = since.ledger.find(name);
    if (mark == since.ledger.end()) continue;
    Result<std::vector<LedgerEntry>> entries = ledger->Since(mark->second);
    const DownstreamSource source{Place::kLedger, name};
    if (!entries.ok()) {
      Note(downstream.not_observable, {source.place, name, ground_.redactor.Mask(entries.error().message())});
      continue;
    }
    downstream.observed.push_back(source);
    for (LedgerEntry& entry : *entries) {
      const auto role = role_of.find(entry.owner);
      add({.act = {.source = source,
                   .role = role == role_of.end() ? entry.owner : role->second,
                   .action = std::move(entry.method),
                   .object = std::move(entry.target),
                   .status = entry.status,
                   .shows = std::move(entry.disclosed)},
           .account = entry.owner,
           .fingerprint = std::move(entry.fingerprint)},
          entry.time);
    }
  }
  for (const auto& [name, audit] : All<AuditSource>()) {
    const auto mark = since.audit.find(name);
    if (mark == since.audit.end()) continue;
    Result<std::vector<AuditEntry>> entries = audit->Since(mark->second);
    const DownstreamSource source{Place::kAuditLog, name};
    if (!entries.ok()) {
      Note(downstream.not_observable, {source.place, name, ground_.redactor.Mask(entries.error().message())});
      continue;
    }
    downstream.observed.push_back(source);
    for (AuditEntry& entry : *entries) {
      // The log is shared with every scenario of the run: only this one's people are of interest.
      const auto role = role_of.find(entry.subject);
      if (role == role_of.end()) continue;
      add({.act = {.source = source,
                   .role = role->second,
                   .action = std::move(entry.operation),
                   .object = std::move(entry.path),
                   .allowed = entry.allowed},
           .account = entry.subject,
           .taken_for = ground_.redactor.MaskAll(TakenFor(entry))},
          entry.time);
    }
  }
  return downstream;
}

std::map<std::string, int64_t> Stage::Counts(Observation* seen) const {
  std::map<std::string, int64_t> all;
  const std::vector<Subject> others =
      ground_.people == nullptr ? std::vector<Subject>() : ground_.people->Others(subjects_);
  for (const auto& [name, counter] : All<ResourceCounter>()) {
    const Result<std::map<std::string, int64_t>> counts = counter->Counts(others);
    if (!counts.ok()) {
      if (seen != nullptr) seen->CannotObserve({Place::kCounts, name, counts.error().message()});
      continue;
    }
    for (const auto& [what, count] : *counts) all[name + "." + what] = count;
  }
  return all;
}

int64_t Stage::ElapsedUs() const { return duration_cast<microseconds>(steady_clock::now() - began_).count(); }

std::vector<NamedText> Stage::Names() const {
  std::vector<NamedText> names;
  for (const Subject& subject : subjects_) {
    names.push_back({subject.tag, subject.role + ".tag"});
    names.push_back({subject.name.substr(subject.role.size() + 1), subject.role + ".tag"});  // in lower case
    names.push_back({subject.id, subject.role + ".id"});
    names.push_back({subject.name, subject.role + ".name"});
    for (const auto& [what, value] : subject.items) {
      if (value.is_string()) names.push_back({value.get<std::string>(), subject.role + "." + what});
    }
  }
  names.push_back({target_endpoint_.Authority(), target_->name + ".server"});
  for (const Environment* environment : {&ground_.environment, static_cast<Environment*>(own_.get())}) {
    for (Component* component : environment->components()) {
      names.push_back({component->endpoint().Authority(), component->name() + ".address"});
    }
  }
  for (const auto& [name, gate] : gates_) names.push_back({gate->endpoint().Authority(), name + ".address"});
  return names;
}

Trace Stage::TakeTrace() {
  const std::lock_guard lock(mutex_);
  return std::exchange(trace_, {});
}

}  // namespace iff
