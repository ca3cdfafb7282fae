// What drivers declare of themselves, beside what the published schema of system files says of them. To write it there:
//   UPDATE_GOLDEN=1 build/release/bin/shipped_test
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "harness/core/json.h"
#include "harness/environment/drivers.h"
#include "harness/run/texts.h"
#include "systems/shipped.h"

namespace iff {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

constexpr const char* kSchema = "systems/system.schema.json";  // tests run in the root of the project

using Ordered = nlohmann::ordered_json;

const std::vector<Driver>& Drivers() {
  static const DriverRegistry drivers = ShippedDrivers(FindPlaces());
  return drivers.drivers();
}

// Two drivers may have the same options, and one definition of them.
std::string DefinitionOf(const Driver& driver) {
  const size_t family = driver.name.find('-');
  return driver.name.substr(0, family) + "_options";
}

// The schema with what the drivers declare in the place of what it says of them.
Ordered WithDeclared(Ordered schema) {
  Ordered& definitions = schema["$defs"];
  Ordered names = Ordered::array();
  Ordered rules = Ordered::array();
  for (const Driver& driver : Drivers()) {
    names.push_back(driver.name);
    if (driver.hints.options_schema.empty()) continue;
    const Ordered options = Ordered::parse(driver.hints.options_schema);
    definitions[DefinitionOf(driver)] = options;
    Ordered then = {{"properties", {{"options", {{"$ref", "#/$defs/" + DefinitionOf(driver)}}}}}};
    if (options.contains("required")) then["required"] = {"options"};
    rules.push_back(
        {{"if", {{"properties", {{"driver", {{"const", driver.name}}}}}, {"required", {"driver"}}}}, {"then", then}});
  }
  definitions["component"]["properties"]["driver"]["enum"] = names;
  definitions["component"]["allOf"] = rules;
  return schema;
}

// On one line where that is short, as the file is written.
std::string Written(const Ordered& value, size_t indent, size_t taken) {
  constexpr size_t kLine = 110;
  std::string text = value.dump(-1, ' ', false);
  if (value.is_structured() && !value.empty()) {
    std::string inner;
    for (const auto& [name, member] : value.items()) {
      inner +=
          (inner.empty() ? "" : ", ") + (value.is_object() ? Ordered(name).dump() + ": " : "") + Written(member, 0, 0);
    }
    text = (value.is_object() ? "{" : "[") + inner + (value.is_object() ? "}" : "]");
  }
  if (!value.is_structured() || value.empty() || (text.size() + taken <= kLine && text.find('\n') == std::string::npos))
    return text;
  const std::string blank(indent + 2, ' ');
  std::string lines;
  for (const auto& [name, member] : value.items()) {
    const std::string key = value.is_object() ? Ordered(name).dump() + ": " : "";
    lines += (lines.empty() ? "\n" : ",\n") + blank + key + Written(member, indent + 2, blank.size() + key.size());
  }
  return (value.is_object() ? "{" : "[") + lines + "\n" + std::string(indent, ' ') + (value.is_object() ? "}" : "]");
}

TEST(Drivers, StandInTheSchemaOfSystemFilesAsTheyDeclareThemselves) {
  const Ordered declared = WithDeclared(Ordered::parse(WholeFile(kSchema)));
  if (const char* update = std::getenv("UPDATE_GOLDEN"); update != nullptr && *update != '\0') {
    std::ofstream(kSchema, std::ios::binary) << Written(declared, 0, 0) << "\n";
  }
  EXPECT_EQ(WholeFile(kSchema), Written(declared, 0, 0) + "\n") << "to write it: UPDATE_GOLDEN=1 shipped_test";
}

TEST(Drivers, SayWhatTheyOfferAndWhatIsSpokenWithThem) {
  ASSERT_GE(Drivers().size(), 6U);
  std::set<std::string> names;
  for (const Driver& driver : Drivers()) {
    EXPECT_TRUE(names.insert(driver.name).second) << driver.name << " stands there twice";
    EXPECT_FALSE(driver.hints.options_schema.empty()) << driver.name << " says nothing of its options: any would do";
    EXPECT_NE(driver.speech.title, SpokenProtocol().title) << driver.name << " does not say what is spoken with it";
    // What can be taken away at the issuer alone can be taken away at an issuer alone.
    for (const Revocable& one : driver.revocable) {
      EXPECT_EQ(driver.role, one.at_issuer ? ComponentRole::kIssuer : ComponentRole::kSecretStore)
          << driver.name << ": " << one.what;
    }
    EXPECT_EQ(driver.role == ComponentRole::kIssuer, static_cast<bool>(driver.signs_with)) << driver.name;
  }
}

// Whatever moves from one driver to another is still recognised, and still sent.
TEST(Drivers, DeclareWhatTheirSecretsLookLike) {
  const SecretShapes shapes = SecretShapesOf(ShippedDrivers(FindPlaces()));
  const auto found = [&](const std::string& begin, size_t letters) {
    return shapes.In(begin + std::string(letters, 'A'));
  };
  for (const char* begin : {"hvs.", "hvb.", "hvr."}) EXPECT_THAT(found(begin, 24), ElementsAre("a token of Vault"));
  for (const char* begin : {"ghp_", "gho_", "ghs_"}) EXPECT_THAT(found(begin, 36), ElementsAre("a token of GitHub"));
  EXPECT_THAT(found("github_pat_", 50), ElementsAre("a token of GitHub"));
  EXPECT_THAT(found("ATATT3x", 50), ElementsAre("a token of Atlassian"));
  EXPECT_THAT(found("xoxb-", 24), ElementsAre("a token of Slack"));
  EXPECT_THAT(found("hvs.", 23), testing::IsEmpty());
}

TEST(Drivers, DeclareWhatTheirClientsSayInFields) {
  const ClientFields fields = ClientFieldsOf(ShippedDrivers(FindPlaces()));
  const auto said = [](const std::vector<ClientField>& all) {
    std::vector<std::string> lines;
    for (const ClientField& field : all) lines.push_back(field.name + ": " + field.value);
    return lines;
  };
  EXPECT_THAT(said(fields.who), UnorderedElementsAre("X-Vault-Namespace: {other}/", "X-Vault-Token: hvs.{other}",
                                                     "X-Vault-Role: {other}"));
  EXPECT_THAT(said(fields.where),
              UnorderedElementsAre("X-Vault-Addr: {elsewhere}", "VAULT_ADDR: {elsewhere}", "VAULT_SKIP_VERIFY: true",
                                   "X-Jira-Url: {elsewhere}", "X-Atlassian-Jira-Url: {elsewhere}",
                                   "X-GitHub-Api-Url: {elsewhere}"));
}

}  // namespace
}  // namespace iff
