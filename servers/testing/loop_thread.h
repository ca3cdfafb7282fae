// A loop on a thread of its own, for tests of what runs on one.
#pragma once

#include <functional>
#include <future>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "harness/core/task.h"
#include "harness/net/event_loop.h"

namespace iff {

// Runs a loop until destroyed; Wait runs a task on it and gives its value.
class LoopThread {
 public:
  LoopThread() : thread_([this] { loop_.Run(); }) {}
  ~LoopThread() {
    loop_.Stop();
    thread_.join();
  }
  EventLoop& loop() { return loop_; }

  // Runs `work` on the loop's thread and waits for it.
  void Do(std::function<void()> work) {
    const auto done = std::make_shared<std::promise<void>>();
    std::future<void> future = done->get_future();
    loop_.Post([work, done] {
      work();
      done->set_value();
    });
    future.get();
  }
  template <class T>
  T Wait(std::function<Task<T>()> start) {
    std::vector<std::function<Task<T>()>> one;
    one.push_back(std::move(start));
    return std::move(All<T>(std::move(one)).front());
  }
  // Starts all in one turn of the loop, so that they run at the same time.
  template <class T>
  std::vector<T> All(std::vector<std::function<Task<T>()>> starts) {
    std::vector<std::future<T>> futures;
    std::vector<std::shared_ptr<std::promise<T>>> promises;
    for (size_t i = 0; i < starts.size(); ++i) {
      promises.push_back(std::make_shared<std::promise<T>>());
      futures.push_back(promises.back()->get_future());
    }
    loop_.Post([starts = std::move(starts), promises] {
      for (size_t i = 0; i < starts.size(); ++i) Spawn(Into<T>(starts[i](), promises[i]));
    });
    std::vector<T> values;
    for (std::future<T>& future : futures) values.push_back(future.get());
    return values;
  }

 private:
  template <class T>
  static Task<void> Into(Task<T> task, std::shared_ptr<std::promise<T>> promise) {
    T value = co_await std::move(task);
    promise->set_value(std::move(value));
  }

  EventLoop loop_;
  std::thread thread_;
};

}  // namespace iff
