#include "harness/run/target_pool.h"

#include <algorithm>
#include <utility>

namespace iff {

bool TargetPool::IsOld(const RunningTarget& target) const {
  return target.started <= dismissed_ || std::chrono::steady_clock::now() - target.started >= keeps_;
}

std::unique_ptr<RunningTarget> TargetPool::Take(const std::string& key) {
  std::vector<std::unique_ptr<RunningTarget>> ended;  // stopped without the mutex, which may take seconds
  std::unique_ptr<RunningTarget> taken;
  const std::lock_guard lock(mutex_);
  for (auto& target : idle_) {
    if (IsOld(*target) || target->service->exited()) ended.push_back(std::move(target));
  }
  std::erase(idle_, nullptr);
  const auto fewest = std::min_element(idle_.begin(), idle_.end(), [&](const auto& one, const auto& other) {
    const auto rank = [&](const auto& target) { return std::pair(target->key != key, target->served.size()); };
    return rank(one) < rank(other);
  });
  if (fewest == idle_.end() || (*fewest)->key != key) return nullptr;
  taken = std::move(*fewest);
  idle_.erase(fewest);
  ++reuses_;
  return taken;
}

void TargetPool::Return(std::unique_ptr<RunningTarget> target) {
  std::unique_ptr<RunningTarget> ended;
  const std::lock_guard lock(mutex_);
  if (IsOld(*target)) {
    ended = std::move(target);
    return;
  }
  idle_.push_back(std::move(target));
  if (idle_.size() <= most_) return;
  ended = std::move(idle_.front());
  idle_.erase(idle_.begin());
}

void TargetPool::Dismiss() {
  std::vector<std::unique_ptr<RunningTarget>> ended;
  const std::lock_guard lock(mutex_);
  dismissed_ = std::chrono::steady_clock::now();
  ended.swap(idle_);
}

size_t TargetPool::reuses() const {
  const std::lock_guard lock(mutex_);
  return reuses_;
}

}  // namespace iff
