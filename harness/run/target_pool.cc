#include "harness/run/target_pool.h"

#include <algorithm>
#include <utility>

namespace iff {

bool TargetPool::IsOld(const TargetProcesses& targets) const {
  return std::any_of(targets.begin(), targets.end(), [&](const auto& target) {
    return target->started() <= dismissed_ || std::chrono::steady_clock::now() - target->started() >= keeps_;
  });
}

TargetProcesses TargetPool::Take(const std::string& key) {
  std::vector<TargetProcesses> ended;  // stopped without the mutex, which may take seconds
  const std::lock_guard lock(mutex_);
  for (Idle& one : idle_) {
    const bool exited = std::any_of(one.targets.begin(), one.targets.end(),
                                    [](const auto& target) { return target->Exited().has_value(); });
    if (exited || IsOld(one.targets)) ended.push_back(std::exchange(one.targets, {}));
  }
  std::erase_if(idle_, [](const Idle& one) { return one.targets.empty(); });
  const auto fewest = std::min_element(idle_.begin(), idle_.end(), [&](const Idle& one, const Idle& other) {
    const auto rank = [&](const Idle& each) {
      return std::pair(each.key != key, each.targets.front()->served().size());
    };
    return rank(one) < rank(other);
  });
  if (fewest == idle_.end() || fewest->key != key) return {};
  TargetProcesses taken = std::move(fewest->targets);
  idle_.erase(fewest);
  ++reuses_;
  return taken;
}

void TargetPool::Return(const std::string& key, TargetProcesses targets) {
  TargetProcesses ended;
  const std::lock_guard lock(mutex_);
  if (IsOld(targets)) {
    ended = std::move(targets);
    return;
  }
  idle_.push_back({.key = key, .targets = std::move(targets)});
  if (idle_.size() <= most_) return;
  ended = std::move(idle_.front().targets);
  idle_.erase(idle_.begin());
}

void TargetPool::Dismiss() {
  std::vector<Idle> ended;
  const std::lock_guard lock(mutex_);
  dismissed_ = std::chrono::steady_clock::now();
  ended.swap(idle_);
}

size_t TargetPool::reuses() const {
  const std::lock_guard lock(mutex_);
  return reuses_;
}

}  // namespace iff
