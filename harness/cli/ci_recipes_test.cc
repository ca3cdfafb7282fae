// The recipes for build servers in docs/ci: what can be told of them without a build server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <sstream>

#include "harness/cli/parse.h"
#include "harness/core/result_matchers.h"
#include "harness/core/yaml.h"

namespace iff {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

const std::string kFolder = "docs/ci/";  // tests run in the root of the project

std::string Read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// Every command line in `text` that calls the program, its variables replaced by 1.
std::vector<std::vector<std::string>> CommandLines(const std::string& text) {
  std::vector<std::vector<std::string>> lines;
  const std::regex call("\\./iff ([^'\n]*)");
  const std::regex variable("\\$\\{\\{[^}]*\\}\\}|\\$\\{[A-Za-z_]+\\}|\\$[A-Za-z_]+");
  for (std::sregex_iterator found(text.begin(), text.end(), call), end; found != end; ++found) {
    std::istringstream in(std::regex_replace((*found)[1].str(), variable, "1"));
    std::vector<std::string> words;
    for (std::string word; in >> word;) words.push_back(word);
    lines.push_back(words);
  }
  return lines;
}

YamlFile Load(const std::string& name) { return YamlFile::Load(kFolder + name).value(); }

TEST(CiRecipes, CallTheProgramAsItWantsToBeCalled) {
  for (const char* name : {"github-actions.yml", "gitlab-ci.yml", "Jenkinsfile"}) {
    const std::vector<std::vector<std::string>> lines = CommandLines(Read(kFolder + name));
    EXPECT_EQ(lines.size(), 2U) << name;
    for (const std::vector<std::string>& words : lines) {
      const Parsed parsed = ParseCommandLine(words);
      EXPECT_EQ(parsed.exit_code, -1) << name << ": " << parsed.text;
    }
  }
}

TEST(CiRecipes, ForGitHubHaveWhatAWorkflowNeeds) {
  const YamlFile file = Load("github-actions.yml");
  YamlReader in(file);
  EXPECT_TRUE(in.Has("/on/pull_request") || in.Get("/on")->contains("pull_request"));
  EXPECT_EQ(in.Text("/permissions/security-events"), "write");  // or the SARIF upload is refused
  EXPECT_EQ(in.Text("/jobs/report/needs"), "run");
  for (const auto& [name, at] : in.Entries("/jobs")) {
    EXPECT_FALSE(in.Text(at + "/runs-on", true).empty()) << name;
    for (const std::string& step : in.Items(at + "/steps")) {
      EXPECT_NE(in.Has(step + "/uses"), in.Has(step + "/run")) << name << " " << step << ": either, and not both";
      if (in.Has(step + "/uses")) {
        EXPECT_THAT(in.Text(step + "/uses"), HasSubstr("@v")) << step;
      }
    }
  }
  EXPECT_EQ(in.mistakes(), "");
  // As many shards as the line that runs one says, and all of them merged.
  EXPECT_EQ(in.Items("/jobs/run/strategy/matrix/shard").size(), 4U);
  EXPECT_THAT(Read(kFolder + "github-actions.yml"), HasSubstr("--shard ${{ matrix.shard }}/4"));
}

TEST(CiRecipes, ForGitLabHaveWhatAPipelineNeeds) {
  const YamlFile file = Load("gitlab-ci.yml");
  YamlReader in(file);
  const std::vector<std::string> stages = in.Texts("/stages");
  for (const char* job : {"iff", "iff-report"}) {
    const std::string at = "/" + std::string(job);
    EXPECT_THAT(stages, Contains(in.Text(at + "/stage", true)));
    EXPECT_FALSE(in.Texts(at + "/script").empty());
    EXPECT_EQ(in.Text(at + "/artifacts/when"), "always");
    EXPECT_TRUE(in.Has("/" + in.Text(at + "/extends", true)));
  }
  EXPECT_EQ(in.Number("/iff/parallel"), 4);
  EXPECT_EQ(in.Text("/iff-report/artifacts/reports/junit"), "junit.xml");
  EXPECT_EQ(in.mistakes(), "");
}

// The containers at its side see the same folders at the same paths, or nothing at all.
TEST(CiRecipes, AtAnEngineHandTheHarnessWhatItHandsOn) {
  const std::string text = Read(kFolder + "with-engine.sh");
  for (const char* name : {"socket", "cache", "temporary", "reports"}) {
    EXPECT_THAT(text, HasSubstr("--volume \"$" + std::string(name) + ":$" + name + "\"")) << name;
  }
  for (const char* wanted : {"--network host", "--pid host", "TMPDIR=$temporary", "IFF_CACHE=$cache"}) {
    EXPECT_THAT(text, HasSubstr(wanted));
  }
  const std::string image = "iff/harness ";
  const size_t call = text.find(image);
  ASSERT_NE(call, std::string::npos);
  std::istringstream in(text.substr(call + image.size(), text.find('\n', call) - call - image.size()));
  std::vector<std::string> words;
  for (std::string word; in >> word;) {
    if (word != "\"$@\"") words.push_back(word);
  }
  const Parsed parsed = ParseCommandLine(words);
  EXPECT_EQ(parsed.exit_code, -1) << parsed.text;
  EXPECT_EQ(parsed.options.in, "docker");
}

TEST(CiRecipes, ForJenkinsAreAWholePipeline) {
  const std::string text = Read(kFolder + "Jenkinsfile");
  std::string open;
  for (const char c : text) {
    if (c == '{' || c == '(') open += c;
    if (c != '}' && c != ')') continue;
    ASSERT_FALSE(open.empty());
    ASSERT_EQ(open.back(), c == '}' ? '{' : '(');
    open.pop_back();
  }
  EXPECT_EQ(open, "");
  for (const char* part : {"pipeline {", "agent none", "stages {", "matrix {", "axes {",
                           "junit testResults: 'junit.xml'", "recordIssues tool: sarif(pattern: 'iff.sarif')"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
}

}  // namespace
}  // namespace iff
