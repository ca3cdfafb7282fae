// One thread's event loop, on which asynchronous servers and clients live.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

namespace iff {

class EventLoop {
 public:
  EventLoop();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Runs until Stop(); call it from one thread only.
  void Run();
  void Stop();  // thread-safe

  // True where the loop runs: on its thread. Thread-safe.
  bool Here() const;

  // Runs `work` on the loop's thread, soon. Thread-safe.
  void Post(std::function<void()> work);

  // Runs `work` on the loop's thread after `span`, unless the returned function is called before.
  // Call it on the loop's thread.
  std::function<void()> After(std::chrono::milliseconds span, std::function<void()> work);

  // Calls `on_signal` on the loop's thread for SIGTERM and SIGINT.
  void OnTermination(std::function<void(int signal)> on_signal);

  // For this folder's sources only.
  struct Context;
  Context& context() { return *context_; }

 private:
  std::unique_ptr<Context> context_;
};

}  // namespace iff
