#include "harness/publish/publish.h"

#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>
#include <sstream>

#include "harness/core/result_matchers.h"
#include "harness/net/http_server.h"
#include "harness/session/core_files.h"

namespace iff {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

RunResult GreenRun() {
  RunResult run{.id = "20270115-080000-abcd", .system = "demo", .started = "2027-01-15T08:00:00.000Z"};
  ScenarioResult scenario{
      .id = "suite/a@jira", .suite = "suite", .target = "jira", .title = "A story", .file = "scenarios/suite/a.yaml"};
  scenario.steps.push_back({.title = "alice calls get_issue"});
  scenario.steps[0].checks.push_back({.id = "succeeds", .verdict = Verdict::kPassed, .expected = "e", .observed = "o"});
  run.scenarios.push_back(std::move(scenario));
  return run;
}

class PublishTest : public testing::Test {
 protected:
  PublishTest()
      : folder_(testing::TempDir() + "publish-" + std::to_string(getpid()) + "-" +
                testing::UnitTest::GetInstance()->current_test_info()->name()) {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~PublishTest() override { fs::remove_all(folder_); }

  // Names of everything in the folder.
  std::vector<std::string> Left() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(folder_)) {
      names.push_back(fs::relative(entry.path(), folder_).string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  const std::string folder_;
  Redactor redactor_;
};

TEST_F(PublishTest, WritesTheReportsAndNothingElse) {
  const std::vector<std::string> all = {
      "run", "run/junit.xml", "run/report.html", "run/report.sarif", "run/result.json", "run/summary.md"};
  ASSERT_THAT(Publish(GreenRun(), redactor_, folder_ + "/run"), IsOk());
  EXPECT_EQ(Left(), all);
  // Once more over what lies there, and with the slash that a shell adds.
  ASSERT_THAT(Publish(GreenRun(), redactor_, folder_ + "/run/"), IsOk());
  EXPECT_EQ(Left(), all);
  std::ifstream in(folder_ + "/run/result.json");
  std::ostringstream text;
  text << in.rdbuf();
  const Result<Json> stored = ParseJson(text.str());
  ASSERT_THAT(stored, IsOk());
  EXPECT_THAT(RunFromJson(*stored), IsOk());
}

TEST_F(PublishTest, PublishesNothingThatHoldsASecretWhereverItStands) {
  const std::string secret = "ifft_s3cretTokenOfAlice";
  redactor_.Register(Secret(secret), "alice.jira.token");
  const std::vector<std::function<void(RunResult&)>> plants = {
      [&](RunResult& run) { run.error = secret; },
      [&](RunResult& run) { run.command = "iff run " + secret; },
      [&](RunResult& run) { run.scenarios[0].title = secret; },
      [&](RunResult& run) { run.scenarios[0].error = secret; },
      [&](RunResult& run) { run.scenarios[0].logs["jira"] = "token=" + secret; },
      [&](RunResult& run) { run.scenarios[0].steps[0].title = secret; },
      [&](RunResult& run) { run.scenarios[0].steps[0].checks[0].reason = secret; },
      [&](RunResult& run) { run.scenarios[0].steps[0].checks[0].observed = secret; },
      [&](RunResult& run) {
        Exchange exchange;
        exchange.request_headers = {{"Authorization", "Bearer " + secret}};
        run.scenarios[0].steps[0].trace.exchanges.push_back(exchange);
      },
      [&](RunResult& run) {
        Exchange exchange;
        exchange.response_body = "{\"text\":\"" + secret + "\"}";
        run.scenarios[0].steps[0].trace.exchanges.push_back(exchange);
      },
      [&](RunResult& run) {
        run.scenarios[0].steps[0].trace.downstream.events.push_back({.taken_for = {{"a", secret}}});
      },
  };
  for (size_t i = 0; i < plants.size(); ++i) {
    RunResult run = GreenRun();
    plants[i](run);
    const Result<void> published = Publish(run, redactor_, folder_ + "/run");
    EXPECT_THAT(published, FailsWith(ErrorKind::kRefused,
                                     AllOf(HasSubstr("nothing was published, because the reports held secrets: "),
                                           HasSubstr("alice.jira.token (plain) in result.json"))))
        << i;
    if (!published.ok()) {
      EXPECT_EQ(published.error().message().find(secret), std::string::npos);
    }
    EXPECT_TRUE(Left().empty()) << i;
  }
}

TEST_F(PublishTest, WritesTheFormsThatAreAskedForAndCopiesThem) {
  const PublishOptions options{.forms = {"sarif"}, .copies = {{"markdown", folder_ + "/job.md"}}};
  ASSERT_THAT(Publish(GreenRun(), redactor_, folder_ + "/run", options), IsOk());
  EXPECT_EQ(Left(),
            (std::vector<std::string>{"job.md", "run", "run/report.sarif", "run/result.json", "run/summary.md"}));
  redactor_.Register(Secret("s3cret-value"), "a.secret");
  RunResult leaking = GreenRun();
  leaking.error = "s3cret-value";
  fs::remove(folder_ + "/job.md");
  EXPECT_THAT(Publish(leaking, redactor_, folder_ + "/other", options),
              FailsWith(ErrorKind::kRefused, HasSubstr("a.secret")));
  EXPECT_FALSE(fs::exists(folder_ + "/job.md"));
}

TEST_F(PublishTest, ReplacesACopyWhereALinkLeadsAndWritesIntoWhatIsNoFile) {
  std::ofstream(folder_ + "/older.md") << "older";
  fs::create_symlink("older.md", folder_ + "/job.md");
  const PublishOptions options{.copies = {{"markdown", folder_ + "/job.md"}, {"json", "/dev/null"}}};
  ASSERT_THAT(Publish(GreenRun(), redactor_, folder_ + "/run", options), IsOk());
  EXPECT_TRUE(fs::is_symlink(folder_ + "/job.md"));
  EXPECT_GT(fs::file_size(folder_ + "/older.md"), 10U);
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
}

// A collector as far as a sender can tell: takes what is posted, answers as it is told.
class FakeCollector {
 public:
  explicit FakeCollector(std::string answer) {
    Result<std::unique_ptr<HttpServer>> server = HttpServer::Start([this, answer](const HttpRequest& request) {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
      return HttpResponse{.status = 200, .body = answer};
    });
    EXPECT_THAT(server, IsOk());
    server_ = std::move(server).value();
  }
  std::string Url() const { return server_->endpoint().Url(); }
  std::vector<HttpRequest> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<HttpRequest> requests_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(PublishTest, SendsTracesToACollectorAndHearsWhatItRefused) {
  const FakeCollector collector("{}");
  ASSERT_THAT(Publish(GreenRun(), redactor_, folder_ + "/run", {.collector = collector.Url() + "/"}), IsOk());
  const std::vector<HttpRequest> requests = collector.requests();
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_EQ(requests[0].method, "POST");
  EXPECT_EQ(requests[0].target, "/v1/traces");
  EXPECT_EQ(requests[0].headers.Get("Content-Type"), "application/json");
  const Result<Json> body = ParseJson(requests[0].body);
  ASSERT_THAT(body, IsOk());
  EXPECT_EQ(AtOr<std::string>(*body, "/resourceSpans/0/scopeSpans/0/spans/0/name", ""), "suite/a@jira");

  const FakeCollector full(R"({"partialSuccess":{"rejectedSpans":2}})");
  EXPECT_THAT(Publish(GreenRun(), redactor_, folder_ + "/run", {.collector = full.Url()}),
              FailsWith(ErrorKind::kProtocol, HasSubstr("the collector refused 2 spans")));
  const Result<HeldPort> nobody = HeldPort::Acquire();  // bound, and nobody listens
  ASSERT_THAT(nobody, IsOk());
  EXPECT_THAT(Publish(GreenRun(), redactor_, folder_ + "/run", {.collector = nobody->endpoint().Url()}),
              FailsWith(ErrorKind::kUnavailable, HasSubstr("send the trace to " + nobody->endpoint().Url())));
  // With a leak, nothing is sent.
  redactor_.Register(Secret("s3cret-value"), "a.secret");
  RunResult leaking = GreenRun();
  leaking.error = "s3cret-value";
  EXPECT_THAT(Publish(leaking, redactor_, folder_ + "/run", {.collector = collector.Url()}),
              FailsWith(ErrorKind::kRefused, HasSubstr("a.secret")));
  EXPECT_EQ(collector.requests().size(), 1U);
}

TEST_F(PublishTest, WritesRecordingsAndEvidenceBesideTheReports) {
  RunResult run = GreenRun();
  run.scenarios[0].recording = {{"recording", 3}, {"id", "suite/a@jira"}};
  run.scenarios[0].evidence = {{"id", "suite/a@jira"}};
  ASSERT_THAT(Publish(run, redactor_, folder_ + "/run"), IsOk());
  EXPECT_TRUE(fs::exists(folder_ + "/run/recordings/suite/a@jira.yaml"));
  EXPECT_TRUE(fs::exists(folder_ + "/run/evidence/suite/a@jira.json"));
  // Those of another scenario do not stay when the place is used again.
  run.scenarios[0].id = "suite/../b@jira";
  ASSERT_THAT(Publish(run, redactor_, folder_ + "/run"), IsOk());
  EXPECT_FALSE(fs::exists(folder_ + "/run/recordings/suite/a@jira.yaml"));
  EXPECT_TRUE(fs::exists(folder_ + "/run/recordings/suite/__/b@jira.yaml"));
}

// Every kind of secret there is, in every kind of artefact there is.
TEST_F(PublishTest, FindsEverySecretInEveryArtefact) {
  const std::vector<std::pair<std::string, std::string>> secrets = {
      {"issuer.signing-key",
       "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----\n"},
      {"keycloak.client-secret.mcp-jira", "Kc9tZq3fC8aVw2Ns"},
      {"keycloak.admin-token", "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhZG1pbiJ9.c2lnbmF0dXJlLW9mLXRoZS1hZG1pbg"},
      {"vault.unseal-key", "u8Zq0vJ5mQ1rXx2kTtGJm2c0mY1mJQ9zq3Jx7b1mB5E="},
      {"vault.root-token", "s.R00tT0kenOfTheVault"},
      {"vault.provisioner-token", "s.Pr0visionerToken12345"},
      {"postgres.owner-password", "p4ss word/with \"quotes\""},
      {"jira.control-token", "c0ntrol_token-of-jira"},
      {"alice.jira.canary", "canary-alice-jira-0123456789ab"},
      {"alice.mcp.token#1", "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJlLW9mLWFsaWNl"}};
  for (const auto& [alias, secret] : secrets) redactor_.Register(Secret(secret), alias);
  const std::vector<std::function<std::vector<std::string>(RunResult&, const std::string&)>> artefacts = {
      [](RunResult& run, const std::string& text) { return run.error = text, std::vector<std::string>(); },
      [](RunResult& run, const std::string& text) {
        run.scenarios[0].recording = {{"recording", 3}, {"seen", {{{"step", text}}}}};
        return std::vector<std::string>();
      },
      [](RunResult& run, const std::string& text) {
        run.scenarios[0].evidence = {{"steps", {{{"answer", text}}}}};
        return std::vector<std::string>();
      },
      [](RunResult& run, const std::string& text) {
        return run.scenarios[0].logs["jira"] = text, std::vector<std::string>();
      },
      // A core file of several pieces, with the secret across a border.
      [this](RunResult&, const std::string& text) {
        std::ofstream(folder_ + "/core.1234", std::ios::binary)
            << std::string((size_t{4} << 20) - 5, '\0') << text << std::string(1000, 'x');
        return CoreFiles({folder_});
      },
      [this](RunResult&, const std::string& text) {
        std::ofstream(folder_ + "/vault.log") << "line\nkey=" << text << "\n";
        return std::vector<std::string>{folder_ + "/vault.log"};
      },
      // Left by somebody in the place itself.
      [this](RunResult&, const std::string& text) {
        fs::create_directories(folder_ + "/run/logs");
        std::ofstream(folder_ + "/run/logs/server.log") << text;
        return std::vector<std::string>();
      }};
  for (size_t i = 0; i < artefacts.size(); ++i) {
    for (const auto& [alias, secret] : secrets) {
      RunResult run = GreenRun();
      const std::vector<std::string> also = artefacts[i](run, secret);
      EXPECT_THAT(Publish(run, redactor_, folder_ + "/run", {.also_read = also}),
                  FailsWith(ErrorKind::kRefused, HasSubstr(alias)))
          << i;
      EXPECT_FALSE(fs::exists(folder_ + "/run/result.json")) << i;
      fs::remove_all(folder_ + "/run");
      fs::remove(folder_ + "/core.1234");
      fs::remove(folder_ + "/vault.log");
    }
  }
}

TEST_F(PublishTest, LeavesWhatWasPublishedBeforeWhereItIs) {
  ASSERT_THAT(Publish(GreenRun(), redactor_, folder_ + "/run"), IsOk());
  redactor_.Register(Secret("s3cret-value"), "a.secret");
  RunResult leaking = GreenRun();
  leaking.error = "s3cret-value";
  EXPECT_THAT(Publish(leaking, redactor_, folder_ + "/run"), FailsWith(ErrorKind::kRefused, HasSubstr("a.secret")));
  EXPECT_EQ(Left().size(), 1 + DefaultForms().size());
}

TEST_F(PublishTest, SaysWhereItCouldNotWrite) {
  std::ofstream(folder_ + "/file") << "no folder";
  EXPECT_THAT(Publish(GreenRun(), redactor_, folder_ + "/file/run"),
              FailsWith(ErrorKind::kSystem, AllOf(HasSubstr("write the reports: make " + folder_ + "/file/run"),
                                                  HasSubstr("Not a directory"))));
  // The name is taken by something that is no folder: nothing half finished stays beside it.
  EXPECT_THAT(Publish(GreenRun(), redactor_, folder_ + "/file"),
              FailsWith(ErrorKind::kSystem, AllOf(HasSubstr("write the reports: "), HasSubstr(folder_ + "/file"),
                                                  HasSubstr("Not a directory"))));
  EXPECT_EQ(Left(), std::vector<std::string>{"file"});
}

// Whoever may write into the folder cannot know the name under which a copy is written, nor is a link followed there.
TEST_F(PublishTest, WritesThroughNoLinkThatWasLaidInItsWay) {
  std::ofstream(folder_ + "/victim") << "mine";
  const std::string guessed = ".unfinished-" + std::to_string(getpid());
  fs::create_symlink("victim", folder_ + "/job.md" + guessed);
  fs::create_directories(folder_ + "/elsewhere");
  for (int i = 1; i < 100; ++i) fs::create_symlink("elsewhere", folder_ + "/run" + guessed + "-" + std::to_string(i));
  ASSERT_THAT(Publish(GreenRun(), redactor_, folder_ + "/run", {.copies = {{"markdown", folder_ + "/job.md"}}}),
              IsOk());
  EXPECT_EQ(fs::file_size(folder_ + "/victim"), 4U);
  EXPECT_TRUE(fs::is_empty(folder_ + "/elsewhere"));
  EXPECT_FALSE(fs::is_symlink(folder_ + "/job.md"));
  EXPECT_FALSE(fs::is_symlink(folder_ + "/run"));
}

TEST_F(PublishTest, LeavesNothingBehindOnAFullDisk) {
  const std::string disk = folder_ + "/disk";
  fs::create_directories(disk);
  // Without the right to mount: /dev/full stands in for it.
  if (mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=16k") != 0) {
    std::ofstream full("/dev/full");
    full << std::string(100'000, 'x');
    full.close();
    EXPECT_FALSE(full);
    return;
  }
  RunResult run = GreenRun();
  run.scenarios[0].logs["jira"] = std::string(100'000, 'x');
  EXPECT_THAT(Publish(run, redactor_, disk + "/run"),
              FailsWith(ErrorKind::kSystem, AllOf(HasSubstr("write the reports: write " + disk + "/run"),
                                                  HasSubstr("No space left on device"))));
  EXPECT_TRUE(fs::is_empty(disk));
  // Neither of a copy of theirs, while what is elsewhere stands.
  EXPECT_THAT(
      Publish(run, redactor_, folder_ + "/run", {.copies = {{"json", disk + "/copy.json"}}}),
      FailsWith(ErrorKind::kSystem, AllOf(HasSubstr("write a copy of the reports: write " + disk + "/copy.json"),
                                          HasSubstr("No space left on device"))));
  EXPECT_TRUE(fs::is_empty(disk));
  EXPECT_TRUE(fs::exists(folder_ + "/run/result.json"));
  EXPECT_EQ(umount(disk.c_str()), 0);
}

}  // namespace
}  // namespace iff
