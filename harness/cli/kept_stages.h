// Stages that somebody keeps, for others of the same account to join: whoever is at the prompt of a failure, and
// whoever helps from another terminal, stand on the same stage.
#pragma once

#include <condition_variable>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "harness/run/stage.h"

namespace iff {

class KeptStages {
 public:
  struct Kept {
    std::string name = {};
    Stage* stage = nullptr;
    std::vector<std::string> why = {};  // lines: what did not pass
    int joined = 0;                     // by others
    int visits = 0;                     // that there ever were
    bool leaving = false;               // nobody joins any more
    bool over = false;                  // whoever joined has to go
  };

  // The stage is here to be joined while this lives; it ends when everybody has left.
  class Place {
   public:
    ~Place() {
      Leave([] { return true; });
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    const std::string& name() const { return kept_->name; }
    int joined() const;
    // Waits until nobody else is there; once `at_once` is true, whoever is has to go.
    void Leave(const std::function<bool()>& at_once);

   private:
    friend class KeptStages;
    Place(KeptStages& all, std::list<Kept>::iterator kept) : all_(&all), kept_(kept) {}
    KeptStages* all_;  // nullptr: left
    std::list<Kept>::iterator kept_;
  };

  // Being there as somebody else.
  class Visit {
   public:
    ~Visit();
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;
    Stage& stage() const { return *kept_->stage; }
    const std::string& name() const { return kept_->name; }
    const std::vector<std::string>& why() const { return kept_->why; }
    int number() const { return number_; }  // tells visits of one stage apart, from 1
    bool over() const;

   private:
    friend class KeptStages;
    Visit(KeptStages& all, std::list<Kept>::iterator kept, int number) : all_(all), kept_(kept), number_(number) {}
    KeptStages& all_;
    std::list<Kept>::iterator kept_;
    int number_;
  };

  // `name` gets a number if it is taken. `stage` outlives the place.
  std::unique_ptr<Place> Keep(const std::string& name, Stage& stage, std::vector<std::string> why = {});
  std::vector<std::string> Names() const;
  // By its name or the beginning of it; "" is the only one. kInvalidInput: none such, or several; kUnavailable: none
  // at all.
  Result<std::unique_ptr<Visit>> Join(const std::string& name);

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::list<Kept> kept_;
};

}  // namespace iff
