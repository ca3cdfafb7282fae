// Components on their way up, side by side. The first that fails ends the way of all: what was launched for the others
// is asked to stop, so that whoever waits for it sees its end, and nothing more is launched.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "harness/environment/component.h"
#include "harness/launch/attempt.h"

namespace iff {

class Starting {
 public:
  Starting(std::vector<std::string> names, Launcher& launcher);

  // What the starter of that component launches with; as long as this lives.
  Launcher& LauncherOf(size_t index) { return components_[index].launcher; }
  bool given_up() const;

  // Told by each starter, once.
  void Arrived(size_t index, Result<std::unique_ptr<Component>> outcome);
  // Until all have arrived or one has failed. One that was ready and then died has failed.
  void Await();
  // Once every starter has ended: the components in their order, or the first failure; what did start is stopped then.
  Result<std::vector<std::unique_ptr<Component>>> Take();

 private:
  class AttemptLauncher final : public Launcher {
   public:
    explicit AttemptLauncher(Launcher& inner) : inner_(inner) {}
    Result<Service> Launch(ServiceSpec spec) override;
    const std::string& run_directory() const override { return inner_.run_directory(); }
    Result<std::string> MakeDirectory(std::string_view name, std::string_view account) override {
      return inner_.MakeDirectory(name, account);
    }

    const std::shared_ptr<Attempt> attempt = std::make_shared<Attempt>();

   private:
    Launcher& inner_;
  };
  struct Each {
    std::string name;
    AttemptLauncher launcher;
    std::unique_ptr<Component> ready;
    bool arrived = false;
  };

  // Both with the lock held.
  void Fail(const std::string& name, const Error& why);
  void LookForDeaths();

  mutable std::mutex mutex_;  // guards all below
  std::condition_variable changed_;
  std::deque<Each> components_;
  size_t under_way_;
  std::optional<Error> failure_;
};

}  // namespace iff
