// What a server asks somebody else before it believes a token, and whom it must not ask.
#include <optional>

#include "harness/core/bytes.h"
#include "harness/jose/token.h"
#include "harness/jose/wrong_keys.h"
#include "harness/net/http_server.h"
#include "scenarios/probes/key_sets.h"
#include "scenarios/probes/probes.h"

namespace iff {
namespace {

using std::chrono::milliseconds;

// Shows tokens in place of a credential's.
class Shows {
 public:
  Shows(Sandbox& sandbox, const Credential& valid) : sandbox_(sandbox), valid_(valid.value), who_(valid.principal) {}
  const Secret& valid() const { return valid_; }
  const std::string& who() const { return who_; }

  SendOutcome Show(Secret token, std::string_view method, Json params, const std::string& title) {
    Credential credential;
    credential.value = std::move(token);
    const std::string name = "shown-" + std::to_string(++shown_);
    sandbox_.principals().Keep(name, who_, std::move(credential));
    return sandbox_.client().Send({.with = name}, method, std::move(params), title);
  }
  const std::string& WhyTheyTellNothing() { return Question().why_not; }
  SendOutcome Show(Secret token, const std::string& title) {
    return Show(std::move(token), Question().method, Question().params, title);
  }

 private:
  // Found out when it is first needed: that takes requests.
  const TargetClient::Question& Question() {
    if (!question_) question_ = sandbox_.client().OpenedByATokenAlone(who_);
    return *question_;
  }

  Sandbox& sandbox_;
  const Secret valid_;
  const std::string who_;
  std::optional<TargetClient::Question> question_;
  int shown_ = 0;
};

bool Opened(const SendOutcome& sent) { return sent.answer && sent.answer->status == 200 && sent.answer->HasResult(); }
bool Barred(const SendOutcome& sent) { return sent.answer && sent.answer->status == 401 && !sent.answer->HasResult(); }

Result<const Credential*> Asked(Sandbox& sandbox, const Json& arguments) {
  const Credential* valid = sandbox.principals().FindCredential(AtOr<std::string>(arguments, "/with", ""));
  if (valid == nullptr) return Error(ErrorKind::kInvalidInput, "want 'with', a credential");
  return valid;
}

// A key that the issuer added is believed, and taken back it is not, in the time the server was set to: `within`,
// seconds.
Result<ProbeOutcome> PlayWithdrawnKey(Sandbox& sandbox, const Json& arguments) {
  Shows shows(sandbox, *TRY(Asked(sandbox, arguments)));
  if (const std::string& why_not = shows.WhyTheyTellNothing(); !why_not.empty())
    return ProbeOutcome{.findings = {{"withdrawn-key-opens-nothing", {.inapplicable = why_not}}}};
  const milliseconds within = std::chrono::seconds(AtOr<int64_t>(arguments, "/within", 0));
  Published published = TRY(FindPublished(sandbox, arguments));
  const SigningKey added = SigningKey::Generate(Algorithm::kRs256, "added-and-withdrawn");
  Json set = published.set;
  set["keys"].push_back(added.PublicJwk());
  const auto publish = [&](const Json& keys) {
    published.gate->Set(
        {.mode = GateMode::kAnswer, .status = 200, .body = Dump(keys), .aim = {.path = published.url.target}});
  };
  const Secret token = TRY(SignedBy(added, shows.valid()));
  const Forge forge(added, sandbox.context().clock);
  publish(set);
  TRY(sandbox.Relaunch());
  const SendOutcome believed = shows.Show(token, "by a key that was added");
  publish(published.set);
  SendOutcome last;
  const Result<void> gone = Eventually(Deadline::In(within), [&]() -> Result<bool> {
    last = shows.Show(token, "by a key that was withdrawn");
    return Barred(last);
  });
  const SendOutcome again = shows.Show(token, "by a key that was withdrawn, again");
  const SendOutcome fresh =
      shows.Show(TRY(forge.Reissue(token, {{"jti", Hex(RandomBytes(16))}})), "another by a key that was withdrawn");
  published.gate->Heal();
  TRY(sandbox.Relaunch());
  Finding withdrawn{
      .met = gone.ok() && Barred(again) && Barred(fresh),
      .expected = "HTTP 401 within " + std::to_string(within.count()) + " ms, and from then on",
      .observed = StatusOf(last) + ", then " + StatusOf(again) + ", and of another token " + StatusOf(fresh)};
  if (!Opened(believed)) withdrawn.could_not = "no key that was added is believed: " + StatusOf(believed);
  return ProbeOutcome{.findings = {{"withdrawn-key-opens-nothing", withdrawn}}};
}

// Tokens say where their key lies: at an address of ours, which nobody is to visit.
Result<ProbeOutcome> PlayNamedKeys(Sandbox& sandbox, const Json& arguments) {
  Shows shows(sandbox, *TRY(Asked(sandbox, arguments)));
  ProbeOutcome outcome;
  Finding& fetched = outcome.findings["nobody-visits-where-a-token-says"];
  Finding& opened = outcome.findings["keys-from-where-a-token-says-open-nothing"];
  fetched = {.met = true, .expected = "no connection to where a token says its key is", .observed = "none"};
  opened = {.met = true, .expected = "HTTP 401", .observed = ""};
  if (const std::string why_not = NoTokensAt(sandbox.target()); !why_not.empty()) {
    fetched.inapplicable = opened.inapplicable = why_not;
    return outcome;
  }
  opened.inapplicable = shows.WhyTheyTellNothing();
  const SigningKey theirs = SigningKey::Generate(Algorithm::kRs256, "theirs");
  const std::string served = Dump(Json{{"keys", Json::array({theirs.PublicJwk()})}});
  const auto there = TRY(HttpServer::Start([&](const HttpRequest&) {
    return HttpResponse{.headers = {{"Content-Type", "application/json"}}, .body = served};
  }));
  const auto gate = TRY(Gate::Open(there->endpoint()));
  // It would be found there: the absence of visitors says something.
  HttpClient visitor(gate->endpoint());
  const HttpResponse found =
      TRY(visitor.Send({.target = "/keys"}, Deadline::In(std::chrono::seconds(5))).While("visit our own key set"));
  if (found.body != served) return Error(ErrorKind::kInternal, "visit our own key set: it is another");
  const uint64_t before = gate->counts().connections;

  const std::string authority = gate->endpoint().Authority();
  const std::string url = "http://" + authority + "/keys";
  const std::string issuer = AtOr<std::string>(TRY(DecodeUnverified(shows.valid().Reveal())).payload, "/iss", "");
  const size_t scheme = issuer.find("://");
  const std::string trusted = scheme == std::string::npos
                                  ? "issuer.example"
                                  : issuer.substr(scheme + 3, issuer.find('/', scheme + 3) - scheme - 3);
  const std::vector<std::pair<std::string, Json>> ways = {
      {"jku", {{"jku", url}}},
      {"jku behind a name", {{"jku", "http://" + trusted.substr(0, trusted.find(':')) + "@" + authority + "/keys"}}},
      {"jku with the issuer in its path", {{"jku", "http://" + authority + "/" + trusted + "/../keys"}}},
      {"jku with the issuer in its query", {{"jku", url + "?" + issuer}}},
      {"x5u", {{"x5u", url}}},
      {"jku and x5u over TLS", {{"jku", "https://" + authority + "/keys"}, {"x5u", "https://" + authority + "/keys"}}},
  };
  const Forge forge(theirs, sandbox.context().clock);
  const Forge honest = TRY(sandbox.principals().MakeForge());
  const Secret twin = TRY(SignedBy(theirs, shows.valid()));
  const std::string kid = AtOr<std::string>(TRY(DecodeUnverified(shows.valid().Reveal())).header, "/kid", "");
  const auto visited = [&](const std::string& how) {
    const uint64_t now = gate->counts().connections;
    if (now == before) return;
    fetched = {.met = false, .expected = fetched.expected, .observed = std::to_string(now - before) + " up to " + how};
  };
  for (const auto& [how, header] : ways) {
    Json of_realm = header;
    of_realm["kid"] = kid;
    for (const Json& each : {header, of_realm}) {
      const SendOutcome sent = shows.Show(TRY(forge.Reissue(twin, Json::object(), each)), "its key by " + how);
      if (Opened(sent)) opened.met = false;
      if (!Barred(sent)) opened.observed += how + ": " + StatusOf(sent) + "; ";
      visited(how);
    }
    // By the realm's own key: whether it is taken is another's question, but nobody goes there for it.
    (void)shows.Show(TRY(honest.Reissue(shows.valid(), Json::object(), header)), "the issuer's own, with " + how);
    visited(how + " of the issuer's own");
  }
  (void)Eventually(Deadline::In(milliseconds(300)),
                   [&]() -> Result<bool> { return gate->counts().connections > before; });
  visited("the end");
  return outcome;
}

// The issuer says a token is active, but it is another than the one that was shown.
Result<ProbeOutcome> PlayIntrospectionAnswers(Sandbox& sandbox, const Json& arguments) {
  Shows shows(sandbox, *TRY(Asked(sandbox, arguments)));
  const std::string issuer = AtOr<std::string>(arguments, "/disturbs", "");
  Gate* const gate = sandbox.FindGate(issuer);
  const auto facts = sandbox.context().environment.outputs().find(issuer);
  if (gate == nullptr || facts == sandbox.context().environment.outputs().end() ||
      !facts->second.contains("introspection_url")) {
    return Error(ErrorKind::kInvalidInput,
                 "introspection_answers: want 'disturbs', a component that tells its introspection_url");
  }
  const Url url = TRY(ParseUrl(facts->second.at("introspection_url").value));
  const Json claims = TRY(DecodeUnverified(shows.valid().Reveal())).payload;
  Json same{{"active", true}, {"client_id", AtOr<std::string>(claims, "/azp", "")}};
  for (const char* name : {"iss", "sub", "aud", "exp"}) same[name] = claims.value(name, Json());
  const Json call = TRY(sandbox.client().CallParams({.operation = "read_own"}, shows.who()));
  const auto answered = [&](const char* member, const Json& value, Observation& seen) {
    Json answer = same;
    if (*member != '\0') answer[member] = value;
    gate->Set({.mode = GateMode::kAnswer, .status = 200, .body = Dump(answer), .aim = {.path = url.target}});
    const uint64_t before = gate->counts().disturbed;
    const Cursors marks = sandbox.observer().Mark();
    const SendOutcome sent =
        shows.Show(shows.valid(), "tools/call", call, std::string("active, with another ") + member);
    sandbox.observer().Observe(marks, shows.who(), sent, seen);
    if (gate->counts().disturbed == before) seen.no_response = "the issuer was not asked";
    return sent;
  };
  ProbeOutcome outcome;
  Observation twin;
  const SendOutcome right = answered("", nullptr, twin);
  outcome.findings["answer-about-the-token-opens"] = {.met = twin.seen_of.contains(shows.who()),
                                                      .expected = "what is the caller's own",
                                                      .observed = StatusOf(right),
                                                      .could_not = twin.no_response};
  const std::vector<std::pair<const char*, Json>> others = {{"iss", "https://other.example/realms/other"},
                                                            {"sub", "00000000-0000-4000-8000-000000000000"},
                                                            {"aud", "another-server"},
                                                            {"client_id", "another-client"}};
  for (const auto& [member, value] : others) {
    Observation seen;
    const SendOutcome sent = answered(member, value, seen);
    outcome.findings[std::string("answer-with-another-") + member] = {.met = Barred(sent) && seen.seen_of.empty(),
                                                                      .expected = "HTTP 401, and nothing of anybody",
                                                                      .observed = StatusOf(sent),
                                                                      .could_not = sent.answer ? seen.no_response : ""};
  }
  gate->Heal();
  return outcome;
}

}  // namespace

void AddKeySourceProbes(ProbeSet& probes) {
  probes["withdrawn_key"] = PlayWithdrawnKey;
  probes["named_keys"] = {PlayNamedKeys, Aftermath::kAsTheyWere, Asks::kAnything, Wants::kRunningTarget};
  probes["introspection_answers"] = PlayIntrospectionAnswers;
}

}  // namespace iff
