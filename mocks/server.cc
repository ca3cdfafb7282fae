#include "mocks/server.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "harness/core/bytes.h"
#include "harness/core/clock.h"

namespace iff {
namespace {

constexpr std::string_view kControl = "/_control/";

constexpr size_t kMostKept = size_t{16} << 10;  // of one request

// What a request carried besides its credential, for whoever looks what was handed on.
void Keep(const HttpRequest& request, LedgerEntry& entry) {
  for (const auto& [name, value] : request.headers.fields()) {
    if (!EqualsIgnoreCase(name, "Authorization")) entry.request += name + ": " + value + "\n";
  }
  entry.request += "\n" + request.body;
  entry.cut = entry.request.size() > kMostKept;
  if (entry.cut) entry.request.resize(kMostKept);
}

// Control answers errors as a person would like to read them; nobody else sees them.
HttpResponse Refuse(const Error& error) { return JsonAnswer(400, {{"error", error.message()}}); }

}  // namespace

HttpResponse JsonAnswer(int status, const Json& body) {
  HttpResponse response;
  response.status = status;
  response.headers.Add("Content-Type", "application/json; charset=utf-8");
  response.body = Dump(body);
  return response;
}

std::vector<std::string> PathSegments(const HttpRequest& request) {
  std::vector<std::string> segments;
  const std::string path = request.Path();
  size_t begin = 1;
  while (begin <= path.size()) {
    const size_t end = std::min(path.find('/', begin), path.size());
    const Result<std::string> segment = PercentDecode(std::string_view(path).substr(begin, end - begin));
    if (!segment.ok()) return {};
    segments.push_back(*segment);
    begin = end + 1;
  }
  return segments;
}

int64_t QueryNumber(const std::map<std::string, std::string>& query, const std::string& name, int64_t fallback,
                    int64_t least, int64_t most) {
  const auto found = query.find(name);
  if (found == query.end()) return fallback;
  int64_t number = 0;
  const char* const end = found->second.data() + found->second.size();
  const std::from_chars_result read = std::from_chars(found->second.data(), end, number);
  if (read.ec != std::errc() || read.ptr != end || number < least) return fallback;
  return std::min(number, most);
}

MockServer::MockServer(Secret control_token, std::unique_ptr<MockApi> api)
    : control_token_(std::move(control_token)), api_(std::move(api)) {}

Result<std::unique_ptr<MockServer>> MockServer::Start(EventLoop& loop, HttpServerOptions options, Secret control_token,
                                                      std::unique_ptr<MockApi> api) {
  if (control_token.empty()) return Error(ErrorKind::kInvalidInput, "start a mock without a control token");
  std::unique_ptr<MockServer> mock(new MockServer(std::move(control_token), std::move(api)));
  AsyncHandler handler = [serving = mock.get()](std::shared_ptr<const HttpRequest> request,
                                                std::shared_ptr<Responder> responder) {
    responder->Send(serving->Serve(*request));
  };
  mock->server_ = TRY(AsyncHttpServer::Start(loop, std::move(options), std::move(handler)));
  return mock;
}

HttpResponse MockServer::Serve(const HttpRequest& request) {
  if (request.Path().starts_with(kControl)) return Control(request);
  const Caller caller = people_.Identify(request);
  LedgerEntry entry;
  entry.time = SystemClock::Instance().Now();
  entry.method = request.method;
  entry.target = request.target;
  entry.owner = caller.person != nullptr ? caller.person->account : "";
  entry.fingerprint = caller.fingerprint;
  Keep(request, entry);
  MockAnswer answer = AnswerTo(request, caller, entry.time);
  entry.status = answer.response.status;
  entry.disclosed = std::move(answer.disclosed);
  ledger_.Record(std::move(entry));
  return std::move(answer.response);
}

MockAnswer MockServer::AnswerTo(const HttpRequest& request, const Caller& caller, WallTime now) {
  Allowance allowance = allowances_.Take(caller, api_->UsualLimit(caller), now);
  auto trouble = disturbed_.find("");
  if (trouble == disturbed_.end() && caller.person != nullptr) trouble = disturbed_.find(caller.person->account);
  MockAnswer answer;
  if (trouble != disturbed_.end()) {
    const int status = trouble->second;
    answer.response = api_->Trouble(status);
    if (status != 403 && status != 429) return answer;
    allowance = {.limit = allowance.limit, .used = allowance.limit, .reset = now + 1s, .status = status, .burst = true};
  } else if (allowance.status != 0) {
    answer.response = api_->Trouble(allowance.status);
  } else {
    answer = api_->Answer(request, caller);
    if (answer.response.status == 304) allowances_.GiveBack(caller, allowance);
  }
  api_->Tell(allowance, answer.response);
  return answer;
}

HttpResponse MockServer::Control(const HttpRequest& request) {
  const Presented presented = ParseAuthorization(request);
  if (presented.kind != Presented::Kind::kToken || !presented.token.SameAs(control_token_)) {
    return JsonAnswer(401, {{"error", "control token needed"}});
  }
  const Result<Json> answer = Obey(request);
  return answer.ok() ? JsonAnswer(200, *answer) : Refuse(answer.error());
}

Result<Json> MockServer::Obey(const HttpRequest& request) {
  const std::string action = request.method + " " + request.Path().substr(kControl.size());
  if (action == "GET status") {
    return Json{{"name", api_->name()}, {"people", people_.size()}, {"mark", ledger_.Mark()}};
  }
  if (action == "GET ledger") return TellLedger(request);
  const Json body = TRY(ParseJson(request.body));
  if (action == "PUT people") return PutPeople(body);
  if (action == "DELETE people") return DropPeople(body);
  if (action == "PUT disturb") return Disturb(body);
  if (action == "PUT limit") return SetLimit(body);
  return Error(ErrorKind::kInvalidInput, "no such control: " + action);
}

Result<Json> MockServer::PutPeople(const Json& body) {
  const Json wanted = TRY(At<Json>(body, "/people"));
  std::vector<Person> people;
  for (const Json& each : wanted) people.push_back(TRY(ParsePerson(each)));
  Json own = Json::object();
  for (Person& person : people) {
    api_->Join(person);
    own[person.account] = api_->PrivateTarget(person);
    people_.Put(std::move(person));
  }
  return Json{{"own", own}};
}

Result<Json> MockServer::DropPeople(const Json& body) {
  const Json accounts = TRY(At<Json>(body, "/accounts"));
  for (size_t i = 0; i < accounts.size(); ++i) {
    const std::string account = TRY(At<std::string>(accounts, "/" + std::to_string(i)));
    api_->Leave(account);
    people_.Drop(account);
    disturbed_.erase(account);
    allowances_.Forget(account);
  }
  return Json::object();
}

Result<Json> MockServer::TellLedger(const HttpRequest& request) const {
  const int64_t since = QueryNumber(request.Query(), "since", -1, 0, INT64_MAX);
  if (since < 0) return Error(ErrorKind::kInvalidInput, "read the ledger without saying since when");
  const std::vector<LedgerEntry> found = TRY(ledger_.Since(static_cast<uint64_t>(since)));
  Json entries = Json::array();
  for (const LedgerEntry& entry : found) entries.push_back(ToJson(entry));
  return Json{{"entries", entries}};
}

Result<Json> MockServer::Disturb(const Json& body) {
  const std::string account = TRY(At<std::string>(body, "/account"));
  const int64_t status = TRY(At<int64_t>(body, "/status"));
  if (status == 0) {
    disturbed_.erase(account);
  } else if (status >= 400 && status <= 599) {
    disturbed_[account] = static_cast<int>(status);
  } else {
    return Error(ErrorKind::kInvalidInput, "disturb with a status that is no error: " + std::to_string(status));
  }
  return Json::object();
}

Result<Json> MockServer::SetLimit(const Json& body) {
  const std::string account = TRY(At<std::string>(body, "/account"));
  const int64_t requests = TRY(At<int64_t>(body, "/requests"));
  std::optional<Limit> limit;
  if (requests != 0) {
    const int64_t seconds = TRY(At<int64_t>(body, "/seconds"));
    limit = Limit{.requests = requests,
                  .window = std::chrono::seconds(seconds),
                  .status = static_cast<int>(AtOr<int64_t>(body, "/status", 429))};
  }
  TRY(allowances_.Set(account, limit));
  return Json::object();
}

}  // namespace iff
