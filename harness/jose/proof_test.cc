#include "harness/jose/proof.h"

#include <gmock/gmock.h>

#include <map>

#include "harness/core/bytes.h"
#include "harness/jose/prover.h"

namespace iff {
namespace {

constexpr int64_t kNow = 1'800'000'000;

class ProofTest : public ::testing::Test {
 protected:
  static const Prover& alice() {
    static const Prover prover;
    return prover;
  }
  const std::string target = "https://jira.example/mcp";
  const std::string token = "eyJ.the.token";
  ProofPolicy policy = {};

  ProofOf What() const { return {.method = "POST", .target = target, .token = token, .now = kNow}; }
  Result<Proof, ProofRefusal> Verify(const Secret& proof, int64_t now = kNow) const {
    const std::string key = alice().Thumbprint();
    return VerifyProof(proof.Reveal(), {.method = "POST", .target = target, .token = token, .key = key}, policy, now);
  }
  std::string Answer(const Secret& proof, int64_t now = kNow) const {
    const Result<Proof, ProofRefusal> shown = Verify(proof, now);
    return shown.ok() ? "taken" : std::string(Name(shown.error()));
  }
};

TEST_F(ProofTest, TakesAnHonestProofOfEveryKindOfKey) {
  const Result<Proof, ProofRefusal> shown = Verify(alice().Prove(What()));
  ASSERT_TRUE(shown.ok()) << Name(shown.error());
  EXPECT_EQ(shown->key, alice().Thumbprint());
  EXPECT_EQ(shown->issued_at, kNow);
  EXPECT_FALSE(shown->id.empty());
  for (const Algorithm algorithm : {Algorithm::kEdDsa, Algorithm::kRs256}) {
    const Prover other(algorithm);
    const std::string key = other.Thumbprint();
    EXPECT_TRUE(VerifyProof(other.Prove(What()).Reveal(),
                            {.method = "POST", .target = target, .token = token, .key = key}, policy, kNow)
                    .ok())
        << Name(algorithm);
  }
}

TEST_F(ProofTest, RefusesEachAttackForWhatIsWrongWithIt) {
  const std::map<std::string, std::string> expected = {{"proof-typ-jwt", "proof_type"},
                                                       {"proof-without-typ", "proof_type"},
                                                       {"proof-alg-none", "proof_algorithm"},
                                                       {"proof-alg-hs256", "proof_algorithm"},
                                                       {"proof-alg-of-another-key", "proof_key"},
                                                       {"proof-private-key", "proof_key"},
                                                       {"proof-without-key", "proof_key"},
                                                       {"proof-wrong-signature", "proof_signature"},
                                                       {"proof-signed-by-another", "proof_signature"},
                                                       {"proof-of-another-key", "proof_binding"},
                                                       {"proof-critical", "proof_malformed"},
                                                       {"proof-other-method", "proof_method"},
                                                       {"proof-method-in-small-letters", "proof_method"},
                                                       {"proof-without-method", "proof_claim"},
                                                       {"proof-other-host", "proof_target"},
                                                       {"proof-other-path", "proof_target"},
                                                       {"proof-host-of-a-proxy", "proof_target"},
                                                       {"proof-other-scheme", "proof_target"},
                                                       {"proof-host-behind-a-name", "proof_target"},
                                                       {"proof-without-target", "proof_claim"},
                                                       {"proof-target-with-query", "taken"},
                                                       {"proof-target-in-capitals", "taken"},
                                                       {"proof-without-token", "proof_claim"},
                                                       {"proof-for-another-token", "proof_token"},
                                                       {"proof-long-ago", "proof_time"},
                                                       {"proof-from-the-future", "proof_time"},
                                                       {"proof-date-as-text", "proof_claim"},
                                                       {"proof-without-date", "proof_claim"},
                                                       {"proof-without-id", "proof_claim"},
                                                       {"proof-empty-id", "proof_claim"},
                                                       {"proof-huge-id", "proof_too_large"}};
  std::map<std::string, std::string> seen;
  for (const Attack& attack : Prover::Attacks()) {
    EXPECT_EQ(Answer(alice().Prove(What())), "taken");
    seen[attack.id] = Answer(alice().Make(attack.id, What()).value());
    EXPECT_EQ(seen[attack.id] == "taken", attack.honest) << attack.id;
    EXPECT_FALSE(attack.row.empty() || attack.title.empty() || attack.clause.empty()) << attack.id;
  }
  EXPECT_EQ(seen, expected);
  EXPECT_FALSE(alice().Make("no-such", What()).ok());
}

TEST_F(ProofTest, TakesADateAtBothEndsOfTheWindow) {
  const Secret proof = alice().Prove(What());
  EXPECT_EQ(Answer(proof, kNow + policy.window), "taken");
  EXPECT_EQ(Answer(proof, kNow + policy.window + 1), "proof_time");
  EXPECT_EQ(Answer(proof, kNow - policy.window), "taken");
  EXPECT_EQ(Answer(proof, kNow - policy.window - 1), "proof_time");
}

TEST_F(ProofTest, RefusesWhatIsNoProofAtAll) {
  for (const char* const text : {"", ".", "..", "a.b", "a.b.c.d", "%%%.e30.e30", "bm8.bm8.bm8"}) {
    EXPECT_EQ(Answer(Secret(text)), "proof_malformed") << text;
  }
}

TEST(ComparableTarget, LeavesOutWhatMakesNoDifference) {
  EXPECT_EQ(ComparableTarget("HTTPS://Jira.Example:443/mcp?a=b#c"), "https://jira.example/mcp");
  EXPECT_EQ(ComparableTarget("http://jira.example:80"), "http://jira.example/");
  EXPECT_EQ(ComparableTarget("http://[::1]:8080/a%2fb/%7euser"), "http://[::1]:8080/a%2Fb/~user");
  EXPECT_EQ(ComparableTarget("https://jira.example:80/mcp"), "https://jira.example:80/mcp");
  EXPECT_NE(ComparableTarget("https://jira.example/MCP"), ComparableTarget("https://jira.example/mcp"));
  for (const char* const text :
       {"", "/mcp", "jira.example/mcp", "ftp://jira.example/", "https://", "https://a@b/", "https://a\\b/"}) {
    EXPECT_EQ(ComparableTarget(text), "") << text;
  }
}

TEST(ProofMemory, TakesAProofOnceForAsLongAsItWouldBeTaken) {
  ProofMemory memory(60);
  const Proof proof{.key = "key", .id = "one", .issued_at = kNow};
  EXPECT_EQ(memory.Admit(proof, "alice", kNow - 60), ProofMemory::Answer::kNew);
  EXPECT_EQ(memory.Admit(proof, "alice", kNow - 60), ProofMemory::Answer::kSeen);
  EXPECT_EQ(memory.Admit(proof, "alice", kNow + 60), ProofMemory::Answer::kSeen) << "the last second it is taken";
  EXPECT_EQ(memory.Admit({.key = "other", .id = "one", .issued_at = kNow}, "alice", kNow), ProofMemory::Answer::kNew)
      << "of another key";
  EXPECT_EQ(memory.Admit({.key = "key", .id = "two", .issued_at = kNow}, "alice", kNow + 200),
            ProofMemory::Answer::kNew);
  EXPECT_EQ(memory.size(), 1u) << "what nobody would take is forgotten";
}

TEST(ProofMemory, IsFullForOnePrincipalBeforeItIsForAll) {
  ProofMemory memory(60, 5, 3);
  const auto admit = [&](const std::string& principal, int number, int64_t now = kNow) {
    // A key each: whoever has one can have many.
    const std::string key = principal + std::to_string(number);
    return memory.Admit({.key = key, .id = "id", .issued_at = now}, principal, now);
  };
  for (int i = 0; i < 3; ++i) EXPECT_EQ(admit("flood", i), ProofMemory::Answer::kNew);
  EXPECT_EQ(admit("flood", 3), ProofMemory::Answer::kFull);
  EXPECT_EQ(admit("other", 0), ProofMemory::Answer::kNew);
  EXPECT_EQ(admit("flood", 0), ProofMemory::Answer::kSeen) << "still";
  EXPECT_EQ(admit("third", 0), ProofMemory::Answer::kNew);
  EXPECT_EQ(admit("fourth", 0), ProofMemory::Answer::kFull);
  EXPECT_EQ(admit("flood", 3, kNow + 121), ProofMemory::Answer::kNew);
}

}  // namespace
}  // namespace iff
