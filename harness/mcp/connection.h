// Our side of one MCP connection: whatever the revision needs before a request is done here, once per
// credential.
//
//   Connection connection(target_endpoint, "/mcp", Revision::k20260728);
//   McpAnswer answer = TRY(connection.Send("tools/call", params, AuthorizationBearer(token), Deadline::In(5s)));
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "harness/core/secret.h"
#include "harness/mcp/protocol.h"
#include "harness/mcp/wire.h"

namespace iff {

class Connection {
 public:
  // What is added to a request before it goes out: the credential, or what an attack puts in its place.
  using Dress = std::function<void(HttpRequest&)>;

  Connection(const Endpoint& endpoint, std::string path, Revision revision);
  Connection(std::unique_ptr<Wire> wire, std::string path, Revision revision, ParameterFields fields = {});

  // One request. `identity` names whose session is used in handshake revisions: a session is opened the
  // first time an identity sends something. Errors are those of HttpClient::Send: no answer at all.
  Result<McpAnswer> Send(std::string_view method, Json params, const std::string& identity, const Dress& dress,
                         Deadline deadline);

  // What comes before the first request of `identity`, if it has not been done: a stream or a process where the wire
  // wants one, a handshake where the revision does. Refused, it has no session afterwards.
  Result<void> Open(const std::string& identity, const Dress& dress, Deadline deadline);
  // Opens a session for `identity` if it has none, and sends a ping in it.
  Result<McpAnswer> Probe(const std::string& identity, const Dress& dress, Deadline deadline);
  // The revision the server chose when `identity` shook hands, "" if none did.
  std::string Negotiated(const std::string& identity) const;
  // Its whole answer to `initialize` then, with what it declares; null if none did.
  Json Welcome(const std::string& identity) const;
  // True where a request goes nowhere before something was opened: a stream, a process.
  bool opens() const { return wire_->opens(); }

  // The same request as would be sent, for those who present it in their own way.
  HttpRequest Prepare(std::string_view method, Json params, const std::string& session);
  // `theirs`: the session is somebody else's (see Wire::Send).
  Result<McpAnswer> SendPrepared(const HttpRequest& request, Deadline deadline, bool theirs = false);

  // The session id of `identity`, "" if it has none; sessions may be swapped by an attack.
  std::string Session(const std::string& identity) const;
  void SetSession(const std::string& identity, std::string session);
  std::map<std::string, std::string> sessions() const;  // identity -> session id

  Revision revision() const { return revision_; }
  const std::string& path() const { return path_; }
  // As of the wire.
  HttpClient* client(const std::string& certificate = {}) { return wire_->client(certificate); }

 private:
  Result<McpAnswer> SendBefore(const HttpRequest& request, Deadline deadline);
  Result<void> Handshake(const std::string& identity, const Dress& dress, Deadline deadline);
  std::shared_ptr<std::mutex> OpeningOf(const std::string& identity);

  const std::unique_ptr<Wire> wire_;
  std::string path_;
  Revision revision_;
  const ParameterFields fields_;
  std::atomic<int64_t> next_id_{1};
  mutable std::mutex mutex_;
  std::map<std::string, std::string> sessions_;
  std::map<std::string, Json> welcomes_;
  std::map<std::string, std::shared_ptr<std::mutex>> openings_;
};

}  // namespace iff
