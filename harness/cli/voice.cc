#include "harness/cli/voice.h"

#include <unistd.h>

#include <cstdlib>

#include "harness/run/result.h"

namespace iff {

Voice::Voice(int descriptor) : descriptor_(descriptor), terminal_(isatty(descriptor) != 0) {
  const char* plain = std::getenv("NO_COLOR");
  colour_ = terminal_ && (plain == nullptr || *plain == '\0');
}

void Voice::Say(std::string_view line) {
  const std::lock_guard lock(mutex_);
  std::string text(line);
  text += '\n';
  for (std::string_view rest = text; !rest.empty();) {
    const ssize_t written = write(descriptor_, rest.data(), rest.size());
    if (written <= 0) return;  // nobody listens any more
    rest.remove_prefix(static_cast<size_t>(written));
  }
}

int ExitCodeFor(const Error& error) {
  return static_cast<int>(error.kind() == ErrorKind::kInvalidInput ? ExitCode::kUsage : ExitCode::kErrored);
}

int Complain(Voice& voice, const Error& error) {
  voice.Say("iff: " + error.message());
  return ExitCodeFor(error);
}

}  // namespace iff
