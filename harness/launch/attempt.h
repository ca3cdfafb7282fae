// Processes that are launched for one purpose and given up together: those of a start of which one part has failed.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "harness/launch/service.h"

namespace iff {

// Thread-safe. Whoever waits for one of its processes asks whether that lives, and so sees the end of it.
class Attempt {
 public:
  // Asks whatever was launched for it to stop and lets nothing more be launched. Returns at once.
  void GiveUp();
  bool given_up() const;
  // How one of its processes ended that nobody asked to: "exit 3".
  std::optional<std::string> Death() const;

 private:
  friend class ProcessLauncher;
  // False: given up meanwhile, and `service` is to be stopped.
  bool Add(const std::shared_ptr<Service::State>& service);
  std::vector<std::shared_ptr<Service::State>> Living() const;

  mutable std::mutex mutex_;
  bool given_up_ = false;
  std::vector<std::weak_ptr<Service::State>> services_ = {};
};

}  // namespace iff
