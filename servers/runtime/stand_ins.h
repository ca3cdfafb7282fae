// Fakes around the guard for its tests: an issuer, a Vault and an HTTP service, each a real server on
// loopback with a state one can change and a count of what it was asked; and a loop on a thread of its own.
#pragma once

#include <atomic>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "harness/core/bytes.h"
#include "harness/core/clock.h"
#include "harness/core/json.h"
#include "harness/core/task.h"
#include "harness/jose/key.h"
#include "harness/jose/token.h"
#include "harness/net/event_loop.h"
#include "harness/net/http_server.h"
#include "servers/runtime/config.h"
#include "servers/runtime/tool.h"

namespace iff {

// Runs a loop until destroyed; Wait runs a task on it and gives its value.
class LoopThread {
 public:
  LoopThread() : thread_([this] { loop_.Run(); }) {}
  ~LoopThread() {
    loop_.Stop();
    thread_.join();
  }
  EventLoop& loop() { return loop_; }

  // Runs `work` on the loop's thread and waits for it.
  void Do(std::function<void()> work) {
    const auto done = std::make_shared<std::promise<void>>();
    std::future<void> future = done->get_future();
    loop_.Post([work, done] {
      work();
      done->set_value();
    });
    future.get();
  }
  template <class T>
  T Wait(std::function<Task<T>()> start) {
    std::vector<std::function<Task<T>()>> one;
    one.push_back(std::move(start));
    return std::move(All<T>(std::move(one)).front());
  }
  // Starts all in one turn of the loop, so that they run at the same time.
  template <class T>
  std::vector<T> All(std::vector<std::function<Task<T>()>> starts) {
    std::vector<std::future<T>> futures;
    std::vector<std::shared_ptr<std::promise<T>>> promises;
    for (size_t i = 0; i < starts.size(); ++i) {
      promises.push_back(std::make_shared<std::promise<T>>());
      futures.push_back(promises.back()->get_future());
    }
    loop_.Post([starts = std::move(starts), promises] {
      for (size_t i = 0; i < starts.size(); ++i) Spawn(Into<T>(starts[i](), promises[i]));
    });
    std::vector<T> values;
    for (std::future<T>& future : futures) values.push_back(future.get());
    return values;
  }

 private:
  template <class T>
  static Task<void> Into(Task<T> task, std::shared_ptr<std::promise<T>> promise) {
    T value = co_await std::move(task);
    promise->set_value(std::move(value));
  }

  EventLoop loop_;
  std::thread thread_;
};

// Key set, token exchange, and tokens for anybody.
class FakeIssuer {
 public:
  FakeIssuer() : key_(First()) {
    server_ = HttpServer::Start([this](const HttpRequest& request) { return Answer(request); }).value();
  }
  std::string Issuer() const { return server_->endpoint().Url("/realms/demo"); }
  Url Keys() const { return ParseUrl(server_->endpoint().Url("/keys")).value(); }
  Url Tokens() const { return ParseUrl(server_->endpoint().Url("/token")).value(); }

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

  std::atomic<int> key_requests = 0;
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

  std::mutex mutex_ = {};
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

inline Config ConfigFor(const FakeIssuer& issuer, const FakeVault& vault) {
  Config config;
  config.audience = "mcp-jira";
  config.issuer = issuer.Issuer();
  config.jwks_url = issuer.Keys();
  config.token_url = issuer.Tokens();
  config.client_id = "mcp-jira";
  config.client_secret = Secret("client-secret");
  config.vault = vault.Address();
  config.vault_role = "user";
  config.vault_audience = "vault";
  return config;
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
