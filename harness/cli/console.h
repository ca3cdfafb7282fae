// Where a command speaks: its own terminal, or that of whoever asked the environment that is up.
#pragma once

#include <concepts>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "harness/core/result.h"
#include "harness/run/result.h"

namespace iff {

class Console {
 public:
  // Errors go where `complaints` is; without one, where all else is said.
  explicit Console(int descriptor, int complaints = -1);

  // Whatever a target, a file or a log put into it: no byte of what is said here is obeyed by a terminal, see Plain().
  // A JSON document keeps its value. Line ends and tabs stay.
  //
  // One line; thread-safe.
  void Say(std::string_view line);
  void Complain(std::string_view line);
  // As Say; of what reports/summary.h painted the colours stay as well.
  void SayPainted(std::string_view line);
  // Text without a line's end: a prompt.
  void Ask(std::string_view text);
  // Bytes for a program, as they are and without a line's end. REQUIRES: not terminal().
  void Give(std::string_view bytes);
  // The line at the foot of a terminal, in place of the one shown before; "" takes it away. Nothing elsewhere.
  void Show(std::string_view line);
  // Nothing more is said: whoever listened has gone.
  void Hush();
  bool colour() const { return colour_; }
  bool terminal() const { return terminal_; }
  size_t width() const;  // of the terminal; 80 where that is not known
  int descriptor() const { return descriptor_; }

 private:
  void Write(int descriptor, std::string_view text);
  // REQUIRES: `line` is printable.
  void SayPrintable(std::string_view line);

  int descriptor_;
  int complaints_;
  bool terminal_;
  bool colour_;
  std::mutex mutex_;
  std::string shown_;
  bool hushed_ = false;
};

// What is said of a command line by line, and what it complains of. A voice tells the two apart; whoever gives one
// function hears both.
class Messages {
 public:
  using Line = std::function<void(std::string_view)>;

  explicit Messages(Console& console)
      : say_([&console](std::string_view line) { console.Say(line); }),
        complain_([&console](std::string_view line) { console.Complain(line); }) {}
  Messages(Line say, Line complain) : say_(std::move(say)), complain_(std::move(complain)) {}
  template <typename Said>
    requires std::invocable<const Said&, std::string_view>
  Messages(const Said& both) : say_(both), complain_(both) {}  // NOLINT: a function is as good as a speech

  void operator()(std::string_view line) const { say_(line); }
  // Answers the exit code.
  int Complain(const Error& error) const;

 private:
  Line say_;
  Line complain_;
};

// What a command answers that did not get as far as a verdict.
inline constexpr int kErrored = static_cast<int>(ExitCode::kErrored);
inline constexpr int kUsage = static_cast<int>(ExitCode::kUsage);  // whoever typed the command can mend it

// kUsage or kErrored.
int ExitCodeFor(const Error& error);
// Says it where errors are said, and answers the exit code.
int Complain(Console& console, const Error& error);

}  // namespace iff
