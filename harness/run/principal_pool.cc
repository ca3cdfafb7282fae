#include "harness/run/principal_pool.h"

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
  return one.persona == other.persona && one.groups == other.groups && one.issuer == other.issuer &&
         std::equal(one.accounts.begin(), one.accounts.end(), other.accounts.begin(), other.accounts.end(),
                    [](const auto& a, const auto& b) { return a.first == b.first; });
}

}  // namespace

Principal MakePrincipal(const std::string& persona, const std::vector<std::string>& groups,
                        const std::vector<std::string>& upstreams) {
  Principal principal{.persona = persona, .tag = NewTag(), .groups = groups};
  principal.name = principal.persona + "-" + LowerCase(principal.tag);
  principal.attributes["email"] = principal.name + "@example.test";
  GiveAccounts(principal, upstreams);
  return principal;
}

void GiveAccounts(Principal& principal, const std::vector<std::string>& upstreams) {
  for (const std::string& upstream : upstreams) {
    principal.accounts[upstream] = {
        .upstream = upstream,
        .login = principal.name,
        .password = Secret::Random(12),
        .token = Secret("ifft_" + Secret::Random(24).Reveal()),
        .canary = "canary-" + principal.persona + "-" + upstream + "-" + Hex(RandomBytes(6))};
  }
}

std::optional<PrincipalPool::Person> PrincipalPool::Take(const Principal& wanted, const std::set<std::string>& but) {
  const std::lock_guard lock(mutex_);
  std::erase_if(free_, [&](const Person& person) {
    if (!IsOld(person)) return false;
    spent_.push_back(person.principal);
    return true;
  });
  // The one who was returned first: whatever their last server left unfinished has had the longest time to end.
  const auto found = std::find_if(free_.begin(), free_.end(), [&](const Person& person) {
    return Alike(person.principal, wanted) && !but.contains(person.principal.tag);
  });
  if (found == free_.end()) return {};
  Person person = std::move(*found);
  free_.erase(found);
  return person;
}

PrincipalPool::Person PrincipalPool::Admit(const Principal& principal) const {
  const std::lock_guard lock(mutex_);
  return {.principal = principal, .made = std::chrono::steady_clock::now(), .era = era_};
}

void PrincipalPool::Return(Person person) {
  const std::lock_guard lock(mutex_);
  if (person.era != era_ || IsOld(person) || free_.size() >= most_) {
    spent_.push_back(std::move(person.principal));
    return;
  }
  free_.push_back(std::move(person));
}

void PrincipalPool::Dismiss() {
  const std::lock_guard lock(mutex_);
  ++era_;
  for (Person& person : free_) spent_.push_back(std::move(person.principal));
  free_.clear();
}

std::vector<Principal> PrincipalPool::TakeSpent() {
  const std::lock_guard lock(mutex_);
  return std::exchange(spent_, {});
}

void PrincipalPool::Note(const std::vector<Principal>& principals) {
  const std::lock_guard lock(mutex_);
  for (const Principal& principal : principals)
    seen_.try_emplace(
        principal.id,
        Principal{
            .persona = principal.persona, .name = principal.name, .id = principal.id, .issuers = principal.issuers});
}

std::vector<Principal> PrincipalPool::Others(const std::vector<Principal>& own) const {
  std::set<std::string> ids;
  for (const Principal& principal : own) ids.insert(principal.id);
  const std::lock_guard lock(mutex_);
  std::vector<Principal> others;
  for (const auto& [id, principal] : seen_) {
    if (!ids.contains(id)) others.push_back(principal);
  }
  return others;
}

}  // namespace iff
