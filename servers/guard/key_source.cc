#include "servers/guard/key_source.h"

#include <functional>
#include <utility>
#include <vector>

#include "harness/core/log.h"
#include "harness/net/http_async.h"

namespace iff {

struct KeySource::State {
  State(EventLoop& loop, Url from, KeySourceOptions given, const Clock& time)
      : url(std::move(from)),
        options(std::move(given)),
        clock(time),
        client(loop, url.endpoint,
               AsyncHttpClientOptions{.body_limit = options.body_limit, .max_idle = 1, .max_connections = 1}) {}

  Url url;
  KeySourceOptions options;
  const Clock& clock;
  AsyncHttpClient client;

  PublishedKeys published = {};
  std::string text = {};  // what was published, to see whether it changed
  WallTime fetched_at = {};
  WallTime failed_at = {};
  bool failed = false;        // the last fetch
  WallTime searched_at = {};  // for an unknown key
  bool searched = false;
  bool fetching = false;
  std::vector<std::function<void(bool)>> waiting = {};
  uint64_t fetches = 0;

  // What lies in the future was before the clock went back: how long ago, nobody knows, and so not lately.
  bool Lately(WallTime then, std::chrono::milliseconds span) const {
    const auto passed = clock.Now() - then;
    return passed >= passed.zero() && passed < span;
  }
  bool Usable() const { return published.keys != nullptr && Lately(fetched_at, options.max_age); }
  bool Stale() const { return published.keys == nullptr || !Lately(fetched_at, options.refresh_after); }
  bool CoolingDown() const { return failed && Lately(failed_at, options.cool_down); }

  Result<void> Accept(const Result<HttpResponse>& answer) {
    if (!answer.ok()) return answer.error();
    if (answer.value().status != 200) {
      return Error(ErrorKind::kRefused, "status " + std::to_string(answer.value().status));
    }
    if (published.keys != nullptr && answer.value().body == text) return {};
    const std::string& set = answer.value().body;
    KeySet keys = TRY(options.parse ? options.parse(set) : KeySet::Parse(set));
    if (keys.size() == 0) {
      std::string none = "no usable key in the set";
      for (const auto& [why, count] : keys.left_out()) none += "; " + std::to_string(count) + " left out: " + why;
      return Error(ErrorKind::kProtocol, none);
    }
    published.keys = std::make_shared<const KeySet>(std::move(keys));
    ++published.generation;
    text = answer.value().body;
    Log(LogLevel::kInfo, "keys-loaded", {{"count", std::to_string(published.keys->size())}});
    // A private member or a shared secret there means that anybody may sign: the operator has to know.
    for (const auto& [why, count] : published.keys->left_out()) {
      Log(LogLevel::kWarning, "keys-left-out", {{"why", why}, {"count", std::to_string(count)}});
    }
    return {};
  }

  static Task<void> Fetch(std::shared_ptr<State> self) {
    ++self->fetches;
    HttpRequest request;
    request.target = self->url.target;
    request.headers.Add("Accept", "application/json, application/jwk-set+json");
    const Deadline deadline = Deadline::In(self->options.timeout);
    const Result<HttpResponse> answer = co_await self->client.Send(std::move(request), deadline, std::string());
    const Result<void> accepted = self->Accept(answer);
    self->failed = !accepted.ok();
    if (accepted.ok()) {
      self->fetched_at = self->clock.Now();
    } else {
      self->failed_at = self->clock.Now();
      Log(LogLevel::kWarning, "keys-not-loaded", {{"error", accepted.error().message()}});
    }
    self->fetching = false;
    std::vector<std::function<void(bool)>> waiting;
    waiting.swap(self->waiting);
    for (const auto& done : waiting) done(accepted.ok());
  }

  // Joins the fetch that runs, or starts one.
  static Task<bool> Refresh(std::shared_ptr<State> self) {
    Await<bool>::Start start = [self](std::function<void(bool)> done) {
      self->waiting.push_back(std::move(done));
      if (self->fetching) return;
      self->fetching = true;
      Spawn(Fetch(self));
    };
    Await<bool> fetched(std::move(start));
    const bool ok = co_await fetched;
    co_return ok;
  }
};

KeySource::KeySource(EventLoop& loop, Url url, KeySourceOptions options, const Clock& clock)
    : state_(std::make_shared<State>(loop, std::move(url), std::move(options), clock)) {}

KeySource::~KeySource() = default;

Task<std::optional<PublishedKeys>> KeySource::Current() {
  const std::shared_ptr<State> self = state_;
  if (self->Stale() && (self->fetching || !self->CoolingDown())) (void)co_await State::Refresh(self);
  if (!self->Usable()) co_return std::nullopt;
  co_return self->published;
}

Task<PublishedKeys> KeySource::AfterUnknownKey(PublishedKeys seen) {
  const std::shared_ptr<State> self = state_;
  if (self->published.generation != seen.generation) co_return self->published;
  const bool rested = !self->searched || !self->Lately(self->searched_at, self->options.cool_down);
  if (rested && !self->CoolingDown()) {
    self->searched = true;
    self->searched_at = self->clock.Now();
    (void)co_await State::Refresh(self);
  } else if (self->fetching) {
    (void)co_await State::Refresh(self);
  }
  co_return self->published;
}

bool KeySource::loaded() const { return state_->Usable(); }
uint64_t KeySource::fetches() const { return state_->fetches; }

}  // namespace iff
