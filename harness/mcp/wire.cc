#include "harness/mcp/wire.h"

#include <atomic>

#include "harness/core/json.h"

namespace iff {
namespace {

class HttpWire final : public Wire {
 public:
  HttpWire(const Endpoint& endpoint, const WireTls& tls) : client_(endpoint, {.tls = {.ca_file = tls.ca_file}}) {
    for (const auto& [thumbprint, options] : tls.certificates) {
      HttpClientOptions own = {.tls = options};
      own.tls.ca_file = tls.ca_file;
      certified_.emplace(thumbprint, HttpClient(endpoint, std::move(own)));
    }
  }

  Result<HttpResponse> Send(const HttpRequest& request, bool, Deadline deadline) override {
    HttpClient* const shows = client(request.client_certificate);
    if (shows != nullptr) return shows->Send(request, deadline);
    return Error(ErrorKind::kInvalidInput, "no certificate " + request.client_certificate + " to show");
  }
  HttpClient* client(const std::string& certificate) override {
    if (certificate.empty()) return &client_;
    const auto client = certified_.find(certificate);
    return client == certified_.end() ? nullptr : &client->second;
  }

 private:
  HttpClient client_;  // shows none
  std::map<std::string, HttpClient> certified_ = {};
};

class RoundRobinWire final : public Wire {
 public:
  RoundRobinWire(const std::vector<Endpoint>& replicas, const WireTls& tls) {
    for (const Endpoint& replica : replicas) wires_.push_back(MakeHttpWire(replica, tls));
  }

  Result<HttpResponse> Send(const HttpRequest& request, bool theirs, Deadline deadline) override {
    return SendTo(next_++, request, theirs, deadline);
  }
  Result<HttpResponse> SendBefore(const HttpRequest& request, Deadline deadline) override {
    return SendTo(before_++, request, false, deadline);
  }
  HttpClient* client(const std::string& certificate) override {
    return wires_[next_++ % wires_.size()]->client(certificate);
  }

 private:
  Result<HttpResponse> SendTo(size_t turn, const HttpRequest& request, bool theirs, Deadline deadline) {
    turn %= wires_.size();
    const std::string name = "replica-" + std::to_string(turn + 1);
    HttpResponse response = TRY(wires_[turn]->Send(request, theirs, deadline).While("send to " + name));
    response.headers.Set(std::string(kServedBy), name);
    return response;
  }

  std::vector<std::unique_ptr<Wire>> wires_;
  std::atomic<size_t> next_ = 0;
  std::atomic<size_t> before_ = 0;
};

}  // namespace

std::string_view Name(Transport transport) {
  switch (transport) {
    case Transport::kHttp:
      return "http";
    case Transport::kSse:
      return "sse";
    case Transport::kStdio:
      return "stdio";
  }
  return "http";
}

Result<Transport> ParseTransport(std::string_view name) {
  for (const Transport transport : {Transport::kHttp, Transport::kSse, Transport::kStdio}) {
    if (Name(transport) == name) return transport;
  }
  return Error(ErrorKind::kInvalidInput, "unknown transport '" + std::string(name) + "': have http, sse and stdio");
}

std::unique_ptr<Wire> MakeHttpWire(const Endpoint& endpoint, const WireTls& tls) {
  return std::make_unique<HttpWire>(endpoint, tls);
}

std::unique_ptr<Wire> MakeRoundRobinWire(const std::vector<Endpoint>& replicas, const WireTls& tls) {
  return std::make_unique<RoundRobinWire>(replicas, tls);
}

int64_t MessageId(std::string_view body) {
  const Result<Json> message = ParseJson(body);
  return message.ok() ? AtOr<int64_t>(*message, "/id", 0) : 0;
}

std::string AsEvents(const std::vector<std::string>& messages) {
  std::string events;
  for (const std::string& message : messages) {
    // Its line ends would end the field.
    size_t begin = 0;
    while (true) {
      const size_t end = message.find('\n', begin);
      events += "data: " + message.substr(begin, end == std::string::npos ? end : end - begin) + "\n";
      if (end == std::string::npos) break;
      begin = end + 1;
    }
    events += "\n";
  }
  return events;
}

}  // namespace iff
