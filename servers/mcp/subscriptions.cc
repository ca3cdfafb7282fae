#include "servers/mcp/subscriptions.h"

#include <algorithm>
#include <set>
#include <utility>

#include "servers/mcp/methods.h"

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

// True if the caller of `turn` may read `uri` now. The resource itself says so: nobody else knows whose it is.
Task<bool> MayRead(std::shared_ptr<Turn> turn, std::string uri) {
  const Resource* resource = turn->serving().FindResource(uri);
  if (resource == nullptr || !resource->read || !turn->serving().May(*turn->caller, resource->scope)) co_return false;
  bool readable = false;
  try {
    Task<std::optional<ResourceContents>> reading = resource->read(std::move(uri), turn->caller);
    const std::optional<ResourceContents> contents = co_await std::move(reading);
    readable = contents.has_value();
  } catch (...) {
    LogThrown(*turn);
  }
  co_return readable;
}

// The part of what was asked for that the caller may have.
Task<Json> Grant(std::shared_ptr<Turn> turn, Json asked) {
  Json granted = Json::object();
  const Serving& serving = turn->serving();
  for (const Topic& topic : kTopics) {
    if (asked.value(topic.filter, Json(false)) == true && IsOffered(serving, topic.change))
      granted[topic.filter] = true;
  }
  if (const auto uris = asked.find("resourceSubscriptions"); uris != asked.end() && uris->is_array()) {
    Json allowed = Json::array();
    std::set<std::string> looked_at;  // each costs a read, so that those refused count as well
    for (const Json& uri : *uris) {
      if (!uri.is_string() || looked_at.size() == kMostWatched) continue;
      if (!looked_at.insert(uri.get<std::string>()).second) continue;
      Task<bool> asking = MayRead(turn, uri.get<std::string>());
      const bool readable = co_await std::move(asking);
      if (turn->ended()) break;
      if (readable) allowed.push_back(uri);
    }
    granted["resourceSubscriptions"] = std::move(allowed);
  }
  co_return granted;
}

void Tell(const Turn& listening, const char* notification, Json params) {
  params["_meta"][std::string(kMetaSubscription)] = listening.message.id;
  listening.channel().Send(RenderNotification(notification, params));
}

Task<void> TellUpdate(std::shared_ptr<Turn> listening, std::string uri) {
  Task<bool> asking = MayRead(listening, uri);
  const bool readable = co_await std::move(asking);
  if (readable && !listening->ended()) Tell(*listening, "notifications/resources/updated", Json{{"uri", uri}});
}

Task<void> TellUpdate(std::shared_ptr<Session> session, std::string uri) {
  const std::shared_ptr<Turn> listener = session->listener;
  Task<bool> asking = MayRead(listener, uri);
  const bool readable = co_await std::move(asking);
  // The stream may be over meanwhile, or the subscription.
  const auto& is_watched = listener->serving().options.is_watched;
  if (!readable || session->listener != listener || !is_watched(session->watched, uri)) co_return;
  session->stream->Send(RenderNotification("notifications/resources/updated", Json{{"uri", uri}}));
}

// On the stream of a subscription, or of `session` where there is one.
Task<void> TellList(std::shared_ptr<Turn> listener, std::shared_ptr<Session> session, std::string uri,
                    const char* notification) {
  Task<bool> asking = MayRead(listener, std::move(uri));
  const bool readable = co_await std::move(asking);
  if (!readable) co_return;
  if (session == nullptr) {
    if (!listener->ended()) Tell(*listener, notification, Json::object());
  } else if (session->listener == listener) {
    session->stream->Send(RenderNotification(notification, nullptr));
  }
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

bool Watches(const std::set<std::string>& watched, const std::string& uri) { return watched.contains(uri); }

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

Task<void> Listen(std::shared_ptr<Turn> turn) {
  const auto asked = turn->params().find("notifications");
  if (asked == turn->params().end() || !asked->is_object()) {
    turn->Fail(InvalidParams("notifications is an object"), "invalid_params");
    co_return;
  }
  if (!turn->channel().streams()) {
    turn->Fail({.code = rpc::kInvalidRequest, .message = "needs text/event-stream", .status = 406}, "not_acceptable");
    co_return;
  }
  Serving& serving = turn->serving();
  const std::string owner = turn->caller->Principal();
  const auto mine = std::count_if(serving.subscriptions.begin(), serving.subscriptions.end(),
                                  [&](const auto& one) { return one.turn->caller->Principal() == owner; });
  if (static_cast<size_t>(mine) >= serving.options.max_sessions_per_caller) {
    Denial denial;
    denial.status = 429;
    denial.reason = "too_many_streams";
    denial.retry_after = std::chrono::seconds(1);
    turn->Refuse(denial);
    co_return;
  }
  // It counts from now on, and is told nothing before it is acknowledged.
  serving.subscriptions.emplace_back().turn = turn;
  const std::weak_ptr<Turn> weak = turn;
  const std::weak_ptr<Serving> weak_serving = turn->shared_serving();
  turn->Begin(serving.options.call_timeout);
  turn->OnCancel([weak_serving, weak] {
    const auto still = weak_serving.lock();
    const auto self = weak.lock();
    if (still && self) still->subscriptions.remove_if([&](const Subscription& one) { return one.turn == self; });
  });
  Task<Json> granting = Grant(turn, *asked);
  const Json granted = co_await std::move(granting);
  if (turn->ended()) co_return;
  turn->LiftLimit();
  for (Subscription& one : serving.subscriptions) {
    if (one.turn == turn) one.filter = granted;
  }
  Tell(*turn, "notifications/subscriptions/acknowledged", Json{{"notifications", granted}});
  WatchCredential(turn, [weak] {
    if (const auto self = weak.lock()) self->Cancel("credential_over");
  });
}

Task<void> Watch(std::shared_ptr<Turn> turn, bool on) {
  const std::string uri = AtOr<std::string>(turn->params(), "/uri", "");
  // Asked before anything is read, and again after it, as others of the same session may have come between.
  const auto refused_as_full = [&] {
    const std::set<std::string>& watched = turn->session->watched;
    if (!on || watched.size() < kMostWatched || watched.contains(uri)) return false;
    turn->Fail({.code = rpc::kInvalidRequest, .message = "this session has as many subscriptions as it may have"},
               "too_many_subscriptions");
    return true;
  };
  if (refused_as_full()) co_return;
  // What was subscribed to can be left, readable still or not.
  bool known = !on && turn->session->watched.erase(uri) > 0;
  if (!known) {
    turn->Begin(turn->serving().options.call_timeout);
    if (turn->ended()) co_return;  // gone already
    Task<bool> asking = MayRead(turn, uri);
    known = co_await std::move(asking);
  }
  if (turn->ended()) co_return;
  if (!known) {
    RpcError error = InvalidParams("resource not found", Json{{"uri", uri}});
    error.code = rpc::kResourceNotFound;
    turn->Fail(std::move(error), "not_found");
    co_return;
  }
  if (refused_as_full()) co_return;
  if (on) turn->session->watched.insert(uri);
  turn->Succeed(Json::object());
}

void AnnounceChange(Serving& serving, Change list) {
  for (const Topic& topic : kTopics) {
    if (topic.change != list) continue;
    // A copy: telling one may end another.
    for (const Subscription& one : std::list<Subscription>(serving.subscriptions)) {
      if (one.filter.contains(topic.filter)) Tell(*one.turn, topic.notification, Json::object());
    }
    for (const auto& session : serving.AllSessions()) {
      if (session->stream) session->stream->Send(RenderNotification(topic.notification, nullptr));
    }
  }
}

void AnnounceUpdate(const std::shared_ptr<Serving>& serving, const std::string& uri) {
  for (const Subscription& one : std::list<Subscription>(serving->subscriptions)) {
    std::set<std::string> watched;
    for (const Json& each : one.filter.value("resourceSubscriptions", Json::array()))
      watched.insert(each.get<std::string>());
    if (serving->options.is_watched(watched, uri)) Spawn(TellUpdate(one.turn, uri));
  }
  for (const auto& session : serving->AllSessions()) {
    if (session->stream && session->listener && serving->options.is_watched(session->watched, uri))
      Spawn(TellUpdate(session, uri));
  }
}

void AnnounceListChange(const std::shared_ptr<Serving>& serving, const std::string& uri) {
  constexpr const char* kNotification = "notifications/resources/list_changed";
  for (const Subscription& one : std::list<Subscription>(serving->subscriptions)) {
    if (one.filter.contains("resourcesListChanged")) Spawn(TellList(one.turn, nullptr, uri, kNotification));
  }
  for (const auto& session : serving->AllSessions()) {
    if (session->stream && session->listener) Spawn(TellList(session->listener, session, uri, kNotification));
  }
}

void EndSubscriptions(Serving& serving) {
  for (const Subscription& one : std::exchange(serving.subscriptions, {})) {
    if (!one.turn->over_http) {
      // Where all share one stream the end is a notice (2026-07-28, cancellation).
      one.turn->channel().Send(
          RenderNotification("notifications/cancelled", Json{{"requestId", one.turn->message.id}}));
      one.turn->Cancel("shutting_down");
      continue;
    }
    Json result = Json::object();
    result["_meta"][std::string(kMetaSubscription)] = one.turn->message.id;
    one.turn->Succeed(std::move(result));
  }
}

}  // namespace iff
