// The running components of one run, or of one scenario. Owns them, starts them side by side, stops
// them in reverse. Knows components by their interfaces alone.
//
//   Keyring keys;
//   TRY(Environment::PrepareKeys(specs, registry, keys));
//   auto environment = TRY(Environment::Start(specs, registry, launcher, keys, options));
//   TokenIssuer* issuer = TRY(environment->Find<TokenIssuer>("keycloak"));
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harness/environment/component.h"
#include "harness/environment/system.h"

namespace iff {

struct ComponentReady {
  std::string_view name = {};  // as long as the call
  std::chrono::microseconds took = {};
};

struct EnvironmentOptions {
  std::string cache_directory = {};
  // Called from several threads: with a line for a person, and for each component that is ready.
  std::function<void(std::string_view)> progress = {};
  std::function<void(const ComponentReady&)> on_ready = {};
  // Told of every secret a component makes, under "component.what". Called from several threads.
  Born born = {};
  // Where outputs of components outside this environment come from: the run's, seen from a scenario's.
  const std::map<std::string, Outputs>* outer = nullptr;
  // Components, by name, that run already and are not ours to start or to end.
  std::map<std::string, Attachment> attached = {};
  // Kept for long: components may take longer to start if they serve faster afterwards.
  bool for_many_runs = false;
};

class Environment {
 public:
  // Begins to make a key for each issuer among `specs` that has none yet.
  static Result<void> PrepareKeys(const std::vector<ComponentSpec>& specs, const DriverRegistry& driver_registry,
                                  Keyring& keys);
  // `keys` outlives the call. The first component that fails, or dies once it was ready, is the error; the others are
  // stopped at once.
  static Result<std::unique_ptr<Environment>> Start(const std::vector<ComponentSpec>& specs,
                                                    const DriverRegistry& driver_registry, Launcher& launcher,
                                                    const Keyring& keys, EnvironmentOptions options);
  ~Environment();

  // The component called `name`, or nullptr.
  Component* FindComponent(std::string_view name) const;

  // The ability T of the component called `name`; without a name, of the only component that has it.
  // kInvalidInput naming what is missing.
  template <class T>
  Result<T*> Find(std::string_view name = {}) const {
    T* found = nullptr;
    for (const Started& started : started_) {
      T* able = dynamic_cast<T*>(started.component.get());
      if (able == nullptr || (!name.empty() && started.component->name() != name)) continue;
      if (found != nullptr) return Ambiguous(Ability<T>(), name);
      found = able;
    }
    if (found == nullptr) return Missing(Ability<T>(), name);
    return found;
  }

  // Every component that has the ability, in the order of the system file.
  template <class T>
  std::vector<T*> All() const {
    std::vector<T*> all;
    for (const Started& started : started_) {
      if (T* able = dynamic_cast<T*>(started.component.get())) all.push_back(able);
    }
    return all;
  }

  std::vector<Component*> components() const;
  const std::map<std::string, Outputs>& outputs() const { return outputs_; }
  std::chrono::microseconds start_time(std::string_view name) const;  // how long it took to get ready

  // Asks every component whether it still answers; the error names each that does not.
  Result<void> Check() const;

 private:
  struct Started {
    std::unique_ptr<Component> component;
    std::chrono::microseconds took;
  };
  Environment() = default;
  template <class T>
  static std::string_view Ability();
  static Error Missing(std::string_view ability, std::string_view name);
  static Error Ambiguous(std::string_view ability, std::string_view name);

  std::vector<std::unique_ptr<HeldPort>> ports_;  // outlive the components; nullptr for what runs already
  std::map<std::string, Outputs> outputs_;
  std::vector<Started> started_;
};

// `outputs` with every routed address leading to `gate` instead of `direct`.
Outputs Routed(const Outputs& outputs, const Endpoint& direct, const Endpoint& gate);

// `text` with ${component.output} replaced; kInvalidInput names an output nobody has.
Result<std::string> Substitute(std::string_view text, const std::map<std::string, Outputs>& outputs,
                               const std::map<std::string, std::string>& words);

}  // namespace iff
