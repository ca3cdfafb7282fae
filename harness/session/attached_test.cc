#include "harness/session/attached.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "harness/core/result_matchers.h"
#include "harness/environment/environment.h"
#include "harness/run/applies.h"

namespace iff {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class AttachedTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string made = (fs::temp_directory_path() / "iff-attached-XXXXXX").string();
    ASSERT_NE(mkdtemp(made.data()), nullptr);
    folder_ = made;
    system_.name = "notes";
    system_.components = {{.name = "store", .driver = "store", .per_scenario = true}};
    system_.people["alice"] = {.persona = "alice", .groups = {"user"}, .holds = {"tracker"}};
    TargetSpec& server = system_.targets["server"];
    server = {.name = "server", .command = {"serve"}, .audit = "${directory}/audit"};
    server.environment = {
        {"ADDRESS", "${store.address}"}, {"PORT", "${port}"}, {"KEY_FILE", "${store.key_file.server}"}};
    driver_registry_.Add(
        {.name = "store",
         .signs_with = [](const Json&) -> Result<std::optional<Algorithm>> { return std::optional(Algorithm::kEs256); },
         .outputs = [](const Json&, const Endpoint&) -> Result<Outputs> { return Outputs(); },
         .prepare = [this](const std::string& name, const Json&, const Attachment& attachment,
                           const Keyring& keys) -> Result<void> {
           std::ofstream(attachment.folder + "/settings") << TRY(keys.Of(name)).id();
           prepared_ = attachment.kept;
           return {};
         }});
  }
  void TearDown() override { fs::remove_all(folder_); }

  Attached Prepared() {
    Result<Attached> attached = ReadAddresses(system_, folder_, {"store=127.0.0.1:81", "targets.server=127.0.0.1:82"});
    EXPECT_THAT(attached, IsOk());
    EXPECT_THAT(PrepareAttached(*attached, system_, driver_registry_), IsOk());
    return std::move(attached).value();
  }
  static std::string TextOf(const std::string& path) {
    std::ifstream in(path);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
  }

  std::string folder_;
  std::string prepared_;
  System system_;
  DriverRegistry driver_registry_;
};

TEST_F(AttachedTest, WantsTheAddressOfEverybodyAndOfNobodyElse) {
  EXPECT_THAT(ReadAddresses(system_, folder_, {"store=127.0.0.1:81"}),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("where these are: targets.server")));
  EXPECT_THAT(ReadAddresses(system_, folder_, {"stor=127.0.0.1:81"}),
              FailsWith(ErrorKind::kInvalidInput, AllOf(HasSubstr("'stor'"), HasSubstr("store"))));
  EXPECT_THAT(ReadAddresses(system_, folder_, {"store"}),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("NAME=HOST:PORT")));
  EXPECT_THAT(ReadAddresses(system_, folder_, {"store=127.0.0.1:81/x"}),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("NAME=HOST:PORT")));
}

TEST_F(AttachedTest, IsKnownAgainWithTheSameKeyAndPeople) {
  const Attached first = Prepared();
  Keyring keys;
  ASSERT_THAT(TakeKeys(first, system_, driver_registry_, keys), IsOk());
  ASSERT_THAT(keys.Of("store"), IsOk());
  Result<std::vector<Principal>> people = PeopleOf(first, system_);
  ASSERT_THAT(people, IsOk());
  people->front().id = "assigned-1";
  people->front().issuer = "store";
  people->front().issuers["store"] = {.id = "assigned-1", .login = "alice", .secret = Secret("s3cret-of-alice")};
  ASSERT_THAT(KeepPeople(first, *people), IsOk());
  Prepared();  // once more changes nothing
  const Result<Attached> again = LoadAttached(folder_);
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->components.at("store").port, 81);
  EXPECT_EQ(again->targets.at("server").port, 82);
  Keyring kept;
  ASSERT_THAT(TakeKeys(*again, system_, driver_registry_, kept), IsOk());
  EXPECT_EQ(kept.Of("store")->SubjectPublicKeyInfoHash(), keys.Of("store")->SubjectPublicKeyInfoHash());
  const Result<std::vector<Principal>> same = PeopleOf(*again, system_);
  ASSERT_THAT(same, IsOk());
  ASSERT_EQ(same->size(), 1U);
  EXPECT_EQ(same->front().id, people->front().id);
  EXPECT_EQ(same->front().tag, "ALICE");
  EXPECT_EQ(same->front().issuer, "store");
  EXPECT_TRUE(same->front().issuers.at("store").secret.SameAs("s3cret-of-alice"));
  ASSERT_THAT(KeepTold(*again, *same, {}), IsOk());
  EXPECT_TRUE(Told(*again, "alice.password")->SameAs("s3cret-of-alice"));
  EXPECT_TRUE(same->front().accounts.at("tracker").token.SameAs(people->front().accounts.at("tracker").token));
  EXPECT_EQ(same->front().accounts.at("tracker").canary, people->front().accounts.at("tracker").canary);
}

TEST_F(AttachedTest, KeepsWhatIsSecretFromOthersOnThisMachine) {
  const Attached attached = Prepared();
  ASSERT_THAT(PeopleOf(attached, system_), IsOk());
  EXPECT_EQ(prepared_, folder_ + "/kept/store");
  for (const auto& file : fs::directory_iterator(attached.Kept())) {
    if (file.is_directory()) continue;
    EXPECT_EQ(file.status().permissions(), fs::perms(0600)) << file.path();
  }
  EXPECT_EQ(fs::status(attached.Kept()).permissions(), fs::perms(0700));
}

TEST_F(AttachedTest, GivesAServerItsSettingsAndOnlyItsOwnSecret) {
  const Attached attached = Prepared();
  const std::string kept = attached.Kept() + "/store/key";
  std::ofstream(kept) << "of-the-server";
  const std::map<std::string, Outputs> outputs = {
      {"store", {{"address", {.value = "127.0.0.1:81"}}, {"key_file.server", {.value = kept, .routed = false}}}}};
  ASSERT_THAT(WriteTargets(attached, system_, outputs), IsOk());
  const std::string folder = attached.TargetFolder("server");
  EXPECT_EQ(TextOf(folder + "/settings"), "ADDRESS=127.0.0.1:81\nKEY_FILE=" + folder + "/KEY_FILE\nPORT=82\n");
  EXPECT_EQ(TextOf(folder + "/KEY_FILE"), "of-the-server");
  ASSERT_THAT(KeepTold(attached, {}, outputs), IsOk());
  const Result<Secret> told = Told(attached, "store.key.server");
  ASSERT_THAT(told, IsOk());
  EXPECT_TRUE(told->SameAs("of-the-server"));
  EXPECT_THAT(Told(attached, "alice"),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("no such secret: store.key.server")));
}

TEST_F(AttachedTest, MakesNothingAScenariosAloneAndLaunchesNoTarget) {
  const Attached attached = Prepared();
  Apply(attached, system_);
  EXPECT_FALSE(system_.components.front().per_scenario);
  EXPECT_EQ(system_.targets.at("server").url, "http://127.0.0.1:82/mcp");
  EXPECT_TRUE(system_.targets.at("server").command.empty());
  EXPECT_EQ(system_.targets.at("server").audit, attached.TargetFolder("server") + "/audit");
}

TEST_F(AttachedTest, PlaysNoFaultBehindAServerThatRunsAlready) {
  const Attached attached = Prepared();
  Scenario scenario{.id = "faults/gone", .suite = "faults", .target = "server"};
  scenario.steps.push_back({.action = FaultStep{.component = "store", .as = "refuse"}});
  EXPECT_THAT(WhyNotAtAll(scenario, system_, {}, {}), Not(HasSubstr("runs already")));
  Apply(attached, system_);
  EXPECT_EQ(WhyNotAtAll(scenario, system_, {}, {}), "server runs already: nothing stands between it and what it calls");
}

TEST_F(AttachedTest, SaysWhereNothingWasPrepared) {
  EXPECT_THAT(LoadAttached(folder_),
              FailsWith(ErrorKind::kInvalidInput, AllOf(HasSubstr(folder_), HasSubstr("--prepare"))));
  Attached attached{.folder = folder_};
  EXPECT_THAT(Told(attached, "alice.password"),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("nothing was provisioned yet")));
  const DriverRegistry nobody;
  EXPECT_THAT(PrepareAttached(attached, system_, nobody),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("cannot be started by others")));
}

}  // namespace
}  // namespace iff
