#include "harness/run/runner.h"

#include <algorithm>
#include <deque>
#include <mutex>
#include <optional>
#include <set>
#include <shared_mutex>
#include <thread>
#include <variant>

#include "harness/core/yaml.h"
#include "harness/run/applies.h"
#include "harness/run/attacks.h"
#include "harness/run/closing.h"
#include "harness/run/diagnosis.h"
#include "harness/run/evidence.h"
#include "harness/run/fault.h"
#include "harness/run/fill.h"
#include "harness/run/look.h"
#include "harness/run/needs.h"
#include "harness/run/tamper/tamper.h"
#include "harness/run/wrong_certificates.h"

namespace iff {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::steady_clock;

Check Inapplicable(const Expectation& expectation, const std::string& why) {
  return {.id = expectation.check,
          .level = expectation.must ? Level::kMust : Level::kShould,
          .verdict = Verdict::kInapplicable,
          .reason = why,
          .clause = expectation.clause};
}

Means MeansOf(const Stage& stage) {
  const auto all = stage.All<Component>();
  const auto issues = [](const auto& one) { return dynamic_cast<TokenIssuer*>(one.second) != nullptr; };
  return {.secret_store = !stage.All<SecretStore>().empty(),
          .ledger = !stage.All<CallLedger>().empty(),
          .log = stage.target().url.empty(),
          .behind = !std::all_of(all.begin(), all.end(), issues)};
}

// Plays the steps of one scenario on its stage.
class Play {
 public:
  Play(Stage& stage, const ProbeSet& probes, ScenarioResult& result)
      : stage_(stage),
        probes_(probes),
        result_(result),
        means_(MeansOf(stage)),
        terms_(TermsOf(stage.target(), means_)) {
    result_.evidence = EvidenceHead(terms_);
  }

  // False: the rest of the scenario cannot be played; result.error says why.
  bool Perform(const Step& step) {
    StepResult done{.line = step.line, .started_us = stage_.ElapsedUs()};
    step_ = &step;
    done_ = &done;
    problem_.clear();
    inapplicable_ = WhyNotStep(step, stage_.target(), absent_);
    MarkEvent(step.action, done);
    evidence_ = nullptr;
    if (inapplicable_.empty()) std::visit(*this, step.action);
    // Told by the files, or found out by trying: what there cannot be here stops nothing else.
    if (!inapplicable_.empty()) {
      done.title = "not played: " + inapplicable_;
      NoteAbsent(step, absent_);
      done.checks.clear();
      for (const Expectation& expectation : step.expect) {
        done.checks.push_back(Inapplicable(expectation, inapplicable_));
      }
    }
    result_.evidence["steps"].push_back(std::move(evidence_));
    done.trace = stage_.TakeTrace();
    done.took_us = stage_.ElapsedUs() - done.started_us;
    result_.steps.push_back(std::move(done));
    if (!problem_.empty()) result_.error = result_.steps.back().title + ": " + problem_;
    return problem_.empty();
  }

  // Leaves nothing sealed behind, however the scenario ended.
  void Restore() {
    for (const std::string& component : std::set(sealed_)) Disturb({.component = component});
  }

  void CountBefore() { counts_ = stage_.Counts(nullptr); }

  // ---- steps

  void operator()(const ObtainStep& step) {
    done_->title = step.subject + " logs in" + (step.issuer.empty() ? "" : " at " + step.issuer);
    std::vector<std::string> scopes = step.scopes ? *step.scopes : stage_.AllScopes();
    scopes.insert(scopes.end(), step.also.begin(), step.also.end());
    Check_(stage_.Obtain(step.name, step.subject, scopes, step.client,
                         step.bound ? std::make_shared<Prover>() : nullptr, step.issuer));
  }

  void operator()(const ExchangeStep& step) {
    done_->title = "a token is exchanged for audience " + step.audience;
    const Credential* from = stage_.FindCredential(step.from);
    const Result<TokenIssuer*> issuer = stage_.Issuer(from->issuer);
    if (!Check_(issuer)) return;
    Result<Credential> exchanged = (*issuer)->Exchange(*from, step.client, step.audience);
    if (!Check_(exchanged)) return;
    stage_.Keep(step.name, from->subject, std::move(exchanged).value());
  }

  void operator()(const MintStep& step) {
    const Credential* from = stage_.FindCredential(step.from);
    done_->title = "a token is minted from " + from->alias + (step.forge.empty() ? "" : ": " + step.forge);
    inapplicable_ = stage_.WhyNotForged(step.forge, *from);
    if (!inapplicable_.empty()) return;
    const Result<Forge> forge = stage_.MakeForge(from->issuer);
    if (!Check_(forge)) return;
    const int64_t now = stage_.ground().clock.NowSeconds();
    Json change = Timed(step.change, now);
    const std::string certificate = step.to_certificate ? stage_.CertificateOf(from->subject) : from->certificate;
    if (step.to_certificate) change["cnf"]["x5t#S256"] = certificate;
    Result<Secret> token = step.forge.empty() ? forge->Reissue(from->value, change, Timed(step.header, now))
                                              : forge->Make(step.forge, from->value);
    if (!Check_(token)) return;
    stage_.Keep(step.name, from->subject,
                {.issuer = from->issuer,
                 .value = std::move(token).value(),
                 .prover = from->prover,
                 .certificate = certificate});
  }

  void operator()(const CallStep& step) {
    const std::string caller = CallerOf(step.sending);
    const Result<Json> params = stage_.CallParams(step, caller);
    if (!Check_(params)) return;
    const std::string tool = AtOr<std::string>(*params, "/name", "");
    done_->title = Name(caller) + " calls " + tool +
                   (step.of.empty() || step.of == caller ? "" : " for what is " + step.of + "'s") +
                   (step.sending.times > 1 ? ", " + std::to_string(step.sending.times) + " times" : "");
    SendAndJudge(step.sending, "tools/call", *params, "tools/call " + tool);
  }

  void operator()(const ListStep& step) {
    done_->title = Name(CallerOf(step.sending)) + " asks for " + step.method;
    SendAndJudge(step.sending, step.method, Json::object(), step.method);
  }

  void operator()(const ReadStep& step) {
    done_->title = Name(CallerOf(step.sending)) + " reads " + step.uri;
    SendAndJudge(step.sending, "resources/read", Json{{"uri", step.uri}}, "resources/read");
  }

  void operator()(const RotateStep&) {
    done_->title = "the issuer's signing key is rotated";
    inapplicable_ = stage_.WhyNoKeys();
    if (!inapplicable_.empty()) return;
    const Result<IssuerKeys*> keys = stage_.KeysOf();
    if (Check_(keys)) Check_((*keys)->Rotate());
  }

  void operator()(const RevokeStep& step) {
    done_->title = step.subject + ": " + step.what + " revoked";
    const Subject& subject = *stage_.FindSubject(step.subject);
    if (step.what == "sessions" || step.what == "account") {
      const Result<TokenIssuer*> issuer = stage_.Issuer();
      if (!Check_(issuer)) return;
      Check_(step.what == "sessions" ? (*issuer)->EndSessions(subject) : (*issuer)->SetEnabled(subject, false));
      return;
    }
    const Result<SecretStore*> store = stage_.Find<SecretStore>();
    if (!Check_(store)) return;
    if (step.what == "grants") Check_((*store)->RevokeGrants(subject));
    if (step.what == "entity") Check_((*store)->SetEnabled(subject, false));
    if (step.what == "credential") Check_((*store)->Drop(subject, stage_.target().upstream));
  }

  void operator()(const WaitStep& step) {
    done_->title = "wait " + std::to_string(step.span.count()) + " ms";
    const Deadline until = Deadline::In(step.span);
    (void)Eventually(until, [&]() -> Result<bool> { return until.Passed(); });
  }

  void operator()(const FaultStep& step) {
    done_->title = step.component + " is disturbed" + (step.start_ups ? " where connections begin" : "") +
                   (step.subject.empty() ? "" : " for " + step.subject) + ": " + step.as;
    Disturb(step);
  }

  void operator()(const HealStep& step) {
    done_->title = step.component + " is whole again";
    if (const Gate* gate = stage_.FindGate(step.component); gate != nullptr) {
      const Gate::Counts counts = gate->counts();
      const bool http = gate->endpoint().scheme == "http";
      if (counts.disturbed > 0) {
        done_->title += ", after " + std::to_string(counts.disturbed) + (http ? " requests" : " start-ups") +
                        " that were disturbed";
      }
      if (counts.unread > 0) done_->title += "; " + std::to_string(counts.unread) + " start-ups could not be read";
    }
    Disturb({.component = step.component});
  }

  void operator()(const ReplayStep& step) {
    done_->title = "the request '" + step.label + "' is sent again" +
                   (step.sending.with.empty() ? "" : " by " + CallerOf(step.sending));
    const auto request = requests_.find(step.label);
    if (request == requests_.end()) {
      problem_ = "no request was sent under the label '" + step.label + "'";
      return;
    }
    const Stage::Marks marks = stage_.Mark();
    const SendOutcome outcome = stage_.SendAgain(request->second, step.sending, "replayed " + step.label);
    JudgeAll(See(marks, step.sending, outcome, {}));
  }

  void operator()(const ProbeStep& step) {
    done_->title = "probe " + step.name;
    const auto probe = probes_.find(step.name);
    if (probe == probes_.end()) {
      problem_ = "no probe called '" + step.name + "'";
      return;
    }
    const Stage::Marks marks = stage_.Mark();
    Result<ProbeOutcome> outcome = probe->second(stage_, step.arguments);
    Observation seen;
    stage_.Observe(marks, "", {}, seen);
    if (outcome.ok()) {
      seen.findings = std::move(outcome->findings);
      result_.matrix.insert(result_.matrix.end(), outcome->matrix.begin(), outcome->matrix.end());
      for (const auto& [name, text] : outcome->attachments) result_.attachments[name] = stage_.ground().redactor.Mask(text);
    } else {
      seen.no_response = outcome.error().message();
      // Nobody asks what it found: it was to prepare what comes.
      if (step_->expect.empty()) problem_ = outcome.error().message();
    }
    LookAround(seen);
    JudgeAll(seen);
  }

  void operator()(const AttackStep& step) {
    const Credential* from = stage_.FindCredential(step.from);
    done_->title = "attack " + step.attack + " with " + from->subject + "'s token";
    inapplicable_ = stage_.WhyNotForged(step.attack, *from);
    if (!inapplicable_.empty()) return;
    Result<Credential> wrong = stage_.WrongIn(step.attack, *from);
    if (!Check_(wrong)) return;
    const std::string name = "attack " + step.attack;
    stage_.Keep(name, from->subject, std::move(wrong).value());
    const Result<Json> params = stage_.CallParams({.operation = step.operation}, from->subject);
    if (!Check_(params)) return;

    const Attack* const request = FindTamperedRequest(step.attack);
    const std::string revision = request == nullptr ? "" : request->revision;
    const Sending twin{.with = step.from, .revision = revision};
    const std::string before = Twin(twin, *params);
    const Stage::Marks marks = stage_.Mark();
    const Sending sending{.with = name, .revision = revision};
    const SendOutcome outcome = stage_.Send(sending, "tools/call", *params, step.attack);
    Observation seen = See(marks, sending, outcome, {});
    seen.asked = AtOr<std::string>(*params, "/name", "");
    seen.shown = RuleOf(step.attack);
    const std::string after = Twin(twin, *params);
    seen.twin_refused = before.empty() ? after : before;
    seen.may_hang_up = request != nullptr || FindWrongCertificate(step.attack) != nullptr;
    JudgeAll(seen);
  }

 private:
  // What shows as a mark on a timeline, and on whose lane.
  static void MarkEvent(const Action& action, StepResult& done) {
    const auto mark = [&done](std::string kind, std::string about) {
      done.kind = std::move(kind);
      done.about = std::move(about);
    };
    if (const auto* fault = std::get_if<FaultStep>(&action)) mark("fault", fault->component);
    if (const auto* heal = std::get_if<HealStep>(&action)) mark("heal", heal->component);
    if (const auto* revoke = std::get_if<RevokeStep>(&action)) mark("revoke", revoke->subject);
    if (std::holds_alternative<RotateStep>(action)) mark("rotate", "issuer");
    if (std::holds_alternative<WaitStep>(action)) mark("wait", "");
  }

  static std::string Name(const std::string& role) { return role.empty() ? "nobody" : role; }

  std::string CallerOf(const Sending& sending) const {
    const Credential* credential = sending.with.empty() ? nullptr : stage_.FindCredential(sending.with);
    return credential == nullptr ? "" : credential->subject;
  }

  template <class T>
  bool Check_(const Result<T>& result) {
    if (result.ok()) return true;
    problem_ = result.error().message();
    return false;
  }

  // The valid token must be taken; why it was not, otherwise.
  std::string Twin(const Sending& twin, const Json& params) {
    const auto ask = [&] { return stage_.Send(twin, "tools/call", params, "valid twin"); };
    SendOutcome outcome = ask();
    // A server that failed over the forged token may end the connection right behind its answer, without announcing it:
    // the twin then meets the end of a connection, and says nothing about the token.
    if (!outcome.answer && !outcome.timed_out) outcome = ask();
    if (!outcome.answer) return outcome.silence;
    if (outcome.answer->status == 200 && outcome.answer->HasResult() && !outcome.answer->ToolError()) return "";
    return "HTTP " + std::to_string(outcome.answer->status) + " " +
           stage_.ground().redactor.Mask(outcome.answer->Text());
  }

  void SendAndJudge(const Sending& sending, const std::string& method, const Json& params, const std::string& title) {
    const Deadline patience = Deadline::In(sending.eventually);
    const auto once = [&] {
      done_->checks.clear();
      const Stage::Marks marks = stage_.Mark();
      std::map<std::string, int64_t> tally;
      SendOutcome outcome;
      for (int64_t i = 0; i < sending.times; ++i) {
        outcome = stage_.Send(sending, method, params, title);
        ++tally[!outcome.answer                                               ? "silent"
                : outcome.answer->status != 200                               ? std::to_string(outcome.answer->status)
                : outcome.answer->HasResult() && !outcome.answer->ToolError() ? "succeeded"
                : outcome.answer->ToolErrorCode().empty()                     ? "failed"
                                                                              : outcome.answer->ToolErrorCode()];
      }
      if (!step_->label.empty() && stage_.last_request() != nullptr) requests_[step_->label] = *stage_.last_request();
      Observation seen = See(marks, sending, outcome, tally);
      seen.asked = AtOr<std::string>(params, "/name", method);
      if (!sending.with.empty() && sending.with != seen.caller) seen.shown = "'" + sending.with + "' in the scenario";
      JudgeAll(seen);
      return std::all_of(done_->checks.begin(), done_->checks.end(), [](const Check& check) {
        return check.verdict == Verdict::kPassed || check.verdict == Verdict::kInapplicable;
      });
    };
    if (sending.eventually.count() == 0) {
      once();
      return;
    }
    (void)Eventually(patience, [&]() -> Result<bool> { return once(); });
  }

  Observation See(const Stage::Marks& marks, const Sending& sending, const SendOutcome& outcome,
                  std::map<std::string, int64_t> tally) {
    Observation seen;
    seen.target = stage_.target().name;
    seen.tally = std::move(tally);
    stage_.Observe(marks, CallerOf(sending), outcome, seen);
    const Credential* presented = sending.with.empty() ? nullptr : stage_.FindCredential(sending.with);
    stage_.LookBehind(marks, presented, seen);
    LookAtFaults(seen);
    LookAround(seen);
    return seen;
  }

  void JudgeAll(const Observation& seen) {
    const bool told = evidence_.contains("people");  // by an earlier try of this step, which this one replaces
    evidence_ = EvidenceOf(seen, stage_.ground().redactor);
    if (told || seen.role_of != role_of_ || seen.canary != canary_) {
      evidence_["people"] = PeopleOf(seen);
      role_of_ = seen.role_of;
      canary_ = seen.canary;
    }
    for (const Expectation& expectation : step_->expect) {
      const std::string why_not = WhyNotCheck(expectation, stage_.target(), stage_.ground().system, means_);
      done_->checks.push_back(why_not.empty() ? Judge(expectation, terms_, seen) : Inapplicable(expectation, why_not));
    }
  }

  // Of a fault that is for some alone: that it has met nobody. What succeeds then was not disturbed.
  void LookAtFaults(Observation& seen) const {
    for (const auto& [component, before] : aimed_) {
      const Gate::Counts counts = stage_.FindGate(component)->counts();
      if (counts.disturbed > before.disturbed) continue;
      const uint64_t unread = counts.unread - before.unread;
      seen.CannotObserve(
          {.place = Place::kFault,
           .component = component,
           .reason = "nothing that " + component + " was asked for met it" +
                     (unread > 0 ? ", and " + std::to_string(unread) + " start-ups could not be read" : "")});
    }
  }

  // Looks only where an expectation of this step wants it: files may be large.
  void LookAround(Observation& seen) {
    for (const Expectation& expectation : step_->expect) {
      if (const auto* secrets = std::get_if<NoSecretIn>(&expectation.condition)) {
        for (const std::string& name : secrets->places) {
          const std::optional<Place> place = FindPlace(name);
          const bool log = place == Place::kLog;
          if (!log && (place != Place::kTargetAudit || stage_.target().audit.empty())) continue;
          const Result<std::string> text = log ? stage_.SearchableLog() : stage_.TargetAudit();
          if (!text.ok() || (!log && text->empty())) {
            seen.CannotObserve({.place = *place, .reason = text.ok() ? "it is empty" : text.error().message()});
            continue;
          }
          std::vector<std::string>& found = seen.leaks[*place];
          found.clear();  // where another expectation of this step has looked there too
          const Sightings inside = Scanner(stage_.ground().redactor).Scan(*text);
          for (const Sighting& one : inside.found) found.push_back(Described(one));
          if (!inside.opaque.empty()) seen.not_inspectable[*place] = inside.opaque;
        }
      }
      if (std::holds_alternative<CountGrows>(expectation.condition) && seen.growth.empty()) {
        for (const auto& [what, count] : stage_.Counts(&seen)) {
          const auto before = counts_.find(what);
          if (before != counts_.end()) seen.growth[what] = count - before->second;
        }
      }
    }
  }

  // As nothing: whole again.
  void Disturb(const FaultStep& step) {
    const std::string& component = step.component;
    const std::string& as = step.as;
    const GateAim aim = {.path = step.path,
                         .holding = stage_.MarksOf(step.subject),
                         .nth = step.nth,
                         .start_ups = step.start_ups,
                         .parameters = step.parameters};
    if (as == "sealed" || (as.empty() && sealed_.contains(component))) {
      const Result<SecretStore*> store = stage_.Find<SecretStore>(component);
      if (!Check_(store)) return;
      Check_((*store)->SetSealed(as == "sealed"));
      if (as == "sealed") sealed_.insert(component);
      if (as.empty()) sealed_.erase(component);
      return;
    }
    if (const Result<CallLedger*> ledger = stage_.Find<CallLedger>(component);
        ledger.ok() && (as.empty() || (aim.everybody() && (as == "500" || as == "503" || as == "429")))) {
      Check_((*ledger)->Disturb("", as.empty() ? 0 : std::stoi(as)));
      if (!as.empty()) return;
    }
    Gate* gate = stage_.FindGate(component);
    if (gate == nullptr) {
      if (!as.empty()) problem_ = "no gate stands before " + component;
      return;
    }
    aimed_.erase(component);
    if (as.empty()) return gate->Heal();
    if (!aim.everybody()) aimed_[component] = gate->counts();
    gate->Set(FaultOf(step, aim));
  }

  Stage& stage_;
  const ProbeSet& probes_;
  ScenarioResult& result_;
  const Means means_;
  const TargetTerms terms_;
  const Step* step_ = nullptr;
  StepResult* done_ = nullptr;
  Json evidence_;
  std::map<std::string, std::string> role_of_;  // as last stored among the evidence
  std::map<std::string, std::string> canary_;   // the same
  std::string problem_;
  std::string inapplicable_;  // why the step is not played; "": it is
  std::map<std::string, int64_t> counts_;
  std::map<std::string, HttpRequest> requests_;
  std::set<std::string> sealed_;
  std::map<std::string, Gate::Counts> aimed_;  // component -> before a fault for some alone was set, while it is
  std::set<std::string> absent_;               // credentials that could not be made for this target
};

}  // namespace

ScenarioResult PlayOn(Stage& stage, const ProbeSet& probes, const Scenario& scenario) {
  ScenarioResult result{.id = scenario.id, .target = scenario.target};
  Play play(stage, probes, result);
  for (size_t i = 0; i < scenario.steps.size() && play.Perform(scenario.steps[i]);) ++i;
  ErrorTheRest(scenario, result);
  MaskTexts(result, stage.ground().redactor);
  return result;
}

Runner::Runner(const Ground& ground, const ProbeSet& probes, RunnerOptions options)
    : ground_(ground), probes_(probes), options_(std::move(options)) {}

ScenarioResult Runner::RunOne(const Scenario& scenario) {
  if (scenario.exclusive) {
    const std::unique_lock alone(ground_.exclusivity);
    return RunHeld(scenario, ground_);
  }
  const std::shared_lock together(ground_.exclusivity);
  return RunHeld(scenario, ground_);
}

ScenarioResult Runner::RunHeld(const Scenario& scenario, const Ground& ground) {
  const auto began = steady_clock::now();
  ScenarioResult result{.id = scenario.id,
                        .suite = scenario.suite,
                        .target = scenario.target,
                        .title = scenario.title,
                        .file = scenario.file,
                        .started_us = duration_cast<microseconds>(began - ground.run_began).count()};
  result.tags = scenario.tags;
  for (const GivenSubject& subject : scenario.subjects) result.subjects.push_back(subject.role);

  result.inapplicable =
      WhyNotAtAll(scenario, ground.system, {.secret_store = !ground.environment.All<SecretStore>().empty()});
  if (!result.inapplicable.empty()) {
    result.evidence = {{"evidence", kEvidenceVersion}, {"id", result.id}};
    return result;
  }
  std::vector<NamedText> names;
  const bool shares = WhyOfItsOwn(scenario, ground.system, probes_).empty();
  Result<std::unique_ptr<Stage>> stage =
      Stage::Set(ground, scenario, GatedComponents(scenario), shares ? Stage::People::kShared : Stage::People::kOwn);
  if (stage.ok()) {
    names = (*stage)->Names();
    if (options_.on_stage) options_.on_stage(**stage, nullptr);
    Play play(**stage, probes_, result);
    if (CountsAnything(scenario)) play.CountBefore();
    for (const Step& step : scenario.steps) {
      if (!play.Perform(step)) break;
    }
    play.Restore();
    ErrorTheRest(scenario, result);
    NoteIfNothingApplied(result);
    Apply(Diagnose(result), result);
    const Result<void> whole = (*stage)->CheckComponents();
    if (!whole.ok()) Disbelieve(result, whole.error().message());
    if (result.verdict() != Verdict::kPassed || !result.error.empty()) {
      std::string log = (*stage)->TargetLog();
      constexpr size_t kTail = 8'000;
      if (log.size() > kTail) log = log.substr(log.size() - kTail);
      result.logs[scenario.target] = ground.redactor.Mask(log);
    }
    // With the least surprise nobody knows what became of them.
    if (result.verdict() == Verdict::kPassed && result.error.empty()) (*stage)->PeopleAreUnharmed();
    if (options_.on_stage) options_.on_stage(**stage, &result);
    std::move(stage).value().reset();
  } else {
    result.error = stage.error().message();
    ErrorTheRest(scenario, result);
  }
  const Result<void> alive = ground.environment.Check();
  // Who plays alone may do anything to what all live in.
  if (scenario.exclusive || !alive.ok()) DismissPeople(ground);
  if (!alive.ok()) {
    Disbelieve(result, alive.error().message());
    for (Component* component : ground.environment.components()) {
      result.logs[component->name()] = ground.redactor.Mask(component->LogTail(20));
    }
  }
  if (alive.ok()) NoteUndeclared(ground.environment, result);
  MaskTexts(result, ground.redactor);
  result.took_us = duration_cast<microseconds>(steady_clock::now() - began).count();
  Mark(result);
  result.evidence["evidence"] = kEvidenceVersion;  // also where no stage could be set
  result.evidence["id"] = result.id;
  result.evidence["scenario"] = scenario.source;
  if (result.evidence.contains("disbelieved")) {
    result.evidence["disbelieved"] = ground.redactor.MaskAll(result.evidence["disbelieved"]);
  }
  result.recording = MakeRecording(scenario, result, Typing(std::move(names), ground.clock.NowSeconds()));
  return result;
}

void Runner::Mark(ScenarioResult& result) const {
  const std::string today = Rfc3339(ground_.clock.Now()).substr(0, 10);
  for (StepResult& step : result.steps) {
    for (Check& check : step.checks) {
      if (check.verdict != Verdict::kFailed) continue;
      check.known =
          std::any_of(options_.known_failures.begin(), options_.known_failures.end(), [&](const KnownFailure& known) {
            return known.scenario == result.id && known.check == check.id && today <= known.until;
          });
    }
  }
}

RunResult Runner::Run(const std::vector<Scenario>& scenarios) {
  RunResult run{.system = ground_.system.name, .started = Rfc3339(ground_.clock.Now())};
  const auto began = steady_clock::now();
  std::deque<size_t> idling;  // wait for time to pass, and leave the machine to others meanwhile
  std::deque<size_t> working;
  for (size_t i = 0; i < scenarios.size(); ++i) {
    if (!scenarios[i].exclusive) (Idles(scenarios[i]) ? idling : working).push_back(i);
  }
  const size_t hands_wanted = static_cast<size_t>(std::max(1, options_.jobs));
  if (!options_.as_given) LightestFirst(scenarios, hands_wanted, working);

  std::vector<ScenarioResult> results(scenarios.size());
  std::mutex mutex;                          // of on_scenario and first_green_us
  std::atomic<bool> told = working.empty();  // a verdict, or nothing there to tell one
  const auto perform = [&](size_t index, bool held) {
    const Scenario& scenario = scenarios[index];
    if (options_.cancelled != nullptr && *options_.cancelled) {
      results[index] = {
          .id = scenario.id,
          .suite = scenario.suite,
          .target = scenario.target,
          .title = scenario.title,
          .file = scenario.file,
          .error = std::string(kInterrupted),
          .evidence = {{"evidence", kEvidenceVersion}, {"id", scenario.id}, {"scenario", scenario.source}}};
      ErrorTheRest(scenario, results[index]);
      return;
    }
    if (options_.on_scenario) {
      const std::lock_guard lock(mutex);
      options_.on_scenario(scenario, nullptr);
    }
    results[index] = held ? RunHeld(scenario, ground_) : RunOne(scenario);
    const std::lock_guard lock(mutex);
    if (run.first_green_us == 0 && results[index].verdict() == Verdict::kPassed) {
      run.first_green_us = duration_cast<microseconds>(steady_clock::now() - ground_.run_began).count();
    }
    if (options_.on_scenario) options_.on_scenario(scenario, &results[index]);
    told = true;
  };

  // All hands but one begin with those that idle: they leave the machine to that one, and left to the end they would
  // keep everybody waiting.
  std::mutex taking;
  const auto take = [&](bool idlers_first) -> std::optional<size_t> {
    const std::lock_guard lock(taking);
    std::deque<size_t>& first = idlers_first ? idling : working;
    std::deque<size_t>& queue = first.empty() ? (idlers_first ? working : idling) : first;
    if (queue.empty()) return {};
    const size_t index = queue.front();
    queue.pop_front();
    return index;
  };
  const auto side_by_side = [&](bool held) {
    std::vector<std::thread> hands;
    for (size_t hand = 0; hand < hands_wanted; ++hand) {
      hands.emplace_back([&, hand] {
        if (hand != 0 && options_.one_begins) {
          (void)Eventually(Deadline::In(std::chrono::seconds(1)), [&]() -> Result<bool> { return told.load(); });
        }
        while (const std::optional<size_t> index = take(hand != 0)) perform(*index, held);
      });
    }
    for (std::thread& hand : hands) hand.join();
  };
  side_by_side(false);
  for (std::deque<size_t>& group : AloneInTurn(scenarios, probes_)) {
    if (!BearsItsLike(scenarios[group.front()], probes_)) {
      DismissPeople(ground_);  // nobody is to be removed from what is disturbed
      ground_.janitor.Finish();
    }
    std::unique_lock held(ground_.exclusivity, std::try_to_lock);
    if (!held && options_.on_wait) options_.on_wait();
    if (!held) held.lock();
    working.swap(group);
    side_by_side(true);
  }
  DismissPeople(ground_);  // a canary is of one run

  run.scenarios = std::move(results);
  const std::string today = Rfc3339(ground_.clock.Now()).substr(0, 10);
  for (const KnownFailure& known : options_.known_failures) {
    if (today > known.until) continue;
    for (const ScenarioResult& scenario : run.scenarios) {
      if (scenario.id != known.scenario) continue;
      for (const StepResult& step : scenario.steps) {
        for (const Check& check : step.checks) {
          if (check.id == known.check && check.verdict == Verdict::kPassed) {
            run.unexpected_passes.push_back(scenario.id + " " + check.id);
          }
        }
      }
    }
  }
  // In one order, however a run is split and put together again.
  std::sort(run.unexpected_passes.begin(), run.unexpected_passes.end());
  run.took_us = duration_cast<microseconds>(steady_clock::now() - began).count();
  return run;
}

Result<std::vector<KnownFailure>> LoadKnownFailures(const std::string& path) {
  const Result<YamlFile> file = YamlFile::Load(path);  // JSON is YAML, and mistakes get their place
  std::vector<KnownFailure> known;
  if (!file.ok()) {
    if (file.error().kind() == ErrorKind::kSystem) return known;
    return file.error();
  }
  YamlReader reader(*file);
  for (const std::string& at : reader.Items("")) {
    reader.Members(at, {"scenario", "check", "reason", "until"});
    known.push_back({.scenario = reader.Text(at + "/scenario", true),
                     .check = reader.Text(at + "/check", true),
                     .reason = reader.Text(at + "/reason", true),
                     .until = reader.Text(at + "/until", true)});
  }
  if (!reader.mistakes().empty()) return Error(ErrorKind::kInvalidInput, reader.mistakes());
  return known;
}

}  // namespace iff
