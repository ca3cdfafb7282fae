// Answers: what of others' can be read in them or told from them.
#include <cctype>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "harness/core/bytes.h"
#include "harness/core/json.h"
#include "servers/mutants/callers.h"
#include "servers/mutants/guards.h"
#include "servers/mutants/mutant.h"
#include "servers/mutants/rules.h"

namespace iff {
namespace {

// -- answers-from-a-common-cache

using CommonAnswers = std::map<std::string, ToolResult>;

Task<ToolResult> Cached(std::shared_ptr<CommonAnswers> answers, std::function<Task<ToolResult>(ToolCall)> run,
                        ToolCall call) {
  const std::string key = call.name + Dump(call.arguments);
  if (const auto known = answers->find(key); known != answers->end()) co_return known->second;
  ToolResult result = co_await run(std::move(call));
  if (!result.is_error) (*answers)[key] = result;
  co_return result;
}

// -- keeps-answers-of-each

using Answers = std::map<std::string, ToolResult>;

Task<ToolResult> Kept(std::shared_ptr<Answers> answers, std::function<Task<ToolResult>(ToolCall)> run, ToolCall call) {
  const std::string key = PrincipalCacheKey(*call.caller, call.name) + Dump(call.arguments);
  if (const auto known = answers->find(key); known != answers->end()) co_return known->second;
  ToolResult result = co_await run(std::move(call));
  if (!result.is_error) (*answers)[key] = result;
  co_return result;
}

// -- pairs-answers-by-request-id

// What is under way by the id of the request alone: of two, whoever is answered second gets what the first asked for.
class ByRequestId {
 public:
  void Arrived(const HttpRequest& request) {
    if (!IsCall(request)) return;
    const std::lock_guard lock(mutex_);
    ++waiting_[IdOf(request)].number;
  }
  void Answered(const HttpRequest& request, HttpResponse& response) {
    const std::lock_guard lock(mutex_);
    const auto found = IsCall(request) ? waiting_.find(IdOf(request)) : waiting_.end();
    if (found == waiting_.end()) return;
    if (found->second.first.empty()) {
      found->second.first = response.body;
    } else {
      response.body = found->second.first;
    }
    if (--found->second.number == 0) waiting_.erase(found);
  }

 private:
  struct Waiting {
    int number = 0;
    std::string first = {};  // what was answered first
  };
  static bool IsCall(const HttpRequest& request) { return request.body.find("tools/call") != std::string::npos; }
  static std::string IdOf(const HttpRequest& request) {
    const Result<Json> message = ParseJson(request.body);
    const Json* const id = message.ok() ? Find(*message, "/id") : nullptr;
    return id == nullptr ? "" : Dump(*id);
  }

  std::mutex mutex_;  // workers share it
  std::map<std::string, Waiting> waiting_;
};

// -- looks-before-it-refuses

constexpr std::chrono::milliseconds kToLook{120};  // to fetch it, and to read whose it is

struct ShownIssues {
  std::set<std::string> keys = {};  // every issue anybody was ever shown
  bool looked = false;              // at one of them, for somebody who may not see it
};

Task<ToolResult> Look(ToolRun run, std::shared_ptr<ShownIssues> shown, ToolCall call) {
  const std::string key = AtOr<std::string>(call.arguments, "/issue_key", "");
  ToolResult result = co_await run(std::move(call));
  if (!result.is_error && !key.empty()) shown->keys.insert(key);
  shown->looked = result.is_error && shown->keys.contains(key);
  co_return result;
}

// -- marks-what-it-found

using FoundIssues = std::set<std::string>;  // every issue anybody was ever shown

Task<ToolResult> Mark(ToolRun run, std::shared_ptr<FoundIssues> found, ToolCall call) {
  const std::string key = AtOr<std::string>(call.arguments, "/issue_key", "");
  ToolResult result = co_await run(std::move(call));
  if (!result.is_error && !key.empty()) found->insert(key);
  if (result.is_error && found->contains(key)) result.meta = Json{{"cached", true}};
  co_return result;
}

// -- offers-a-tool-more

Task<ToolResult> Status(ToolCall) { co_return ToolResult::Text("all is well"); }

// -- refuses-with-the-last-answer

// The buffer that is used again.
struct LastAnswer {
  std::mutex mutex = {};
  std::string text = {};
};

// What of it may stand in a field of a header.
std::string AsField(const std::string& text) {
  std::string field;
  for (const char letter : text.substr(0, 2000)) {
    const bool plain = std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '-' || letter == '_';
    field += plain ? letter : ' ';
  }
  return field;
}

class Quoting final : public InnerAuthenticator {
 public:
  Quoting(std::shared_ptr<Authenticator> inner, std::shared_ptr<LastAnswer> last)
      : InnerAuthenticator(std::move(inner)), last_(std::move(last)) {}

  std::string Challenge(const Denial& denial) const override {
    const std::lock_guard lock(last_->mutex);
    return inner_->Challenge(denial) + ", error_description=\"" + AsField(last_->text) + "\"";
  }

 private:
  std::shared_ptr<LastAnswer> last_;
};

// -- searches-with-the-query-as-it-came

void Replace(std::string& text, const std::string& from, const std::string& to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

// -- takes-strangers-for-the-last-caller

class Obliging final : public InnerAuthenticator {
 public:
  using InnerAuthenticator::InnerAuthenticator;

  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override {
    if (last_ && request->headers.Find("Authorization") == nullptr) co_return last_;
    Outcome judged = co_await inner_->Authenticate(request);
    if (judged.ok()) last_ = judged.value();
    co_return judged;
  }

 private:
  std::shared_ptr<const Caller> last_ = {};
};

// -- whoami-tells-of-others

Task<ToolResult> Telling(std::shared_ptr<Callers> callers, ToolRun run, ToolRun list, ToolCall call) {
  const std::shared_ptr<const Caller> caller = call.caller;
  ToolResult result = co_await run(std::move(call));
  for (const std::shared_ptr<const Caller>& other : callers->Besides(*caller)) {
    ToolCall theirs;
    theirs.caller = other;
    const ToolResult seen = co_await list(std::move(theirs));
    result.meta["others"].push_back(seen.structured);
  }
  co_return result;
}

}  // namespace

Family AnswerMutants() {
  Family family{.name = "answers"};

  // The same question of two people has two answers.
  family.Add({.name = "answers-from-a-common-cache",
              .fault = "Answers are kept by tool and arguments, whoever asks.",
              .targets = {"jira"},
              .suites = {"audit", "cross_subject", "isolation", "crowd", "missing_credential", "lifetime", "protocol",
                         "rate_limit", "tokens/scopes", "tokens/effects", "tokens/presenting"},
              // As the matrix asks for several people at once and who comes first decides.
              .sometimes = {"nothing-foreign-anywhere", "off-diagonal-is-empty"}},
             [](Hooks& hooks) {
               hooks.adjust_offer = [](Offer& offer) {
                 const auto answers = std::make_shared<CommonAnswers>();
                 for (Tool& tool : offer.tools) {
                   tool.run = [answers, run = tool.run](ToolCall call) {
                     return Cached(answers, run, std::move(call));
                   };
                 }
               };
             });

  // Every client counts its requests from the same number.
  family.Add({.name = "pairs-answers-by-request-id",
              .fault = "Answers are paired with requests by JSON-RPC id, whoever asked.",
              .targets = {"jira"},
              .suites = {"noninterference"}},
             [](Hooks& hooks) {
               const auto by_id = std::make_shared<ByRequestId>();
               hooks.on_request = [by_id](HttpRequest& request) { by_id->Arrived(request); };
               hooks.on_response = [by_id](const HttpRequest& request, HttpResponse& response) {
                 by_id->Answered(request, response);
               };
               hooks.hold_back = [](const ToolResult&) { return std::chrono::milliseconds(20); };
             });

  // By asking, one finds out what others have.
  family.Add({.name = "existence-oracle",
              .fault = "What is another's is forbidden, what does not exist is not found.",
              .targets = {"jira"},
              .suites = {"audit", "cross_subject", "isolation", "missing_credential", "lifetime", "protocol",
                         "rate_limit", "tokens/scopes", "tokens/effects", "tokens/presenting"}},
             [](Hooks& hooks) {
               // Every issue anybody was ever shown; a failed call names its issue in the detail.
               const auto seen = std::make_shared<std::set<std::string>>();
               hooks.adjust_result = [seen](ToolResult& result, const Caller&) {
                 const std::string key = AtOr<std::string>(result.structured, "/key", "");
                 if (!key.empty()) seen->insert(key);
               };
               hooks.decorate_error = [seen](Failure& failure, const std::string& detail) {
                 if (failure.code != "not_found") return;
                 for (const std::string& key : *seen) {
                   if (detail.find("/issue/" + key + ":") == std::string::npos) continue;
                   failure.code = "forbidden";
                   failure.message = "this issue belongs to somebody else";
                 }
               };
             });

  // Nobody gets what is another's; but what was taken away behind the server is still there in front of it.
  family.Add({.name = "keeps-answers-of-each",
              .fault = "Answers are kept for ever, each person's for that person alone.",
              .targets = {"jira", "postgres"},
              .suites = {"revocation/person", "revocation/vault-token", "revocation/lease", "revocation/role"}},
             [](Hooks& hooks) {
               hooks.adjust_offer = [](Offer& offer) {
                 const auto answers = std::make_shared<Answers>();
                 for (Tool& tool : offer.tools) {
                   tool.run = [answers, run = tool.run](ToolCall call) { return Kept(answers, run, std::move(call)); };
                 }
               };
             });

  // The words are the same; who has a clock finds out what others have.
  family.Add({.name = "looks-before-it-refuses",
              .fault = "What is another's is fetched before it is refused, and what does not exist is not.",
              .targets = {"jira"},
              .suites = {"cross_subject", "isolation"}},
             [](Hooks& hooks) {
               const auto shown = std::make_shared<ShownIssues>();
               hooks.adjust_offer = [shown](Offer& offer) {
                 for (Tool& tool : offer.tools) {
                   tool.run = [shown, run = tool.run](ToolCall call) { return Look(run, shown, std::move(call)); };
                 }
               };
               hooks.hold_back = [shown](const ToolResult&) {
                 return std::exchange(shown->looked, false) ? kToLook : std::chrono::milliseconds(0);
               };
             });

  // The words for people are the same, and the answer is longer by what nobody was to read.
  family.Add({.name = "marks-what-it-found",
              .fault = "A refusal says for whoever looks after the server that what was refused lies in a cache.",
              .targets = {"jira"},
              .suites = {"cross_subject", "isolation"}},
             [](Hooks& hooks) {
               const auto found = std::make_shared<FoundIssues>();
               hooks.adjust_offer = [found](Offer& offer) {
                 for (Tool& tool : offer.tools) {
                   tool.run = [found, run = tool.run](ToolCall call) { return Mark(run, found, std::move(call)); };
                 }
               };
             });

  family.Add({.name = "offers-a-tool-more",
              .fault = "There is a tool that nobody who judges the server knows of.",
              .targets = {"jira"},
              .suites = {"authorization", "isolation/own-things", "protocol"}},
             [](Hooks& hooks) {
               hooks.adjust_offer = [](Offer& offer) {
                 Tool tool;
                 tool.name = "debug_status";
                 tool.description = "Left over from development.";
                 tool.run = Status;
                 offer.tools.push_back(std::move(tool));
               };
             });

  // A buffer is used again and not emptied: error pages and challenges end with what lay in it. Whoever is refused
  // reads what somebody else was just given.
  family.Add(
      {.name = "refuses-with-the-last-answer",
       .fault = "a refusal holds what was answered last, whoever had asked for it.",
       .targets = {"jira", "github", "postgres"},
       .suites = {"tokens", "faults", "rate_limit/bad-tokens", "outages", "revocation"}},
      [](Hooks& hooks) {
        const auto last = std::make_shared<LastAnswer>();
        hooks.adjust_result = [last](ToolResult& result, const Caller&) {
          const std::lock_guard lock(last->mutex);
          last->text = Dump(result.structured);
        };
        hooks.decorate_error = [last](Failure& failure, const std::string&) {
          const std::lock_guard lock(last->mutex);
          failure.message += ": " + last->text;
        };
        hooks.wrap_authenticator = [last](std::shared_ptr<Authenticator> inner) -> std::shared_ptr<Authenticator> {
          return std::make_shared<Quoting>(std::move(inner), last);
        };
      });

  // One value becomes several parameters, and the second one wins.
  family.Add({.name = "searches-with-the-query-as-it-came",
              .fault = "What is searched for goes into the URL as it came.",
              .targets = {"jira"},
              .suites = {"cross_subject"}},
             [](Hooks& hooks) {
               hooks.on_upstream_request = [](HttpRequest& request, const Caller&, const Credential&) {
                 if (request.target.find("/search/") == std::string::npos) return;
                 Replace(request.target, "%26", "&");
                 Replace(request.target, "%3D", "=");
               };
             });

  // What is kept for a person is then kept by every thread: as many logins, budgets and memories of shown proofs as
  // there are threads, and sessions that are unknown on the next connection.
  family.Add({.name = "serves-wherever-it-arrives",
              .fault = "With several threads, whoever accepted a connection serves what comes on it.",
              .targets = {"jira"},
              .suites = {"workers"},
              // As it hangs on which thread accepts which connection.
              .sometimes = {"histories-are-as-alone"}},
             [](Hooks& hooks) { hooks.make_shards = WithoutShards; });

  family.Add({.name = "takes-strangers-for-the-last-caller",
              .fault = "Whoever shows no token is taken for whoever called last.",
              .targets = {"jira"},
              .suites = {"authorization", "isolation/own-things"},
              // Not if it was bob, who has nothing there.
              .sometimes = {"no-cell-shows-anothers"}},
             [](Hooks& hooks) { hooks.wrap_authenticator = WrapIn<Obliging, Authenticator>(); });

  // A key with dots and slashes is another path, and another question.
  family.Add({.name = "unvalidated-issue-keys",
              .fault = "An issue key goes into the path as it came.",
              .targets = {"jira"},
              .suites = {"audit", "cross_subject", "isolation", "missing_credential", "lifetime", "protocol",
                         "rate_limit", "tokens/scopes", "tokens/effects", "tokens/presenting"}},
             [](Hooks& hooks) {
               hooks.adjust_offer = [](Offer& offer) {
                 for (Tool& tool : offer.tools) {
                   if (tool.name == "get_issue") tool.input_schema["properties"]["issue_key"] = Json::object();
                 }
               };
               hooks.on_upstream_request = [](HttpRequest& request, const Caller&, const Credential&) {
                 if (request.target.find("/issue/") == std::string::npos) return;
                 const Result<std::string> plain = PercentDecode(request.target);
                 if (plain.ok()) request.target = plain.value();
               };
             });

  // Meant for whoever debugs the server.
  family.Add({.name = "whoami-tells-of-others",
              .fault = "whoami shows what everybody else who called may see.",
              .targets = {"jira"},
              .suites = {"isolation/whoami", "missing_credential/whoami-tells"}},
             [](Hooks& hooks) {
               const auto callers = std::make_shared<Callers>();
               hooks.adjust_offer = [callers](Offer& offer) {
                 const ToolRun list = RunOf(offer, "list_issues");
                 NoteCallers(offer, callers);
                 for (Tool& tool : offer.tools) {
                   if (tool.name != "whoami") continue;
                   tool.run = [callers, list, run = tool.run](ToolCall call) {
                     return Telling(callers, run, list, std::move(call));
                   };
                 }
               };
             });

  return family;
}

}  // namespace iff
