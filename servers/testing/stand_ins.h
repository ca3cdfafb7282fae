// Fakes around the guard for its tests: an issuer, a Vault and an HTTP service, each a real server on
// loopback with a state one can change and a count of what it was asked.
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
#include "servers/credentials/vault_settings.h"
#include "servers/mcp/tool.h"
#include "servers/testing/loop_thread.h"

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

// Logs people in by their token's subject, entity "entity-<sub>", and keeps what is stored for them.
class FakeVault {
 public:
  FakeVault() {
    server_ = HttpServer::Start([this](const HttpRequest& request) { return Answer(request); }).value();
  }
  Url Address() const { return ParseUrl(server_->endpoint().Url()).value(); }
  void Store(const std::string& subject, const std::string& target, const Json& fields) {
    const std::lock_guard lock(mutex_);
    secrets_["users/entity-" + subject + "/" + target] = fields;
  }
  size_t live_tokens() {
    const std::lock_guard lock(mutex_);
    return tokens_.size();
  }
  void KillTokens() {
    const std::lock_guard lock(mutex_);
    tokens_.clear();
  }
  std::string last_jwt() {
    const std::lock_guard lock(mutex_);
    return last_jwt_;
  }

  std::atomic<int> logins = 0;
  std::atomic<int> reads = 0;
  std::atomic<int> revocations = 0;
  std::atomic<int> status = 200;  // of every answer, when it is not 200
  std::atomic<int64_t> lease = 3600;

 private:
  HttpResponse Answer(const HttpRequest& request) {
    HttpResponse response;
    const std::lock_guard lock(mutex_);
    if (status != 200) {
      response.status = status;
      response.body = R"({"errors":["secret words of the store"]})";
      return response;
    }
    const std::string path = request.Path();
    Json body = Json::object();
    if (path == "/v1/auth/jwt/login") {
      ++logins;
      const Json given = ParseJson(request.body).value();
      last_jwt_ = given["jwt"].get<std::string>();
      const std::string subject = DecodeUnverified(last_jwt_).value().payload["sub"];
      const std::string token = "hvs." + RandomUuid();
      tokens_[token] = subject;
      body["auth"]["client_token"] = token;
      body["auth"]["entity_id"] = "entity-" + subject;
      body["auth"]["lease_duration"] = lease.load();
      response.body = Dump(body);
      return response;
    }
    const std::string token = request.headers.Get("X-Vault-Token");
    const auto holder = tokens_.find(token);
    if (holder == tokens_.end()) {
      response.status = 403;
      return response;
    }
    const std::string own = "users/entity-" + holder->second;
    if (path == "/v1/auth/token/revoke-self") {
      ++revocations;
      tokens_.erase(holder);
      response.status = 204;
    } else if (path.starts_with("/v1/database/creds/")) {
      ++reads;
      body["lease_id"] = "database/creds/" + RandomUuid();
      body["lease_duration"] = lease.load();
      body["data"]["username"] = "v-" + holder->second;
      body["data"]["password"] = "p";
      response.body = Dump(body);
    } else if (path.starts_with("/v1/secret/data/")) {
      ++reads;
      const auto found = secrets_.find(path.substr(16));
      if (!path.substr(16).starts_with(own + "/")) {
        response.status = 403;
      } else if (found == secrets_.end()) {
        response.status = 404;
      } else {
        body["data"]["data"] = found->second;
        response.body = Dump(body);
      }
    } else if (path == "/v1/secret/metadata/" + own) {
      body["data"]["keys"] = Json::array();
      for (const auto& [name, fields] : secrets_) {
        if (name.starts_with(own + "/")) body["data"]["keys"].push_back(name.substr(own.size() + 1));
      }
      response.body = Dump(body);
    } else {
      response.status = 403;
    }
    return response;
  }

  std::mutex mutex_ = {};
  std::map<std::string, std::string> tokens_ = {};  // token -> subject
  std::map<std::string, Json> secrets_ = {};
  std::string last_jwt_ = {};
  std::unique_ptr<HttpServer> server_ = {};
};

inline VaultSettings VaultSettingsFor(const FakeIssuer& issuer, const FakeVault& vault) {
  VaultSettings settings;
  settings.address = vault.Address();
  settings.role = "user";
  settings.audience = "vault";
  settings.exchange.token_url = issuer.Tokens();
  settings.exchange.client = {.id = "mcp-jira", .secret = Secret("client-secret")};
  return settings;
}

inline std::shared_ptr<const Caller> CallerWith(FakeIssuer& issuer, const std::string& subject, int64_t now,
                                                const std::string& client = "mcp-client") {
  auto caller = std::make_shared<Caller>();
  caller->claims.issuer = issuer.Issuer();
  caller->claims.subject = subject;
  caller->claims.client = client;
  caller->claims.scopes = {"jira:read"};
  caller->claims.expires_at = now + 300;
  caller->token = issuer.Token(subject, "mcp-jira", now);
  caller->correlation = "test";
  return caller;
}

}  // namespace iff
