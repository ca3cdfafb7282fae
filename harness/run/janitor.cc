#include "harness/run/janitor.h"

#include <algorithm>
#include <atomic>
#include <utility>
#include <vector>

namespace iff {
namespace {

constexpr size_t kHands = 4;  // while somebody waits for it

}  // namespace

Janitor::~Janitor() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    jobs_.clear();
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Janitor::Later(std::function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    if (jobs_.size() < most_waiting_) {
      jobs_.push_back(std::move(job));
      if (!thread_.joinable()) thread_ = std::thread([this] { Work(); });
      job = nullptr;
    }
  }
  changed_.notify_all();
  if (job) job();
}

void Janitor::Finish() {
  const Quiet quiet(*this);  // its own thread shall not take turns with this one
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return !busy_; });
  const std::deque<std::function<void()>> jobs = std::exchange(jobs_, {});
  lock.unlock();
  std::atomic<size_t> next = 0;
  std::vector<std::thread> hands;
  for (size_t hand = 0; hand < std::min<size_t>(kHands, jobs.size()); ++hand) {
    hands.emplace_back([&] {
      for (size_t i = next++; i < jobs.size(); i = next++) jobs[i]();
    });
  }
  for (std::thread& hand : hands) hand.join();
}

void Janitor::Work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return ending_ || (quiet_ == 0 && !jobs_.empty()); });
    if (ending_) return;
    const std::function<void()> job = std::move(jobs_.front());
    jobs_.pop_front();
    busy_ = true;
    lock.unlock();
    job();
    lock.lock();
    busy_ = false;
    changed_.notify_all();
  }
}

Janitor::Quiet::Quiet(Janitor& janitor) : janitor_(janitor) {
  const std::lock_guard lock(janitor_.mutex_);
  ++janitor_.quiet_;
}

Janitor::Quiet::~Quiet() {
  {
    const std::lock_guard lock(janitor_.mutex_);
    --janitor_.quiet_;
  }
  janitor_.changed_.notify_all();
}

}  // namespace iff
