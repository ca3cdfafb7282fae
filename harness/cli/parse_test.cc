#include "harness/cli/parse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "harness/cli/report_arguments.h"

namespace iff {
namespace {

const bool kOffered = (OfferShortcuts({{.names = "--vault",
                                        .sets = "vault.product",
                                        .one_of = {"openbao", "hashicorp"},
                                        .help = "which secret store"}}),
                       true);

using ::testing::HasSubstr;
using Words = std::vector<std::string>;

TEST(ParseCommandLine, TakesARunApart) {
  const Parsed parsed =
      ParseCommandLine({"run", "isolation", "tokens/expired", "--target", "jira", "--target", "github", "-j", "4", "-o",
                        "/out", "--junit=/j.xml", "--mutant", "echoes-token", "--fresh", "-q"});
  ASSERT_EQ(parsed.exit_code, -1) << parsed.text;
  const Options& options = parsed.options;
  EXPECT_EQ(options.command, "run");
  EXPECT_EQ(options.selectors, (Words{"isolation", "tokens/expired"}));
  EXPECT_EQ(options.targets, (Words{"jira", "github"}));
  EXPECT_EQ(options.jobs, 4);
  EXPECT_EQ(options.output, "/out");
  EXPECT_EQ(options.junit, "/j.xml");
  EXPECT_EQ(options.mutant, "echoes-token");
  EXPECT_EQ(options.system, "");
  EXPECT_TRUE(options.fresh);
  EXPECT_TRUE(options.quiet);
  EXPECT_FALSE(options.json);
}

TEST(ParseCommandLine, TakesTheReportsOfARunApart) {
  const Parsed parsed =
      ParseCommandLine({"run", "--form", "sarif", "--form", "html", "--sarif", "/s.sarif", "--markdown", "/job.md",
                        "--otlp", "http://127.0.0.1:4318", "--baseline", "/runs/a", "isolation"});
  ASSERT_EQ(parsed.exit_code, -1) << parsed.text;
  EXPECT_EQ(parsed.options.selectors, Words{"isolation"});
  const PublishOptions publish = PublishOptionsFor(parsed.options);
  EXPECT_EQ(publish.forms, (Words{"sarif", "html"}));
  EXPECT_EQ(publish.copies, (std::map<std::string, std::string>{{"sarif", "/s.sarif"}, {"markdown", "/job.md"}}));
  EXPECT_EQ(publish.collector, "http://127.0.0.1:4318");
  EXPECT_EQ(WhereTyped(parsed.options, parsed.options.baseline), "/runs/a");
  const Parsed merge = ParseCommandLine({"merge", "a", "b", "--otlp", "t.jsonl", "-o", "/out", "--folder", "/here"});
  ASSERT_EQ(merge.exit_code, -1) << merge.text;
  EXPECT_EQ(merge.options.selectors, (Words{"a", "b"}));
  const PublishOptions merged = PublishOptionsFor(merge.options);
  EXPECT_EQ(merged.copies, (std::map<std::string, std::string>{{"otlp", "/here/t.jsonl"}}));
  EXPECT_TRUE(merged.collector.empty());
  EXPECT_EQ(merged.forms, DefaultForms());
  EXPECT_EQ(ParseCommandLine({"run", "--form"}).exit_code, 64);
  EXPECT_EQ(ParseCommandLine({"merge", "a"}).exit_code, 64);
}

TEST(ParseCommandLine, TakesAReplayApart) {
  const Parsed parsed =
      ParseCommandLine({"replay", "last/isolation", "--as-scenario", "new.yaml", "--folder", "/there", "--learn"});
  ASSERT_EQ(parsed.exit_code, -1) << parsed.text;
  EXPECT_EQ(parsed.options.path, "last/isolation");
  EXPECT_EQ(parsed.options.as_scenario, "/there/new.yaml");
  EXPECT_TRUE(parsed.options.learn);
  EXPECT_EQ(ParseCommandLine({"stress", "isolation", "--seed", "4711", "--until-fail"}).options.seed, 4711);
}

// An option that is repeated takes one value each time, or it would swallow what is to be run.
TEST(ParseCommandLine, LeavesWhatFollowsARepeatableOptionAlone) {
  const Parsed run = ParseCommandLine({"run", "--target", "jira", "isolation"});
  EXPECT_EQ(run.options.targets, Words{"jira"});
  EXPECT_EQ(run.options.selectors, Words{"isolation"});
  const Parsed set = ParseCommandLine({"run", "--set", "vault.lease=5s", "isolation", "--set", "jira.slow=true"});
  ASSERT_EQ(set.exit_code, -1) << set.text;
  EXPECT_EQ(set.options.selectors, Words{"isolation"});
  EXPECT_EQ(set.options.overrides.size(), 2U);
  EXPECT_EQ(ParseCommandLine({"list", "--target", "jira", "tokens"}).options.selectors, Words{"tokens"});
}

TEST(ParseCommandLine, AnswersBadUsageWithSixtyFour) {
  const std::vector<Words> bad = {{},
                                  {"fly"},
                                  {"run", "--nonsense"},
                                  {"run", "--jobs", "0"},
                                  {"run", "--jobs", "many"},
                                  {"run", "--target"},
                                  {"run", "--vault", "other"},
                                  {"up", "isolation"},
                                  {"report"},
                                  {"replay"},
                                  {"judge"},
                                  {"stress", "--take", "0"},
                                  {"stress", "isolation", "--seed", "0"},
                                  {"bench", "--rounds", "1"}};
  for (const Words& words : bad) {
    const Parsed parsed = ParseCommandLine(words);
    EXPECT_EQ(parsed.exit_code, 64) << testing::PrintToString(words);
    EXPECT_FALSE(parsed.text.empty()) << testing::PrintToString(words);
  }
}

TEST(ParseCommandLine, SaysWhatIsWrongWhereAndWhatToDo) {
  EXPECT_EQ(ParseCommandLine({"run", "isolation", "--jbos", "4"}).text,
            "iff run: no option '--jbos' (did you mean '--jobs'?)\n"
            "  iff run isolation --jbos 4\n"
            "                    ^^^^^^\n"
            "'iff run --help' lists what there is\n");
  EXPECT_EQ(ParseCommandLine({"rnu"}).text,
            "iff: no command 'rnu' (did you mean 'run'?)\n"
            "  iff rnu\n"
            "      ^^^\n"
            "'iff --help' lists what there is\n");
  EXPECT_THAT(ParseCommandLine({"up", "isolation"}).text, HasSubstr("'isolation' is one word too many"));
  EXPECT_THAT(ParseCommandLine({"run", "--jobs=many"}).text, HasSubstr("          ^^^^^^^^^^^"));
  EXPECT_THAT(ParseCommandLine({"--jobs", "4", "run"}).text, HasSubstr("the command comes first"));
}

TEST(ParseCommandLine, AnswersAskingForHelpWithHelp) {
  for (const Words& words : {Words{"--help"}, Words{"run", "--help"}}) {
    const Parsed parsed = ParseCommandLine(words);
    EXPECT_EQ(parsed.exit_code, 0);
    EXPECT_NE(parsed.text.find("Usage"), std::string::npos);
  }
  // What one half of the program tells the other is nobody's business.
  EXPECT_EQ(ParseCommandLine({"run", "--help"}).text.find("--folder"), std::string::npos);
  EXPECT_NE(ParseCommandLine({"--help"}).text.find("64 bad usage"), std::string::npos);
}

TEST(ParseCommandLine, ReadsTheValuesOfSettingsAsYaml) {
  const Parsed parsed = ParseCommandLine({"run", "--set", "a.flag=true", "--set", "a.number=5", "--set", "b.text=x=y",
                                          "--set", "b.list=[1, 2]", "--set", "c.deep.er=z", "--vault", "hashicorp"});
  ASSERT_EQ(parsed.exit_code, -1) << parsed.text;
  const std::map<std::string, Json>& set = parsed.options.overrides;
  EXPECT_EQ(set.at("a.flag"), Json(true));
  EXPECT_EQ(set.at("a.number"), Json(5));
  EXPECT_EQ(set.at("b.text"), Json("x=y"));
  EXPECT_EQ(set.at("b.list"), Json({1, 2}));
  EXPECT_EQ(set.at("c.deep.er"), Json("z"));
  EXPECT_EQ(set.at("vault.product"), Json("hashicorp"));
}

TEST(ParseCommandLine, WantsAComponentAnOptionAndAValue) {
  for (const char* setting : {"vault", "vault=1", "vault.lease", "=1", ".lease=1", "vault.=1", "a=b.c"}) {
    const Parsed parsed = ParseCommandLine({"run", "--set", setting});
    EXPECT_EQ(parsed.exit_code, 64) << setting;
    EXPECT_THAT(parsed.text, HasSubstr("--set " + std::string(setting) + ": want component.option=value\n"));
  }
}

TEST(ParseCommandLine, TakesPathsRelativeToWhoeverTypedThem) {
  EXPECT_EQ(ParseCommandLine({"run", "-o", "out", "--junit", "../j.xml", "--folder=/some/where"}).options.output,
            "/some/where/out");
  EXPECT_EQ(ParseCommandLine({"run", "--junit", "../j.xml", "--folder=/some/where"}).options.junit, "/some/j.xml");
  EXPECT_EQ(ParseCommandLine({"run", "-o", "out"}).options.output, (std::filesystem::current_path() / "out").string());
  EXPECT_EQ(ParseCommandLine({"run"}).options.output, "");
}

}  // namespace
}  // namespace iff
