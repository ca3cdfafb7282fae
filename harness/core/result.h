// A value, or why there is none.
//
//   Result<Port> ParsePort(std::string_view text);
//   const Port port = TRY(ParsePort(text).While("read the listen address"));
//
// Nothing in this project throws; an Error travels up by TRY and gains a phrase at each module
// border. Messages are lower case, operation first, no full stop, with the value that was seen.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <ostream>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

namespace iff {

// Each kind calls for a different reaction; everything else is in the message.
enum class ErrorKind {
  kInvalidInput,  // a file, flag or message is wrong: mend it
  kUnavailable,   // a peer is not there: start it, or try again later
  kTimeout,       // a peer did not answer within the deadline
  kRefused,       // a peer answered no
  kProtocol,      // a peer spoke nonsense
  kSystem,        // the operating system said no
  kInternal,      // a fault of ours
};

std::string_view Name(ErrorKind kind);

class [[nodiscard]] Error {
 public:
  Error(ErrorKind kind, std::string message) : kind_(kind), message_(std::move(message)) {}

  ErrorKind kind() const { return kind_; }
  const std::string& message() const { return message_; }

  // Adds what was being attempted: "unseal vault: <message>".
  Error While(std::string_view attempt) const& { return Error(kind_, std::string(attempt) + ": " + message_); }

 private:
  ErrorKind kind_;
  std::string message_;
};

std::ostream& operator<<(std::ostream& out, const Error& error);

// kSystem with the text of `error_number` (errno).
Error SystemError(std::string_view operation, int error_number);

[[noreturn]] void InvariantFailed(const char* condition, const char* why, const char* file, int line);

// Aborts with file and line when an invariant of ours does not hold. Never for foreign input.
#define Invariant(condition, why) ((condition) ? void() : ::iff::InvariantFailed(#condition, why, __FILE__, __LINE__))

template <class T, class E = Error>
class [[nodiscard]] Result {
 public:
  using ValueType = T;

  // NOLINTBEGIN(google-explicit-constructor): `return value;` and `return error;` are the point.
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(E error) : state_(std::in_place_index<1>, std::move(error)) {}
  // NOLINTEND

  bool ok() const { return state_.index() == 0; }

  // REQUIRES: ok()
  const T& value() const& {
    Invariant(ok(), "value() needs a value");
    return std::get<0>(state_);
  }
  T& value() & {
    Invariant(ok(), "value() needs a value");
    return std::get<0>(state_);
  }
  T&& value() && {
    Invariant(ok(), "value() needs a value");
    return std::get<0>(std::move(state_));
  }
  const T& operator*() const& { return value(); }
  T& operator*() & { return value(); }
  const T* operator->() const { return &value(); }
  T* operator->() { return &value(); }

  // REQUIRES: !ok()
  const E& error() const& {
    Invariant(!ok(), "error() needs an error");
    return std::get<1>(state_);
  }
  E&& error() && {
    Invariant(!ok(), "error() needs an error");
    return std::get<1>(std::move(state_));
  }

  T value_or(T fallback) const& { return ok() ? value() : std::move(fallback); }

  Result While(std::string_view attempt) && {
    if (ok()) return std::move(*this);
    return Result(error().While(attempt));
  }

 private:
  std::variant<T, E> state_;
};

// Success carries nothing: `return {};`.
template <class E>
class [[nodiscard]] Result<void, E> {
 public:
  using ValueType = void;

  Result() = default;
  // NOLINTNEXTLINE(google-explicit-constructor)
  Result(E error) : error_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return error_.index() == 0; }
  void value() const { Invariant(ok(), "value() needs a value"); }
  const E& error() const& {
    Invariant(!ok(), "error() needs an error");
    return std::get<1>(error_);
  }
  E&& error() && {
    Invariant(!ok(), "error() needs an error");
    return std::get<1>(std::move(error_));
  }
  Result While(std::string_view attempt) && {
    if (ok()) return {};
    return Result(error().While(attempt));
  }

 private:
  std::variant<std::monostate, E> error_;
};

// The value of `expression`, or return its error from the enclosing function. One a statement: a
// TRY inside a TRY does not pass -Wshadow, on purpose. Not in coroutines: those test ok().
#define TRY(expression)                                           \
  __extension__({                                                 \
    auto try_result_ = (expression);                              \
    if (!try_result_.ok()) return std::move(try_result_).error(); \
    std::move(try_result_).value();                               \
  })

}  // namespace iff
