#include "harness/run/disturbances.h"

#include "harness/run/fault.h"

namespace iff {

Result<void> Disturbances::Set(const FaultStep& fault) {
  const std::string& component = fault.component;
  if (fault.as == "sealed") {
    SecretStore* const store = TRY(sandbox_.components().Find<SecretStore>(component));
    TRY(store->SetSealed(true));
    sealed_.insert(component);
    return {};
  }
  const GateAim aim = {.path = fault.path,
                       .holding = sandbox_.principals().MarksOf(fault.principal),
                       .nth = fault.nth,
                       .start_ups = fault.start_ups,
                       .parameters = fault.parameters};
  // Whoever keeps a ledger answers so itself, and the ledger shows the call.
  const bool status = fault.as == "500" || fault.as == "503" || fault.as == "429";
  if (const Result<CallLedger*> ledger = sandbox_.components().Find<CallLedger>(component);
      ledger.ok() && aim.everybody() && status) {
    return (*ledger)->Disturb("", std::stoi(fault.as));
  }
  const std::vector<Gate*> gates = sandbox_.FindGates(component);
  if (gates.empty()) return Error(ErrorKind::kInternal, "no gate stands before " + component);
  aimed_.erase(component);
  for (Gate* const gate : gates) {
    if (!aim.everybody()) aimed_[component][gate] = gate->counts();
    gate->Set(FaultOf(fault, aim));
  }
  return {};
}

Result<void> Disturbances::Clear(const std::string& component) {
  if (sealed_.contains(component)) {
    SecretStore* const store = TRY(sandbox_.components().Find<SecretStore>(component));
    TRY(store->SetSealed(false));
    sealed_.erase(component);
    return {};
  }
  if (const Result<CallLedger*> ledger = sandbox_.components().Find<CallLedger>(component); ledger.ok()) {
    TRY((*ledger)->Disturb("", 0));
  }
  aimed_.erase(component);
  for (Gate* const gate : sandbox_.FindGates(component)) gate->Heal();
  return {};
}

void Disturbances::OpenAll() {
  for (const std::string& component : std::set(sealed_)) (void)Clear(component);
}

void Disturbances::LookAtFaults(Observation& seen) const {
  for (const auto& [component, gates] : aimed_) {
    const Gate* const gate = sandbox_.FindGate(component);
    const Gate::Counts before = gates.at(gate);
    const Gate::Counts counts = gate->counts();
    if (counts.disturbed > before.disturbed) continue;
    const uint64_t unread = counts.unread - before.unread;
    seen.CannotObserve(
        {.place = Place::kFault,
         .component = component,
         .reason = "nothing that " + component + " was asked for met it" +
                   (unread > 0 ? ", and " + std::to_string(unread) + " start-ups could not be read" : "")});
  }
}

}  // namespace iff
