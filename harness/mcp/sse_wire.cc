// HTTP+SSE, as revision 2024-11-05 has it: GET opens a stream, whose first event says where to post; a post is answered
// with a receipt, and what the server has to say comes through the stream.
#include <map>
#include <mutex>
#include <set>
#include <vector>

#include "harness/core/json.h"
#include "harness/mcp/wire.h"
#include "harness/net/event_reader.h"

namespace iff {
namespace {

class SseWire final : public Wire {
 public:
  SseWire(const Endpoint& endpoint, std::string path)
      : endpoint_(endpoint), path_(std::move(path)), client_(endpoint) {}

  bool opens() const override { return true; }

  Result<std::string> Open(const std::string&, const HttpRequest& request, Deadline deadline) override {
    HttpRequest get = request;
    Address(get, "");
    auto stream = std::make_shared<Stream>();
    stream->events = TRY(EventReader::Open(endpoint_, get, deadline));
    if (!stream->events->streams()) return std::string();
    const std::string session = TRY(PostAddress(*stream->events, deadline));
    const std::lock_guard lock(mutex_);
    streams_[session] = std::move(stream);
    return session;
  }

  // Without a session there is nowhere to post: what is refused is the opening.
  void Address(HttpRequest& request, const std::string& session) const override {
    if (!session.empty()) {
      request.target = session;
      return;
    }
    request.method = "GET";
    request.target = path_;
    request.body.clear();
    request.headers.Remove("Content-Type");
    request.headers.Set("Accept", "text/event-stream");
  }

  Result<HttpResponse> Send(const HttpRequest& request, bool theirs, Deadline deadline) override {
    if (request.method == "GET") return Opening(request, deadline);
    const std::shared_ptr<Stream> stream = Find(request);
    const int64_t id = MessageId(request.body);
    // One after the other: what comes through the stream is read by whoever waits for it.
    std::unique_lock<std::mutex> turn;
    if (stream != nullptr) turn = std::unique_lock(stream->mutex);
    if (stream != nullptr && theirs && id != 0) stream->not_ours.insert(id);
    HttpResponse receipt = TRY(client_.Send(request, deadline));
    const bool taken = receipt.status / 100 == 2;
    const bool answered = receipt.headers.Get("Content-Type").starts_with("application/json") && !receipt.body.empty();
    if (!taken || theirs || id == 0 || stream == nullptr || answered) return receipt;
    return Await(*stream, id, std::move(receipt), deadline);
  }

  HttpClient* client(const std::string& certificate) override { return certificate.empty() ? &client_ : nullptr; }

 private:
  struct Stream {
    std::mutex mutex = {};
    std::unique_ptr<EventReader> events = {};
    std::set<int64_t> not_ours = {};  // asked by somebody else through this session
  };

  // The first event that says so; only an address of the same server is followed.
  Result<std::string> PostAddress(EventReader& events, Deadline deadline) const {
    while (true) {
      const ServerSentEvent event = TRY(events.Next(deadline).While("await the endpoint event"));
      if (event.event != "endpoint") continue;
      if (event.data.starts_with("/")) return event.data;
      const Result<Url> url = ParseUrl(event.data);
      if (url.ok() && url->endpoint.Authority() == endpoint_.Authority()) return url->target;
      if (url.ok()) {
        return Error(ErrorKind::kProtocol, "its endpoint event names another server: " + url->endpoint.Authority());
      }
      return path_.substr(0, path_.rfind('/') + 1) + event.data;
    }
  }

  std::shared_ptr<Stream> Find(const HttpRequest& request) {
    const std::lock_guard lock(mutex_);
    // What a credential in the query adds comes last; of two that fit, the longer is meant.
    for (auto one = streams_.rbegin(); one != streams_.rend(); ++one) {
      if (request.target.starts_with(one->first)) return one->second;
    }
    return nullptr;
  }

  Result<HttpResponse> Opening(const HttpRequest& request, Deadline deadline) const {
    const std::unique_ptr<EventReader> stream = TRY(EventReader::Open(endpoint_, request, deadline));
    HttpResponse answer = stream->head();
    if (stream->streams()) answer.body = "event: endpoint\ndata: " + TRY(PostAddress(*stream, deadline)) + "\n\n";
    return answer;
  }

  static Result<HttpResponse> Await(Stream& stream, int64_t id, HttpResponse receipt, Deadline deadline) {
    std::vector<std::string> heard;
    while (true) {
      const ServerSentEvent event = TRY(stream.events->Next(deadline));
      const Result<Json> message = ParseJson(event.data);
      const bool response = message.ok() && (message->contains("result") || message->contains("error"));
      const int64_t about = response ? AtOr<int64_t>(*message, "/id", 0) : 0;
      if (response && stream.not_ours.erase(about) > 0) continue;
      heard.push_back(event.data);
      if (!response || about != id) continue;
      receipt.status = 200;
      receipt.headers.Set("Content-Type", "text/event-stream");
      receipt.body = AsEvents(heard);
      return receipt;
    }
  }

  const Endpoint endpoint_;
  const std::string path_;
  HttpClient client_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Stream>> streams_;  // by where to post
};

}  // namespace

std::unique_ptr<Wire> MakeSseWire(const Endpoint& endpoint, const std::string& path) {
  return std::make_unique<SseWire>(endpoint, path);
}

}  // namespace iff
