// The prompts that are open on an environment: what 'iff status' lists, for a run that waits for exclusive access.
#pragma once

#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace iff {

// Thread-safe.
class OpenPrompts {
 public:
  // Open while it lives. The list outlives it.
  class Place {
   public:
    ~Place();
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

   private:
    friend class OpenPrompts;
    Place(OpenPrompts& all, std::multiset<std::string>::iterator name) : all_(all), name_(name) {}
    OpenPrompts& all_;
    std::multiset<std::string>::iterator name_;
  };

  // `name`: the id of the scenario whose sandbox is kept, or "shell".
  std::unique_ptr<Place> Open(const std::string& name);
  std::vector<std::string> Names() const;

 private:
  mutable std::mutex mutex_;
  std::multiset<std::string> names_;
};

}  // namespace iff
