#include "bench/load/warm_measure.h"

#include <algorithm>
#include <numeric>

#include "bench/load/warm_stack.h"

namespace iff {
namespace {

struct Crowded {
  WarmCell cell = {};
  std::unique_ptr<WarmStack> stack = {};
};

Result<BenchRow> MeasureOnce(const WarmPlan& plan, const Crowded& one, const WarmWorld& world) {
  const int identities = one.cell.identities;
  const int connections = one.cell.connections;
  LoadPlan load;
  load.endpoint = one.stack->endpoint();
  load.requests = one.stack->requests();
  load.callers = connections;
  load.duration = plan.duration;
  load.patience = std::chrono::seconds(60);
  load.server_pid = one.stack->pid();
  load.core = plan.driver_core;  // the stand-ins have it too, so it sleeps where it can
  const int fetched = world.fetches();
  RegimeWatch watch("server on core " + std::to_string(plan.core) + ", driver and stand-ins on core " +
                        std::to_string(plan.driver_core),
                    false);
  LoadOutcome seen = TRY(Drive(load));
  BenchRow row{.name = "warm-" + std::to_string(identities) + "-" + std::to_string(connections),
               .title = std::to_string(identities) + (identities == 1 ? " identity, " : " identities, ") +
                        std::to_string(connections) + (connections == 1 ? " connection" : " connections"),
               .target = "jira",
               .callers = connections,
               .identities = identities,
               .service = seen.samples.service,
               .response = seen.samples.response,
               .invalid = seen.Invalid(),
               .regime = watch.End(seen.samples.Noise())};
  if (seen.failed > 0) return Error(ErrorKind::kRefused, row.title + ": a call failed: " + seen.problem);
  if (seen.answered == 0) {
    return Error(ErrorKind::kTimeout, row.title + ": no call was begun and answered within " +
                                          std::to_string(plan.duration.count()) +
                                          " ms: others had the processors; measure longer, or when less is going on");
  }
  if (seen.server_us <= 0 || !seen.memory.known()) {
    return Error(ErrorKind::kSystem, row.title + ": processor time and memory of the server cannot be read");
  }
  if (world.fetches() != fetched) {
    return Error(ErrorKind::kRefused,
                 row.title + ": " + std::to_string(world.fetches() - fetched) +
                     " exchanges, logins and reads while it was measured: the credentials were not warm");
  }
  row.load = std::move(seen);
  return row;
}

}  // namespace

Result<std::vector<WarmCell>> MeasureWarm(const WarmPlan& plan, const std::function<void(const BenchRow&)>& tell) {
  WarmWorld world(*std::max_element(plan.identities.begin(), plan.identities.end()), plan.driver_core);
  std::vector<Crowded> all;
  for (const int identities : plan.identities) {
    for (const int connections : plan.connections) {
      Crowded one;
      one.cell = {.identities = identities, .connections = connections};
      one.stack = TRY(WarmStack::Start(world, {.program = plan.program,
                                               .supervisor = plan.supervisor,
                                               .core = plan.core,
                                               .identities = identities,
                                               .environment = plan.environment}));
      all.push_back(std::move(one));
    }
  }
  std::vector<size_t> order(all.size());
  std::iota(order.begin(), order.end(), size_t{0});
  for (int round = 0; round < plan.rounds; ++round) {
    for (const size_t index : order) {
      Crowded& one = all[index];
      Result<BenchRow> measured = MeasureOnce(plan, one, world);
      // On a machine that is busy with other things it may take more than one go.
      for (int again = 0; again < 5 && !measured.ok() && measured.error().kind() == ErrorKind::kTimeout; ++again) {
        measured = MeasureOnce(plan, one, world);
      }
      const BenchRow row = TRY(std::move(measured));
      one.cell.cpu_us.push_back(row.load->server_us);
      one.cell.memory = row.load->memory;
      tell(row);
    }
    std::reverse(order.begin(), order.end());
  }
  std::vector<WarmCell> cells;
  for (Crowded& one : all) cells.push_back(std::move(one.cell));
  return cells;
}

}  // namespace iff
