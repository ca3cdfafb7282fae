#include "harness/environment/provisioning.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>

#include "harness/core/result_matchers.h"

namespace iff {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// What the registries did, in order, and what was known then.
struct Journal {
  std::mutex mutex = {};
  std::vector<std::string> lines = {};
};

class FakeRegistry : public PrincipalRegistry {
 public:
  FakeRegistry(Journal& journal, std::string name, bool assigns)
      : journal_(journal), name_(std::move(name)), assigns_(assigns) {}

  Result<Assigned> Add(const std::vector<Principal>& principals) override {
    Note("add", principals);
    if (!fails.empty()) return Error(ErrorKind::kRefused, fails);
    Assigned accounts;
    for (size_t i = 0; assigns_ && i < principals.size() - missing; ++i) {
      accounts.push_back(
          {.id = name_ + "/" + principals[i].persona, .login = principals[i].name, .secret = Secret("s3cret")});
    }
    return accounts;
  }
  Result<void> Renew(const std::vector<Principal>& principals) override {
    Note("renew", principals);
    return {};
  }
  Result<size_t> Verify(const std::vector<Principal>& principals) override {
    Note("verify", principals);
    return reads ? principals.size() : 0;
  }
  Result<void> Remove(const std::vector<Principal>&) override { return {}; }

  std::string fails = {};
  bool reads = true;
  size_t missing = 0;

 private:
  void Note(const std::string& what, const std::vector<Principal>& principals) {
    std::string line = what + " " + name_ + ":";
    for (const Principal& principal : principals) line += " " + principal.persona + "=" + principal.id;
    const std::lock_guard lock(journal_.mutex);
    journal_.lines.push_back(line);
  }

  Journal& journal_;
  std::string name_;
  bool assigns_;
};

class ProvisionTest : public ::testing::Test {
 protected:
  std::vector<Registry> Registries() {
    // In the order of a system file that lists whoever believes first.
    return {{"vault", &vault, false}, {"people", &people, true}, {"workloads", &workloads, true}};
  }
  size_t LineOf(const std::string& begin) {
    for (size_t i = 0; i < journal.lines.size(); ++i) {
      if (journal.lines[i].starts_with(begin)) return i;
    }
    ADD_FAILURE() << "nothing did: " << begin;
    return 0;
  }

  Journal journal;
  FakeRegistry vault{journal, "vault", false};
  FakeRegistry people{journal, "people", true};
  FakeRegistry workloads{journal, "workloads", true};
  std::vector<Principal> principals = {{.persona = "alice", .name = "alice-1"}, {.persona = "bob", .name = "bob-1"}};
};

TEST_F(ProvisionTest, TellsIdsToWhoeverBelievesTheirIssuer) {
  std::vector<std::string> identified;
  const Result<size_t> compared =
      Provision(Registries(), principals, {.issuer = "people", .identified = [&](const std::vector<Principal>& all) {
                                             for (const Principal& one : all) identified.push_back(one.id);
                                             EXPECT_EQ(journal.lines.size(), 2U) << "nobody but issuers knows them yet";
                                           }});
  ASSERT_THAT(compared, IsOk());
  EXPECT_EQ(*compared, 6U);
  EXPECT_THAT(identified, ElementsAre("people/alice", "people/bob"));
  EXPECT_EQ(journal.lines[LineOf("add vault")], "add vault: alice=people/alice bob=people/bob");
  EXPECT_GE(LineOf("add vault"), 2U) << "the issuers come first";
  EXPECT_GT(LineOf("verify vault"), LineOf("add vault"));
  EXPECT_EQ(principals[0].id, "people/alice");
  EXPECT_EQ(principals[0].IdAt("workloads"), "workloads/alice");
  EXPECT_EQ(principals[0].issuers.at("people").login, "alice-1");
}

TEST_F(ProvisionTest, RenewsWhoeverIsKnown) {
  principals[0].issuers["people"] = {.id = "people/alice"};
  principals[0].id = "people/alice";
  const auto is_new = [](const std::string& component, const Principal& one) {
    return component == "vault" || one.persona != "alice";
  };
  ASSERT_THAT(Provision(Registries(), principals, {.issuer = "people", .is_new = is_new}), IsOk());
  EXPECT_EQ(journal.lines[LineOf("renew people")], "renew people: alice=people/alice");
  EXPECT_EQ(journal.lines[LineOf("add vault")], "add vault: alice=people/alice bob=people/bob");
  EXPECT_EQ(journal.lines[LineOf("verify people")], "verify people: bob=people/bob");
}

TEST_F(ProvisionTest, GivesAnIdWhereNoIssuerDoes) {
  ASSERT_THAT(Provision({{"vault", &vault, false}}, principals, {}), IsOk());
  EXPECT_EQ(principals[0].id.size(), 36U);
  EXPECT_NE(principals[0].id, principals[1].id);
  EXPECT_THAT(principals[0].issuer, IsEmpty());
}

TEST_F(ProvisionTest, KeepsWhatOneIssuerAssignedWhenAnotherFails) {
  workloads.fails = "no such selector";
  EXPECT_THAT(Provision(Registries(), principals, {.issuer = "people"}),
              FailsWith(ErrorKind::kRefused, "workloads: no such selector"));
  EXPECT_EQ(principals[0].IdAt("people"), "people/alice") << "it is to be removed";
  EXPECT_EQ(journal.lines.size(), 2U) << "and nobody is told of it";
}

TEST_F(ProvisionTest, IsNotSatisfiedWithAReadingOfNothing) {
  vault.reads = false;
  EXPECT_THAT(Provision(Registries(), principals, {.issuer = "people"}),
              FailsWith(ErrorKind::kInternal, HasSubstr("vault: verify: looked at nothing")));
}

TEST_F(ProvisionTest, WantsAnAccountForEverybody) {
  people.missing = 1;
  EXPECT_THAT(Provision(Registries(), principals, {.issuer = "people"}),
              FailsWith(ErrorKind::kInternal, HasSubstr("people assigned 1 accounts to 2 principals")));
}

}  // namespace
}  // namespace iff
