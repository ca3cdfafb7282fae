// What is wrong only once a process has served several callers: none of it shows on a server that was started for one
// scenario, all of it on one that serves them in turn.
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "servers/mutants/mutant.h"

namespace iff {
namespace {

// More than any one scenario of its suites brings.
constexpr size_t kManyCallers = 4;
constexpr size_t kManyCalls = 6;

// Workers run beside each other: every member takes the mutex.
class Served {
 public:
  // How many came so far, this one included.
  size_t Count(const Caller& caller) {
    const std::lock_guard lock(mutex_);
    subjects_.insert(caller.claims.subject);
    return subjects_.size();
  }
  size_t CountCall() {
    const std::lock_guard lock(mutex_);
    return ++calls_;
  }
  // The first `value` there was.
  std::string First(const std::string& value) {
    const std::lock_guard lock(mutex_);
    if (first_.empty()) first_ = value;
    return first_;
  }
  ToolResult FirstResult(const ToolResult& result) {
    const std::lock_guard lock(mutex_);
    if (!result_) result_ = std::make_unique<ToolResult>(result);
    return *result_;
  }

 private:
  std::mutex mutex_ = {};
  std::set<std::string> subjects_ = {};
  size_t calls_ = 0;
  std::string first_ = {};
  std::unique_ptr<ToolResult> result_ = {};
};

}  // namespace

Family ReuseMutants() {
  Family family{.name = "reuse",
                .suites = {"isolation/own-things", "isolation/session-is-no-identity", "isolation/upstream-credentials",
                           "isolation/whoami"},
                .reuses_targets = true};

  // A table of a fixed size, whose places are given anew without being emptied.
  family.Add({.name = "lends-a-spent-credential",
              .fault = "who comes after four others is given the credential of the first, from sessions ago.",
              .targets = {"jira", "github"}},
             [](Hooks& hooks) {
               const auto served = std::make_shared<Served>();
               hooks.on_upstream_request = [served](HttpRequest& request, const Caller& caller, const Credential&) {
                 const std::string first = served->First(request.headers.Get("Authorization"));
                 if (served->Count(caller) > kManyCallers) request.headers.Set("Authorization", first);
               };
             });

  // A cache that is full and then answers with the entry it should have thrown out.
  family.Add({.name = "answers-from-a-spent-entry",
              .fault = "once four callers were answered, a result is the first one's, who is long gone.",
              .targets = {"jira", "github", "postgres"}},
             [](Hooks& hooks) {
               const auto served = std::make_shared<Served>();
               hooks.adjust_result = [served](ToolResult& result, const Caller& caller) {
                 if (result.is_error) return;
                 const ToolResult first = served->FirstResult(result);
                 if (served->Count(caller) > kManyCallers) result = first;
               };
             });

  // Something is taken for each call and never given back.
  family.Add({.name = "stops-after-many-calls",
              .fault = "after six calls of tools every one fails, as where connections are not returned.",
              .targets = {"jira", "github", "postgres"}},
             [](Hooks& hooks) {
               const auto served = std::make_shared<Served>();
               hooks.adjust_result = [served](ToolResult& result, const Caller&) {
                 if (served->CountCall() > kManyCalls)
                   result = ToolResult::Failure("internal", "nothing is left", true);
               };
             });

  return family;
}

}  // namespace iff
