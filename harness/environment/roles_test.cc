#include "harness/environment/roles.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/environment/drivers.h"

namespace iff {
namespace {

using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

class Roles : public testing::Test {
 protected:
  Roles() {
    drivers_.Add({.name = "logins", .role = ComponentRole::kIssuer});
    drivers_.Add({.name = "safe",
                  .role = ComponentRole::kSecretStore,
                  .hands_out = [](const Json& options, const std::string& upstream) {
                    return AtOr<std::string>(options, "/of", "") == upstream;
                  }});
    const auto serves = [](const Json& options) { return AtOr<std::string>(options, "/serves", ""); };
    drivers_.Add({.name = "rows", .role = ComponentRole::kDatabase, .upstream = serves});
    drivers_.Add({.name = "api", .upstream = serves});
    drivers_.Add({.name = "queue"});
    system_.components = {{.name = "people", .driver = "logins"},
                          {.name = "keep", .driver = "safe"},
                          {.name = "table", .driver = "rows"},
                          {.name = "board", .driver = "api", .options = {{"serves", "tickets"}}}};
    target_ = {.name = "server",
               .command = {"server", "--keep=${keep.address}"},
               .upstream = "tickets",
               .client = "app",
               .environment = {{"TABLE", "${table.address}"}, {"BOARD", "http://${board.address}"}}};
  }
  std::map<std::string, std::string> Of() const { return RolesOf(drivers_, system_, target_); }

  DriverRegistry drivers_;
  System system_;
  TargetSpec target_;
};

TEST_F(Roles, AreToldByWhatDriversDeclareAndByWhatTheTargetIsToldOf) {
  EXPECT_THAT(Of(), UnorderedElementsAre(Pair("issuer", "people"), Pair("secret_store", "keep"),
                                         Pair("database", "table"), Pair("upstream", "board")));
}

TEST_F(Roles, AreNobodysWhoDoesNotStandBehindTheTarget) {
  target_.command = {"server"};
  target_.environment = {{"TABLE", "$table"}};
  EXPECT_THAT(Of(), UnorderedElementsAre(Pair("issuer", "people")));
  target_.setting_words["store"]["on"] = "${keep.address}";
  EXPECT_EQ(Of()["secret_store"], "keep");
}

TEST_F(Roles, ADatabaseIsNoUpstream) {
  system_.components[2].options["serves"] = "rows";
  target_.upstream = "rows";
  EXPECT_FALSE(Of().contains("upstream"));
  EXPECT_EQ(Of()["database"], "table");
}

TEST_F(Roles, AreThoseOfTheSystemForAServerThatOthersStarted) {
  target_.command.clear();
  target_.environment.clear();
  target_.url = "http://127.0.0.1:1/mcp";
  EXPECT_EQ(Of().size(), 4U);
}

TEST_F(Roles, OfTwoIssuersOneIsMeantOnlyIfTheTargetSaysWhich) {
  system_.components.push_back({.name = "others", .driver = "logins"});
  EXPECT_FALSE(Of().contains("issuer"));
  target_.issuer = "others";
  EXPECT_EQ(Of()["issuer"], "others");
}

TEST_F(Roles, WhoTakesKeysHasNoIssuer) {
  target_.key_header = "X-Api-Key";
  EXPECT_FALSE(Of().contains("issuer"));
}

TEST_F(Roles, WhatIsHandedOutAsItIsIsToldFromWhatIsLeased) {
  EXPECT_FALSE(Of().contains("stored_credentials"));
  system_.components[1].options["of"] = "tickets";
  EXPECT_EQ(Of()["stored_credentials"], "keep");
}

TEST_F(Roles, WhoIsToldWhereTokensAreExchangedExchangesThem) {
  target_.environment["KEYS"] = "${people.jwks_url}";
  EXPECT_FALSE(Of().contains("exchange"));
  target_.environment["TOKENS"] = "${people.token_url}";
  EXPECT_EQ(Of()["exchange"], "people");
}

TEST_F(Roles, AnOptionThatIsCalledUpstreamMakesNobodyOne) {
  system_.components[3] = {.name = "board", .driver = "queue", .options = {{"upstream", "tickets"}}};
  EXPECT_FALSE(Of().contains("upstream"));
}

TEST_F(Roles, AnotherUpstreamIsNotTheTargets) {
  target_.upstream = "notes";
  EXPECT_FALSE(Of().contains("upstream"));
  system_.components.clear();
  EXPECT_THAT(Of(), IsEmpty());
}

}  // namespace
}  // namespace iff
