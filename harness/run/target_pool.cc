#include "harness/run/target_pool.h"

#include <algorithm>
#include <utility>

namespace iff {

bool TargetPool::IsOld(const TargetProcess& target) const {
  return target.started() <= dismissed_ || std::chrono::steady_clock::now() - target.started() >= keeps_;
}

std::unique_ptr<TargetProcess> TargetPool::Take(const std::string& key) {
  std::vector<std::unique_ptr<TargetProcess>> ended;  // stopped without the mutex, which may take seconds
  const std::lock_guard lock(mutex_);
  for (Idle& one : idle_) {
    if (IsOld(*one.target) || one.target->Exited()) ended.push_back(std::move(one.target));
  }
  std::erase_if(idle_, [](const Idle& one) { return one.target == nullptr; });
  const auto fewest = std::min_element(idle_.begin(), idle_.end(), [&](const Idle& one, const Idle& other) {
    const auto rank = [&](const Idle& each) { return std::pair(each.key != key, each.target->served().size()); };
    return rank(one) < rank(other);
  });
  if (fewest == idle_.end() || fewest->key != key) return nullptr;
  std::unique_ptr<TargetProcess> taken = std::move(fewest->target);
  idle_.erase(fewest);
  ++reuses_;
  return taken;
}

void TargetPool::Return(const std::string& key, std::unique_ptr<TargetProcess> target) {
  std::unique_ptr<TargetProcess> ended;
  const std::lock_guard lock(mutex_);
  if (IsOld(*target)) {
    ended = std::move(target);
    return;
  }
  idle_.push_back({.key = key, .target = std::move(target)});
  if (idle_.size() <= most_) return;
  ended = std::move(idle_.front().target);
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
