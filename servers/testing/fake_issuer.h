// For tests: an issuer, a real server on loopback with a state one can change and a count of what it was asked.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "harness/core/bytes.h"
#include "harness/core/clock.h"
#include "harness/core/json.h"
#include "harness/jose/key.h"
#include "harness/jose/token.h"
#include "harness/net/http_server.h"

namespace iff {

// Key set, token exchange, introspection, and tokens for anybody.
class FakeIssuer {
 public:
  FakeIssuer() : key_(First()) {
    server_ = HttpServer::Start([this](const HttpRequest& request) { return Answer(request); }).value();
  }
  std::string Issuer() const { return server_->endpoint().Url("/realms/demo"); }
  Url Keys() const { return ParseUrl(server_->endpoint().Url("/keys")).value(); }
  Url Tokens() const { return ParseUrl(server_->endpoint().Url("/token")).value(); }

  Url Introspection() const { return ParseUrl(server_->endpoint().Url("/introspect")).value(); }

  // A token of `subject` for `audience`, good for five minutes from `now`.
  Secret Token(const std::string& subject, const std::string& audience, int64_t now, const Json& change = nullptr) {
    const std::lock_guard lock(mutex_);
    return Minted(key_, Issuer(), subject, audience, now, change);
  }
  void Rotate() {
    const std::lock_guard lock(mutex_);
    key_ = Second();
  }
  static Secret Minted(const SigningKey& key, const std::string& issuer, const std::string& subject,
                       const std::string& audience, int64_t now, const Json& change) {
    const Json header = {{"alg", "RS256"}, {"typ", "JWT"}, {"kid", key.id()}};
    Json claims = Json::object();
    claims["iss"] = issuer;
    claims["sub"] = subject;
    claims["aud"] = audience;
    claims["azp"] = "mcp-client";
    claims["typ"] = "Bearer";
    claims["scope"] = "openid jira:read";
    claims["preferred_username"] = subject;
    claims["jti"] = RandomUuid();
    claims["iat"] = now;
    claims["exp"] = now + 300;
    if (change.is_object()) claims.update(change);
    const std::string text = Base64Url(Dump(header)) + "." + Base64Url(Dump(claims));
    return Secret(text + "." + Base64Url(key.Sign(text)));
  }

  // Introspection says of the subject's tokens from now on that they are not active.
  void End(const std::string& subject) {
    const std::lock_guard lock(mutex_);
    ended_.insert(subject);
  }
  // Introspection answers with this text; "" for the truth.
  void Introspects(std::string text) {
    const std::lock_guard lock(mutex_);
    introspects_ = std::move(text);
  }
  // The introspection request that came last.
  HttpRequest last_introspection() {
    const std::lock_guard lock(mutex_);
    return last_introspection_;
  }

  std::atomic<int> key_requests = 0;
  std::atomic<int> introspections = 0;
  std::atomic<int> introspection_status = 200;
  std::atomic<int> exchanges = 0;
  std::atomic<int> key_status = 200;
  std::atomic<int> token_status = 200;
  std::atomic<int64_t> exchanged_at = SystemClock::Instance().NowSeconds();

 private:
  // Made once: an RSA key takes a good part of a second.
  static const SigningKey& First() {
    static const SigningKey key = SigningKey::Generate(Algorithm::kRs256, "first");
    return key;
  }
  static const SigningKey& Second() {
    static const SigningKey key = SigningKey::Generate(Algorithm::kRs256, "second");
    return key;
  }

  HttpResponse Answer(const HttpRequest& request) {
    HttpResponse response;
    const std::lock_guard lock(mutex_);
    if (request.Path() == "/keys") {
      ++key_requests;
      response.status = key_status;
      Json keys = Json::object();
      keys["keys"].push_back(key_.PublicJwk());
      response.body = Dump(keys);
      return response;
    }
    if (request.Path() == "/introspect") return Introspected(request);
    ++exchanges;
    response.status = token_status;
    Json body = Json::object();
    if (response.status != 200) {
      if (response.status < 500) body["error"] = "invalid_token";
    } else {
      HttpRequest form;
      form.target = "/?" + request.body;
      const std::map<std::string, std::string> fields = form.Query();
      const Result<UnverifiedToken> given = DecodeUnverified(fields.at("subject_token"));
      const std::string subject = given.value().payload["sub"];
      body["access_token"] = Minted(key_, Issuer(), subject, fields.at("audience"), exchanged_at, nullptr).Reveal();
    }
    response.body = Dump(body);
    return response;
  }

  // As Keycloak does: every claim of the token, and client_id.
  HttpResponse Introspected(const HttpRequest& request) {
    ++introspections;
    last_introspection_ = request;
    HttpResponse response;
    response.status = introspection_status;
    HttpRequest form;
    form.target = "/?" + request.body;
    Json body = DecodeUnverified(form.Query().at("token")).value().payload;
    body["active"] = true;
    body["client_id"] = body["azp"];
    if (ended_.contains(body["sub"].get<std::string>())) body = {{"active", false}};
    response.body = introspects_.empty() ? Dump(body) : introspects_;
    return response;
  }

  std::mutex mutex_ = {};
  std::set<std::string> ended_ = {};
  std::string introspects_ = {};
  HttpRequest last_introspection_ = {};
  SigningKey key_;
  std::unique_ptr<HttpServer> server_ = {};
};

}  // namespace iff
