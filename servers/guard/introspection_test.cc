#include "servers/guard/introspection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/net/endpoint.h"
#include "servers/guard/bearer.h"
#include "servers/testing/stand_ins.h"

namespace iff {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

Claims Verified() {
  Claims claims;
  claims.issuer = "https://issuer.example";
  claims.subject = "alice-id";
  claims.client = "mcp-client";
  claims.audience = {"mcp-jira", "account"};
  claims.expires_at = 1'800'000'300;
  claims.key_thumbprint = "thumb";
  return claims;
}

Activity Judged(const std::string& body, int status = 200) {
  HttpResponse response;
  response.status = status;
  response.body = body;
  return JudgeIntrospection(response, Verified());
}

TEST(JudgeIntrospection, TakesNothingButTrue) {
  EXPECT_EQ(Judged(R"({"active":true})"), Activity::kActive);
  EXPECT_EQ(Judged(R"({"active":false})"), Activity::kInactive);
  EXPECT_EQ(Judged(R"({"active":false,"sub":"alice-id"})"), Activity::kInactive);
  for (const char* body :
       {"", "{}", "true", "[true]", "<html>", R"({"active":"true"})", R"({"active":1})", R"({"active":null})",
        R"({"active":true)", R"({"active":false,"active":true})", R"({"Active":true})", R"({"active":[true]})"}) {
    EXPECT_EQ(Judged(body), Activity::kUnknown) << body;
  }
}

TEST(JudgeIntrospection, KnowsNothingWithoutAGoodAnswer) {
  for (const int status : {201, 204, 302, 400, 401, 403, 404, 429, 500, 503}) {
    EXPECT_EQ(Judged(R"({"active":true})", status), Activity::kUnknown) << status;
    EXPECT_EQ(Judged(R"({"active":false})", status), Activity::kUnknown) << status;
  }
  EXPECT_EQ(JudgeIntrospection(Error(ErrorKind::kUnavailable, "no"), Verified()), Activity::kUnknown);
}

TEST(JudgeIntrospection, TakesNoAnswerAboutAnotherToken) {
  EXPECT_EQ(Judged(R"({"active":true,"iss":"https://issuer.example","sub":"alice-id","client_id":"mcp-client",
                       "aud":["account","mcp-jira"],"exp":1800000300,"cnf":{"jkt":"thumb"},"username":"else"})"),
            Activity::kActive);
  for (const char* member :
       {R"("iss":"https://else.example")", R"("sub":"bob-id")", R"("sub":null)", R"("sub":["alice-id"])",
        R"("client_id":"else")", R"("aud":"mcp-jira")", R"("aud":["mcp-jira","account","else"])", R"("aud":[])",
        R"("aud":[1])", R"("aud":null)", R"("exp":1800000301)", R"("exp":"1800000300")", R"("cnf":{"jkt":"else"})",
        R"("cnf":{"x5t#S256":"else"})"}) {
    EXPECT_EQ(Judged("{\"active\":true," + std::string(member) + "}"), Activity::kDiffers) << member;
  }
}

class Introspection : public ::testing::Test {
 protected:
  using Outcome = Result<std::shared_ptr<const Caller>, Denial>;

  void Make() {
    BearerOptions bearer;
    bearer.policy.issuer = issuer.Issuer();
    bearer.policy.audience = "mcp-jira";
    bearer.resource = "http://127.0.0.1:9/mcp";
    authenticator = MakeIntrospectingAuthenticator(MakeBearerAuthenticator(bearer, keys, clock), loop.loop(), options,
                                                   metrics, clock);
  }
  IntrospectionOptions Options() const {
    IntrospectionOptions given;
    given.url = issuer.Introspection();
    given.client_id = "mcp:jira";
    given.client_secret = Secret("client secret");
    return given;
  }
  Secret TokenOf(const std::string& subject) { return issuer.Token(subject, "mcp-jira", clock.NowSeconds()); }
  static std::shared_ptr<const HttpRequest> With(const Secret& token) {
    auto request = std::make_shared<HttpRequest>();
    request->headers.Add("Authorization", "Bearer " + token.Reveal());
    return request;
  }
  Outcome Ask(const Secret& token) {
    if (authenticator == nullptr) Make();
    const auto request = With(token);
    return loop.Wait<Outcome>([this, request] { return authenticator->Authenticate(request); });
  }
  // Who got in, or why not.
  std::string Asked(const Secret& token) {
    const Outcome outcome = Ask(token);
    return outcome.ok() ? outcome.value()->claims.subject
                        : std::to_string(outcome.error().status) + " " + outcome.error().reason;
  }

  FakeIssuer issuer;
  ManualClock clock;
  Metrics metrics;
  LoopThread loop;
  KeySource keys{loop.loop(), issuer.Keys(), {}, clock};
  IntrospectionOptions options = Options();
  std::shared_ptr<Authenticator> authenticator;
};

TEST_F(Introspection, LetsInWhoseTokenIsActive) {
  const Secret token = TokenOf("alice");
  EXPECT_EQ(Asked(token), "alice");
  const HttpRequest seen = issuer.last_introspection();
  EXPECT_EQ(seen.method, "POST");
  EXPECT_EQ(seen.body, "token=" + PercentEncode(token.Reveal()) + "&token_type_hint=access_token");
  EXPECT_EQ(seen.headers.Get("Authorization"), "Basic " + Base64("mcp%3Ajira:client%20secret"));
  EXPECT_EQ(seen.headers.Get("Accept"), "application/json");
  EXPECT_THAT(metrics.Text(), HasSubstr(R"(iff_peer_requests_total{outcome="status-200",step="introspection"} 1)"));
}

TEST_F(Introspection, AsksNothingAboutATokenThatIsNotGood) {
  EXPECT_EQ(Asked(issuer.Token("alice", "mcp-github", clock.NowSeconds())), "401 audience");
  EXPECT_EQ(Asked(issuer.Token("alice", "mcp-jira", clock.NowSeconds() - 400)), "401 expired");
  EXPECT_EQ(Asked(Secret("nonsense")), "401 malformed");
  EXPECT_EQ(issuer.introspections, 0);
}

TEST_F(Introspection, RefusesAnEndedTokenLikeAnyBadOne) {
  issuer.End("alice");
  const Outcome ended = Ask(TokenOf("alice"));
  const Outcome foreign = Ask(issuer.Token("alice", "mcp-github", clock.NowSeconds()));
  ASSERT_FALSE(ended.ok());
  ASSERT_FALSE(foreign.ok());
  EXPECT_EQ(ended.error().reason, "revoked");
  EXPECT_EQ(ended.error().status, foreign.error().status);
  EXPECT_EQ(ended.error().description, foreign.error().description);
  EXPECT_EQ(authenticator->Challenge(ended.error()), authenticator->Challenge(foreign.error()));
  EXPECT_EQ(Asked(TokenOf("bob")), "bob");
}

TEST_F(Introspection, RefusesWhatIsAnothersBySayingOfTheIssuer) {
  issuer.Introspects(R"({"active":true,"sub":"bob"})");
  EXPECT_EQ(Asked(TokenOf("alice")), "401 introspection_differs");
  issuer.Introspects("");
  EXPECT_EQ(Asked(TokenOf("alice")), "alice");
}

TEST_F(Introspection, RemembersAnActiveTokenForItsTimeAndNoLonger) {
  const Secret token = TokenOf("alice");
  EXPECT_EQ(Asked(token), "alice");
  issuer.End("alice");
  clock.Advance(9'999ms);
  EXPECT_EQ(Asked(token), "alice");
  EXPECT_EQ(issuer.introspections, 1);
  clock.Advance(1ms);
  EXPECT_EQ(Asked(token), "401 revoked");
  EXPECT_EQ(Asked(token), "401 revoked");
  EXPECT_EQ(issuer.introspections, 3);
}

TEST_F(Introspection, AsksEveryTimeWhenNothingIsToBeRemembered) {
  options.ttl = 0s;
  const Secret token = TokenOf("alice");
  EXPECT_EQ(Asked(token), "alice");
  EXPECT_EQ(Asked(token), "alice");
  EXPECT_EQ(issuer.introspections, 2);
  issuer.End("alice");
  EXPECT_EQ(Asked(token), "401 revoked");
}

TEST_F(Introspection, RemembersNothingPastTheTokensEnd) {
  options.ttl = 3600s;
  const Secret token = TokenOf("alice");
  EXPECT_EQ(Asked(token), "alice");
  clock.Advance(299s);
  EXPECT_EQ(Asked(token), "alice");
  EXPECT_EQ(issuer.introspections, 1);
  clock.Advance(1s);
  EXPECT_EQ(Asked(token), "401 expired");
}

// Whoever grants leeway takes a token for a while after its end, but on nobody's word but the issuer's of that time.
TEST_F(Introspection, AsksAgainAboutATokenTakenAfterItsEnd) {
  options.ttl = 3600s;
  BearerOptions lenient;
  lenient.policy.issuer = issuer.Issuer();
  lenient.policy.audience = "mcp-jira";
  lenient.policy.leeway = 60;
  authenticator = MakeIntrospectingAuthenticator(MakeBearerAuthenticator(lenient, keys, clock), loop.loop(), options,
                                                 metrics, clock);
  const Secret token = TokenOf("alice");
  EXPECT_EQ(Asked(token), "alice");
  clock.Advance(300s);
  issuer.End("alice");
  EXPECT_EQ(Asked(token), "401 revoked");
}

TEST_F(Introspection, DoesNotTrustAClockThatWentBack) {
  const Secret token = TokenOf("alice");
  clock.Advance(5s);
  EXPECT_EQ(Asked(token), "alice");
  clock.Advance(-5s);
  issuer.End("alice");
  EXPECT_EQ(Asked(token), "401 revoked");
}

TEST_F(Introspection, KeepsPeopleAndTheirTokensApart) {
  const Secret before = TokenOf("alice");
  EXPECT_EQ(Asked(before), "alice");
  issuer.End("alice");
  EXPECT_EQ(Asked(TokenOf("alice")), "401 revoked");
  EXPECT_EQ(Asked(TokenOf("bob")), "bob");
  EXPECT_EQ(issuer.introspections, 3);
}

TEST_F(Introspection, RemembersNoMoreTokensThanItMay) {
  options.kept = 2;
  const Secret alice = TokenOf("alice");
  for (const Secret& token : {alice, TokenOf("bob"), TokenOf("carol")}) (void)Ask(token);
  EXPECT_EQ(Asked(alice), "alice");
  EXPECT_EQ(issuer.introspections, 4);
}

TEST_F(Introspection, AsksOnceForFiftyWithOneToken) {
  Make();
  const auto alice = With(TokenOf("alice"));
  const auto bob = With(TokenOf("bob"));
  std::vector<std::function<Task<Outcome>()>> calls;
  for (int i = 0; i < 50; ++i) {
    calls.push_back([this, request = i % 2 == 0 ? alice : bob] { return authenticator->Authenticate(request); });
  }
  const std::vector<Outcome> outcomes = loop.All<Outcome>(std::move(calls));
  for (size_t i = 0; i < outcomes.size(); ++i) {
    ASSERT_TRUE(outcomes[i].ok());
    EXPECT_EQ(outcomes[i].value()->claims.subject, i % 2 == 0 ? "alice" : "bob");
  }
  EXPECT_EQ(issuer.introspections, 2);
}

TEST_F(Introspection, SharesNoQuestionThatWasPutTooLongAgo) {
  ASSERT_EQ(Asked(TokenOf("bob")), "bob");  // has the keys
  const auto alice = With(TokenOf("alice"));
  const auto first = [this, alice] { return authenticator->Authenticate(alice); };
  const auto later = [this, alice] {
    clock.Advance(10s);
    return authenticator->Authenticate(alice);
  };
  for (const Outcome& outcome : loop.All<Outcome>({first, later, first})) EXPECT_TRUE(outcome.ok());
  EXPECT_EQ(issuer.introspections, 3);
}

TEST_F(Introspection, TellsEverybodyWhoWaitedThatNothingIsKnown) {
  Make();
  issuer.introspection_status = 503;
  const auto alice = With(TokenOf("alice"));
  std::vector<std::function<Task<Outcome>()>> calls(10, [this, alice] { return authenticator->Authenticate(alice); });
  for (const Outcome& outcome : loop.All<Outcome>(std::move(calls))) {
    ASSERT_FALSE(outcome.ok());
    EXPECT_EQ(outcome.error().reason, "introspection_unavailable");
  }
  EXPECT_EQ(issuer.introspections, 1);
}

TEST_F(Introspection, LetsNobodyInWhenTheAnswerIsNone) {
  const Secret token = TokenOf("alice");
  for (const int status : {401, 404, 500, 503}) {
    issuer.introspection_status = status;
    const Outcome outcome = Ask(token);
    ASSERT_FALSE(outcome.ok()) << status;
    EXPECT_EQ(outcome.error().status, 503);
    EXPECT_EQ(outcome.error().reason, "introspection_unavailable");
    EXPECT_GT(outcome.error().retry_after.count(), 0);
  }
  issuer.introspection_status = 200;
  for (const std::string& body :
       {std::string("<html>"), std::string(R"({"active":"yes"})"), std::string(size_t{1} << 20, 'x')}) {
    issuer.Introspects(body);
    EXPECT_EQ(Asked(token), "503 introspection_unavailable") << body.size();
  }
  // Nothing of it is kept.
  issuer.Introspects("");
  EXPECT_EQ(Asked(token), "alice");
}

TEST_F(Introspection, LetsNobodyInWhenNobodyAnswers) {
  const HeldPort nobody = HeldPort::Acquire().value();
  options.url = ParseUrl(nobody.endpoint().Url("/introspect")).value();
  EXPECT_EQ(Asked(TokenOf("alice")), "503 introspection_unavailable");
  EXPECT_THAT(metrics.Text(), HasSubstr(R"({outcome="no-answer",step="introspection"} 1)"));
}

TEST_F(Introspection, WaitsForNoAnswerForLong) {
  std::promise<void> enough;
  const std::shared_future<void> held = enough.get_future().share();
  const auto slow = HttpServer::Start([held](const HttpRequest&) {
                      held.wait();
                      return HttpResponse{};
                    }).value();
  options.url = ParseUrl(slow->endpoint().Url("/introspect")).value();
  options.timeout = 100ms;
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(Asked(TokenOf("alice")), "503 introspection_unavailable");
  EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
  enough.set_value();
}

TEST_F(Introspection, ForgetsNobodyWhileTheEndpointIsAway) {
  const Secret token = TokenOf("alice");
  EXPECT_EQ(Asked(token), "alice");
  issuer.introspection_status = 500;
  clock.Advance(9s);
  EXPECT_EQ(Asked(token), "alice");
  clock.Advance(1s);
  EXPECT_EQ(Asked(token), "503 introspection_unavailable");
}

TEST_F(Introspection, LogsNoTokenAndNoSecret) {
  const Secret token = TokenOf("alice");
  ::testing::internal::CaptureStderr();
  issuer.introspection_status = 401;
  (void)Ask(token);
  issuer.introspection_status = 200;
  issuer.Introspects("{\"active\":true,\"sub\":\"" + token.Reveal() + "\"}");
  (void)Ask(token);
  issuer.Introspects("page of " + token.Reveal());
  (void)Ask(token);
  const std::string log = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(log, AllOf(HasSubstr("introspection-unavailable"), HasSubstr("status 401"),
                         HasSubstr("introspection-differs-from-the-token")));
  const std::string signature = token.Reveal().substr(token.Reveal().rfind('.') + 1);
  EXPECT_THAT(log, AllOf(Not(HasSubstr(signature)), Not(HasSubstr("client secret")), Not(HasSubstr("client%20secret")),
                         Not(HasSubstr(Base64("mcp%3Ajira:client%20secret")))));
}

// Whoever holds the key of a bound token is let in by it; how often it is asked for a proof is its own affair.
class DoorOfBoundTokens final : public Authenticator {
 public:
  using Outcome = Result<std::shared_ptr<const Caller>, Denial>;
  explicit DoorOfBoundTokens(std::shared_ptr<const Caller> caller) : caller_(std::move(caller)) {}
  Task<Outcome> Authenticate(std::shared_ptr<const HttpRequest>) override {
    ++asked;
    co_return caller_;
  }
  Task<Outcome> Recheck(std::shared_ptr<const HttpRequest>) override {
    ++rechecked;
    co_return caller_;
  }
  std::string Challenge(const Denial&) const override { return "Bearer"; }
  std::string ProofChallenge(const Denial&) const override { return "DPoP"; }
  Json Metadata() const override { return Json::object(); }
  int asked = 0;
  int rechecked = 0;

 private:
  std::shared_ptr<const Caller> caller_;
};

TEST_F(Introspection, HandsOnWhatIsAboutProofs) {
  auto caller = std::make_shared<Caller>();
  caller->token = TokenOf("alice");
  caller->claims.issuer = issuer.Issuer();
  caller->claims.subject = "alice";
  caller->claims.client = "mcp-client";
  caller->claims.audience = {"mcp-jira"};
  caller->claims.expires_at = clock.NowSeconds() + 300;
  caller->claims.key_thumbprint = "thumb";
  const auto inner = std::make_shared<DoorOfBoundTokens>(caller);
  options.ttl = 0s;
  authenticator = MakeIntrospectingAuthenticator(inner, loop.loop(), options, metrics, clock);
  const auto request = With(caller->token);
  const auto recheck = [this, request] { return authenticator->Recheck(request); };
  EXPECT_EQ(Asked(caller->token), "alice");
  EXPECT_TRUE(loop.Wait<Outcome>(recheck).ok());
  issuer.End("alice");
  const Outcome ended = loop.Wait<Outcome>(recheck);
  ASSERT_FALSE(ended.ok());
  EXPECT_EQ(ended.error().reason, "revoked");
  EXPECT_TRUE(ended.error().of_proof);
  EXPECT_EQ(authenticator->ProofChallenge(ended.error()), "DPoP");
  EXPECT_EQ(inner->asked, 1);
  EXPECT_EQ(inner->rechecked, 2);
  EXPECT_EQ(issuer.introspections, 3);
}

TEST_F(Introspection, ChangesNothingOfWhatTheInnerDoorPublishes) {
  Make();
  EXPECT_EQ(authenticator->Metadata()["resource"], "http://127.0.0.1:9/mcp");
  EXPECT_EQ(Ask(Secret("")).error().status, 400);
}

}  // namespace
}  // namespace iff
