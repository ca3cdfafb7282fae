#include "harness/launch/readiness.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>
#include <memory>
#include <vector>

#include "harness/launch/descriptor.h"
#include "harness/launch/likely_cause.h"
#include "harness/net/http.h"

namespace iff {
namespace {

using Probe = std::function<Result<bool>(Deadline)>;

// One attempt: a busy start may answer late, and the last one should still tell more than "no time left".
constexpr std::chrono::milliseconds kLongestAttempt = std::chrono::seconds(2);
constexpr std::chrono::milliseconds kShortestAttempt = std::chrono::milliseconds(200);

Deadline AttemptWithin(Deadline deadline) {
  return Deadline::In(std::clamp(deadline.Left(), kShortestAttempt, kLongestAttempt));
}

Result<bool> CanConnect(const Endpoint& endpoint, Deadline deadline) {
  const std::string attempt = "connect to " + endpoint.Authority();
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(endpoint.port);
  const std::string host = endpoint.host == "localhost" ? "127.0.0.1" : endpoint.host;
  if (inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) {
    return Error(ErrorKind::kInvalidInput, attempt + ": not an IPv4 address");
  }
  const Descriptor socket_made(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket_made.open()) return SystemError(attempt, errno);
  int failed = 0;
  if (connect(socket_made.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) failed = errno;
  if (failed == EINPROGRESS) {
    pollfd watched{.fd = socket_made.get(), .events = POLLOUT, .revents = 0};
    poll(&watched, 1, static_cast<int>(deadline.Left().count()));
    socklen_t size = sizeof failed;
    getsockopt(socket_made.get(), SOL_SOCKET, SO_ERROR, &failed, &size);
    if (watched.revents == 0) failed = ETIMEDOUT;
  }
  if (failed != 0) return Error(ErrorKind::kUnavailable, attempt + ": " + std::strerror(failed));

  // On loopback a connection to a free port can meet itself.
  sockaddr_in own{};
  socklen_t size = sizeof own;
  getsockname(socket_made.get(), reinterpret_cast<sockaddr*>(&own), &size);
  if (own.sin_port == address.sin_port && own.sin_addr.s_addr == address.sin_addr.s_addr) {
    return Error(ErrorKind::kUnavailable, attempt + ": nobody listens");
  }
  return true;
}

Probe MakeProbe(const Service&, const Immediately&) {
  return [](Deadline) -> Result<bool> { return true; };
}

Probe MakeProbe(const Service&, const TcpOpen& open) {
  return [open](Deadline deadline) { return CanConnect(open.endpoint, AttemptWithin(deadline)); };
}

Probe MakeProbe(const Service&, const HttpOk& http) {
  const auto client = std::make_shared<HttpClient>(http.endpoint);
  HttpRequest request;
  request.target = http.target;
  return [http, client, request](Deadline deadline) -> Result<bool> {
    const Result<HttpResponse> answer = client->Send(request, AttemptWithin(deadline));
    // Whatever goes wrong while it starts may be right a moment later.
    if (!answer.ok()) return Error(ErrorKind::kUnavailable, answer.error().message());
    const int status = answer.value().status;
    if (std::find(http.statuses.begin(), http.statuses.end(), status) != http.statuses.end()) return true;
    return Error(ErrorKind::kUnavailable,
                 "GET " + http.endpoint.Url(http.target) + ": answered " + std::to_string(status));
  };
}

Probe MakeProbe(const Service& service, const LogLine& line) {
  const auto searched = std::make_shared<size_t>(0);
  return [&service, line, searched](Deadline) -> Result<bool> {
    const std::string text = service.LogSince(*searched);
    if (text.find(line.contains) != std::string::npos) return true;
    // The line may be half written: look at the end again.
    const size_t keep = std::min(text.size(), line.contains.size());
    *searched += text.size() - keep;
    return Error(ErrorKind::kUnavailable, "no log line contains \"" + line.contains + "\"");
  };
}

std::string InWords(std::chrono::milliseconds span) {
  if (span.count() % 1000 == 0) return std::to_string(span.count() / 1000) + " s";
  return std::to_string(span.count()) + " ms";
}

struct InWordsOf {
  std::string operator()(const Immediately&) const { return "nothing"; }
  std::string operator()(const TcpOpen& open) const { return open.endpoint.Authority() + " to accept connections"; }
  std::string operator()(const HttpOk& http) const {
    std::string text = "GET " + http.endpoint.Url(http.target) + " to answer ";
    for (size_t i = 0; i < http.statuses.size(); ++i) {
      if (i > 0) text += " or ";
      text += std::to_string(http.statuses[i]);
    }
    return text;
  }
  std::string operator()(const LogLine& line) const { return "a log line with \"" + line.contains + "\""; }
};

// A line of a Java stack trace below the exception's own: "\tat org.example.Class.method(Class.java:148)", "\t... 12
// more".
bool IsFrame(std::string_view line) {
  const size_t text = line.find_first_not_of(" \t");
  if (text == 0 || text == std::string_view::npos) return false;
  return line.substr(text).starts_with("at ") || line.substr(text).starts_with("... ");
}

// The last lines of a log, each as "\n  | <line>". One stack trace is longer than what is shown, and what went wrong
// first is above it: of its frames only the number is kept.
std::string WithoutFrames(std::string_view log) {
  constexpr size_t kLines = 15;
  std::vector<std::string> lines;
  size_t frames = 0;
  for (size_t begin = 0; begin < log.size();) {
    const size_t end = std::min(log.find('\n', begin), log.size());
    const std::string_view line = log.substr(begin, end - begin);
    begin = end + 1;
    if (!IsFrame(line)) {
      frames = 0;
      lines.emplace_back(line);
      continue;
    }
    if (frames++ > 0) lines.pop_back();
    lines.push_back("\t(" + std::to_string(frames) + " lines of a stack trace)");
  }
  std::string text;
  for (size_t i = lines.size() - std::min(lines.size(), kLines); i < lines.size(); ++i) {
    text.append("\n  | ").append(lines[i]);
  }
  return text;
}

}  // namespace

std::string Describe(const Readiness& ready) { return std::visit(InWordsOf{}, ready); }

std::string LastWords(std::string_view log_tail) {
  if (log_tail.empty()) return "; it logged nothing";
  const std::string shown = WithoutFrames(log_tail);
  std::string text;
  const std::string_view cause = LikelyCause(shown);
  if (!cause.empty()) text.append("; likely cause: ").append(cause);
  return text + "; its last log lines:" + shown;
}

std::string LastWords(const Service& service) { return LastWords(service.LogTail(kLastWordsFrom)); }

Error WithLastWords(const Service& service, const Error& trouble) {
  // What somebody else has to mend is not told by its log.
  if (trouble.kind() == ErrorKind::kInvalidInput) return trouble;
  // A connection breaks before its process has ended, and is told of first.
  constexpr std::chrono::milliseconds kGrace = 200ms;
  (void)Eventually(Deadline::In(kGrace), [&]() -> Result<bool> { return service.exited().has_value(); });
  const std::optional<std::string> death = service.exited();
  return {trouble.kind(),
          trouble.message() + (death ? "; " + service.name() + " ended (" + *death + ")" : "") + LastWords(service)};
}

Result<void> AwaitReady(const Service& service, const Readiness& ready, std::chrono::milliseconds within) {
  if (std::holds_alternative<Immediately>(ready)) return {};
  const Probe probe = std::visit([&](const auto& kind) { return MakeProbe(service, kind); }, ready);
  const Deadline deadline = Deadline::In(within);
  return AwaitReady(service, Describe(ready), within, [&] { return probe(deadline); });
}

Result<void> AwaitReady(const Service& service, std::string_view awaited, std::chrono::milliseconds within,
                        const std::function<Result<bool>()>& probe) {
  std::optional<std::string> death;
  const Result<void> waited = Eventually(Deadline::In(within), [&]() -> Result<bool> {
    death = service.exited();
    if (death) return Error(ErrorKind::kInternal, "dead");  // of a kind that ends the wait
    return probe();
  });
  if (waited.ok()) return {};
  if (death) {
    return Error(ErrorKind::kUnavailable, service.name() + " ended (" + *death + ") while waiting for " +
                                              std::string(awaited) + LastWords(service));
  }
  if (waited.error().kind() != ErrorKind::kTimeout) return WithLastWords(service, waited.error().While(service.name()));
  return Error(ErrorKind::kTimeout, service.name() + ": not ready after " + InWords(within) + ", waiting for " +
                                        std::string(awaited) + ": " + waited.error().message() + LastWords(service));
}

}  // namespace iff
