// Ends the connection another thread waits at in vain: libpq has no limit for the answer to a statement.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <thread>

namespace iff {

// One thread for any number of sockets. Thread-safe.
class SocketWatch {
 public:
  SocketWatch();
  SocketWatch(const SocketWatch&) = delete;
  SocketWatch& operator=(const SocketWatch&) = delete;
  ~SocketWatch();

  // Watches until it goes. The socket stays open meanwhile: whose number it is must not change.
  class Guard {
   public:
    Guard(SocketWatch& watch, int socket, std::chrono::milliseconds within);
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;
    ~Guard();
    // The time was over, and the connection was shut down.
    bool Ended() const;

   private:
    SocketWatch& watch_;
    uint64_t id_ = 0;
  };

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Watched {
    int socket = -1;
    Time until = {};
    bool ended = false;
  };
  void Loop();

  mutable std::mutex mutex_ = {};
  std::condition_variable wake_ = {};
  std::map<uint64_t, Watched> watched_ = {};
  uint64_t last_ = 0;
  Time sleeps_until_ = Time::max();
  bool ending_ = false;
  std::thread thread_ = {};  // last: begins when the rest is there
};

}  // namespace iff
