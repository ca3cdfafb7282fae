// Calls to the one HTTP service behind a server, each with its caller's own credential.
//
//   const Result<Json, Failure> issue = co_await upstream->Call(call.caller, std::move(request));
//
// An answer of 401 discards the credential and tries once more with a new one of the same caller. After a
// 429 nothing is sent for that caller until the time the upstream named has passed. Redirects are not
// followed.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "harness/core/task.h"
#include "servers/credentials/credential_source.h"

namespace iff {

struct UpstreamRequest {
  std::string method = "GET";
  std::string target = {};  // below IFF_UPSTREAM_URL, every part encoded
  Json body = nullptr;
};

struct UpstreamSettings {
  Url url = {};                                                 // IFF_UPSTREAM_URL
  std::chrono::milliseconds timeout = std::chrono::seconds(5);  // IFF_UPSTREAM_TIMEOUT_MS
};
// Reads `settings`, which whoever makes the upstream holds as well. For ServerDefinition::settings.
SettingsPart UpstreamPart(std::shared_ptr<UpstreamSettings> settings);

// What an upstream works with; everything outlives it.
struct UpstreamContext {
  EventLoop& loop;
  CredentialSource& source;
  const UpstreamSettings& settings;
  const CredentialHooks& hooks;
  Metrics& metrics;
};

class Upstream {
 public:
  // Puts `credential` on the request. False: the stored credential lacks a field.
  using Sign = std::function<bool(HttpRequest&, const Credential&)>;

  // `name` is for the log.
  Upstream(const UpstreamContext& context, std::string name, Sign sign);
  ~Upstream();

  // The JSON of a 2xx answer. Failures: those of the source, and upstream_refused, forbidden, not_found,
  // invalid_arguments, upstream_rate_limited, upstream_unavailable.
  Task<Result<Json, Failure>> Call(std::shared_ptr<const Caller> caller, UpstreamRequest request);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace iff
