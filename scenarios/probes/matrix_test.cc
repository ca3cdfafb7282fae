#include "scenarios/probes/matrix.h"

#include <gmock/gmock.h>

namespace iff {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

Principal Person(const std::string& persona, const std::vector<std::string>& groups = {}, bool holds = true) {
  Principal principal{.persona = persona, .groups = groups};
  if (holds) principal.accounts["notes"] = {.upstream = "notes"};
  return principal;
}

Operation OperationOf(const std::string& tool, const Json& arguments = Json::object()) {
  return {.tool = tool, .arguments = arguments};
}

class TheMatrix : public testing::Test {
 protected:
  TheMatrix() {
    target_.name = "notes";
    target_.upstream = "notes";
    target_.scopes = {{"use", "notes:use"}};
  }
  // "alice alice's: allow"
  std::vector<std::string> Asked(Way way, const std::set<std::string>& operations = {}) const {
    std::vector<std::string> lines;
    for (const Question& question : QuestionsFor(target_, people_, operations)) {
      if (question.way != way) continue;
      lines.push_back(question.caller + " " + question.owner + "'s: " + std::string(Name(question.expected)));
    }
    return lines;
  }

  TargetSpec target_;
  std::vector<Principal> people_ = {Person("alice", {"developer"}), Person("bob")};
};

TEST_F(TheMatrix, AsksEverybodyForEverybodysThings) {
  target_.operations["read_of"] = OperationOf("get_note", {{"id", "{of.note}"}});
  EXPECT_THAT(Asked(Way::kUsual),
              ElementsAre("alice alice's: allow", "alice bob's: deny", "bob alice's: deny", "bob bob's: allow"));
  EXPECT_THAT(Asked(Way::kNoToken), ElementsAre(" alice's: deny", " bob's: deny"));
  EXPECT_THAT(Asked(Way::kFewScopes), IsEmpty()) << "it needs no scope";
}

TEST_F(TheMatrix, AsksAProcessOnlyAsWhomItWasStartedFor) {
  Operation& read = target_.operations["read_of"] = OperationOf("get_note", {{"id", "{of.note}"}});
  read.scope = "use";
  target_.transport = Transport::kStdio;
  EXPECT_THAT(Asked(Way::kUsual), SizeIs(4));
  EXPECT_THAT(Asked(Way::kNoToken), IsEmpty());
  EXPECT_THAT(Asked(Way::kFewScopes), IsEmpty());
}

TEST_F(TheMatrix, AsksOnceWhereNobodyIsNamed) {
  target_.operations["list"] = OperationOf("list_notes");
  EXPECT_THAT(Asked(Way::kUsual), ElementsAre("alice alice's: allow", "bob bob's: allow"));
  EXPECT_THAT(Asked(Way::kNoToken), SizeIs(1));
}

TEST_F(TheMatrix, KnowsEverybodyNobodyAndGroups) {
  Operation& read = target_.operations["read_of"] = OperationOf("get_note", {{"id", "{of.note}"}});
  read.allowed = {"everybody"};
  EXPECT_THAT(Asked(Way::kUsual),
              ElementsAre("alice alice's: allow", "alice bob's: allow", "bob alice's: allow", "bob bob's: allow"));
  read.allowed = {"nobody"};
  EXPECT_THAT(Asked(Way::kUsual),
              ElementsAre("alice alice's: deny", "alice bob's: deny", "bob alice's: deny", "bob bob's: deny"));
  read.allowed = {"developer"};
  EXPECT_THAT(Asked(Way::kUsual),
              ElementsAre("alice alice's: allow", "alice bob's: allow", "bob alice's: deny", "bob bob's: deny"));
  read.allowed = {"owner", "developer"};
  EXPECT_THAT(Asked(Way::kUsual),
              ElementsAre("alice alice's: allow", "alice bob's: allow", "bob alice's: deny", "bob bob's: allow"));
}

TEST_F(TheMatrix, AsksNothingOfWhoHasNothing) {
  people_[1] = Person("bob", {}, false);
  target_.operations["read_of"] = OperationOf("get_note", {{"id", "{of.note}"}});
  EXPECT_THAT(Asked(Way::kUsual), ElementsAre("alice alice's: allow", "bob alice's: deny"));
}

TEST_F(TheMatrix, StepsUpAndHidesWhereAScopeIsNeeded) {
  Operation& list = target_.operations["list"] = OperationOf("list_notes");
  list.scope = "use";
  list.hidden = true;
  EXPECT_THAT(Asked(Way::kFewScopes), ElementsAre("alice alice's: step-up", "bob bob's: step-up"));
  EXPECT_THAT(Asked(Way::kListed), ElementsAre("alice alice's: hidden", "bob bob's: hidden"));
  EXPECT_THAT(Asked(Way::kFewScopes, {"list"}), IsEmpty()) << "what is named is asked for as usual";
  list.challenged = false;
  EXPECT_THAT(Asked(Way::kFewScopes), ElementsAre("alice alice's: deny", "bob bob's: deny"));
  target_.key_header = "X-Key";
  EXPECT_THAT(Asked(Way::kFewScopes), IsEmpty()) << "a key has no scopes";
}

TEST_F(TheMatrix, AsksInACrowdForChangesOfTheNextOnesThingsAlone) {
  Operation& edit = target_.operations["edit"] = OperationOf("edit_note", {{"id", "{of.note}"}});
  edit.changes = true;
  EXPECT_THAT(Asked(Way::kUsual), SizeIs(4));
  people_.clear();
  for (int i = 0; i < 10; ++i) people_.push_back(Person("carol" + std::to_string(i)));
  const std::vector<std::string> asked = Asked(Way::kUsual);
  EXPECT_THAT(asked, SizeIs(20));
  EXPECT_THAT(asked,
              testing::IsSupersetOf({"carol3 carol3's: allow", "carol3 carol4's: deny", "carol9 carol0's: deny"}));
}

TEST_F(TheMatrix, AsksForResourcesAndPromptsToo) {
  target_.resources["note"] = OperationOf("notes://{of.note}");
  target_.prompts["summary"] = OperationOf("summarize", {{"note", "{of.note}"}});
  EXPECT_THAT(Asked(Way::kUsual), SizeIs(8));
}

TEST(Wrong, SaysWhatWasReachedAndShouldNotBe) {
  Operation read = OperationOf("get_note");
  read.discloses = true;
  Question question{
      .operation = "read_of", .asked = &read, .caller = "bob", .owner = "alice", .expected = Decision::kDeny};
  EXPECT_EQ(Wrong(question, {.status = 200, .succeeded = true}), "") << "an empty answer is a denial";
  EXPECT_THAT(Wrong(question, {.status = 200, .succeeded = true, .seen = {"alice"}}),
              HasSubstr("bob asking for read_of of what is alice's got it"));
  read.discloses = false;
  EXPECT_THAT(Wrong(question, {.status = 200, .succeeded = true}), HasSubstr("a result"))
      << "that it succeeds is all there is to see";
  EXPECT_EQ(Wrong(question, {.status = 403}), "");
  read.discloses = true;
  question.way = Way::kNoToken;
  EXPECT_THAT(Wrong(question, {.status = 200, .succeeded = true}), HasSubstr("without a token"))
      << "strangers are refused, not told nothing";
}

TEST(Wrong, SaysWhatWasNotReachedAndShouldBe) {
  Operation read = OperationOf("get_note");
  read.discloses = true;
  const Question question{
      .operation = "read_of", .asked = &read, .caller = "bob", .owner = "bob", .expected = Decision::kAllow};
  EXPECT_EQ(Wrong(question, {.status = 200, .succeeded = true, .seen = {"bob"}}), "");
  EXPECT_THAT(Wrong(question, {.status = 200, .succeeded = true}), HasSubstr("without what is private to bob"));
  EXPECT_THAT(Wrong(question, {.status = 401}), HasSubstr("HTTP 401 and no result"));
}

TEST(Wrong, JudgesWhatChangesThingsByWhatTheirOwnerReads) {
  Operation edit = OperationOf("edit_note", {{"id", "{of.note}"}});
  edit.changes = true;
  Question question{
      .operation = "edit", .asked = &edit, .caller = "bob", .owner = "alice", .expected = Decision::kDeny};
  EXPECT_EQ(Wrong(question, {.status = 200, .succeeded = true}), "") << "a word of thanks is no change";
  EXPECT_THAT(Wrong(question, {.status = 403, .changed = true}),
              HasSubstr("bob asking for edit of what is alice's changed it"));
  question.caller = "alice";
  question.expected = Decision::kAllow;
  EXPECT_EQ(Wrong(question, {.status = 200, .changed = true}), "");
  EXPECT_THAT(Wrong(question, {.status = 403}), HasSubstr("it changed nothing"));
}

TEST(HasToShow, IsAskedOfWhatCannotFailOtherwise) {
  EXPECT_TRUE(HasToShow("search", OperationOf("search_notes", {{"query", "{text}"}})));
  EXPECT_FALSE(HasToShow("create", OperationOf("create_note"))) << "it is for making things";
  EXPECT_FALSE(HasToShow("read_of", OperationOf("get_note", {{"id", "{of.note}"}}))) << "others are refused";
  Operation ping = OperationOf("ping");
  ping.allowed = {"everybody"};
  EXPECT_FALSE(HasToShow("ping", ping));
  Operation status = OperationOf("status");
  status.shows_nothing = true;
  EXPECT_FALSE(HasToShow("status", status)) << "the file says so";
  Operation search = OperationOf("search_notes");
  search.line = 7;
  EXPECT_THAT(ShowedNothing({.name = "notes"}, "search", search),
              HasSubstr("under targets, notes, operations, change search (line 7)"));
}

TEST(Wrong, WantsAStepUpAndNoToolOnTheList) {
  const Operation write = OperationOf("create_note");
  Question question{.operation = "create",
                    .asked = &write,
                    .caller = "bob",
                    .owner = "bob",
                    .way = Way::kFewScopes,
                    .expected = Decision::kStepUp};
  EXPECT_EQ(Wrong(question, {.status = 403, .challenged = true}), "");
  EXPECT_THAT(Wrong(question, {.status = 403}), HasSubstr("insufficient_scope"));
  EXPECT_THAT(Wrong(question, {.status = 200, .succeeded = true}), HasSubstr("HTTP 200"));
  question.way = Way::kListed;
  question.expected = Decision::kHidden;
  EXPECT_EQ(Wrong(question, {.status = 200}), "");
  EXPECT_THAT(Wrong(question, {.status = 200, .succeeded = true}), HasSubstr("create_note is listed for bob"));
}

TEST(NotCovered, SaysWhatToAdd) {
  TargetSpec target{.name = "notes"};
  target.operations["list"] = OperationOf("list_notes");
  target.not_asked["wipe"] = "it would take the notes of the others away";
  target.asks_back["publish"] = {.tool = "publish_note"};
  const Json tools = {{{"name", "list_notes"}},
                      {{"name", "publish_note"}},
                      {{"name", "wipe"}},
                      {{"name", "get_note"}, {"inputSchema", {{"properties", {{"id", {{"type", "string"}}}}}}}}};
  const Gaps gaps =
      NotCovered(target, {.tools = tools, .prompts = {{{"name", "sum"}, {"arguments", {{{"name", "note"}}}}}}}, {});
  EXPECT_THAT(gaps.unknown, IsEmpty());
  EXPECT_THAT(
      gaps.unasked,
      ElementsAre(
          "tool get_note: add it under targets, notes, operations: a_name: {tool: get_note, arguments: {id: ...}}; "
          "or say why not, under not_asked: get_note",
          "prompt sum: add it under targets, notes, prompts: a_name: {prompt: sum, arguments: {note: ...}}; "
          "or say why not, under not_asked: sum"));
}

TEST(NotCovered, KnowsAToolTheServerShouldNotHave) {
  TargetSpec target{.name = "notes", .tools = {"list_notes"}};
  target.operations["list"] = OperationOf("list_notes");
  EXPECT_THAT(NotCovered(target, {.tools = {{{"name", "list_notes"}}, {{"name", "debug"}}}}, {}).unknown,
              ElementsAre("debug"));
}

TEST(NotCovered, FindsResourcesByTheirTemplates) {
  const TargetSpec target{.name = "notes", .not_asked = {{"about://us", "the same for everybody"}}};
  const Listed listed{.resources = {{{"uri", "notes://7"}}, {{"uri", "about://us"}}},
                      .templates = {{{"uriTemplate", "notes://{id}"}}, {{"uriTemplate", "logs://{day}"}}}};
  EXPECT_THAT(NotCovered(target, listed, {"notes://7"}).unasked, ElementsAre(HasSubstr("logs://{day}")));
  const Listed another{.resources = {{{"uri", "notes://8"}}}, .templates = {{{"uriTemplate", "notes://{id}"}}}};
  EXPECT_THAT(NotCovered(target, another, {"notes://7"}).unasked, IsEmpty()) << "of a template that is asked for";
  TargetSpec with_notes = target;
  with_notes.resources["note"] = OperationOf("notes://{of.note}");
  EXPECT_THAT(NotCovered(with_notes, {.resources = {{{"uri", "notes://8"}}}}, {"notes://7"}).unasked, IsEmpty())
      << "one that was made since";
}

TEST(FitsTemplate, FillsEachPartWithSomething) {
  EXPECT_TRUE(FitsTemplate("notes://7", "notes://{id}"));
  EXPECT_TRUE(FitsTemplate("notes://alice/7/text", "notes://{who}/{id}/text"));
  EXPECT_TRUE(FitsTemplate("file:///a/b", "file:///{+path}"));
  EXPECT_TRUE(FitsTemplate("about://us", "about://us"));
  EXPECT_FALSE(FitsTemplate("notes://", "notes://{id}"));
  EXPECT_FALSE(FitsTemplate("notes://7/8", "notes://{id}"));
  EXPECT_FALSE(FitsTemplate("notes://7", "notes://{id}/text"));
  EXPECT_FALSE(FitsTemplate("notes://7", "logs://{id}"));
  EXPECT_FALSE(FitsTemplate("notes://7", "notes://{id"));
}

TEST(UriTemplate, IsExpandedOneVariableAfterTheOther) {
  EXPECT_EQ(VariablesOf("notes://{a}/{+b}{?c,d}"), (std::vector<std::string>{"a", "+b", "?c,d"}));
  EXPECT_EQ(Expanded("notes://{a}/{+b}", [](size_t number) { return std::to_string(number); }), "notes://0/1");
  EXPECT_EQ(VariablesOf("notes://{open").size(), 0U);
  EXPECT_EQ(Expanded("notes://{a}{open", [](size_t) { return "../x"; }), "notes://../x{open");
}

}  // namespace
}  // namespace iff
