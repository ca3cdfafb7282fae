#include "servers/runtime/subscriptions.h"

#include <algorithm>
#include <utility>

#include "servers/runtime/methods.h"

namespace iff {
namespace {

// How long a stream may outlive the credential it was opened with.
constexpr std::chrono::milliseconds kRecheck = std::chrono::seconds(15);
constexpr size_t kMostWatched = 256;  // resources per subscription or session

struct Topic {
  Change change;
  const char* filter;
  const char* notification;
};
constexpr Topic kTopics[] = {
    {Change::kTools, "toolsListChanged", "notifications/tools/list_changed"},
    {Change::kPrompts, "promptsListChanged", "notifications/prompts/list_changed"},
    {Change::kResources, "resourcesListChanged", "notifications/resources/list_changed"},
};

bool IsOffered(const Serving& serving, Change change) {
  if (change == Change::kTools) return !serving.tools.empty();
  return change == Change::kPrompts ? !serving.offer.prompts.empty() : !serving.offer.resources.empty();
}

// The part of what was asked for that the caller may have.
Json Grant(const Turn& turn, const Json& asked) {
  Json granted = Json::object();
  const Serving& serving = turn.serving();
  for (const Topic& topic : kTopics) {
    if (asked.value(topic.filter, Json(false)) == true && IsOffered(serving, topic.change)) granted[topic.filter] = true;
  }
  if (const auto uris = asked.find("resourceSubscriptions"); uris != asked.end() && uris->is_array()) {
    Json allowed = Json::array();
    for (const Json& uri : *uris) {
      if (!uri.is_string() || allowed.size() == kMostWatched) continue;
      const Resource* resource = serving.FindResource(uri.get_ref<const std::string&>());
      if (resource != nullptr && serving.May(*turn.caller, resource->scope)) allowed.push_back(uri);
    }
    granted["resourceSubscriptions"] = std::move(allowed);
  }
  return granted;
}

void Tell(const Subscription& subscription, const char* notification, Json params) {
  params["_meta"][std::string(kMetaSubscription)] = subscription.turn->message.id;
  subscription.turn->channel().Send(RenderNotification(notification, params));
}

Task<void> Recheck(std::shared_ptr<Turn> turn, std::function<void()> over) {
  std::shared_ptr<const HttpRequest> request = turn->shared_request();
  auto judging = turn->serving().guard.authenticator->Recheck(request);
  const auto judged = co_await std::move(judging);
  if (turn->channel().closed()) co_return;
  if (!judged.ok() || judged.value()->Holder() != turn->caller->Holder()) {
    over();
    co_return;
  }
  WatchCredential(turn, std::move(over));
}

}  // namespace

void WatchCredential(std::shared_ptr<Turn> turn, std::function<void()> over) {
  const int64_t left = turn->caller->claims.expires_at - SystemClock::Instance().NowSeconds();
  std::chrono::milliseconds wait = kRecheck;
  if (turn->caller->claims.expires_at > 0) {
    // A little after the second in which it expires, so that the next look finds it expired.
    wait = std::clamp<std::chrono::milliseconds>(std::chrono::seconds(left), std::chrono::milliseconds(0), kRecheck) +
           std::chrono::milliseconds(50);
  }
  const std::weak_ptr<Turn> weak = turn;
  turn->serving().loop.After(wait, [weak, over = std::move(over)] {
    const auto self = weak.lock();
    if (self && !self->channel().closed()) Spawn(Recheck(self, over));
  });
}

void Listen(std::shared_ptr<Turn> turn) {
  const auto asked = turn->params().find("notifications");
  if (asked == turn->params().end() || !asked->is_object()) {
    return turn->Fail(InvalidParams("notifications is an object"), "invalid_params");
  }
  if (!turn->channel().streams()) {
    return turn->Fail({.code = rpc::kInvalidRequest, .message = "needs text/event-stream", .status = 406}, "not_acceptable");
  }
  Serving& serving = turn->serving();
  const std::string owner = turn->caller->Principal();
  const auto mine = std::count_if(serving.subscriptions.begin(), serving.subscriptions.end(), [&](const auto& one) {
    return one.turn->caller->Principal() == owner;
  });
  if (static_cast<size_t>(mine) >= serving.options.max_sessions_per_caller) {
    Denial denial;
    denial.status = 429;
    denial.reason = "too_many_streams";
    denial.retry_after = std::chrono::seconds(1);
    return turn->Refuse(denial);
  }
  Subscription& subscription = serving.subscriptions.emplace_back();
  subscription.turn = turn;
  subscription.filter = Grant(*turn, *asked);
  const std::weak_ptr<Turn> weak = turn;
  const std::weak_ptr<Serving> weak_serving = turn->shared_serving();
  turn->Begin(std::chrono::milliseconds(0));
  turn->OnCancel([weak_serving, weak] {
    const auto still = weak_serving.lock();
    const auto self = weak.lock();
    if (still && self) still->subscriptions.remove_if([&](const Subscription& one) { return one.turn == self; });
  });
  Tell(subscription, "notifications/subscriptions/acknowledged", Json{{"notifications", subscription.filter}});
  WatchCredential(turn, [weak] {
    if (const auto self = weak.lock()) self->Cancel("credential_over");
  });
}

void Watch(Turn& turn, bool on) {
  const std::string uri = AtOr<std::string>(turn.params(), "/uri", "");
  const Resource* resource = turn.serving().FindResource(uri);
  if (resource == nullptr || !turn.serving().May(*turn.caller, resource->scope)) {
    RpcError error = InvalidParams("resource not found", Json{{"uri", uri}});
    error.code = rpc::kResourceNotFound;
    return turn.Fail(std::move(error), "not_found");
  }
  if (!on) {
    turn.session->watched.erase(uri);
  } else if (turn.session->watched.size() < kMostWatched) {
    turn.session->watched.insert(uri);
  }
  turn.Succeed(Json::object());
}

void AnnounceChange(Serving& serving, Change list) {
  for (const Topic& topic : kTopics) {
    if (topic.change != list) continue;
    // A copy: telling one may end another.
    for (const Subscription& one : std::list<Subscription>(serving.subscriptions)) {
      if (one.filter.contains(topic.filter)) Tell(one, topic.notification, Json::object());
    }
    for (const auto& session : serving.sessions.All()) {
      if (session->stream) session->stream->Send(RenderNotification(topic.notification, nullptr));
    }
  }
}

void AnnounceUpdate(Serving& serving, const std::string& uri) {
  const Json params{{"uri", uri}};
  for (const Subscription& one : std::list<Subscription>(serving.subscriptions)) {
    const auto uris = one.filter.find("resourceSubscriptions");
    if (uris == one.filter.end() || std::find(uris->begin(), uris->end(), uri) == uris->end()) continue;
    Tell(one, "notifications/resources/updated", params);
  }
  for (const auto& session : serving.sessions.All()) {
    if (!session->stream || !session->watched.contains(uri)) continue;
    session->stream->Send(RenderNotification("notifications/resources/updated", params));
  }
}

void EndSubscriptions(Serving& serving) {
  for (const Subscription& one : std::exchange(serving.subscriptions, {})) {
    if (!one.turn->over_http) {
      // Where all share one stream the end is a notice (2026-07-28, cancellation).
      one.turn->channel().Send(RenderNotification("notifications/cancelled", Json{{"requestId", one.turn->message.id}}));
      one.turn->Cancel("shutting_down");
      continue;
    }
    Json result = Json::object();
    result["_meta"][std::string(kMetaSubscription)] = one.turn->message.id;
    one.turn->Succeed(std::move(result));
  }
}

}  // namespace iff
