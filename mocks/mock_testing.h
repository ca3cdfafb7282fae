// A mock under test, in this process, on an event loop of its own.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "harness/core/bytes.h"
#include "harness/core/result_matchers.h"
#include "harness/net/http.h"
#include "mocks/server.h"

namespace iff {

class MockServerTest : public ::testing::Test {
 protected:
  void Serve(std::unique_ptr<MockApi> api) {
    Result<std::unique_ptr<MockServer>> started = MockServer::Start(loop_, {}, control_, std::move(api));
    ASSERT_THAT(started, IsOk());
    server_ = std::move(started).value();
    client_ = std::make_unique<HttpClient>(server_->endpoint());
    thread_ = std::thread([this] { loop_.Run(); });
    const Json people = {{"people", Json::array({ToJson(alice_), ToJson(bob_)})}};
    EXPECT_EQ(Control("PUT", "people", people).status, 200);
  }

  void TearDown() override {
    loop_.Stop();
    if (thread_.joinable()) thread_.join();
  }

  HttpResponse Send(const std::string& method, const std::string& target, Headers headers = {},
                    const std::string& body = "") {
    const HttpRequest request = {.method = method, .target = target, .headers = std::move(headers), .body = body};
    Result<HttpResponse> response = client_->Send(request, Deadline::In(5s));
    EXPECT_THAT(response, IsOk());
    return response.ok() ? *response : HttpResponse{.status = 0};
  }

  HttpResponse Get(const std::string& target, const Person& as) { return Send("GET", target, Bearer(as)); }
  HttpResponse Post(const std::string& target, const Person& as, const Json& body) {
    return Send("POST", target, Bearer(as), Dump(body));
  }
  HttpResponse Control(const std::string& method, const std::string& action, const Json& body = nullptr) {
    return Send(method, "/_control/" + action, {{"Authorization", "Bearer " + control_.Reveal()}},
                body.is_null() ? "" : Dump(body));
  }

  std::vector<LedgerEntry> Ledger() {
    const Json answer = Body(Control("GET", "ledger?since=0"));
    std::vector<LedgerEntry> entries;
    for (const Json& each : AtOr<Json>(answer, "/entries", Json::array())) {
      const Result<LedgerEntry> entry = ParseLedgerEntry(each);
      EXPECT_THAT(entry, IsOk());
      if (entry.ok()) entries.push_back(*entry);
    }
    return entries;
  }

  static Headers Bearer(const Person& person) { return {{"Authorization", "Bearer " + person.token.Reveal()}}; }
  static Headers Basic(const std::string& account, const std::string& token) {
    return {{"Authorization", "Basic " + Base64(account + ":" + token)}};
  }
  static Json Body(const HttpResponse& response) {
    const Result<Json> body = ParseJson(response.body);
    EXPECT_THAT(body, IsOk()) << response.body;
    return body.ok() ? *body : Json();
  }

  const Person alice_ = {.account = "alice-1",
                         .tag = "KAAAA",
                         .canary = "canary-of-alice",
                         .groups = {"developer"},
                         .token = Secret::Random()};
  const Person bob_ = {.account = "bob-1", .tag = "KBBBB", .canary = "canary-of-bob", .token = Secret::Random()};
  const Secret control_ = Secret::Random();
  EventLoop loop_;
  std::unique_ptr<MockServer> server_;
  std::unique_ptr<HttpClient> client_;
  std::thread thread_;
};

}  // namespace iff
