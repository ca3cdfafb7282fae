#include "servers/mutants/guards.h"

#include "harness/core/json.h"

namespace iff {

Task<InnerAuthenticator::Outcome> AlteredCallers::Authenticate(std::shared_ptr<const HttpRequest> request) {
  Outcome judged = co_await inner_->Authenticate(std::move(request));
  if (!judged.ok()) co_return judged;
  auto caller = std::make_shared<Caller>(*judged.value());
  Alter(*caller);
  co_return std::shared_ptr<const Caller>(std::move(caller));
}

Task<InnerAuthenticator::Outcome> LetInForGood::Authenticate(std::shared_ptr<const HttpRequest> request) {
  const std::string shown = request->headers.Get("Authorization");
  Outcome judged = co_await inner_->Authenticate(std::move(request));
  if (judged.ok()) seen_.insert_or_assign(shown, judged.value());
  co_return judged;
}

Task<InnerAuthenticator::Outcome> LetInForGood::Recheck(std::shared_ptr<const HttpRequest> request) {
  const auto before = seen_.find(request->headers.Get("Authorization"));
  if (before != seen_.end()) co_return before->second;
  Outcome judged = co_await inner_->Recheck(std::move(request));
  co_return judged;
}

std::string MethodOf(const HttpRequest& request) {
  const Result<Json> message = ParseJson(request.body);
  return message.ok() ? AtOr<std::string>(message.value(), "/method", "") : "";
}

void AskFor(HttpRequest& request, const std::string& method) {
  Result<Json> message = ParseJson(request.body);
  if (!message.ok()) return;
  message.value()["method"] = method;
  request.body = Dump(message.value());
  if (request.headers.Find("Mcp-Method") != nullptr) request.headers.Set("Mcp-Method", method);
}

}  // namespace iff
