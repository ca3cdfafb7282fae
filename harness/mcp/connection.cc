#include "harness/mcp/connection.h"

namespace iff {

Connection::Connection(const Endpoint& endpoint, std::string path, Revision revision)
    : client_(endpoint), path_(std::move(path)), revision_(revision) {}

std::string Connection::Session(const std::string& identity) const {
  const std::lock_guard lock(mutex_);
  const auto found = sessions_.find(identity);
  return found == sessions_.end() ? std::string() : found->second;
}

void Connection::SetSession(const std::string& identity, std::string session) {
  const std::lock_guard lock(mutex_);
  sessions_[identity] = std::move(session);
}

HttpRequest Connection::Prepare(std::string_view method, Json params, const std::string& session) {
  return McpRequest(revision_, path_, method, std::move(params), next_id_++, session);
}

Result<McpAnswer> Connection::SendPrepared(const HttpRequest& request, Deadline deadline) {
  const Result<Json> sent = ParseJson(request.body);
  const int64_t id = sent.ok() ? AtOr<int64_t>(*sent, "/id", 0) : 0;
  const HttpResponse response = TRY(client_.Send(request, deadline));
  return ParseMcpAnswer(response, id);
}

Result<void> Connection::Handshake(const std::string& identity, const Dress& dress, Deadline deadline) {
  const Json params = {{"protocolVersion", Name(revision_)},
                       {"capabilities", Json::object()},
                       {"clientInfo", {{"name", "iff"}, {"version", "0.1.0"}}}};
  HttpRequest request = Prepare("initialize", params, "");
  dress(request);
  const McpAnswer answer = TRY(SendPrepared(request, deadline));
  // Refused: the request itself will be refused in the same way, and that answer is the one to judge.
  if (answer.status != 200) return {};
  SetSession(identity, answer.headers.Get("Mcp-Session-Id"));
  HttpRequest done = McpNotification(revision_, path_, "notifications/initialized", Json::object(), Session(identity));
  dress(done);
  TRY(client_.Send(done, deadline));
  return {};
}

Result<McpAnswer> Connection::Send(std::string_view method, Json params, const std::string& identity,
                                   const Dress& dress, Deadline deadline) {
  if (!Stateless(revision_) && method != "initialize" && Session(identity).empty()) {
    TRY(Handshake(identity, dress, deadline));
  }
  HttpRequest request = Prepare(method, std::move(params), Session(identity));
  dress(request);
  return SendPrepared(request, deadline);
}

}  // namespace iff
