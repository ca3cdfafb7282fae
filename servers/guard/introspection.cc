#include "servers/guard/introspection.h"

#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "harness/core/bytes.h"
#include "harness/core/json.h"
#include "harness/core/log.h"
#include "harness/net/http_async.h"
#include "servers/guard/bearer.h"
#include "servers/guard/lru_map.h"

namespace iff {
namespace {

// True where there is nothing, or exactly this.
bool Agrees(const Json& answer, const char* pointer, const Json& verified) {
  const Json* const said = Find(answer, pointer);
  return said == nullptr || *said == verified;
}

bool AgreesOnAudience(const Json& answer, const std::vector<std::string>& verified) {
  const Json* const said = Find(answer, "/aud");
  if (said == nullptr) return true;
  std::set<std::string> named;
  for (const Json& one : said->is_array() ? *said : Json::array({*said})) {
    if (!one.is_string()) return false;
    named.insert(one.get<std::string>());
  }
  return named == std::set<std::string>(verified.begin(), verified.end());
}

Denial IntrospectionUnavailable() {
  Denial denial;
  denial.status = 503;
  denial.description = "whether the access token is still valid cannot be found out";
  denial.reason = "introspection_unavailable";
  denial.retry_after = std::chrono::seconds(2);
  return denial;
}

class IntrospectingAuthenticator final : public Authenticator {
 public:
  using Outcome = Result<std::shared_ptr<const Caller>, Denial>;

  IntrospectingAuthenticator(std::shared_ptr<Authenticator> inner, EventLoop& loop, IntrospectionOptions options,
                             Metrics& metrics, const Clock& clock)
      : inner_(std::move(inner)), state_(std::make_shared<State>(loop, std::move(options), metrics, clock)) {}

  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest> request) override {
    return Judge(state_, inner_->Authenticate(std::move(request)));
  }
  Task<Outcome> Recheck(std::shared_ptr<const HttpRequest> request) override {
    return Judge(state_, inner_->Recheck(std::move(request)));
  }

  std::string Challenge(const Denial& denial) const override { return inner_->Challenge(denial); }
  std::string ProofChallenge(const Denial& denial) const override { return inner_->ProofChallenge(denial); }
  Json Metadata() const override { return inner_->Metadata(); }

 private:
  // One question, and who waits for its answer.
  struct Question {
    WallTime asked_at = {};
    std::vector<std::function<void(Activity)>> waiting = {};
  };

  // Outlives the guard while a question is open.
  struct State {
    State(EventLoop& loop, IntrospectionOptions given, Metrics& counted, const Clock& time)
        : options(std::move(given)),
          metrics(counted),
          clock(time),
          client(loop, options.url.endpoint, AsyncHttpClientOptions{.body_limit = options.body_limit}),
          active(options.kept) {}

    bool StillGood(WallTime asked_at) const {
      const WallTime now = clock.Now();
      return asked_at <= now && now - asked_at < options.ttl;
    }

    HttpRequest MakeRequest(const Caller& caller) const {
      HttpRequest request;
      request.method = "POST";
      request.target = options.url.target;
      // RFC 6749 section 2.3.1: both halves are form-encoded before they are joined.
      const std::string pair = PercentEncode(options.client_id) + ":" + PercentEncode(options.client_secret.Reveal());
      request.headers.Add("Authorization", "Basic " + Base64(pair));
      request.headers.Add("Content-Type", "application/x-www-form-urlencoded");
      // RFC 9701 has another form of the answer, which is not asked for.
      request.headers.Add("Accept", "application/json");
      request.body = "token=" + PercentEncode(caller.token.Reveal()) + "&token_type_hint=access_token";
      return request;
    }

    void Note(const Result<HttpResponse>& answer, Activity activity, const std::string& correlation) {
      metrics.Asked("introspection", answer.ok() ? "status-" + std::to_string(answer.value().status) : "no-answer");
      if (activity == Activity::kUnknown) {
        const std::string seen =
            answer.ok() ? "status " + std::to_string(answer.value().status) : answer.error().message();
        Log(LogLevel::kWarning, "introspection-unavailable", {{"error", seen}, {"correlation", correlation}});
      } else if (activity == Activity::kDiffers) {
        Log(LogLevel::kError, "introspection-differs-from-the-token", {{"correlation", correlation}});
      }
    }

    static Task<void> Ask(std::shared_ptr<State> self, std::shared_ptr<const Caller> caller, std::string digest,
                          std::shared_ptr<Question> question) {
      HttpRequest request = self->MakeRequest(*caller);
      const Deadline deadline = Deadline::In(self->options.timeout);
      const Result<HttpResponse> answer = co_await self->client.Send(std::move(request), deadline, caller->Principal());
      const Activity activity = self->options.judge(answer, caller->claims);
      self->Note(answer, activity, caller->correlation);
      if (activity == Activity::kActive && self->StillGood(question->asked_at)) {
        self->active.Put(digest, question->asked_at);
      }
      const auto open = self->open.find(digest);
      if (open != self->open.end() && open->second == question) self->open.erase(open);
      std::vector<std::function<void(Activity)>> waiting;
      waiting.swap(question->waiting);
      for (const auto& done : waiting) done(activity);
    }

    static Task<Activity> ActivityOf(std::shared_ptr<State> self, std::shared_ptr<const Caller> caller) {
      const std::string digest = Sha256(caller->token.Reveal());
      if (const WallTime* const asked_at = self->active.Find(digest)) {
        if (self->StillGood(*asked_at) && self->clock.NowSeconds() < caller->claims.expires_at)
          co_return Activity::kActive;
        self->active.Erase(digest);
      }
      Await<Activity>::Start start = [self, caller, digest](std::function<void(Activity)> done) {
        std::shared_ptr<Question>& open = self->open[digest];
        const bool joins = open != nullptr && self->StillGood(open->asked_at);
        if (!joins) {
          open = std::make_shared<Question>();
          open->asked_at = self->clock.Now();
        }
        open->waiting.push_back(std::move(done));
        if (!joins) Spawn(Ask(self, caller, digest, open));
      };
      Await<Activity> answered(std::move(start));
      const Activity activity = co_await answered;
      co_return activity;
    }

    IntrospectionOptions options;
    Metrics& metrics;
    const Clock& clock;
    AsyncHttpClient client;
    LruMap<WallTime> active;  // by digest: when it was asked about
    std::unordered_map<std::string, std::shared_ptr<Question>> open = {};
  };

  static Task<Outcome> Judge(std::shared_ptr<State> state, Task<Outcome> judging) {
    Outcome outcome = co_await std::move(judging);
    if (!outcome.ok()) co_return outcome;
    const std::shared_ptr<const Caller> caller = outcome.value();
    auto asking = State::ActivityOf(state, caller);
    const Activity activity = co_await std::move(asking);
    if (activity == Activity::kActive) co_return outcome;
    if (activity == Activity::kUnknown) co_return IntrospectionUnavailable();
    Denial denial = DenialOfToken(Refusal::kRevoked, caller->claims);
    if (activity == Activity::kDiffers) denial.reason = "introspection_differs";
    co_return denial;
  }

  std::shared_ptr<Authenticator> inner_;
  std::shared_ptr<State> state_;
};

}  // namespace

Activity JudgeIntrospection(const Result<HttpResponse>& answer, const Claims& claims) {
  if (!answer.ok() || answer.value().status != 200) return Activity::kUnknown;
  const Result<Json> body = ParseJson(answer.value().body);
  if (!body.ok() || !body.value().is_object()) return Activity::kUnknown;
  const Json& said = body.value();
  const Json* const active = Find(said, "/active");
  if (active == nullptr || !active->is_boolean()) return Activity::kUnknown;
  if (!active->get<bool>()) return Activity::kInactive;
  const bool same = Agrees(said, "/iss", claims.issuer) && Agrees(said, "/sub", claims.subject) &&
                    Agrees(said, "/client_id", claims.client) && AgreesOnAudience(said, claims.audience) &&
                    Agrees(said, "/exp", claims.expires_at) && Agrees(said, "/cnf/jkt", claims.key_thumbprint) &&
                    Agrees(said, "/cnf/x5t#S256", claims.certificate_thumbprint);
  return same ? Activity::kActive : Activity::kDiffers;
}

std::shared_ptr<Authenticator> MakeIntrospectingAuthenticator(std::shared_ptr<Authenticator> inner, EventLoop& loop,
                                                              IntrospectionOptions options, Metrics& metrics,
                                                              const Clock& clock) {
  return std::make_shared<IntrospectingAuthenticator>(std::move(inner), loop, std::move(options), metrics, clock);
}

}  // namespace iff
