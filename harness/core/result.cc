#include "harness/core/result.h"

#include <cstring>

namespace iff {

std::string_view Name(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kInvalidInput:
      return "invalid input";
    case ErrorKind::kUnavailable:
      return "unavailable";
    case ErrorKind::kTimeout:
      return "timeout";
    case ErrorKind::kRefused:
      return "refused";
    case ErrorKind::kProtocol:
      return "protocol";
    case ErrorKind::kSystem:
      return "system";
    case ErrorKind::kInternal:
      return "internal";
  }
  return "internal";
}

std::ostream& operator<<(std::ostream& out, const Error& error) {
  return out << error.message() << " (" << Name(error.kind()) << ")";
}

Error SystemError(std::string_view operation, int error_number) {
  return {ErrorKind::kSystem, std::string(operation) + ": " + std::strerror(error_number)};
}

void InvariantFailed(const char* condition, const char* why, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: invariant broken: %s (%s)\n", file, line, condition, why);
  std::abort();
}

}  // namespace iff
