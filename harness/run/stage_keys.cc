// A server that takes keys instead of an issuer's tokens: everybody gets one for the scenario.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "harness/run/stage.h"

namespace iff {

void Stage::DrawKeys() {
  if (!target_->TakesKeys()) return;
  for (const Principal& subject : subjects_) {
    const Secret& key = keys_[subject.role] = Secret::Random(12);
    ground_.redactor.Register(key, subject.role + ".key", {.owner = subject.role}, Redactor::Lasts::kUntilForgotten);
  }
}

Result<void> Stage::WriteKeys() const {
  if (!target_->TakesKeys()) return {};
  Json keys = Json::object();
  for (const Principal& subject : subjects_) keys[keys_.at(subject.role).Reveal()] = subject.name;
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
std::string Stage::KeyOfFirst() const {
  return !target_->TakesKeys() || subjects_.empty() ? "" : keys_.at(subjects_.front().role).Reveal();
}

void Stage::TakeKey(const std::string& name, const Subject& subject) {
  Keep(name, subject.role, {.value = keys_.at(subject.role)});
  const std::lock_guard lock(mutex_);
  const int64_t now = ElapsedUs();
  trace_.exchanges.push_back({.lane = "issuer",
                              .actor = subject.role,
                              .credential = credentials_[name].alias,
                              .title = subject.role + " takes the key that is theirs",
                              .started_us = now,
                              .status = 200});
}

}  // namespace iff
