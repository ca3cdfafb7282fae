#include "harness/cli/guess.h"

#include <gmock/gmock.h>

namespace iff {
namespace {

using testing::ElementsAre;

Json Tool(const std::string& name, const Json& properties = Json::object(), const std::vector<std::string>& required = {}) {
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
  EXPECT_TRUE(Guessed({Tool("echo", {{"text", kText}}, {"text"}), Tool("delete_note", {{"id", kText}}, {"id"})}).empty());
  EXPECT_TRUE(Guessed(nullptr).empty());
}

TEST(GuessOperations, KnowsAQueryFromAList) {
  const auto operations = Guessed({Tool("execute_sql", {{"sql", kText}}, {"sql"}), Tool("search_issues", {{"query", kText}}, {"query"})});
  EXPECT_EQ(operations.at("run_query").tool, "execute_sql");
  EXPECT_EQ(operations.at("list").arguments, Json({{"query", ""}}));
}

TEST(GuessId, FindsIt) {
  EXPECT_EQ(GuessId({{"text", "x"}, {"id", 7}}), "/id");
  EXPECT_EQ(GuessId({{"noteId", "n-1"}}), "/noteId");
  EXPECT_EQ(GuessId({{"issue", {{"key", "A-1"}}}}), "/issue/key");
  EXPECT_EQ(GuessId({{"text", "x"}}), "");
  EXPECT_EQ(GuessId(Json("created")), "");
}

TEST(VariablesIn, AreFoundInSeveralLanguages) {
  EXPECT_THAT(VariablesIn("p = int(os.environ[\"PORT\"]); a = os.environ.get('AUDIENCE'); b = os.getenv(\"B1\"); PORT = 3"),
              ElementsAre("PORT", "AUDIENCE", "B1"));
  EXPECT_THAT(VariablesIn("const { PORT, ISSUER: issuer } = process.env; process.env.JWKS_URL"),
              ElementsAre("PORT", "ISSUER", "JWKS_URL"));
  EXPECT_THAT(VariablesIn("os.Getenv(\"KEEP\")"), ElementsAre("KEEP"));
}

TEST(GuessValue, GoesByTheName) {
  EXPECT_EQ(GuessValue("MCP_PORT", "/mcp"), "${port}");
  EXPECT_EQ(GuessValue("OIDC_ISSUER", "/mcp"), "${keycloak.issuer}");
  EXPECT_EQ(GuessValue("JWKS_URI", "/mcp"), "${keycloak.jwks_url}");
  EXPECT_EQ(GuessValue("EXPECTED_AUDIENCE", "/mcp"), "mcp-server");
  EXPECT_EQ(GuessValue("RESOURCE_URL", "/mcp"), "http://127.0.0.1:${port}/mcp");
  EXPECT_EQ(GuessValue("LOG_LEVEL", "/mcp"), "");
  EXPECT_EQ(GuessValue("VAULT_ADDR", "/mcp"), "");
  EXPECT_EQ(GuessValue("NOTES_DB", "/mcp"), "${directory}/store.db");
  EXPECT_EQ(GuessValue("DATABASE_URL", "/mcp"), "");
  EXPECT_EQ(GuessValue("KEYS", "/mcp"), "${keys}");
}

TEST(GuessCarriesCredential, GoesByTheName) {
  for (const char* name : {"TOKEN", "ACCESS_TOKEN", "GITHUB_TOKEN", "NOTES_API_KEY"}) EXPECT_TRUE(GuessCarriesCredential(name)) << name;
  for (const char* name : {"TOKEN_URL", "TOKEN_ENDPOINT", "PORT", "KEYBOARD"}) EXPECT_FALSE(GuessCarriesCredential(name)) << name;
}

}  // namespace
}  // namespace iff
