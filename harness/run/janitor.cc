#include "harness/run/janitor.h"

#include <utility>

namespace iff {

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
  while (!jobs_.empty()) {
    const std::function<void()> job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    job();
    lock.lock();
  }
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
