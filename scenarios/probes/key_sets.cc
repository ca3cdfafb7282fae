// What an issuer publishes, as it should never: the set that the target gets is written anew on the way.
#include <atomic>
#include <future>
#include <map>
#include <set>

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
    std::vector<Kind> kinds;
    const std::vector<WrongKey> wrong = WrongKeys();
    for (const Algorithm algorithm : {Algorithm::kRs256, Algorithm::kEs256, Algorithm::kEdDsa})
      kinds.push_back(TRY(KindOf(algorithm, wrong)));
    for (const bool first : {true, false}) kinds.push_back(TRY(Namesakes(first)));
    const Result<void> played = PlayAll(kinds);
    published_.gate->Heal();
    if (!played.ok()) return played.error();
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

  // A right key with odd ones, and a token by each.
  struct Kind {
    std::string name = {};
    std::vector<Json> right = {};
    std::vector<Json> odd = {};  // for two of one name, both
    Secret twin = {};            // of the valid token, by the right key: believed, or nothing follows
    std::vector<Shown> forged = {};
    std::string not_believed = {};  // what is said of the server then
    bool beside_others = true;      // the issuer's own keys have to be used beside these
  };

  Result<Kind> KindOf(Algorithm algorithm, const std::vector<WrongKey>& all) const {
    const std::string name(Name(algorithm));
    const SigningKey right = SigningKey::Generate(algorithm, "added-" + name);
    Kind kind{.name = name,
              .right = {right.PublicJwk()},
              .twin = TRY(SignedBy(right, valid())),
              .not_believed = "believes no " + name + " key that its issuer adds"};
    for (const WrongKey& key : all) {
      if (key.algorithm != algorithm) continue;
      kind.odd.push_back(key.jwk);
      kind.forged.push_back({key.id, key.id, TRY(key.Sign(valid()))});
    }
    TRY(AddSignatures(right, kind.twin, kind.forged));
    return kind;
  }

  // Two keys of one name, in either order: what their use is decides, not which of them comes first or last.
  Result<Kind> Namesakes(bool first) const {
    const std::string order = first ? "the one for encryption first" : "the one for encryption last";
    const std::string name = first ? "namesake" : "other-namesake";
    const SigningKey right = SigningKey::Generate(Algorithm::kRs256, name);
    const SigningKey namesake = SigningKey::Generate(Algorithm::kRs256, name);
    Json wrong = namesake.PublicJwk();
    wrong["use"] = "enc";
    Kind kind{.name = name,
              .twin = TRY(SignedBy(right, valid())),
              .forged = {{"namesake", order, TRY(SignedBy(namesake, valid()))}},
              .not_believed = "believes neither of two keys of one name, " + order,
              .beside_others = false};
    kind.odd = first ? std::vector<Json>{wrong, right.PublicJwk()} : std::vector<Json>{right.PublicJwk(), wrong};
    return kind;
  }

  // All in one set, for which the server has to be started once. What cannot be judged so is played by itself: some
  // take a set for none in which they do not understand a key.
  Result<void> PlayAll(const std::vector<Kind>& kinds) {
    std::vector<const Kind*> all;
    for (const Kind& kind : kinds) all.push_back(&kind);
    for (const Kind* kind : TRY(Round(all, false))) TRY(Round({kind}, true));
    return {};
  }

  // Beside others the right keys come last: who stops at a key they do not understand believes none of them, and is
  // asked about each kind alone. There the right one comes first.
  Json SetOf(const std::vector<const Kind*>& kinds, bool alone) const {
    Json set = published_.set;
    const auto add = [&](std::vector<Json> Kind::* keys) {
      for (const Kind* kind : kinds) {
        for (const Json& key : kind->*keys) set["keys"].push_back(key);
      }
    };
    add(alone ? &Kind::right : &Kind::odd);
    add(alone ? &Kind::odd : &Kind::right);
    return set;
  }

  // Those that are left to be played by themselves; none where they are: `alone`.
  Result<std::vector<const Kind*>> Round(const std::vector<const Kind*>& kinds, bool alone) {
    const Json set = SetOf(kinds, alone);
    const uint64_t before = published_.gate->counts().disturbed;
    published_.gate->Set(
        {.mode = GateMode::kAnswer, .status = 200, .body = Dump(set), .aim = {.path = published_.url.target}});
    if (const Result<void> ready = sandbox_.Relaunch(); !ready.ok()) {
      if (!alone) return kinds;
      for (const Kind* kind : kinds) NotReady(*kind, ready.error().message());
      return std::vector<const Kind*>();
    }
    // What was hers may have another name since the server was started anew.
    params_ = TRY(
        sandbox_.client().CallParams({.operation = "read_own"}, sandbox_.principals().FindCredential(who_)->principal));
    const SendOutcome own = sandbox_.client().Send({.with = who_}, "tools/call", params_, "with odd keys in the set");
    const auto fetched = [&] { return published_.gate->counts().disturbed != before; };
    if (!alone && fetched() && !Served(own)) return kinds;
    std::vector<const Kind*> left;
    for (const Kind* kind : kinds) {
      // Some ask for the keys only when a token names one that they do not know.
      const SendOutcome believed = TRY(Show("right-" + kind->name, kind->twin));
      if (!alone && fetched() && !Served(believed)) {
        left.push_back(kind);
      } else {
        TRY(Judge(*kind, own, believed, fetched()));
      }
    }
    return left;
  }

  void NotReady(const Kind& kind, const std::string& why) {
    if (kind.beside_others) {
      used_.met = false;
      used_.observed += kind.name + ": the server does not even get ready; ";
    }
    for (const Shown& one : kind.forged) FindingOf(one).could_not = why;
  }

  Finding& FindingOf(const Shown& one) {
    return findings_.try_emplace(one.finding, Finding{.met = true, .expected = "HTTP 401", .observed = ""})
        .first->second;
  }

  Result<void> Judge(const Kind& kind, const SendOutcome& own, const SendOutcome& believed, bool fetched) {
    std::string why_not;
    if (!fetched) {
      why_not = sandbox_.target().name + " does not fetch the keys of its issuer";
    } else if (!Served(believed) && (Served(own) || !kind.beside_others)) {
      why_not = sandbox_.target().name + " " + kind.not_believed;
    }
    if (!Served(own) && kind.beside_others) {
      used_.met = false;
      used_.observed += kind.name + ": " + StatusOf(own) + "; ";
    }
    for (const Shown& one : kind.forged) {
      Finding& finding = FindingOf(one);
      const SendOutcome sent = TRY(Show(one.name, one.token));
      // Who takes the set for none believes nobody, and says so in their own way.
      if (!Refused(sent) && (Served(own) || Served(sent))) Note(finding, one.name + ": " + StatusOf(sent), sent);
      if (!sent.answer) finding.could_not = sent.silence;
      if (finding.met && !why_not.empty() && !judged_.contains(one.finding)) finding.inapplicable = why_not;
      if (!finding.met || why_not.empty()) finding.inapplicable.clear();
      if (why_not.empty()) judged_.insert(one.finding);
    }
    return {};
  }

  // What is no signature by the key, although it looks like one.
  Result<void> AddSignatures(const SigningKey& right, const Secret& twin, std::vector<Shown>& forged) const {
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
  std::set<std::string> judged_ = {};  // findings of which something follows
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
  std::atomic<int64_t> shown = 0;
  constexpr int64_t kMoreThanEnough = 20;
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
      // Who fetches for each of so many does so for the others, too.
      for (size_t i = lane; i < names.size() && fetches <= most + kMoreThanEnough; i += kAtOnce) {
        ++shown;
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
  few.observed = std::to_string(fetches) + " fetches for " + std::to_string(shown);
  if (!wrong.empty()) few.could_not = "a token of a key nobody knows got " + wrong;
  serves.met = GotOwn(sandbox, "read_own", after, seen.seen_of.contains(valid->principal));
  serves.observed = StatusOf(after);
  return outcome;
}

}  // namespace

void AddKeySetProbes(ProbeSet& probes) {
  // The server goes on with the keys it was shown, until it asks for them again.
  probes["key_sets"] = PlayKeySets;
  probes["unknown_keys"] = {PlayUnknownKeys, Aftermath::kAsTheyWere};
}

}  // namespace iff
