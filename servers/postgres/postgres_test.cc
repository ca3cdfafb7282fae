// The whole program against a real PostgreSQL and fakes of the rest.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "servers/postgres/cluster_for_tests.h"
#include "servers/testing/program_under_test.h"

namespace iff {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class PostgresServerTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    cluster = std::make_unique<ClusterForTests>();
    cluster->Run({"CREATE ROLE \"v-alice\" LOGIN", "CREATE ROLE \"v-bob\" LOGIN", "CREATE TABLE notes (note text)",
                  "GRANT SELECT, INSERT ON notes TO \"v-alice\""});
  }
  static void TearDownTestSuite() { cluster.reset(); }

  PostgresServerTest() {
    server = std::make_unique<ProgramUnderTest>(
        IFF_PROGRAM, "mcp-postgres", issuer, vault,
        std::vector<std::string>{"IFF_DATABASE_ADDR=" + cluster->options().address.Authority(),
                                 "IFF_DATABASE_NAME=postgres", "IFF_SQL_IDLE_CONNECTIONS=5"});
  }
  Json Query(const std::string& subject, const std::string& sql, const Json& claims) {
    return server->CallAs(subject, "execute_query", Json{{"query", sql}}, claims);
  }
  static std::string First(const Json& result) {
    return Dump(AtOr<Json>(result, "/structuredContent/rows/0/0", result));
  }
  static int64_t Sessions(const std::string& role) {
    return cluster->Ask("SELECT count(*) FROM pg_stat_activity WHERE usename = '" + role + "'").get<int64_t>();
  }
  static int64_t Running(const std::string& role) {
    return cluster->Ask("SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND usename = '" + role + "'")
        .get<int64_t>();
  }

  static inline std::unique_ptr<ClusterForTests> cluster;
  FakeIssuer issuer;
  FakeVault vault;
  std::unique_ptr<ProgramUnderTest> server;
  const Json reader = Json{{"scope", "postgres:read"}};
  const Json writer = Json{{"scope", "postgres:read postgres:write"}};
};

TEST_F(PostgresServerTest, WorksUnderTheCallersOwnRole) {
  EXPECT_EQ(First(Query("alice", "SELECT current_user", reader)), "\"v-alice\"");
  EXPECT_EQ(First(Query("bob", "SELECT current_user", reader)), "\"v-bob\"");
  EXPECT_EQ(First(Query("alice", "SELECT current_user", reader)), "\"v-alice\"");
  const Json denied = Query("bob", "SELECT * FROM notes", reader);
  EXPECT_EQ(CodeOf(denied), "database_error");
  EXPECT_THAT(Dump(denied), HasSubstr("42501"));
  EXPECT_THAT(Dump(denied), Not(HasSubstr("127.0.0.1")));
  EXPECT_EQ(vault.logins, 2);
}

TEST_F(PostgresServerTest, WritesWithTheWriteScopeOnly) {
  EXPECT_EQ(CodeOf(Query("alice", "INSERT INTO notes VALUES ('x') RETURNING note", reader)), "forbidden");
  EXPECT_EQ(CodeOf(Query("alice", "WITH i AS (INSERT INTO notes VALUES ('x') RETURNING 1) TABLE i", reader)),
            "forbidden");
  EXPECT_EQ(First(Query("alice", "INSERT INTO notes VALUES ('x') RETURNING note", writer)), "\"x\"");
  EXPECT_EQ(CodeOf(Query("alice", "SET ROLE none", writer)), "invalid_arguments");
}

TEST_F(PostgresServerTest, TellsTablesTheCallerMayRead) {
  const Json tables = server->CallAs("alice", "list_tables", Json::object(), reader);
  EXPECT_EQ(Dump(AtOr<Json>(tables, "/structuredContent/rows", tables)), R"([["public","notes","table"]])");
  const Json columns = server->CallAs("alice", "describe_table", Json{{"table_name", "notes"}}, reader);
  EXPECT_EQ(Dump(AtOr<Json>(columns, "/structuredContent/rows", columns)), R"([["note","text",true]])");
  EXPECT_EQ(CodeOf(server->CallAs("bob", "describe_table", Json{{"table_name", "notes"}}, reader)), "not_found");
  EXPECT_EQ(CodeOf(server->CallAs("bob", "describe_table", Json{{"table_name", "none_such"}}, reader)), "not_found");
}

TEST_F(PostgresServerTest, TakesTwoConnectionsForOnePersonAtMost) {
  std::vector<std::thread> callers;
  const std::string token = "Bearer " + server->TokenOf("alice", reader).Reveal();
  std::atomic<int> good = 0;
  for (int i = 0; i < 12; ++i) {
    callers.emplace_back([&] {
      const HttpResponse answer = server->Call("execute_query", Json{{"query", "SELECT pg_sleep(0.02)"}}, token);
      if (answer.status == 200 && answer.body.find("\"isError\":true") == std::string::npos) ++good;
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(good, 12);
  EXPECT_LE(Sessions("v-alice"), 2);
  EXPECT_EQ(vault.reads, 1);
}

// A lease for each scope, or client, or key: one person can have many.
TEST_F(PostgresServerTest, LeavesThreadsToOthersHoweverManyLeasesOnePersonHas) {
  std::vector<std::thread> callers;
  for (int i = 0; i < 8; ++i) {
    const Json claims = Json{{"scope", "postgres:read nonce." + std::to_string(i)}};
    callers.emplace_back([&, token = "Bearer " + server->TokenOf("alice", claims).Reveal()] {
      (void)server->Call("execute_query", Json{{"query", "SELECT pg_sleep(1)"}}, token);
    });
  }
  const Result<void> busy = Eventually(Deadline::In(2s), [&]() -> Result<bool> { return Sessions("v-alice") == 2; });
  EXPECT_TRUE(busy.ok()) << busy.error();
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(First(Query("bob", "SELECT 1", reader)), "1");
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(3)) << "alice's take four seconds";
  EXPECT_LE(Running("v-alice"), 2);
  for (std::thread& caller : callers) caller.join();
}

TEST_F(PostgresServerTest, KeepsNoMoreConnectionsIdleThanItMayForEverybodyTogether) {
  constexpr int kPrincipals = 20;  // each with another scope
  for (int i = 0; i < kPrincipals; ++i) {
    EXPECT_EQ(First(Query("alice", "SELECT 1", Json{{"scope", "postgres:read nonce." + std::to_string(i)}})), "1");
  }
  EXPECT_EQ(vault.reads, kPrincipals);
  const Result<void> few = Eventually(Deadline::In(2s), [&]() -> Result<bool> { return Sessions("v-alice") <= 5; });
  EXPECT_TRUE(few.ok()) << Sessions("v-alice") << " are open";
  // The one used last is kept, and used again.
  const int64_t before = Sessions("v-alice");
  EXPECT_EQ(First(Query("alice", "SELECT 1", Json{{"scope", "postgres:read nonce.19"}})), "1");
  EXPECT_EQ(Sessions("v-alice"), before);
  EXPECT_EQ(vault.reads, kPrincipals);
}

TEST_F(PostgresServerTest, CancelsTheStatementOfAClientThatHungUp) {
  const std::string token = "Bearer " + server->TokenOf("alice", reader).Reveal();
  EXPECT_EQ(server->Call("execute_query", Json{{"query", "SELECT pg_sleep(4)"}}, token, 300ms).status, 0);
  const Result<void> gone = Eventually(Deadline::In(2s), [&]() -> Result<bool> { return Running("v-alice") == 0; });
  EXPECT_TRUE(gone.ok()) << gone.error();
}

TEST_F(PostgresServerTest, LeasesAgainWhenTheDatabaseRefusesTheRole) {
  cluster->Run({"ALTER ROLE \"v-bob\" NOLOGIN"});
  EXPECT_EQ(CodeOf(Query("bob", "SELECT 1", reader)), "upstream_refused");
  EXPECT_EQ(vault.reads, 2);
  cluster->Run({"ALTER ROLE \"v-bob\" LOGIN"});
  EXPECT_EQ(First(Query("bob", "SELECT 1", reader)), "1");
}

TEST_F(PostgresServerTest, LeasesAgainWhenTheRoleOfAKeptConnectionWasDropped) {
  EXPECT_EQ(First(Query("bob", "SELECT 1", reader)), "1");
  const int reads = vault.reads;
  cluster->Run({"DROP ROLE \"v-bob\"", "CREATE ROLE \"v-bob\" LOGIN"});
  EXPECT_EQ(First(Query("bob", "SELECT 1", reader)), "1");
  EXPECT_EQ(vault.reads, reads + 1);
}

TEST_F(PostgresServerTest, LeavesNothingBehind) {
  EXPECT_EQ(First(Query("alice", "SELECT 1", reader)), "1");
  EXPECT_EQ(server->Terminate(), 0);
  EXPECT_EQ(vault.live_tokens(), 0u);
  const Result<void> gone = Eventually(Deadline::In(2s), [&]() -> Result<bool> { return Sessions("v-alice") == 0; });
  EXPECT_TRUE(gone.ok()) << gone.error();
}

}  // namespace
}  // namespace iff
