// A server that takes keys instead of an issuer's tokens: everybody gets one for the scenario.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "harness/run/sandbox_principals.h"

namespace iff {

void SandboxPrincipals::DrawKeys(const std::vector<const TargetSpec*>& targets) {
  for (const TargetSpec* target : targets) {
    if (!target->TakesKeys()) continue;
    const std::string at = target == targets.front() ? "" : "." + target->name;
    for (const Principal& principal : principals_) {
      const Secret& key = keys_[target->name][principal.persona] = Secret::Random(12);
      context_.redactor.Register(key, principal.persona + at + ".key", {.owner = principal.persona},
                                 Redactor::Lasts::kUntilForgotten);
    }
  }
}

Result<void> SandboxPrincipals::WriteKeys(const std::string& path) const {
  if (!target_->TakesKeys()) return {};
  Json keys = Json::object();
  for (const Principal& principal : principals_)
    keys[keys_.at(target_->name).at(principal.persona).Reveal()] = principal.name;
  const std::string text = Dump(keys);
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return SystemError("write " + path, errno);
  const bool whole = write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  close(file);
  if (!whole) return Error(ErrorKind::kSystem, "write " + path + ": not all of it");
  return {};
}

std::string SandboxPrincipals::KeyOfFirst() const {
  return !target_->TakesKeys() || principals_.empty()
             ? ""
             : keys_.at(target_->name).at(principals_.front().persona).Reveal();
}

void SandboxPrincipals::TakeKey(const std::string& name, const Principal& principal) {
  Keep(name, principal.persona, {.value = keys_.at(target_->name).at(principal.persona)});
  trace_.Add(Exchange{.lane = "issuer",
                      .actor = principal.persona,
                      .credential = FindCredential(name)->alias,
                      .title = principal.persona + " takes the key that is theirs",
                      .started_us = trace_.ElapsedUs(),
                      .status = 200});
}

}  // namespace iff
