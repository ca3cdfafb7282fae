// Properties: a secret stops publication wherever it stands, in whatever encoding, in every form; and nothing
// else does.
#include "harness/publish/leak_gate.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <random>
#include <sstream>

#include "harness/core/bytes.h"
#include "harness/core/result_matchers.h"
#include "harness/publish/publish.h"

namespace iff {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class Dice {
 public:
  explicit Dice(unsigned seed) : engine_(seed) {}
  size_t Below(size_t bound) { return engine_() % bound; }  // the same on every machine
  std::string Letters(size_t count, std::string_view from) {
    std::string text;
    for (size_t i = 0; i < count; ++i) text += from[Below(from.size())];
    return text;
  }

 private:
  std::mt19937 engine_;
};

constexpr std::string_view kAlphabet = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";

// One of each kind that there is here.
std::string MakeSecret(Dice& dice) {
  switch (dice.Below(6)) {
    case 0:
      return "ifft_" + dice.Letters(24, kAlphabet);
    case 1:
      return "canary-alice-jira-" + dice.Letters(12, "0123456789abcdef");
    case 2:
      return dice.Letters(12, kAlphabet);
    case 3:
      return "p\"a<s&s\\w/o'r`d_" + dice.Letters(8, kAlphabet) + " *[x](y)|";
    case 4:
      return "K\xC3\xB6nigin-" + dice.Letters(10, kAlphabet) + "\xF0\x9F\x98\x80";
    default:
      return "eyJ" + dice.Letters(40, kAlphabet) + "." + dice.Letters(120, kAlphabet) + "." +
             dice.Letters(86, kAlphabet);
  }
}

std::string Wrapped(const std::string& text) {
  std::string lines;
  for (size_t at = 0; at < text.size(); at += 64) lines += text.substr(at, 64) + "\n";
  return lines;
}

std::string EveryByte(const std::string& text, const char* before, const char* after, int base) {
  std::string out;
  for (const char c : text) {
    char spelled[16];
    std::snprintf(spelled, sizeof spelled, base == 16 ? "%02X" : "%d",
                  static_cast<unsigned>(static_cast<unsigned char>(c)));
    out += before + std::string(spelled) + after;
  }
  return out;
}

std::string Encoded(const std::string& secret, Dice& dice) {
  const auto in_json = [](const std::string& text) {
    const std::string quoted = Json(text).dump(-1, ' ', true);
    return quoted.substr(1, quoted.size() - 2);
  };
  switch (dice.Below(13)) {
    case 0:
      return Base64(secret);
    case 1:
      return Base64("alice:" + secret);
    case 2:
      return Base64("a:" + secret + ":and more");
    case 3:
      return Base64Url("alice" + secret);
    case 4:
      return Hex(secret);
    case 5:
      return PercentEncode(secret);
    case 6:
      return EveryByte(secret, "%", "", 16);
    case 7:
      return in_json(secret);
    case 8:
      return in_json(in_json(secret));
    case 9:
      return Wrapped(Base64(secret));
    case 10:
      return "https://x/?access_token=" + PercentEncode(secret) + "&y=1";
    default:
      return secret;
  }
}

// Everywhere a text of others can get into a result.
const std::vector<std::function<void(RunResult&, const std::string&)>>& Places() {
  static const std::vector<std::function<void(RunResult&, const std::string&)>> places = {
      [](RunResult& run, const std::string& text) { run.error = text; },
      [](RunResult& run, const std::string& text) { run.command = text; },
      [](RunResult& run, const std::string& text) { run.system = text; },
      [](RunResult& run, const std::string& text) { run.components[0].version = text; },
      [](RunResult& run, const std::string& text) { run.unexpected_passes = {text}; },
      [](RunResult& run, const std::string& text) { run.scenarios[0].id = text; },
      [](RunResult& run, const std::string& text) { run.scenarios[0].title = text; },
      [](RunResult& run, const std::string& text) { run.scenarios[0].error = text; },
      [](RunResult& run, const std::string& text) { run.scenarios[0].file = text; },
      [](RunResult& run, const std::string& text) { run.scenarios[0].logs["jira"] = "a\nb " + text; },
      [](RunResult& run, const std::string& text) { run.scenarios[0].tags = {text}; },
      [](RunResult& run, const std::string& text) { run.scenarios[0].matrix[0].owner = text; },
      [](RunResult& run, const std::string& text) { run.scenarios[0].steps[0].title = text; },
      [](RunResult& run, const std::string& text) { run.scenarios[0].steps[0].about = text; },
      [](RunResult& run, const std::string& text) { run.scenarios[0].steps[0].checks[0].id = text; },
      [](RunResult& run, const std::string& text) { run.scenarios[0].steps[0].checks[0].reason = text; },
      [](RunResult& run, const std::string& text) { run.scenarios[0].steps[0].checks[0].expected = text; },
      [](RunResult& run, const std::string& text) { run.scenarios[0].steps[0].checks[0].observed = text; },
      [](RunResult& run, const std::string& text) { run.scenarios[0].steps[0].checks[0].clause = text; },
      [](RunResult& run, const std::string& text) { run.scenarios[0].steps[0].trace.exchanges[0].title = text; },
      [](RunResult& run, const std::string& text) { run.scenarios[0].steps[0].trace.exchanges[0].target = text; },
      [](RunResult& run, const std::string& text) {
        run.scenarios[0].steps[0].trace.exchanges[0].request_headers = {{"Authorization", "Bearer " + text}};
      },
      [](RunResult& run, const std::string& text) {
        run.scenarios[0].steps[0].trace.exchanges[0].response_body = "{\"text\":" + Dump(Json(text)) + "}";
      },
      [](RunResult& run, const std::string& text) {
        run.scenarios[0].steps[0].trace.exchanges[0].token = {{"claims", {{"email", text}}}};
      },
      [](RunResult& run, const std::string& text) {
        run.scenarios[0].steps[0].trace.downstream.events[0].taken_for = {{"a", {{"b", text}}}};
      },
      [](RunResult& run, const std::string& text) {
        run.scenarios[0].steps[0].trace.downstream.events[0].act.object = text;
      },
      [](RunResult& run, const std::string& text) {
        run.compared = Comparison{.run = "earlier", .differences = {{.scenario = "a", .check = text}}};
      },
  };
  return places;
}

RunResult SomeRun(Dice& dice) {
  RunResult run{.id = "20270115-080000-" + dice.Letters(4, "0123456789abcdef"),
                .system = "demo",
                .started = "2027-01-15T08:00:00.000Z",
                .command = "iff run"};
  run.components = {{.name = "vault", .version = "OpenBao 2.4.0"}};
  const size_t scenarios = 1 + dice.Below(3);
  for (size_t i = 0; i < scenarios; ++i) {
    ScenarioResult scenario{.id = "suite/" + dice.Letters(6, kAlphabet) + std::to_string(i) + "@jira",
                            .suite = "suite",
                            .target = "jira",
                            .title = "A story of " + dice.Letters(9, kAlphabet),
                            .file = "scenarios/suite/a.yaml",
                            .principals = {"alice"}};
    StepResult step{.title = "alice calls get_issue", .line = 3};
    step.checks = {{.id = "succeeds",
                    .verdict = dice.Below(2) == 0 ? Verdict::kFailed : Verdict::kErrored,
                    .expected = "HTTP 401",
                    .observed = "HTTP 200"}};
    step.trace.exchanges = {{.lane = "jira",
                             .actor = "alice",
                             .title = "tools/call",
                             .took_us = 9,
                             .method = "POST",
                             .target = "/mcp",
                             .status = 200,
                             .response_body = dice.Letters(40, kAlphabet)}};
    step.trace.downstream.events = {
        {.act = {.source = {Place::kAuditLog, "vault"}, .persona = "alice", .action = "read"}, .at_us = 5}};
    scenario.steps = {step};
    scenario.matrix = {
        {.target = "jira", .caller = "alice", .tool = "get", .owner = "bob", .verdict = Verdict::kPassed}};
    run.scenarios.push_back(std::move(scenario));
  }
  return run;
}

std::vector<std::string> AllForms() {
  std::vector<std::string> names;
  for (const Form& form : Forms()) names.emplace_back(form.name);
  return names;
}

// A hundred reports each, so that no single test is long.
class LeakGate : public testing::TestWithParam<unsigned> {
 protected:
  LeakGate() : folder_(testing::TempDir() + "gate-" + std::to_string(getpid()) + "-" + std::to_string(GetParam())) {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~LeakGate() override { fs::remove_all(folder_); }
  std::string folder_;
};

TEST_P(LeakGate, LetsNoPlantedSecretThroughInAnyForm) {
  for (unsigned i = 0; i < 100; ++i) {
    Dice dice(GetParam() * 1'000 + i);
    RunResult run = SomeRun(dice);
    const std::string secret = MakeSecret(dice);
    // A word that every form shows as it is: where it arrives, the secret before it has arrived too.
    const std::string mark = "Mark" + dice.Letters(12, kAlphabet);
    const std::string planted = Encoded(secret, dice) + " " + mark;
    const size_t place = dice.Below(Places().size());
    Places()[place](run, planted);
    Redactor redactor;
    redactor.Register(Secret(secret), "alice.secret");
    int arrived = 0;
    for (const Form& form : Forms()) {
      std::ostringstream out;
      form.write(run, out);
      const std::string text = out.str();
      if (text.find(mark) == std::string::npos) continue;
      ++arrived;
      EXPECT_FALSE(FindLeaks(text, redactor).empty())
          << form.name << " of report " << i << " lets through: " << planted << " at place " << place;
    }
    EXPECT_GT(arrived, 0) << "place " << place << " is in no form";
    // Whichever of them is asked for: the stored form is always read, so nothing is published either way.
    const std::vector<std::string> asked = {std::string(Forms()[dice.Below(Forms().size())].name)};
    EXPECT_THAT(Publish(run, redactor, folder_ + "/run", {.forms = asked}),
                FailsWith(ErrorKind::kRefused, HasSubstr("alice.secret")));
    EXPECT_TRUE(fs::is_empty(folder_)) << "report " << i << " left something behind";
  }
}

INSTANTIATE_TEST_SUITE_P(AThousandReports, LeakGate, testing::Range(0U, 10U));

TEST(LeakGateAlone, RaisesNoFalseAlarm) {
  const std::string folder = testing::TempDir() + "gate-clean-" + std::to_string(getpid());
  Redactor redactor;
  for (unsigned i = 0; i < 200; ++i) {
    Dice dice(900'000 + i);
    redactor.Register(Secret(MakeSecret(dice) + std::to_string(i)), "secret." + std::to_string(i));
  }
  for (unsigned i = 0; i < 20; ++i) {
    Dice dice(i);
    EXPECT_THAT(Publish(SomeRun(dice), redactor, folder + "/run", {.forms = AllForms()}), IsOk());
  }
  fs::remove_all(folder);
}

TEST(LeakGateAlone, NamesEachSecretOnce) {
  Redactor redactor;
  redactor.Register(Secret("s3cret-value"), "alice.password");
  EXPECT_EQ(Named(FindLeaks("s3cret-value and s3cret-value", redactor)), "alice.password (plain)");
  EXPECT_EQ(Named(FindLeaks("s3cret&#45;value", redactor)), "alice.password (plain)");
  EXPECT_EQ(Named(FindLeaks("s3cret\\u002dvalue", redactor)), "alice.password (plain)");
  EXPECT_EQ(Named(FindLeaks("s3cret\\\\u002dvalue", redactor)), "alice.password (plain)");
  EXPECT_EQ(Named(FindLeaks("s3cret\\-val\nue", redactor)), "alice.password (plain)");
  EXPECT_EQ(Named(FindLeaks("&#xD800; &#99999999; \\uD83D &; % \\", redactor)), "");
}

}  // namespace
}  // namespace iff
