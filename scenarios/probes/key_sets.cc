// What an issuer publishes, as it should never: the set that the target gets is written anew on the way.
#include <atomic>
#include <future>
#include <map>

#include "harness/core/bytes.h"
#include "harness/jose/wrong_keys.h"
#include "harness/net/http.h"
#include "scenarios/probes/key_sets.h"
#include "scenarios/probes/probes.h"

namespace iff {

Result<Published> FindPublished(const Sandbox& sandbox, const Json& arguments) {
  const std::string issuer = AtOr<std::string>(arguments, "/disturbs", "");
  Published found{.gate = sandbox.FindGate(issuer)};
  const auto facts = sandbox.context().environment.outputs().find(issuer);
  if (found.gate == nullptr || facts == sandbox.context().environment.outputs().end() ||
      !facts->second.contains("jwks_url")) {
    return Error(ErrorKind::kInvalidInput, "want 'disturbs', a component that tells its jwks_url");
  }
  found.url = TRY(ParseUrl(facts->second.at("jwks_url").value));
  HttpRequest request;
  request.target = found.url.target;
  HttpClient client(found.url.endpoint);
  const HttpResponse answer =
      TRY(client.Send(request, Deadline::In(std::chrono::seconds(5))).While("fetch the key set"));
  found.set = TRY(ParseJson(answer.body).While("read the key set"));
  if (!found.set.contains("keys") || !found.set["keys"].is_array())
    return Error(ErrorKind::kProtocol, "the key set has no keys");
  return found;
}

std::string NoTokensAt(const TargetSpec& target) {
  if (target.transport == Transport::kStdio)
    return target.name + " speaks stdio: a process is started as somebody, no token is shown at a door";
  return target.TakesKeys() ? target.name + " takes keys: there is no issuer that publishes any" : "";
}

namespace {

class KeySets {
 public:
  KeySets(Sandbox& sandbox, Published published, std::string who)
      : sandbox_(sandbox), published_(std::move(published)), who_(std::move(who)) {}

  Result<ProbeOutcome> Play() {
    const std::vector<WrongKey> wrong = WrongKeys();
    for (const Algorithm algorithm : {Algorithm::kRs256, Algorithm::kEs256, Algorithm::kEdDsa}) {
      Result<void> played = PlayOf(algorithm, wrong);
      published_.gate->Heal();
      if (!played.ok()) return played.error();
    }
    const Result<void> namesakes = PlayNamesakes();
    published_.gate->Heal();
    if (!namesakes.ok()) return namesakes.error();
    // It forgets what it was shown before somebody else asks.
    TRY(sandbox_.Relaunch());
    ProbeOutcome outcome;
    for (auto& [name, finding] : findings_) outcome.findings[name] = std::move(finding);
    outcome.findings["others-are-used"] = used_;
    return outcome;
  }

 private:
  const Secret& valid() const { return sandbox_.principals().FindCredential(who_)->value; }

  Result<SendOutcome> Show(const std::string& what, Secret token) {
    Credential credential;
    credential.value = std::move(token);
    sandbox_.principals().Keep(what, sandbox_.principals().FindCredential(who_)->principal, std::move(credential));
    return sandbox_.client().Send({.with = what}, "tools/call", params_, "signed by " + what);
  }
  static bool Refused(const SendOutcome& sent) { return sent.answer && sent.answer->status == 401; }

  struct Shown {
    std::string finding;
    std::string name;
    Secret token;
  };

  // One right key of the kind, the wrong ones beside it, and tokens by each.
  Result<void> PlayOf(Algorithm algorithm, const std::vector<WrongKey>& all) {
    const std::string kind(Name(algorithm));
    const SigningKey right = SigningKey::Generate(algorithm, "added-" + kind);
    Json set = published_.set;
    set["keys"].push_back(right.PublicJwk());
    std::vector<Shown> forged;
    for (const WrongKey& key : all) {
      if (key.algorithm != algorithm) continue;
      set["keys"].push_back(key.jwk);
      forged.push_back({key.id, key.id, TRY(key.Sign(valid()))});
    }
    const Secret twin = TRY(SignedBy(right, valid()));
    TRY(AddSignatures(right, twin, forged));

    const uint64_t before = published_.gate->counts().disturbed;
    published_.gate->Set(
        {.mode = GateMode::kAnswer, .status = 200, .body = Dump(set), .aim = {.path = published_.url.target}});
    if (const Result<void> ready = sandbox_.Relaunch(); !ready.ok()) {
      used_ = {.met = false, .expected = used_.expected, .observed = kind + ": the server does not even get ready"};
      for (const Shown& one : forged) findings_[one.finding].could_not = ready.error().message();
      return {};
    }
    // What was hers may have another name since the server was started anew.
    params_ = TRY(
        sandbox_.client().CallParams({.operation = "read_own"}, sandbox_.principals().FindCredential(who_)->principal));
    const SendOutcome own = sandbox_.client().Send({.with = who_}, "tools/call", params_, "with odd keys in the set");
    const SendOutcome believed = TRY(Show("right-" + kind, twin));
    std::string why_not;
    if (published_.gate->counts().disturbed == before) {
      why_not = sandbox_.target().name + " does not fetch the keys of its issuer";
    } else if (Served(own) && Refused(believed)) {
      why_not = sandbox_.target().name + " believes no " + kind + " key that its issuer adds";
    }
    if (!Served(own)) {
      used_.met = false;
      used_.observed += kind + ": " + StatusOf(own) + "; ";
    }
    for (const Shown& one : forged) {
      Finding& finding =
          findings_.try_emplace(one.finding, Finding{.met = true, .expected = "HTTP 401", .observed = ""})
              .first->second;
      const SendOutcome sent = TRY(Show(one.name, one.token));
      // Who takes the set for none believes nobody, and says so in their own way.
      const bool refused = Refused(sent) || (!Served(own) && !Served(sent));
      if (!refused) finding.met = false;
      if (!refused) finding.observed += one.name + ": " + StatusOf(sent) + "; ";
      if (!sent.answer) finding.could_not = sent.silence;
      if (finding.met) finding.inapplicable = why_not;
      if (!finding.met) finding.inapplicable.clear();
    }
    return {};
  }

  // Two keys of one name, in either order: what their use is decides, not which of them comes first or last.
  Result<void> PlayNamesakes() {
    Finding& finding = findings_["namesake"] = {.met = true, .expected = "HTTP 401", .observed = ""};
    for (const bool first : {true, false}) {
      const SigningKey right = SigningKey::Generate(Algorithm::kRs256, "namesake");
      const SigningKey namesake = SigningKey::Generate(Algorithm::kRs256, "namesake");
      Json wrong = namesake.PublicJwk();
      wrong["use"] = "enc";
      Json set = published_.set;
      set["keys"].push_back(first ? wrong : right.PublicJwk());
      set["keys"].push_back(first ? right.PublicJwk() : wrong);
      const Secret twin = TRY(SignedBy(right, valid()));
      const Secret forged = TRY(SignedBy(namesake, valid()));
      published_.gate->Set(
          {.mode = GateMode::kAnswer, .status = 200, .body = Dump(set), .aim = {.path = published_.url.target}});
      if (const Result<void> ready = sandbox_.Relaunch(); !ready.ok()) {
        finding.could_not = ready.error().message();
        return {};
      }
      params_ = TRY(sandbox_.client().CallParams({.operation = "read_own"},
                                                 sandbox_.principals().FindCredential(who_)->principal));
      const std::string order = first ? "the one for encryption first" : "the one for encryption last";
      const SendOutcome believed = TRY(Show("right-namesake", twin));
      const SendOutcome sent = TRY(Show("wrong-namesake", forged));
      if (!sent.answer) finding.could_not = sent.silence;
      if (!Refused(sent)) Note(finding, order + ": " + StatusOf(sent), sent);
      if (finding.met && Refused(believed))
        finding.inapplicable = sandbox_.target().name + " believes neither of two keys of one name, " + order;
    }
    if (!finding.met) finding.inapplicable.clear();
    return {};
  }

  // What is no signature by the key, although it looks like one.
  Result<void> AddSignatures(const SigningKey& right, const Secret& twin, std::vector<Shown>& forged) {
    const Forge forge(right, sandbox_.context().clock);
    const std::string type = right.algorithm() == Algorithm::kEs256   ? "EC"
                             : right.algorithm() == Algorithm::kEdDsa ? "OKP"
                                                                      : "";
    if (type.empty()) return {};  // those of RSA are shown with the realm's own key
    const std::string finding = type == "EC" ? "ecdsa-forms" : "ed25519-forms";
    std::vector<std::string> attacks;
    for (const Attack& attack : Forge::Attacks()) {
      if (attack.key_type == type) attacks.push_back(attack.id);
    }
    if (type == "EC") attacks.emplace_back("es256-zero-signature");
    for (const std::string& attack : attacks) forged.push_back({finding, attack, TRY(forge.Make(attack, twin))});
    return {};
  }

  bool Served(const SendOutcome& sent) const {
    return sent.answer && sent.answer->status == 200 && sent.answer->HasResult() && !sent.answer->ToolError();
  }

  Sandbox& sandbox_;
  Published published_;
  const std::string who_;
  Json params_ = {};
  std::map<std::string, Finding> findings_ = {};
  Finding used_ = {
      .met = true, .expected = "the issuer's right keys are used, whatever lies beside them", .observed = ""};
};

// `arguments`: `disturbs`, the issuer; `with`, a credential.
Result<ProbeOutcome> PlayKeySets(Sandbox& sandbox, const Json& arguments) {
  const std::string who = AtOr<std::string>(arguments, "/with", "");
  if (sandbox.principals().FindCredential(who) == nullptr)
    return Error(ErrorKind::kInvalidInput, "key_sets: want 'with', a credential");
  if (const std::string why_not = NoTokensAt(sandbox.target()); !why_not.empty()) {
    ProbeOutcome none;
    for (const char* finding : {"key-for-encryption", "key-for-wrapping", "short-key", "exponent-of-one",
                                "small-order-key", "ecdsa-forms", "ed25519-forms", "namesake", "others-are-used"}) {
      none.findings[finding].inapplicable = why_not;
    }
    return none;
  }
  return KeySets(sandbox, TRY(FindPublished(sandbox, arguments)), who).Play();
}

// How often a target asks for the set when token after token names a key that is not in it.
Result<ProbeOutcome> PlayUnknownKeys(Sandbox& sandbox, const Json& arguments) {
  const std::string who = AtOr<std::string>(arguments, "/with", "");
  const int64_t times = AtOr<int64_t>(arguments, "/times", 0);
  const int64_t most = AtOr<int64_t>(arguments, "/most", 0);
  const Credential* valid = sandbox.principals().FindCredential(who);
  if (valid == nullptr || times < 1)
    return Error(ErrorKind::kInvalidInput, "unknown_keys: want 'with', a credential, and 'times'");
  ProbeOutcome outcome;
  Finding& few = outcome.findings["few-fetches"];
  Finding& serves = outcome.findings["still-serves"];
  few.expected = "at most " + std::to_string(most) + " for " + std::to_string(times) + " tokens";
  serves.expected = "what is the caller's own, afterwards";
  if (const std::string why_not = NoTokensAt(sandbox.target()); !why_not.empty()) {
    few.inapplicable = serves.inapplicable = why_not;
    return outcome;
  }
  serves.inapplicable = WhyNothingPrivate(sandbox);
  const Published published = TRY(FindPublished(sandbox, arguments));
  const Json params = TRY(sandbox.client().CallParams({.operation = "read_own"}, valid->principal));
  const Forge forge = TRY(sandbox.principals().MakeForge());
  std::vector<std::string> names;
  for (int64_t i = 0; i < times; ++i) {
    Credential credential;
    credential.value = TRY(forge.Reissue(valid->value, Json::object(), {{"kid", Hex(RandomBytes(16))}}));
    names.push_back("unknown-" + std::to_string(i));
    sandbox.principals().Keep(names.back(), valid->principal, std::move(credential));
  }
  std::atomic<int64_t> fetches = 0;
  published.gate->Watch([&](const Passage& passage) {
    const std::string_view line = passage.bytes.substr(0, passage.bytes.find("\r\n"));
    if (passage.to_component && line.starts_with("GET " + published.url.target + " ")) ++fetches;
  });
  // Several at once, as whoever floods does.
  constexpr size_t kAtOnce = 4;
  std::vector<std::future<std::string>> floods;
  for (size_t lane = 0; lane < kAtOnce; ++lane) {
    floods.push_back(std::async(std::launch::async, [&, lane] {
      std::string wrong;
      for (size_t i = lane; i < names.size(); i += kAtOnce) {
        const SendOutcome sent = sandbox.client().Send({.with = names[i]}, "tools/call", params, "a key nobody knows");
        if (!sent.answer || sent.answer->status != 401) wrong = StatusOf(sent);
      }
      return wrong;
    }));
  }
  std::string wrong;
  for (std::future<std::string>& flood : floods) {
    if (std::string one = flood.get(); !one.empty()) wrong = std::move(one);
  }
  published.gate->Watch({});
  const SendOutcome after = sandbox.client().Send({.with = who}, "tools/call", params, "with a key that is known");
  Observation seen;
  sandbox.observer().Observe(sandbox.observer().Mark(), valid->principal, after, seen);
  few.met = fetches <= most;
  few.observed = std::to_string(fetches) + " fetches";
  if (!wrong.empty()) few.could_not = "a token of a key nobody knows got " + wrong;
  serves.met = GotOwn(sandbox, "read_own", after, seen.seen_of.contains(valid->principal));
  serves.observed = StatusOf(after);
  return outcome;
}

}  // namespace

void AddKeySetProbes(ProbeSet& probes) {
  probes["key_sets"] = PlayKeySets;
  probes["unknown_keys"] = {PlayUnknownKeys, Aftermath::kAsTheyWere};
}

}  // namespace iff
