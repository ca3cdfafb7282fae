#include "servers/credentials/token_exchange.h"

#include <string>
#include <utility>

#include "harness/core/bytes.h"
#include "harness/core/json.h"
#include "harness/core/log.h"
#include "harness/net/http_async.h"

namespace iff {
namespace {

constexpr std::string_view kAccessToken = "urn:ietf:params:oauth:token-type:access_token";

Failure ExchangeUnavailable() {
  return {.code = "issuer_unavailable",
          .message = "the identity provider does not answer as it should; try again later",
          .retryable = true,
          .reason = "issuer_unavailable"};
}

Failure Refused() {
  return {.code = "forbidden",
          .message = "the identity provider no longer accepts your token for this; sign in again",
          .retryable = false,
          .reason = "exchange_refused"};
}

// Ours to mend, so the caller learns no more than that.
Failure Misconfigured() {
  return {.code = "internal",
          .message = "this server is not set up to act for you; tell its operator",
          .retryable = false,
          .reason = "client_refused"};
}

// The only audience must be the one asked for, and the subject the caller: checked before the token is sent on.
bool IsFor(const std::string& token, const Caller& caller, const std::string& audience) {
  const Result<UnverifiedToken> seen = DecodeUnverified(token);
  if (!seen.ok()) return false;
  const Json& claims = seen.value().payload;
  if (AtOr<std::string>(claims, "/sub", "") != caller.claims.subject) return false;
  const Json* const named = Find(claims, "/aud");
  if (named == nullptr) return false;
  if (named->is_string()) return *named == audience;
  return named->is_array() && named->size() == 1 && named->front() == audience;
}

}  // namespace

struct TokenExchange::State {
  State(EventLoop& loop, const ExchangeSettings& given, Metrics& counted)
      : settings(given),
        metrics(counted),
        client(loop, given.token_url.endpoint, AsyncHttpClientOptions{.body_limit = size_t{256} << 10}) {}

  const ExchangeSettings& settings;
  Metrics& metrics;
  AsyncHttpClient client;
};

TokenExchange::TokenExchange(EventLoop& loop, const ExchangeSettings& settings, Metrics& metrics)
    : state_(std::make_shared<State>(loop, settings, metrics)) {}
TokenExchange::~TokenExchange() = default;

Task<Result<Secret, Failure>> TokenExchange::For(std::shared_ptr<const Caller> caller, std::string audience) {
  const std::shared_ptr<State> self = state_;
  const ExchangeSettings& settings = self->settings;
  HttpRequest request;
  request.method = "POST";
  request.target = settings.token_url.target;
  // RFC 6749 section 2.3.1: both halves are form-encoded before they are joined.
  const std::string pair = PercentEncode(settings.client.id) + ":" + PercentEncode(settings.client.secret.Reveal());
  request.headers.Add("Authorization", "Basic " + Base64(pair));
  request.headers.Add("Content-Type", "application/x-www-form-urlencoded");
  request.headers.Add("Accept", "application/json");
  request.body = "grant_type=" + PercentEncode("urn:ietf:params:oauth:grant-type:token-exchange");
  request.body += "&subject_token=" + PercentEncode(caller->token.Reveal());
  request.body += "&subject_token_type=" + PercentEncode(kAccessToken);
  request.body += "&requested_token_type=" + PercentEncode(kAccessToken);
  request.body += "&audience=" + PercentEncode(audience);

  const Deadline deadline = Deadline::In(settings.timeout);
  const Result<HttpResponse> answer = co_await self->client.Send(std::move(request), deadline, caller->Principal());
  self->metrics.Asked("exchange", answer.ok() ? "status-" + std::to_string(answer.value().status) : "no-answer");
  if (!answer.ok()) {
    Log(LogLevel::kWarning, "issuer-not-answering", {{"error", answer.error().message()}});
    co_return ExchangeUnavailable();
  }
  const int status = answer.value().status;
  const Result<Json> body = ParseJson(answer.value().body);
  if (status != 200) {
    const std::string error = body.ok() ? AtOr<std::string>(body.value(), "/error", "") : "";
    Log(LogLevel::kWarning, "exchange-refused",
        {{"status", std::to_string(status)}, {"error", error.substr(0, 80)}, {"correlation", caller->correlation}});
    if (status >= 500 || status == 429 || error.empty()) co_return ExchangeUnavailable();
    if (error == "invalid_client" || error == "unauthorized_client" || error == "unsupported_grant_type" ||
        error == "invalid_target") {
      co_return Misconfigured();
    }
    co_return Refused();
  }
  std::string token = body.ok() ? AtOr<std::string>(body.value(), "/access_token", "") : "";
  if (token.empty()) co_return ExchangeUnavailable();
  if (!IsFor(token, *caller, audience)) {
    Log(LogLevel::kError, "exchanged-token-not-for-vault-alone", {{"correlation", caller->correlation}});
    co_return Misconfigured();
  }
  co_return Secret(std::move(token));
}

}  // namespace iff
