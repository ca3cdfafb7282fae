#include "harness/discover/project_file.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "harness/core/hostile_texts.h"
#include "harness/core/result_matchers.h"
#include "harness/core/yaml.h"
#include "harness/discover/discover_testing.h"

namespace iff {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

ServerFacts Notes() {
  ServerFacts facts{.hints = HintsOfDrivers(),
                    .people = PeopleOfSuites(),
                    .name = "my notes",
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

TEST(ProjectText, SaysWhichArgumentsAreRepeatedInFields) {
  ServerFacts facts = Notes();
  EXPECT_EQ(Loaded(facts)->targets.at("server").mirrors, ParameterFields());
  facts.tools[1]["inputSchema"]["properties"]["id"]["x-mcp-header"] = "Note-Id";
  EXPECT_EQ(Loaded(facts)->targets.at("server").mirrors, (ParameterFields{{"get_note", {{"Note-Id", "/id"}}}}));
}

TEST(ProjectText, AsksForTheOneScopeThatTheChallengeNames) {
  ServerFacts facts = Notes();
  EXPECT_EQ(Loaded(facts)->targets.at("server").operations.at("read_of").scope, "") << "the metadata alone names it";
  facts.scopes_needed = true;
  EXPECT_EQ(Loaded(facts)->targets.at("server").operations.at("read_of").scope, "use");
  facts.scopes = {"openid"};
  EXPECT_EQ(Loaded(facts)->targets.at("server").operations.at("read_of").scope, "");
}

TEST(TakeWhatItLacks, GoesByItsLastWordsThenByUsualNames) {
  ServerFacts facts = Notes();
  facts.environment = {{"COLOUR", ""}};
  EXPECT_TRUE(TakeWhatItLacks("KeyError: 'NOTES_PORT'", facts));
  EXPECT_THAT(facts.environment, ElementsAre(testing::Pair("COLOUR", ""), testing::Pair("NOTES_PORT", "${port}")));
  EXPECT_TRUE(TakeWhatItLacks("KeyError: 'NOTES_PORT'", facts));
  EXPECT_THAT(facts.environment, testing::Contains(testing::Pair("ISSUER", "${keycloak.issuer}")));
  EXPECT_THAT(facts.environment, Not(testing::Contains(testing::Key("PORT"))));
  EXPECT_FALSE(TakeWhatItLacks("KeyError: 'NOTES_PORT'", facts));
}

TEST(ProjectText, IsASystemFileThatSaysWhatIsKnown) {
  const Result<System> system = Loaded(Notes());
  ASSERT_THAT(system, IsOk());
  EXPECT_EQ(system->name, "my notes");
  const TargetSpec& server = system->targets.at("server");
  EXPECT_THAT(server.command, ElementsAre("sh", "-c", "cd \"${here}\" && exec python3 server.py --say \"hello\""));
  EXPECT_THAT(server.revisions, ElementsAre("2025-11-25"));
  EXPECT_EQ(server.seed_with, "create");
  EXPECT_EQ(server.operations.at("create").captures.at("thing"), "/id");
  EXPECT_EQ(server.operations.at("read_of").arguments, Json({{"id", "{of.thing}"}}));
  EXPECT_EQ(server.environment.size(), 2U);
  EXPECT_EQ(server.scopes.at("use"), "notes:use");
}

TEST(ProjectText, MarksWhatIsGuessed) {
  const std::string text = ProjectText(Notes());
  EXPECT_THAT(text, HasSubstr("create:   # GUESS: its name has 'add'"));
  EXPECT_THAT(text, HasSubstr("# COLOUR: \"\"   # BY HAND: the program reads it"));
  EXPECT_THAT(text, Not(HasSubstr("GUESS: all of them")));
  ServerFacts little{.hints = HintsOfDrivers(), .people = PeopleOfSuites(), .name = "x", .command = "./server"};
  EXPECT_THAT(ProjectText(little), HasSubstr("GUESS: all of them"));
  EXPECT_THAT(ProjectText(little), HasSubstr("GUESS: the server names none"));
}

TEST(ProjectText, OfAServerThatToldNothingIsReadAllTheSame) {
  ServerFacts little{.hints = HintsOfDrivers(), .people = PeopleOfSuites(), .name = "x", .command = "./server"};
  EXPECT_THAT(Loaded(little), IsOk());
  little.command.clear();
  little.url = "http://server.example/mcp";
  little.notes = {"it asks nobody who they are"};
  const Result<System> system = Loaded(little);
  ASSERT_THAT(system, IsOk());
  EXPECT_EQ(system->targets.at("server").url, "http://server.example/mcp");
  EXPECT_EQ(system->targets.at("server").seed_with, "");
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
                      .operation = {.tool = "notes://{of.thing}", .method = "resources/read", .discloses = true},
                      .why = "so"}};
  facts.prompts = {{.name = "greet", .operation = {.tool = "greet", .method = "prompts/get"}, .why = "so"}};
  facts.left_out = {{"wipe", "operations", "{tool: wipe, arguments: {all: ...}}"},
                    {"x://{a}/{b}", "resources", "{uri: \"x://{a}/{b}\"}"}};
  const Result<System> system = Loaded(facts);
  ASSERT_THAT(system, IsOk());
  const TargetSpec& server = system->targets.at("server");
  EXPECT_EQ(server.resources.at("note").tool, "notes://{of.thing}");
  EXPECT_TRUE(server.resources.at("note").discloses);
  EXPECT_EQ(server.prompts.at("greet").tool, "greet");
  EXPECT_TRUE(server.not_asked.contains("wipe"));
  EXPECT_TRUE(server.not_asked.contains("x://{a}/{b}"));
}

// A server that says `text` wherever it has a say, with another number behind it in each place.
ServerFacts Saying(const std::string& text, Transport transport, bool keys) {
  int place = 0;
  const auto said = [&] { return text + std::to_string(++place); };
  const Json string = {{"type", "string"}, {"description", said()}};
  const auto tool = [&](const std::string& verb, bool with_default) {
    Json properties = {{said() + " text", string}, {said() + " id", string}};
    Json required = {properties.items().begin().key(), std::next(properties.items().begin()).key()};
    if (with_default) {
      const std::string name = said();
      properties[name] = {{"type", "string"}, {"default", {{said(), {said(), 1, nullptr}}}}};
      required.push_back(name);
    }
    return Json{{"name", verb + " " + said()},
                {"description", said()},
                {"inputSchema", {{"properties", properties}, {"required", required}}}};
  };
  ServerFacts facts = Notes();
  facts.transport = transport;
  if (transport == Transport::kStdio)
    facts.environment = {{"ACCESS_TOKEN", keys ? "${credential}" : "${keycloak.x} ${credential}"}};
  facts.refusal = said();
  if (keys && transport != Transport::kStdio) {
    facts.key_header = said();
    facts.key_header_why = said();
  }
  facts.issuer = said();
  facts.resource = said();
  facts.scopes = {said(), said()};
  facts.tools = {tool("create", true), tool("get", true), tool("list", false), tool("frob", false),
                 tool("frob", false)};
  facts.operations = GuessOperations(facts.tools);
  facts.id = "/" + said();
  facts.listing = {
      .resources = {{{"uri", "x:" + said()}, {"name", said()}}, {{"uri", "thing7" + said()}}},
      .templates = {{{"uriTemplate", said() + "{a}" + said()}, {"name", said()}},
                    {{"uriTemplate", said() + "{a}{b}" + said()}}},
      .prompts = {{{"name", said()}, {"arguments", {{{"name", said()}, {"required", true}}}}},
                  {{"name", said()},
                   {"arguments", {{{"name", said()}, {"required", true}}, {{"name", said()}, {"required", true}}}}}}};
  facts.resources = GuessResources(facts.listing, "thing7");
  facts.prompts = GuessPrompts(facts.listing, "thing7");
  // Made of letters of what the server says: a test of its own says which.
  for (size_t i = 0; i < facts.resources.size(); ++i) facts.resources[i].name = "resource_" + std::to_string(i);
  for (size_t i = 0; i < facts.prompts.size(); ++i) facts.prompts[i].name = "prompt_" + std::to_string(i);
  facts.left_out = NotGuessed(facts.tools, facts.operations);
  for (const LeftOut& one : NotGuessed(facts.listing, facts.resources, facts.prompts)) facts.left_out.push_back(one);
  facts.notes = {said(), said()};
  for (GuessedOperation& one : facts.operations) one.why += said();
  return facts;
}

// `value` with `text` in it, wherever it stands, in place of `placeholder`.
std::string Instead(std::string value, const std::string& placeholder, const std::string& text) {
  for (size_t at = value.find(placeholder); at != std::string::npos; at = value.find(placeholder, at + text.size()))
    value.replace(at, placeholder.size(), text);
  return value;
}
Json Instead(const Json& value, const std::string& placeholder, const std::string& text) {
  if (value.is_string()) return Instead(value.get<std::string>(), placeholder, text);
  if (!value.is_structured()) return value;
  Json made = value.is_array() ? Json::array() : Json::object();
  for (const auto& [key, member] : value.items()) {
    if (value.is_array())
      made.push_back(Instead(member, placeholder, text));
    else
      made[Instead(key, placeholder, text)] = Instead(member, placeholder, text);
  }
  return made;
}

// Every text is checked in each form a project file may have: nothing of it becomes anything but the value, the key or
// the comment it stands in. What says {x} or ${x} is guessed with less, and has a test of its own.
TEST(ProjectText, IsTheFileOfABenignServerButForTheNamesWhateverTheServerSays) {
  const std::string placeholder = "Placeholder";
  for (const auto& [transport, keys] :
       {std::pair(Transport::kHttp, false), std::pair(Transport::kHttp, true), std::pair(Transport::kSse, false),
        std::pair(Transport::kStdio, true), std::pair(Transport::kStdio, false)}) {
    for (const std::string& evil : HostileTexts()) {
      const bool fills = HoldsPlaceholder(evil) || evil.find_first_of("{}") != std::string::npos;
      const ServerFacts facts = Saying(evil, transport, keys);
      const std::string text = ProjectText(facts);
      const Result<YamlFile> read = YamlFile::Parse("iff.yaml", text);
      ASSERT_TRUE(read.ok()) << read.error().message();
      ASSERT_THAT(Loaded(facts), IsOk()) << text;
      ASSERT_EQ(read->value().size(),
                Json(YamlFile::Parse("x", ProjectText(Saying("a", transport, keys)))->value()).size());
      const Json& server = *Find(read->value(), "/targets/server");
      EXPECT_EQ(server["command"], Json({"sh", "-c", "cd \"${here}\" && exec python3 server.py --say \"hello\""}));
      if (fills) continue;
      const ServerFacts benign = Saying(placeholder, transport, keys);
      const Json wanted = Instead(YamlFile::Parse("x", ProjectText(benign))->value(), placeholder, Replaced(evil));
      EXPECT_EQ(read->value(), wanted) << text;
    }
  }
}

// A key of more than 16 KiB is none: the file could not be read again, and no other command would know the server.
TEST(ProjectText, LeavesOutNamesThatAreTooLongForAKey) {
  ServerFacts facts = Saying("a", Transport::kHttp, false);
  ASSERT_FALSE(facts.resources.empty() || facts.prompts.empty() || facts.left_out.empty());
  for (auto* const entries : {&facts.resources, &facts.prompts}) entries->front().name = std::string(20'000, 'k');
  facts.left_out.front().name = std::string(20'000, 'l');
  const std::string text = ProjectText(facts);
  const Result<YamlFile> read = YamlFile::Parse("iff.yaml", text);
  ASSERT_TRUE(read.ok()) << read.error().message().substr(0, 300);
  EXPECT_THAT(Loaded(facts), IsOk());
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
