// Coroutines for code that waits for peers without holding a thread.
//
//   Task<Result<HttpResponse>> Fetch(AsyncHttpClient& client) {
//     HttpRequest request;                       // named: g++ 12 miscompiles braced temporaries
//     request.target = "/certs";                 // inside a co_await expression
//     Result<HttpResponse> answer = co_await client.Send(std::move(request), Deadline::In(2s));
//     co_return answer;
//   }
//
// A Task starts when awaited and runs on the thread that resumes it: the event loop's. Parameters of
// a coroutine are taken by value unless the caller outlives it. An exception that leaves it is thrown again
// where it is awaited.
#pragma once

#include <coroutine>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace iff {

template <class T>
class Task;

namespace internal {

struct ContinueCaller {
  bool await_ready() const noexcept { return false; }
  template <class Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> done) noexcept {
    const std::coroutine_handle<> caller = done.promise().caller;
    return caller ? caller : std::noop_coroutine();
  }
  void await_resume() const noexcept {}
};

template <class T>
struct TaskPromise {
  std::coroutine_handle<> caller = {};
  std::optional<T> value = {};
  std::exception_ptr thrown = {};  // nothing of ours throws; what others' code throws reaches whoever awaits

  Task<T> get_return_object();
  std::suspend_always initial_suspend() noexcept { return {}; }
  ContinueCaller final_suspend() noexcept { return {}; }
  void return_value(T result) { value.emplace(std::move(result)); }
  void unhandled_exception() noexcept { thrown = std::current_exception(); }
};

template <>
struct TaskPromise<void> {
  std::coroutine_handle<> caller = {};
  std::exception_ptr thrown = {};

  Task<void> get_return_object();
  std::suspend_always initial_suspend() noexcept { return {}; }
  ContinueCaller final_suspend() noexcept { return {}; }
  void return_void() {}
  void unhandled_exception() noexcept { thrown = std::current_exception(); }
};

}  // namespace internal

template <class T>
class [[nodiscard]] Task {
 public:
  using promise_type = internal::TaskPromise<T>;

  explicit Task(std::coroutine_handle<promise_type> handle) : handle_(handle) {}
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  Task& operator=(Task&& other) noexcept {
    if (this != &other) {
      if (handle_) handle_.destroy();
      handle_ = std::exchange(other.handle_, {});
    }
    return *this;
  }
  ~Task() {
    if (handle_) handle_.destroy();
  }

  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> caller) noexcept {
    handle_.promise().caller = caller;
    return handle_;
  }
  // Throws what left the coroutine, if it did not come to its end.
  T await_resume() {
    if (handle_.promise().thrown) [[unlikely]]
      std::rethrow_exception(handle_.promise().thrown);
    if constexpr (!std::is_void_v<T>) return std::move(*handle_.promise().value);
  }

 private:
  std::coroutine_handle<promise_type> handle_;
};

namespace internal {

template <class T>
Task<T> TaskPromise<T>::get_return_object() {
  return Task<T>(std::coroutine_handle<TaskPromise<T>>::from_promise(*this));
}
inline Task<void> TaskPromise<void>::get_return_object() {
  return Task<void>(std::coroutine_handle<TaskPromise<void>>::from_promise(*this));
}

struct Detached {
  struct promise_type {
    Detached get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
};

}  // namespace internal

// Starts `task` now; it runs to its end on its own and frees itself. An exception that leaves it ends the process.
inline void Spawn(Task<void> task) {
  [](Task<void> owned) -> internal::Detached { co_await std::move(owned); }(std::move(task));
}

// Waits for a callback: `start` gets a function to call exactly once, now or later, on the event
// loop's thread.
//
//   const int answer = co_await Await<int>([&](std::function<void(int)> done) { Ask(done); });
template <class T>
class [[nodiscard]] Await {
 public:
  using Start = std::function<void(std::function<void(T)>)>;

  explicit Await(Start start) : start_(std::move(start)) {}

  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> caller) {
    auto state = state_;  // outlives this object, which the resumed coroutine may destroy
    start_([state, caller](T value) {
      state->value.emplace(std::move(value));
      if (state->suspended) caller.resume();
    });
    if (state->value.has_value()) return false;  // answered at once: go on without suspending
    state->suspended = true;
    return true;
  }
  T await_resume() { return std::move(*state_->value); }

 private:
  struct State {
    std::optional<T> value = {};
    bool suspended = false;
  };
  Start start_;
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace iff
