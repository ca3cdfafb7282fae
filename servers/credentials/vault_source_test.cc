#include "servers/credentials/credential_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "servers/credentials/vault_access.h"
#include "servers/credentials/vault_source.h"
#include "servers/testing/stand_ins.h"

namespace iff {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

class VaultSourceTest : public ::testing::Test {
 protected:
  using Outcome = CredentialOutcome;
  using CallerPtr = std::shared_ptr<const Caller>;

  VaultSourceTest() {
    issuer.exchanged_at = clock.NowSeconds();
    vault.Store("alice", "jira", Json{{"api_token", "alice-token"}});
    vault.Store("bob", "jira", Json{{"api_token", "bob-token"}});
  }
  void Make(CredentialKind kind = CredentialKind::kStored) {
    source = MakeVaultSource(settings, "jira", kind, {loop.loop(), hooks, metrics, clock});
  }
  Outcome Fetch(const CallerPtr& caller) {
    if (source == nullptr) Make();
    return loop.Wait<Outcome>([this, caller] { return source->Fetch(caller); });
  }
  CallerPtr Somebody(const std::string& subject, const std::string& client = "mcp-client") {
    return CallerWith(issuer, subject, clock.NowSeconds(), client);
  }
  std::string TokenOf(const Outcome& outcome) {
    return outcome.ok() ? outcome.value()->Field("api_token").Reveal() : "failed: " + outcome.error().reason;
  }
  void Shutdown() {
    std::promise<void> done;
    loop.loop().Post([&] { source->Shutdown(2s, [&] { done.set_value(); }); });
    done.get_future().get();
  }

  FakeIssuer issuer;
  FakeVault vault;
  ManualClock clock;
  VaultSettings settings = VaultSettingsFor(issuer, vault);
  CredentialHooks hooks;
  Metrics metrics;
  LoopThread loop;
  std::unique_ptr<CredentialSource> source;
};

TEST_F(VaultSourceTest, LogsInOnceForFiftyFirstCalls) {
  Make();
  const CallerPtr alice = Somebody("alice");
  std::vector<std::function<Task<Outcome>()>> calls(50, [this, alice] { return source->Fetch(alice); });
  for (const Outcome& outcome : loop.All<Outcome>(std::move(calls))) EXPECT_EQ(TokenOf(outcome), "alice-token");
  EXPECT_EQ(issuer.exchanges, 1);
  EXPECT_EQ(vault.logins, 1);
  EXPECT_EQ(vault.reads, 1);
}

TEST_F(VaultSourceTest, TakesTheCallersShareOfTheConnections) {
  std::vector<std::string> whose;
  hooks.wrap_vault_client = [&whose](EventLoop&, HttpSend send) -> HttpSend {
    return [&whose, send = std::move(send)](HttpRequest request, Deadline deadline, std::string who) {
      whose.push_back(who);
      return send(std::move(request), deadline, std::move(who));
    };
  };
  const CallerPtr alice = Somebody("alice");
  EXPECT_EQ(TokenOf(Fetch(alice)), "alice-token");
  EXPECT_EQ(whose, (std::vector<std::string>{alice->Principal(), alice->Principal()})) << "a login and a read";
}

TEST_F(VaultSourceTest, NeverMixesCallersWhoCallTogether) {
  Make();
  std::vector<std::function<Task<Outcome>()>> calls;
  for (int i = 0; i < 40; ++i) {
    const CallerPtr caller = Somebody(i % 2 == 0 ? "alice" : "bob");
    calls.push_back([this, caller] { return source->Fetch(caller); });
  }
  const std::vector<Outcome> outcomes = loop.All<Outcome>(std::move(calls));
  for (size_t i = 0; i < outcomes.size(); ++i) {
    EXPECT_EQ(TokenOf(outcomes[i]), i % 2 == 0 ? "alice-token" : "bob-token");
  }
  EXPECT_EQ(vault.logins, 2);
}

TEST_F(VaultSourceTest, SendsVaultAnExchangedTokenAndNotTheCallers) {
  const CallerPtr alice = Somebody("alice");
  ASSERT_EQ(TokenOf(Fetch(alice)), "alice-token");
  EXPECT_NE(vault.last_jwt(), alice->token.Reveal());
  EXPECT_EQ(DecodeUnverified(vault.last_jwt()).value().payload["aud"], "vault");
}

TEST_F(VaultSourceTest, PassesTheTokenThroughOnlyWhereConfigured) {
  settings.mode = CredentialMode::kPassthrough;
  const CallerPtr alice = Somebody("alice");
  ASSERT_EQ(TokenOf(Fetch(alice)), "alice-token");
  EXPECT_EQ(vault.last_jwt(), alice->token.Reveal());
  EXPECT_EQ(issuer.exchanges, 0);
}

TEST_F(VaultSourceTest, KeepsClientsAndScopesApart) {
  ASSERT_TRUE(Fetch(Somebody("alice")).ok());
  ASSERT_TRUE(Fetch(Somebody("alice", "another-client")).ok());
  auto wider = std::make_shared<Caller>(*Somebody("alice"));
  wider->claims.scopes.insert("jira:write");
  ASSERT_TRUE(Fetch(wider).ok());
  EXPECT_EQ(vault.logins, 3);
}

TEST_F(VaultSourceTest, KeepsAudiencesApart) {
  auto narrow = std::make_shared<Caller>(*Somebody("alice"));
  narrow->claims.audience = {"mcp-jira"};
  auto wide = std::make_shared<Caller>(*narrow);
  wide->claims.audience = {"mcp-jira", "account"};
  ASSERT_TRUE(Fetch(narrow).ok());
  ASSERT_TRUE(Fetch(wide).ok());
  EXPECT_EQ(vault.logins, 2);
}

TEST_F(VaultSourceTest, ReadsAStoredCredentialAgainAfterItsTime) {
  ASSERT_EQ(TokenOf(Fetch(Somebody("alice"))), "alice-token");
  vault.Store("alice", "jira", Json{{"api_token", "renewed"}});
  EXPECT_EQ(TokenOf(Fetch(Somebody("alice"))), "alice-token");
  clock.Advance(61s);
  EXPECT_EQ(TokenOf(Fetch(Somebody("alice"))), "renewed");
  EXPECT_EQ(vault.logins, 1);
}

TEST_F(VaultSourceTest, UsesNothingAfterTheTokenThatFetchedItEnded) {
  const CallerPtr alice = Somebody("alice");
  ASSERT_TRUE(Fetch(alice).ok());
  clock.Advance(301s);
  const Outcome late = Fetch(alice);
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(late.error().reason, "expired");
  issuer.exchanged_at = clock.NowSeconds();
  EXPECT_TRUE(Fetch(Somebody("alice")).ok());
  EXPECT_EQ(vault.logins, 2);
  EXPECT_EQ(vault.live_tokens(), 1u);
}

TEST_F(VaultSourceTest, UsesALeasedCredentialNoLongerThanItsLease) {
  vault.lease = 100;
  Make(CredentialKind::kDatabase);
  const Outcome first = Fetch(Somebody("alice"));
  ASSERT_TRUE(first.ok());
  EXPECT_LE(first.value()->expires_at, clock.NowSeconds() + 100);
  clock.Advance(101s);
  const Outcome second = Fetch(Somebody("alice"));
  ASSERT_TRUE(second.ok());
  EXPECT_NE(first.value()->lease_id, second.value()->lease_id);
}

TEST_F(VaultSourceTest, TellsFailuresApart) {
  const Outcome missing = Fetch(Somebody("carol"));
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().code, "missing_credential");

  hooks.secret_path = [](const Caller&, const std::string&, const std::string&) { return "users/entity-bob/jira"; };
  Make();
  const Outcome forbidden = Fetch(Somebody("alice"));
  ASSERT_FALSE(forbidden.ok());
  EXPECT_EQ(forbidden.error().code, "forbidden");
  hooks.secret_path = {};

  vault.status = 503;
  const Outcome sealed = Fetch(Somebody("dave"));
  ASSERT_FALSE(sealed.ok());
  EXPECT_EQ(sealed.error().code, "credential_store_unavailable");
  EXPECT_TRUE(sealed.error().retryable);
  EXPECT_THAT(sealed.error().message, Not(HasSubstr("secret words")));
  vault.status = 200;

  issuer.token_status = 503;
  const Outcome away = Fetch(Somebody("mallory"));
  ASSERT_FALSE(away.ok());
  EXPECT_EQ(away.error().code, "issuer_unavailable");

  issuer.token_status = 400;
  const Outcome refused = Fetch(Somebody("mallory"));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().reason, "exchange_refused");
}

TEST_F(VaultSourceTest, FollowsNoRedirectOfVault) {
  vault.status = 307;
  const Outcome outcome = Fetch(Somebody("alice"));
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().code, "credential_store_unavailable");
}

TEST_F(VaultSourceTest, RemembersNoFailure) {
  ASSERT_FALSE(Fetch(Somebody("carol")).ok());
  vault.Store("carol", "jira", Json{{"api_token", "new"}});
  EXPECT_EQ(TokenOf(Fetch(Somebody("carol"))), "new");
  EXPECT_EQ(vault.logins, 1);
}

TEST_F(VaultSourceTest, LogsInAgainWhenVaultForgotItsToken) {
  ASSERT_TRUE(Fetch(Somebody("alice")).ok());
  vault.KillTokens();
  clock.Advance(61s);
  EXPECT_EQ(TokenOf(Fetch(Somebody("alice"))), "alice-token");
  EXPECT_EQ(vault.logins, 2);
}

TEST_F(VaultSourceTest, ReplacesADiscardedCredentialOnce) {
  const CallerPtr alice = Somebody("alice");
  const Outcome first = Fetch(alice);
  ASSERT_TRUE(first.ok());
  vault.Store("alice", "jira", Json{{"api_token", "renewed"}});
  loop.Do([&] { source->Discard(*alice, *first.value()); });
  EXPECT_EQ(TokenOf(Fetch(alice)), "renewed");
  loop.Do([&] { source->Discard(*alice, *first.value()); });  // an old one: nothing happens
  EXPECT_EQ(TokenOf(Fetch(alice)), "renewed");
  EXPECT_EQ(vault.reads, 2);
}

TEST_F(VaultSourceTest, GivesEveryTokenBackAtShutdown) {
  ASSERT_TRUE(Fetch(Somebody("alice")).ok());
  ASSERT_TRUE(Fetch(Somebody("bob")).ok());
  EXPECT_EQ(vault.live_tokens(), 2u);
  Shutdown();
  EXPECT_EQ(vault.live_tokens(), 0u);
  EXPECT_FALSE(Fetch(Somebody("alice")).ok());
}

TEST_F(VaultSourceTest, EndsItsShutdownThoughVaultIsAway) {
  ASSERT_TRUE(Fetch(Somebody("alice")).ok());
  vault.status = 503;
  Shutdown();
}

TEST_F(VaultSourceTest, KeepsNoMoreThanItsCacheHolds) {
  settings.principals = 2;
  for (const char* name : {"alice", "bob", "carol", "dave"}) (void)Fetch(Somebody(name));
  EXPECT_EQ(source->kept(), 2u);
  EXPECT_THAT(Eventually(Deadline::In(2s), [&]() -> Result<bool> { return vault.live_tokens() == 2; }).ok(), true);
}

// Giving a login back revokes its leases: making room would end a statement that runs under one.
TEST_F(VaultSourceTest, TakesNothingFromWhoIsUsingIt) {
  settings.principals = 2;
  const CredentialOutcome used = Fetch(Somebody("alice"));
  ASSERT_TRUE(used.ok());
  for (const char* name : {"bob", "carol", "dave"}) (void)Fetch(Somebody(name));
  EXPECT_EQ(source->kept(), 2u);  // alice's, and dave's
  const CredentialOutcome again = Fetch(Somebody("alice"));
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again.value(), used.value()) << "it was fetched anew";
}

TEST_F(VaultSourceTest, ToldWhatExistsByNameOnly) {
  Make();
  vault.Store("alice", "github", Json{{"token", "x"}});
  const CallerPtr alice = Somebody("alice");
  using Looked = Result<CredentialSource::Holdings, Failure>;
  const Looked looked = loop.Wait<Looked>([&] { return source->Look(alice); });
  ASSERT_TRUE(looked.ok());
  EXPECT_EQ(looked.value().identity, "entity-alice");
  EXPECT_THAT(looked.value().names, UnorderedElementsAre("jira", "github"));
}

TEST(EncodeVaultPath, RefusesSegmentsThatWalk) {
  EXPECT_EQ(EncodeVaultPath("users/a b/c%2f").value(), "users/a%20b/c%252f");
  for (const char* path : {"", "/", "a//b", "../a", "a/..", "a/./b", "/a", "a/"}) {
    EXPECT_FALSE(EncodeVaultPath(path).ok()) << path;
  }
}

TEST(PrincipalCacheKey, IsUnambiguous) {
  Caller one;
  one.claims.issuer = "i";
  one.claims.subject = "ab";
  one.claims.client = "c";
  Caller other = one;
  other.claims.subject = "a";
  other.claims.client = "bc";
  EXPECT_NE(PrincipalCacheKey(one, "t"), PrincipalCacheKey(other, "t"));
  // Of two lists, what stands in the one is not taken for part of the other.
  Caller audience = one;
  audience.claims.audience = {"x"};
  Caller scope = one;
  scope.claims.scopes = {"x"};
  EXPECT_NE(PrincipalCacheKey(audience, "t"), PrincipalCacheKey(scope, "t"));
}

}  // namespace
}  // namespace iff
