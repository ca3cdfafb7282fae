#include "harness/cli/console.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "harness/core/plain.h"
#include "harness/core/utf8.h"
#include "harness/run/result.h"

namespace iff {
namespace {

constexpr std::string_view kWipe = "\r\033[K";

// The longest beginning of `text` that fits, in whole letters, with nothing in it that a terminal obeys.
std::string Cut(std::string_view text, size_t width) {
  const std::string plain = Plain(text);
  size_t columns = 0;
  size_t size = 0;
  while (size < plain.size() && columns < width) {
    size += FirstLetter(std::string_view(plain).substr(size)).size();
    ++columns;
  }
  return plain.substr(0, size);
}

}  // namespace

Console::Console(int descriptor, int complaints)
    : descriptor_(descriptor),
      complaints_(complaints < 0 ? descriptor : complaints),
      terminal_(isatty(descriptor) != 0) {
  const char* plain = std::getenv("NO_COLOR");
  colour_ = terminal_ && (plain == nullptr || *plain == '\0');
}

void Console::Say(std::string_view line) { SayPrintable(Plain(line, true)); }

void Console::SayPainted(std::string_view line) { SayPrintable(colour_ ? PlainButColours(line) : Plain(line, true)); }

void Console::SayPrintable(std::string_view line) {
  const std::lock_guard lock(mutex_);
  std::string text(shown_.empty() ? "" : kWipe);
  text.append(line).append("\n").append(shown_);
  Write(descriptor_, text);
}

void Console::Complain(std::string_view line) {
  const std::lock_guard lock(mutex_);
  // The two may be the same terminal, at whose foot a line stands.
  if (!shown_.empty()) Write(descriptor_, kWipe);
  Write(complaints_, Plain(line, true) + "\n");
  if (!shown_.empty()) Write(descriptor_, shown_);
}

void Console::Ask(std::string_view text) {
  const std::lock_guard lock(mutex_);
  Write(descriptor_, Plain(text, true));
}

void Console::Give(std::string_view bytes) {
  Invariant(!terminal_, "what goes to a terminal is said");
  const std::lock_guard lock(mutex_);
  Write(descriptor_, bytes);
}

void Console::Show(std::string_view line) {
  if (!terminal_) return;
  const std::string cut = Cut(line, width() - 1);
  const std::lock_guard lock(mutex_);
  if (cut == shown_) return;
  Write(descriptor_, std::string(kWipe) + cut);
  shown_ = cut;
}

void Console::Hush() {
  const std::lock_guard lock(mutex_);
  hushed_ = true;
}

size_t Console::width() const {
  winsize size = {};
  return ioctl(descriptor_, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col : 80;
}

void Console::Write(int descriptor, std::string_view text) {
  while (!text.empty() && !hushed_) {
    const ssize_t written = write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;  // nobody listens any more
    text.remove_prefix(static_cast<size_t>(written));
  }
}

int ExitCodeFor(const Error& error) {
  return static_cast<int>(error.kind() == ErrorKind::kInvalidInput ? ExitCode::kUsage : ExitCode::kErrored);
}

int Messages::Complain(const Error& error) const {
  complain_("iff: " + error.message());
  return ExitCodeFor(error);
}

int Complain(Console& console, const Error& error) { return Messages(console).Complain(error); }

}  // namespace iff
