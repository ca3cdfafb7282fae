#include <filesystem>
#include <map>

#include "harness/container/container_launcher.h"
#include "harness/container/container_order.h"
#include "harness/launch/run_directory.h"

namespace iff {
namespace {

bool IsOver(const std::string& run) {
  std::error_code failed;
  return !std::filesystem::exists(run, failed) || IsAbandonedRun(run);
}

}  // namespace

Result<std::vector<LeftoverContainers>> FindLeftoverContainers(Engine& engine) {
  const EngineLabels ours = {{kProjectLabel, kProject}, {kRunLabel, ""}};
  std::map<std::string, LeftoverContainers> runs;
  const std::vector<ContainerSummary> containers = TRY(engine.List(ours));
  const std::vector<NamedThing> networks = TRY(engine.ListNetworks(ours));
  const std::vector<NamedThing> volumes = TRY(engine.ListVolumes(ours));
  for (const ContainerSummary& container : containers) {
    runs[container.labels.at(kRunLabel)].containers.push_back(container.id);
  }
  // They may be all that is left of a run.
  for (const NamedThing& network : networks) runs[network.labels.at(kRunLabel)].networks.push_back(network.name);
  for (const NamedThing& volume : volumes) runs[volume.labels.at(kRunLabel)].volumes.push_back(volume.name);
  std::vector<LeftoverContainers> left;
  for (auto& [run, leftover] : runs) {
    if (!IsOver(run)) continue;
    leftover.run = run;
    left.push_back(std::move(leftover));
  }
  return left;
}

Result<void> Remove(Engine& engine, const LeftoverContainers& leftover) {
  for (const std::string& id : leftover.containers) TRY(engine.Remove(id));
  for (const std::string& name : leftover.networks) TRY(engine.RemoveNetwork(name));
  for (const std::string& name : leftover.volumes) TRY(engine.RemoveVolume(name));
  return {};
}

}  // namespace iff
