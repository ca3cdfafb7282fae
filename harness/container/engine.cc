#include "harness/container/engine.h"

#include <poll.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "harness/core/bytes.h"

namespace iff {
namespace {

constexpr std::string_view kApi = "/v1.41";
constexpr int kOldestMinor = 41;
// Copies of whole programs come as one answer.
constexpr size_t kLargestAnswer = size_t{1} << 30;

std::string LabelFilter(const EngineLabels& labels) {
  Json wanted = Json::array();
  for (const auto& [name, value] : labels) wanted.push_back(value.empty() ? name : name + "=" + value);
  Json filter = Json::object();
  filter["label"] = std::move(wanted);
  return "filters=" + PercentEncode(Dump(filter));
}

std::map<std::string, std::string> ReadLabels(const Json& from, std::string_view pointer) {
  std::map<std::string, std::string> labels;
  const Json* const found = Find(from, pointer);
  if (found == nullptr || !found->is_object()) return labels;
  for (const auto& [name, value] : found->items()) {
    if (value.is_string()) labels[name] = value.get<std::string>();
  }
  return labels;
}

std::string Message(const HttpResponse& response) {
  const Result<Json> json = ParseJson(response.body);
  std::string text = json.ok() ? AtOr<std::string>(*json, "/message", "") : response.body.substr(0, 500);
  if (text.empty() && json.ok()) text = AtOr<std::string>(*json, "/cause", "");
  while (text.ends_with('\n')) text.pop_back();
  return text.empty() ? "no reason given" : text;
}

Result<std::vector<NamedThing>> NamesIn(const Json& list) {
  std::vector<NamedThing> things;
  if (!list.is_array()) return things;  // none may be null
  for (const Json& one : list) {
    things.push_back({.name = TRY(At<std::string>(one, "/Name")), .labels = ReadLabels(one, "/Labels")});
  }
  return things;
}

// "1.41" -> 41
int Minor(const std::string& api) {
  int minor = 0;
  const size_t dot = api.find('.');
  if (dot != std::string::npos) std::from_chars(api.data() + dot + 1, api.data() + api.size(), minor);
  return minor;
}

}  // namespace

Engine::Engine(Endpoint endpoint)
    : endpoint_(std::move(endpoint)), client_(endpoint_, {.body_limit = kLargestAnswer, .max_idle = 4}) {}

Result<HttpResponse> Engine::Send(const Ask& ask) {
  HttpRequest request{.method = ask.method, .target = std::string(kApi) + ask.target, .body = ask.body};
  if (!ask.body.empty()) request.headers.Add("Content-Type", ask.content_type);
  Result<HttpResponse> answer = client_.Send(request, Deadline::In(ask.within));
  if (!answer.ok()) return EngineUnreachable(endpoint_, answer.error()).While(ask.attempt);
  const bool accepted = std::find(ask.accepted.begin(), ask.accepted.end(), answer->status) != ask.accepted.end();
  if (!accepted) return EngineRefusal(ask.attempt, answer->status, Message(*answer));
  return answer;
}

Result<Json> Engine::SendForJson(const Ask& ask) {
  const HttpResponse answer = TRY(Send(ask));
  return ParseJson(answer.body).While(ask.attempt);
}

Result<EngineVersion> Engine::Version() {
  // Without a version in the path: an engine of any age answers.
  const Result<HttpResponse> answer = client_.Send({.target = "/version"}, Deadline::In(std::chrono::seconds(10)));
  if (!answer.ok()) return EngineUnreachable(endpoint_, answer.error());
  const std::string attempt = "ask the container engine at " + AddressOf(endpoint_) + " for its version";
  if (answer->status != 200) return EngineRefusal(attempt, answer->status, Message(*answer));
  const Json json = TRY(ParseJson(answer->body).While(attempt));
  EngineVersion version;
  version.api = TRY(At<std::string>(json, "/ApiVersion").While(attempt));
  std::string product = AtOr<std::string>(json, "/Components/0/Name", "Engine");
  if (product == "Engine") product = "Docker Engine";
  version.title = product + " " + AtOr<std::string>(json, "/Version", "");
  if (Minor(version.api) < kOldestMinor) {
    return Error(ErrorKind::kUnavailable, version.title + " at " + AddressOf(endpoint_) + " speaks version " +
                                              version.api +
                                              " of the engine's interface: 1.41 is needed, which Docker 20.10 has");
  }
  return version;
}

Result<std::optional<ImageSummary>> Engine::FindImage(const std::string& reference) {
  const Ask ask{
      .attempt = "look for image " + reference, .target = "/images/" + reference + "/json", .accepted = {200, 404}};
  const HttpResponse answer = TRY(Send(ask));
  if (answer.status == 404) return std::optional<ImageSummary>();
  const Json json = TRY(ParseJson(answer.body).While(ask.attempt));
  ImageSummary image;
  image.id = TRY(At<std::string>(json, "/Id").While(ask.attempt));
  image.labels = ReadLabels(json, "/Config/Labels");
  return std::optional<ImageSummary>(std::move(image));
}

Result<void> Engine::RemoveImage(const std::string& reference) {
  TRY(Send({.attempt = "remove image " + reference,
            .method = "DELETE",
            .target = "/images/" + reference + "?force=true",
            .accepted = {200, 404}}));
  return {};
}

Result<std::string> Engine::Create(const std::string& name, const Json& body) {
  const Json answer = TRY(SendForJson({.attempt = "create container " + name,
                                       .method = "POST",
                                       .target = "/containers/create?name=" + PercentEncode(name),
                                       .body = Dump(body)}));
  return At<std::string>(answer, "/Id").While("create container " + name);
}

Result<void> Engine::Start(const std::string& id) {
  TRY(Send({.attempt = "start container " + id.substr(0, 12),
            .method = "POST",
            .target = "/containers/" + id + "/start",
            .within = std::chrono::minutes(2)}));
  return {};
}

Result<void> Engine::Signal(const std::string& id, int signal) {
  // 409: it runs no more.
  TRY(Send({.attempt = "signal container " + id.substr(0, 12),
            .method = "POST",
            .target = "/containers/" + id + "/kill?signal=" + std::to_string(signal),
            .accepted = {204, 404, 409, 500}}));
  return {};
}

Result<int> Engine::Wait(const std::string& id, Deadline deadline) {
  const Json answer = TRY(SendForJson({.attempt = "wait for container " + id.substr(0, 12),
                                       .method = "POST",
                                       .target = "/containers/" + id + "/wait",
                                       .within = deadline.Left()}));
  const int64_t code = TRY(At<int64_t>(answer, "/StatusCode"));
  return static_cast<int>(code);
}

Result<ContainerState> Engine::Inspect(const std::string& id) {
  const Json json =
      TRY(SendForJson({.attempt = "inspect container " + id.substr(0, 12), .target = "/containers/" + id + "/json"}));
  ContainerState state;
  state.running = AtOr<bool>(json, "/State/Running", false);
  state.exit_code = static_cast<int>(AtOr<int64_t>(json, "/State/ExitCode", 0));
  state.out_of_memory = AtOr<bool>(json, "/State/OOMKilled", false);
  state.memory_limit = AtOr<int64_t>(json, "/HostConfig/Memory", 0);
  return state;
}

Result<void> Engine::Remove(const std::string& id) {
  const Ask ask{.attempt = "remove container " + id.substr(0, 12),
                .method = "DELETE",
                .target = "/containers/" + id + "?force=true&v=true",
                .accepted = {204, 404, 409}};
  // 409: somebody else is removing it; it is gone when it is no longer found.
  return Eventually(Deadline::In(std::chrono::seconds(30)), [&]() -> Result<bool> {
    const HttpResponse answer = TRY(Send(ask));
    if (answer.status != 409) return true;
    return Error(ErrorKind::kUnavailable, ask.attempt + ": " + Message(answer));
  });
}

Result<std::vector<ContainerSummary>> Engine::List(const EngineLabels& labels) {
  const Json json =
      TRY(SendForJson({.attempt = "list containers", .target = "/containers/json?all=true&" + LabelFilter(labels)}));
  std::vector<ContainerSummary> found;
  for (const Json& one : json) {
    ContainerSummary container;
    container.id = TRY(At<std::string>(one, "/Id").While("list containers"));
    container.name = AtOr<std::string>(one, "/Names/0", "");
    if (container.name.starts_with('/')) container.name.erase(0, 1);
    container.labels = ReadLabels(one, "/Labels");
    container.running = AtOr<std::string>(one, "/State", "") == "running";
    found.push_back(std::move(container));
  }
  return found;
}

Result<UpgradedStream> Engine::Attach(const std::string& id, bool input) {
  const std::string target =
      std::string(kApi) + "/containers/" + id + "/attach?stream=1&stdout=1&stderr=1" + (input ? "&stdin=1" : "");
  Result<UpgradedStream> stream =
      UpgradedStream::Open(endpoint_, {.method = "POST", .target = target}, Deadline::In(std::chrono::seconds(30)));
  if (!stream.ok()) return stream.error().While("attach to container " + id.substr(0, 12));
  return stream;
}

Result<ExecOutcome> Engine::Exec(const std::string& id, const std::vector<std::string>& argv, Deadline deadline) {
  const std::string attempt = "execute " + (argv.empty() ? "nothing" : argv.front()) + " in " + id.substr(0, 12);
  Json command = Json::array();
  for (const std::string& word : argv) command.push_back(word);
  Json body = Json::object();
  body["AttachStdout"] = true;
  body["AttachStderr"] = true;
  body["Cmd"] = std::move(command);
  const Json made = TRY(
      SendForJson({.attempt = attempt, .method = "POST", .target = "/containers/" + id + "/exec", .body = Dump(body)}));
  const std::string exec = TRY(At<std::string>(made, "/Id").While(attempt));
  HttpRequest start{.method = "POST",
                    .target = std::string(kApi) + "/exec/" + exec + "/start",
                    .body = R"({"Detach":false,"Tty":false})"};
  start.headers.Add("Content-Type", "application/json");
  UpgradedStream stream = TRY(UpgradedStream::Open(endpoint_, start, deadline).While(attempt));
  ExecOutcome outcome;
  Demultiplexer demultiplexer;
  while (true) {
    const Result<std::string> read = stream.Read();
    if (!read.ok()) break;  // its end
    demultiplexer.Feed(*read, [&](int, std::string_view bytes) { outcome.output.append(bytes); });
    if (!read->empty()) continue;
    pollfd watched{.fd = stream.descriptor(), .events = POLLIN, .revents = 0};
    poll(&watched, 1, static_cast<int>(std::min<int64_t>(deadline.Left().count(), 60'000)));
    if (deadline.Passed()) return Error(ErrorKind::kTimeout, attempt + ": it did not end in time");
  }
  const auto ended = [&]() -> Result<bool> {
    const Json state = TRY(SendForJson({.attempt = attempt, .target = "/exec/" + exec + "/json"}));
    outcome.exit_code = static_cast<int>(AtOr<int64_t>(state, "/ExitCode", 0));
    return !AtOr<bool>(state, "/Running", false);
  };
  TRY(Eventually(deadline, ended).While(attempt));
  return outcome;
}

Result<void> Engine::CreateNetwork(const std::string& name, const EngineLabels& labels) {
  Json body = Json::object();
  body["Name"] = name;
  body["Driver"] = "bridge";
  body["Internal"] = true;
  body["Labels"] = labels;
  TRY(Send({.attempt = "create network " + name, .method = "POST", .target = "/networks/create", .body = Dump(body)}));
  return {};
}

Result<void> Engine::CreateVolume(const std::string& name, const EngineLabels& labels) {
  Json body = Json::object();
  body["Name"] = name;
  body["Labels"] = labels;
  TRY(Send({.attempt = "create volume " + name, .method = "POST", .target = "/volumes/create", .body = Dump(body)}));
  return {};
}

Result<void> Engine::RemoveNetwork(const std::string& name) {
  TRY(Send({.attempt = "remove network " + name,
            .method = "DELETE",
            .target = "/networks/" + PercentEncode(name),
            .accepted = {200, 204, 404}}));
  return {};
}

Result<void> Engine::RemoveVolume(const std::string& name) {
  TRY(Send({.attempt = "remove volume " + name,
            .method = "DELETE",
            .target = "/volumes/" + PercentEncode(name) + "?force=true",
            .accepted = {200, 204, 404}}));
  return {};
}

Result<std::vector<NamedThing>> Engine::ListNetworks(const EngineLabels& labels) {
  const Json json = TRY(SendForJson({.attempt = "list networks", .target = "/networks?" + LabelFilter(labels)}));
  return NamesIn(json).While("list networks");
}

Result<std::vector<NamedThing>> Engine::ListVolumes(const EngineLabels& labels) {
  const Json json = TRY(SendForJson({.attempt = "list volumes", .target = "/volumes?" + LabelFilter(labels)}));
  return NamesIn(AtOr<Json>(json, "/Volumes", Json::array())).While("list volumes");
}

void Demultiplexer::Feed(std::string_view bytes, const Sink& sink) {
  while (!bytes.empty()) {
    if (left_ > 0) {
      const size_t taken = std::min(left_, bytes.size());
      sink(stream_, bytes.substr(0, taken));
      bytes.remove_prefix(taken);
      left_ -= taken;
      continue;
    }
    const size_t taken = std::min(size_t{8} - head_.size(), bytes.size());
    head_.append(bytes.substr(0, taken));
    bytes.remove_prefix(taken);
    if (head_.size() < 8) return;
    stream_ = static_cast<unsigned char>(head_[0]);
    for (size_t i = 4; i < 8; ++i) left_ = (left_ << 8) | static_cast<unsigned char>(head_[i]);
    head_.clear();
  }
}

}  // namespace iff
