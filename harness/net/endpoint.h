// Where something listens, and a port that is ours before its owner starts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "harness/core/result.h"

namespace iff {

struct Endpoint {
  std::string scheme = "http";  // http or https; postgresql; tcp for anything else
  std::string host = "127.0.0.1";
  uint16_t port = 0;

  std::string Authority() const { return host + ":" + std::to_string(port); }
  std::string Url(std::string_view target = "") const { return scheme + "://" + Authority() + std::string(target); }
  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

struct Url {
  Endpoint endpoint = {};
  std::string target = "/";  // path and query, at least "/"
};

// "http://127.0.0.1:8080/mcp?x=1"; default ports 80 and 443. Refuses user info and fragments.
Result<Url> ParseUrl(std::string_view text);

// A loopback port held by a bound socket that does not listen. The one it is meant for binds it with
// SO_REUSEADDR (Java, Go, PostgreSQL and our servers do) while we keep holding; the kernel gives it to
// nobody else meanwhile, so there is no moment at which it is free.
class HeldPort {
 public:
  static Result<HeldPort> Acquire();
  HeldPort(HeldPort&& other) noexcept;
  HeldPort& operator=(HeldPort&& other) noexcept;
  ~HeldPort();

  uint16_t port() const { return port_; }
  Endpoint endpoint() const { return {.port = port_}; }

 private:
  HeldPort(int descriptor, uint16_t port) : descriptor_(descriptor), port_(port) {}
  int descriptor_ = -1;
  uint16_t port_ = 0;
};

}  // namespace iff
