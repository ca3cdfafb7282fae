#include "harness/run/people.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "harness/core/bytes.h"
#include "harness/run/texts.h"

namespace iff {
namespace {

// A letter and four letters or digits: unique enough for one environment, short enough for a project key.
std::string NewTag() {
  constexpr std::string_view kLetters = "ABCDEFGHJKLMNPQRSTUVWXYZ";
  constexpr std::string_view kAll = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
  const std::string bytes = RandomBytes(5);
  std::string tag(1, kLetters[static_cast<unsigned char>(bytes[0]) % kLetters.size()]);
  for (size_t i = 1; i < bytes.size(); ++i) tag += kAll[static_cast<unsigned char>(bytes[i]) % kAll.size()];
  return tag;
}

bool Alike(const Principal& one, const Principal& other) {
  return one.role == other.role && one.groups == other.groups && one.issuer == other.issuer &&
         std::equal(one.accounts.begin(), one.accounts.end(), other.accounts.begin(), other.accounts.end(),
                    [](const auto& a, const auto& b) { return a.first == b.first; });
}

}  // namespace

Principal MakePrincipal(const std::string& role, const std::vector<std::string>& groups,
                        const std::vector<std::string>& upstreams) {
  Principal subject{.role = role, .tag = NewTag(), .groups = groups};
  subject.name = subject.role + "-" + LowerCase(subject.tag);
  subject.attributes["email"] = subject.name + "@example.test";
  GiveAccounts(subject, upstreams);
  return subject;
}

void GiveAccounts(Principal& subject, const std::vector<std::string>& upstreams) {
  for (const std::string& upstream : upstreams) {
    subject.accounts[upstream] = {.upstream = upstream,
                                  .login = subject.name,
                                  .password = Secret::Random(12),
                                  .token = Secret("ifft_" + Secret::Random(24).Reveal()),
                                  .canary = "canary-" + subject.role + "-" + upstream + "-" + Hex(RandomBytes(6))};
  }
}

std::optional<PeoplePool::Person> PeoplePool::Take(const Principal& wanted) {
  const std::lock_guard lock(mutex_);
  std::erase_if(free_, [&](const Person& person) {
    if (!IsOld(person)) return false;
    spent_.push_back(person.subject);
    return true;
  });
  // The one who was returned first: whatever their last server left unfinished has had the longest time to end.
  const auto found =
      std::find_if(free_.begin(), free_.end(), [&](const Person& person) { return Alike(person.subject, wanted); });
  if (found == free_.end()) return {};
  Person person = std::move(*found);
  free_.erase(found);
  return person;
}

PeoplePool::Person PeoplePool::Admit(const Principal& subject) const {
  const std::lock_guard lock(mutex_);
  return {.subject = subject, .made = std::chrono::steady_clock::now(), .era = era_};
}

void PeoplePool::Return(Person person) {
  const std::lock_guard lock(mutex_);
  if (person.era != era_ || IsOld(person) || free_.size() >= most_) {
    spent_.push_back(std::move(person.subject));
    return;
  }
  free_.push_back(std::move(person));
}

void PeoplePool::Dismiss() {
  const std::lock_guard lock(mutex_);
  ++era_;
  for (Person& person : free_) spent_.push_back(std::move(person.subject));
  free_.clear();
}

std::vector<Principal> PeoplePool::TakeSpent() {
  const std::lock_guard lock(mutex_);
  return std::exchange(spent_, {});
}

void PeoplePool::Note(const std::vector<Principal>& subjects) {
  const std::lock_guard lock(mutex_);
  for (const Principal& subject : subjects)
    seen_.try_emplace(
        subject.id,
        Principal{.role = subject.role, .name = subject.name, .id = subject.id, .issuers = subject.issuers});
}

std::vector<Principal> PeoplePool::Others(const std::vector<Principal>& own) const {
  std::set<std::string> ids;
  for (const Principal& subject : own) ids.insert(subject.id);
  const std::lock_guard lock(mutex_);
  std::vector<Principal> others;
  for (const auto& [id, subject] : seen_) {
    if (!ids.contains(id)) others.push_back(subject);
  }
  return others;
}

}  // namespace iff
