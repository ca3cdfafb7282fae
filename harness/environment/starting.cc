#include "harness/environment/starting.h"

#include <utility>

#include "harness/launch/readiness.h"

namespace iff {
namespace {

// A failed start is told by whoever waited for it; this is for one that was ready already, and dies.
constexpr std::chrono::milliseconds kLookEvery(50);

}  // namespace

Result<Service> Starting::AttemptLauncher::Launch(ServiceSpec spec) {
  spec.attempt = attempt;
  return inner_.Launch(std::move(spec));
}

Starting::Starting(std::vector<std::string> names, Launcher& launcher) : under_way_(names.size()) {
  for (std::string& name : names) {
    components_.push_back({.name = std::move(name), .launcher = AttemptLauncher(launcher), .ready = nullptr});
  }
}

bool Starting::given_up() const {
  const std::lock_guard lock(mutex_);
  return failure_.has_value();
}

void Starting::Arrived(size_t index, Result<std::unique_ptr<Component>> outcome) {
  const std::lock_guard lock(mutex_);
  Each& each = components_[index];
  each.arrived = true;
  --under_way_;
  if (outcome.ok()) {
    each.ready = std::move(outcome).value();
  } else {
    Fail(each.name, outcome.error());
  }
  changed_.notify_all();
}

void Starting::Fail(const std::string& name, const Error& why) {
  // What fails from now on may fail because of this.
  if (failure_) return;
  failure_ = why.While("start " + name);
  for (const Each& each : components_) each.launcher.attempt->GiveUp();
}

void Starting::LookForDeaths() {
  for (const Each& each : components_) {
    if (each.ready == nullptr) continue;
    const std::optional<std::string> death = each.launcher.attempt->Death();
    if (!death) continue;
    std::string others;
    for (const Each& other : components_) {
      if (!other.arrived) others += (others.empty() ? "" : ", ") + other.name;
    }
    Fail(each.name, Error(ErrorKind::kUnavailable, each.name + " ended (" + *death + ") after it was ready" +
                                                       (others.empty() ? "" : ", while waiting for " + others) +
                                                       LastWords(each.ready->LogTail(kLastWordsFrom))));
  }
}

void Starting::Await() {
  std::unique_lock lock(mutex_);
  while (under_way_ > 0 && !failure_) {
    changed_.wait_for(lock, kLookEvery);
    LookForDeaths();
  }
}

Result<std::vector<std::unique_ptr<Component>>> Starting::Take() {
  const std::lock_guard lock(mutex_);
  std::vector<std::unique_ptr<Component>> taken;
  for (Each& each : components_) taken.push_back(std::move(each.ready));
  if (!failure_) return taken;
  // In reverse, as an environment stops its own; they have been asked to stop already.
  while (!taken.empty()) taken.pop_back();
  return *failure_;
}

}  // namespace iff
