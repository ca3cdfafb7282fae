#include "harness/publish/event_stream.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "harness/core/json.h"
#include "harness/publish/leak_gate.h"

namespace iff {

Result<std::unique_ptr<EventStream>> EventStream::Open(const std::string& where, int out, const Redactor& redactor) {
  if (where == "-") return std::unique_ptr<EventStream>(new EventStream(out, false, redactor));
  const int descriptor = open(where.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor < 0) return SystemError("open " + where + " for the events", errno);
  return std::unique_ptr<EventStream>(new EventStream(descriptor, true, redactor));
}

EventStream::~EventStream() {
  if (own_) close(descriptor_);
}

void EventStream::Write(std::string_view lines) {
  std::string text;
  while (!lines.empty()) {
    const size_t end = std::min(lines.find('\n'), lines.size() - 1) + 1;
    const std::string_view line = lines.substr(0, end);
    const std::string leaks = Named(FindLeaks(line, redactor_));
    text += leaks.empty() ? std::string(line) : "{\"event\":\"withheld\",\"held\":" + Dump(Json(leaks)) + "}\n";
    lines.remove_prefix(end);
  }
  std::string_view left = text;
  while (!left.empty()) {
    const ssize_t wrote = write(descriptor_, left.data(), left.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return;  // whoever read it is gone, or the disk is full: the reports say what became of the run
    left.remove_prefix(static_cast<size_t>(wrote));
  }
}

}  // namespace iff
