// The components a scenario has to do with: those of the run and those that were started for it alone.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/environment/environment.h"

namespace iff {

// Both environments outlive it.
class Components {
 public:
  Components(const Environment& of_run, const Environment& own) : of_run_(of_run), own_(own) {}

  const Environment& own() const { return own_; }
  Component* FindComponent(std::string_view name) const {
    Component* const found = own_.FindComponent(name);
    return found != nullptr ? found : of_run_.FindComponent(name);
  }
  // As Environment::Find; the scenario's own come first.
  template <class T>
  Result<T*> Find(std::string_view component = {}) const {
    Result<T*> found = own_.Find<T>(component);
    return found.ok() ? found : of_run_.Find<T>(component);
  }
  // All that have the ability T, with their names; those of the run come first.
  template <class T>
  std::vector<std::pair<std::string, T*>> All() const {
    std::vector<std::pair<std::string, T*>> all;
    for (const Environment* environment : {&of_run_, &own_}) {
      for (Component* component : environment->components()) {
        if (T* able = dynamic_cast<T*>(component)) all.emplace_back(component->name(), able);
      }
    }
    return all;
  }

 private:
  const Environment& of_run_;
  const Environment& own_;
};

}  // namespace iff
