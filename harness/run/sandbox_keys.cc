// A server that takes keys instead of an issuer's tokens: everybody gets one for the scenario.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "harness/run/sandbox.h"

namespace iff {

void Sandbox::DrawKeys() {
  if (!target_->TakesKeys()) return;
  for (const Principal& principal : principals_) {
    const Secret& key = keys_[principal.persona] = Secret::Random(12);
    context_.redactor.Register(key, principal.persona + ".key", {.owner = principal.persona},
                               Redactor::Lasts::kUntilForgotten);
  }
}

Result<void> Sandbox::WriteKeys() const {
  if (!target_->TakesKeys()) return {};
  Json keys = Json::object();
  for (const Principal& principal : principals_) keys[keys_.at(principal.persona).Reveal()] = principal.name;
  const std::string path = target_directory_ + "/keys.json";
  const std::string text = Dump(keys);
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return SystemError("write " + path, errno);
  const bool whole = write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  close(file);
  if (!whole) return Error(ErrorKind::kSystem, "write " + path + ": not all of it");
  return {};
}

// In the environment, because such a server takes it nowhere else; it is good for one scenario.
std::string Sandbox::KeyOfFirst() const {
  return !target_->TakesKeys() || principals_.empty() ? "" : keys_.at(principals_.front().persona).Reveal();
}

void Sandbox::TakeKey(const std::string& name, const Principal& principal) {
  Keep(name, principal.persona, {.value = keys_.at(principal.persona)});
  const std::lock_guard lock(mutex_);
  const int64_t now = ElapsedUs();
  trace_.exchanges.push_back({.lane = "issuer",
                              .actor = principal.persona,
                              .credential = credentials_[name].alias,
                              .title = principal.persona + " takes the key that is theirs",
                              .started_us = now,
                              .status = 200});
}

}  // namespace iff
