#include <memory>
#include <string>
#include <utility>

#include "harness/core/json.h"
#include "servers/mutants/callers.h"
#include "servers/mutants/doors.h"
#include "servers/mutants/judging.h"

namespace iff {

namespace {

// Whom a token names, whoever signed it.
std::string NamedIn(const HttpRequest& request) {
  const Result<TokenParts, Refusal> parts = TakeApart(ReadCredentials(request).token.Reveal());
  if (!parts.ok()) return "";
  const Result<Json> payload = ParseJson(parts.value().payload_text);
  return payload.ok() ? AtOr<std::string>(*payload, "/sub", "") : "";
}

class Hasty final : public InnerAuthenticator {
 public:
  Hasty(std::shared_ptr<Authenticator> inner, std::shared_ptr<Callers> callers, std::shared_ptr<ToolRun> look)
      : InnerAuthenticator(std::move(inner)), callers_(std::move(callers)), look_(std::move(look)) {}

  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override {
    ToolCall theirs;
    theirs.caller = callers_->Find(NamedIn(*request));
    if (theirs.caller != nullptr) (void)co_await (*look_)(std::move(theirs));
    Outcome judged = co_await inner_->Authenticate(std::move(request));
    co_return judged;
  }

 private:
  std::shared_ptr<Callers> callers_;
  std::shared_ptr<ToolRun> look_;
};

}  // namespace

Seams FetchesBeforeItVerifies() {
  Seams seams;
  const auto callers = std::make_shared<Callers>();
  const auto look = std::make_shared<ToolRun>();
  seams.adjust_offer = [callers, look](Offer& offer) {
    *look = RunOf(offer, "whoami");
    NoteCallers(offer, callers);
  };
  seams.wrap_authenticator = [callers, look](std::shared_ptr<Authenticator> right) {
    return std::make_shared<Hasty>(std::move(right), callers, look);
  };
  return seams;
}

}  // namespace iff
