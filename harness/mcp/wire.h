// What carries messages between us and a server. Whatever carries them, a message is a request and what comes back is
// an answer with a status: what was sent can be traced, and what came back judged, in one way.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harness/net/http.h"

namespace iff {

enum class Transport {
  kHttp,   // one request, one answer: Streamable HTTP, or plain JSON-RPC over POST
  kSse,    // HTTP+SSE of 2024-11-05: a stream that is opened first, and says where to post
  kStdio,  // a process for each identity: lines to its input, lines from its output
};

std::string_view Name(Transport transport);  // "http", "sse", "stdio"
Result<Transport> ParseTransport(std::string_view name);

class Wire {
 public:
  virtual ~Wire() = default;

  // False: nothing has to be there before the first message.
  virtual bool opens() const { return false; }
  // Opens what `identity` speaks through; answers its name, "" where the server refuses. `request` is dressed: it shows
  // the credential. Errors: no answer.
  virtual Result<std::string> Open(const std::string& identity, const HttpRequest& request, Deadline deadline) {
    (void)identity, (void)request, (void)deadline;
    return std::string();
  }
  // Makes of a request what goes out over this wire, through what was opened as `session`.
  virtual void Address(HttpRequest& request, const std::string& session) const { (void)request, (void)session; }
  // What comes back for it. Where requests and answers are not paired by the wire, it waits for the answer; `theirs`:
  // the session is somebody else's, whose answers the sender does not see, and only the receipt counts.
  virtual Result<HttpResponse> Send(const HttpRequest& request, bool theirs, Deadline deadline) = 0;
  // The same for what only comes before such a request, a handshake. Several replicas take turns in each of the two by
  // itself: as many requests as there are replicas meet every one of them, whatever each needs before it.
  virtual Result<HttpResponse> SendBefore(const HttpRequest& request, Deadline deadline) {
    return Send(request, false, deadline);
  }
  // For requests that are not MCP, showing that client certificate ("": none); nullptr where there is no HTTP or no
  // such certificate.
  virtual HttpClient* client(const std::string& certificate = {}) {
    (void)certificate;
    return nullptr;
  }
};

// What an https server is shown. A request says by its `client_certificate` with which certificate it goes out, and so
// it reads the same on both sides; connections of one are never another's.
struct WireTls {
  std::string ca_file = {};                                   // as in TlsClientOptions
  std::map<std::string, TlsClientOptions> certificates = {};  // by thumbprint; the CA file is the one above
};
// kInvalidInput from Send: the request names a certificate the wire does not have.
std::unique_ptr<Wire> MakeHttpWire(const Endpoint& endpoint, const WireTls& tls = {});
// A load balancer without stickiness before replicas of one server: each request goes to the next of `replicas`, in
// order. What it answers says by the balancer's own field kServedBy which one that was, "replica-1" for the first.
// Thread-safe. REQUIRES: !replicas.empty()
std::unique_ptr<Wire> MakeRoundRobinWire(const std::vector<Endpoint>& replicas, const WireTls& tls = {});
inline constexpr std::string_view kServedBy = "X-Served-By";
std::unique_ptr<Wire> MakeSseWire(const Endpoint& endpoint, const std::string& path);

// Input and output of one process. A line has no line feed.
class LineChannel {
 public:
  virtual ~LineChannel() = default;
  virtual Result<void> Write(std::string_view line) = 0;
  virtual Result<std::string> Read(Deadline deadline) = 0;
};
// Starts the process that is to act for `identity`.
using OpenChannel = std::function<Result<std::unique_ptr<LineChannel>>(const std::string& identity)>;
std::unique_ptr<Wire> MakeStdioWire(OpenChannel open);

// The JSON-RPC id of what is in a request's body, 0 for none.
int64_t MessageId(std::string_view body);
// What a server sent besides, as events, so that one reader takes it all.
std::string AsEvents(const std::vector<std::string>& messages);

}  // namespace iff
