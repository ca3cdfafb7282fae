#include "servers/guard/bearer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/jose/prover.h"
#include "servers/guard/verdict_cache.h"
#include "servers/testing/stand_ins.h"

namespace iff {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using Kind = Presented::Kind;

HttpRequest With(std::vector<std::string> fields, std::string target = "/mcp", std::string body = {},
                 std::string type = "application/json") {
  HttpRequest request;
  request.method = "POST";
  request.target = std::move(target);
  request.body = std::move(body);
  request.headers.Add("Content-Type", std::move(type));
  for (std::string& field : fields) request.headers.Add("Authorization", std::move(field));
  return request;
}

struct Row {
  const char* name = "";
  HttpRequest request = {};
  Kind expected = Kind::kNothing;
};

TEST(ReadCredentials, TakesOneBearerTokenAndNothingElse) {
  const std::vector<Row> rows = {
      {"no field", With({}), Kind::kNothing},
      {"another scheme", With({"Basic YWxpY2U6eA=="}), Kind::kNothing},
      {"negotiation", With({"Negotiate abc"}), Kind::kNothing},
      {"bound token", With({"DPoP abc"}), Kind::kBound},
      {"bound token, other letters", With({"dpop abc"}), Kind::kBound},
      {"bound token, in two schemes", With({"DPoP abc, Bearer def"}), Kind::kMalformed},
      {"bound token behind another scheme", With({"Basic abc, DPoP def"}), Kind::kMalformed},
      {"no bound token", With({"DPoP"}), Kind::kMalformed},
      {"empty field", With({""}), Kind::kNothing},
      {"bearer", With({"Bearer abc.def.ghi"}), Kind::kBearer},
      {"lower case scheme", With({"bearer abc"}), Kind::kBearer},
      {"upper case scheme", With({"BEARER abc"}), Kind::kBearer},
      {"no token", With({"Bearer"}), Kind::kMalformed},
      {"blank token", With({"Bearer "}), Kind::kMalformed},
      {"double space", With({"Bearer  abc"}), Kind::kMalformed},
      {"tab", With({"Bearer\tabc"}), Kind::kMalformed},
      {"trailing space", With({"Bearer abc "}), Kind::kMalformed},
      {"trailing junk", With({"Bearer abc def"}), Kind::kMalformed},
      {"two joined", With({"Bearer abc, Bearer def"}), Kind::kMalformed},
      {"two joined closely", With({"Bearer abc,def"}), Kind::kMalformed},
      {"two schemes joined", With({"Basic abc, Bearer def"}), Kind::kMalformed},
      {"two fields", With({"Bearer abc", "Bearer abc"}), Kind::kMalformed},
      {"control character", With({"Bearer abc\x01"}), Kind::kMalformed},
      {"line feed", With({"Bearer abc\ndef"}), Kind::kMalformed},
      {"not ASCII", With({"Bearer ab\xc3\xa9"}), Kind::kMalformed},
      {"in the query only", With({}, "/mcp?access_token=abc"), Kind::kNothing},
      {"in the query too", With({"Bearer abc"}, "/mcp?access_token=abc"), Kind::kMalformed},
      {"in the query, disguised", With({"Bearer abc"}, "/mcp?access%5Ftoken=abc"), Kind::kMalformed},
      {"in a form only", With({}, "/mcp", "access_token=abc", "application/x-www-form-urlencoded"), Kind::kNothing},
      {"in a form too", With({"Bearer abc"}, "/mcp", "a=b&access_token=abc", "application/x-www-form-urlencoded"),
       Kind::kMalformed},
      {"in JSON too", With({"Bearer abc"}, "/mcp", R"({"access_token":"abc"})"), Kind::kMalformed},
      {"as an argument of a tool", With({"Bearer abc"}, "/mcp", R"({"params":{"access_token":"x"}})"), Kind::kBearer},
      {"JWS in its JSON form", With({R"(Bearer {"payload":"a","signatures":[]})"}), Kind::kBearer},
  };
  for (const Row& row : rows) EXPECT_EQ(ReadCredentials(row.request).kind, row.expected) << row.name;
}

TEST(ReadCredentials, KeepsTheTokenAsItCame) {
  EXPECT_EQ(ReadCredentials(With({"Bearer abc.def"})).token.Reveal(), "abc.def");
}

TEST(MetadataUrl, PutsTheWellKnownPartBetweenOriginAndPath) {
  EXPECT_EQ(MetadataUrl("http://127.0.0.1:1/mcp"), "http://127.0.0.1:1/.well-known/oauth-protected-resource/mcp");
  EXPECT_EQ(MetadataUrl("https://a.example/"), "https://a.example/.well-known/oauth-protected-resource");
  EXPECT_EQ(MetadataUrl("https://a.example"), "https://a.example/.well-known/oauth-protected-resource");
}

class BearerAuthenticator : public ::testing::Test {
 protected:
  using Outcome = Result<std::shared_ptr<const Caller>, Denial>;

  BearerAuthenticator() { issuer.exchanged_at = clock.NowSeconds(); }

  BearerOptions Options() {
    BearerOptions options;
    options.policy.issuer = issuer.Issuer();
    options.policy.audience = "mcp-jira";
    options.resource = "http://127.0.0.1:9/mcp";
    options.scopes = {"jira:read", "jira:write"};
    options.first_scope = "jira:read";
    options.verify = [this](std::string_view token, const KeySet& set, const TokenPolicy& policy, int64_t now) {
      ++verified;
      return VerifyToken(token, set, policy, now);
    };
    return options;
  }
  Outcome Ask(HttpRequest request) {
    const auto shared = std::make_shared<const HttpRequest>(std::move(request));
    return loop.Wait<Outcome>([this, shared] { return authenticator->Authenticate(shared); });
  }
  Outcome AskWith(const Secret& token) { return Ask(With({"Bearer " + token.Reveal()})); }

  FakeIssuer issuer;
  ManualClock clock;
  int verified = 0;
  LoopThread loop;
  KeySource keys{loop.loop(), issuer.Keys(), {}, clock};
  std::shared_ptr<Authenticator> authenticator = MakeBearerAuthenticator(Options(), keys, clock);
};

TEST_F(BearerAuthenticator, ProvesTheCaller) {
  const Outcome outcome = AskWith(issuer.Token("alice-id", "mcp-jira", clock.NowSeconds()));
  ASSERT_TRUE(outcome.ok()) << outcome.error().reason;
  EXPECT_EQ(outcome.value()->claims.subject, "alice-id");
  EXPECT_FALSE(outcome.value()->correlation.empty());
}

TEST_F(BearerAuthenticator, NamesNoErrorWhenNothingWasOffered) {
  const Outcome outcome = Ask(With({}));
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().status, 401);
  EXPECT_EQ(authenticator->Challenge(outcome.error()),
            "Bearer resource_metadata=\"http://127.0.0.1:9/.well-known/oauth-protected-resource/mcp\", "
            "scope=\"jira:read\"");
}

TEST_F(BearerAuthenticator, SaysTheSameOfEveryBadToken) {
  const int64_t now = clock.NowSeconds();
  const Json expired = {{"exp", now - 1}};
  const Outcome late = AskWith(issuer.Token("alice-id", "mcp-jira", now - 400, expired));
  const Outcome foreign = AskWith(issuer.Token("alice-id", "mcp-github", now));
  ASSERT_FALSE(late.ok());
  ASSERT_FALSE(foreign.ok());
  EXPECT_EQ(late.error().reason, "expired");
  EXPECT_EQ(foreign.error().reason, "audience");
  EXPECT_EQ(authenticator->Challenge(late.error()), authenticator->Challenge(foreign.error()));
  EXPECT_THAT(authenticator->Challenge(late.error()), HasSubstr("error=\"invalid_token\""));
}

TEST_F(BearerAuthenticator, CallsTwoCredentialsAnInvalidRequest) {
  const Outcome outcome = Ask(With({"Bearer a", "Bearer b"}));
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().status, 400);
  EXPECT_EQ(outcome.error().error, "invalid_request");
}

TEST_F(BearerAuthenticator, VerifiesATokenOnceAndItsTimesAlways) {
  const Secret token = issuer.Token("alice-id", "mcp-jira", clock.NowSeconds());
  ASSERT_TRUE(AskWith(token).ok());
  ASSERT_TRUE(AskWith(token).ok());
  EXPECT_EQ(verified, 1);
  clock.Advance(301s);
  const Outcome late = AskWith(token);
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(late.error().reason, "expired");
}

TEST_F(BearerAuthenticator, TakesTokensOfANewKeyAndNoLongerThoseOfTheOld) {
  const Secret old = issuer.Token("alice-id", "mcp-jira", clock.NowSeconds());
  ASSERT_TRUE(AskWith(old).ok());
  issuer.Rotate();
  EXPECT_TRUE(AskWith(issuer.Token("alice-id", "mcp-jira", clock.NowSeconds())).ok());
  EXPECT_FALSE(AskWith(old).ok());
}

TEST_F(BearerAuthenticator, AnswersUnavailableWithoutKeys) {
  issuer.key_status = 500;
  const Outcome outcome = AskWith(issuer.Token("alice-id", "mcp-jira", clock.NowSeconds()));
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().status, 503);
}

class BoundTokens : public BearerAuthenticator {
 protected:
  BoundTokens() { Take(TokenBinding::kPossible); }

  void Take(TokenBinding binding) {
    BearerOptions options = Options();
    options.binding = binding;
    authenticator = MakeBearerAuthenticator(std::move(options), keys, clock);
  }
  Secret Bound(const Prover& to) {
    return issuer.Token("alice-id", "mcp-jira", clock.NowSeconds(), {{"cnf", {{"jkt", to.Thumbprint()}}}});
  }
  Secret Unbound() { return issuer.Token("alice-id", "mcp-jira", clock.NowSeconds()); }
  std::string ProofOfAlice(const Secret& token) {
    return alice
        .Prove(
            {.method = "POST", .target = "http://127.0.0.1:9/mcp", .token = token.Reveal(), .now = clock.NowSeconds()})
        .Reveal();
  }
  HttpRequest Showing(const Secret& token, const std::vector<std::string>& proofs) {
    HttpRequest request = With({"DPoP " + token.Reveal()});
    for (const std::string& proof : proofs) request.headers.Add("DPoP", proof);
    return request;
  }
  // "" or the reason of the refusal.
  std::string Answer(HttpRequest request) {
    const Outcome outcome = Ask(std::move(request));
    return outcome.ok() ? "" : outcome.error().reason;
  }

  Prover alice;
};

TEST_F(BoundTokens, OpenWithAFreshProofOfTheirKey) {
  const Secret token = Bound(alice);
  const Outcome outcome = Ask(Showing(token, {ProofOfAlice(token)}));
  ASSERT_TRUE(outcome.ok()) << outcome.error().reason;
  EXPECT_EQ(outcome.value()->claims.key_thumbprint, alice.Thumbprint());
  EXPECT_EQ(Answer(Showing(token, {ProofOfAlice(token)})), "") << "another proof, a known token";
  EXPECT_EQ(verified, 1);
}

TEST_F(BoundTokens, OpenWithNothingLess) {
  const Secret token = Bound(alice);
  const std::string once = ProofOfAlice(token);
  EXPECT_EQ(Answer(With({"Bearer " + token.Reveal()})), "bound");
  EXPECT_EQ(Answer(Showing(token, {})), "proof_missing");
  EXPECT_EQ(Answer(Showing(token, {once, ProofOfAlice(token)})), "proof_repeated");
  EXPECT_EQ(Answer(Showing(token, {once})), "");
  EXPECT_EQ(Answer(Showing(token, {once})), "proof_seen");
  const Secret of_another = Bound(Prover());
  EXPECT_EQ(Answer(Showing(of_another, {ProofOfAlice(of_another)})), "proof_binding");
  const std::string early = ProofOfAlice(token);
  clock.Advance(61s);
  EXPECT_EQ(Answer(Showing(token, {early})), "proof_time");
  HttpRequest looking = Showing(token, {ProofOfAlice(token)});
  looking.method = "GET";
  EXPECT_EQ(Answer(looking), "proof_method");
}

TEST_F(BoundTokens, AreComparedWithTheUrlWeWereGiven) {
  const Secret token = Bound(alice);
  HttpRequest request = Showing(
      token, {alice
                  .Make("proof-host-of-a-proxy",
                        {.target = "http://127.0.0.1:9/mcp", .token = token.Reveal(), .now = clock.NowSeconds()})
                  ->Reveal()});
  for (const auto& [name, value] : Prover::FindAttack("proof-host-of-a-proxy")->beside)
    request.headers.Add(name, value);
  request.headers.Set("Host", "attacker.example");
  EXPECT_EQ(Answer(request), "proof_target");
}

TEST_F(BoundTokens, LeaveRoomForOthersUnlessTheyAreRequired) {
  const Secret token = Unbound();
  EXPECT_EQ(Answer(With({"Bearer " + token.Reveal()})), "");
  EXPECT_EQ(Answer(Showing(token, {ProofOfAlice(token)})), "unbound");
  Take(TokenBinding::kRequired);
  EXPECT_EQ(Answer(With({"Bearer " + token.Reveal()})), "unbound");
  EXPECT_EQ(Answer(Showing(token, {ProofOfAlice(token)})), "unbound");
  const Secret bound = Bound(alice);
  EXPECT_EQ(Answer(Showing(bound, {ProofOfAlice(bound)})), "");
  Take(TokenBinding::kNone);
  EXPECT_EQ(Answer(Showing(bound, {ProofOfAlice(bound)})), "no_credentials");
  EXPECT_EQ(Answer(With({"Bearer " + bound.Reveal()})), "confirmation");
}

TEST_F(BoundTokens, AreChallengedInTheirScheme) {
  const Outcome nobody = Ask(With({}));
  ASSERT_FALSE(nobody.ok());
  EXPECT_THAT(authenticator->Challenge(nobody.error()), StartsWith("Bearer resource_metadata="));
  EXPECT_THAT(authenticator->ProofChallenge(nobody.error()),
              AllOf(StartsWith("DPoP resource_metadata="), EndsWith("algs=\"RS256 ES256 EdDSA\"")));
  const Secret token = Bound(alice);
  const Outcome unproven = Ask(Showing(token, {}));
  ASSERT_FALSE(unproven.ok());
  EXPECT_EQ(unproven.error().status, 401);
  EXPECT_THAT(authenticator->Challenge(unproven.error()), Not(HasSubstr("error=")));
  EXPECT_THAT(authenticator->ProofChallenge(unproven.error()), HasSubstr("error=\"invalid_dpop_proof\""));
  const Outcome stolen = Ask(With({"Bearer " + token.Reveal()}));
  ASSERT_FALSE(stolen.ok());
  EXPECT_THAT(authenticator->Challenge(stolen.error()), HasSubstr("error=\"invalid_token\""));
  EXPECT_THAT(authenticator->ProofChallenge(stolen.error()), Not(HasSubstr("error=")));
  Take(TokenBinding::kRequired);
  EXPECT_EQ(authenticator->Challenge(stolen.error()), "");
  EXPECT_THAT(authenticator->ProofChallenge(stolen.error()), HasSubstr("error=\"invalid_token\""));
}

TEST_F(BoundTokens, AreToldOfInTheMetadata) {
  EXPECT_EQ(authenticator->Metadata()["dpop_bound_access_tokens_required"], false);
  EXPECT_EQ(authenticator->Metadata()["dpop_signing_alg_values_supported"].size(), 3u);
  Take(TokenBinding::kRequired);
  EXPECT_EQ(authenticator->Metadata()["dpop_bound_access_tokens_required"], true);
  Take(TokenBinding::kNone);
  EXPECT_FALSE(authenticator->Metadata().contains("dpop_bound_access_tokens_required"));
}

TEST_F(BoundTokens, AreJudgedAgainWithoutAnotherProof) {
  const Secret token = Bound(alice);
  const auto request = std::make_shared<const HttpRequest>(Showing(token, {ProofOfAlice(token)}));
  const auto again = [&] { return loop.Wait<Outcome>([&] { return authenticator->Recheck(request); }); };
  ASSERT_TRUE(loop.Wait<Outcome>([&] { return authenticator->Authenticate(request); }).ok());
  EXPECT_TRUE(again().ok()) << "a stream that is still open";
  clock.Advance(301s);
  const Outcome late = again();
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(late.error().reason, "expired");
}

// RFC 9449 section 4.2: htu is where the request goes.
TEST_F(BoundTokens, NameInTheirProofThePathBesideTheResourceWhereTheyComeThere) {
  BearerOptions options = Options();
  options.binding = TokenBinding::kRequired;
  options.paths_beside = {"/messages/"};
  authenticator = MakeBearerAuthenticator(std::move(options), keys, clock);
  const Secret token = Bound(alice);
  const auto answer = [&](const std::string& target, const std::string& proven) {
    const ProofOf proof{
        .method = "POST", .target = "http://127.0.0.1:9" + proven, .token = token.Reveal(), .now = clock.NowSeconds()};
    HttpRequest request = Showing(token, {alice.Prove(proof).Reveal()});
    request.target = target;
    return Answer(std::move(request));
  };
  EXPECT_EQ(answer("/messages/?session_id=x", "/messages/"), "");
  EXPECT_EQ(answer("/messages/?session_id=x", "/mcp"), "proof_target");
  EXPECT_EQ(answer("/elsewhere/", "/messages/"), "proof_target");
  EXPECT_EQ(answer("/mcp", "/mcp"), "");
}

TEST_F(BearerAuthenticator, PublishesConfiguredConstantsOnly) {
  const Json document = authenticator->Metadata();
  EXPECT_EQ(document["resource"], "http://127.0.0.1:9/mcp");
  EXPECT_EQ(document["authorization_servers"][0], issuer.Issuer());
  EXPECT_THAT(Dump(document), Not(HasSubstr("offline_access")));
}

TEST_F(BearerAuthenticator, AsksEachTimeForTheCertificateATokenIsBoundTo) {
  const std::string bound_to(43, 'a');
  const Secret token = issuer.Token("alice-id", "mcp-jira", clock.NowSeconds(), {{"cnf", {{"x5t#S256", bound_to}}}});
  const auto reason = [&](const std::string& proven) {
    HttpRequest request = With({"Bearer " + token.Reveal()});
    request.client_certificate = proven;
    const Outcome outcome = Ask(std::move(request));
    return outcome.ok() ? "" : outcome.error().reason;
  };
  EXPECT_EQ(reason(bound_to), "confirmation");
  BearerOptions options = Options();
  options.policy.certificate_bound = true;
  authenticator = MakeBearerAuthenticator(options, keys, clock);
  EXPECT_EQ(reason(bound_to), "");
  EXPECT_EQ(reason(""), "certificate");
  EXPECT_EQ(reason(std::string(43, 'A')), "certificate");
  EXPECT_EQ(reason(bound_to), "");
  options.certificate_matches = [](const std::string&, const std::string& proven) { return !proven.empty(); };
  authenticator = MakeBearerAuthenticator(options, keys, clock);
  EXPECT_EQ(reason(std::string(43, 'A')), "");
  EXPECT_EQ(reason(""), "certificate");
  EXPECT_FALSE(IsThatCertificate("", ""));
}

}  // namespace
}  // namespace iff
