#include "harness/run/mutate.h"

#include <gmock/gmock.h>

#include <map>
#include <set>

namespace iff {
namespace {

using testing::HasSubstr;

Material Notes() {
  Material material{.caller = "alice", .other = "carol"};
  material.target.name = "notes";
  material.target.operations = {{"read_own", {.tool = "get_note", .arguments = {{"id", "{own.note}"}}}},
                                {"read_of", {.tool = "get_note", .arguments = {{"id", "{of.note}"}}}},
                                {"create", {.tool = "add_note", .arguments = {{"text", "{text}"}}}}};
  material.claims = {
      {"iss", "http://127.0.0.1:1/realms/notes"}, {"aud", {"notes-server", "account"}}, {"exp", 2'000'000'000}};
  material.attacks = {"alg-none", "foreign-key"};
  return material;
}

std::vector<MutatedCase> Many(const Material& material, uint64_t seed = 7) {
  const Mutator mutator(material, seed);
  std::vector<MutatedCase> all;
  for (uint64_t number = 1; number <= 600; ++number) all.push_back(mutator.Make(number));
  return all;
}

// The step that is not a login, and not one of the valid requests around it.
Json BentCall(const MutatedCase& made) {
  const Json& steps = made.scenario["steps"];
  return steps[steps.size() - 2];
}

TEST(Mutator, MakesTheSameFromTheSameSeedAndSomethingElseFromAnother) {
  const std::vector<MutatedCase> first = Many(Notes());
  const std::vector<MutatedCase> again = Many(Notes());
  const std::vector<MutatedCase> other = Many(Notes(), 8);
  std::set<std::string> different;
  for (size_t i = 0; i < first.size(); ++i) {
    ASSERT_EQ(Dump(first[i].scenario), Dump(again[i].scenario));
    if (first[i].what != other[i].what) different.insert(first[i].what);
  }
  EXPECT_GT(different.size(), 300U);
}

TEST(Mutator, StandsBetweenTwoValidRequests) {
  for (const MutatedCase& made : Many(Notes())) {
    const Json& steps = made.scenario["steps"];
    EXPECT_EQ(steps[2]["expect"][0]["check"], "valid-request-is-served");
    EXPECT_EQ(steps.back()["expect"][0]["check"], "valid-request-is-served-afterwards");
    EXPECT_EQ(steps.back()["with"], "alice");
    EXPECT_FALSE(made.what.empty());
    EXPECT_FALSE(made.kind.empty());
  }
}

TEST(Mutator, ChangesInEveryTokenSomethingThatMatters) {
  std::map<std::string, int> seen;
  for (const MutatedCase& made : Many(Notes())) {
    if (made.bent != Bent::kToken) continue;
    EXPECT_EQ(BentCall(made)["expect"][0]["refused"], "token");
    bool matters = false;
    for (const Json& step : made.scenario["steps"]) {
      if (step.contains("forge")) matters = true;
      if (!step.contains("change")) continue;
      const Json& change = step["change"];
      if (change.contains("aud")) {
        ++seen["aud"];
        const Json audience = change["aud"].is_array() ? change["aud"] : Json::array({change["aud"]});
        for (const Json& one : audience) EXPECT_TRUE(one != "notes-server" && one != "account") << made.what;
        matters = true;
      }
      if (change.contains("iss")) {
        ++seen["iss"];
        matters = matters || change["iss"] != Notes().claims["iss"];
      }
      if (change.contains("exp") && AtOr<std::string>(change, "/exp", "").starts_with("-")) {
        ++seen["exp"];
        EXPECT_GE(std::stoll(AtOr<std::string>(change, "/exp", "").substr(1)), 3600);
        matters = true;
      }
      if (change.contains("nbf")) {
        ++seen["nbf"];
        matters = true;
      }
    }
    EXPECT_TRUE(matters) << made.what;
  }
  for (const char* claim : {"aud", "iss", "exp", "nbf"}) EXPECT_GT(seen[claim], 20) << claim;
}

TEST(Mutator, AsksForWhatIsAnothersAndMakesNothing) {
  int for_another = 0;
  for (const MutatedCase& made : Many(Notes())) {
    if (made.bent != Bent::kRequest) continue;
    const Json call = BentCall(made);
    EXPECT_EQ(call["with"], "alice");
    EXPECT_EQ(call["expect"][0]["withholds"], "others");
    EXPECT_NE(call["call"], "add_note");
    const bool as_it_was = call["arguments"] == Notes().target.operations["read_own"].arguments;
    EXPECT_FALSE(as_it_was && call["call"] == "get_note") << made.what;
    EXPECT_EQ(call["of"], "carol");
    for_another += Dump(call["arguments"]).find("{of.") != std::string::npos ? 1 : 0;
  }
  EXPECT_GT(for_another, 50);
}

TEST(Mutator, BendsNoTokenWhereNoneCanBeMade) {
  Material material = Notes();
  material.claims = nullptr;
  for (const MutatedCase& made : Many(material)) EXPECT_EQ(made.bent, Bent::kRequest);
}

TEST(Mutator, NamesItsSeedAndNumber) {
  EXPECT_EQ(Mutator(Notes(), 4711).Make(12).scenario["id"], "fuzz/notes-4711-12");
  EXPECT_THAT(Mutator(Notes(), 4711).Make(12).scenario["title"].get<std::string>(), HasSubstr("without harm"));
}

}  // namespace
}  // namespace iff
