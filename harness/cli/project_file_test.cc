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
  EXPECT_THAT(text, HasSubstr("# COLOUR: \"\"   # BY HAND: the program reads it"));
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

// What a server over HTTP says to a stranger, and what it is set to.
ServerFacts Keyed(const std::string& refusal, const std::vector<std::pair<std::string, std::string>>& environment) {
  ServerFacts facts = Notes();
  facts.refusal = refusal;
  facts.environment = environment;
  facts.notes = {"it serves no protected resource metadata (RFC 9728): clients cannot find its issuer"};
  SeeWhetherItTakesKeys(facts);
  return facts;
}

TEST(SeeWhetherItTakesKeys, GoesByTheRefusalAndByWhatItIsSetTo) {
  EXPECT_EQ(Keyed("want X-Notes-Key", {{"PORT", "${port}"}}).key_header, "X-Notes-Key");
  EXPECT_EQ(Keyed("", {{"KEYS", "${keys}"}}).key_header, "X-API-Key");
  EXPECT_EQ(Keyed("", {{"API_KEY", ""}}).environment.front().second, "${key}");
  EXPECT_EQ(Keyed("", {{"PORT", "${port}"}}).key_header, "");
  EXPECT_EQ(Keyed("want X-Notes-Key", {{"ISSUER", "${keycloak.issuer}"}}).key_header, "") << "it has an issuer";
  EXPECT_TRUE(Keyed("want X-Notes-Key", {}).notes.empty());

  ServerFacts facts = Notes();
  facts.environment = {{"KEYS", "${keys}"}};
  facts.bearer = true;
  SeeWhetherItTakesKeys(facts);
  EXPECT_EQ(facts.key_header, "Authorization");
  facts = Notes();
  facts.resource = "http://server.example/mcp";
  facts.refusal = "want X-API-Key";
  SeeWhetherItTakesKeys(facts);
  EXPECT_EQ(facts.key_header, "") << "it has metadata";
}

TEST(TryKeysInstead, WhereNothingSpeaksAgainstThem) {
  ServerFacts facts = Notes();
  facts.environment = {{"PORT", "${port}"}, {"ISSUER", "${keycloak.issuer}"}, {"AUDIENCE", "mcp-server"}};
  EXPECT_FALSE(TryKeysInstead(facts)) << "its source speaks of an issuer";
  facts.environment_told = false;
  EXPECT_TRUE(TryKeysInstead(facts));
  EXPECT_EQ(facts.environment,
            (std::vector<std::pair<std::string, std::string>>{{"PORT", "${port}"}, {"KEYS", "${keys}"}}));
  facts.key_header.clear();
  facts.bearer = true;
  EXPECT_FALSE(TryKeysInstead(facts));
}

TEST(ProjectText, WithKeysNeedsNoIssuer) {
  const ServerFacts facts = Keyed("want X-Notes-Key", {{"PORT", "${port}"}, {"KEYS", "${keys}"}});
  const Result<System> system = Loaded(facts);
  ASSERT_THAT(system, IsOk());
  EXPECT_TRUE(system->components.empty());
  EXPECT_EQ(system->targets.at("server").key_header, "X-Notes-Key");
  EXPECT_EQ(system->targets.at("server").client, "");
  EXPECT_THAT(ProjectText(facts), HasSubstr("BY HAND: if it reads another form"));
}

TEST(ProjectText, HasResourcesAndPromptsAndWhatNobodyCouldGuess) {
  ServerFacts facts = Notes();
  facts.resources = {{.name = "note",
                      .operation = {.tool = "notes://{of.thing}", .method = "resources/read", .shows = true},
                      .why = "so"}};
  facts.prompts = {{.name = "greet", .operation = {.tool = "greet", .method = "prompts/get"}, .why = "so"}};
  facts.left_out = {{"wipe", "operations", "{tool: wipe, arguments: {all: ...}}"},
                    {"x://{a}/{b}", "resources", "{uri: \"x://{a}/{b}\"}"}};
  const Result<System> system = Loaded(facts);
  ASSERT_THAT(system, IsOk());
  const TargetSpec& server = system->targets.at("server");
  EXPECT_EQ(server.resources.at("note").tool, "notes://{of.thing}");
  EXPECT_TRUE(server.resources.at("note").shows);
  EXPECT_EQ(server.prompts.at("greet").tool, "greet");
  EXPECT_TRUE(server.not_asked.contains("wipe"));
  EXPECT_TRUE(server.not_asked.contains("x://{a}/{b}"));
}

// As whoever follows its comments makes it.
std::string TakenIn(std::string text) {
  for (size_t at = text.find("\n#:"); at != std::string::npos; at = text.find("\n#:", at)) text.erase(at + 1, 2);
  return text;
}

TEST(ProjectText, HasBlocksToTakeInForWhatItsVariablesSpeakOf) {
  ServerFacts facts = Notes();
  facts.environment = {{"ISSUER", "${keycloak.issuer}"},
                       {"VAULT_ADDR", ""},
                       {"JIRA_URL", ""},
                       {"DATABASE_URL", ""},
                       {"WEATHER_URL", ""}};
  Result<System> system = Loaded(facts);
  ASSERT_THAT(system, IsOk());
  EXPECT_EQ(system->components.size(), 1U);
  EXPECT_EQ(system->targets.at("server").environment.size(), 1U);
  const std::string path = testing::TempDir() + "project_file_test-" + std::to_string(getpid()) + ".yaml";
  std::ofstream(path) << TakenIn(ProjectText(facts));
  system = LoadSystem(path);
  std::filesystem::remove(path);
  ASSERT_THAT(system, IsOk());
  EXPECT_EQ(system->components.size(), 4U);
  const TargetSpec& server = system->targets.at("server");
  EXPECT_EQ(server.environment.at("VAULT_ADDR"), "${vault.address}");
  EXPECT_EQ(server.environment.at("JIRA_URL"), "${jira.address}");
  EXPECT_FALSE(server.environment.contains("WEATHER_URL"));
  EXPECT_THAT(ProjectText(facts), HasSubstr("# WEATHER_URL: \"\"   # BY HAND: the address of what it asks"));
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
