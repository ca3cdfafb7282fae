#include "harness/net/endpoint.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <utility>

#include "harness/net/http.h"

namespace iff {
namespace {

Error NotAUrl(std::string_view text, std::string_view why) {
  return {ErrorKind::kInvalidInput, "parse url \"" + std::string(text) + "\": " + std::string(why)};
}

Result<uint16_t> ParsePort(std::string_view digits) {
  uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc() || end != digits.data() + digits.size() || port == 0) {
    return Error(ErrorKind::kInvalidInput, "bad port");
  }
  return port;
}

bool IsHostCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

}  // namespace

Result<Url> ParseUrl(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) <= ' ' || c == 0x7f) return NotAUrl(text, "blank or control character");
  }
  const size_t colon = text.find("://");
  if (colon == std::string_view::npos) return NotAUrl(text, "no scheme");
  Url url;
  const std::string_view scheme = text.substr(0, colon);
  if (EqualsIgnoreCase(scheme, "http")) {
    url.endpoint.port = 80;
  } else if (EqualsIgnoreCase(scheme, "https")) {
    url.endpoint.scheme = "https";
    url.endpoint.port = 443;
  } else {
    return NotAUrl(text, "scheme is neither http nor https");
  }
  std::string_view rest = text.substr(colon + 3);
  if (rest.find('#') != std::string_view::npos) return NotAUrl(text, "has a fragment");
  const size_t path = std::min(rest.find_first_of("/?"), rest.size());
  std::string_view authority = rest.substr(0, path);
  if (authority.find('@') != std::string_view::npos) {
    // Not with the text: what stands before the @ may be a password.
    return Error(ErrorKind::kInvalidInput, "parse url: has user information");
  }
  size_t host_end = authority.find(':');
  if (authority.starts_with('[')) {
    const size_t bracket = authority.find(']');
    if (bracket == std::string_view::npos) return NotAUrl(text, "unfinished address");
    in6_addr address{};
    const std::string literal(authority.substr(1, bracket - 1));
    if (inet_pton(AF_INET6, literal.c_str(), &address) != 1) return NotAUrl(text, "bad address");
    host_end = bracket + 1 < authority.size() ? bracket + 1 : std::string_view::npos;
    if (host_end != std::string_view::npos && authority[host_end] != ':') return NotAUrl(text, "bad host");
  }
  const std::string_view host = authority.substr(0, host_end);
  if (host.empty()) return NotAUrl(text, "no host");
  if (host.front() != '[') {
    for (const char c : host) {
      if (!IsHostCharacter(c)) return NotAUrl(text, "bad host");
    }
  }
  url.endpoint.host = std::string(host);
  if (host_end != std::string_view::npos) {
    const Result<uint16_t> port = ParsePort(authority.substr(host_end + 1));
    if (!port.ok()) return NotAUrl(text, port.error().message());
    url.endpoint.port = port.value();
  }
  rest.remove_prefix(path);
  url.target = rest.starts_with('/') ? std::string(rest) : "/" + std::string(rest);
  return url;
}

Result<HeldPort> HeldPort::Acquire() {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return SystemError("hold a port: socket", errno);
  HeldPort held(descriptor, 0);  // closes the descriptor on every way out
  const int yes = 1;
  if (::setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0) {
    return SystemError("hold a port: reuse address", errno);
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return SystemError("hold a port: bind", errno);
  }
  socklen_t size = sizeof address;
  if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    return SystemError("hold a port: name", errno);
  }
  held.port_ = ntohs(address.sin_port);
  return held;
}

HeldPort::HeldPort(HeldPort&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), port_(std::exchange(other.port_, uint16_t{0})) {}

HeldPort& HeldPort::operator=(HeldPort&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(port_, other.port_);
  return *this;
}

HeldPort::~HeldPort() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace iff
