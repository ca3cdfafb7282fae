#include "harness/mcp/connection.h"

#include "harness/core/version.h"

namespace iff {

Connection::Connection(const Endpoint& endpoint, std::string path, Revision revision)
    : Connection(MakeHttpWire(endpoint), std::move(path), revision) {}

Connection::Connection(std::unique_ptr<Wire> wire, std::string path, Revision revision, ParameterFields fields)
    : wire_(std::move(wire)), path_(std::move(path)), revision_(revision), fields_(std::move(fields)) {}

std::string Connection::Session(const std::string& identity) const {
  const std::lock_guard lock(mutex_);
  const auto found = sessions_.find(identity);
  return found == sessions_.end() ? std::string() : found->second;
}

std::map<std::string, std::string> Connection::sessions() const {
  const std::lock_guard lock(mutex_);
  return sessions_;
}

void Connection::SetSession(const std::string& identity, std::string session) {
  const std::lock_guard lock(mutex_);
  sessions_[identity] = std::move(session);
}

std::string Connection::Negotiated(const std::string& identity) const {
  return AtOr<std::string>(Welcome(identity), "/protocolVersion", "");
}

Json Connection::Welcome(const std::string& identity) const {
  const std::lock_guard lock(mutex_);
  const auto found = welcomes_.find(identity);
  return found == welcomes_.end() ? Json(nullptr) : found->second;
}

HttpRequest Connection::Prepare(std::string_view method, Json params, const std::string& session) {
  HttpRequest request =
      McpRequest(revision_, path_, method, std::move(params), next_id_++, opens() ? "" : session, fields_);
  wire_->Address(request, session);
  return request;
}

Result<McpAnswer> Connection::SendPrepared(const HttpRequest& request, Deadline deadline, bool theirs) {
  const HttpResponse response = TRY(wire_->Send(request, theirs, deadline));
  return ParseMcpAnswer(response, MessageId(request.body));
}

Result<void> Connection::Handshake(const std::string& identity, const Dress& dress, Deadline deadline) {
  HttpRequest request = Prepare("initialize", InitializeParams(revision_), Session(identity));
  dress(request);
  const McpAnswer answer = TRY(SendBefore(request, deadline));
  // Refused: the request itself will be refused in the same way, and that answer is the one to judge.
  if (answer.status != 200) return {};
  {
    const std::lock_guard lock(mutex_);
    welcomes_[identity] = AtOr<Json>(answer.message, "/result", nullptr);
  }
  if (!opens()) SetSession(identity, answer.headers.Get("Mcp-Session-Id"));
  HttpRequest done =
      McpNotification(revision_, path_, "notifications/initialized", Json::object(), opens() ? "" : Session(identity));
  wire_->Address(done, Session(identity));
  dress(done);
  TRY(wire_->SendBefore(done, deadline));
  return {};
}

Result<McpAnswer> Connection::SendBefore(const HttpRequest& request, Deadline deadline) {
  const HttpResponse response = TRY(wire_->SendBefore(request, deadline));
  return ParseMcpAnswer(response, MessageId(request.body));
}

Result<McpAnswer> Connection::Probe(const std::string& identity, const Dress& dress, Deadline deadline) {
  if (!Stateless(revision_) && Session(identity).empty()) TRY(Open(identity, dress, deadline));
  HttpRequest request = Prepare("ping", Json::object(), Session(identity));
  dress(request);
  return SendBefore(request, deadline);
}

std::shared_ptr<std::mutex> Connection::OpeningOf(const std::string& identity) {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<std::mutex>& opening = openings_[identity];
  if (opening == nullptr) opening = std::make_shared<std::mutex>();
  return opening;
}

Result<void> Connection::Open(const std::string& identity, const Dress& dress, Deadline deadline) {
  if (!opens()) return Stateless(revision_) ? Result<void>() : Handshake(identity, dress, deadline);
  const std::shared_ptr<std::mutex> opening = OpeningOf(identity);
  const std::lock_guard once(*opening);
  if (!Session(identity).empty()) return {};
  HttpRequest request = McpRequest(revision_, path_, "initialize", Json::object(), 0);
  dress(request);
  const std::string session = TRY(wire_->Open(identity, request, deadline));
  SetSession(identity, session);
  if (session.empty() || Stateless(revision_)) return {};
  return Handshake(identity, dress, deadline);
}

Result<McpAnswer> Connection::Send(std::string_view method, Json params, const std::string& identity,
                                   const Dress& dress, Deadline deadline) {
  if ((opens() || (!Stateless(revision_) && method != "initialize")) && Session(identity).empty()) {
    TRY(Open(identity, dress, deadline));
  }
  HttpRequest request = Prepare(method, std::move(params), Session(identity));
  dress(request);
  return SendPrepared(request, deadline);
}

}  // namespace iff
