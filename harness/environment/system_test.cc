#include "harness/environment/system.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "harness/core/result_matchers.h"

namespace iff {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class SystemFile : public testing::Test {
 protected:
  Result<System> Load(const std::string& text) {
    std::ofstream(path_) << text;
    return LoadSystem(path_);
  }
  void TearDown() override { std::filesystem::remove(path_); }

  const std::string path_ =
      testing::TempDir() + testing::UnitTest::GetInstance()->current_test_info()->name() + ".system.yaml";
};

TEST_F(SystemFile, NamesTheNewNameOfAnOldKeyOnce) {
  const Result<System> system = Load(R"(system: demo
components:
  jira: {recipe: mock-jira, per_scenario: true}
people:
  alice: {holds: [jira]}
targets:
  jira:
    program: iff-server-jira
    upstream: jira
    planted_by: create
    operations:
      create: {tool: create_issue, gives: {issue: /id}, shows: true, allows: everybody}
)");
  ASSERT_FALSE(system.ok());
  for (const char* told : {"'people': it is called 'principals'", "'recipe': it is called 'driver'",
                           "'planted_by': it is called 'seed_with'", "'gives': it is called 'captures'",
                           "'shows': it is called 'discloses'", "'allows': it is called 'allowed'"}) {
    EXPECT_THAT(system, FailsWith(ErrorKind::kInvalidInput, HasSubstr(told)));
  }
  EXPECT_THAT(system.error().message(), Not(HasSubstr("is missing"))) << "one mistake an old key";
}

TEST_F(SystemFile, BecomesASystem) {
  const Result<System> system = Load(R"(system: demo
title: A demo
components:
  issuer: {driver: keycloak, options: {realm: demo}}
  jira: {driver: mock-jira, per_scenario: true}
principals:
  alice: {groups: [developers], holds: [jira]}
  bob: {}
targets:
  jira:
    program: iff-server-jira
    upstream: jira
    tools: [get_issue]
    scopes: {read: "jira:read"}
    environment: {ISSUER: "${issuer.url}"}
    operations:
      read_own: {tool: get_issue, arguments: {key: "{own.tag}-1"}}
  other: {url: "http://127.0.0.1:1/x", path: /x, ready: ""}
)");
  ASSERT_THAT(system, IsOk());
  EXPECT_EQ(system->name, "demo");
  EXPECT_EQ(system->file, path_);
  ASSERT_EQ(system->components.size(), 2U);
  EXPECT_EQ(system->FindComponent("issuer")->options, Json({{"realm", "demo"}}));
  EXPECT_FALSE(system->FindComponent("issuer")->per_scenario);
  EXPECT_TRUE(system->FindComponent("jira")->per_scenario);
  EXPECT_EQ(system->FindComponent("nobody"), nullptr);
  EXPECT_THAT(system->people.at("alice").holds, ElementsAre("jira"));
  const TargetSpec& jira = system->targets.at("jira");
  EXPECT_THAT(jira.command, ElementsAre("iff-server-jira"));
  EXPECT_EQ(jira.path, "/mcp");
  EXPECT_EQ(jira.ready, "/readyz");
  EXPECT_EQ(jira.operations.at("read_own").arguments, Json({{"key", "{own.tag}-1"}}));
  EXPECT_EQ(system->targets.at("other").ready, "");
  EXPECT_EQ(system->targets.at("other").path, "/x");
}

TEST_F(SystemFile, ListsTargetsAsTheFileDoes) {
  const Result<System> system = Load(R"(system: demo
components:
  issuer: {driver: keycloak}
targets:
  wiki: {url: "http://127.0.0.1:1/x"}
  jira: {url: "http://127.0.0.1:1/x"}
  notes: {url: "http://127.0.0.1:1/x"}
)");
  ASSERT_THAT(system, IsOk());
  std::vector<std::string> names;
  for (const TargetSpec* target : system->TargetsInOrder()) names.push_back(target->name);
  EXPECT_THAT(names, ElementsAre("wiki", "jira", "notes"));
}

TEST_F(SystemFile, SaysWhoMayDoWhat) {
  const Result<System> system = Load(R"(system: demo
components:
  issuer: {driver: keycloak}
principals:
  alice: {groups: [developer]}
targets:
  notes:
    command: serve
    scopes: {read: "notes:read"}
    operations:
      read_own: {tool: get, arguments: {id: "{own.note}"}, scope: read}
      read_of: {tool: get, arguments: {at: [{id: "{of.note}"}]}, scope: read, without_scope: [deny, hidden]}
      wipe: {tool: wipe, allowed: [owner, developer]}
    resources:
      note: {uri: "notes://{of.note}", discloses: true}
    asks_back:
      publish: {tool: publish_note, arguments: {id: "{own.note}"}, once: true}
    mirrors: {publish_note: {Note-Id: /id}}
    prompts:
      sum: {prompt: summarize, arguments: {note: "{own.note}"}, allowed: everybody}
    not_asked: {debug: it ends the server}
)");
  ASSERT_THAT(system, IsOk());
  const TargetSpec& notes = system->targets.at("notes");
  const Operation& own = notes.operations.at("read_own");
  EXPECT_TRUE(own.discloses && own.challenged && !own.hidden && !own.AsksAboutOthers());
  const Operation& of = notes.operations.at("read_of");
  EXPECT_TRUE(of.discloses && !of.challenged && of.hidden && of.AsksAboutOthers());
  EXPECT_THAT(of.allowed, ElementsAre("owner"));
  const Operation& wipe = notes.operations.at("wipe");
  EXPECT_THAT(wipe.allowed, ElementsAre("owner", "developer"));
  EXPECT_FALSE(wipe.discloses);
  EXPECT_EQ(notes.resources.at("note").method, "resources/read");
  EXPECT_TRUE(notes.resources.at("note").discloses && notes.resources.at("note").AsksAboutOthers());
  EXPECT_EQ(notes.prompts.at("sum").method, "prompts/get");
  EXPECT_EQ(notes.asks_back.at("publish").tool, "publish_note");
  EXPECT_TRUE(notes.asks_back.at("publish").once);
  EXPECT_EQ(notes.mirrors, (ParameterFields{{"publish_note", {{"Note-Id", "/id"}}}}));
  EXPECT_EQ(notes.not_asked.at("debug"), "it ends the server");
}

TEST_F(SystemFile, SaysWhatIsWrongWithRepeatedArguments) {
  const Result<System> system = Load(R"(
system: demo
components:
  issuer: {driver: keycloak}
targets:
  notes:
    command: serve
    tools: [make]
    mirrors: {get: {Id: /id}, make: {"a b": /a, Project: project}}
)");
  ASSERT_FALSE(system.ok());
  EXPECT_THAT(system.error().message(), HasSubstr("there is no such tool among 'tools'"));
  EXPECT_THAT(system.error().message(), HasSubstr("want what stands behind Mcp-Param-"));
  EXPECT_THAT(system.error().message(), HasSubstr("want a pointer into the tool's arguments, like /id"));
}

TEST_F(SystemFile, SaysWhatChangesThings) {
  const auto with = [&](const std::string& operations) {
    return Load(
        "system: demo\ncomponents:\n  issuer: {driver: keycloak}\nprincipals:\n  alice: {groups: [developer]}\n"
        "targets:\n  notes:\n    command: serve\n    operations:\n" +
        operations);
  };
  const Result<System> system = with(R"(      create: {tool: add, arguments: {text: "{text}"}, captures: {note: /id}}
      read_own: {tool: get, arguments: {id: "{own.note}"}, discloses: false}
      edit: {tool: edit, arguments: {id: "{of.note}", text: "{text}"}, changes: true}
)");
  ASSERT_THAT(system, IsOk());
  const TargetSpec& notes = system->targets.at("notes");
  EXPECT_TRUE(notes.operations.at("edit").changes && !notes.operations.at("edit").shows_nothing);
  EXPECT_TRUE(notes.operations.at("read_own").shows_nothing && !notes.operations.at("read_own").changes);
  EXPECT_EQ(notes.operations.at("edit").line, 12);
  EXPECT_THAT(with("      wipe: {tool: wipe, arguments: {}, changes: true}\n"),
              FailsWith(ErrorKind::kInvalidInput, AllOf(HasSubstr("which thing does it change?"),
                                                        HasSubstr("want an operation 'create' with 'captures'"),
                                                        HasSubstr("want an operation 'read_own'"))));
}

TEST_F(SystemFile, KnowsWhoAndWhichScopeIsMeant) {
  EXPECT_THAT(Load(R"(system: demo
components:
  issuer: {driver: keycloak}
principals:
  alice: {groups: [developer]}
targets:
  notes:
    command: serve
    scopes: {read: "notes:read"}
    operations:
      read_of: {tool: get, allowed: developr}
      list: {tool: list, scope: reads}
      wipe: {tool: wipe, without_scope: hidden}
      make: {tool: make, scope: read, without_scope: hide}
)"),
              FailsWith(ErrorKind::kInvalidInput,
                        AllOf(HasSubstr("no group of people is called 'developr' (did you mean 'developer'?)"),
                              HasSubstr("no use 'reads'"), HasSubstr("which scope?"), HasSubstr("no outcome 'hide'"))));
}

TEST_F(SystemFile, SaysWhatAServerOfSomebodyElsesHas) {
  const Result<System> system = Load(R"(system: mine
components:
  issuer: {driver: keycloak}
targets:
  notes:
    command: [python3, "${here}/server.py"]
    upstream: notes
    seed_with: create
    revisions: ["2025-11-25"]
    settings: {rate_limit: MY_LIMIT, asks: {variable: ASK_AT, words: {"yes": "${issuer.address}/ask"}}}
    errors: [missing_credential]
    tls: {MY_CERTIFICATE: "${certificate}"}
    audit: "${directory}/audit"
    operations:
      create: {tool: add, arguments: {text: "{text}"}, captures: {note: /id}}
  plain: {program: a}
)");
  ASSERT_THAT(system, IsOk());
  const TargetSpec& notes = system->targets.at("notes");
  EXPECT_EQ(notes.seed_with, "create");
  EXPECT_EQ(notes.operations.at("create").captures.at("note"), "/id");
  EXPECT_THAT(notes.revisions, ElementsAre("2025-11-25"));
  EXPECT_TRUE(notes.Speaks("2025-11-25"));
  EXPECT_FALSE(notes.Speaks("2026-07-28"));
  EXPECT_EQ(notes.settings.at("rate_limit"), "MY_LIMIT");
  EXPECT_EQ(notes.settings.at("asks"), "ASK_AT");
  EXPECT_FALSE(notes.setting_words.contains("rate_limit"));
  EXPECT_EQ(notes.setting_words.at("asks").at("yes"), "${issuer.address}/ask");
  EXPECT_TRUE(notes.errors.contains("missing_credential"));
  EXPECT_EQ(notes.tls.at("MY_CERTIFICATE"), "${certificate}");
  EXPECT_EQ(notes.audit, "${directory}/audit");
  EXPECT_FALSE(notes.strict);
  EXPECT_EQ(system->targets.at("plain").revisions.size(), 3U);
  EXPECT_TRUE(system->folder.starts_with("/"));
}

TEST_F(SystemFile, NeedsNoComponentWhereKeysTakeTheIssuersPlace) {
  const Result<System> system = Load("system: mine\ntargets:\n  notes: {program: a, key_header: X-API-Key}\n");
  ASSERT_THAT(system, IsOk());
  EXPECT_TRUE(system->components.empty());
  EXPECT_EQ(system->targets.at("notes").key_header, "X-API-Key");
}

TEST_F(SystemFile, SaysHowATargetIsStopped) {
  const Result<System> system = Load(
      "system: mine\ntargets:\n  usual: {program: a, key_header: K}\n"
      "  own: {program: a, key_header: K, stop: {signal: INT, within: 300ms}}\n");
  ASSERT_THAT(system, IsOk());
  EXPECT_EQ(system->targets.at("usual").stop_signal, SIGTERM);
  EXPECT_EQ(system->targets.at("usual").stop_within, std::chrono::seconds(5));
  EXPECT_EQ(system->targets.at("own").stop_signal, SIGINT);
  EXPECT_EQ(system->targets.at("own").stop_within, std::chrono::milliseconds(300));
  EXPECT_THAT(Load("system: mine\ntargets:\n  a: {program: a, key_header: K, stop: {signal: TREM}}\n"),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("TERM")));
  EXPECT_THAT(
      Load("system: mine\ntargets:\n  a: {url: 'http://127.0.0.1:1/mcp', key_header: K, stop: {signal: INT}}\n"),
      FailsWith(ErrorKind::kInvalidInput, HasSubstr("not ours to stop")));
}

TEST_F(SystemFile, SaysHowManyReplicasATargetHas) {
  const Result<System> system = Load(
      "system: mine\ncomponents: {i: {driver: issuer}}\ntargets:\n  one: {program: a}\n  many: {program: a, replicas: "
      "3}\n");
  ASSERT_THAT(system, IsOk());
  EXPECT_EQ(system->targets.at("one").replicas, 1);
  EXPECT_EQ(system->targets.at("many").replicas, 3);
}

TEST_F(SystemFile, IsWrongAboutReplicasThatCannotBeStartedOrReached) {
  const std::pair<const char*, const char*> kWrong[] = {
      {"{program: a, replicas: 0}", "want 1 to 16"},
      {"{program: a, replicas: 17}", "want 1 to 16"},
      {"{program: a, replicas: many}", "want a whole number"},
      {"{url: 'http://127.0.0.1:1/mcp', replicas: 2}", "not ours to launch"},
      {"{program: a, transport: sse, replicas: 2}", "only transport: http can go to any replica"},
  };
  for (const auto& [target, mistake] : kWrong) {
    EXPECT_THAT(Load(std::string("system: mine\ncomponents: {i: {driver: issuer}}\ntargets:\n  a: ") + target + "\n"),
                FailsWith(ErrorKind::kInvalidInput, HasSubstr(mistake)))
        << target;
  }
}

TEST_F(SystemFile, SaysHowMessagesTravel) {
  const Result<System> system = Load(R"(system: mine
components:
  issuer: {driver: keycloak}
targets:
  old: {program: a, transport: sse, path: /sse}
  own: {program: a, transport: stdio, client: people, environment: {TOKEN: "${credential}"}}
  keyed: {command: [a, "--key=${credential}"], transport: stdio}
  usual: {program: a}
  both: {program: a, sse: /sse}
)");
  ASSERT_THAT(system, IsOk());
  EXPECT_EQ(system->targets.at("old").transport, Transport::kSse);
  EXPECT_EQ(system->targets.at("old").revisions, std::vector<std::string>{"2024-11-05"});
  EXPECT_EQ(system->targets.at("own").transport, Transport::kStdio);
  EXPECT_FALSE(system->targets.at("own").TakesKeys());
  EXPECT_TRUE(system->targets.at("keyed").TakesKeys());
  EXPECT_EQ(system->targets.at("usual").transport, Transport::kHttp);
  EXPECT_FALSE(system->targets.at("usual").TakesKeys());
  EXPECT_EQ(system->targets.at("usual").sse, "");
  EXPECT_EQ(system->targets.at("both").transport, Transport::kHttp);
  EXPECT_EQ(system->targets.at("both").sse, "/sse");
}

TEST_F(SystemFile, IsWrongAboutWhatATransportCannotBeTold) {
  const Result<System> system = Load(R"(system: mine
components:
  issuer: {driver: keycloak}
targets:
  a: {program: a, transport: studio}
  b: {program: a, transport: stdio}
  c: {program: a, environment: {TOKEN: "${credential}"}}
  d: {url: "http://127.0.0.1:1/", transport: stdio}
  f: {program: a, transport: stdio, key_header: X-Key, environment: {TOKEN: "${credential}"}}
  e: {program: a, transport: sse, revisions: ["2026-07-28"]}
  g: {program: a, transport: sse, sse: /sse}
  h: {program: a, sse: sse}
)");
  for (const char* mistake : {"no transport 'studio' (did you mean 'stdio'?)",
                              "say '${credential}' in environment or command", "opens its streams at 'path'",
                              "want a path such as /sse", "want transport: stdio", "is launched: want a command",
                              "stdio has no headers", "over sse are spoken 2024-11-05, 2025-06-18 and 2025-11-25"}) {
    EXPECT_THAT(system, FailsWith(ErrorKind::kInvalidInput, HasSubstr(mistake))) << mistake;
  }
}

TEST_F(SystemFile, IsWrongAboutPlantingWithoutAnOperationOrAPlaceAndAboutRevisionsNobodyKnows) {
  const Result<System> system = Load(R"(system: mine
components:
  issuer: {driver: keycloak}
targets:
  notes:
    program: a
    seed_with: craete
    revisions: ["2025-11-26"]
    operations:
      create: {tool: add, captures: {note: id}}
)");
  for (const char* mistake : {"no operation 'craete' (did you mean 'create'?)", "which is it?",
                              "no revision '2025-11-26' (did you mean '2025-11-25'?)", "like /id"}) {
    EXPECT_THAT(system, FailsWith(ErrorKind::kInvalidInput, HasSubstr(mistake))) << mistake;
  }
}

TEST_F(SystemFile, IsAnsweredWithTheLineAndACaretWhereItIsWrong) {
  const Result<System> system = Load(R"(system: demo
components:
  issuer: {driver: keycloak, optoins: {}}
)");
  EXPECT_THAT(system, FailsWith(ErrorKind::kInvalidInput, HasSubstr(path_ + ":3:30: ")));
  EXPECT_THAT(system, FailsWith(ErrorKind::kInvalidInput, HasSubstr("did you mean 'options'?")));
  EXPECT_THAT(system, FailsWith(ErrorKind::kInvalidInput, HasSubstr("\n    issuer: {driver: keycloak, optoins: {}}\n" +
                                                                    std::string(31, ' ') + "^")));
}

TEST_F(SystemFile, IsToldAllOfItsMistakesAtOnce) {
  const Result<System> system = Load(R"(components:
  issuer: {}
targets:
  jira: {program: a, url: "http://127.0.0.1:1/"}
  github: {}
)");
  for (const char* mistake : {"system", "driver", "a target has either a program", ":4:", ":5:"}) {
    EXPECT_THAT(system, FailsWith(ErrorKind::kInvalidInput, HasSubstr(mistake))) << mistake;
  }
}

TEST_F(SystemFile, SaysWhichTargetsTakeOtherTokensThanAnother) {
  const std::string text = R"(system: demo
components: {one: {driver: issuer}, two: {driver: issuer}}
targets:
  notes: {program: notes, issuer: one, scopes: {read: "notes:read"}}
  notes-again: {program: notes, issuer: one, scopes: {see: "notes:read"}}
  keys: {program: keys, key_header: X-API-Key, scopes: {read: "keys:read"}}
  piped: {command: [piped, "${credential}"], transport: stdio, client: cli, scopes: {read: "piped:read"}}
  mail: {program: mail, issuer: one, scopes: {read: "mail:read"}}
  far: {program: far, issuer: two, scopes: {read: "mail:read"}}
)";
  const Result<System> system = Load(text);
  ASSERT_THAT(system, IsOk());
  const auto beside = [&](const std::string& name) {
    const TargetSpec* const another = system->AnotherBeside(name);
    return another == nullptr ? std::string() : another->name;
  };
  EXPECT_EQ(beside("notes"), "mail");
  EXPECT_EQ(beside("notes-again"), "mail");
  EXPECT_EQ(beside("mail"), "far");  // the same scopes, of another issuer
  EXPECT_EQ(beside("far"), "notes");
  EXPECT_EQ(beside("keys"), "");
  EXPECT_EQ(beside("piped"), "");
  EXPECT_EQ(beside("nobody"), "");
}

TEST_F(SystemFile, CallsNoTargetByAWordThatMeansWhicheverThereIs) {
  for (const char* name : {"any", "another"}) {
    EXPECT_THAT(Load("system: demo\ncomponents: {one: {driver: issuer}}\ntargets:\n  " + std::string(name) +
                     ": {program: notes}\n"),
                FailsWith(ErrorKind::kInvalidInput, HasSubstr("is no target's name")));
  }
}

TEST_F(SystemFile, NeedsAComponentAndAMapping) {
  EXPECT_THAT(Load("system: demo\n"),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("a system has at least one component")));
  EXPECT_THAT(Load("- a\n"), FailsWith(ErrorKind::kInvalidInput, HasSubstr("a system file is a mapping with system")));
  EXPECT_THAT(Load("a: [\n"), FailsWith(ErrorKind::kInvalidInput, HasSubstr(path_)));
}

TEST_F(SystemFile, ThatIsNotThereIsTheSystemsFault) {
  EXPECT_THAT(LoadSystem("/nowhere/system.yaml"), FailsWith(ErrorKind::kSystem, HasSubstr("load system: ")));
}

}  // namespace
}  // namespace iff
