#include "servers/credentials/upstream.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>

#include "harness/core/json.h"
#include "harness/core/log.h"
#include "harness/net/http_async.h"
#include "servers/guard/lru_map.h"

namespace iff {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

Failure Make(std::string code, std::string message, bool retryable = false) {
  Failure failure;
  failure.reason = code;
  failure.code = std::move(code);
  failure.message = std::move(message);
  failure.retryable = retryable;
  return failure;
}

Failure RateLimited(std::chrono::seconds wait) {
  return Make("upstream_rate_limited",
              "the service limits your calls; try again after " + std::to_string(wait.count()) + " s", true);
}

Failure Unavailable() {
  return Make("upstream_unavailable", "the service does not answer as it should; try again later", true);
}

// Seconds only; a date or nonsense counts as one second. Never more than five minutes.
std::chrono::seconds RetryAfter(const HttpResponse& answer) {
  const std::string text = answer.headers.Get("Retry-After");
  int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size() || seconds < 1) seconds = 1;
  return std::chrono::seconds(std::min<int64_t>(seconds, 300));
}

bool IsRateLimit(const HttpResponse& answer) {
  if (answer.status == 429) return true;
  // GitHub says 403 to a caller whose budget is used up.
  return answer.status == 403 &&
         (answer.headers.Find("Retry-After") != nullptr || answer.headers.Get("X-RateLimit-Remaining") == "0");
}

}  // namespace

SettingsPart UpstreamPart(std::shared_ptr<UpstreamSettings> settings) {
  SettingsPart part;
  part.names = {"IFF_UPSTREAM_URL", "IFF_UPSTREAM_TIMEOUT_MS"};
  part.read = [settings = std::move(settings)](SettingsReader& reader) {
    settings->url = reader.NeededPeer("IFF_UPSTREAM_URL");
    settings->timeout = reader.Milliseconds("IFF_UPSTREAM_TIMEOUT_MS", settings->timeout);
  };
  return part;
}

struct Upstream::State {
  State(const UpstreamContext& given, std::string of, Sign how)
      : context(given), target(std::move(of)), sign(std::move(how)), client(given.loop, given.settings.url.endpoint) {
    prefix = given.settings.url.target;
    while (prefix.ends_with('/')) prefix.pop_back();
  }

  UpstreamContext context;
  std::string target;
  Sign sign;
  std::string prefix = {};
  AsyncHttpClient client;
  LruMap<SteadyTime> not_before = LruMap<SteadyTime>(10'000);

  Failure Told(Failure failure, const std::string& detail) const {
    if (context.hooks.decorate_error) context.hooks.decorate_error(failure, detail);
    return failure;
  }

  // What an answer means, or nothing if it is a good one.
  std::optional<Failure> Judge(const Caller& caller, const Result<HttpResponse>& answer, const std::string& what) {
    if (!answer.ok()) {
      Log(LogLevel::kWarning, "upstream-not-answering",
          {{"target", target}, {"error", answer.error().message()}, {"correlation", caller.correlation}});
      return Told(Unavailable(), what + ": " + answer.error().message());
    }
    const int status = answer.value().status;
    if (status >= 200 && status < 300) return std::nullopt;
    const std::string detail = what + ": " + std::to_string(status) + ": " + answer.value().body;
    if (IsRateLimit(answer.value())) {
      const std::chrono::seconds wait = RetryAfter(answer.value());
      not_before.Put(caller.Principal(), std::chrono::steady_clock::now() + wait);
      return Told(RateLimited(wait), detail);
    }
    if (status == 401) {
      return Told(Make("upstream_refused", "the service does not accept your stored credential; have it renewed"),
                  detail);
    }
    if (status == 403) return Told(Make("forbidden", "the service does not let you do this"), detail);
    if (status == 404 || status == 410) {
      return Told(Make("not_found", "there is no such thing, or it is not yours to see"), detail);
    }
    if (status == 400 || status == 422) {
      return Told(Make("invalid_arguments", "the service does not accept these arguments; check them"), detail);
    }
    return Told(Unavailable(), detail);
  }

  std::optional<std::chrono::seconds> HeldBack(const Caller& caller) {
    const SteadyTime* const until = not_before.Find(caller.Principal());
    if (until == nullptr) return std::nullopt;
    const auto left = *until - std::chrono::steady_clock::now();
    if (left <= left.zero()) {
      not_before.Erase(caller.Principal());
      return std::nullopt;
    }
    return std::chrono::ceil<std::chrono::seconds>(left);
  }

  static Task<Result<HttpResponse>> SendOnce(std::shared_ptr<State> self, std::string who, HttpRequest request) {
    const Deadline deadline = Deadline::In(self->context.settings.timeout);
    Result<HttpResponse> answer = co_await self->client.Send(std::move(request), deadline, std::move(who));
    self->context.metrics.Asked("upstream",
                                answer.ok() ? "status-" + std::to_string(answer.value().status) : "no-answer");
    co_return answer;
  }
};

Upstream::Upstream(const UpstreamContext& context, std::string target, Sign sign)
    : state_(std::make_shared<State>(context, std::move(target), std::move(sign))) {}
Upstream::~Upstream() = default;

Task<Result<Json, Failure>> Upstream::Call(std::shared_ptr<const Caller> caller, UpstreamRequest request) {
  const std::shared_ptr<State> self = state_;
  CredentialSource& source = self->context.source;
  const std::string what = request.method + " " + self->context.settings.url.endpoint.Url(request.target);
  for (int attempt = 0;; ++attempt) {
    if (const auto wait = self->HeldBack(*caller)) co_return self->Told(RateLimited(*wait), what);
    const CredentialOutcome credential = co_await source.Fetch(caller);
    if (!credential.ok()) co_return self->Told(credential.error(), what + ": " + credential.error().reason);

    HttpRequest wire;
    wire.method = request.method;
    wire.target = self->prefix + request.target;
    wire.headers.Add("Accept", "application/json");
    wire.headers.Add("User-Agent", "iff-mcp");
    if (!request.body.is_null()) {
      wire.headers.Add("Content-Type", "application/json");
      wire.body = Dump(request.body);
    }
    if (!self->sign(wire, *credential.value())) {
      Failure incomplete = Make("missing_credential", "your stored credential is incomplete; have it renewed");
      incomplete.reason = "incomplete_credential";
      co_return self->Told(std::move(incomplete), what);
    }
    const CredentialHooks& hooks = self->context.hooks;
    if (hooks.on_upstream_request) hooks.on_upstream_request(wire, *caller, *credential.value());

    const Result<HttpResponse> answer = co_await State::SendOnce(self, caller->Principal(), std::move(wire));
    if (answer.ok() && answer.value().status == 401 && attempt == 0) {
      source.Discard(*caller, *credential.value());
      continue;
    }
    std::optional<Failure> failure = self->Judge(*caller, answer, what);
    if (failure.has_value()) co_return std::move(*failure);
    Result<Json> body = ParseJson(answer.value().body);
    if (!body.ok()) co_return self->Told(Unavailable(), what + ": " + body.error().message());
    co_return std::move(body).value();
  }
}

}  // namespace iff
