// Messages with which connections to PostgreSQL begin, byte by byte. For tests only.
#pragma once

#include <arpa/inet.h>

#include <cstdint>
#include <string>

namespace iff::start_up {

inline std::string Number(uint32_t number) {
  const uint32_t sent = htonl(number);
  return {reinterpret_cast<const char*>(&sent), sizeof sent};
}
inline std::string Request(uint32_t code) { return Number(8) + Number(code); }
inline const std::string kSsl = Request(80877103);
inline const std::string kGss = Request(80877104);
inline const std::string kCancel = Number(16) + Number(80877102) + Number(4711) + Number(0x01020304);

// Of protocol 3.0, with `pairs` as they stand.
inline std::string Message(std::string pairs, uint32_t version = 196608) {
  return Number(static_cast<uint32_t>(8 + pairs.size())) + Number(version) + pairs;
}
inline std::string StartUpOf(const std::string& user, const std::string& application = "") {
  std::string pairs = "user" + std::string(1, '\0') + user + '\0' + "database" + '\0' + "demo" + '\0';
  if (!application.empty()) pairs += "application_name" + std::string(1, '\0') + application + '\0';
  return Message(pairs + '\0');
}

}  // namespace iff::start_up
