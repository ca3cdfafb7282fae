#include "harness/net/start_up.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "harness/net/start_up_messages.h"

namespace iff {
namespace {

using start_up::kCancel;
using start_up::kGss;
using start_up::kSsl;
using start_up::Message;
using start_up::Number;
using start_up::StartUpOf;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

TEST(StartUpReader, ReadsAStartUpInAnyPieces) {
  const std::string message = StartUpOf("alice", "psql");
  for (const size_t piece : {size_t{1}, size_t{3}, size_t{7}, message.size()}) {
    StartUpReader reader;
    for (size_t at = 0; at < message.size(); at += piece) {
      EXPECT_FALSE(reader.start_up().has_value());
      EXPECT_EQ(reader.half(), at > 0);
      reader.FromClient(std::string_view(message).substr(at, piece));
    }
    EXPECT_FALSE(reader.half());
    EXPECT_FALSE(reader.unreadable());
    ASSERT_TRUE(reader.start_up().has_value()) << piece;
    EXPECT_THAT(reader.start_up()->parameters, UnorderedElementsAre(Pair("user", "alice"), Pair("database", "demo"),
                                                                    Pair("application_name", "psql")));
    EXPECT_EQ(reader.start_up()->bytes, message);
    reader.Forget();
    reader.FromClient(StartUpOf("bob"));  // within a connection it would be something else
    EXPECT_FALSE(reader.start_up().has_value());
    EXPECT_FALSE(reader.unreadable());
  }
}

TEST(StartUpReader, FollowsRequestsForEncryptionAsTheComponentAnswersThem) {
  StartUpReader plain;
  plain.FromClient(kGss);
  EXPECT_FALSE(plain.half());
  plain.FromComponent("N");
  plain.FromClient(kSsl);
  plain.FromComponent("N");
  plain.FromClient(StartUpOf("alice"));
  ASSERT_TRUE(plain.start_up().has_value());
  EXPECT_EQ(plain.start_up()->parameters.at("user"), "alice");

  for (const char* const answer : {"S", "G", "E", "Nx"}) {
    StartUpReader other;
    other.FromClient(kSsl);
    EXPECT_FALSE(other.unreadable());
    other.FromComponent(answer);
    EXPECT_TRUE(other.unreadable()) << answer;
    other.FromClient(StartUpOf("alice"));
    EXPECT_FALSE(other.start_up().has_value()) << answer;
  }
  StartUpReader hasty;
  hasty.FromClient(kSsl + StartUpOf("alice"));
  EXPECT_TRUE(hasty.unreadable());
  StartUpReader impatient;
  impatient.FromClient(kSsl);
  impatient.FromClient(StartUpOf("alice"));
  EXPECT_TRUE(impatient.unreadable());
}

TEST(StartUpReader, KnowsWhoeverOnlyCancels) {
  StartUpReader reader;
  reader.FromClient(kCancel);
  EXPECT_FALSE(reader.half());
  EXPECT_FALSE(reader.unreadable());
  EXPECT_FALSE(reader.start_up().has_value());
}

TEST(StartUpReader, GivesUpOnAnythingElse) {
  const std::string zero(1, '\0');
  const std::vector<std::pair<const char*, std::string>> others = {
      {"HTTP", "GET / HTTP/1.1\r\n"},
      {"TLS at once", "\x16\x03\x01\x02" + std::string(8, 'x')},
      {"too short to be one", Number(7) + "abc"},
      {"too long to be one", Number(10001)},
      {"protocol 2", Message("user" + zero + "alice" + zero + zero, 131072)},
      {"no user", Message("database" + zero + "demo" + zero + zero)},
      {"a name without a value", Message("user" + zero + "alice" + zero + "database" + zero)},
      {"no end", Message("user" + zero + "alice" + zero)},
      {"more behind the end", Message("user" + zero + "alice" + zero + zero + "x")},
      {"nothing at all", Message("")},
  };
  for (const auto& [what, bytes] : others) {
    StartUpReader reader;
    reader.FromClient(bytes);
    EXPECT_TRUE(reader.unreadable()) << what;
    EXPECT_FALSE(reader.start_up().has_value()) << what;
  }
}

TEST(StartUpRefusal, IsAnErrorResponse) {
  using namespace std::string_literals;
  EXPECT_EQ(StartUpRefusal("53300", "full"), "E\0\0\0\x20SFATAL\0VFATAL\0C53300\0Mfull\0\0"s);
  // What ends a field cannot stand in one.
  EXPECT_EQ(StartUpRefusal("53300", "full\0Mother"s), StartUpRefusal("53300", "full"));
}

}  // namespace
}  // namespace iff
