#include "harness/mcp/wire.h"

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
    if (request.client_certificate.empty()) return client_.Send(request, deadline);
    const auto client = certified_.find(request.client_certificate);
    if (client == certified_.end()) {
      return Error(ErrorKind::kInvalidInput, "no certificate " + request.client_certificate + " to show");
    }
    return client->second.Send(request, deadline);
  }
  HttpClient* client() override { return &client_; }

 private:
  HttpClient client_;  // shows none
  std::map<std::string, HttpClient> certified_ = {};
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
