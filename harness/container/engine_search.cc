#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "harness/container/engine.h"

namespace iff {
namespace {

std::string Variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

bool IsSocket(const std::string& path) {
  struct stat status{};
  return stat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode);
}

Result<Endpoint> FromDockerHost(const std::string& host) {
  if (host.starts_with("unix://") && host.size() > 8 && host[7] == '/') {
    return Endpoint{.scheme = "unix", .host = host.substr(7)};
  }
  if (host.starts_with("tcp://")) {
    const Url url = TRY(ParseUrl("http://" + host.substr(6)).While("DOCKER_HOST"));
    return url.endpoint;
  }
  return Error(ErrorKind::kInvalidInput,
               "DOCKER_HOST is \"" + host + "\": want unix:///path/of/a/socket or tcp://host:port");
}

}  // namespace

EngineSearch SearchFromEnvironment() {
  EngineSearch search{.docker_host = Variable("DOCKER_HOST")};
  // A rootless engine of this account is more likely meant than the system's, which it may not be allowed to use.
  const std::string own = Variable("XDG_RUNTIME_DIR");
  if (!own.empty()) search.sockets = {own + "/docker.sock", own + "/podman/podman.sock"};
  search.sockets.insert(search.sockets.end(), {"/var/run/docker.sock", "/run/podman/podman.sock"});
  return search;
}

Result<Endpoint> FindEngine(const EngineSearch& search) {
  if (!search.docker_host.empty()) return FromDockerHost(search.docker_host);
  std::string looked_at;
  std::string forbidden;
  for (const std::string& path : search.sockets) {
    looked_at += (looked_at.empty() ? "" : ", ") + path;
    if (!IsSocket(path)) continue;
    if (access(path.c_str(), R_OK | W_OK) == 0) return Endpoint{.scheme = "unix", .host = path};
    if (forbidden.empty()) forbidden = path;
  }
  // Asking it gives the error that says what to do.
  if (!forbidden.empty()) return Endpoint{.scheme = "unix", .host = forbidden};
  return Error(ErrorKind::kUnavailable,
               "find a container engine: none at " + looked_at +
                   "; start one, or name its socket with DOCKER_HOST=unix:///path; --in native "
                   "does without");
}

}  // namespace iff
