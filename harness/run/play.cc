#include "harness/run/play.h"

#include <algorithm>

#include "harness/conditions/registry.h"
#include "harness/run/applies.h"
#include "harness/run/evidence.h"
#include "harness/run/look.h"
#include "harness/steps/registry.h"

namespace iff {
namespace {

Check Inapplicable(const Expectation& expectation, const std::string& why) {
  return {.id = expectation.check,
          .level = expectation.must ? Level::kMust : Level::kShould,
          .verdict = Verdict::kInapplicable,
          .reason = why,
          .clause = expectation.clause};
}

bool ExpectsRefusal(const Expectation& expectation) { return NeedsOf(expectation.condition).refusal; }

bool IsRefusal(const SendOutcome& outcome) {
  return outcome.answer && outcome.answer->status >= 400 && outcome.answer->status < 500;
}

}  // namespace

Means MeansOf(const Sandbox& sandbox) {
  const auto all = sandbox.components().All<Component>();
  const auto issues = [](const auto& one) { return dynamic_cast<TokenIssuer*>(one.second) != nullptr; };
  Means means = MeansDeclared(sandbox.context().driver_registry, sandbox.context().system);
  means.ledgers.emplace();
  for (const auto& [name, ledger] : sandbox.components().All<CallLedger>()) means.ledgers->insert(name);
  means.ledger = !means.ledgers->empty();
  means.log = sandbox.target().url.empty();
  means.behind = !std::all_of(all.begin(), all.end(), issues);
  return means;
}

Result<Component*> Declaring(const Sandbox& sandbox, const Declared& declared) {
  if (declared.at_issuer) {
    // The same object, by another of its interfaces.
    Component* component = dynamic_cast<Component*>(TRY(sandbox.principals().Issuer()));
    if (component == nullptr) return Error(ErrorKind::kInvalidInput, "the target's issuer is no component");
    return component;
  }
  for (const auto& [name, component] : sandbox.components().All<Component>()) {
    if (declared.components == std::vector{name}) return component;
  }
  std::string all;
  for (const std::string& name : declared.components) all += (all.empty() ? "" : ", ") + name;
  return Error(ErrorKind::kInvalidInput, "want one component that declares it, have: " + all);
}

Play::Play(Sandbox& sandbox, const ProbeSet& probes, ScenarioResult& result)
    : sandbox_(sandbox), probes_(probes), result_(result), disturbances_(sandbox) {
  std::map<std::string, TargetTerms> beside;
  for (const SandboxTarget& target : sandbox.targets()) {
    sandbox_.Face(target.spec.name);
    Standards& standards = standards_[target.spec.name];
    standards.means = MeansOf(sandbox_);
    standards.terms = TermsOf(target.spec, standards.means);
    if (here_ == nullptr) {
      here_ = &standards;
    } else {
      beside[target.spec.name] = standards.terms;
    }
  }
  sandbox_.Face("");
  result_.evidence = EvidenceHead(here_->terms, beside);
}

bool Play::Perform(const Step& step) {
  StepResult done{.line = step.line, .at = step.at, .started_us = sandbox_.trace().ElapsedUs()};
  sandbox_.Face(step.at);
  here_ = &standards_.at(sandbox_.target().name);
  step_ = &step;
  done_ = &done;
  problem_.clear();
  const StepEffects effects = EffectsOf(step.action);
  done.kind = effects.event;
  done.about = effects.about;
  evidence_ = nullptr;
  const auto not_beside = absent_beside_.find(step.at);
  inapplicable_ = not_beside != absent_beside_.end() ? not_beside->second : WhyNotStep(step, around(), absent_);
  if (inapplicable_.empty()) std::visit([this](const auto& action) { action.Perform(*this); }, step.action);
  // Known from the files, or found out by trying: what this target cannot have stops nothing else.
  if (!inapplicable_.empty()) {
    done.title = "not played: " + inapplicable_;
    NoteAbsent(step, absent_);
    done.checks.clear();
    for (const Expectation& expectation : step.expect) done.checks.push_back(Inapplicable(expectation, inapplicable_));
  }
  result_.evidence["steps"].push_back(std::move(evidence_));
  done.trace = sandbox_.trace().Take();
  done.took_us = sandbox_.trace().ElapsedUs() - done.started_us;
  result_.steps.push_back(std::move(done));
  if (!problem_.empty()) result_.error = result_.steps.back().title + ": " + problem_;
  sandbox_.Face("");
  return problem_.empty();
}

void Play::Title(std::string title) { done_->title = std::move(title) + (step_->at.empty() ? "" : " at " + step_->at); }

void Play::Keep(const ProbeOutcome& outcome) {
  const Redactor& redactor = sandbox_.context().redactor;
  result_.matrix.insert(result_.matrix.end(), outcome.matrix.begin(), outcome.matrix.end());
  for (const auto& [name, text] : outcome.attachments) result_.attachments[name] = redactor.Mask(text);
  for (const std::string& one : outcome.not_looked_at) result_.not_looked_at.push_back(redactor.Mask(one));
}

std::string Play::CallerOf(const Sending& sending) const {
  const Credential* credential = sending.with.empty() ? nullptr : sandbox_.principals().FindCredential(sending.with);
  return credential == nullptr ? "" : credential->principal;
}

const HttpRequest* Play::FindRequest(const std::string& label) const {
  const auto found = requests_.find(label);
  return found == requests_.end() ? nullptr : &found->second;
}

const Secret* Play::Captured(const std::string& name) const {
  const auto found = captured_.find(name);
  return found == captured_.end() ? nullptr : &found->second;
}

Result<void> Play::Capture(const std::string& name, std::optional<Secret> value, const std::string& alias,
                           const std::string& owner) {
  captured_.erase(name);
  if (!value) return {};
  if (!alias.empty()) {
    constexpr size_t kShortest = 6;  // of the redactor
    if (value->size() < kShortest) {
      Fail("what '" + name + "' captured is too short to be masked as a secret");
      return Error(ErrorKind::kInvalidInput, problem_);
    }
    sandbox_.context().redactor.Register(*value, "captured." + alias, {.owner = owner},
                                         Redactor::Lasts::kUntilForgotten);
  }
  captured_[name] = std::move(*value);
  return {};
}

void Play::SendAndJudge(const Sending& sending, const std::string& method, const Json& params,
                        const std::string& title) {
  SendAndJudge(sending, AtOr<std::string>(params, "/name", method),
               [&] { return sandbox_.client().Send(sending, method, params, title); });
}

void Play::SendAndJudge(const Sending& sending, const std::string& asked, const std::function<SendOutcome()>& send) {
  if (NotHere(sandbox_.client().WhyNoSession(sending))) return;
  const Deadline patience = Deadline::In(sending.eventually);
  const bool refused = std::any_of(step_->expect.begin(), step_->expect.end(), ExpectsRefusal);
  const auto once = [&] {
    done_->checks.clear();
    const Cursors marks = sandbox_.observer().Mark();
    std::map<std::string, int64_t> tally;
    SendOutcome outcome;
    for (int64_t i = 0; i < sending.times; ++i) {
      outcome = refused ? ToEachReplica(send) : send();
      ++tally[!outcome.answer                                               ? "silent"
              : outcome.answer->status != 200                               ? std::to_string(outcome.answer->status)
              : outcome.answer->HasResult() && !outcome.answer->ToolError() ? "succeeded"
              : outcome.answer->ToolErrorCode().empty()                     ? "failed"
                                                                            : outcome.answer->ToolErrorCode()];
    }
    if (!step_->label.empty() && sandbox_.client().last_request() != nullptr)
      requests_[step_->label] = *sandbox_.client().last_request();
    Observation seen = See(marks, sending, outcome, tally);
    seen.asked = asked;
    seen.as_http = outcome.as_http;
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

SendOutcome Play::ToEachReplica(const std::function<SendOutcome()>& send) const {
  SendOutcome outcome = send();
  for (int64_t asked = 1; asked < sandbox_.target().replicas && IsRefusal(outcome); ++asked) outcome = send();
  return outcome;
}

Observation Play::See(const Cursors& marks, const Sending& sending, const SendOutcome& outcome,
                      std::map<std::string, int64_t> tally) {
  Observation seen;
  seen.target = sandbox_.target().name;
  seen.tally = std::move(tally);
  sandbox_.observer().Observe(marks, CallerOf(sending), outcome, seen);
  const Credential* presented = sending.with.empty() ? nullptr : sandbox_.principals().FindCredential(sending.with);
  sandbox_.observer().LookBehind(marks, presented, seen);
  disturbances_.LookAtFaults(seen);
  LookAround(seen);
  return seen;
}

void Play::JudgeAll(const Observation& seen) {
  const bool told = evidence_.contains("people");  // by an earlier try of this step, which this one replaces
  evidence_ = EvidenceOf(seen, sandbox_.context().redactor);
  if (told || seen.persona_of != persona_of_ || seen.canary != canary_) {
    evidence_["people"] = PeopleOf(seen);
    persona_of_ = seen.persona_of;
    canary_ = seen.canary;
  }
  for (const Expectation& expectation : step_->expect) {
    const std::string why_not = WhyNotCheck(*step_, expectation, sandbox_.target(), sandbox_.context().system, means());
    done_->checks.push_back(why_not.empty() ? Judge(expectation, here_->terms, seen)
                                            : Inapplicable(expectation, why_not));
  }
}

// Looks only where an expectation of this step wants it: files may be large.
void Play::LookAround(Observation& seen) {
  for (const Expectation& expectation : step_->expect) {
    const ConditionNeeds needs = NeedsOf(expectation.condition);
    for (const std::string& name : needs.searches) {
      const std::optional<Place> place = FindPlace(name);
      const bool log = place == Place::kLog;
      if (!log && (place != Place::kTargetAudit || sandbox_.target().audit.empty())) continue;
      const Result<std::string> text = log ? sandbox_.process().SearchableLog() : sandbox_.process().Audit();
      if (!text.ok() || (!log && text->empty())) {
        seen.CannotObserve({.place = *place, .reason = text.ok() ? "it is empty" : text.error().message()});
        continue;
      }
      std::vector<std::string>& found = seen.leaks[*place];
      found.clear();  // where another expectation of this step has looked there too
      const Sightings inside = Scanner(sandbox_.context().redactor).Scan(*text);
      for (const Sighting& one : inside.found) found.push_back(Described(one));
      if (!inside.opaque.empty()) seen.not_inspectable[*place] = inside.opaque;
    }
    if (needs.counts && seen.growth.empty()) {
      for (const auto& [what, count] : sandbox_.observer().Counts(&seen)) {
        const auto before = counts_.find(what);
        if (before != counts_.end()) seen.growth[what] = count - before->second;
      }
    }
  }
}

}  // namespace iff
