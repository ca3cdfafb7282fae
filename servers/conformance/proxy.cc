#include "servers/conformance/proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "harness/net/http.h"

namespace iff {
namespace {

constexpr size_t kLongestHead = 64 * 1024;
constexpr int kLookUpEvery = 50;  // ms between two looks at whether to stop

class Socket {
 public:
  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Socket& operator=(Socket&&) = delete;
  ~Socket() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  int get() const { return descriptor_; }

 private:
  int descriptor_ = -1;
};

sockaddr_in Loopback(uint16_t port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

bool WriteAll(int to, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0 && errno != EINTR) return false;
    if (sent > 0) bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

// Bytes up to and with the blank line, and what was read beyond it.
std::optional<std::string> ReadHead(int from) {
  std::string head;
  char chunk[8192];
  while (head.find("\r\n\r\n") == std::string::npos) {
    const ssize_t got = recv(from, chunk, sizeof chunk, 0);
    if (got <= 0 || head.size() > kLongestHead) return std::nullopt;
    head.append(chunk, static_cast<size_t>(got));
  }
  return head;
}

// The head with our field and without the client's wishes about the connection.
std::string Rewrite(const std::string& head, const Secret& token) {
  std::string out;
  size_t at = 0;
  const size_t end = head.find("\r\n\r\n");
  while (at < end) {
    const size_t stop = head.find("\r\n", at);
    const std::string_view line = std::string_view(head).substr(at, stop - at);
    if (!EqualsIgnoreCase(line.substr(0, line.find(':')), "connection")) out.append(line).append("\r\n");
    at = stop + 2;
  }
  out += "Connection: close\r\nAuthorization: Bearer " + token.Reveal() + "\r\n\r\n";
  return out + head.substr(end + 4);
}

// Until the server is done or either side is gone.
void Relay(int client, int server) {
  char chunk[16384];
  bool client_sends = true;
  while (true) {
    pollfd both[2] = {{.fd = client_sends ? client : -1, .events = POLLIN, .revents = 0},
                      {.fd = server, .events = POLLIN, .revents = 0}};
    if (poll(both, 2, -1) < 0 && errno != EINTR) return;
    if (both[1].revents != 0) {
      const ssize_t got = recv(server, chunk, sizeof chunk, 0);
      if (got <= 0 || !WriteAll(client, {chunk, static_cast<size_t>(got)})) return;
    }
    if (both[0].revents != 0) {
      const ssize_t got = recv(client, chunk, sizeof chunk, 0);
      if (got <= 0 || !WriteAll(server, {chunk, static_cast<size_t>(got)})) return;
    }
  }
}

void Carry(int accepted, const Endpoint& to, const Secret& token) {
  const Socket client(accepted);
  const std::optional<std::string> head = ReadHead(client.get());
  if (!head) return;
  const Socket server(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = Loopback(to.port);
  if (connect(server.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return;
  if (!WriteAll(server.get(), Rewrite(*head, token))) return;
  Relay(client.get(), server.get());
}

}  // namespace

Result<void> ServeProxy(const Endpoint& server, const Secret& token, const std::function<void(Endpoint)>& ready,
                        const std::function<bool()>& stopped) {
  const Socket listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof address;
  if (bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0 || listen(listener.get(), 64) != 0 ||
      getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    return SystemError("listen on the loopback address", errno);
  }
  Endpoint endpoint;
  endpoint.port = ntohs(address.sin_port);
  ready(endpoint);
  while (!stopped()) {
    pollfd waiting = {.fd = listener.get(), .events = POLLIN, .revents = 0};
    if (poll(&waiting, 1, kLookUpEvery) <= 0) continue;
    const int accepted = accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC);
    // Ends with its connection, or with the program.
    if (accepted >= 0) std::thread(Carry, accepted, server, token).detach();
  }
  return {};
}

}  // namespace iff
