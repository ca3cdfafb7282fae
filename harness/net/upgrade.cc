#include "harness/net/upgrade.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <utility>

#include "harness/net/client_connection.h"

namespace iff {
namespace {

constexpr size_t kLargestHead = size_t{64} << 10;

// False when the deadline passed first.
bool AwaitReady(int descriptor, short events, Deadline deadline) {
  while (true) {
    pollfd watched{.fd = descriptor, .events = events, .revents = 0};
    const int ready = ::poll(&watched, 1, static_cast<int>(std::min<int64_t>(deadline.Left().count(), 60'000)));
    if (ready > 0) return true;
    if (deadline.Passed()) return false;
  }
}

Error Closed() { return {ErrorKind::kUnavailable, "the peer has closed the stream"}; }

Result<void> Connect(int descriptor, const StreamEndpoint& peer, Deadline deadline) {
  int error = ::connect(descriptor, peer.data(), static_cast<socklen_t>(peer.size())) == 0 ? 0 : errno;
  if (error == EINPROGRESS) {
    if (!AwaitReady(descriptor, POLLOUT, deadline)) return Error(ErrorKind::kTimeout, "not connected in time");
    socklen_t size = sizeof error;
    if (::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  }
  if (error != 0) return Error(ErrorKind::kUnavailable, Reason({error, boost::system::system_category()}));
  return {};
}

// The answer's head, with what followed it.
Result<std::string> ReadHead(int descriptor, Deadline deadline) {
  std::string text;
  while (text.find("\r\n\r\n") == std::string::npos) {
    if (text.size() > kLargestHead) return Error(ErrorKind::kProtocol, "the answer's head does not end");
    if (!AwaitReady(descriptor, POLLIN, deadline)) return Error(ErrorKind::kTimeout, "no answer in time");
    char block[4096];
    const ssize_t count = ::recv(descriptor, block, sizeof block, 0);
    if (count > 0) text.append(block, static_cast<size_t>(count));
    if (count == 0) return Error(ErrorKind::kUnavailable, "connection closed before an answer");
    if (count < 0 && errno != EAGAIN && errno != EINTR) return SystemError("read the answer", errno);
  }
  return text;
}

}  // namespace

Result<UpgradedStream> UpgradedStream::Open(const Endpoint& endpoint, const HttpRequest& request, Deadline deadline) {
  HttpRequest asked = request;
  asked.headers.Set("Connection", "Upgrade");
  asked.headers.Set("Upgrade", "tcp");
  if (endpoint.scheme == "https") {
    return Error(ErrorKind::kInvalidInput, "open a stream at " + endpoint.Url() + ": not over https");
  }
  const std::shared_ptr<const Order> order = TRY(MakeOrder(endpoint, asked, deadline, 0, TlsTo(endpoint, {})));
  const int made = ::socket(order->peer.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (made < 0) return SystemError(order->title, errno);
  UpgradedStream stream(made, {});
  TRY(Connect(made, order->peer, deadline).While(order->title));
  TRY(stream.Write(order->wire, deadline).While(order->title));
  std::string text = TRY(ReadHead(made, deadline).While(order->title));
  const size_t end = text.find("\r\n\r\n") + 4;
  int status = 0;
  if (text.starts_with("HTTP/1.1 ")) std::from_chars(text.data() + 9, text.data() + 12, status);
  if (status == 101 || status == 200) {
    stream.ahead_ = text.substr(end);
    return stream;
  }
  return Error(ErrorKind::kRefused, order->title + ": " + std::to_string(status) + ": " + text.substr(end));
}

UpgradedStream::UpgradedStream(UpgradedStream&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), ahead_(std::move(other.ahead_)) {}

UpgradedStream& UpgradedStream::operator=(UpgradedStream&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(ahead_, other.ahead_);
  return *this;
}

UpgradedStream::~UpgradedStream() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<std::string> UpgradedStream::Read() {
  if (!ahead_.empty()) return std::exchange(ahead_, {});
  char block[16384];
  const ssize_t count = ::recv(descriptor_, block, sizeof block, 0);
  if (count > 0) return std::string(block, static_cast<size_t>(count));
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return std::string();
  return Closed();
}

Result<void> UpgradedStream::Write(std::string_view bytes, Deadline deadline) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<size_t>(sent));
    } else if (errno == EAGAIN) {
      if (!AwaitReady(descriptor_, POLLOUT, deadline)) return Error(ErrorKind::kTimeout, "the peer does not read");
    } else if (errno != EINTR) {
      return Closed();
    }
  }
  return {};
}

void UpgradedStream::CloseWriting() { ::shutdown(descriptor_, SHUT_WR); }

}  // namespace iff
