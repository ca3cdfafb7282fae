#include "harness/run/downstream_observer.h"

#include <algorithm>

#include "harness/core/unpack.h"
#include "harness/run/look.h"
#include "harness/run/texts.h"

namespace iff {
namespace {

// Who the secret store took the caller for, and what it let them do by: nothing in it is a secret.
Json TakenFor(const AuditEntry& entry) {
  Json detail = Json::object();
  for (const char* name : {"entity_id", "policies", "token_type"}) {
    if (const Json* found = Find(entry.raw, std::string("/auth/") + name); found != nullptr) detail[name] = *found;
  }
  return detail;
}

// By ledgers, as a credential. Not looked into: without a token there is nothing to look for, and without a ledger
// nowhere.
void LookAtLedgers(const Credential* presented, Observation& seen) {
  if (const NotObservable* const ledger = seen.WhyNot(Place::kLedger)) {
    seen.CannotObserve({.place = Place::kUpstream, .reason = PlaceOf(*ledger) + ": " + ledger->reason});
  }
  const std::vector<DownstreamSource>& observed = seen.downstream.observed;
  const bool any = std::any_of(observed.begin(), observed.end(),
                               [](const DownstreamSource& one) { return one.place == Place::kLedger; });
  if (presented == nullptr || !any) return;
  std::vector<std::string>& found = seen.leaks[Place::kUpstream];
  const std::string fingerprint = presented->value.Fingerprint();
  for (const DownstreamEvent& event : seen.downstream.events) {
    if (event.act.source.place != Place::kLedger || event.fingerprint != fingerprint) continue;
    found.push_back(presented->alias + " (at " + event.act.source.component + ")");
  }
}

}  // namespace

void DownstreamObserver::Watch(const std::string& component, Gate& gate) {
  if (arrivals_ == nullptr) return;
  gate.Watch([arrivals = arrivals_.get(), component](const Passage& passage) { arrivals->Add(component, passage); });
}

Cursors DownstreamObserver::Mark() const {
  Cursors marks{.began = std::chrono::steady_clock::now()};
  if (arrivals_ != nullptr) marks.arrived = arrivals_->Now();
  for (const auto& [name, ledger] : components_.All<CallLedger>()) {
    const Result<uint64_t> mark = ledger->Mark();
    if (mark.ok()) marks.ledger[name] = *mark;
    if (!mark.ok()) marks.not_observable.push_back({Place::kLedger, name, mark.error().message()});
  }
  for (const auto& [name, audit] : components_.All<AuditSource>()) {
    const Result<uint64_t> mark = audit->Mark();
    if (mark.ok()) marks.audit[name] = *mark;
    if (!mark.ok()) marks.not_observable.push_back({Place::kAuditLog, name, mark.error().message()});
  }
  return marks;
}

void DownstreamObserver::Observe(const Cursors& since, const std::string& caller, const SendOutcome& outcome,
                                 Observation& seen) {
  seen.caller = caller;
  seen.upstream = target_.upstream;
  seen.answer = outcome.answer;
  if (seen.answer) {
    // Headers are quoted in reports; the body, which may hold canaries that are looked for, is not.
    Headers masked;
    for (const auto& [name, value] : seen.answer->headers.fields()) masked.Add(name, context_.redactor.Mask(value));
    seen.answer->headers = std::move(masked);
  }
  seen.no_response = outcome.silence;
  seen.timed_out = outcome.timed_out;
  seen.took = outcome.took;
  seen.exchange = outcome.exchange;
  if (const auto ended = process_.Exited(); ended && !outcome.answer) {
    seen.target_died = true;
    seen.no_response += " (the server ended: " + *ended + ")";
  }
  for (const Principal& principal : principals_.all()) {
    seen.persona_of[principal.id] = principal.persona;
    seen.persona_of[principal.name] = principal.persona;
    for (const auto& [issuer, account] : principal.issuers) {
      if (!account.id.empty()) seen.persona_of[account.id] = principal.persona;
    }
    for (const auto& [upstream, account] : principal.accounts) {
      seen.persona_of[account.login] = principal.persona;
      if (upstream == target_.upstream) seen.canary[principal.persona] = account.canary;
    }
  }
  if (outcome.answer) {
    const Sightings inside = LookInto(Scanner(context_.redactor), *outcome.answer);
    std::vector<std::string>& leaks = seen.leaks[Place::kAnswer];  // was looked into
    for (const Sighting& one : inside.found) {
      const std::string& persona = one.belonging.owner;
      if (persona != caller || persona.empty()) seen.others_seen.push_back(Described(one));
      seen.seen_of[persona].push_back(Described(one));
      if (!one.belonging.canary) leaks.push_back(Described(one));
    }
    if (!inside.opaque.empty()) seen.not_inspectable[Place::kAnswer] = inside.opaque;
  }

  Downstream& downstream = seen.downstream;
  downstream = ReadDownstream(since, seen.persona_of);
  trace_.Add(downstream);
}

Downstream DownstreamObserver::ReadDownstream(const Cursors& since,
                                              const std::map<std::string, std::string>& persona_of) const {
  Downstream downstream{.not_observable = since.not_observable};
  // When it happened, where the component says so and its clock agrees with ours; otherwise when it was read.
  const int64_t read_us = trace_.ElapsedUs();
  const auto add = [&](DownstreamEvent event, WallTime time) {
    const int64_t at = trace_.AtUs(time);
    event.timed = at >= 0 && at <= read_us;
    event.at_us = event.timed ? at : read_us;
    event.act.object = context_.redactor.Mask(event.act.object);
    downstream.events.push_back(std::move(event));
  };
  for (const auto& [name, ledger] : components_.All<CallLedger>()) {
    const auto mark = since.ledger.find(name);
    if (mark == since.ledger.end()) continue;
    Result<std::vector<LedgerEntry>> entries = ledger->Since(mark->second);
    const DownstreamSource source{Place::kLedger, name};
    if (!entries.ok()) {
      Note(downstream.not_observable, {source.place, name, context_.redactor.Mask(entries.error().message())});
      continue;
    }
    downstream.observed.push_back(source);
    for (LedgerEntry& entry : *entries) {
      const auto persona = persona_of.find(entry.owner);
      add({.act = {.source = source,
                   .persona = persona == persona_of.end() ? entry.owner : persona->second,
                   .action = std::move(entry.method),
                   .object = std::move(entry.target),
                   .status = entry.status,
                   .discloses = std::move(entry.disclosed)},
           .account = entry.owner,
           .fingerprint = std::move(entry.fingerprint)},
          entry.time);
    }
  }
  for (const auto& [name, audit] : components_.All<AuditSource>()) {
    const auto mark = since.audit.find(name);
    if (mark == since.audit.end()) continue;
    Result<std::vector<AuditEntry>> entries = audit->Since(mark->second);
    const DownstreamSource source{Place::kAuditLog, name};
    if (!entries.ok()) {
      Note(downstream.not_observable, {source.place, name, context_.redactor.Mask(entries.error().message())});
      continue;
    }
    downstream.observed.push_back(source);
    for (AuditEntry& entry : *entries) {
      // The log is shared with every scenario of the run: only this one's people are of interest.
      const auto persona = persona_of.find(entry.principal);
      if (persona == persona_of.end()) continue;
      add({.act = {.source = source,
                   .persona = persona->second,
                   .action = std::move(entry.operation),
                   .object = std::move(entry.path),
                   .allowed = entry.allowed},
           .account = entry.principal,
           .taken_for = context_.redactor.MaskAll(TakenFor(entry))},
          entry.time);
    }
  }
  return downstream;
}

void DownstreamObserver::LookBehind(const Cursors& since, const Credential* presented, Observation& seen) const {
  LookAtLedgers(presented, seen);
  if (arrivals_ == nullptr || presented == nullptr) return;  // no token to look for, or nobody who looks
  std::vector<std::string>& found = seen.leaks[Place::kDownstream];
  std::string unread;
  const auto issuers = components_.All<TokenIssuer>();
  for (const Arrival& arrival : arrivals_->Since(since.arrived)) {
    const bool to_issuer =
        std::any_of(issuers.begin(), issuers.end(), [&](const auto& one) { return one.first == arrival.component; });
    if (arrival.encrypted) unread = arrival.component + " is spoken to over TLS";
    const auto [how, unfinished] = HandedOn(arrival, *presented, to_issuer);
    if (unfinished) unread = arrival.component + " got " + std::string(kNotFullySearched);
    if (how.empty()) continue;
    if (to_issuer && arrival.under_way) {  // what it is for is known of a whole request alone
      unread = "a request to " + arrival.component + " was still under way";
    } else {
      found.push_back(arrival.component + " got " + presented->alias + " in " + context_.redactor.Mask(how));
    }
  }
  if (!found.empty()) return;
  if (arrivals_->none()) {
    unread = "nothing at all arrived behind " + target_.name +
             ": it was not told the addresses of this system, or calls nobody";
  }
  if (!unread.empty()) seen.CannotObserve({.place = Place::kDownstream, .reason = unread});
}

std::map<std::string, int64_t> DownstreamObserver::Counts(Observation* seen) const {
  std::map<std::string, int64_t> all;
  const std::vector<Principal> others =
      context_.people == nullptr ? std::vector<Principal>() : context_.people->Others(principals_.all());
  for (const auto& [name, counter] : components_.All<ResourceCounter>()) {
    const Result<std::map<std::string, int64_t>> counts = counter->Counts(others);
    if (!counts.ok()) {
      if (seen != nullptr) seen->CannotObserve({Place::kCounts, name, counts.error().message()});
      continue;
    }
    for (const auto& [what, count] : *counts) all[name + "." + what] = count;
  }
  return all;
}

}  // namespace iff
