// An engine's troubles in words that say what to do.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>

#include "harness/container/engine.h"

namespace iff {
namespace {

struct Meaning {
  std::string_view text = {};  // lower case, somewhere in the engine's message
  ErrorKind kind = ErrorKind::kUnavailable;
  std::string_view advice = {};
};

// The first that fits decides.
constexpr Meaning kMeanings[] = {
    {"no space left on device", ErrorKind::kSystem,
     "the engine's disk is full: free some space, for one with 'docker system prune'"},
    {"disk quota exceeded", ErrorKind::kSystem, "the engine's disk quota is used up: free some space"},
    {"port is already allocated", ErrorKind::kUnavailable,
     "another container publishes this port: 'docker ps' shows which; end it"},
    {"address already in use", ErrorKind::kUnavailable, "something else listens on this port: end it"},
    {"no such image", ErrorKind::kUnavailable,
     "this image is not here: 'docker/local-images' makes it from what is in the cache and what is compiled"},
    {"pull access denied", ErrorKind::kUnavailable, "the registry has no such image, or does not give it to you"},
    {"manifest unknown", ErrorKind::kUnavailable, "the registry has no such version of the image"},
    {"no such host", ErrorKind::kUnavailable,
     "the registry cannot be reached: 'docker/local-images' makes images without one"},
    {"connection refused", ErrorKind::kUnavailable,
     "the registry cannot be reached: 'docker/local-images' makes images without one"},
    {"i/o timeout", ErrorKind::kUnavailable,
     "the registry cannot be reached: 'docker/local-images' makes images without one"},
};

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  return lower;
}

}  // namespace

Error EngineRefusal(std::string_view attempt, int status, std::string_view message) {
  const std::string lower = Lower(message);
  std::string text = std::string(attempt) + ": " + std::string(message);
  for (const Meaning& meaning : kMeanings) {
    if (lower.find(meaning.text) == std::string::npos) continue;
    return {meaning.kind, text + ": " + std::string(meaning.advice)};
  }
  if (status != 0) text += " (HTTP " + std::to_string(status) + ")";
  return {ErrorKind::kRefused, text};
}

std::string AddressOf(const Endpoint& engine) {
  return engine.scheme == "unix" ? "unix://" + engine.host : "tcp://" + engine.Authority();
}

Error EngineUnreachable(const Endpoint& endpoint, const Error& error) {
  const std::string attempt = "ask the container engine at " + AddressOf(endpoint);
  if (endpoint.scheme != "unix") {
    return {ErrorKind::kUnavailable,
            attempt + ": " + error.message() + ": start it, or correct DOCKER_HOST; --in native does without"};
  }
  struct stat status{};
  const int hidden = stat(endpoint.host.c_str(), &status) == 0 ? 0 : errno;
  if (hidden != 0 && hidden != EACCES) {
    return {ErrorKind::kUnavailable,
            attempt + ": there is no such socket: start the engine, or correct DOCKER_HOST; --in native does without"};
  }
  if (hidden != 0 || access(endpoint.host.c_str(), R_OK | W_OK) != 0) {
    return {ErrorKind::kSystem, attempt +
                                    ": this account may not use the socket: join the group that owns it (often "
                                    "'docker'), or run a rootless engine; --in native does without"};
  }
  if (error.kind() == ErrorKind::kTimeout) {
    return {ErrorKind::kTimeout, attempt + ": no answer in time: it may be overloaded, or hang"};
  }
  return {ErrorKind::kUnavailable,
          attempt + ": " + error.message() + ": the engine does not run: start it; --in native does without"};
}

}  // namespace iff
