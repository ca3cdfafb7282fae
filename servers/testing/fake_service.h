// The service behind a server under test. For tests only.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/net/http_server.h"

namespace iff {

// Believes one credential, has one text for each path, remembers what it was sent.
class FakeService {
 public:
  // `authorization`: the field of whom it believes.
  FakeService(std::string authorization, std::map<std::string, std::string> things)
      : authorization_(std::move(authorization)), things_(std::move(things)) {
    server_ = HttpServer::Start([this](const HttpRequest& request) { return Answer(request); }).value();
  }
  Endpoint endpoint() const { return server_->endpoint(); }
  std::vector<HttpRequest> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  void Believe(std::string authorization) {
    const std::lock_guard lock(mutex_);
    authorization_ = std::move(authorization);
  }
  // What whoever is believed gets from now on, whatever they ask.
  void Answers(HttpResponse refusal) {
    const std::lock_guard lock(mutex_);
    refusal_ = std::move(refusal);
  }

 private:
  HttpResponse Answer(const HttpRequest& request) {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
    HttpResponse response;
    if (request.headers.Get("Authorization") != authorization_) {
      response.status = 401;
      return response;
    }
    if (refusal_) return *refusal_;
    const auto thing = things_.find(request.Path());
    response.status = thing == things_.end() ? 404 : 200;
    response.body = thing == things_.end() ? "http://internal.example says no" : thing->second;
    return response;
  }

  std::mutex mutex_ = {};
  std::vector<HttpRequest> requests_ = {};
  std::string authorization_;
  std::map<std::string, std::string> things_;
  std::optional<HttpResponse> refusal_ = {};
  std::unique_ptr<HttpServer> server_ = {};
};

}  // namespace iff
