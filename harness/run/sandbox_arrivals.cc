#include <algorithm>

#include "harness/core/unpack.h"
#include "harness/run/sandbox.h"

namespace iff {

void Sandbox::WatchAll(std::vector<std::string>& gated) {
  arrivals_ = std::make_unique<Arrivals>();
  for (const Environment* environment : {&context_.environment, static_cast<Environment*>(own_.get())}) {
    for (const Component* component : environment->components()) {
      if (std::find(gated.begin(), gated.end(), component->name()) == gated.end()) gated.push_back(component->name());
    }
  }
}

namespace {

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

void Sandbox::LookBehind(const Marks& since, const Credential* presented, Observation& seen) const {
  LookAtLedgers(presented, seen);
  if (arrivals_ == nullptr || presented == nullptr) return;  // no token to look for, or nobody who looks
  std::vector<std::string>& found = seen.leaks[Place::kDownstream];
  std::string unread;
  const auto issuers = All<TokenIssuer>();
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
    unread = "nothing at all arrived behind " + target_->name +
             ": it was not told the addresses of this system, or calls nobody";
  }
  if (!unread.empty()) seen.CannotObserve({.place = Place::kDownstream, .reason = unread});
}

}  // namespace iff
