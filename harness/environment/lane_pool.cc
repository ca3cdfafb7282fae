#include "harness/environment/lane_pool.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "harness/core/bytes.h"
#include "harness/core/log.h"

namespace iff {
namespace {

// Told of a lane's secrets while it is made, and hands them on to whoever wants to know once somebody has the lane.
class HeldBack {
 public:
  explicit HeldBack(Born to) : to_(std::move(to)) {}

  void Tell(const Secret& secret, std::string_view what) {
    const std::lock_guard lock(mutex_);
    if (!to_) return;
    if (open_) return to_(secret, what);
    held_.emplace_back(secret, std::string(what));
  }
  void Open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    for (const auto& [secret, what] : held_) to_(secret, what);
    held_.clear();
  }

 private:
  const Born to_;
  std::mutex mutex_;
  bool open_ = false;
  std::vector<std::pair<Secret, std::string>> held_;
};

}  // namespace

struct Lane::Made {
  std::string name;
  std::shared_ptr<HeldBack> secrets;
  std::unique_ptr<Environment> environment;
};

struct LanePool::Plan {
  Catalogue catalogue = {};
  std::vector<ComponentSpec> specs = {};
  std::map<std::string, Attachment> places = {};
};

Lane::Lane(LanePool& pool, std::unique_ptr<Made> made, bool was_ready)
    : pool_(&pool), made_(std::move(made)), was_ready_(was_ready) {}

Lane::Lane(Lane&& other) noexcept = default;

Lane::~Lane() {
  if (made_ != nullptr) pool_->GiveBack(std::move(made_));
}

const std::string& Lane::name() const { return made_->name; }
Environment& Lane::environment() const { return *made_->environment; }

LanePool::LanePool(const Environment& home, Launcher& launcher, LanePoolOptions options)
    : home_(home), launcher_(launcher), options_(std::move(options)) {}

LanePool::~LanePool() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  if (options_.home_ends_next) {
    for (LaneHome* able : home_.All<LaneHome>()) able->LeaveLanes();
  }
  if (thread_.joinable()) thread_.join();
  ready_.clear();
}

Result<LanePool::Plan> LanePool::PlanOf(const std::string& name) const {
  Plan plan;
  for (Component* component : home_.components()) {
    auto* const able = dynamic_cast<LaneHome*>(component);
    if (able == nullptr) return Error(ErrorKind::kRefused, component->name() + " holds no lanes");
    plan.catalogue.Add(TRY(able->LaneRecipe(name)));
    plan.specs.push_back({.name = component->name(), .recipe = plan.catalogue.recipes().back().name});
    plan.places[component->name()] = {.endpoint = component->endpoint()};
  }
  return plan;
}

Result<std::map<std::string, Facts>> LanePool::Promised() const {
  const Plan plan = TRY(PlanOf(std::string(kLanePrefix) + "any"));
  std::map<std::string, Facts> promised;
  for (const ComponentSpec& spec : plan.specs) {
    promised[spec.name] =
        TRY(plan.catalogue.Find(spec.recipe)->facts(spec.options, plan.places.at(spec.name).endpoint));
  }
  return promised;
}

Result<LanePool::MadeLane> LanePool::Make() {
  auto made = std::make_unique<Lane::Made>();
  made->name = std::string(kLanePrefix) + Hex(RandomBytes(4));
  made->secrets = std::make_shared<HeldBack>(options_.born);
  const Plan plan = TRY(PlanOf(made->name).While("make a lane"));
  const SigningKey key = keys_->Take();
  made->secrets->Tell(key.Pkcs8Pem(), "issuer.signing-key");
  EnvironmentOptions options;
  options.born = [secrets = made->secrets](const Secret& secret, std::string_view what) {
    secrets->Tell(secret, what);
  };
  options.attached = plan.places;
  options.ends_in_turn = true;
  made->environment =
      TRY(Environment::Start(plan.specs, plan.catalogue, launcher_, key, std::move(options)).While("make a lane"));
  std::string parts;
  for (const ComponentSpec& spec : plan.specs) {
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(made->environment->start_time(spec.name));
    parts += (parts.empty() ? "" : ", ") + spec.name + " " + std::to_string(took.count());
  }
  Log(LogLevel::kDebug, "lane-made", {{"lane", made->name}, {"parts_ms", parts}});
  return made;
}

void LanePool::Begin() {
  constexpr size_t kSpareKeys = 1;  // the next is there before anybody needs it: a lane takes longer than a key
  if (!keys_) keys_.emplace(kSpareKeys);
  if (!thread_.joinable()) thread_ = std::thread([this] { Work(); });
}

bool LanePool::WantsOneAhead() const { return !ending_ && ready_.size() < std::min(expected_, options_.most_ahead); }

void LanePool::Expect(size_t count) {
  if (count == 0) return;
  {
    const std::lock_guard lock(mutex_);
    expected_ += count;
    Begin();
  }
  changed_.notify_all();
}

void LanePool::ExpectNoMore() {
  const std::lock_guard lock(mutex_);
  expected_ = 0;
}

Result<Lane> LanePool::Take() {
  std::unique_lock lock(mutex_);
  Begin();
  if (expected_ > 0) --expected_;
  // What is under way is there sooner than what begins now.
  if (ready_.empty() && making_ && !awaited_) {
    awaited_ = true;
    changed_.wait(lock, [&] { return !ready_.empty() || !making_; });
    awaited_ = false;
  }
  while (!ready_.empty()) {
    MadeLane made = std::move(ready_.front());
    ready_.pop_front();
    lock.unlock();
    changed_.notify_all();
    if (made->environment->Check().ok()) {
      made->secrets->Open();
      return Lane(*this, std::move(made), true);
    }
    GiveBack(std::move(made));
    lock.lock();
  }
  lock.unlock();
  MadeLane made = TRY(Make());
  made->secrets->Open();
  return Lane(*this, std::move(made), false);
}

void LanePool::GiveBack(MadeLane made) {
  {
    const std::lock_guard lock(mutex_);
    leaving_.push_back(std::move(made));
  }
  changed_.notify_all();
}

void LanePool::Settle() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return !making_ && !removing_ && leaving_.empty() && !WantsOneAhead(); });
}

void LanePool::Work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return ending_ || WantsOneAhead() || !leaving_.empty(); });
    if (WantsOneAhead()) {
      making_ = true;
      lock.unlock();
      Result<MadeLane> made = Make();
      lock.lock();
      making_ = false;
      if (made.ok()) {
        ready_.push_back(std::move(made).value());
      } else {
        // Whoever wants one is told when they take it.
        expected_ = 0;
        Log(LogLevel::kWarning, "lane-not-made", {{"error", made.error().message()}});
      }
    } else if (!leaving_.empty()) {
      removing_ = true;
      MadeLane made = std::move(leaving_.front());
      leaving_.pop_front();
      lock.unlock();
      made = nullptr;
      lock.lock();
      removing_ = false;
    } else {
      return;
    }
    changed_.notify_all();
  }
}

}  // namespace iff
