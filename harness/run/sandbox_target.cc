// Taking over a target that runs already, and giving it back.
#include <filesystem>

#include "harness/core/json.h"
#include "harness/run/sandbox.h"

namespace iff {
namespace {

// Everything that goes into the start of a target without gates, TLS or settings of a scenario's own: the rest of it is
// of the run, or of the components that are kept with it.
std::string KeyOf(const RunContext& context, const Scenario& scenario) {
  return Dump(Json::array({scenario.target, scenario.relaxed, context.substitute}));
}

// It is neither gone nor stuck: any answer to a request without a credential will do.
bool Answers(const Endpoint& endpoint, const std::string& path) {
  HttpClient client(endpoint);
  const HttpRequest request{.method = "GET", .target = path.empty() ? "/" : path};
  return client.Send(request, Deadline::In(std::chrono::seconds(5))).ok();
}

size_t SizeOf(const std::string& path) {
  std::error_code problem;
  const auto size = path.empty() ? 0 : std::filesystem::file_size(path, problem);
  return problem ? 0 : size;
}

}  // namespace

TargetReuse Sandbox::ReuseFor(const RunContext& context, const Scenario& scenario, TargetPool& pool) {
  TargetReuse reuse{.pool = &pool, .key = KeyOf(context, scenario)};
  reuse.running = pool.Take(reuse.key);
  return reuse;
}

void Sandbox::TakeOver(RunningTarget& running) {
  own_ = std::move(running.own);
  target_port_ = std::move(running.port);
  target_endpoint_ = running.endpoint;
  target_directory_ = running.directory;
  target_audit_ = running.audit;
  target_spec_ = std::move(running.spec);
  service_ = std::move(running.service);
  running.service.reset();
  served_ = std::move(running.served);
  met_ = std::move(running.met);
  target_started_ = running.started;
  logged_before_ = service_->LogSize();
  audited_before_ = SizeOf(target_audit_);
}

bool Sandbox::ReturnTarget() {
  if (targets_ == nullptr || !unharmed_ || relaunched_ || !gates_.empty() || !service_) return false;
  if (!EndSessions()) return false;
  connections_.clear();
  if (service_->exited() || !Answers(target_endpoint_, target_->ready) || !own_->Check().ok()) return false;
  auto target = std::make_unique<RunningTarget>();
  target->key = target_key_;
  target->own = std::move(own_);
  target->port = std::move(target_port_);
  target->endpoint = target_endpoint_;
  target->directory = target_directory_;
  target->audit = target_audit_;
  target->spec = std::move(target_spec_);
  target->service = std::move(service_);
  service_.reset();
  target->served = std::move(served_);
  target->served.push_back(scenario_id_);
  target->met = std::move(met_);
  for (const Principal& principal : principals_) target->met.insert(principal.tag);
  target->started = target_started_;
  targets_->Return(std::move(target));
  return true;
}

bool Sandbox::EndSessions() {
  bool ended = true;
  for (const auto& [revision, connection] : connections_) {
    HttpClient* const client = connection->client();
    if (connection->opens() || client == nullptr) continue;  // such a session ends with its stream
    for (const auto& [identity, session] : connection->sessions()) {
      if (session.empty()) continue;
      HttpRequest request{.method = "DELETE", .target = target_->path};
      request.headers.Set("Mcp-Session-Id", session);
      request.headers.Set("MCP-Protocol-Version", std::string(Name(connection->revision())));
      DressFor({.with = identity})(request);
      const Result<HttpResponse> answer = client->Send(request, Deadline::In(std::chrono::seconds(5)));
      // 404: it is over already. 405 and 501: clients do not end sessions there (MCP 2025-11-25, transports, session
      // management, 5), and the server has to bear that.
      const bool over = answer.ok() && (answer->status / 100 == 2 || answer->status == 404 || answer->status == 405 ||
                                        answer->status == 501);
      ended = ended && over;
    }
  }
  return ended;
}

}  // namespace iff
