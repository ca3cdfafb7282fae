#include "mocks/jira/jira.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "harness/core/bytes.h"
#include "harness/core/clock.h"
#include "mocks/jira/document.h"
#include "mocks/jira/jql.h"

namespace iff {
namespace {

constexpr const char* kDevelopers = "developer";

struct Project {
  std::string key = {};
  std::string name = {};
  std::string owner = {};         // an account when private, else ""
  std::string create_group = {};  // who may create issues; "" is everybody who sees it
  int64_t next = 1;               // number of the next issue
};

struct Issue {
  int64_t id = 0;
  std::string project = {};
  int64_t number = 0;
  std::string summary = {};
  std::string description = {};
  std::string status = "To Do";
  std::string assignee = {};  // account, "" is nobody
  std::string reporter = {};
  std::string group = {};  // who sees it; "" is everybody who sees the project
  std::string created = {};

  std::string key() const { return project + "-" + std::to_string(number); }
};

HttpResponse Refused(int status, const std::string& message, const Json& fields = Json::object()) {
  Json messages = Json::array();
  if (!message.empty()) messages.push_back(message);
  return JsonAnswer(status, {{"errorMessages", messages}, {"errors", fields}});
}

// Jira hides: what you may not see is not there.
HttpResponse NoSuchIssue() { return Refused(404, "Issue does not exist or you do not have permission to see it."); }

HttpResponse InvalidPayload() {
  return Refused(400, "Invalid request payload. Refer to the REST API documentation and try again.");
}

std::string AccountId(const std::string& account) { return Hex(Sha256(account)).substr(0, 24); }

Json UserJson(const std::string& account) {
  if (account.empty()) return nullptr;
  return {{"accountId", AccountId(account)}, {"accountType", "atlassian"}, {"displayName", account}, {"active", true}};
}

bool ContainsText(const std::string& haystack, const std::string& needle) {
  return std::search(haystack.begin(), haystack.end(), needle.begin(), needle.end(), [](char a, char b) {
           return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
         }) != haystack.end();
}

class Jira final : public MockApi {
 public:
  Jira() {
    AddProject({.key = "DEMO", .name = "Demonstration"});
    AddProject({.key = "OPS", .name = "Operations", .create_group = kDevelopers});
    for (const char* summary : {"Order more tea", "Mend the doorbell", "Paint the fence", "Water the plants"}) {
      AddIssue({.project = "DEMO", .summary = summary, .description = "Everybody may read this."});
    }
    AddIssue({.project = "OPS", .summary = "Rotate the backups", .status = "In Progress"});
    AddIssue({.project = "OPS", .summary = "Renew the certificates", .status = "Done"});
    AddIssue({.project = "OPS", .summary = "Upgrade the database", .group = kDevelopers});
  }

  std::string name() const override { return "jira"; }

  void Join(const Person& person) override {
    Leave(person.account);
    AddProject({.key = person.tag, .name = "Project of " + person.account, .owner = person.account});
    AddIssue({.project = person.tag,
              .summary = "Private: " + person.canary,
              .description = person.canary,
              .assignee = person.account,
              .reporter = person.account});
  }

  void Leave(const std::string& account) override {
    std::erase_if(issues_, [&](const auto& entry) {
      return entry.second.reporter == account || OwnerOf(entry.second) == account;
    });
    std::erase_if(projects_, [&](const auto& entry) { return entry.second.owner == account; });
  }

  std::string PrivateTarget(const Person& person) const override { return "/rest/api/3/issue/" + person.tag + "-1"; }

  MockAnswer Answer(const HttpRequest& request, const Caller& caller) override;
  HttpResponse Trouble(int status) const override;
  Limit UsualLimit(const Caller& caller) const override;
  void Tell(const Allowance& allowance, HttpResponse& response) const override;

 private:
  MockAnswer Route(const HttpRequest& request, const Person& person);
  MockAnswer GetIssue(const HttpRequest& request, const std::string& key, const Person& person);
  MockAnswer Search(const HttpRequest& request, const Person& person, bool by_page);
  HttpResponse CreateIssue(const HttpRequest& request, const Person& person);

  void AddProject(Project project) { projects_[project.key] = std::move(project); }
  const Issue& AddIssue(Issue issue);
  bool Sees(const Person& person, const Project& project) const {
    return project.owner.empty() || project.owner == person.account;
  }
  bool Sees(const Person& person, const Issue& issue) const;
  std::string OwnerOf(const Issue& issue) const {
    const auto project = projects_.find(issue.project);
    return project == projects_.end() ? "" : project->second.owner;
  }
  Json IssueJson(const HttpRequest& request, const Issue& issue, const std::string& fields) const;
  bool Matches(const Issue& issue, const JqlClause& clause, const Person& person) const;
  Result<std::vector<const Issue*>> Select(const JqlQuery& query, const Person& person) const;

  std::map<std::string, Project> projects_;                  // by key
  std::map<std::pair<std::string, int64_t>, Issue> issues_;  // by project and number
  int64_t next_id_ = 10'000;
};

const Issue& Jira::AddIssue(Issue issue) {
  issue.id = next_id_++;
  issue.number = projects_[issue.project].next++;
  issue.created = Rfc3339(SystemClock::Instance().Now());
  return issues_[{issue.project, issue.number}] = issue;
}

bool Jira::Sees(const Person& person, const Issue& issue) const {
  const auto project = projects_.find(issue.project);
  return project != projects_.end() && Sees(person, project->second) &&
         (issue.group.empty() || person.groups.contains(issue.group));
}

MockAnswer Jira::Answer(const HttpRequest& request, const Caller& caller) {
  if (caller.person == nullptr) {
    HttpResponse refused = Refused(401, caller.presented ? "Failed to authenticate with the credentials given."
                                                         : "Client must be authenticated to access this resource.");
    refused.headers.Add("WWW-Authenticate", "Basic realm=\"protected-area\"");
    refused.headers.Add("X-Seraph-LoginReason", caller.presented ? "AUTHENTICATED_FAILED" : "AUTHENTICATION_DENIED");
    return {.response = std::move(refused)};
  }
  MockAnswer answer = Route(request, *caller.person);
  answer.response.headers.Add("X-AACCOUNTID", AccountId(caller.person->account));
  return answer;
}

HttpResponse Jira::Trouble(int status) const {
  if (status != 429) return Refused(status, "The service is not able to answer: " + std::to_string(status));
  return Refused(429, "Rate limit exceeded.");
}

Limit Jira::UsualLimit(const Caller&) const { return {.requests = 100, .window = 1s, .enforced = false}; }

// Jira tells when to come back only whom it sends away, and nothing to those it does not know.
void Jira::Tell(const Allowance& allowance, HttpResponse& response) const {
  if (response.status == 401) return;
  response.headers.Set("X-RateLimit-Limit", std::to_string(allowance.limit));
  response.headers.Set("X-RateLimit-Remaining", std::to_string(allowance.remaining()));
  response.headers.Set("X-RateLimit-NearLimit", allowance.remaining() * 5 < allowance.limit ? "true" : "false");
  if (allowance.status == 0) return;
  const auto wait = std::chrono::ceil<std::chrono::seconds>(allowance.reset - SystemClock::Instance().Now());
  response.headers.Set("Retry-After", std::to_string(std::max<int64_t>(1, wait.count())));
  response.headers.Set("X-RateLimit-Reset", Rfc3339(allowance.reset));
  response.headers.Set("RateLimit-Reason", "jira-burst-based");
}

MockAnswer Jira::Route(const HttpRequest& request, const Person& person) {
  const std::vector<std::string> path = PathSegments(request);
  if (path.size() < 4 || path[0] != "rest" || path[1] != "api" || path[2] != "3") {
    return {.response = Refused(404, "No endpoint " + request.method + " " + request.Path() + ".")};
  }
  const bool reads = request.method == "GET" || request.method == "HEAD";
  const bool posts = request.method == "POST";
  if (path[3] == "myself" && path.size() == 4 && reads) {
    Json myself = UserJson(person.account);
    myself["emailAddress"] = person.account;
    return {.response = JsonAnswer(200, myself)};
  }
  if (path[3] == "search" && (reads || posts)) {
    if (path.size() == 4) return Search(request, person, false);
    if (path.size() == 5 && path[4] == "jql") return Search(request, person, true);
  }
  if (path[3] == "issue" && path.size() == 4 && posts) return {.response = CreateIssue(request, person)};
  if (path[3] == "issue" && path.size() == 5 && reads) return GetIssue(request, path[4], person);
  if (path[3] == "issue" || path[3] == "search" || path[3] == "myself") return {.response = Refused(405, "")};
  return {.response = Refused(404, "No endpoint " + request.method + " " + request.Path() + ".")};
}

Json Jira::IssueJson(const HttpRequest& request, const Issue& issue, const std::string& fields) const {
  const Project& project = projects_.at(issue.project);
  Json all = {{"summary", issue.summary},
              {"description", issue.description.empty() ? Json() : ToDocument(issue.description)},
              {"status", {{"name", issue.status}}},
              {"issuetype", {{"name", "Task"}}},
              {"project", {{"key", project.key}, {"name", project.name}}},
              {"assignee", UserJson(issue.assignee)},
              {"reporter", UserJson(issue.reporter)},
              {"created", issue.created},
              {"updated", issue.created}};
  if (!fields.empty() && fields.find("*all") == std::string::npos) {
    const std::string wanted = "," + fields + ",";
    Json some = Json::object();
    for (const auto& [name, value] : all.items()) {
      if (wanted.find("," + name + ",") != std::string::npos) some[name] = value;
    }
    all = std::move(some);
  }
  const std::string id = std::to_string(issue.id);
  return {{"id", id},
          {"key", issue.key()},
          {"self", "http://" + request.headers.Get("Host") + "/rest/api/3/issue/" + id},
          {"fields", std::move(all)}};
}

MockAnswer Jira::GetIssue(const HttpRequest& request, const std::string& key, const Person& person) {
  for (const auto& [where, issue] : issues_) {
    if (!EqualsIgnoreCase(issue.key(), key) && std::to_string(issue.id) != key) continue;
    if (!Sees(person, issue)) break;
    const std::map<std::string, std::string> query = request.Query();
    const auto fields = query.find("fields");
    const std::string wanted = fields == query.end() ? "" : fields->second;
    MockAnswer answer = {.response = JsonAnswer(200, IssueJson(request, issue, wanted))};
    if (const std::string owner = OwnerOf(issue); !owner.empty()) answer.disclosed.push_back(owner);
    return answer;
  }
  return {.response = NoSuchIssue()};
}

bool Jira::Matches(const Issue& issue, const JqlClause& clause, const Person& person) const {
  const auto names = [&](const std::string& account, const JqlClause::Value& value) {
    if (!value.function) return value.text == account || value.text == AccountId(account);
    return value.text == "empty" ? account.empty() : account == person.account;
  };
  bool any = false;
  for (const JqlClause::Value& value : clause.values) {
    if (clause.field == "project") any |= EqualsIgnoreCase(issue.project, value.text);
    if (clause.field == "key") any |= EqualsIgnoreCase(issue.key(), value.text);
    if (clause.field == "status") any |= EqualsIgnoreCase(issue.status, value.text);
    if (clause.field == "assignee") any |= names(issue.assignee, value);
    if (clause.field == "reporter") any |= names(issue.reporter, value);
    if (clause.field != "description" && clause.contains) any |= ContainsText(issue.summary, value.text);
    if (clause.field != "summary" && clause.contains) any |= ContainsText(issue.description, value.text);
  }
  return any != clause.negated;
}

Result<std::vector<const Issue*>> Jira::Select(const JqlQuery& query, const Person& person) const {
  for (const JqlClause& clause : query.clauses) {
    if (clause.field != "project") continue;
    for (const JqlClause::Value& value : clause.values) {
      const bool known = std::any_of(projects_.begin(), projects_.end(), [&](const auto& entry) {
        return EqualsIgnoreCase(entry.first, value.text) && Sees(person, entry.second);
      });
      if (!known) {
        return Error(ErrorKind::kInvalidInput,
                     "The value '" + value.text + "' does not exist for the field 'project'.");
      }
    }
  }
  std::vector<const Issue*> found;
  for (const auto& [where, issue] : issues_) {
    const bool fits = std::all_of(query.clauses.begin(), query.clauses.end(),
                                  [&](const JqlClause& clause) { return Matches(issue, clause, person); });
    if (fits && Sees(person, issue)) found.push_back(&issue);
  }
  for (auto order = query.order.rbegin(); order != query.order.rend(); ++order) {
    std::stable_sort(found.begin(), found.end(), [&](const Issue* a, const Issue* b) {
      if (order->descending) std::swap(a, b);
      if (order->field == "status") return a->status < b->status;
      if (order->field == "summary") return a->summary < b->summary;
      if (order->field == "created") return a->id < b->id;
      return std::pair(a->project, a->number) < std::pair(b->project, b->number);
    });
  }
  return found;
}

MockAnswer Jira::Search(const HttpRequest& request, const Person& person, bool by_page) {
  std::map<std::string, std::string> asked = request.Query();
  if (request.method == "POST") {
    const Result<Json> body = ParseJson(request.body);
    if (!body.ok() || !body->is_object()) return {.response = InvalidPayload()};
    for (const auto& [name, value] : body->items()) {
      if (value.is_string()) asked[name] = value.get<std::string>();
      if (value.is_number_integer()) asked[name] = Dump(value);
      if (!value.is_array()) continue;
      for (const Json& each : value) asked[name] += AtOr<std::string>(each, "", "") + ",";
    }
  }
  const Result<JqlQuery> query = ParseJql(asked["jql"]);
  if (!query.ok()) return {.response = Refused(400, query.error().message())};
  const Result<std::vector<const Issue*>> found = Select(*query, person);
  if (!found.ok()) return {.response = Refused(400, found.error().message())};

  const int64_t total = static_cast<int64_t>(found->size());
  const int64_t first = std::min(QueryNumber(asked, by_page ? "nextPageToken" : "startAt", 0, 0, INT32_MAX), total);
  const int64_t most = QueryNumber(asked, "maxResults", 50, 0, 100);
  const int64_t end = std::min(first + most, total);
  MockAnswer answer;
  Json issues = Json::array();
  for (int64_t i = first; i < end; ++i) {
    const Issue& issue = *(*found)[static_cast<size_t>(i)];
    issues.push_back(IssueJson(request, issue, asked["fields"]));
    const std::string owner = OwnerOf(issue);
    const bool told = std::find(answer.disclosed.begin(), answer.disclosed.end(), owner) != answer.disclosed.end();
    if (!owner.empty() && !told) answer.disclosed.push_back(owner);
  }
  Json body = {{"issues", issues}};
  if (by_page) {
    body["isLast"] = end == total;
    if (end < total) body["nextPageToken"] = std::to_string(end);
  } else {
    body.update({{"startAt", first}, {"maxResults", most}, {"total", total}});
  }
  answer.response = JsonAnswer(200, body);
  return answer;
}

HttpResponse Jira::CreateIssue(const HttpRequest& request, const Person& person) {
  const Result<Json> body = ParseJson(request.body);
  if (!body.ok() || !body->is_object()) return InvalidPayload();
  Json wrong = Json::object();
  const std::string key = AtOr<std::string>(*body, "/fields/project/key", "");
  const auto project = projects_.find(key);
  // One that is hidden is as wrong as one that is not there.
  if (project == projects_.end() || !Sees(person, project->second)) wrong["project"] = "valid project is required";
  Issue issue = {.project = key, .assignee = person.account, .reporter = person.account};
  issue.summary = AtOr<std::string>(*body, "/fields/summary", "");
  if (issue.summary.empty()) wrong["summary"] = "You must specify a summary of the issue.";
  if (issue.summary.size() > 255) wrong["summary"] = "Summary must be less than 255 characters.";
  if (issue.summary.find('\n') != std::string::npos) {
    wrong["summary"] = "The summary is invalid because it contains newline characters.";
  }
  if (const Json* description = Find(*body, "/fields/description"); description != nullptr && !description->is_null()) {
    if (AtOr<std::string>(*description, "/type", "") != "doc") {
      wrong["description"] = "Operation value must be an Atlassian Document (see the Atlassian Document Format)";
    }
    CollectText(*description, issue.description);
  }
  if (!wrong.empty()) return Refused(400, "", wrong);
  const std::string& group = project->second.create_group;
  if (!group.empty() && !person.groups.contains(group)) {
    return Refused(403, "You do not have permission to create issues in this project.");
  }
  const Issue& made = AddIssue(std::move(issue));
  const std::string id = std::to_string(made.id);
  return JsonAnswer(
      201,
      {{"id", id}, {"key", made.key()}, {"self", "http://" + request.headers.Get("Host") + "/rest/api/3/issue/" + id}});
}

}  // namespace

std::unique_ptr<MockApi> MakeJira() { return std::make_unique<Jira>(); }

}  // namespace iff
