#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "harness/core/json.h"
#include "harness/core/result_matchers.h"
#include "servers/guard/audit_file.h"
#include "servers/guard/lru_map.h"
#include "servers/guard/metrics.h"
#include "servers/guard/refused_strangers.h"
#include "servers/guard/token_bucket.h"
#include "servers/guard/verdict_cache.h"

namespace iff {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

Caller Somebody(const std::string& subject) {
  Caller caller;
  caller.claims.issuer = "https://issuer.example";
  caller.claims.subject = subject;
  return caller;
}

// -- limits

class Limiter : public ::testing::Test {
 protected:
  std::shared_ptr<RateLimiter> Make(bool counts_refused = false) {
    TokenBucketOptions options;
    options.budget = {.count = 3, .span = std::chrono::seconds(30)};
    options.groups["write"] = {.count = 1, .span = std::chrono::seconds(60)};
    options.counts_refused = counts_refused;
    options.now = [this] { return now; };
    return MakeTokenBucketLimiter(std::move(options));
  }
  std::chrono::nanoseconds now = std::chrono::hours(1);
};

TEST_F(Limiter, AnswersHowLongToWait) {
  const auto limiter = Make();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(limiter->Take(Somebody("alice"), "read"), std::nullopt);
  EXPECT_EQ(limiter->Take(Somebody("alice"), "read"), std::chrono::milliseconds(10'000));
  EXPECT_EQ(limiter->Take(Somebody("alice"), "read"), std::chrono::milliseconds(10'000));
  now += std::chrono::seconds(10);
  EXPECT_EQ(limiter->Take(Somebody("alice"), "read"), std::nullopt);
}

TEST_F(Limiter, KeepsPeopleAndGroupsApart) {
  const auto limiter = Make();
  for (int i = 0; i < 3; ++i) (void)limiter->Take(Somebody("alice"), "read");
  EXPECT_EQ(limiter->Take(Somebody("bob"), "read"), std::nullopt);
  EXPECT_EQ(limiter->Take(Somebody("alice"), "write"), std::nullopt);
  EXPECT_NE(limiter->Take(Somebody("alice"), "write"), std::nullopt);
}

TEST_F(Limiter, PunishesImpatienceWhereConfigured) {
  const auto limiter = Make(true);
  for (int i = 0; i < 3; ++i) (void)limiter->Take(Somebody("alice"), "read");
  EXPECT_EQ(limiter->Take(Somebody("alice"), "read"), std::chrono::milliseconds(20'000));
  for (int i = 0; i < 100; ++i) (void)limiter->Take(Somebody("alice"), "read");
  EXPECT_EQ(limiter->Take(Somebody("alice"), "read"), std::chrono::milliseconds(40'000));
}

TEST(LruMap, ForgetsTheStalestThatMayGo) {
  LruMap<int> map(2);
  map.Put("a", 1);
  map.Put("b", 2);
  (void)map.Find("a");
  map.Put("c", 3);
  EXPECT_EQ(map.Find("b"), nullptr);
  EXPECT_NE(map.Find("a"), nullptr);
  map.Put("d", 4, [](int& value) { return value != 3; });
  EXPECT_NE(map.Find("c"), nullptr);
  EXPECT_EQ(map.Find("a"), nullptr);
}

// -- audit

class AuditFileTest : public ::testing::Test {
 protected:
  AuditFileTest() {
    std::string name = "/tmp/iff-audit-XXXXXX";
    directory = ::mkdtemp(name.data());
    path = directory + "/audit.jsonl";
  }
  ~AuditFileTest() override {
    ::unlink(path.c_str());
    ::rmdir(directory.c_str());
  }
  void Write(int count, const std::string& reason = "expired") {
    AuditFileOptions options;
    options.path = path;
    const auto trail = OpenAuditFile(options, clock).value();
    for (int i = 0; i < count; ++i) {
      Decision decision;
      decision.subject = "alice-id";
      decision.outcome = "denied";
      decision.reason = reason;
      EXPECT_TRUE(trail->Record(decision));
    }
  }
  std::string Text() const {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }
  TokenBucketOptions Written(int64_t count, int64_t seconds) const {
    return {.budget = {.count = count, .span = std::chrono::seconds(seconds)},
            .now = [this] { return std::chrono::nanoseconds(clock.Now().time_since_epoch()); }};
  }
  void Replace(const std::string& text) const { std::ofstream(path) << text; }

  ManualClock clock;
  std::string directory;
  std::string path;
};

TEST_F(AuditFileTest, ContinuesItsChainAfterARestart) {
  Write(2);
  Write(2);
  EXPECT_THAT(VerifyAuditFile(path), IsOkAndHolds(4u));
  struct stat seen = {};
  ASSERT_EQ(::stat(path.c_str(), &seen), 0);
  EXPECT_EQ(seen.st_mode & 0777u, 0600u);
}

TEST_F(AuditFileTest, ShowsAChangedLine) {
  Write(3);
  std::string text = Text();
  text.replace(text.find("alice-id"), 8, "mallory!");
  Replace(text);
  EXPECT_THAT(VerifyAuditFile(path), FailsWith(ErrorKind::kRefused, HasSubstr("line 1: was changed")));
}

TEST_F(AuditFileTest, ShowsADroppedLine) {
  Write(3);
  const std::string text = Text();
  const size_t first = text.find('\n') + 1;
  const size_t second = text.find('\n', first) + 1;
  Replace(text.substr(0, first) + text.substr(second));
  EXPECT_THAT(VerifyAuditFile(path), FailsWith(ErrorKind::kRefused, HasSubstr("line 2: out of sequence")));
}

TEST_F(AuditFileTest, KeepsOneLineForOneDecisionWhateverIsInIt) {
  Write(1, "a\r\n\x1b[31m\"},{\"\xe2\x80\xae");
  EXPECT_THAT(VerifyAuditFile(path), IsOkAndHolds(1u));
  EXPECT_THAT(Text(), Not(HasSubstr("\x1b")));
  EXPECT_THAT(Text(), HasSubstr("\\u202e"));
}

TEST_F(AuditFileTest, CutsWhatSomebodyMadeLong) {
  Write(1, std::string(300'000, 'x'));
  EXPECT_LT(Text().size(), 6'000u);
  EXPECT_THAT(Text(), HasSubstr("xxx...\""));
  Write(1);
  EXPECT_THAT(VerifyAuditFile(path), IsOkAndHolds(2u));
}

TEST_F(AuditFileTest, GoesOnBehindWhateverStandsAtItsEnd) {
  for (const std::string& end : {std::string("half a li"), std::string("no line of ours\n"), std::string("\n\n"),
                                 std::string(70'000, 'x') + "\n", std::string(3'000'000, 'y')}) {
    Replace("");
    Write(2);
    Replace(Text() + end);
    Write(1);
    const std::string text = Text();
    const size_t last = text.rfind('{');
    EXPECT_THAT(text.substr(last), HasSubstr("\"seq\":3,")) << end.size() << " bytes";
  }
}

TEST_F(AuditFileTest, HasOneWriter) {
  AuditFileOptions options;
  options.path = path;
  const auto first = OpenAuditFile(options, clock);
  ASSERT_TRUE(first.ok());
  EXPECT_THAT(OpenAuditFile(options, clock),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("another server writes it")));
}

TEST_F(AuditFileTest, CountsRefusedStrangersWhereTheyAreMany) {
  AuditFileOptions options;
  options.path = path;
  Decision stranger;
  stranger.outcome = "denied";
  stranger.reason = "missing_credential";
  Decision alice = stranger;
  alice.subject = "alice-id";
  {
    const auto trail = CountRefusedStrangers(OpenAuditFile(options, clock).value(), Written(3, 30));
    for (int i = 0; i < 2'000; ++i) EXPECT_TRUE(trail->Record(stranger));
    EXPECT_THAT(VerifyAuditFile(path), IsOkAndHolds(3u));
    EXPECT_TRUE(trail->Record(alice));
    EXPECT_THAT(VerifyAuditFile(path), IsOkAndHolds(4u)) << "whoever is known has a record each";
    clock.Advance(std::chrono::seconds(10));
    EXPECT_TRUE(trail->Record(stranger));
    EXPECT_THAT(VerifyAuditFile(path), IsOkAndHolds(6u)) << "one is due, after those that were counted";
    EXPECT_TRUE(trail->Record(stranger));
    EXPECT_TRUE(trail->Record(stranger));
  }
  EXPECT_THAT(VerifyAuditFile(path), IsOkAndHolds(7u)) << "at the end, what was counted since";
  std::istringstream lines(Text());
  std::vector<Json> counted;
  for (std::string line; std::getline(lines, line);) {
    Json record = ParseJson(line).value();
    if (record.contains("count")) counted.push_back(std::move(record));
  }
  ASSERT_EQ(counted.size(), 2u);
  EXPECT_EQ(counted[0]["count"], 1'997);
  EXPECT_EQ(counted[0]["reason"], "strangers_refused");
  EXPECT_EQ(counted[0]["outcome"], "denied");
  EXPECT_EQ(counted[0]["subject"], "");
  EXPECT_EQ(counted[1]["count"], 2);
}

// Whose trail cannot be written serves nobody, however strange.
TEST_F(AuditFileTest, KeepsACountThatCannotBeWritten) {
  struct Full final : AuditTrail {
    bool Record(const Decision& decision) override {
      if (full) return false;
      count += decision.count;
      return true;
    }
    bool full = false;
    int64_t count = 0;
  };
  const auto full = std::make_shared<Full>();
  const auto trail = CountRefusedStrangers(full, Written(1, 3600));
  Decision stranger;
  stranger.outcome = "denied";
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(trail->Record(stranger));
  full->full = true;
  clock.Advance(std::chrono::seconds(2));
  EXPECT_FALSE(trail->Record(stranger));
  full->full = false;
  EXPECT_TRUE(trail->Record(stranger));
  EXPECT_EQ(full->count, 12);
}

TEST_F(AuditFileTest, RefusesWhatIsNoFile) {
  AuditFileOptions options;
  options.path = "/dev/full";
  EXPECT_THAT(OpenAuditFile(options, clock), FailsWith(ErrorKind::kInvalidInput, HasSubstr("not a regular file")));
}

TEST(Metrics, HasNoIdentityInItsLabels) {
  Metrics metrics;
  Decision decision;
  decision.subject = "alice-id";
  decision.issuer = "https://issuer.example";
  decision.outcome = "denied";
  decision.reason = "Something A Caller Made Up";
  EXPECT_TRUE(Counted(nullptr, metrics)->Record(decision));
  EXPECT_THAT(metrics.Text(), AllOf(HasSubstr("iff_decisions_total{outcome=\"denied\",reason=\"other\"} 1"),
                                    Not(HasSubstr("alice")), Not(HasSubstr("issuer.example"))));
}

}  // namespace
}  // namespace iff
