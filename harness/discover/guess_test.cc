#include "harness/discover/guess.h"

#include <gmock/gmock.h>

#include "harness/core/hostile_texts.h"
#include "harness/discover/discover_testing.h"

namespace iff {
namespace {

using testing::ElementsAre;

Json Tool(const std::string& name, const Json& properties = Json::object(),
          const std::vector<std::string>& required = {}) {
  return {{"name", name}, {"inputSchema", {{"type", "object"}, {"properties", properties}, {"required", required}}}};
}
const Json kText = {{"type", "string"}};

std::map<std::string, Operation> Guessed(const Json& tools) {
  std::map<std::string, Operation> operations;
  for (const GuessedOperation& one : GuessOperations(tools)) operations[one.name] = one.operation;
  return operations;
}

TEST(GuessOperations, FindsWhatANotebookOffers) {
  const auto operations = Guessed({Tool("whoami"), Tool("create_note", {{"text", kText}}, {"text"}),
                                   Tool("get_note", {{"id", kText}}, {"id"}), Tool("list_notes")});
  EXPECT_EQ(operations.size(), 5U);
  EXPECT_EQ(operations.at("create").arguments, Json({{"text", "{text}"}}));
  EXPECT_EQ(operations.at("read_own").arguments, Json({{"id", "{own.thing}"}}));
  EXPECT_EQ(operations.at("read_of").arguments, Json({{"id", "{of.thing}"}}));
  EXPECT_EQ(operations.at("list").tool, "list_notes");
  EXPECT_EQ(operations.at("whoami").tool, "whoami");
}

TEST(GuessOperations, FillsWhatElseIsRequiredWithWhatTheSchemaAllows) {
  const Json properties = {{"title", kText},
                           {"body", kText},
                           {"kind", {{"type", "string"}, {"enum", {"bug", "task"}}}},
                           {"points", {{"type", "integer"}, {"minimum", 3}}},
                           {"notify", {{"type", "boolean"}}}};
  const auto operations =
      Guessed(Json::array({Tool("addIssue", properties, {"title", "body", "kind", "points", "notify"})}));
  EXPECT_EQ(operations.at("create").arguments,
            Json({{"title", "iff"}, {"body", "{text}"}, {"kind", "bug"}, {"points", 3}, {"notify", false}}));
}

TEST(GuessOperations, TakesNoToolForSomethingItsNameDoesNotSay) {
  EXPECT_TRUE(
      Guessed({Tool("echo", {{"text", kText}}, {"text"}), Tool("delete_note", {{"id", kText}}, {"id"})}).empty());
  EXPECT_TRUE(Guessed(nullptr).empty());
}

TEST(GuessOperations, KnowsAQueryFromAList) {
  const auto operations =
      Guessed({Tool("execute_sql", {{"sql", kText}}, {"sql"}), Tool("search_issues", {{"query", kText}}, {"query"})});
  EXPECT_EQ(operations.at("run_query").tool, "execute_sql");
  EXPECT_EQ(operations.at("list").arguments, Json({{"query", ""}}));
}

TEST(GuessOperations, AsksNothingWithTextThatWouldBeFilledIn) {
  for (const char* text : {"{of.thing}", "a {own.account} b", "{text}", "${keycloak.issuer}"}) {
    const Json of_server = {{"id", kText}, {"mode", {{"type", "string"}, {"default", text}}}};
    EXPECT_TRUE(Guessed(Json::array({Tool("get_note", of_server, {"id", "mode"})})).empty()) << text;
    const Json nested = {{"id", kText}, {"mode", {{"enum", {{{"a", {text}}}}}}}};
    EXPECT_TRUE(Guessed(Json::array({Tool("get_note", nested, {"id", "mode"})})).empty()) << text;
    EXPECT_TRUE(Guessed(Json::array({Tool(std::string("list ") + text)})).empty()) << text;
    const std::string uri = std::string("notes://") + text;
    const Listing listing = {.resources = {{{"uri", uri}}}, .prompts = {{{"name", text}}}};
    EXPECT_TRUE(GuessResources(listing, "7").empty()) << text;
    EXPECT_TRUE(GuessPrompts(listing, "7").empty()) << text;
  }
  EXPECT_FALSE(Guessed(Json::array({Tool("get_note", {{"id", kText}}, {"id"})})).empty());
}

TEST(GuessResources, CallsThemByWordsAProjectFileMayUseWhateverTheyAreCalled) {
  for (const std::string& evil : HostileTexts()) {
    const Listing listing = {.resources = {{{"uri", "x"}, {"name", evil}}}, .prompts = {{{"name", "x" + evil}}}};
    std::vector<GuessedOperation> all = GuessResources(listing, "");
    for (const GuessedOperation& one : GuessPrompts(listing, "")) all.push_back(one);
    for (const GuessedOperation& one : all) {
      EXPECT_THAT(one.name, testing::MatchesRegex("[a-z][a-z0-9_]*")) << evil;
    }
  }
}

TEST(KeyHeaderIn, EndsOnAnEndlessWord) {
  const std::string endless(1 << 20, 'a');
  EXPECT_EQ(KeyHeaderIn("X-" + endless), "");
  EXPECT_EQ(KeyHeaderIn(endless + " X-API-Key " + endless), "X-API-Key");
  EXPECT_EQ(VariablesIn("{" + endless + "os.getenv(\"PORT\")"), std::vector<std::string>{"PORT"});
}

TEST(GuessId, FindsIt) {
  EXPECT_EQ(GuessId({{"a/b", {{"id", 1}}}}), "/a~1b/id");
  EXPECT_EQ(GuessId({{"text", "x"}, {"id", 7}}), "/id");
  EXPECT_EQ(GuessId({{"noteId", "n-1"}}), "/noteId");
  EXPECT_EQ(GuessId({{"issue", {{"key", "A-1"}}}}), "/issue/key");
  EXPECT_EQ(GuessId({{"text", "x"}}), "");
  EXPECT_EQ(GuessId(Json("created")), "");
  EXPECT_EQ(GuessId({{"entry", "e1"}, {"text", "x"}}), "");
  EXPECT_EQ(GuessId({{"entry", "e1"}, {"id", 3}}, {"entry"}), "/entry") << "by what tools ask for it";
  EXPECT_EQ(GuessId({{"made", {{"entry", "e1"}}}}, {"entry"}), "/made/entry");
}

TEST(VariablesIn, AreFoundInSeveralLanguages) {
  EXPECT_THAT(
      VariablesIn("p = int(os.environ[\"PORT\"]); a = os.environ.get('AUDIENCE'); b = os.getenv(\"B1\"); PORT = 3"),
      ElementsAre("PORT", "AUDIENCE", "B1"));
  EXPECT_THAT(VariablesIn("const { PORT, ISSUER: issuer } = process.env; process.env.JWKS_URL"),
              ElementsAre("PORT", "ISSUER", "JWKS_URL"));
  EXPECT_THAT(VariablesIn("os.Getenv(\"KEEP\")"), ElementsAre("KEEP"));
}

TEST(VariablesIn, AreFoundBehindAFunctionOfItsOwnByWhatTheyAreSetTo) {
  EXPECT_THAT(VariablesIn("env = lambda n: os.environ[n]\nenv('HTTP_PORT'), env(\"COLOUR\")", HintsOfDrivers()),
              ElementsAre("HTTP_PORT"));
  EXPECT_THAT(VariablesIn("say('HTTP_PORT')", HintsOfDrivers()), testing::IsEmpty());
}

TEST(VariablesLacked, AreNamedInItsLastWords) {
  EXPECT_THAT(VariablesLacked("KeyError: 'PORT'\nMissing MCP_ISSUER. No PORT, says COLOUR_NAME", HintsOfDrivers()),
              ElementsAre("PORT", "MCP_ISSUER"));
}

TEST(GuessOperations, TellsOpeningOneFromMakingOneByWhatItWants) {
  const Json text = {{"type", "string"}};
  const Json making = {{"properties", {{"subject", text}}}, {"required", {"subject"}}};
  const Json showing = {{"properties", {{"ticket_id", text}}}, {"required", {"ticket_id"}}};
  const std::vector<GuessedOperation> operations = GuessOperations(Json::array(
      {{{"name", "open_ticket"}, {"inputSchema", making}}, {{"name", "show_ticket"}, {"inputSchema", showing}}}));
  ASSERT_EQ(operations.size(), 3U);
  EXPECT_EQ(operations[0].name + operations[0].operation.tool, "createopen_ticket");
  EXPECT_EQ(operations[1].name + operations[1].operation.tool, "read_ownshow_ticket");
}

TEST(GuessValue, GoesByTheName) {
  EXPECT_EQ(GuessValue("MCP_PORT", "/mcp", HintsOfDrivers()), "${port}");
  EXPECT_EQ(GuessValue("OIDC_ISSUER", "/mcp", HintsOfDrivers()), "${keycloak.issuer}");
  EXPECT_EQ(GuessValue("JWKS_URI", "/mcp", HintsOfDrivers()), "${keycloak.jwks_url}");
  EXPECT_EQ(GuessValue("EXPECTED_AUDIENCE", "/mcp", HintsOfDrivers()), "mcp-server");
  EXPECT_EQ(GuessValue("RESOURCE_URL", "/mcp", HintsOfDrivers()), "http://127.0.0.1:${port}/mcp");
  EXPECT_EQ(GuessValue("LOG_LEVEL", "/mcp", HintsOfDrivers()), "");
  EXPECT_EQ(GuessValue("VAULT_ADDR", "/mcp", HintsOfDrivers()), "");
  EXPECT_EQ(GuessValue("NOTES_DB", "/mcp", HintsOfDrivers()), "${directory}/store.db");
  EXPECT_EQ(GuessValue("DATABASE_URL", "/mcp", HintsOfDrivers()), "");
  EXPECT_EQ(GuessValue("KEYS", "/mcp", HintsOfDrivers()), "${keys}");
}

TEST(GuessLaterValue, NamesWhatHasToBeTakenIn) {
  EXPECT_EQ(GuessLaterValue("VAULT_ADDR", HintsOfDrivers()).value, "${vault.address}");
  EXPECT_EQ(GuessLaterValue("VAULT_ROLE", HintsOfDrivers()).value, "user");
  EXPECT_EQ(GuessLaterValue("VAULT_TOKEN", HintsOfDrivers()).value, "");
  EXPECT_EQ(GuessLaterValue("DATABASE_URL", HintsOfDrivers()).component, "postgres");
  EXPECT_EQ(GuessLaterValue("JIRA_BASE_URL", HintsOfDrivers()).value, "${jira.address}");
  EXPECT_EQ(GuessLaterValue("GITHUB_API_URL", HintsOfDrivers()).value, "${github.address}");
  EXPECT_EQ(GuessLaterValue("WEATHER_URL", HintsOfDrivers()).component, "upstream");
  EXPECT_EQ(GuessLaterValue("WEATHER_URL", HintsOfDrivers()).value, "");
  for (const char* other : {"LOG_LEVEL", "HTTP_PROXY_URL", "CALLBACK_URL", "JWKS_URL", "ISSUER_URL"}) {
    EXPECT_EQ(GuessLaterValue(other, HintsOfDrivers()).component, "") << other;
  }
}

TEST(KeyHeaderIn, IsWhatARefusalNames) {
  EXPECT_EQ(KeyHeaderIn("{\"error\": \"missing X-API-Key header\"}"), "X-API-Key");
  EXPECT_EQ(KeyHeaderIn("Content-Type, x-notes-api-key"), "x-notes-api-key");
  EXPECT_EQ(KeyHeaderIn("ApiKey realm=\"notes\"\n\nno Api-Key"), "Api-Key");
  EXPECT_EQ(KeyHeaderIn("Bearer error=\"invalid_token\""), "");
  EXPECT_EQ(KeyHeaderIn("X-Request-Id, X-CSRF-Token"), "");
}

const Json kNoteTemplate = {{"uriTemplate", "notes://{id}"}, {"name", "note"}};

TEST(GuessResources, PutsWhatWasMadeIntoTemplatesAndAddresses) {
  const Listing listing{
      .resources = {{{"uri", "about://us"}, {"name", "About us"}}, {{"uri", "notes://n-1"}, {"name", "n-1"}}},
      .templates = Json::array({kNoteTemplate, {{"uriTemplate", "x://{a}/{b}"}}})};
  const std::vector<GuessedOperation> guessed = GuessResources(listing, "n-1");
  ASSERT_EQ(guessed.size(), 2U);
  EXPECT_EQ(guessed[0].name, "note");
  EXPECT_EQ(guessed[0].operation.tool, "notes://{of.thing}");
  EXPECT_EQ(guessed[0].operation.method, "resources/read");
  EXPECT_EQ(guessed[1].name, "about_us");
  EXPECT_FALSE(guessed[1].operation.AsksAboutOthers());

  // Without a template, by what its address holds.
  const std::vector<GuessedOperation> by_address = GuessResources({.resources = listing.resources}, "n-1");
  ASSERT_EQ(by_address.size(), 2U);
  EXPECT_EQ(by_address[1].operation.tool, "notes://{of.thing}");

  // Nothing was made: nobody knows what a template is to be filled with.
  EXPECT_EQ(GuessResources({.templates = Json::array({kNoteTemplate})}, "").size(), 0U);
}

TEST(GuessPrompts, TakesThoseThatWantNothingOrOneThing) {
  const Json one = {{"name", "summarize"},
                    {"arguments", {{{"name", "note"}, {"required", true}}, {{"name", "style"}}}}};
  const Json two = {{"name", "compare"},
                    {"arguments", {{{"name", "a"}, {"required", true}}, {{"name", "b"}, {"required", true}}}}};
  const Listing listing{.prompts = {one, two, {{"name", "greet"}}}};
  const std::vector<GuessedOperation> guessed = GuessPrompts(listing, "n-1");
  ASSERT_EQ(guessed.size(), 2U);
  EXPECT_EQ(guessed[0].operation.arguments, Json({{"note", "{of.thing}"}}));
  EXPECT_EQ(guessed[1].operation.tool, "greet");
  EXPECT_EQ(GuessPrompts(listing, "").size(), 1U);

  const std::vector<LeftOut> left = NotGuessed(listing, {}, guessed);
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left[0].entry, "{prompt: compare, arguments: {a: ..., b: ...}}");
}

TEST(NotGuessed, NamesWhatIsListedAndNotAskedFor) {
  const Json tools = {Tool("create_note", {{"text", kText}}, {"text"}), Tool("wipe", {{"all", kText}})};
  std::vector<LeftOut> left = NotGuessed(tools, GuessOperations(tools));
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left[0].name, "wipe");
  EXPECT_EQ(left[0].entry, "{tool: wipe, arguments: {all: ...}, changes: true}") << "by its name";
  Json hinted = Tool("tear_out", {{"note_id", kText}, {"why", kText}}, {"note_id"});
  hinted["annotations"]["destructiveHint"] = true;
  EXPECT_EQ(NotGuessed(Json::array({hinted}), {})[0].entry,
            "{tool: tear_out, arguments: {note_id: \"{of.thing}\", why: ...}, changes: true}");
  Json reads = Tool("set_of_notes", {{"note_id", kText}});
  reads["annotations"]["readOnlyHint"] = true;
  EXPECT_EQ(NotGuessed(Json::array({reads}), {})[0].entry, "{tool: set_of_notes, arguments: {note_id: \"{of.thing}\"}}")
      << "it says itself that it changes nothing";

  // What fits a template that is asked for is covered by it.
  const Listing listing{.resources = {{{"uri", "notes://n-1"}}, {{"uri", "secret://x"}}},
                        .templates = Json::array({kNoteTemplate})};
  left = NotGuessed(listing, GuessResources({.templates = listing.templates}, "n-1"), {});
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left[0].name, "secret://x");
}

TEST(GuessCarriesCredential, GoesByTheName) {
  for (const char* name : {"TOKEN", "ACCESS_TOKEN", "GITHUB_TOKEN", "NOTES_API_KEY"})
    EXPECT_TRUE(GuessCarriesCredential(name)) << name;
  for (const char* name : {"TOKEN_URL", "TOKEN_ENDPOINT", "PORT", "KEYBOARD"})
    EXPECT_FALSE(GuessCarriesCredential(name)) << name;
}

}  // namespace
}  // namespace iff
