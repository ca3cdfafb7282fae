// Lanes: environments of their own within the processes of another one. Made ahead while others run, removed when
// nobody waits for anything.
//
//   LanePool lanes(environment, launcher, {});
//   lanes.Expect(3);
//   const Lane lane = TRY(lanes.Take());
//   TokenIssuer* issuer = TRY(lane.environment().Find<TokenIssuer>());
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "harness/environment/environment.h"
#include "harness/jose/spare_keys.h"

namespace iff {

class LanePool;

// Whoever has it is the only one. It is given back at its end: nobody gets it again, and the pool removes it.
class Lane {
 public:
  Lane(Lane&& other) noexcept;
  Lane& operator=(Lane&&) = delete;
  ~Lane();

  const std::string& name() const;
  Environment& environment() const;
  bool was_ready() const { return was_ready_; }  // false: it was made when it was asked for

 private:
  friend class LanePool;
  struct Made;
  Lane(LanePool& pool, std::unique_ptr<Made> made, bool was_ready);
  LanePool* pool_;
  std::unique_ptr<Made> made_;
  bool was_ready_;
};

struct LanePoolOptions {
  // Kept ready at a time. Default: as many as four scenarios side by side could want soon, and no more, for each takes
  // the processor for a while that others want now.
  size_t most_ahead = 2;
  // Home ends when this has ended, so that nothing need be removed from it at last.
  bool home_ends_next = false;
  // Told of every secret of a lane that somebody has. Of what is only ready there is nobody to tell anything.
  Born born = {};
};

// Thread-safe. Its one thread starts with the first lane that is expected or given back.
class LanePool {
 public:
  // Both outlive it, and it outlives its lanes.
  LanePool(const Environment& home, Launcher& launcher, LanePoolOptions options);
  ~LanePool();  // removes every lane that is there, unless home ends next
  LanePool(const LanePool&) = delete;
  LanePool& operator=(const LanePool&) = delete;

  // What the components of any lane will tell. kRefused: there can be none, and because of whom.
  Result<std::map<std::string, Facts>> Promised() const;

  // So many more will be taken before long.
  void Expect(size_t count);
  void ExpectNoMore();

  // One whose components all answer: one that is ready or about to be, or else one made here and now.
  Result<Lane> Take();
  // Until everybody expected is ready, as far as there is room, and everything given back is removed.
  void Settle();

 private:
  friend class Lane;
  using MadeLane = std::unique_ptr<Lane::Made>;
  Result<MadeLane> Make();
  // The catalogue, the components and where they are, of the lane `name`.
  struct Plan;
  Result<Plan> PlanOf(const std::string& name) const;
  void GiveBack(MadeLane made);
  void Work();
  // Both with the lock held.
  void Begin();
  bool WantsOneAhead() const;

  const Environment& home_;
  Launcher& launcher_;
  const LanePoolOptions options_;
  std::mutex mutex_;  // guards all below
  std::condition_variable changed_;
  std::deque<MadeLane> ready_;
  std::deque<MadeLane> leaving_;
  size_t expected_ = 0;
  bool making_ = false;  // ahead
  bool removing_ = false;
  bool awaited_ = false;  // what is being made ahead has somebody waiting for it
  bool ending_ = false;
  std::optional<SpareKeys> keys_;
  std::thread thread_;
};

}  // namespace iff
