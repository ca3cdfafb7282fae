#include "harness/environment/provisioning.h"

#include <deque>
#include <future>
#include <utility>

#include "harness/core/bytes.h"
#include "harness/environment/capabilities.h"

namespace iff {
namespace {

// What is done at several components at the same time; all that went wrong, if anything did.
class SideBySide {
 public:
  void Begin(const std::string& component, std::function<Result<void>()> job) {
    jobs_.push_back({component, std::async(std::launch::async, std::move(job))});
  }

  Result<void> Await() {
    std::string problems;
    ErrorKind kind = ErrorKind::kUnavailable;
    for (Job& job : jobs_) {
      const Result<void> done = job.done.get();
      if (done.ok()) continue;
      kind = done.error().kind();
      problems += (problems.empty() ? "" : "; ") + job.component + ": " + done.error().message();
    }
    jobs_.clear();
    if (!problems.empty()) return Error(kind, problems);
    return {};
  }

 private:
  struct Job {
    std::string component;
    std::future<Result<void>> done;
  };
  std::vector<Job> jobs_;
};

// One component's part of the work.
struct Part {
  const Registry* at = nullptr;
  std::vector<size_t> added_from = {};  // indices into the principals
  std::vector<Principal> added = {};
  std::vector<Principal> renewed = {};
  Assigned assigned = {};
  size_t compared = 0;

  Result<void> Add() {
    if (!added.empty()) assigned = TRY(at->registry->Add(added));
    if (!renewed.empty()) TRY(at->registry->Renew(renewed).While("renew"));
    return {};
  }
  Result<void> Verify() {
    compared = TRY(at->registry->Verify(added).While("verify"));
    if (compared == 0) return Error(ErrorKind::kInternal, "verify: looked at nothing, which proves nothing");
    return {};
  }
};

class Waves {
 public:
  Waves(const std::vector<Registry>& registries, std::vector<Principal>& principals, const ProvisionOptions& options)
      : registries_(registries), principals_(principals), options_(options) {}

  Result<size_t> Run() {
    const std::vector<Part*> issuers = PartsOf(true);
    BeginToAdd(issuers);
    Result<void> added = work_.Await();
    Result<void> taken = TakeAssigned(issuers);
    TRY(std::move(added));
    TRY(std::move(taken));
    if (options_.identified) options_.identified(principals_);

    const std::vector<Part*> believers = PartsOf(false);
    BeginToAdd(believers);
    BeginToVerify(issuers);  // which need not wait for the others
    TRY(work_.Await());
    BeginToVerify(believers);
    TRY(work_.Await());
    size_t compared = 0;
    for (const Part& part : parts_) compared += part.compared;
    return compared;
  }

 private:
  // REQUIRES: the ids are as they are to be told.
  std::vector<Part*> PartsOf(bool issuers) {
    std::vector<Part*> chosen;
    for (const Registry& registry : registries_) {
      if (registry.issues != issuers) continue;
      Part& part = parts_.emplace_back(Part{.at = &registry});
      for (size_t i = 0; i < principals_.size(); ++i) {
        const bool is_new = !options_.is_new || options_.is_new(registry.component, principals_[i]);
        (is_new ? part.added : part.renewed).push_back(principals_[i]);
        if (is_new) part.added_from.push_back(i);
      }
      chosen.push_back(&part);
    }
    return chosen;
  }

  void BeginToAdd(const std::vector<Part*>& parts) {
    for (Part* part : parts) work_.Begin(part->at->component, [part] { return part->Add(); });
  }

  void BeginToVerify(const std::vector<Part*>& parts) {
    for (Part* part : parts) {
      if (!part->added.empty()) work_.Begin(part->at->component, [part] { return part->Verify(); });
    }
  }

  Result<void> TakeAssigned(const std::vector<Part*>& parts) {
    for (Part* part : parts) {
      if (part->assigned.size() != part->added.size()) {
        if (part->assigned.empty()) continue;  // it failed, or assigns nothing
        return Error(ErrorKind::kInternal, part->at->component + " assigned " + std::to_string(part->assigned.size()) +
                                               " accounts to " + std::to_string(part->added.size()) + " principals");
      }
      for (size_t i = 0; i < part->assigned.size(); ++i) {
        Principal& principal = principals_[part->added_from[i]];
        principal.issuers[part->at->component] = part->assigned[i];
        part->added[i].issuers[part->at->component] = part->assigned[i];  // as it is to be read back
      }
    }
    for (Principal& principal : principals_) {
      const auto known = principal.issuers.find(options_.issuer);
      if (known != principal.issuers.end()) principal.id = known->second.id;
      principal.issuer = options_.issuer;
      if (principal.id.empty()) principal.id = RandomUuid();
    }
    for (Part* part : parts) {
      for (size_t i = 0; i < part->added.size(); ++i) part->added[i].id = principals_[part->added_from[i]].id;
    }
    return {};
  }

  const std::vector<Registry>& registries_;
  std::vector<Principal>& principals_;
  const ProvisionOptions& options_;
  std::deque<Part> parts_;  // stay where they are
  SideBySide work_;
};

}  // namespace

std::vector<Registry> RegistriesOf(const Environment& environment) {
  std::vector<Registry> registries;
  for (Component* component : environment.components()) {
    auto* const registry = dynamic_cast<PrincipalRegistry*>(component);
    if (registry == nullptr) continue;
    registries.push_back({component->name(), registry, dynamic_cast<TokenIssuer*>(component) != nullptr});
  }
  return registries;
}

Result<size_t> Provision(const std::vector<Registry>& registries, std::vector<Principal>& principals,
                         const ProvisionOptions& options) {
  return Waves(registries, principals, options).Run();
}

}  // namespace iff
