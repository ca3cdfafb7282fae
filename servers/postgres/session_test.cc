// Sessions against a real PostgreSQL, whose own refusals are half of what holds a statement.
#include "servers/postgres/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "harness/core/clock.h"
#include "harness/net/gate.h"
#include "servers/postgres/cluster_for_tests.h"

namespace iff {
namespace {

using ::testing::HasSubstr;

// Of this process, in bytes.
int64_t ResidentMemory() {
  std::ifstream in("/proc/self/statm");
  int64_t all = 0;
  int64_t resident = 0;
  in >> all >> resident;
  return resident * ::sysconf(_SC_PAGESIZE);
}

class SessionTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    cluster = std::make_unique<ClusterForTests>();
    cluster->Run({"CREATE TABLE t (n int)", "INSERT INTO t SELECT generate_series(1, 3)", "CREATE ROLE reader"});
    options = cluster->options();
  }
  static void TearDownTestSuite() { cluster.reset(); }

  SessionTest() : session(Session::Open(options).value()) {}

  Result<Json, DatabaseError> Run(const std::string& sql) { return session->Run(sql, {}, limits); }
  std::string StateOf(const std::string& sql) {
    const auto outcome = Run(sql);
    return outcome.ok() ? "ok" : outcome.error().sqlstate;
  }
  int64_t Count() { return Run("SELECT count(*) FROM t").value()["rows"][0][0].get<int64_t>(); }

  static inline std::unique_ptr<ClusterForTests> cluster;
  static inline SessionOptions options;
  std::unique_ptr<Session> session;
  StatementLimits limits;
};

TEST_F(SessionTest, AnswersRowsOfEveryStatementThatYieldsThem) {
  const Json typed = Run("SELECT 1, 'a'::text AS b, true, NULL, 1.50::numeric, '{\"x\":[1]}'::jsonb;").value();
  EXPECT_EQ(Dump(typed["rows"]), R"([[1,"a",true,null,"1.50",{"x":[1]}]])");
  EXPECT_EQ(typed["columns"][1]["name"], "b");
  EXPECT_EQ(Dump(Run("VALUES (1), (2)").value()["rows"]), "[[1],[2]]");
  EXPECT_EQ(Dump(Run("TABLE t").value()["rows"]), "[[1],[2],[3]]");
  EXPECT_EQ(Dump(Run("(SELECT 1) UNION (SELECT 2) ORDER BY 1").value()["rows"]), "[[1],[2]]");
  EXPECT_EQ(Dump(Run("SELECT n AS a, n AS a FROM t ORDER BY n LIMIT 1 -- end").value()["rows"]), "[[1,1]]");
  EXPECT_EQ(Run("SHOW transaction_read_only").value()["rows"][0][0], "on");
  EXPECT_FALSE(Run("EXPLAIN SELECT 1").value()["rows"].empty());
  limits.read_only = false;
  EXPECT_EQ(Dump(Run("WITH d AS (DELETE FROM t WHERE n > 99 RETURNING n) SELECT count(*) FROM d").value()["rows"]),
            "[[0]]");
  EXPECT_EQ(Run("UPDATE t SET n = n").value()["affected"], 3);
  EXPECT_EQ(Dump(Run("UPDATE t SET n = n WHERE n = 1 RETURNING n").value()["rows"]), "[[1]]");
}

TEST_F(SessionTest, RunsOneStatement) {
  for (const char* sql : {"SELECT 1; DROP TABLE t", "COMMIT; DROP TABLE t", "SHOW work_mem; DROP TABLE t",
                          "SELECT 1) AS q; DROP TABLE t; --", "/* ; */ SELECT 1; DELETE FROM t"}) {
    EXPECT_EQ(StateOf(sql), "42601") << sql;
  }
  EXPECT_EQ(Count(), 3);
}

TEST_F(SessionTest, ChangesNothingWhenReadOnly) {
  for (const char* sql : {"DELETE FROM t", "EXPLAIN ANALYZE DELETE FROM t", "SELECT * FROM t FOR UPDATE",
                          "WITH d AS (DELETE FROM t RETURNING n) SELECT * FROM d", "CREATE TABLE u ()",
                          "SELECT nextval('none')", "DO $$ BEGIN DELETE FROM t; END $$"}) {
    EXPECT_NE(StateOf(sql), "ok") << sql;
  }
  EXPECT_NE(StateOf("SET transaction_read_only = off"), "ok");
  EXPECT_NE(StateOf("SELECT set_config('transaction_read_only', 'off', true)"), "ok");
  EXPECT_EQ(Count(), 3);
}

TEST_F(SessionTest, ForgetsWhatAStatementLeftBehind) {
  limits.read_only = false;
  ASSERT_TRUE(Run("SET ROLE reader").ok());
  ASSERT_TRUE(Run("SET work_mem = '64kB'").ok());
  ASSERT_TRUE(Run("SELECT set_config('app.user', 'bob', false)").ok());
  ASSERT_TRUE(session->Reset());
  EXPECT_EQ(Run("SELECT current_user").value()["rows"][0][0], "owner");
  EXPECT_NE(Run("SHOW work_mem").value()["rows"][0][0], "64kB");
  EXPECT_EQ(Run("SELECT coalesce(nullif(current_setting('app.user', true), ''), 'none')").value()["rows"][0][0],
            "none");
}

TEST_F(SessionTest, StopsAtItsLimits) {
  limits.timeout_ms = 30'000;
  limits.max_rows = 10;
  const Json many = Run("SELECT 1 FROM generate_series(1, 10000) a, generate_series(1, 1000) b").value();
  EXPECT_EQ(many["row_count"], 10);
  EXPECT_EQ(many["truncated"], true);
  limits.max_rows = 1000;
  const Json wide = Run("SELECT repeat('x', 50000000)").value();
  EXPECT_EQ(wide["truncated"], true);
  EXPECT_LE(wide["rows"][0][0].get<std::string>().size(), 65'536u);
  const Json heavy = Run("SELECT repeat('x', 60000) FROM generate_series(1, 1000)").value();
  EXPECT_EQ(heavy["truncated"], true);
  EXPECT_LE(Dump(heavy).size(), 1'200'000u);
  EXPECT_EQ(Run("SELECT * FROM generate_series(1, 1000)").value()["truncated"], false);
  limits.timeout_ms = 200;
  EXPECT_EQ(StateOf("SELECT pg_sleep(30)"), "57014");
  EXPECT_EQ(StateOf("SELECT set_config('statement_timeout', '0', false), pg_sleep(30)"), "57014");
}

TEST_F(SessionTest, StopsAtItsLimitsWhateverTheColumns) {
  limits.timeout_ms = 30'000;
  limits.max_rows = 10;
  const Json none = Run("SELECT FROM generate_series(1, 10000) a, generate_series(1, 10000) b").value();
  EXPECT_EQ(none["row_count"], 10);
  EXPECT_EQ(none["truncated"], true);
  EXPECT_EQ(Dump(Run("SELECT FROM t").value()["rows"]), "[[],[],[]]");
  std::string wide = "SELECT 1";
  for (int i = 1; i < 200; ++i) wide += ", 1";
  EXPECT_EQ(StateOf(wide), "ok");
  EXPECT_EQ(StateOf(wide + ", 1"), "54011");
  EXPECT_EQ(Count(), 3) << "the session goes on";
}

// What changes data is carried out whole, and no more of what it yields is kept than is shown.
TEST_F(SessionTest, StopsAtItsLimitsWhereDataChanges) {
  limits.timeout_ms = 30'000;
  limits.read_only = false;
  limits.max_rows = 10;
  const int64_t before = ResidentMemory();
  ASSERT_TRUE(Run("CREATE TABLE many (n int, text text)").ok());
  const Json inserted =
      Run("INSERT INTO many SELECT n, repeat('x', 1000) FROM generate_series(1, 200000) n RETURNING n, text").value();
  EXPECT_EQ(inserted["row_count"], 10);
  EXPECT_EQ(inserted["truncated"], true);
  EXPECT_EQ(Dump(inserted["columns"]), R"([{"name":"n","type":"integer"},{"name":"text","type":"text"}])");
  EXPECT_EQ(inserted["rows"][0][0], 1);
  EXPECT_EQ(Run("SELECT count(*) FROM many").value()["rows"][0][0], 200000);
  const Json deleted = Run("WITH d AS (DELETE FROM many RETURNING n, text) SELECT * FROM d").value();
  EXPECT_EQ(deleted["row_count"], 10);
  EXPECT_EQ(deleted["truncated"], true);
  EXPECT_EQ(Run("SELECT count(*) FROM many").value()["rows"][0][0], 0);
  const Json wide = Run("INSERT INTO many VALUES (1, 'x') RETURNING n, repeat('x', 50000000)").value();
  EXPECT_EQ(wide["truncated"], true);
  EXPECT_LE(wide["rows"][0][1].get<std::string>().size(), 65'536U);
  EXPECT_LT(ResidentMemory() - before, int64_t{40} << 20);
  std::string columns = "1";
  for (int i = 1; i < 201; ++i) columns += ", 1";
  EXPECT_EQ(StateOf("INSERT INTO many VALUES (2, 'x') RETURNING " + columns), "54011");
  EXPECT_EQ(Run("INSERT INTO many VALUES (3, 'x')").value()["affected"], 1);
  EXPECT_EQ(Run("SELECT count(*) FROM many").value()["rows"][0][0], 2) << "what is refused is not carried out";
}

TEST_F(SessionTest, RunsAStatementOnceThatFailsAsNotSupported) {
  limits.read_only = false;
  ASSERT_TRUE(Run("CREATE SEQUENCE runs").ok());
  ASSERT_TRUE(Run("CREATE FUNCTION refuses() RETURNS int LANGUAGE plpgsql AS $$ BEGIN PERFORM nextval('runs');"
                  " RAISE EXCEPTION USING ERRCODE = '0A000'; END $$")
                  .ok());
  EXPECT_EQ(StateOf("SELECT refuses()"), "0A000");
  EXPECT_EQ(Run("SELECT last_value FROM runs").value()["rows"][0][0], 1) << "a sequence keeps what was rolled back";
}

TEST_F(SessionTest, IsCancelledFromAnotherThread) {
  limits.timeout_ms = 30'000;
  std::atomic<bool> over = false;
  std::thread other([&] {
    (void)Eventually(Deadline::In(10s), [&]() -> Result<bool> {
      session->Cancel();
      return over.load();
    });
  });
  EXPECT_EQ(StateOf("SELECT pg_sleep(30)"), "57014");
  over = true;
  other.join();
}

TEST_F(SessionTest, SaysWhatTheServerSaidAndNothingOfTheConnection) {
  const auto outcome = Run("SELECT * FROM nothing_here");
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().sqlstate, "42P01");
  EXPECT_EQ(outcome.error().message, "relation \"nothing_here\" does not exist");
  EXPECT_EQ(StateOf("SELECT 1"), "ok");
}

TEST_F(SessionTest, TakesParametersAsValues) {
  const auto outcome = session->Run("SELECT $1::text, $2::text", {"'; DROP TABLE t; --", "b"}, limits);
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  EXPECT_EQ(Dump(outcome.value()["rows"]), R"([["'; DROP TABLE t; --","b"]])");
}

TEST_F(SessionTest, TellsARefusedRoleFromAServerThatIsAway) {
  SessionOptions stranger = options;
  stranger.user = "nobody_here";
  const auto refused = Session::Open(stranger);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, DatabaseError::Kind::kRefused);
  SessionOptions away = options;
  const HeldPort silent = HeldPort::Acquire().value();
  away.address = silent.endpoint();
  const auto unreachable = Session::Open(away);
  ASSERT_FALSE(unreachable.ok());
  EXPECT_EQ(unreachable.error().kind, DatabaseError::Kind::kUnavailable);
}

TEST_F(SessionTest, TellsADatabaseThatTakesNobodyFromOneThatRefusesTheRole) {
  const auto gate = Gate::Open(options.address, GateReads::kStartups).value();
  SessionOptions through = options;
  through.address = gate->endpoint();
  const auto kind_of = [&](const std::string& sqlstate, const std::string& says) {
    gate->Set({.mode = GateMode::kAnswer, .body = says, .sqlstate = sqlstate});
    const auto opened = Session::Open(through);
    EXPECT_FALSE(opened.ok()) << sqlstate;
    return opened.ok() ? DatabaseError::Kind::kLost : opened.error().kind;
  };
  EXPECT_EQ(kind_of("53300", "sorry, too many clients already"), DatabaseError::Kind::kUnavailable);
  EXPECT_EQ(kind_of("57P03", "the database system is starting up"), DatabaseError::Kind::kUnavailable);
  EXPECT_EQ(kind_of("", "<html>it works</html>"), DatabaseError::Kind::kUnavailable);
  EXPECT_EQ(kind_of("28P01", "password authentication failed for user \"owner\""), DatabaseError::Kind::kRefused);
  EXPECT_EQ(gate->counts().disturbed, 4u);
  gate->Heal();
  EXPECT_TRUE(Session::Open(through).ok());
}

TEST_F(SessionTest, NoticesThatItsRoleWasDropped) {
  cluster->Run({"CREATE ROLE leaver LOGIN"});
  SessionOptions theirs = options;
  theirs.user = "leaver";
  const auto kept = Session::Open(theirs).value();
  ASSERT_TRUE(kept->Run("SELECT 1", {}, limits).ok());
  EXPECT_EQ(kept->Run("SELECT 'x'::no_such_type", {}, limits).error().kind, DatabaseError::Kind::kStatement);
  cluster->Run({"DROP ROLE leaver"});
  const auto outcome = kept->Run("SELECT 1", {}, limits);
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().kind, DatabaseError::Kind::kRefused);
}

TEST_F(SessionTest, NoticesThatItsConnectionDied) {
  const auto other = Session::Open(options).value();
  const int64_t process = Run("SELECT pg_backend_pid()").value()["rows"][0][0].get<int64_t>();
  ASSERT_TRUE(other->Run("SELECT pg_terminate_backend(" + std::to_string(process) + ")", {}, limits).ok());
  const auto outcome = Run("SELECT 1");
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().kind, DatabaseError::Kind::kLost);
  EXPECT_TRUE(outcome.error().nothing_ran);
}

TEST_F(SessionTest, GivesUpADatabaseThatSaysNothing) {
  const auto gate = Gate::Open(options.address, GateReads::kStartups).value();
  SessionOptions through = options;
  through.address = gate->endpoint();
  limits.timeout_ms = 500;

  const auto kept = Session::Open(through).value();
  gate->Set({.mode = GateMode::kHold});
  const auto begun = kept->Run("SELECT 1", {}, limits);
  ASSERT_FALSE(begun.ok());
  EXPECT_EQ(begun.error().kind, DatabaseError::Kind::kLost);
  EXPECT_TRUE(begun.error().silent);
  EXPECT_TRUE(begun.error().nothing_ran);
  EXPECT_FALSE(kept->Reset());

  gate->Heal();
  const auto busy = Session::Open(through).value();
  std::thread other([&] {
    const std::string runs = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
    (void)Eventually(Deadline::In(2s), [&]() -> Result<bool> { return Run(runs).value()["rows"][0][0] != 0; });
    gate->Set({.mode = GateMode::kHold});
  });
  const auto broken = busy->Run("SELECT pg_sleep(0.4)", {}, limits);
  other.join();
  ASSERT_FALSE(broken.ok());
  EXPECT_EQ(broken.error().kind, DatabaseError::Kind::kLost);
  EXPECT_TRUE(broken.error().silent);
  EXPECT_FALSE(broken.error().nothing_ran);
}

}  // namespace
}  // namespace iff
