#include "harness/launch/attempt.h"

#include <algorithm>

#include "harness/launch/service_state.h"

namespace iff {
namespace {

// What is given up has nothing to lose; some would take minutes to write down what nobody will read.
constexpr std::chrono::milliseconds kGiveUpWithin = 5s;

}  // namespace

void Attempt::GiveUp() {
  {
    const std::lock_guard lock(mutex_);
    given_up_ = true;
  }
  for (const std::shared_ptr<Service::State>& service : Living()) {
    service->RequestStop(std::min(service->spec.stop_within, kGiveUpWithin));
  }
}

bool Attempt::given_up() const {
  const std::lock_guard lock(mutex_);
  return given_up_;
}

std::optional<std::string> Attempt::Death() const {
  for (const std::shared_ptr<Service::State>& service : Living()) {
    const std::optional<std::string> ended = service->Ended();
    const std::lock_guard lock(service->keeper_mutex);
    if (ended && !service->stop_requested) return ended;
  }
  return std::nullopt;
}

bool Attempt::Add(const std::shared_ptr<Service::State>& service) {
  const std::lock_guard lock(mutex_);
  std::erase_if(services_, [](const auto& known) { return known.expired(); });
  services_.push_back(service);
  return !given_up_;
}

// Not under the lock: whoever lets go of the last hold on a service waits for its end.
std::vector<std::shared_ptr<Service::State>> Attempt::Living() const {
  std::vector<std::shared_ptr<Service::State>> living;
  const std::lock_guard lock(mutex_);
  for (const std::weak_ptr<Service::State>& service : services_) {
    if (auto held = service.lock()) living.push_back(std::move(held));
  }
  return living;
}

}  // namespace iff
