// For tests: a Vault, a real server on loopback with a state one can change and a count of what it was asked.
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

}  // namespace iff
