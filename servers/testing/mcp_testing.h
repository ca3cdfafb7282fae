// A server with a fake guard on a loop of its own, and the requests its tests send. For tests only.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "harness/core/clock.h"
#include "harness/net/http.h"
#include "servers/mcp/mcp_server.h"

namespace iff {

// "alice" holds every scope, "bob" none; the token is the name. "alice2" is alice with a new token,
// "alice@other" alice through another client.
class FakeAuthenticator final : public Authenticator {
 public:
  Task<Result<std::shared_ptr<const Caller>, Denial>> Authenticate(
      std::shared_ptr<const HttpRequest> request) override {
    ++asked;
    const std::string field = request->headers.Get("Authorization");
    Denial denial;
    denial.reason = "missing_credential";
    if (field.empty()) co_return denial;
    std::string name = field.substr(std::min<size_t>(7, field.size()));
    if (name == revoked_token()) name.clear();
    auto caller = std::make_shared<Caller>();
    caller->claims.issuer = "https://issuer";
    caller->claims.client = name == "alice@other" ? "other" : "inspector";
    caller->claims.subject = name.substr(0, name.find_first_of("2@"));
    if (caller->claims.subject == "alice") caller->claims.scopes = {"work:read", "work:write"};
    if (caller->claims.subject != "alice" && caller->claims.subject != "bob") {
      denial.error = "invalid_token";
      denial.reason = "signature";
      co_return denial;
    }
    if (expires_at != 0) caller->claims.expires_at = expires_at;
    co_return std::shared_ptr<const Caller>(std::move(caller));
  }
  std::string Challenge(const Denial& denial) const override {
    std::string text = "Bearer resource_metadata=\"https://server/meta\"";
    if (!denial.error.empty()) text += ", error=\"" + denial.error + "\"";
    if (!denial.scope.empty()) text += ", scope=\"" + denial.scope + "\"";
    return text;
  }
  Json Metadata() const override { return Json{{"resource", "https://server/mcp"}}; }

  void Revoke(std::string token) {
    const std::lock_guard<std::mutex> lock(mutex_);
    revoked_ = std::move(token);
  }
  std::string revoked_token() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return revoked_;
  }

  std::atomic<int> asked{0};
  std::atomic<int64_t> expires_at{0};

 private:
  mutable std::mutex mutex_;
  std::string revoked_ = "-";
};

class FakeLimiter final : public RateLimiter {
 public:
  std::optional<std::chrono::milliseconds> Take(const Caller&, const std::string& group) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    groups_.push_back(group);
    if (group == exhausted_) return std::chrono::milliseconds(1500);
    return std::nullopt;
  }
  void Exhaust(std::string group) {
    const std::lock_guard<std::mutex> lock(mutex_);
    exhausted_ = std::move(group);
  }
  std::vector<std::string> groups() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return groups_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> groups_;
  std::string exhausted_ = "-";
};

class FakeAudit final : public AuditTrail {
 public:
  bool Record(const Decision& decision) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!broken) decisions_.push_back(decision);
    return !broken;
  }
  std::vector<Decision> decisions() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return decisions_;
  }
  std::atomic<bool> broken{false};

 private:
  mutable std::mutex mutex_;
  std::vector<Decision> decisions_;
};

// What the tools of the test offer did and wait for.
struct ToolLog {
  std::atomic<int> runs{0};
  std::atomic<int> cancels{0};
  std::atomic<bool> release{false};
  std::atomic<bool> withdrawn{false};  // the notes are nobody's any more
};

Offer TestOffer(EventLoop& loop, ToolLog& log);

class McpTest : public ::testing::Test {
 protected:
  McpTest() = default;
  ~McpTest() override { StopServer(); }

  // Changes `options` before; started by the first request otherwise.
  void StartServer();
  void StopServer();
  // Runs `work` on the loop's thread and waits for it.
  void OnLoop(std::function<void()> work);

  HttpRequest PostRequest(const std::string& token, const std::string& body) const;
  HttpResponse Send(const HttpRequest& request);
  // A request of the stateless revision with everything it needs.
  HttpRequest Modern(const std::string& token, const std::string& method, Json params = Json::object()) const;
  HttpRequest ModernCall(const std::string& token, const std::string& tool, Json arguments = Json::object()) const;
  // Opens a session and gives its id.
  std::string Handshake(const std::string& token, const std::string& version = "2025-11-25",
                        Json capabilities = Json::object());
  HttpRequest Legacy(const std::string& token, const std::string& session, const std::string& method,
                     Json params = Json::object(), Json id = 7) const;
  // Waits until `holds`.
  void Await(const std::function<bool()>& holds);

  static Json Body(const HttpResponse& response);
  static int Code(const HttpResponse& response) { return AtOr<int>(Body(response), "/error/code"); }
  template <class T>
  static T AtOr(const Json& root, const char* pointer) {
    return static_cast<T>(iff::AtOr<int64_t>(root, pointer, 0));
  }

  // Parts of a stream as they come; the request ends when `until` says so.
  std::vector<Json> Stream(const HttpRequest& request, const std::function<bool(const Json&)>& until);

  McpServerOptions options;
  ToolLog log;
  std::shared_ptr<FakeAuthenticator> authenticator = std::make_shared<FakeAuthenticator>();
  std::shared_ptr<FakeLimiter> limiter = std::make_shared<FakeLimiter>();
  std::shared_ptr<FakeAudit> audit = std::make_shared<FakeAudit>();
  EventLoop loop;
  std::unique_ptr<McpServer> mcp;
  Endpoint endpoint;

 private:
  std::unique_ptr<AsyncHttpServer> http_;
  std::thread thread_;
};

}  // namespace iff
