#include "mocks/people.h"

#include <gtest/gtest.h>

#include "harness/core/bytes.h"
#include "harness/core/result_matchers.h"

namespace iff {
namespace {

using ::testing::HasSubstr;

HttpRequest With(const std::string& authorization) { return {.headers = {{"Authorization", authorization}}}; }

People Two() {
  People people;
  people.Put({.account = "alice", .tag = "KA", .token = Secret("token-of-alice")});
  people.Put({.account = "bob", .tag = "KB", .token = Secret("token-of-bob")});
  return people;
}

TEST(ParseAuthorization, ReadsTheThreeSchemesWithoutRegardToCase) {
  EXPECT_EQ(ParseAuthorization({}).kind, Presented::Kind::kNothing);
  for (const char* scheme : {"Bearer ", "bearer  ", "token ", "TOKEN "}) {
    const Presented presented = ParseAuthorization(With(scheme + std::string("abc")));
    EXPECT_EQ(presented.kind, Presented::Kind::kToken);
    EXPECT_TRUE(presented.token.SameAs("abc"));
  }
  const Presented basic = ParseAuthorization(With("Basic " + Base64("alice@x.test:a:b")));
  EXPECT_EQ(basic.kind, Presented::Kind::kBasic);
  EXPECT_EQ(basic.account, "alice@x.test");
  EXPECT_TRUE(basic.token.SameAs("a:b"));
}

TEST(ParseAuthorization, TakesNothingFromWhatItCannotRead) {
  for (const char* field : {"", "Bearer", "Basic !!!", "Digest abc", "Basic YWxpY2U="}) {
    EXPECT_EQ(ParseAuthorization(With(field)).kind, Presented::Kind::kUnreadable) << field;
  }
  const HttpRequest twice = {.headers = {{"Authorization", "Bearer a"}, {"Authorization", "Bearer b"}}};
  EXPECT_EQ(ParseAuthorization(twice).kind, Presented::Kind::kUnreadable);
}

TEST(People, KnowWhoseTokenItIs) {
  const People people = Two();
  const Caller caller = people.Identify(With("Bearer token-of-bob"));
  ASSERT_NE(caller.person, nullptr);
  EXPECT_EQ(caller.person->account, "bob");
  EXPECT_EQ(caller.fingerprint, Secret("token-of-bob").Fingerprint());
}

TEST(People, RememberTheFingerprintOfATokenThatIsNobodys) {
  const People people = Two();
  const Caller caller = people.Identify(With("Bearer guess"));
  EXPECT_TRUE(caller.presented);
  EXPECT_EQ(caller.person, nullptr);
  EXPECT_EQ(caller.fingerprint, Secret("guess").Fingerprint());
}

TEST(People, TakeNoTokenUnderAnothersName) {
  const People people = Two();
  EXPECT_EQ(people.Identify(With("Basic " + Base64("alice:token-of-bob"))).person, nullptr);
  EXPECT_NE(people.Identify(With("Basic " + Base64("bob:token-of-bob"))).person, nullptr);
}

TEST(People, ForgetATokenThatWasReplaced) {
  People people = Two();
  people.Put({.account = "bob", .tag = "KB", .token = Secret("token-two")});
  EXPECT_EQ(people.Identify(With("Bearer token-of-bob")).person, nullptr);
  EXPECT_NE(people.Identify(With("Bearer token-two")).person, nullptr);
  people.Drop("bob");
  EXPECT_EQ(people.Identify(With("Bearer token-two")).person, nullptr);
  EXPECT_EQ(people.size(), 1U);
}

TEST(ParsePerson, RefusesAccountsThatCannotBePresented) {
  const Json good = {{"account", "a@b.test"}, {"token", "t"}, {"tag", "K"}};
  EXPECT_THAT(ParsePerson(good), IsOk());
  for (const char* account : {"a:b", "a/b", "a b", "a\n"}) {
    Json bad = good;
    bad["account"] = account;
    EXPECT_THAT(ParsePerson(bad), FailsWith(ErrorKind::kInvalidInput, HasSubstr("character")));
  }
  EXPECT_THAT(ParsePerson({{"account", "a"}, {"token", ""}, {"tag", "K"}}),
              FailsWith(ErrorKind::kInvalidInput, "person without account or token"));
}

}  // namespace
}  // namespace iff
