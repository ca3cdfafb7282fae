#include "harness/cli/project_file.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "harness/core/result_matchers.h"

namespace iff {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

ServerFacts Notes() {
  ServerFacts facts{.name = "my notes",
                    .command = "python3 server.py --say \"hello\"",
                    .path = "/mcp",
                    .environment = {{"PORT", "${port}"}, {"ISSUER", "${keycloak.issuer}"}, {"COLOUR", ""}},
                    .environment_told = true,
                    .guarded = true,
                    .scopes = {"notes:use"},
                    .revisions = {"2025-11-25"},
                    .id = "/id",
                    .id_told = true};
  const Json text = {{"type", "string"}};
  facts.tools = {{{"name", "add_note"}, {"inputSchema", {{"properties", {{"text", text}}}, {"required", {"text"}}}}},
                 {{"name", "get_note"}, {"inputSchema", {{"properties", {{"id", text}}}, {"required", {"id"}}}}}};
  facts.operations = GuessOperations(facts.tools);
  return facts;
}

// As LoadSystem reads it.
Result<System> Loaded(const ServerFacts& facts) {
  const std::string path = testing::TempDir() + "project_file_test-" + std::to_string(getpid()) + ".yaml";
  std::ofstream(path) << ProjectText(facts);
  Result<System> system = LoadSystem(path);
  std::filesystem::remove(path);
  return system;
}

TEST(ProjectText, IsASystemFileThatSaysWhatIsKnown) {
  const Result<System> system = Loaded(Notes());
  ASSERT_THAT(system, IsOk());
  EXPECT_EQ(system->name, "my notes");
  const TargetSpec& server = system->targets.at("server");
  EXPECT_THAT(server.command, ElementsAre("sh", "-c", "cd \"${here}\" && exec python3 server.py --say \"hello\""));
  EXPECT_THAT(server.revisions, ElementsAre("2025-11-25"));
  EXPECT_EQ(server.planted_by, "create");
  EXPECT_EQ(server.operations.at("create").gives.at("thing"), "/id");
  EXPECT_EQ(server.operations.at("read_of").arguments, Json({{"id", "{of.thing}"}}));
  EXPECT_EQ(server.environment.size(), 2U);
  EXPECT_EQ(server.scopes.at("use"), "notes:use");
}

TEST(ProjectText, MarksWhatIsGuessed) {
  const std::string text = ProjectText(Notes());
  EXPECT_THAT(text, HasSubstr("create:   # GUESS: its name has 'add'"));
  EXPECT_THAT(text, HasSubstr("# COLOUR: \"\"   # the program reads it"));
  EXPECT_THAT(text, Not(HasSubstr("GUESS: all of them")));
  ServerFacts little{.name = "x", .command = "./server"};
  EXPECT_THAT(ProjectText(little), HasSubstr("GUESS: all of them"));
  EXPECT_THAT(ProjectText(little), HasSubstr("GUESS: the server names none"));
}

TEST(ProjectText, OfAServerThatToldNothingIsReadAllTheSame) {
  ServerFacts little{.name = "x", .command = "./server"};
  EXPECT_THAT(Loaded(little), IsOk());
  little.command.clear();
  little.url = "http://server.example/mcp";
  little.notes = {"it asks nobody who they are"};
  const Result<System> system = Loaded(little);
  ASSERT_THAT(system, IsOk());
  EXPECT_EQ(system->targets.at("server").url, "http://server.example/mcp");
  EXPECT_EQ(system->targets.at("server").planted_by, "");
}

TEST(ProjectText, OverStdioStartsAProcessForEachPersonWithWhatIsTheirs) {
  ServerFacts facts = Notes();
  facts.transport = Transport::kStdio;
  facts.revisions.clear();
  facts.environment = {{"ACCESS_TOKEN", "${credential}"}, {"ISSUER", "${keycloak.issuer}"}};
  Result<System> system = Loaded(facts);
  ASSERT_THAT(system, IsOk());
  const TargetSpec& server = system->targets.at("server");
  EXPECT_EQ(server.transport, Transport::kStdio);
  EXPECT_EQ(server.client, "people");
  EXPECT_FALSE(server.TakesKeys());
  EXPECT_THAT(server.revisions, ElementsAre("2026-07-28", "2025-11-25", "2025-06-18", "2024-11-05"));

  // Nothing about an issuer: people have keys, and nothing has to be brought up.
  facts.environment.pop_back();
  system = Loaded(facts);
  ASSERT_THAT(system, IsOk());
  EXPECT_TRUE(system->components.empty());
  EXPECT_TRUE(system->targets.at("server").TakesKeys());
}

TEST(ProjectText, NamesTheOldTransport) {
  ServerFacts facts = Notes();
  facts.transport = Transport::kSse;
  facts.path = "/sse";
  facts.revisions.clear();
  const Result<System> system = Loaded(facts);
  ASSERT_THAT(system, IsOk());
  EXPECT_EQ(system->targets.at("server").transport, Transport::kSse);
  EXPECT_THAT(system->targets.at("server").revisions, ElementsAre("2025-11-25", "2025-06-18", "2024-11-05"));
}

}  // namespace
}  // namespace iff
