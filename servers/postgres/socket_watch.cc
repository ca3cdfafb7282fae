#include "servers/postgres/socket_watch.h"

#include <sys/socket.h>

#include <algorithm>

namespace iff {

SocketWatch::SocketWatch() : thread_([this] { Loop(); }) {}

SocketWatch::~SocketWatch() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void SocketWatch::Loop() {
  std::unique_lock lock(mutex_);
  while (!ending_) {
    const Time now = std::chrono::steady_clock::now();
    sleeps_until_ = Time::max();
    for (auto& [id, one] : watched_) {
      if (one.ended) continue;
      if (one.until <= now) {
        one.ended = true;
        ::shutdown(one.socket, SHUT_RDWR);
      } else {
        sleeps_until_ = std::min(sleeps_until_, one.until);
      }
    }
    if (sleeps_until_ == Time::max()) {
      wake_.wait(lock);
    } else {
      wake_.wait_until(lock, sleeps_until_);
    }
  }
}

SocketWatch::Guard::Guard(SocketWatch& watch, int socket, std::chrono::milliseconds within) : watch_(watch) {
  const Time until = std::chrono::steady_clock::now() + within;
  bool sooner = false;
  {
    const std::lock_guard lock(watch_.mutex_);
    id_ = ++watch_.last_;
    watch_.watched_[id_] = {.socket = socket, .until = until};
    sooner = until < watch_.sleeps_until_;  // seldom: what was watched before is over sooner, if not by then
    if (sooner) watch_.sleeps_until_ = until;
  }
  if (sooner) watch_.wake_.notify_one();
}

SocketWatch::Guard::~Guard() {
  const std::lock_guard lock(watch_.mutex_);
  watch_.watched_.erase(id_);
}

bool SocketWatch::Guard::Ended() const {
  const std::lock_guard lock(watch_.mutex_);
  return watch_.watched_.at(id_).ended;
}

}  // namespace iff
