#include "harness/environment/environment.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <mutex>
#include <set>

#include "harness/core/clock.h"
#include "harness/core/result_matchers.h"
#include "harness/environment/capabilities.h"

namespace iff {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

// What happened to the components, in order.
struct Journal {
  std::mutex mutex = {};
  std::vector<std::string> lines = {};
  std::set<std::string> alive = {};
  std::map<std::string, std::string> facts_seen = {};  // by component: its peers

  void Note(const std::string& line) {
    const std::lock_guard lock(mutex);
    lines.push_back(line);
  }
  bool Has(const std::string& line) {
    const std::lock_guard lock(mutex);
    return std::find(lines.begin(), lines.end(), line) != lines.end();
  }
};

class FakeComponent : public Component {
 public:
  FakeComponent(Journal& journal, std::string name, Endpoint endpoint)
      : journal_(journal), name_(std::move(name)), endpoint_(std::move(endpoint)) {
    journal_.Note("start " + name_);
  }
  ~FakeComponent() override { journal_.Note("stop " + name_); }
  const std::string& name() const override { return name_; }
  std::string version() const override { return "fake 1.0"; }
  Endpoint endpoint() const override { return endpoint_; }
  Outputs outputs() const override { return {{"url", {endpoint_.Url()}}, {"learned", {"later", false}}}; }
  Result<void> Connect() override {
    journal_.Note("connect " + name_);
    return {};
  }
  Result<void> Check() override {
    const std::lock_guard lock(journal_.mutex);
    if (journal_.alive.contains(name_)) return {};
    return Error(ErrorKind::kUnavailable, "connection refused");
  }
  std::string LogTail(size_t) const override { return {}; }
  std::vector<std::string> log_paths() const override { return {}; }

 private:
  Journal& journal_;
  std::string name_;
  Endpoint endpoint_;
};

class FakeLedger final : public FakeComponent, public CallLedger {
 public:
  using FakeComponent::FakeComponent;
  Result<uint64_t> Mark() override { return uint64_t{0}; }
  Result<std::vector<LedgerEntry>> Since(uint64_t) override { return std::vector<LedgerEntry>{}; }
  Result<void> Disturb(std::string_view, int) override { return {}; }
};

class NoLauncher final : public Launcher {
 public:
  Result<Service> Launch(ServiceSpec) override { return Error(ErrorKind::kSystem, "nothing is launched here"); }
  const std::string& run_directory() const override { return directory_; }
  Result<std::string> MakeDirectory(std::string_view, std::string_view) override { return directory_; }

 private:
  std::string directory_;
};

class EnvironmentTest : public testing::Test {
 protected:
  EnvironmentTest() {
    Add("plain", [this](const StartContext& context) { return Make<FakeComponent>(context); });
    Add("ledger", [this](const StartContext& context) { return Make<FakeLedger>(context); });
    Add("broken", [](const StartContext& context) -> Result<std::unique_ptr<Component>> {
      return Error(ErrorKind::kTimeout, "not ready after 30 s: " + AtOr<std::string>(context.options, "/why", "?"));
    });
  }

  template <class T>
  Result<std::unique_ptr<Component>> Make(const StartContext& context) {
    std::string peers;
    for (const auto& [name, outputs] : context.peers) peers += name + " ";
    {
      const std::lock_guard lock(journal_.mutex);
      journal_.facts_seen[context.name] = peers;
      journal_.alive.insert(context.name);
    }
    return std::unique_ptr<Component>(new T(journal_, context.name, context.port->endpoint()));
  }

  void Add(const std::string& name, std::function<Result<std::unique_ptr<Component>>(const StartContext&)> start) {
    Driver driver;
    driver.name = name;
    driver.outputs = [](const Json& options, const Endpoint& endpoint) -> Result<Outputs> {
      if (options.contains("wrong")) return Error(ErrorKind::kInvalidInput, "option 'wrong' is unknown");
      return Outputs{{"url", {endpoint.Url()}}};
    };
    driver.start = std::move(start);
    driver_registry_.Add(std::move(driver));
  }

  static ComponentSpec Spec(const std::string& name, const std::string& driver, Json options = Json::object()) {
    ComponentSpec spec;
    spec.name = name;
    spec.driver = driver;
    spec.options = std::move(options);
    return spec;
  }

  Result<std::unique_ptr<Environment>> Start(const std::vector<ComponentSpec>& specs, EnvironmentOptions options = {}) {
    return Environment::Start(specs, driver_registry_, launcher_, Keyring(), options);
  }

  Journal journal_;
  DriverRegistry driver_registry_;
  NoLauncher launcher_;
};

TEST_F(EnvironmentTest, StartsEveryComponentWithThePromisedFactsOfAllAndConnectsThemAfterwards) {
  const auto environment = Start({Spec("a", "plain"), Spec("b", "plain")});
  ASSERT_THAT(environment, IsOk());
  EXPECT_EQ(journal_.facts_seen["a"], "a b ");
  EXPECT_EQ(journal_.facts_seen["b"], "a b ");
  ASSERT_EQ(journal_.lines.size(), 4U);
  EXPECT_THAT(std::vector<std::string>(journal_.lines.begin(), journal_.lines.begin() + 2),
              UnorderedElementsAre("start a", "start b"));
  EXPECT_EQ(journal_.lines[2], "connect a");
  EXPECT_EQ(journal_.lines[3], "connect b");
  EXPECT_EQ((*environment)->components().size(), 2U);
  EXPECT_EQ((*environment)->components()[0]->name(), "a");
  // What it told once it ran stands beside what was promised.
  EXPECT_EQ((*environment)->outputs().at("a").at("learned").value, "later");
}

TEST_F(EnvironmentTest, StartsSideBySide) {
  Add("meets", [this](const StartContext& context) -> Result<std::unique_ptr<Component>> {
    Result<std::unique_ptr<Component>> made = Make<FakeComponent>(context);
    const std::string other = context.name == "a" ? "start b" : "start a";
    TRY(Eventually(Deadline::In(5s), [&]() -> Result<bool> { return journal_.Has(other); }));
    return made;
  });
  EXPECT_THAT(Start({Spec("a", "meets"), Spec("b", "meets")}), IsOk());
}

TEST_F(EnvironmentTest, TellsTheFirstComponentThatDidNotStartAndStopsThoseThatDid) {
  Add("late", [this](const StartContext& context) -> Result<std::unique_ptr<Component>> {
    TRY(Eventually(Deadline::In(30s), [&]() -> Result<bool> { return context.given_up(); }));
    journal_.Note("given up " + context.name);
    return Error(ErrorKind::kUnavailable, "its process was stopped");
  });
  EXPECT_THAT(Start({Spec("keycloak", "late"), Spec("a", "plain"), Spec("vault", "broken", {{"why", "port taken"}})}),
              FailsWith(ErrorKind::kTimeout, "start vault: not ready after 30 s: port taken"));
  EXPECT_THAT(journal_.lines, UnorderedElementsAre("start a", "stop a", "given up keycloak"));
}

TEST_F(EnvironmentTest, NamesADriverNobodyHasAndAnOptionNobodyKnowsBeforeAnythingStarts) {
  EXPECT_THAT(
      Start({Spec("a", "plain"), Spec("vault", "brokn")}),
      FailsWith(ErrorKind::kInvalidInput, "component 'vault': no driver called 'brokn' (did you mean 'broken'?)"));
  EXPECT_THAT(Start({Spec("a", "plain"), Spec("b", "plain", {{"wrong", 1}})}),
              FailsWith(ErrorKind::kInvalidInput, "component 'b': option 'wrong' is unknown"));
  EXPECT_TRUE(journal_.lines.empty());
}

TEST_F(EnvironmentTest, MakesNothingWrongInAWayItsDriverDoesNotKnow) {
  ComponentSpec spec = Spec("b", "plain");
  spec.misconfiguration = "sleepy";
  EXPECT_THAT(Start({Spec("a", "plain"), spec}),
              FailsWith(ErrorKind::kInvalidInput, "component 'b': a plain has no misconfiguration called 'sleepy'"));
  EXPECT_TRUE(journal_.lines.empty());
}

TEST_F(EnvironmentTest, KnowsTheFactsOfAnOuterOne) {
  const std::map<std::string, Outputs> outer = {{"issuer", {{"url", {"http://issuer.example"}}}}};
  EnvironmentOptions options;
  options.outer = &outer;
  const auto environment = Start({Spec("a", "plain")}, options);
  ASSERT_THAT(environment, IsOk());
  EXPECT_EQ(journal_.facts_seen["a"], "a issuer ");
  EXPECT_EQ((*environment)->outputs().at("issuer").at("url").value, "http://issuer.example");
}

TEST_F(EnvironmentTest, TakesOverWhatRunsAlreadyWhereItIs) {
  Driver driver = *driver_registry_.Find("plain");
  driver.name = "elsewhere";
  driver.attach = [this](const StartContext& context,
                         const Attachment& attachment) -> Result<std::unique_ptr<Component>> {
    EXPECT_EQ(context.port, nullptr);
    return std::unique_ptr<Component>(new FakeComponent(journal_, context.name, attachment.endpoint));
  };
  driver_registry_.Add(std::move(driver));
  EnvironmentOptions options;
  options.attached["a"] = {.endpoint = {.port = 81}};
  const auto environment = Start({Spec("a", "elsewhere"), Spec("b", "plain")}, options);
  ASSERT_THAT(environment, IsOk());
  EXPECT_EQ((*environment)->outputs().at("a").at("url").value, "http://127.0.0.1:81");
  EXPECT_EQ(journal_.facts_seen["b"], "a b ");
  EXPECT_EQ((*environment)->FindComponent("a")->endpoint().port, 81);
  EXPECT_TRUE(journal_.Has("connect a"));
}

TEST_F(EnvironmentTest, RefusesToTakeOverWhatCannotBe) {
  EnvironmentOptions options;
  options.attached["a"] = {.endpoint = {.port = 81}};
  EXPECT_THAT(Start({Spec("a", "plain")}, options),
              FailsWith(ErrorKind::kInvalidInput, "component 'a': a plain cannot be taken over while it runs"));
}

TEST_F(EnvironmentTest, StopsEveryComponentBeforeItIsGone) {
  auto environment = Start({Spec("a", "plain"), Spec("b", "plain"), Spec("c", "plain")}).value();
  journal_.lines.clear();
  environment.reset();
  EXPECT_THAT(journal_.lines, UnorderedElementsAre("stop a", "stop b", "stop c"));
}

TEST_F(EnvironmentTest, FindsTheOnlyComponentThatIsAbleOrTheOneNamed) {
  const auto environment = Start({Spec("a", "plain"), Spec("jira", "ledger")}).value();
  const Result<CallLedger*> only = environment->Find<CallLedger>();
  ASSERT_THAT(only, IsOk());
  EXPECT_EQ(dynamic_cast<Component*>(*only), environment->FindComponent("jira"));
  EXPECT_THAT(environment->Find<CallLedger>("jira"), IsOk());
  EXPECT_EQ(environment->All<CallLedger>().size(), 1U);
}

TEST_F(EnvironmentTest, SaysWhichAbilityIsMissingOrWhoseIsMeant) {
  const auto environment = Start({Spec("a", "plain"), Spec("jira", "ledger"), Spec("github", "ledger")}).value();
  EXPECT_THAT(environment->Find<TokenIssuer>(),
              FailsWith(ErrorKind::kInvalidInput, "no component of this environment can issue tokens"));
  EXPECT_THAT(environment->Find<CallLedger>("a"),
              FailsWith(ErrorKind::kInvalidInput, "component 'a' is not there or cannot tell what it was asked"));
  EXPECT_THAT(environment->Find<CallLedger>("b"),
              FailsWith(ErrorKind::kInvalidInput, "component 'b' is not there or cannot tell what it was asked"));
  EXPECT_THAT(environment->Find<CallLedger>(),
              FailsWith(ErrorKind::kInvalidInput, "several components can tell what it was asked: name one"));
  EXPECT_THAT(environment->Find<CallLedger>("github"), IsOk());
  EXPECT_THAT(environment->Find<PrincipalRegistry>(),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("register principals")));
  EXPECT_THAT(environment->Find<IssuerKeys>(),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("tell the issuer's signing key")));
  EXPECT_THAT(environment->Find<SecretStore>(), FailsWith(ErrorKind::kInvalidInput, HasSubstr("keep secrets")));
  EXPECT_THAT(environment->Find<AuditSource>(), FailsWith(ErrorKind::kInvalidInput, HasSubstr("tell what it audited")));
  EXPECT_THAT(environment->Find<ResourceCounter>(),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("count its resources")));
  EXPECT_THAT(environment->Find<RowSource>(), FailsWith(ErrorKind::kInvalidInput, HasSubstr("be queried for rows")));
}

TEST_F(EnvironmentTest, NamesEveryComponentThatAnswersNoMore) {
  const auto environment = Start({Spec("a", "plain"), Spec("b", "plain"), Spec("c", "plain")}).value();
  EXPECT_THAT(environment->Check(), IsOk());
  journal_.alive = {"b"};
  EXPECT_THAT(environment->Check(), FailsWith(ErrorKind::kUnavailable, "a: connection refused; c: connection refused"));
}

TEST(Routed, LeadsAddressesThroughTheGateAndLeavesNamesAlone) {
  Endpoint direct;
  direct.port = 4001;
  Endpoint gate;
  gate.port = 4002;
  const Outputs outputs = {{"url", {direct.Url("/v1")}},
                           {"issuer", {direct.Url("/realms/a"), false}},
                           {"database", {"postgres://" + direct.Authority() + "/rows"}},
                           {"elsewhere", {"http://127.0.0.1:4003/"}}};
  const Outputs routed = Routed(outputs, direct, gate);
  EXPECT_EQ(routed.at("url").value, gate.Url("/v1"));
  EXPECT_EQ(routed.at("issuer").value, direct.Url("/realms/a"));
  EXPECT_EQ(routed.at("database").value, "postgres://" + gate.Authority() + "/rows");
  EXPECT_EQ(routed.at("elsewhere").value, "http://127.0.0.1:4003/");
}

// A port is not the beginning of another one.
TEST(Routed, TellsAPortFromALongerOne) {
  Endpoint direct;
  direct.port = 400;
  Endpoint gate;
  gate.port = 900;
  const Outputs outputs = {{"url", {"http://127.0.0.1:4001/"}}};
  EXPECT_EQ(Routed(outputs, direct, gate).at("url").value, "http://127.0.0.1:4001/");
}

TEST(Substitute, ReplacesFactsAndWords) {
  const std::map<std::string, Outputs> outputs = {{"vault", {{"url", {"http://vault.example"}}}}};
  EXPECT_THAT(Substitute("${vault.url}/v1?port=${port}", outputs, {{"port", "41"}}),
              IsOkAndHolds("http://vault.example/v1?port=41"));
  EXPECT_THAT(Substitute("no place, $5 {x}", outputs, {}), IsOkAndHolds("no place, $5 {x}"));
}

TEST(Substitute, NamesWhatNobodyTells) {
  const std::map<std::string, Outputs> outputs = {{"vault", {{"url", {"u"}}}}};
  for (const char* name : {"vault.ulr", "valut.url", "port", "vault", ""}) {
    EXPECT_THAT(Substitute("a ${" + std::string(name) + "} b", outputs, {}),
                FailsWith(ErrorKind::kInvalidInput, "nobody tells '${" + std::string(name) + "}'"));
  }
  EXPECT_THAT(Substitute("a ${vault.url", outputs, {}),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("'${' without '}'")));
}

}  // namespace
}  // namespace iff
