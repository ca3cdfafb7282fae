#include "harness/container/fake_engine.h"

#include <csignal>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "harness/core/bytes.h"
#include "harness/core/json.h"
#include "harness/net/event_loop.h"
#include "harness/net/http_async.h"

namespace iff {
namespace {

struct Container {
  std::string id = {};
  std::string name = {};
  Json body = {};
  bool running = false;
  std::optional<int> ended = {};
  std::map<std::string, std::string> copied = {};  // directory -> tar
  std::vector<std::shared_ptr<Responder>> waiting = {};

  std::string Program() const { return AtOr<std::string>(body, "/Entrypoint/0", ""); }
  std::string Word(int index) const { return AtOr<std::string>(body, "/Cmd/" + std::to_string(index), ""); }
};

// As an engine multiplexes it.
std::string Framed(int stream, const std::string& text) {
  std::string framed(1, static_cast<char>(stream));
  framed.append(3, '\0');
  for (int shift = 24; shift >= 0; shift -= 8) framed += static_cast<char>((text.size() >> shift) & 0xff);
  return framed + text;
}

HttpResponse JsonAnswer(int status, const Json& body) {
  HttpResponse response{.status = status, .body = Dump(body)};
  response.headers.Add("Content-Type", "application/json");
  return response;
}

HttpResponse Refusal(int status, const std::string& message) {
  Json body = Json::object();
  body["message"] = message;
  return JsonAnswer(status, body);
}

// An answer that is a stream until the connection is closed.
HttpResponse StreamAnswer(std::string bytes) {
  HttpResponse response{.body = std::move(bytes)};
  response.headers.Add("Connection", "close");
  return response;
}

std::vector<std::string> Segments(const std::string& path) {
  std::vector<std::string> found;
  for (size_t begin = 0; begin < path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    if (end > begin) found.push_back(path.substr(begin, end - begin));
    begin = end + 1;
  }
  if (!found.empty() && found[0] == "v1.41") found.erase(found.begin());
  return found;
}

// The labels a list is asked for.
std::vector<std::string> WantedLabels(const std::map<std::string, std::string>& query) {
  std::vector<std::string> wanted;
  const auto filters = query.find("filters");
  if (filters == query.end()) return wanted;
  const Result<Json> json = ParseJson(filters->second);
  if (!json.ok()) return wanted;
  const Result<Json> labels = At<Json>(*json, "/label");
  if (!labels.ok()) return wanted;
  for (const Json& label : *labels) wanted.push_back(label.get<std::string>());
  return wanted;
}

bool HasLabels(const Json& labels, const std::vector<std::string>& wanted) {
  for (const std::string& one : wanted) {
    const size_t equals = one.find('=');
    const std::string name = one.substr(0, equals);
    if (!labels.contains(name)) return false;
    if (equals != std::string::npos && labels[name] != one.substr(equals + 1)) return false;
  }
  return true;
}

}  // namespace

struct FakeEngine::State {
  void Handle(const std::shared_ptr<const HttpRequest>& request, const std::shared_ptr<Responder>& responder);
  std::optional<HttpResponse> Answer(const HttpRequest& request, const std::shared_ptr<Responder>& responder);
  HttpResponse Image(const HttpRequest& request, const std::vector<std::string>& at);
  HttpResponse Create(const HttpRequest& request);
  std::optional<HttpResponse> OfContainer(const HttpRequest& request, const std::vector<std::string>& at,
                                          const std::shared_ptr<Responder>& responder);
  HttpResponse Things(const HttpRequest& request, const std::vector<std::string>& at, std::map<std::string, Json>& all);
  HttpResponse List(const HttpRequest& request) const;
  void End(Container& container, int code);

  EventLoop loop;
  std::unique_ptr<AsyncHttpServer> server;
  std::thread thread;

  mutable std::mutex mutex;  // guards the rest
  std::map<std::string, std::map<std::string, std::string>> images;
  std::map<std::string, Container> containers;  // by id
  std::map<std::string, Json> networks;         // name -> labels
  std::map<std::string, Json> volumes;
  std::map<std::string, std::string> execs;  // id -> output
  std::map<std::string, HttpResponse> refusals;
  std::string api = "1.41";
  int made = 0;
};

FakeEngine::FakeEngine() : state_(std::make_unique<State>()) {
  State* const state = state_.get();
  Result<std::unique_ptr<AsyncHttpServer>> server =
      AsyncHttpServer::Start(state->loop, {.body_limit = size_t{16} << 20},
                             [state](std::shared_ptr<const HttpRequest> request, std::shared_ptr<Responder> responder) {
                               state->Handle(request, responder);
                             });
  Invariant(server.ok(), "a server on a free port of loopback can be started");
  state->server = std::move(server).value();
  state->thread = std::thread([state] { state->loop.Run(); });
}

FakeEngine::~FakeEngine() {
  State* const state = state_.get();
  state->loop.Post([state] {
    for (auto& [id, container] : state->containers) container.waiting.clear();
    state->server.reset();
    state->loop.Stop();
  });
  state->thread.join();
}

Endpoint FakeEngine::endpoint() const { return state_->server->endpoint(); }

void FakeEngine::AddImage(const std::string& reference, const std::map<std::string, std::string>& labels) {
  const std::lock_guard lock(state_->mutex);
  state_->images[reference] = labels;
}

void FakeEngine::Refuse(const std::string& part, int status, const std::string& message) {
  const std::lock_guard lock(state_->mutex);
  state_->refusals[part] = Refusal(status, message);
}

void FakeEngine::Speak(const std::string& api) {
  const std::lock_guard lock(state_->mutex);
  state_->api = api;
}

std::string FakeEngine::Created(const std::string& name) const {
  const std::lock_guard lock(state_->mutex);
  for (const auto& [id, container] : state_->containers) {
    if (container.name == name) return Dump(container.body);
  }
  return "";
}

void FakeEngine::State::Handle(const std::shared_ptr<const HttpRequest>& request,
                               const std::shared_ptr<Responder>& responder) {
  const std::lock_guard lock(mutex);
  std::optional<HttpResponse> answer = Answer(*request, responder);
  if (answer) responder->Send(std::move(*answer));
}

std::optional<HttpResponse> FakeEngine::State::Answer(const HttpRequest& request,
                                                      const std::shared_ptr<Responder>& responder) {
  for (const auto& [part, refusal] : refusals) {
    if (request.target.find(part) != std::string::npos) return refusal;
  }
  const std::vector<std::string> at = Segments(request.Path());
  if (at.empty()) return Refusal(404, "page not found");
  if (at[0] == "version") {
    Json version = Json::object();
    version["Version"] = "0.1-fake";
    version["ApiVersion"] = api;
    return JsonAnswer(200, version);
  }
  if (at[0] == "images") return Image(request, at);
  if (at[0] == "networks") return Things(request, at, networks);
  if (at[0] == "volumes") return Things(request, at, volumes);
  if (at[0] == "exec" && at.size() == 3) {
    if (at[2] == "start") return StreamAnswer(Framed(1, execs[at[1]]));
    return JsonAnswer(200, {{"Running", false}, {"ExitCode", 0}});
  }
  if (at[0] != "containers" || at.size() < 2) return Refusal(404, "page not found");
  if (at[1] == "create") return Create(request);
  if (at[1] == "json") return List(request);
  return OfContainer(request, at, responder);
}

HttpResponse FakeEngine::State::Image(const HttpRequest& request, const std::vector<std::string>& at) {
  const std::map<std::string, std::string> query = request.Query();
  if (at.size() == 2 && at[1] == "create") {
    if (query.contains("fromSrc")) {
      images[query.at("repo")] = {};
      return JsonAnswer(200, {{"status", "sha256:1"}});
    }
    Json said = Json::object();
    if (!query.contains("fromImage") || !images.contains(query.at("fromImage"))) {
      said["error"] = "manifest unknown";
      return JsonAnswer(200, said);
    }
    HttpResponse response;
    for (const int current : {1'000'000, 5'000'000, 10'000'000}) {
      Json line = {{"status", "Downloading"}, {"id", "layer"}};
      line["progressDetail"] = {{"current", current}, {"total", 10'000'000}};
      response.body += Dump(line) + "\r\n";
    }
    return response;
  }
  std::string reference;
  for (size_t i = 1; i < at.size() && at[i] != "json"; ++i) reference += (i == 1 ? "" : "/") + at[i];
  const auto found = images.find(reference);
  if (found == images.end()) return Refusal(404, "No such image: " + reference);
  if (request.method == "DELETE") {
    images.erase(found);
    return JsonAnswer(200, Json::array());
  }
  Json image = Json::object();
  image["Id"] = "sha256:" + Hex(Sha256(reference));
  image["Config"] = {{"Labels", found->second}};
  return JsonAnswer(200, image);
}

HttpResponse FakeEngine::State::Create(const HttpRequest& request) {
  const Result<Json> body = ParseJson(request.body);
  if (!body.ok()) return Refusal(400, "bad parameter");
  const std::string image = AtOr<std::string>(*body, "/Image", "");
  if (!images.contains(image)) return Refusal(404, "No such image: " + image);
  Container container{.id = Hex(Sha256(std::to_string(++made))), .name = request.Query()["name"], .body = *body};
  for (const auto& [id, other] : containers) {
    if (other.name == container.name) return Refusal(409, "Conflict. The container name is already in use");
  }
  const std::string id = container.id;
  containers[id] = std::move(container);
  return JsonAnswer(201, {{"Id", id}});
}

HttpResponse FakeEngine::State::List(const HttpRequest& request) const {
  const std::vector<std::string> wanted = WantedLabels(request.Query());
  Json list = Json::array();
  for (const auto& [id, container] : containers) {
    const Json labels = container.body.value("Labels", Json::object());
    if (!HasLabels(labels, wanted)) continue;
    Json one = {{"Id", id}, {"State", container.running ? "running" : "exited"}};
    one["Names"] = Json::array({"/" + container.name});
    one["Labels"] = labels;
    list.push_back(std::move(one));
  }
  return JsonAnswer(200, list);
}

void FakeEngine::State::End(Container& container, int code) {
  if (container.ended) return;
  container.running = false;
  container.ended = code;
  for (const auto& responder : container.waiting) responder->Send(JsonAnswer(200, {{"StatusCode", code}}));
  container.waiting.clear();
}

std::optional<HttpResponse> FakeEngine::State::OfContainer(const HttpRequest& request,
                                                           const std::vector<std::string>& at,
                                                           const std::shared_ptr<Responder>& responder) {
  const auto found = containers.find(at[1]);
  if (found == containers.end()) return Refusal(404, "No such container: " + at[1]);
  Container& container = found->second;
  const std::string verb = at.size() > 2 ? at[2] : "";
  std::map<std::string, std::string> query = request.Query();
  if (verb.empty() && request.method == "DELETE") {
    End(container, 128 + SIGKILL);
    containers.erase(found);
    return HttpResponse{.status = 204};
  }
  if (verb == "start") {
    container.running = true;
    if (container.Program() == "/bin/echo") End(container, 0);
    if (container.Program() == "/bin/sh") End(container, std::atoi(container.Word(1).c_str() + sizeof "exit"));
    return HttpResponse{.status = 204};
  }
  if (verb == "attach") {
    return StreamAnswer(container.Program() == "/bin/echo" ? Framed(1, container.Word(0) + "\n") : "");
  }
  if (verb == "wait") {
    if (container.ended) return JsonAnswer(200, {{"StatusCode", *container.ended}});
    container.waiting.push_back(responder);
    return std::nullopt;
  }
  if (verb == "kill") {
    if (!container.running) return Refusal(409, "Container is not running");
    End(container, 128 + std::atoi(query["signal"].c_str()));
    return HttpResponse{.status = 204};
  }
  if (verb == "json") {
    Json state = {{"Running", container.running}, {"ExitCode", container.ended.value_or(0)}, {"OOMKilled", false}};
    return JsonAnswer(200, {{"State", state}, {"HostConfig", container.body.value("HostConfig", Json::object())}});
  }
  if (verb == "exec") {
    const std::string id = Hex(Sha256("exec" + std::to_string(++made)));
    const Result<Json> body = ParseJson(request.body);
    execs[id] = body.ok() ? AtOr<std::string>(*body, "/Cmd/1", "") + "\n" : "";
    return JsonAnswer(201, {{"Id", id}});
  }
  if (verb == "archive" && request.method == "PUT") {
    container.copied[query["path"]] = request.body;
    return HttpResponse{};
  }
  if (verb == "archive") {
    const std::string path = query["path"];
    const auto copied = container.copied.find(path.substr(0, path.rfind('/')));
    if (copied == container.copied.end()) return Refusal(404, "Could not find the file " + path);
    return HttpResponse{.body = copied->second};
  }
  return Refusal(404, "page not found");
}

HttpResponse FakeEngine::State::Things(const HttpRequest& request, const std::vector<std::string>& at,
                                       std::map<std::string, Json>& all) {
  if (at.size() == 2 && at[1] == "create") {
    const Result<Json> body = ParseJson(request.body);
    if (!body.ok()) return Refusal(400, "bad parameter");
    all[AtOr<std::string>(*body, "/Name", "")] = AtOr<Json>(*body, "/Labels", Json::object());
    return JsonAnswer(201, Json::object());
  }
  if (request.method == "DELETE") {
    if (all.erase(at[1]) == 0) return Refusal(404, "no such thing");
    return HttpResponse{.status = 204};
  }
  Json list = Json::array();
  const std::vector<std::string> wanted = WantedLabels(request.Query());
  for (const auto& [name, labels] : all) {
    if (HasLabels(labels, wanted)) list.push_back({{"Name", name}, {"Labels", labels}});
  }
  if (at[0] == "networks") return JsonAnswer(200, list);
  Json answer = Json::object();
  answer["Volumes"] = std::move(list);
  return JsonAnswer(200, answer);
}

}  // namespace iff
