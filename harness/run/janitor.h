// Removes what finished scenarios left behind while nobody waits for anything: the people of a run cost its issuer
// and its secret store about as much to remove as to make.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace iff {

// Thread-safe. Its one thread starts with the first job.
class Janitor {
 public:
  // Without room for more jobs, the one who has a new one does it. Default: some hundred people.
  explicit Janitor(size_t most_waiting = 400) : most_waiting_(most_waiting) {}
  // Waits for the job in hand; those that wait are dropped, for what they would tidy is going away as well.
  ~Janitor();
  Janitor(const Janitor&) = delete;
  Janitor& operator=(const Janitor&) = delete;

  // `job` is done later while no Quiet lives, and may be done beside others. What it uses outlives the janitor.
  void Later(std::function<void()> job);
  // The job in hand is waited for, and every one that waits is done here and now, several side by side.
  void Finish();

  // While one lives, no job begins. Made by whoever runs scenarios. The job in hand goes on: a server that leaked
  // thousands of leases takes minutes to tidy up after.
  class Quiet {
   public:
    explicit Quiet(Janitor& janitor);
    ~Quiet();
    Quiet(const Quiet&) = delete;
    Quiet& operator=(const Quiet&) = delete;

   private:
    Janitor& janitor_;
  };

 private:
  void Work();

  const size_t most_waiting_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> jobs_;
  size_t quiet_ = 0;
  bool busy_ = false;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace iff
