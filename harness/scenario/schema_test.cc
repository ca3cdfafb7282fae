// The schemas editors check files with, against the files there are and against the loaders: a schema that refuses a
// good file or takes a bad one is worse than none.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "harness/core/result_matchers.h"
#include "harness/core/yaml.h"
#include "harness/environment/system.h"
#include "harness/scenario/load.h"

namespace iff {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class FileSchema {
 public:
  explicit FileSchema(const std::string& path) {
    // The dialect written into it differs from the one before in nothing it uses.
    const Result<YamlFile> text = YamlFile::Load(path);
    EXPECT_THAT(text, IsOk());
    if (!text.ok()) return;
    const valijson::adapters::NlohmannJsonAdapter adapter(text->value());
    valijson::SchemaParser(valijson::SchemaParser::kDraft7).populateSchema(adapter, schema_);
  }

  // What is wrong with `value`; "" for nothing.
  std::string WrongWith(const Json& value) const {
    const valijson::adapters::NlohmannJsonAdapter adapter(value);
    valijson::ValidationResults results;
    valijson::Validator validator;
    if (validator.validate(schema_, adapter, &results)) return "";
    std::ostringstream said;
    for (valijson::ValidationResults::Error error; results.popError(error);) {
      for (const std::string& place : error.context) said << place;
      said << ": " << error.description << "\n";
    }
    return said.str();
  }
  std::string WrongWith(const std::string& text) const {
    const Result<YamlFile> file = YamlFile::Parse("bad.yaml", text);
    EXPECT_THAT(file, IsOk());
    return file.ok() ? WrongWith(file->value()) : "";
  }

 private:
  valijson::Schema schema_;
};

const FileSchema& OfSystems() {
  static const FileSchema schema("systems/system.schema.json");
  return schema;
}
const FileSchema& OfScenarios() {
  static const FileSchema schema("scenarios/scenario.schema.json");
  return schema;
}

std::vector<std::string> FilesBelow(const std::string& folder, const std::string& name) {
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const fs::path& path = entry.path();
    if (name.empty() ? path.extension() == ".yaml" && path.parent_path() != folder : path.filename() == name)
      files.push_back(path.string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

void ExpectAllTaken(const FileSchema& schema, const std::vector<std::string>& files) {
  EXPECT_FALSE(files.empty());
  for (const std::string& path : files) {
    const Result<YamlFile> file = YamlFile::Load(path);
    ASSERT_THAT(file, IsOk());
    EXPECT_EQ(schema.WrongWith(file->value()), "") << path;
  }
}

TEST(SystemSchema, TakesEverySystemFileThereIs) {
  ExpectAllTaken(OfSystems(), FilesBelow("systems", "system.yaml"));
  ExpectAllTaken(OfSystems(), FilesBelow("examples", "iff.yaml"));
}

// clauses.yaml and the like lie beside the suites, not in one.
TEST(ScenarioSchema, TakesEveryScenarioThereIs) { ExpectAllTaken(OfScenarios(), FilesBelow("scenarios", "")); }

// One thing is changed in a file that is right, and what the loader says of that.
struct Wrong {
  const char* name;
  std::string part;
  std::string becomes;
  const char* said;
};

std::string With(std::string text, const Wrong& wrong) {
  const size_t at = text.find(wrong.part);
  EXPECT_NE(at, std::string::npos) << wrong.name;
  return at == std::string::npos ? text : text.replace(at, wrong.part.size(), wrong.becomes);
}

const char* const kSystem = R"(system: demo
components:
  jira: {driver: mock-jira, per_scenario: true, options: {upstream: jira}}
principals:
  alice: {groups: [developer], holds: [jira]}
targets:
  jira:
    program: iff-mcp-jira
    transport: http
    upstream: jira
    revisions: ["2026-07-28"]
    scopes: {read: "jira:read"}
    operations:
      read_own: {tool: get_issue, arguments: {key: "{own.tag}-1"}, captures: {key: /key}, allowed: owner, scope: read, without_scope: deny}
)";

TEST(SystemSchema, RefusesWhatTheLoaderRefuses) {
  const std::vector<Wrong> all = {
      {"a member nobody knows", "system: demo", "system: demo\nsystm: demo", "unknown key 'systm'"},
      {"no name", "system: demo\n", "", "'system' is missing"},
      {"a component without a driver", "driver: mock-jira, ", "", "'driver' is missing"},
      {"a flag that is none", "per_scenario: true", "per_scenario: sometimes", "want true or false"},
      {"a person with a member nobody knows", "groups:", "gruops:", "unknown key 'gruops'"},
      {"a target that is launched and runs already", "program: iff-mcp-jira",
       "program: iff-mcp-jira\n    url: \"http://127.0.0.1:1\"", "either a program"},
      {"a target that is neither", "    program: iff-mcp-jira\n", "", "either a program"},
      {"a transport nobody speaks", "transport: http", "transport: htp", "no transport 'htp'"},
      {"a revision nobody knows", "2026-07-28", "2026-07-29", "no revision '2026-07-29'"},
      {"an operation without a tool", "tool: get_issue, ", "", "'tool' is missing"},
      {"what is given is no pointer", "key: /key", "key: key", "want a pointer"},
      {"an outcome nobody knows", "without_scope: deny", "without_scope: dney", "no outcome 'dney'"},
  };
  const std::string path = testing::TempDir() + "schema_test.system.yaml";
  const auto load = [&](const std::string& text) {
    std::ofstream(path) << text;
    return LoadSystem(path);
  };
  ASSERT_THAT(load(kSystem), IsOk());
  ASSERT_EQ(OfSystems().WrongWith(std::string(kSystem)), "");
  for (const Wrong& wrong : all) {
    const std::string text = With(kSystem, wrong);
    const Result<System> loaded = load(text);
    ASSERT_FALSE(loaded.ok()) << wrong.name;
    EXPECT_THAT(loaded.error().message(), HasSubstr(wrong.said)) << wrong.name;
    EXPECT_NE(OfSystems().WrongWith(text), "") << wrong.name;
  }
  fs::remove(path);
}

const char* const kScenario = R"(id: demo/one
title: One
target: jira
beside: github
given: {principals: [alice]}
steps:
- {obtain: token, for: alice}
- {list: tools/list, at: github}
- {call: read_own, with: token, times: 2, patience: 2s, expect: [{check: works, level: must, tool: succeeds}]}
- {fault: jira, as: refuse}
- {fault: db, as: 57P03, of: alice, nth: 2}
- {fault: db, as: cut, after: 9, startup: {user: v-}}
- {fault: db, as: 53300, startup: any}
- {call: read_own, with: token, expect: [{check: silent, level: must, no_secret_in: [answer, log]}]}
)";

TEST(ScenarioSchema, RefusesWhatTheLoaderRefuses) {
  const Vocabulary words = {.targets = {"jira", "github"},
                            .any = {"jira"},
                            .personas = {"alice"},
                            .components = {{"jira", Protocol::kHttp}, {"db", {Protocol::kStartups, "PostgreSQL"}}},
                            .operations = {"read_own"}};
  const std::vector<Wrong> all = {
      {"a member nobody knows", "title: One", "title: One\nexclusiv: true", "unknown key 'exclusiv'"},
      {"no title", "title: One\n", "", "'title' is missing"},
      {"no target", "target: jira\n", "", "'target' or 'targets' is missing"},
      {"an id without a suite", "id: demo/one", "id: one", "begins with 'demo/'"},
      {"a step that does two things", "{obtain: token, for: alice}", "{obtain: token, for: alice, heal: jira}",
       "a step does one thing"},
      {"a step nobody knows", "{obtain: token, for: alice}",
       "{obtain: token, for: alice}\n- {revok: sessions, of: alice}", "unknown step 'revok'"},
      {"a check without a level", "level: must, tool", "tool", "'level' is missing"},
      {"a level nobody knows", "level: must, tool", "level: may, tool", "unknown name 'may'"},
      {"a check that expects two things", "tool: succeeds", "tool: succeeds, status: 200", "a check expects one thing"},
      {"a check that expects nothing", ", tool: succeeds", "", "a check needs something to expect"},
      {"a place nobody knows", "[answer, log]", "[answer, lgo]", "unknown place 'lgo'"},
      {"a fault nobody knows", "as: refuse", "as: refsue", "unknown name 'refsue'"},
      {"an SQLSTATE that is none", "as: 57P03", "as: 57p03", "unknown name '57p03'"},
      {"the start-up before the first", "nth: 2", "nth: 0", "want 1 or more"},
      {"start-ups of a kind nobody knows", "startup: any", "startup: all", "want 'any'"},
      {"start-ups with a parameter nobody knows", "{user: v-}", "{usr: v-}", "unknown key 'usr'"},
      {"start-ups with nothing in them", "{user: v-}", "{}", "want 'any'"},
      {"less than nothing passes", "after: 9", "after: -9", "want 0 or more"},
      {"more times than there may be", "times: 2", "times: 10001", "want 1 to 10000"},
      {"a target for a step that goes to none", "as: refuse", "as: refuse, at: github", "unknown key 'at'"},
      {"a target whose name is none", "at: github", "at: [github]", "want text"},
      {"a span that is none", "patience: 2s", "patience: 2 seconds", "want a span of time"},
  };
  const auto load = [&](const std::string& text) { return ParseScenario("bad.yaml", text, "demo", words); };
  ASSERT_THAT(load(kScenario), IsOk());
  ASSERT_EQ(OfScenarios().WrongWith(std::string(kScenario)), "");
  for (const Wrong& wrong : all) {
    const std::string text = With(kScenario, wrong);
    const Result<std::vector<Scenario>> loaded = load(text);
    ASSERT_FALSE(loaded.ok()) << wrong.name;
    EXPECT_THAT(loaded.error().message(), HasSubstr(wrong.said)) << wrong.name;
    EXPECT_NE(OfScenarios().WrongWith(text), "") << wrong.name;
  }
}

}  // namespace
}  // namespace iff
