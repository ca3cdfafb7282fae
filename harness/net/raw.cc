#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <string>

#include "harness/net/asio.h"
#include "harness/net/http.h"

namespace iff {
namespace {

constexpr size_t kMostRead = size_t{64} << 20;

class Socket {
 public:
  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

// What a chunked body that begins at `at` says: where it ends, or npos while it does not.
size_t ChunkedEnd(std::string_view text, size_t at) {
  while (true) {
    const size_t line = text.find("\r\n", at);
    if (line == std::string_view::npos) return std::string_view::npos;
    size_t size = 0;
    const auto [end, error] = std::from_chars(text.data() + at, text.data() + line, size, 16);
    if (error != std::errc() || size > kMostRead) return std::string_view::npos;
    if (size == 0) {
      const size_t finish = text.find("\r\n\r\n", line);
      return finish == std::string_view::npos ? finish : finish + 4;
    }
    at = line + 2 + size + 2;
    if (at > text.size()) return std::string_view::npos;
  }
}

// True when `text` begins with a whole response that says where it ends and that is not interim.
bool IsWhole(std::string_view text, bool head) {
  const size_t head_end = text.find("\r\n\r\n");
  if (head_end == std::string_view::npos || !text.starts_with("HTTP/1.") || text.size() < 12) return false;
  if (text[9] == '1') return IsWhole(text.substr(head_end + 4), head);
  const size_t body = head_end + 4;
  if (head || text.substr(9, 3) == "204" || text.substr(9, 3) == "304") return true;
  size_t line = text.find("\r\n") + 2;
  while (line < body - 2) {
    const size_t end = text.find("\r\n", line);
    const std::string_view field = text.substr(line, end - line);
    line = end + 2;
    const size_t colon = field.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string_view name = field.substr(0, colon);
    std::string_view value = field.substr(colon + 1);
    while (value.starts_with(' ')) value.remove_prefix(1);
    if (EqualsIgnoreCase(name, "Transfer-Encoding")) return ChunkedEnd(text, body) != std::string_view::npos;
    if (EqualsIgnoreCase(name, "Content-Length")) {
      size_t size = 0;
      const auto [after, error] = std::from_chars(value.data(), value.data() + value.size(), size);
      return error == std::errc() && text.size() - body >= size;
    }
  }
  return false;
}

// False when the deadline passed first.
bool Ready(const Socket& socket, short events, Deadline deadline) {
  pollfd waited = {.fd = socket.get(), .events = events, .revents = 0};
  while (true) {
    const int ready = ::poll(&waited, 1, static_cast<int>(std::min<int64_t>(deadline.Left().count(), 60'000)));
    if (ready > 0) return true;
    if (deadline.Passed()) return false;
  }
}

}  // namespace

Result<std::string> SendRaw(const Endpoint& endpoint, std::string_view bytes, Deadline deadline) {
  const std::string title = "send raw bytes to " + endpoint.Authority();
  if (endpoint.scheme == "https") return Error(ErrorKind::kInvalidInput, title + ": raw bytes do not go over https");
  const tcp::endpoint peer = TRY(Resolve(endpoint).While(title));
  const Socket socket(::socket(peer.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (socket.get() < 0) return SystemError(title, errno);
  const int yes = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  int error = ::connect(socket.get(), peer.data(), static_cast<socklen_t>(peer.size())) == 0 ? 0 : errno;
  if (error == EINPROGRESS) {
    if (!Ready(socket, POLLOUT, deadline)) return Error(ErrorKind::kTimeout, title + ": not connected in time");
    socklen_t size = sizeof error;
    if (::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  }
  if (error != 0)
    return Error(ErrorKind::kUnavailable, title + ": " + Reason({error, boost::system::system_category()}));

  std::string answer;
  bool writing = !bytes.empty();
  const bool head = bytes.starts_with("HEAD ");
  // Reads while it still writes: a peer may refuse early. The sending side stays open, since a
  // half-closed connection would look like a hangup.
  while (answer.size() < kMostRead && !IsWhole(answer, head)) {
    if (!Ready(socket, static_cast<short>(POLLIN | (writing ? POLLOUT : 0)), deadline)) return answer;
    char block[16384];
    const ssize_t count = ::recv(socket.get(), block, sizeof block, 0);
    if (count > 0) {
      answer.append(block, static_cast<size_t>(count));
    } else if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
      return answer;  // closed or reset: what came is the answer
    }
    if (!writing) continue;
    const ssize_t sent = ::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent > 0) bytes.remove_prefix(static_cast<size_t>(sent));
    writing = !bytes.empty() && (sent > 0 || errno == EAGAIN || errno == EINTR);
  }
  return answer;
}

}  // namespace iff
