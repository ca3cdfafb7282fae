#include "harness/session/open_prompts.h"

namespace iff {

OpenPrompts::Place::~Place() {
  const std::lock_guard lock(all_.mutex_);
  all_.names_.erase(name_);
}

std::unique_ptr<OpenPrompts::Place> OpenPrompts::Open(const std::string& name) {
  const std::lock_guard lock(mutex_);
  return std::unique_ptr<Place>(new Place(*this, names_.insert(name)));
}

std::vector<std::string> OpenPrompts::Names() const {
  const std::lock_guard lock(mutex_);
  return {names_.begin(), names_.end()};
}

}  // namespace iff
