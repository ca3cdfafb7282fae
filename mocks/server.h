// The part every mock has: it knows its callers, keeps the ledger, can be disturbed, and is told
// about people through a control interface that a random token guards.
//
//   GET    /_control/status                        {"name": ..., "people": N, "mark": N}
//   PUT    /_control/people   {"people": [...]}    {"own": {account: target of a private thing}}
//   DELETE /_control/people   {"accounts": [...]}
//   GET    /_control/ledger?since=N                {"entries": [...]}
//   PUT    /_control/disturb  {"account": "", "status": 503}
//   PUT    /_control/limit    {"account": "", "requests": 3, "seconds": 60, "status": 429}
//
// Everything happens on the event loop's thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "harness/net/http_async.h"
#include "mocks/allowances.h"
#include "mocks/ledger.h"
#include "mocks/people.h"

namespace iff {

struct MockAnswer {
  HttpResponse response = {};
  std::vector<std::string> disclosed = {};  // accounts whose private things are in it
};

// What makes a mock the service it stands for.
class MockApi {
 public:
  virtual ~MockApi() = default;
  virtual std::string name() const = 0;
  // `person` has an account and private things from now on, until Leave. Joining again makes them
  // anew.
  virtual void Join(const Person& person) = 0;
  virtual void Leave(const std::string& account) = 0;
  // Where `person` alone finds the canary.
  virtual std::string PrivateTarget(const Person& person) const = 0;
  virtual MockAnswer Answer(const HttpRequest& request, const Caller& caller) = 0;
  // The service's own way of saying that it is down, or has had enough.
  virtual HttpResponse Trouble(int status) const = 0;
  // What it grants the caller where no limit is set.
  virtual Limit UsualLimit(const Caller& caller) const = 0;
  // Its own way of saying what is left, in the fields of an answer, or of a refusal because nothing is.
  virtual void Tell(const Allowance& allowance, HttpResponse& response) const = 0;
};

class MockServer {
 public:
  static Result<std::unique_ptr<MockServer>> Start(EventLoop& loop, HttpServerOptions options, Secret control_token,
                                                   std::unique_ptr<MockApi> api);
  Endpoint endpoint() const { return server_->endpoint(); }

 private:
  MockServer(Secret control_token, std::unique_ptr<MockApi> api);

  HttpResponse Serve(const HttpRequest& request);
  HttpResponse Control(const HttpRequest& request);
  Result<Json> Obey(const HttpRequest& request);
  Result<Json> PutPeople(const Json& body);
  Result<Json> DropPeople(const Json& body);
  Result<Json> TellLedger(const HttpRequest& request) const;
  Result<Json> Disturb(const Json& body);
  Result<Json> SetLimit(const Json& body);
  MockAnswer AnswerTo(const HttpRequest& request, const Caller& caller, WallTime now);

  const Secret control_token_;
  const std::unique_ptr<MockApi> api_;
  People people_;
  Ledger ledger_;
  Allowances allowances_;
  std::map<std::string, int> disturbed_;  // account, "" for all -> status
  std::unique_ptr<AsyncHttpServer> server_;
};

// A JSON answer.
HttpResponse JsonAnswer(int status, const Json& body);

// The percent-decoded segments of a path; an empty vector when one cannot be decoded.
std::vector<std::string> PathSegments(const HttpRequest& request);

// The query parameter as a number within [least, most], or `fallback` when it is absent or not one.
int64_t QueryNumber(const std::map<std::string, std::string>& query, const std::string& name, int64_t fallback,
                    int64_t least, int64_t most);

// The main function of a mock: --listen HOST:PORT --control-token-file FILE, until SIGTERM or
// SIGINT.
int RunMock(int argc, char** argv, std::unique_ptr<MockApi> api);

}  // namespace iff
