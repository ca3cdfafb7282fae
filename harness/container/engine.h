// A container engine, by its HTTP interface: Docker's, version 1.41, which Podman speaks as well.
//
//   Engine engine(TRY(FindEngine(SearchFromEnvironment())));
//   const EngineVersion version = TRY(engine.Version());
//   const std::string id = TRY(engine.Create("iff-vault", body));
//   TRY(engine.Start(id));
//
// Errors are single sentences that say what to do: no engine, a socket that may not be used, a missing image, a full
// disk, a port that is taken.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/json.h"
#include "harness/net/http.h"
#include "harness/net/upgrade.h"

namespace iff {

// Where an engine may be, in the order they are asked for.
struct EngineSearch {
  std::string docker_host = {};           // $DOCKER_HOST; when set, nothing else is looked at
  std::vector<std::string> sockets = {};  // paths
};
// $DOCKER_HOST; the sockets of a rootless Docker and Podman below $XDG_RUNTIME_DIR; the system's.
EngineSearch SearchFromEnvironment();
// The first that is there. kUnavailable names every place that was looked at; kInvalidInput for a $DOCKER_HOST that is
// neither unix:// nor tcp://.
Result<Endpoint> FindEngine(const EngineSearch& search);

struct EngineVersion {
  std::string title = {};  // "Docker Engine 20.10.24"
  std::string api = {};    // "1.41"
};

struct ImageSummary {
  std::string id = {};  // "sha256:..."
  std::map<std::string, std::string> labels = {};
};

struct ContainerSummary {
  std::string id = {};
  std::string name = {};
  std::map<std::string, std::string> labels = {};
  bool running = false;
};

struct ContainerState {
  bool running = false;
  int exit_code = 0;
  bool out_of_memory = false;  // the kernel killed it at its limit
  int64_t memory_limit = 0;    // bytes; 0: none
};

struct ExecOutcome {
  int exit_code = 0;
  std::string output = {};  // standard output and error, as they came
};

using EngineLabels = std::map<std::string, std::string>;

// A network or a volume.
struct NamedThing {
  std::string name = {};
  std::map<std::string, std::string> labels = {};
};

class Engine {
 public:
  explicit Engine(Endpoint endpoint);

  const Endpoint& endpoint() const { return endpoint_; }
  // Is it there, may we use it, is it new enough?
  Result<EngineVersion> Version();

  // ---- images
  Result<std::optional<ImageSummary>> FindImage(const std::string& reference);
  // `progress` is told lines: "pulling vault: 12 of 40 MB".
  Result<void> Pull(const std::string& reference, const std::function<void(std::string_view)>& progress);
  // An image from a tar of its whole file system; `changes` are Dockerfile instructions.
  Result<void> Import(const std::string& reference, std::string tar, const std::vector<std::string>& changes);
  Result<void> RemoveImage(const std::string& reference);

  // ---- containers; `body` is the interface's own
  Result<std::string> Create(const std::string& name, const Json& body);
  Result<void> Start(const std::string& id);
  Result<void> Signal(const std::string& id, int signal);
  // Waits until it runs no more; the exit code.
  Result<int> Wait(const std::string& id, Deadline deadline);
  Result<ContainerState> Inspect(const std::string& id);
  // Running or not, with its anonymous volumes. One that is not there is a success.
  Result<void> Remove(const std::string& id);
  Result<std::vector<ContainerSummary>> List(const EngineLabels& labels);
  // Its standard streams; read what comes through Demultiplexer.
  Result<UpgradedStream> Attach(const std::string& id, bool input);
  Result<ExecOutcome> Exec(const std::string& id, const std::vector<std::string>& argv, Deadline deadline);
  // A file or directory of a container as a tar, and a tar unpacked into a directory of one.
  Result<std::string> CopyOut(const std::string& id, const std::string& path);
  Result<void> CopyIn(const std::string& id, const std::string& directory, std::string tar);

  // ---- networks and volumes
  Result<void> CreateNetwork(const std::string& name, const EngineLabels& labels);
  Result<void> CreateVolume(const std::string& name, const EngineLabels& labels);
  Result<void> RemoveNetwork(const std::string& name);
  Result<void> RemoveVolume(const std::string& name);
  Result<std::vector<NamedThing>> ListNetworks(const EngineLabels& labels);
  Result<std::vector<NamedThing>> ListVolumes(const EngineLabels& labels);

 private:
  struct Ask {
    std::string attempt = {};  // for errors
    std::string method = "GET";
    std::string target = {};
    std::string body = {};
    std::string content_type = "application/json";
    std::vector<int> accepted = {200, 201, 204, 304};
    std::chrono::milliseconds within = std::chrono::minutes(1);
  };
  Result<HttpResponse> Send(const Ask& ask);
  Result<Json> SendForJson(const Ask& ask);

  Endpoint endpoint_;
  HttpClient client_;
};

// Takes a container's attached stream apart: eight bytes of head, then output (1) or error (2).
class Demultiplexer {
 public:
  using Sink = std::function<void(int stream, std::string_view bytes)>;
  void Feed(std::string_view bytes, const Sink& sink);

 private:
  std::string head_;
  int stream_ = 1;
  size_t left_ = 0;
};

// What an engine's refusal means: the attempt, the engine's words and what to do about it.
Error EngineRefusal(std::string_view attempt, int status, std::string_view message);
// "unix:///var/run/docker.sock": as in DOCKER_HOST.
std::string AddressOf(const Endpoint& engine);
// Why an engine could not be asked.
Error EngineUnreachable(const Endpoint& endpoint, const Error& error);

}  // namespace iff
