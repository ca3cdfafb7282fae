// What drivers declare of themselves, beside what the published schema of system files says of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "fixtures/issuer/issuer.h"
#include "fixtures/keycloak/keycloak.h"
#include "fixtures/postgres/postgres.h"
#include "fixtures/vault/vault.h"
#include "harness/core/json.h"
#include "harness/run/texts.h"
#include "mocks/mock.h"

namespace iff {
namespace {

std::vector<Driver> ShippedDrivers() {
  return {KeycloakDriver({}),          VaultDriver({}),
          PostgresDriver({}),          IssuerDriver(),
          MockDriver("mock-jira", ""), MockDriver("mock-github", "")};
}

Json Schema() {
  return *ParseJson(WholeFile("systems/system.schema.json"));  // tests run in the root of the project
}

TEST(Drivers, AreTheOnesTheSchemaKnows) {
  std::set<std::string> drivers;
  for (const Driver& driver : ShippedDrivers()) drivers.insert(driver.name);
  const Json schema = Schema();
  EXPECT_EQ(schema.at("/$defs/component/properties/driver/enum"_json_pointer).get<std::set<std::string>>(), drivers);
}

TEST(Drivers, HaveTheirOptionsInTheSchemaAsTheyDeclareThem) {
  const Json schema = Schema();
  int compared = 0;
  for (const Driver& driver : ShippedDrivers()) {
    if (driver.hints.options_schema.empty()) continue;
    std::string definition;
    for (const Json& rule : schema.at("/$defs/component/allOf"_json_pointer)) {
      if (rule.at("/if/properties/driver/const"_json_pointer) != driver.name) continue;
      definition = rule.at("/then/properties/options/$ref"_json_pointer).get<std::string>().substr(1);
    }
    ASSERT_FALSE(definition.empty()) << "no options of " << driver.name << " in the schema: any would do";
    EXPECT_EQ(schema.at(Json::json_pointer(definition)), *ParseJson(driver.hints.options_schema)) << driver.name;
    ++compared;
  }
  EXPECT_GE(compared, 5);
}

}  // namespace
}  // namespace iff
