#include "harness/cli/kept_stages.h"

#include <algorithm>

#include "harness/core/yaml.h"

namespace iff {

int KeptStages::Place::joined() const {
  const std::lock_guard lock(all_->mutex_);
  return kept_->joined;
}

void KeptStages::Place::Leave(const std::function<bool()>& at_once) {
  if (all_ == nullptr) return;
  std::unique_lock lock(all_->mutex_);
  kept_->leaving = true;
  while (kept_->joined > 0) {
    if (at_once()) kept_->over = true;
    all_->changed_.wait_for(lock, std::chrono::milliseconds(50));
  }
  all_->kept_.erase(kept_);
  all_ = nullptr;
}

KeptStages::Visit::~Visit() {
  const std::lock_guard lock(all_.mutex_);
  --kept_->joined;
  all_.changed_.notify_all();
}

bool KeptStages::Visit::over() const {
  const std::lock_guard lock(all_.mutex_);
  return kept_->over;
}

std::unique_ptr<KeptStages::Place> KeptStages::Keep(const std::string& name, Stage& stage,
                                                    std::vector<std::string> why) {
  const std::lock_guard lock(mutex_);
  const auto taken = [&](const std::string& one) {
    return std::any_of(kept_.begin(), kept_.end(), [&](const Kept& kept) { return kept.name == one; });
  };
  std::string unique = name;
  for (int number = 2; taken(unique); ++number) unique = name + "#" + std::to_string(number);
  const auto kept = kept_.insert(kept_.end(), {.name = unique, .stage = &stage, .why = std::move(why)});
  return std::unique_ptr<Place>(new Place(*this, kept));
}

std::vector<std::string> KeptStages::Names() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> names;
  for (const Kept& kept : kept_) {
    if (!kept.leaving) names.push_back(kept.name);
  }
  return names;
}

Result<std::unique_ptr<KeptStages::Visit>> KeptStages::Join(const std::string& name) {
  const std::vector<std::string> names = Names();
  if (names.empty()) {
    return Error(ErrorKind::kUnavailable,
                 "no stage is kept: 'iff run --keep-on-failure' keeps that of what fails, 'iff shell' one of its own");
  }
  const std::lock_guard lock(mutex_);
  std::vector<std::list<Kept>::iterator> fit;
  for (auto kept = kept_.begin(); kept != kept_.end(); ++kept) {
    if (kept->leaving || !kept->name.starts_with(name)) continue;
    if (kept->name == name) fit.clear();
    fit.push_back(kept);
    if (kept->name == name) break;
  }
  if (fit.empty())
    return Error(ErrorKind::kInvalidInput, "no stage is kept under '" + name + "'" + DidYouMean(name, names));
  if (fit.size() > 1) {
    std::string all;
    for (const auto& kept : fit) all += (all.empty() ? "" : ", ") + kept->name;
    return Error(ErrorKind::kInvalidInput, "which of them: " + all + "?");
  }
  ++fit.front()->joined;
  return std::unique_ptr<Visit>(new Visit(*this, fit.front(), ++fit.front()->visits));
}

}  // namespace iff
