// stdio: whoever starts the process is who it acts for. A message is a line; so is an answer.
#include <map>
#include <mutex>
#include <vector>

#include "harness/core/json.h"
#include "harness/mcp/wire.h"

namespace iff {
namespace {

class StdioWire final : public Wire {
 public:
  explicit StdioWire(OpenChannel open) : open_(std::move(open)) {}

  bool opens() const override { return true; }

  Result<std::string> Open(const std::string& identity, const HttpRequest&, Deadline) override {
    if (identity.empty()) return Error(ErrorKind::kInvalidInput, "a process is started as somebody, never as nobody");
    const std::shared_ptr<Process> process = Of(identity);
    const std::lock_guard turn(process->mutex);
    if (process->channel == nullptr) process->channel = TRY(open_(identity));
    return identity;
  }

  void Address(HttpRequest& request, const std::string& session) const override {
    request.method = "STDIN";
    request.target = session;
    request.headers = {};
  }

  Result<HttpResponse> Send(const HttpRequest& request, bool, Deadline deadline) override {
    const std::shared_ptr<Process> process = Of(request.target);
    const std::lock_guard turn(process->mutex);
    if (process->channel == nullptr)
      return Error(ErrorKind::kUnavailable, "no process was started for '" + request.target + "'");
    TRY(process->channel->Write(request.body));
    const int64_t id = MessageId(request.body);
    if (id == 0) return HttpResponse{.status = 202};
    std::vector<std::string> heard;
    while (true) {
      std::string line = TRY(process->channel->Read(deadline));
      const Result<Json> message = ParseJson(line);
      const bool object = message.ok() && message->is_object();
      if (object && message->contains("method")) TRY(Reply(*process->channel, *message));
      const bool response = object && (message->contains("result") || message->contains("error"));
      const bool ours = response && AtOr<int64_t>(*message, "/id", 0) == id;
      heard.push_back(std::move(line));
      if (!ours) continue;
      if (heard.size() == 1)
        return HttpResponse{.headers = {{"Content-Type", "application/json"}}, .body = heard.front()};
      return HttpResponse{.headers = {{"Content-Type", "text/event-stream"}}, .body = AsEvents(heard)};
    }
  }

 private:
  struct Process {
    std::mutex mutex = {};
    std::unique_ptr<LineChannel> channel = {};
  };

  // A server may ask, too; it is not left waiting.
  static Result<void> Reply(LineChannel& channel, const Json& request) {
    if (!request.contains("id")) return {};
    Json reply = {{"jsonrpc", "2.0"}, {"id", request["id"]}};
    if (request["method"] == "ping") {
      reply["result"] = Json::object();
    } else {
      reply["error"] = {{"code", -32601}, {"message", "method not found"}};
    }
    return channel.Write(Dump(reply));
  }

  std::shared_ptr<Process> Of(const std::string& identity) {
    const std::lock_guard lock(mutex_);
    std::shared_ptr<Process>& process = processes_[identity];
    if (process == nullptr) process = std::make_shared<Process>();
    return process;
  }

  const OpenChannel open_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Process>> processes_;
};

}  // namespace

std::unique_ptr<Wire> MakeStdioWire(OpenChannel open) { return std::make_unique<StdioWire>(std::move(open)); }

}  // namespace iff
