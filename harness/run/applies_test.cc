#include "harness/run/applies.h"

#include <gmock/gmock.h>

#include "harness/run/run_testing.h"

namespace iff {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// A server of somebody's: one revision, two operations, nothing behind it that we know.
System Plain() {
  System system{.name = "mine"};
  system.components = {{.name = "issuer", .driver = "issuer"}};
  system.people["alice"] = {.persona = "alice"};
  system.targets["notes"] = {
      .name = "notes",
      .tools = {"get_note", "add_note"},
      .operations = {{"read_own", {.tool = "get_note", .discloses = true}}, {"create", {.tool = "add_note"}}},
      .revisions = {"2025-11-25"}};
  return system;
}

std::string WhyNot(const Condition& condition, const Means& means = {}) {
  const System system = Plain();
  return WhyNotCheck({}, Expect("check", condition), system.targets.at("notes"), system, means);
}

// As scenarios/probes declares its own.
const ProbeSet& Declared() {
  static const ProbeSet probes = [] {
    const auto nothing = [](Sandbox&, const Json&) -> Result<ProbeOutcome> { return ProbeOutcome(); };
    ProbeSet set;
    set["p"] = {nothing};
    set["authorization_matrix"] = {nothing};
    set["interleavings"] = {nothing, Aftermath::kUnknown, Asks::kSingleRequests};
    set["http_methods"] = {nothing, Aftermath::kUnknown, Asks::kHttp};
    set["leeway"] = {nothing, Aftermath::kUnknown, Asks::kAuthentication};
    return set;
  }();
  return probes;
}

std::string WhyNotStepAt(const TargetSpec& target, const Step& step, const std::set<std::string>& absent = {}) {
  const System system = Plain();
  return WhyNotStep(step, {target, system, {}, Declared()}, absent);
}

std::string WhyNotPlayed(const Action& action) { return WhyNotStepAt(Plain().targets.at("notes"), {.action = action}); }

TEST(WhyNotCheck, LooksForNothingPrivateWhereTheFileSaysThatNothingIsShown) {
  System system = Plain();
  TargetSpec& notes = system.targets.at("notes");
  notes.seed_with = "create";
  const Step step{.action = CallStep{.operation = "read_own"}};
  EXPECT_EQ(WhyNotCheck(step, Expect("check", Discloses{{"alice"}}), notes, system, {}), "");
  notes.operations["read_own"].shows_nothing = true;
  EXPECT_THAT(WhyNotCheck(step, Expect("check", Discloses{{"alice"}}), notes, system, {}),
              HasSubstr("read_own of notes shows nothing private (discloses: false)"));
  EXPECT_EQ(WhyNotCheck(step, Expect("check", Withholds{}), notes, system, {}), "");
}

TEST(WhyNotStep, NamesTheOperationTheRevisionOrTheScopeThatIsMissing) {
  EXPECT_EQ(WhyNotPlayed(CallStep{.operation = "read_own"}), "");
  EXPECT_THAT(WhyNotPlayed(CallStep{.operation = "list"}), HasSubstr("no tool of notes for the operation 'list'"));
  EXPECT_THAT(WhyNotPlayed(AttackStep{.operation = "list"}), HasSubstr("'list'"));
  EXPECT_THAT(WhyNotPlayed(CallStep{.sending = {.revision = "2026-07-28"}, .operation = "read_own"}),
              HasSubstr("does not speak revision 2026-07-28"));
  EXPECT_EQ(WhyNotPlayed(CallStep{.sending = {.revision = "2025-11-25"}, .operation = "read_own"}), "");
  EXPECT_THAT(WhyNotPlayed(ListStep{.method = "server/discover"}), HasSubstr("2026-07-28"));
  EXPECT_THAT(WhyNotPlayed(CallStep{.tool = "drop_table"}), HasSubstr("no tool called 'drop_table'"));
  EXPECT_THAT(WhyNotPlayed(ProbeStep{.name = "p", .arguments = {{"operations", {"read_own", "read_of"}}}}),
              HasSubstr("'read_of'"));
  EXPECT_THAT(WhyNotPlayed(ProbeStep{.name = "p", .arguments = {{"scopes", {"read"}}}}),
              HasSubstr("no scope of notes"));
}

TEST(WhyNotStep, InterleavesWhereRequestsAreHttpAlone) {
  TargetSpec notes = Plain().targets.at("notes");
  EXPECT_EQ(WhyNotStepAt(notes, {.action = ProbeStep{.name = "interleavings"}}), "");
  notes.transport = Transport::kSse;
  EXPECT_THAT(WhyNotStepAt(notes, {.action = ProbeStep{.name = "interleavings"}}), HasSubstr("HTTP+SSE"));
}

// A process for each person has no door: what would be tried at one does not apply, each with the reason.
TEST(WhyNotStep, LeavesOutOverStdioWhatIsAboutADoor) {
  const System system = Plain();
  TargetSpec notes = system.targets.at("notes");
  notes.transport = Transport::kStdio;
  notes.revisions = {"2025-11-25", "2025-06-18"};
  const auto why = [&](const Action& action) { return WhyNotStepAt(notes, {.action = action}); };
  EXPECT_EQ(why(CallStep{.sending = {.with = "alice"}, .operation = "read_own"}), "");
  EXPECT_EQ(why(ObtainStep{.name = "alice", .principal = "alice"}), "");
  EXPECT_EQ(why(ProbeStep{.name = "authorization_matrix"}), "");
  EXPECT_THAT(why(AttackStep{.operation = "read_own"}), HasSubstr("whoever starts the process"));
  EXPECT_THAT(why(MintStep{}), HasSubstr("whoever starts the process"));
  EXPECT_THAT(why(ObtainStep{.name = "none", .principal = "alice", .scopes = std::vector<std::string>()}),
              HasSubstr("whoever starts"));
  EXPECT_THAT(why(CallStep{.operation = "read_own"}), HasSubstr("never as nobody"));
  EXPECT_THAT(why(CallStep{.sending = {.with = "alice", .as = Presentation::kCookie}, .operation = "read_own"}),
              HasSubstr("no HTTP"));
  EXPECT_THAT(why(CallStep{.sending = {.with = "alice", .session_of = "bob"}, .operation = "read_own"}),
              HasSubstr("one session"));
  EXPECT_THAT(why(CallStep{.sending = {.with = "alice", .revision = "2025-06-18"}, .operation = "read_own"}),
              HasSubstr("2025-11-25"));
  EXPECT_THAT(why(ReplayStep{.sending = {.with = "alice"}}), HasSubstr("one process"));
  EXPECT_THAT(why(ProbeStep{.name = "http_methods"}), HasSubstr("no HTTP"));
  EXPECT_THAT(why(ProbeStep{.name = "interleavings"}), HasSubstr("whoever starts"));
  const auto judged = [&](const Condition& condition) {
    return WhyNotCheck({}, Expect("check", condition), notes, system, {});
  };
  EXPECT_EQ(judged(Withholds{}), "");
  EXPECT_EQ(judged(ToolSucceeds{}), "");
  EXPECT_THAT(judged(HttpStatusIs{{401}}), HasSubstr("no HTTP"));
  EXPECT_THAT(judged(Challenges{}), HasSubstr("no HTTP"));
  EXPECT_THAT(judged(RefusesToken{}), HasSubstr("whoever starts"));
  Scenario rotates = ScenarioOf("suite/rotates@notes",
                                {Step{.action = RotateStep{}}, CallOwn("alice", {Expect("check", ToolSucceeds{})})});
  rotates.target = "notes";
  System over = Plain();
  over.targets["notes"] = notes;
  EXPECT_THAT(WhyNotAtAll(rotates, over, {.rotatable = {{"keys", {.at_issuer = true}}}}, Declared()),
              HasSubstr("whoever starts"));
}

// Whoever's own thing cannot be read, because nobody said how, is at least seen to be refused.
TEST(WhyNotCheck, AsksForTheToolsWhereNothingOfOnesOwnIsSaidAndJudgesRefusalsAlone) {
  System system = Plain();
  TargetSpec& notes = system.targets.at("notes");
  notes.operations.erase("read_own");
  const auto judged = [&](const Action& action, const Condition& condition) {
    return WhyNotCheck({.action = action}, Expect("check", condition), notes, system, {});
  };
  for (const Action& action :
       {Action(AttackStep{.operation = "read_own"}), Action(CallStep{.operation = "read_own"})}) {
    EXPECT_EQ(WhyNotStepAt(notes, {.action = action}), "");
    EXPECT_EQ(judged(action, RefusesToken{}), "");
    EXPECT_EQ(judged(action, HttpStatusIs{{401}}), "");
    EXPECT_THAT(judged(action, Withholds{}), HasSubstr("'read_own'"));
    EXPECT_THAT(judged(action, ToolSucceeds{}), HasSubstr("'read_own'"));
  }
  EXPECT_THAT(WhyNotStepAt(notes, {.action = CallStep{.operation = "read_of"}}), HasSubstr("'read_of'"));
  notes.transport = Transport::kStdio;
  EXPECT_THAT(WhyNotStepAt(notes, {.action = CallStep{.sending = {.with = "alice"}, .operation = "read_own"}}),
              HasSubstr("'read_own'"));
}

TEST(WhyNotCheck, NamesWhatIsNotThereToBeAsked) {
  EXPECT_EQ(WhyNot(ToolSucceeds{}), "");
  EXPECT_THAT(WhyNot(Audited{.component = "vault"}), HasSubstr("no component called 'vault' in mine"));
  EXPECT_THAT(WhyNot(UpstreamSaw{.component = "jira"}), HasSubstr("'jira'"));
  EXPECT_THAT(WhyNot(ProbeFinds{"vault.leases"}), HasSubstr("'vault'"));
  EXPECT_EQ(WhyNot(ProbeFinds{"everyone-got-their-own"}), "");
  EXPECT_EQ(WhyNot(ToolFails{}), "");
  EXPECT_THAT(WhyNot(ToolFails{{"missing_credential"}}), HasSubstr("errors of notes"));
  EXPECT_EQ(WhyNot(Lists{.shown = {"read_own"}}), "");
  EXPECT_THAT(WhyNot(Lists{.shown = {"whoami"}}), HasSubstr("'whoami'"));
}

TEST(WhyNotCheck, IsSilentAboutPlacesAsLongAsOneIsLeft) {
  EXPECT_EQ(WhyNot(NoSecretIn{{"log", "audit"}}), "");
  EXPECT_THAT(WhyNot(NoSecretIn{{"audit"}}), HasSubstr("audit file"));
  EXPECT_THAT(WhyNot(NoSecretIn{{"upstream"}}), HasSubstr("ledger"));
  EXPECT_EQ(WhyNot(NoSecretIn{{"upstream"}}, {.ledger = true}), "");
  EXPECT_THAT(WhyNot(NoSecretIn{{"log"}}, {.log = false}), HasSubstr("not launched by us"));
}

TEST(WhyNotCheck, LooksBehindATargetWhereThereIsSomethingAndAGateToLookFrom) {
  const NoSecretIn behind{{"far_side"}};
  EXPECT_EQ(WhyNot(behind, {.behind = true}), "");
  EXPECT_THAT(WhyNot(behind), HasSubstr("nothing of mine stands behind notes but the issuer"));
  const System system = Plain();
  TargetSpec notes = system.targets.at("notes");
  const auto why = [&] { return WhyNotCheck({}, Expect("check", behind), notes, system, {.behind = true}); };
  notes.url = "http://127.0.0.1:1/mcp";
  EXPECT_THAT(why(), HasSubstr("runs already"));
  notes = system.targets.at("notes");
  notes.key_header = "X-Key";
  EXPECT_THAT(why(), HasSubstr("takes keys"));
  notes = system.targets.at("notes");
  notes.transport = Transport::kStdio;
  EXPECT_THAT(why(), HasSubstr("speaks stdio"));
}

TEST(WhyNotCheck, HoldsOnlyTheStrictToWhatNoClauseDemands) {
  System system = Plain();
  Expectation expectation = Expect("check", ToolSucceeds{});
  expectation.strict = true;
  EXPECT_THAT(WhyNotCheck({}, expectation, system.targets["notes"], system, {}), HasSubstr("no clause demands it"));
  system.targets["notes"].strict = true;
  EXPECT_EQ(WhyNotCheck({}, expectation, system.targets["notes"], system, {}), "");
}

TEST(WhyNotAtAll, KnowsWhoIsNotMadeToSpeakTls) {
  System system = Plain();
  Scenario scenario = ScenarioOf("suite/one@notes", {CallOwn("", {Expect("check", ToolSucceeds{})})});
  scenario.target = "notes";
  EXPECT_EQ(WhyNotAtAll(scenario, system, {}, Declared()), "");
  scenario.tls = true;
  EXPECT_THAT(WhyNotAtAll(scenario, system, {}, Declared()), HasSubstr("made to speak TLS"));
  system.targets["notes"].tls["CERTIFICATE"] = "${certificate}";
  EXPECT_EQ(WhyNotAtAll(scenario, system, {}, Declared()), "");
  system.targets["notes"].tls = {{"NOTES_CERTIFICATE", "${tls.certificate}"}};
  system.targets["notes"].url = "https://127.0.0.1:9";
  EXPECT_THAT(WhyNotAtAll(scenario, system, {}, Declared()), HasSubstr("its certificates are not ours"));
}

TEST(WhyNotStep, LeavesOutARequestOfWhichNoDriverDeclaresAField) {
  const System system = Plain();
  const Step step{.action = AttackStep{.attack = "request-fields-for-upstreams", .operation = "read_own"}};
  const auto why = [&](const Means& means) {
    return WhyNotStep(step, {system.targets.at("notes"), system, means, Declared()});
  };
  EXPECT_THAT(why({}), HasSubstr("declares header fields"));
  EXPECT_EQ(why({.client_fields = {.who = {{"X-Store-Role", "{other}"}}}}), "");
}

TEST(WhyNotStep, KnowsThatKeysAreNoTokens) {
  System system = Plain();
  TargetSpec& notes = system.targets["notes"];
  notes.key_header = "X-API-Key";
  const auto why = [&](const Action& action, const std::set<std::string>& absent = {}) {
    return WhyNotStepAt(notes, {.action = action}, absent);
  };
  EXPECT_THAT(why(AttackStep{.attack = "alg-none", .operation = "read_own"}), HasSubstr("no tokens of an issuer"));
  EXPECT_THAT(why(MintStep{.name = "stale"}), HasSubstr("no tokens of an issuer"));
  EXPECT_EQ(why(ObtainStep{.name = "alice"}), "");
  EXPECT_EQ(why(CallStep{.sending = {.with = "alice"}, .operation = "read_own"}), "");
  EXPECT_THAT(why(CallStep{.sending = {.with = "alice", .as = Presentation::kCookie}, .operation = "read_own"}),
              HasSubstr("a header of their own"));
  // What is presented and cannot be made is not left out silently: nobody's request would be judged in its place.
  EXPECT_THAT(why(CallStep{.sending = {.with = "stale"}, .operation = "read_own"}, {"stale"}), HasSubstr("'stale'"));
  EXPECT_THAT(WhyNotCheck({}, Expect("check", Challenges{}), notes, system, {}), HasSubstr("takes keys"));
  Scenario scenario = ScenarioOf("suite/one@notes", {Step{.action = MintStep{.name = "stale"}},
                                                     CallOwn("stale", {Expect("check", RefusesToken{})})});
  scenario.target = "notes";
  EXPECT_THAT(WhyNotAtAll(scenario, system, {}, Declared()), HasSubstr("'stale'"));
}

TEST(TermsOf, SayWhatTheTargetCallsItAndWhichPlacesItLacks) {
  System system = Plain();
  TargetSpec& notes = system.targets.at("notes");
  const TargetTerms terms = TermsOf(notes, {});
  EXPECT_EQ(terms.tool_of.at("read_own"), "get_note");
  EXPECT_FALSE(terms.strict);
  EXPECT_THAT(terms.lacks, ElementsAre(Place::kTargetAudit, Place::kUpstream, Place::kDownstream));
  notes.strict = true;
  notes.audit = "${directory}/audit";
  const TargetTerms more = TermsOf(notes, {.ledger = true, .log = false, .behind = true});
  EXPECT_TRUE(more.strict);
  EXPECT_THAT(more.lacks, ElementsAre(Place::kLog));
}

TEST(WhyNotAtAll, IsSaidOfWhatIsAboutSomethingElse) {
  System system = Plain();
  Scenario scenario = ScenarioOf("suite/one@notes", {CallOwn("", {Expect("check", ToolSucceeds{})})});
  scenario.target = "notes";
  EXPECT_EQ(WhyNotAtAll(scenario, system, {}, Declared()), "");
  const auto with = [&](const std::function<void(Scenario&)>& change) {
    Scenario changed = scenario;
    change(changed);
    return WhyNotAtAll(changed, system, {}, Declared());
  };
  EXPECT_THAT(with([](Scenario& s) { s.target = "jira"; }), HasSubstr("about 'jira'"));
  EXPECT_THAT(with([](Scenario& s) { s.principals = {Given("bob")}; }), HasSubstr("'bob'"));
  EXPECT_THAT(with([](Scenario& s) { s.settings["rate_limit"] = "1/1"; }), HasSubstr("'rate_limit'"));
  EXPECT_EQ(with([](Scenario& s) { s.relaxed["rate_limit"] = "1/1"; }), "");
  TargetSpec& notes = system.targets.at("notes");
  notes.settings["asks"] = "ASK_AT";
  EXPECT_EQ(with([](Scenario& s) { s.settings["asks"] = "anything"; }), "");
  notes.setting_words["asks"]["yes"] = "there";
  EXPECT_EQ(with([](Scenario& s) { s.settings["asks"] = "yes"; }), "");
  EXPECT_THAT(with([](Scenario& s) { s.settings["asks"] = "no"; }), HasSubstr("what 'no' means for 'asks'"));
  EXPECT_THAT(with([](Scenario& s) { s.steps.push_back({.action = FaultStep{.component = "vault", .as = "refuse"}}); }),
              HasSubstr("'vault'"));
  EXPECT_THAT(with([](Scenario& s) {
                s.steps.push_back({.action = ProbeStep{.name = "outages", .arguments = {{"disturbs", "vault"}}}});
              }),
              HasSubstr("'vault'"));
  EXPECT_THAT(
      with([](Scenario& s) { s.steps.push_back({.action = RevokeStep{.what = "credential", .principal = "alice"}}); }),
      HasSubstr("'credential' to revoke"));
  EXPECT_THAT(with([](Scenario& s) { s.steps[0].expect = {Expect("check", Audited{.component = "vault"})}; }),
              HasSubstr("'vault'"));
}

TEST(WhyNotAtAll, NamesTheFeatureThatARoleStandsFor) {
  EXPECT_THAT(WhyNot(Audited{.component = "secret_store"}), HasSubstr("no store of people's credentials"));
  EXPECT_THAT(WhyNot(ProbeFinds{"database.roles"}), HasSubstr("no database stands behind notes"));
  EXPECT_THAT(WhyNot(UpstreamSaw{.component = "upstream"}), HasSubstr("as its upstream"));
  EXPECT_THAT(WhyNot(CountGrows{.component = "stored_credentials"}), HasSubstr("hands out what people hold"));
  EXPECT_THAT(WhyNotPlayed(ProbeStep{.name = "p", .arguments = {{"operation", "list"}}}), HasSubstr("'list'"));
  const System system = Plain();
  const Surroundings around{system.targets.at("notes"), system, {}, Declared()};
  EXPECT_THAT(FaultStep({.component = "exchange", .as = "hold"}).WhyNot(around).scenario, HasSubstr("exchange tokens"));
  EXPECT_THAT(ProbeStep({.name = "p", .arguments = {{"from", "secret_store"}}}).WhyNot(around).scenario,
              HasSubstr("no store"));
  EXPECT_EQ(around.NoComponent("issuer"), "");  // called so
}

TEST(WhyNotAtAll, KnowsWhoCannotBeDisturbedInThatWay) {
  const System system = Plain();
  const auto why = [&](const FaultStep& fault, const SpokenProtocol& speech) {
    const Means means{.speech = {{"issuer", speech}}};
    return fault.WhyNot({system.targets.at("notes"), system, means, Declared()}).scenario;
  };
  const SpokenProtocol rows{Protocol::kStartups, "PostgreSQL"};
  EXPECT_EQ(why({.component = "issuer", .as = "503"}, Protocol::kHttp), "");
  EXPECT_EQ(why({.component = "issuer", .as = "503"}, rows),
            "issuer speaks PostgreSQL, and cannot be disturbed as '503'");
  EXPECT_EQ(why({.component = "issuer", .as = "hold"}, rows), "");
  EXPECT_NE(why({.component = "issuer", .as = "hold", .principal = "alice"}, rows), "");
  EXPECT_EQ(why({.component = "issuer", .as = "53300", .start_ups = true}, rows), "");
  EXPECT_NE(why({.component = "issuer", .as = "53300", .start_ups = true}, Protocol::kHttp), "");
  EXPECT_NE(why({.component = "issuer", .as = "garbage"}, Protocol::kBytes), "");
}

TEST(WhyNotCheck, AsksForNothingPrivateWhereNobodyCouldHavePutAnything) {
  EXPECT_THAT(WhyNot(Discloses{{"alice"}}), HasSubstr("notes has nothing of anybody"));
  EXPECT_EQ(WhyNot(Discloses{{"alice"}}, {.behind = true}), "");
  System system = Plain();
  const auto of_target = [&] {
    return WhyNotCheck({}, Expect("check", Discloses{{"alice"}}), system.targets.at("notes"), system, {});
  };
  system.targets.at("notes").seed_with = "create";
  EXPECT_EQ(of_target(), "");
  system.targets.at("notes").seed_with = "";
  system.targets.at("notes").url = "http://127.0.0.1:1/mcp";
  EXPECT_EQ(of_target(), "");
}

TEST(WhyNotCheck, KnowsWhoKeepsNoLedger) {
  const UpstreamSaw saw{.component = "issuer", .calls = 0};
  EXPECT_EQ(WhyNot(saw), "");  // nobody knows yet
  EXPECT_EQ(WhyNot(saw, {.ledgers = {{"issuer"}}}), "");
  EXPECT_EQ(WhyNot(saw, {.ledgers = std::set<std::string>()}), "issuer keeps no ledger");
}

TEST(WhyNotStep, RevokesWhereItIsToldTo) {
  const System system = Plain();
  const auto why = [&](const std::string& from) {
    const Means means{.revocable = {{"grants", {.components = {"keep"}}}}};
    return RevokeStep{.what = "grants", .principal = "alice", .from = from}
        .WhyNot({system.targets.at("notes"), system, means, Declared()})
        .scenario;
  };
  EXPECT_EQ(why(""), "");
  EXPECT_EQ(why("issuer"), "issuer has no 'grants' to revoke");
  EXPECT_THAT(why("secret_store"), HasSubstr("no store"));
}

TEST(Runner, LeavesOutWhatDoesNotApplyAndPlaysTheRest) {
  RunRig rig;
  const ScenarioResult result = rig.RunOne(
      ScenarioOf("suite/some@tracker",
                 {Obtain("alice"),
                  CallOwn("alice", {Expect("reads-her-own", Discloses{{"alice"}}),
                                    Expect("is-audited", Audited{.component = "nowhere", .at_least = 1})}),
                  Step{.action = CallStep{.operation = "create"}, .expect = {Expect("creates", ToolSucceeds{})}}}));
  EXPECT_EQ(CheckIn(result, "reads-her-own").verdict, Verdict::kPassed);
  EXPECT_EQ(CheckIn(result, "is-audited").verdict, Verdict::kInapplicable);
  EXPECT_THAT(CheckIn(result, "is-audited").reason, HasSubstr("'nowhere'"));
  EXPECT_THAT(CheckIn(result, "creates").reason, HasSubstr("'create'"));
  EXPECT_EQ(result.verdict(), Verdict::kPassed);
}

TEST(Runner, CallsAScenarioOfWhichNothingAppliesInapplicableAndNotGreen) {
  RunRig rig;
  const ScenarioResult result = rig.RunOne(
      ScenarioOf("suite/none@tracker",
                 {Step{.action = CallStep{.operation = "create"}, .expect = {Expect("creates", ToolSucceeds{})}}}));
  EXPECT_EQ(result.verdict(), Verdict::kInapplicable);
  EXPECT_THAT(result.inapplicable, HasSubstr("'create'"));
  EXPECT_EQ((RunResult{.scenarios = {result}}).exit_code(), ExitCode::kErrored);
}

}  // namespace
}  // namespace iff
