#include "mocks/github/github.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "harness/core/bytes.h"
#include "harness/core/clock.h"

namespace iff {
namespace {

constexpr const char* kDocumentation = "https://docs.github.com/rest";
// Requests an hour, as GitHub counts: for whoever it knows, and for an address.
constexpr int64_t kLimit = 5000;
constexpr int64_t kAnonymousLimit = 60;

struct Issue {
  int64_t id = 0;
  int64_t number = 0;
  std::string title = {};
  std::string body = {};
  std::string author = {};
  bool open = true;
  std::string created = {};
};

struct Repository {
  int64_t id = 0;
  std::string owner = {};
  std::string name = {};
  std::string description = {};
  bool is_private = false;
  bool organisation = false;
  bool archived = false;
  std::vector<Issue> issues = {};  // by number
};

HttpResponse Refused(int status, const std::string& message) {
  return JsonAnswer(status,
                    {{"message", message}, {"documentation_url", kDocumentation}, {"status", std::to_string(status)}});
}

HttpResponse Invalid(const std::string& field, const std::string& code) {
  const Json error = {{"resource", "Issue"}, {"code", code}, {"field", field}};
  return JsonAnswer(422, {{"message", "Validation Failed"},
                          {"errors", Json::array({error})},
                          {"documentation_url", kDocumentation},
                          {"status", "422"}});
}

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::string BaseUrl(const HttpRequest& request) { return "http://" + request.headers.Get("Host"); }

// A number that stays the same for the same login.
int64_t UserId(const std::string& login) {
  int64_t id = 0;
  for (const char digit : Sha256(login).substr(0, 3)) id = id * 256 + static_cast<unsigned char>(digit);
  return id;
}

Json UserJson(const HttpRequest& request, const std::string& login, bool organisation) {
  return {{"login", login},
          {"id", UserId(login)},
          {"url", BaseUrl(request) + "/users/" + login},
          {"type", organisation ? "Organization" : "User"},
          {"site_admin", false}};
}

Json RepositoryJson(const HttpRequest& request, const Repository& repository) {
  const std::string full = repository.owner + "/" + repository.name;
  const auto open =
      std::count_if(repository.issues.begin(), repository.issues.end(), [](const Issue& issue) { return issue.open; });
  return {{"id", repository.id},
          {"name", repository.name},
          {"full_name", full},
          {"private", repository.is_private},
          {"visibility", repository.is_private ? "private" : "public"},
          {"owner", UserJson(request, repository.owner, repository.organisation)},
          {"description", repository.description},
          {"url", BaseUrl(request) + "/repos/" + full},
          {"archived", repository.archived},
          {"has_issues", true},
          {"open_issues_count", open},
          {"default_branch", "main"}};
}

Json IssueJson(const HttpRequest& request, const Repository& repository, const Issue& issue) {
  const std::string url = BaseUrl(request) + "/repos/" + repository.owner + "/" + repository.name;
  return {{"id", issue.id},
          {"number", issue.number},
          {"title", issue.title},
          {"body", issue.body.empty() ? Json() : Json(issue.body)},
          {"state", issue.open ? "open" : "closed"},
          {"user", UserJson(request, issue.author, repository.organisation && issue.author == repository.owner)},
          {"url", url + "/issues/" + std::to_string(issue.number)},
          {"repository_url", url},
          {"comments", 0},
          {"created_at", issue.created},
          {"updated_at", issue.created}};
}

// One page of `all`, with a Link field that leads to its neighbours (RFC 8288).
MockAnswer Page(const HttpRequest& request, const std::vector<Json>& all) {
  const std::map<std::string, std::string> query = request.Query();
  const int64_t size = QueryNumber(query, "per_page", 30, 1, 100);
  const int64_t page = QueryNumber(query, "page", 1, 1, INT32_MAX);
  const int64_t total = static_cast<int64_t>(all.size());
  const int64_t last = std::max<int64_t>(1, (total + size - 1) / size);
  Json shown = Json::array();
  for (int64_t i = (page - 1) * size; i < std::min(page * size, total); ++i)
    shown.push_back(all[static_cast<size_t>(i)]);

  std::string link;
  const auto add = [&](int64_t to, const std::string& relation) {
    std::string target = BaseUrl(request) + request.Path() + "?";
    for (const auto& [name, value] : query) {
      if (name != "page") target += PercentEncode(name) + "=" + PercentEncode(value) + "&";
    }
    link += (link.empty() ? "<" : ", <") + target + "page=" + std::to_string(to) + ">; rel=\"" + relation + "\"";
  };
  if (page > 1) add(page - 1, "prev");
  if (page < last) add(page + 1, "next");
  if (page < last) add(last, "last");
  if (page > 1) add(1, "first");
  MockAnswer answer = {.response = JsonAnswer(200, shown)};
  if (!link.empty()) answer.response.headers.Add("Link", link);
  return answer;
}

class Github final : public MockApi {
 public:
  Github() {
    for (const char* name : {"hammer", "spirit-level", "tape-measure"}) AddRepository("octo-tools", name);
    for (const char* name : {"city", "coast", "old-town"}) AddRepository("open-maps", name);
    repositories_.at({"open-maps", "old-town"}).archived = true;
  }

  std::string name() const override { return "github"; }

  void Join(const Person& person) override {
    Leave(person.account);
    Repository& open = Make({.owner = person.account, .name = "public", .description = "For everybody"});
    AddIssue(open, "Say hello", "", person.account);
    Repository& hidden = Make(
        {.owner = person.account, .name = "private", .description = "Private: " + person.canary, .is_private = true});
    AddIssue(hidden, "Private plan", person.canary, person.account);
  }

  void Leave(const std::string& account) override {
    std::erase_if(repositories_, [&](const auto& entry) { return entry.second.owner == account; });
    for (auto& [where, repository] : repositories_) {
      std::erase_if(repository.issues, [&](const Issue& issue) { return issue.author == account; });
    }
  }

  std::string PrivateTarget(const Person& person) const override {
    return "/repos/" + PercentEncode(person.account) + "/private";
  }

  MockAnswer Answer(const HttpRequest& request, const Caller& caller) override;
  HttpResponse Trouble(int status) const override;
  Limit UsualLimit(const Caller& caller) const override;
  void Tell(const Allowance& allowance, HttpResponse& response) const override;

 private:
  MockAnswer Route(const HttpRequest& request, const Person* person);
  MockAnswer OwnRepositories(const HttpRequest& request, const Person& person) const;
  MockAnswer RepositoryRoute(const HttpRequest& request, const std::vector<std::string>& path, const Person* person);
  static MockAnswer ListIssues(const HttpRequest& request, const Repository& repository);
  MockAnswer CreateIssue(const HttpRequest& request, Repository& repository, const Person* person);

  Repository& Make(Repository repository) {
    repository.id = next_id_++;
    return repositories_[{Lower(repository.owner), Lower(repository.name)}] = std::move(repository);
  }
  void AddRepository(const std::string& owner, const std::string& name) {
    Repository& made =
        Make({.owner = owner, .name = name, .description = "All about the " + name, .organisation = true});
    for (int i = 1; i <= 4; ++i) {
      AddIssue(made, "Question " + std::to_string(i) + " about the " + name, "", owner).open = i != 4;
    }
  }
  Issue& AddIssue(Repository& repository, std::string title, std::string body, const std::string& author) {
    const int64_t number = repository.issues.empty() ? 1 : repository.issues.back().number + 1;
    return repository.issues.emplace_back(Issue{.id = next_id_++,
                                                .number = number,
                                                .title = std::move(title),
                                                .body = std::move(body),
                                                .author = author,
                                                .created = Rfc3339(SystemClock::Instance().Now())});
  }

  std::map<std::pair<std::string, std::string>, Repository> repositories_;  // by owner and name, lower case
  int64_t next_id_ = 1000;
};

MockAnswer Github::Answer(const HttpRequest& request, const Caller& caller) {
  MockAnswer answer;
  if (caller.presented && caller.person == nullptr) {
    answer.response = Refused(401, "Bad credentials");
  } else {
    answer = Route(request, caller.person);
  }
  HttpResponse& response = answer.response;
  const bool read = request.method == "GET" || request.method == "HEAD";
  if (response.status == 200 && read) {
    // Private answers differ by caller, so the caller is part of what the tag stands for.
    const std::string tag = "W/\"" + Hex(Sha256(caller.fingerprint + response.body)) + "\"";
    response.headers.Set("ETag", tag);
    response.headers.Set("Vary", "Accept, Authorization");
    if (request.headers.Get("If-None-Match") == tag) {
      response.status = 304;
      response.body.clear();
      response.headers.Remove("Content-Type");
      answer.disclosed.clear();
    }
  }
  response.headers.Set("X-GitHub-Media-Type", "github.v3; format=json");
  return answer;
}

HttpResponse Github::Trouble(int status) const {
  if (status != 403 && status != 429) return Refused(status, "Server Error");
  return Refused(status, "API rate limit exceeded. Wait before you try again.");
}

Limit Github::UsualLimit(const Caller& caller) const {
  return {
      .requests = caller.person != nullptr ? kLimit : kAnonymousLimit, .window = 1h, .status = 403, .enforced = false};
}

// A used-up hour says when it ends and no more; Retry-After comes with what GitHub calls a secondary limit.
void Github::Tell(const Allowance& allowance, HttpResponse& response) const {
  const auto reset = std::chrono::ceil<std::chrono::seconds>(allowance.reset.time_since_epoch());
  response.headers.Set("x-ratelimit-limit", std::to_string(allowance.limit));
  response.headers.Set("x-ratelimit-remaining", std::to_string(allowance.remaining()));
  response.headers.Set("x-ratelimit-used", std::to_string(allowance.used));
  response.headers.Set("x-ratelimit-resource", "core");
  response.headers.Set("x-ratelimit-reset", std::to_string(reset.count()));
  if (allowance.burst) response.headers.Set("Retry-After", "1");
}

MockAnswer Github::Route(const HttpRequest& request, const Person* person) {
  const std::vector<std::string> path = PathSegments(request);
  const bool reads = request.method == "GET" || request.method == "HEAD";
  if (!path.empty() && path[0] == "user" && path.size() <= 2) {
    if (person == nullptr) return {.response = Refused(401, "Requires authentication")};
    if (path.size() == 1 && reads) return {.response = JsonAnswer(200, UserJson(request, person->account, false))};
    if (path.size() == 2 && path[1] == "repos" && reads) return OwnRepositories(request, *person);
  }
  if (path.size() >= 3 && path[0] == "repos") return RepositoryRoute(request, path, person);
  return {.response = Refused(404, "Not Found")};
}

MockAnswer Github::OwnRepositories(const HttpRequest& request, const Person& person) const {
  const std::map<std::string, std::string> query = request.Query();
  const auto visibility = query.find("visibility");
  const std::string wanted = visibility == query.end() ? "all" : visibility->second;
  std::vector<Json> own;
  for (const auto& [where, repository] : repositories_) {
    if (repository.owner != person.account) continue;
    if (wanted != "all" && (wanted == "private") != repository.is_private) continue;
    own.push_back(RepositoryJson(request, repository));
  }
  MockAnswer answer = Page(request, own);
  // The page may end before the private one.
  if (answer.response.body.find("\"private\":true") != std::string::npos) answer.disclosed.push_back(person.account);
  return answer;
}

MockAnswer Github::RepositoryRoute(const HttpRequest& request, const std::vector<std::string>& path,
                                   const Person* person) {
  const auto found = repositories_.find({Lower(path[1]), Lower(path[2])});
  const bool visible = found != repositories_.end() &&
                       (!found->second.is_private || (person != nullptr && person->account == found->second.owner));
  // GitHub hides: what you may not see is not there.
  if (!visible) return {.response = Refused(404, "Not Found")};
  Repository& repository = found->second;
  const bool reads = request.method == "GET" || request.method == "HEAD";
  MockAnswer answer;
  if (path.size() == 3 && reads) {
    answer.response = JsonAnswer(200, RepositoryJson(request, repository));
  } else if (path.size() == 4 && path[3] == "issues" && reads) {
    answer = ListIssues(request, repository);
  } else if (path.size() == 4 && path[3] == "issues" && request.method == "POST") {
    answer = CreateIssue(request, repository, person);
  } else if (path.size() == 5 && path[3] == "issues" && reads) {
    answer.response = Refused(404, "Not Found");
    for (const Issue& issue : repository.issues) {
      if (std::to_string(issue.number) == path[4])
        answer.response = JsonAnswer(200, IssueJson(request, repository, issue));
    }
  } else {
    answer.response = Refused(404, "Not Found");
  }
  if (repository.is_private && answer.response.status < 300) answer.disclosed.push_back(repository.owner);
  return answer;
}

MockAnswer Github::ListIssues(const HttpRequest& request, const Repository& repository) {
  const std::map<std::string, std::string> query = request.Query();
  const auto asked = query.find("state");
  const std::string state = asked == query.end() ? "open" : asked->second;
  if (state != "open" && state != "closed" && state != "all") {
    return {.response = Invalid("state", "invalid")};
  }
  std::vector<Json> shown;
  // The newest first.
  for (auto issue = repository.issues.rbegin(); issue != repository.issues.rend(); ++issue) {
    if (state == "all" || (state == "open") == issue->open) shown.push_back(IssueJson(request, repository, *issue));
  }
  return Page(request, shown);
}

MockAnswer Github::CreateIssue(const HttpRequest& request, Repository& repository, const Person* person) {
  if (person == nullptr) return {.response = Refused(401, "Requires authentication")};
  if (repository.archived) return {.response = Refused(403, "Repository was archived so is read-only.")};
  const Result<Json> body = ParseJson(request.body);
  if (!body.ok()) return {.response = Refused(400, "Problems parsing JSON")};
  const std::string title = AtOr<std::string>(*body, "/title", "");
  if (title.empty()) {
    return {.response = Invalid("title", "missing_field")};
  }
  const Issue& made = AddIssue(repository, title, AtOr<std::string>(*body, "/body", ""), person->account);
  const Json answer = IssueJson(request, repository, made);
  HttpResponse response = JsonAnswer(201, answer);
  response.headers.Add("Location", AtOr<std::string>(answer, "/url", ""));
  return {.response = std::move(response)};
}

}  // namespace

std::unique_ptr<MockApi> MakeGithub() { return std::make_unique<Github>(); }

}  // namespace iff
