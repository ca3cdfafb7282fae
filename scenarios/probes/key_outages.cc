// A server without the keys of its issuer: never had, too old, or asked for in vain.
#include <future>

#include "harness/core/bytes.h"
#include "harness/run/fault.h"
#include "scenarios/probes/key_sets.h"
#include "scenarios/probes/probes.h"

namespace iff {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kBound{8000};  // for an answer, and for service after the end of it
constexpr milliseconds kWaited{10'000};
constexpr milliseconds kBetween{500};  // how exactly an age is told by asking again and again
constexpr milliseconds kPastTheAge{1500};
constexpr milliseconds kToEnd{2000};  // for a process to end on a busy machine

struct Said {
  bool opened = false;  // what needs nothing but a token, and so keys
  bool answered = false;
  int status = 0;
  std::string what = {};
  milliseconds took = {};
};

// Asks with tokens that differ in their id: no verdict on one is known from before.
class KeyOutage {
 public:
  KeyOutage(Sandbox& sandbox, Published published, Forge forge, const Credential& valid)
      : sandbox_(sandbox),
        published_(std::move(published)),
        forge_(std::move(forge)),
        valid_(valid.value),
        who_(valid.principal),
        question_(sandbox.client().OpenedByATokenAlone(valid.principal)) {}

  const std::string& why_not() const { return question_.why_not; }
  Sandbox& sandbox() { return sandbox_; }
  Gate& gate() { return *published_.gate; }
  void Disturb(const std::string& as) { gate().Set(FaultOf({.as = as}, {.path = published_.url.target})); }
  uint64_t disturbed() const { return published_.gate->counts().disturbed; }

  Result<Said> Ask() {
    const std::string name = Keep(TRY(forge_.Reissue(valid_, {{"jti", Hex(RandomBytes(16))}})));
    return Of(sandbox_.client().Send({.with = name, .patience = kWaited}, question_.method, question_.params,
                                     "with a key that is known"));
  }
  // One request, with no handshake before it: what is timed is one answer.
  Result<Said> AskUnknown() {
    const std::string name =
        Keep(TRY(forge_.Reissue(valid_, {{"jti", Hex(RandomBytes(16))}}, {{"kid", Hex(RandomBytes(16))}})));
    const TargetSpec& target = sandbox_.target();
    const HttpRequest request = McpRequest(TRY(ParseRevision(target.revisions.front())), target.path, question_.method,
                                           question_.params, 1, "", target.mirrors);
    return Of(sandbox_.client().SendAgain(request, {.with = name, .patience = kWaited}, "with a key nobody knows"));
  }

  // Healed, it opens again in time; the last answer is in `last`.
  Result<bool> OpensAgain(std::string& last) {
    gate().Heal();
    const Result<void> back = Eventually(Deadline::In(kBound), [&]() -> Result<bool> {
      const Said said = TRY(Ask());
      last = said.what;
      return said.opened;
    });
    if (!back.ok() && back.error().kind() != ErrorKind::kTimeout) return back.error();
    return back.ok();
  }

 private:
  std::string Keep(Secret token) {
    Credential credential;
    credential.value = std::move(token);
    const std::string name = "asks-" + std::to_string(++asked_);
    sandbox_.principals().Keep(name, who_, std::move(credential));
    return name;
  }
  static Said Of(const SendOutcome& sent) {
    Said said{.answered = sent.answer.has_value(), .what = StatusOf(sent)};
    said.took = std::chrono::duration_cast<milliseconds>(sent.took);
    if (!sent.answer) return said;
    said.status = sent.answer->status;
    said.opened = said.status == 200 && sent.answer->HasResult();
    return said;
  }

  Sandbox& sandbox_;
  Published published_;
  Forge forge_;
  const Secret valid_;
  const std::string who_;
  const TargetClient::Question question_;
  std::atomic<int> asked_ = 0;
};

// Started while the issuer tells no keys.
Result<ProbeOutcome> ColdStart(KeyOutage& outage, const Json&) {
  Finding nobody{.met = true, .expected = "no result, whoever asks", .observed = ""};
  Finding told{.met = true, .expected = "HTTP 503", .observed = ""};
  Finding lives{.met = true, .expected = "the server starts, and goes on", .observed = ""};
  Finding serves{.met = true, .expected = "service within 8 s of the end", .observed = ""};
  for (const std::string as : {"refuse", "503", "garbage"}) {
    outage.Disturb(as);
    const uint64_t before = outage.disturbed();
    if (const Result<void> up = outage.sandbox().Relaunch(TargetProcess::Until::kListening); !up.ok()) {
      Note(lives, as + ": " + up.error().message());
      outage.gate().Heal();
      continue;
    }
    const Said valid = TRY(outage.Ask());
    const Said unknown = TRY(outage.AskUnknown());
    if (outage.disturbed() == before) nobody.could_not = as + ": the server asked for no keys";
    if (valid.opened || unknown.opened) Note(nobody, as + ": let in");
    if (valid.status != 503) Note(told, as + ": " + valid.what);
    // Who ends at a request leaves it without an answer, and is gone a little later.
    if (!valid.answered || !unknown.answered) {
      (void)Eventually(Deadline::In(kToEnd),
                       [&]() -> Result<bool> { return outage.sandbox().process().Exited().has_value(); });
    }
    if (const auto ended = outage.sandbox().process().Exited()) Note(lives, as + ": " + *ended);
    std::string last;
    if (!TRY(outage.OpensAgain(last))) Note(serves, as + ": " + last);
  }
  return ProbeOutcome{.findings = {{"without-keys-nobody-is-let-in", nobody},
                                   {"without-keys-it-says-so", told},
                                   {"without-keys-it-goes-on", lives},
                                   {"with-keys-it-serves", serves}}};
}

// `refresh` and `max_age`, seconds, are what the server was set to.
Result<ProbeOutcome> TooOld(KeyOutage& outage, const Json& arguments) {
  const milliseconds refresh = std::chrono::seconds(AtOr<int64_t>(arguments, "/refresh", 0));
  const milliseconds max_age = std::chrono::seconds(AtOr<int64_t>(arguments, "/max_age", 0));
  if (refresh.count() <= 0 || max_age <= refresh)
    return Error(ErrorKind::kInvalidInput, "kept_keys: want 'refresh' and a longer 'max_age'");
  const Said twin = TRY(outage.Ask());
  if (!twin.opened) return Error(ErrorKind::kUnavailable, "not let in before anything was disturbed: " + twin.what);
  outage.Disturb("503");
  const uint64_t before = outage.disturbed();
  const auto began = std::chrono::steady_clock::now();
  const auto since = [&] { return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - began); };
  milliseconds opened_last{0};
  milliseconds refused_first{-1};
  Finding told{.met = true, .expected = "HTTP 503, and nothing else", .observed = "so it was"};
  const Result<void> watched = Eventually(Deadline::In(max_age + milliseconds(10'000)), [&]() -> Result<bool> {
    const milliseconds asked = since();  // what is answered was true then, or later
    const Said said = TRY(outage.Ask());
    if (said.opened) opened_last = asked;
    if (!said.opened && refused_first.count() < 0) refused_first = asked;
    if (!said.opened && said.status != 503) told = {.met = false, .expected = told.expected, .observed = said.what};
    return since() > max_age + 2 * kPastTheAge;
  });
  if (!watched.ok()) return watched.error();
  const std::string seen =
      "opened " + std::to_string(opened_last.count()) + " ms after the issuer fell silent, refused " +
      (refused_first.count() < 0 ? "never" : "first after " + std::to_string(refused_first.count()) + " ms");
  ProbeOutcome outcome;
  const milliseconds at_least = max_age - refresh - kBetween;
  const milliseconds at_most = max_age + kPastTheAge;
  Finding& kept = outcome.findings["kept-keys-serve"];
  kept = {.met = opened_last >= at_least && (refused_first.count() < 0 || refused_first >= at_least),
          .expected = "service for " + std::to_string(at_least.count()) + " ms at least",
          .observed = seen};
  if (outage.disturbed() == before) kept.could_not = "the server asked for no keys: nothing was kept";
  outcome.findings["too-old-keys-open-nothing"] = {
      .met = opened_last <= at_most && refused_first.count() >= 0,
      .expected = "no service after " + std::to_string(at_most.count()) + " ms",
      .observed = seen};
  outcome.findings["too-old-keys-are-told"] = told;
  std::string last;
  const bool back = TRY(outage.OpensAgain(last));
  outcome.findings["new-keys-serve"] = {
      .met = back, .expected = "service within 8 s of the end", .observed = back ? "so it was" : last};
  return outcome;
}

// The set is asked for in vain while it is not needed by most.
Result<ProbeOutcome> AskedInVain(KeyOutage& outage, const Json&) {
  Finding nothing{.met = true, .expected = "a token of a key nobody knows opens nothing", .observed = ""};
  Finding bounded{.met = true, .expected = "it is answered within 8 s", .observed = ""};
  Finding kept{.met = true, .expected = "tokens of known keys open meanwhile, within 8 s", .observed = ""};
  Finding recovered{.met = true, .expected = "service within 8 s of the end", .observed = ""};
  bool asked_at_all = false;
  for (const std::string as : {"500", "garbage", "huge", "trickle", "hold"}) {
    const Said twin = TRY(outage.Ask());
    if (!twin.opened) return Error(ErrorKind::kUnavailable, "not let in before the keys were disturbed: " + twin.what);
    outage.Disturb(as);
    const uint64_t before = outage.disturbed();
    const Result<void> met = Eventually(Deadline::In(kBound), [&]() -> Result<bool> {
      std::future<Result<Said>> unknown = std::async(std::launch::async, [&] { return outage.AskUnknown(); });
      // Whether the fetch is under way already or not yet.
      for (const char* when : {"at first", "a little later"}) {
        (void)Eventually(Deadline::In(milliseconds(100)),
                         [&]() -> Result<bool> { return outage.disturbed() > before; });
        const Said known = TRY(outage.Ask());
        if (!known.opened || known.took > kBound) {
          Note(kept, as + ", " + when + ": " + known.what + " after " + std::to_string(known.took.count()) + " ms");
        }
      }
      const Said said = TRY(unknown.get());
      if (said.opened) Note(nothing, as + ": let in");
      if (!said.answered || said.took > kBound)
        Note(bounded, as + ": " + said.what + " after " + std::to_string(said.took.count()) + " ms");
      return outage.disturbed() > before || !(nothing.met && bounded.met && kept.met);
    });
    asked_at_all = asked_at_all || outage.disturbed() > before;
    std::string last;
    const bool back = TRY(outage.OpensAgain(last));
    if (!back) Note(recovered, as + ": " + last);
    if (!met.ok() && met.error().kind() != ErrorKind::kTimeout) return met.error();
    if (outage.sandbox().process().Exited()) Note(kept, as + ": the server ended");
    if (!back) break;                      // nothing that comes after would say anything
    if (!bounded.met && !kept.met) break;  // it would say the same again, and take as long
  }
  ProbeOutcome outcome{.findings = {{"unknown-key-opens-nothing", nothing},
                                    {"keys-asked-in-vain-are-bounded", bounded},
                                    {"keys-asked-in-vain-hinder-nobody", kept},
                                    {"keys-asked-in-vain-come-back", recovered}}};
  for (auto& [name, finding] : outcome.findings) {
    if (finding.met && !asked_at_all)
      finding.inapplicable =
          outage.sandbox().target().name + " does not ask for the keys again when a token names another";
  }
  return outcome;
}

using Play = Result<ProbeOutcome> (*)(KeyOutage&, const Json&);

// `arguments`: `disturbs`, the issuer; `with`, a credential.
Probe WithKeyOutage(Play play, std::vector<std::string> findings) {
  return Probe([play, findings = std::move(findings)](Sandbox& sandbox, const Json& arguments) -> Result<ProbeOutcome> {
    const Credential* valid = sandbox.principals().FindCredential(AtOr<std::string>(arguments, "/with", ""));
    if (valid == nullptr) return Error(ErrorKind::kInvalidInput, "want 'with', a credential");
    const auto left_out = [&](const std::string& why_not) {
      ProbeOutcome none;
      for (const std::string& finding : findings) none.findings[finding].inapplicable = why_not;
      return none;
    };
    if (const std::string why_not = NoTokensAt(sandbox.target()); !why_not.empty()) return left_out(why_not);
    Published published = TRY(FindPublished(sandbox, arguments));
    Gate* const gate = published.gate;
    KeyOutage outage(sandbox, std::move(published), TRY(sandbox.principals().MakeForge()), *valid);
    if (!outage.why_not().empty()) return left_out(outage.why_not());
    Result<ProbeOutcome> played = play(outage, arguments);
    gate->Heal();
    return played;
  });
}

}  // namespace

void AddKeyOutageProbes(ProbeSet& probes) {
  probes["cold_keys"] = WithKeyOutage(ColdStart, {"without-keys-nobody-is-let-in", "without-keys-it-says-so",
                                                  "without-keys-it-goes-on", "with-keys-it-serves"});
  probes["kept_keys"] = WithKeyOutage(
      TooOld, {"kept-keys-serve", "too-old-keys-open-nothing", "too-old-keys-are-told", "new-keys-serve"});
  // Each question is a stream of its own over HTTP+SSE, of which nobody may have that many.
  probes["keys_in_vain"] = {
      WithKeyOutage(AskedInVain, {"unknown-key-opens-nothing", "keys-asked-in-vain-are-bounded",
                                  "keys-asked-in-vain-hinder-nobody", "keys-asked-in-vain-come-back"}),
      Aftermath::kUnknown, Asks::kSingleRequests};
}

}  // namespace iff
