#include "harness/run/evidence.h"

#include <gmock/gmock.h>

#include <boost/pfr.hpp>

#include "harness/core/json_fields.h"
#include "harness/core/result_matchers.h"

namespace iff {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Gives every member of every struct a value that is none of its defaults and nobody else's. A member of a type that is
// not here does not compile: say how it is filled.
class Filler {
 public:
  void Fill(bool& flag) { flag = !flag; }
  void Fill(int& number) { number = ++count_; }
  void Fill(int64_t& number) { number = ++count_; }
  void Fill(std::string& text) { text = "text " + std::to_string(++count_); }
  void Fill(Json& json) { json = {{"member", ++count_}}; }
  void Fill(std::chrono::microseconds& span) { span = std::chrono::microseconds(++count_); }
  void Fill(Place& place) { place = kPlaces.at(static_cast<size_t>(++count_) % kPlaces.size()); }
  void Fill(Headers& headers) { headers.Add("X-Name", "value " + std::to_string(++count_)); }
  template <class T>
  void Fill(std::optional<T>& value) {
    Fill(value.emplace());
  }
  template <class T>
  void Fill(std::vector<T>& list) {
    Fill(list.emplace_back());
    Fill(list.emplace_back());
  }
  template <class T>
  void Fill(std::set<T>& values) {
    T value{};
    Fill(value);
    values.insert(value);
  }
  template <class K, class T>
  void Fill(std::map<K, T>& values) {
    K key{};
    Fill(key);
    Fill(values[key]);
  }
  void Fill(McpAnswer& answer) {
    Fill(static_cast<HttpResponse&>(answer));
    Fill(static_cast<McpMessages&>(answer));
  }
  template <class T>
    requires std::is_aggregate_v<T>
  void Fill(T& value) {
    boost::pfr::for_each_field(value, [this](auto& member) { Fill(member); });
  }

 private:
  int count_ = 0;
};

// Written out by pfr, member by member, without the table that is under test.
class Printer {
 public:
  void Add(const std::string& text) { out_ += text + "\n"; }
  void Add(bool flag) { Add(std::string(flag ? "yes" : "no")); }
  void Add(int64_t number) { Add(std::to_string(number)); }
  void Add(int number) { Add(std::to_string(number)); }
  void Add(const Json& json) { Add(Dump(json)); }
  void Add(std::chrono::microseconds span) { Add(span.count()); }
  void Add(Place place) { Add(std::string(Name(place))); }
  void Add(const Headers& headers) {
    for (const auto& [name, value] : headers.fields()) Add(name + "=" + value);
  }
  template <class T>
  void Add(const std::optional<T>& value) {
    if (value) Add(*value);
  }
  template <class T>
  void Add(const std::vector<T>& list) {
    for (const T& one : list) Add(one);
  }
  template <class T>
  void Add(const std::set<T>& values) {
    for (const T& one : values) Add(one);
  }
  template <class K, class T>
  void Add(const std::map<K, T>& values) {
    for (const auto& [key, value] : values) {
      Add(key);
      Add(value);
    }
  }
  void Add(const McpAnswer& answer) {
    Add(static_cast<const HttpResponse&>(answer));
    Add(static_cast<const McpMessages&>(answer));
  }
  template <class T>
    requires std::is_aggregate_v<T>
  void Add(const T& value) {
    boost::pfr::for_each_field(value, [this](const auto& member) { Add(member); });
  }

  const std::string& text() const { return out_; }

 private:
  std::string out_;
};

template <class T>
std::string Printed(const T& value) {
  Printer printer;
  printer.Add(value);
  return printer.text();
}

Json OnDisk(const Json& json) { return ParseEvidence(Dump(json)).value(); }

TEST(Evidence, EveryMemberOfAnObservationComesBack) {
  Observation seen;
  Filler().Fill(seen);
  seen.canary.clear();  // see below
  // Nothing was left as it is by default: then this would prove nothing about it.
  const Observation empty;
  size_t same = 0;
  boost::pfr::for_each_field(seen, [&](const auto& member, size_t index) {
    boost::pfr::for_each_field(empty, [&](const auto& other, size_t other_index) {
      if (index == other_index && Printed(member) == Printed(other)) ++same;
    });
  });
  EXPECT_EQ(same, 1U) << "only the canaries are as they are by default";

  const Redactor nothing_secret;
  const Result<Observation> back = ObservationFrom(OnDisk(EvidenceOf(seen, nothing_secret)), OnDisk(PeopleOf(seen)));
  ASSERT_THAT(back, IsOk());
  EXPECT_EQ(Printed(*back), Printed(seen));
}

TEST(Evidence, EveryMemberOfTheTermsComesBack) {
  TargetTerms terms;
  Filler().Fill(terms);
  const Json head = OnDisk(EvidenceHead(terms));
  EXPECT_THAT(CheckEvidence(head), IsOk());
  const Result<TargetTerms> back = TermsFrom(head);
  ASSERT_THAT(back, IsOk());
  EXPECT_EQ(Printed(*back), Printed(terms));
}

TEST(Evidence, ACanaryStandsThereUnderItsAliasWhereItWasInTheAnswer) {
  Redactor redactor;
  redactor.Register(Secret("canary-of-alice"), "alice.jira.canary");
  redactor.Register(Secret("canary-of-bob"), "bob.jira.canary");
  Observation seen{.answer = McpAnswer{{.status = 200, .body = "she has canary-of-alice"}, {}}};
  seen.canary = {{"alice", "canary-of-alice"}, {"bob", "canary-of-bob"}};
  const Json evidence = OnDisk(EvidenceOf(seen, redactor));
  EXPECT_TRUE(redactor.Scan(Dump(evidence)).empty());
  const Result<Observation> back = ObservationFrom(evidence, OnDisk(PeopleOf(seen)));
  ASSERT_THAT(back, IsOk());
  EXPECT_NE(back->answer->body.find(back->canary.at("alice")), std::string::npos);
  EXPECT_EQ(back->answer->body.find(back->canary.at("bob")), std::string::npos);
  EXPECT_EQ(back->canary.size(), 2U);
}

TEST(Evidence, NoTextOfItHoldsASecret) {
  Redactor redactor;
  Observation seen;
  Filler().Fill(seen);
  const std::string secret = "s3cret-of-alice";
  redactor.Register(Secret(secret), "alice.token");
  seen.answer->body = seen.answer->problem = seen.no_response = seen.twin_refused = seen.shown = secret;
  seen.answer->message = {{"a", {{"b", secret}}}};
  seen.answer->notifications = {Json{{"c", secret}}};
  seen.answer->headers.Add("X-Token", secret);
  seen.downstream.events[0].act.object = "/?t=" + secret;
  seen.downstream.events[0].taken_for = {{"policies", secret}};
  seen.downstream.not_observable[0].reason = secret;
  for (auto& [name, finding] : seen.findings) finding.observed = finding.could_not = secret;
  seen.CannotObserve({.place = Place::kLog, .reason = secret});
  EXPECT_TRUE(redactor.Scan(Dump(EvidenceOf(seen, redactor))).empty());
}

TEST(Evidence, IsReadAgainHoweverDeepAnAnswerIs) {
  std::string text(60, '[');
  text += std::string(60, ']');
  Observation seen{.answer = McpAnswer{{.status = 200}, {}}};
  seen.answer->message = ParseJson(text).value();
  seen.answer->notifications = {seen.answer->message};
  const Json whole = {{"steps", Json::array({EvidenceOf(seen, Redactor())})}};
  EXPECT_THAT(ParseEvidence(Dump(whole)), IsOkAndHolds(whole));
}

TEST(Evidence, OfAnotherVersionIsRefusedAndSaysWhatToDo) {
  EXPECT_THAT(
      CheckEvidence({{"id", "a"}, {"steps", Json::array()}}),
      FailsWith(ErrorKind::kInvalidInput, AllOf(HasSubstr("an older iff, in version 1"), HasSubstr("iff run"))));
  EXPECT_THAT(CheckEvidence({{"evidence", kEvidenceVersion + 1}}),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("a newer iff")));
  EXPECT_THAT(CheckEvidence(Json::array()), FailsWith(ErrorKind::kInvalidInput, HasSubstr("no stored evidence")));
}

// A form that was stored before it had a member: `since` is such a row, and 7 what it is in a new value.
struct Grown {
  int before = 0;
  int since = 7;
};

}  // namespace

template <>
struct JsonFields<Grown> {
  static constexpr auto kFields =
      std::tuple(JsonField{"before", &Grown::before}, JsonField{"since", &Grown::since, true});
};
static_assert(kAllInTable<Grown>);

namespace {

TEST(Evidence, OfBeforeAMemberWasAddedIsReadWithItsDefault) {
  Grown read{.before = 0, .since = 9};
  EXPECT_THAT(FromJsonByFields({{"before", 3}}, read), IsOk());
  EXPECT_EQ(read.before, 3);
  EXPECT_EQ(read.since, 7);
  EXPECT_EQ(ToJsonByFields(Grown{.before = 3}, nullptr), Json({{"before", 3}}));
  EXPECT_EQ(ToJsonByFields(Grown{.before = 3, .since = 0}, nullptr), Json({{"before", 3}, {"since", 0}}));
  EXPECT_THAT(FromJsonByFields({{"since", 1}}, read),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("/before: is missing")));
}

// Both halves of an answer stand side by side, as they did when it was one struct: version 3 stays what it was.
TEST(Evidence, HoldsAnAnswerInOneObject) {
  const Json answer = ToJsonByFields(McpAnswer{{.status = 404}, {.problem = "odd"}}, nullptr);
  std::vector<std::string> names;
  for (const auto& [name, value] : answer.items()) names.push_back(name);
  EXPECT_THAT(names, ElementsAre("body", "headers", "message", "notifications", "problem", "status"));
}

TEST(Evidence, ThatIsDamagedIsNeverTakenForAnObservation) {
  Observation seen;
  Filler().Fill(seen);
  const Json whole = EvidenceOf(seen, Redactor());
  const Json people = PeopleOf(seen);
  for (const auto& [name, value] : whole.items()) {
    Json without = whole;
    without.erase(name);
    // Of what was stored before there was such a member, no particular exchange shows anything.
    if (name == "exchange") {
      EXPECT_TRUE(ObservationFrom(without, people).ok());
      continue;
    }
    EXPECT_THAT(ObservationFrom(without, people), FailsWith(ErrorKind::kInvalidInput, HasSubstr("/" + name))) << name;
    Json other = whole;
    other[name] = 1.5;
    EXPECT_THAT(ObservationFrom(other, people), FailsWith(ErrorKind::kInvalidInput, HasSubstr(name))) << name;
  }
  EXPECT_THAT(ObservationFrom(whole, nullptr), FailsWith(ErrorKind::kInvalidInput, HasSubstr("persona_of")));
  Json odd = whole;
  odd["not_observable"][0]["place"] = "cellar";
  EXPECT_THAT(ObservationFrom(odd, people),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("/not_observable/0/place: unknown value 'cellar'")));
}

TEST(Observation, SaysOfEachPlaceOnceWhyItCouldNotBeLookedAt) {
  Observation seen;
  seen.CannotObserve({Place::kLedger, "jira", "refused"});
  seen.CannotObserve({Place::kLedger, "github", "late"});
  seen.CannotObserve({Place::kLedger, "jira", "gone"});
  EXPECT_EQ(seen.not_observable.size(), 2U);
  EXPECT_EQ(seen.WhyNot(Place::kLedger, "jira")->reason, "gone");
  EXPECT_EQ(seen.WhyNot(Place::kLedger)->component, "jira");
  EXPECT_EQ(seen.WhyNot(Place::kLedger, "vault"), nullptr);
  EXPECT_EQ(seen.WhyNot(Place::kLog), nullptr);
  Note(seen.downstream.not_observable, {Place::kAuditLog, "vault", "sealed"});
  EXPECT_EQ(seen.WhyNot(Place::kAuditLog, "vault")->reason, "sealed");
  for (const Place place : kPlaces) EXPECT_EQ(FindPlace(Name(place)), place);
  EXPECT_EQ(FindPlace("cellar"), std::nullopt);
}

}  // namespace
}  // namespace iff
