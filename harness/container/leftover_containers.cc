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
  std::map<std::string, LeftoverContainers> runs;
  const std::vector<ContainerSummary> containers = TRY(engine.List({{kProjectLabel, kProject}, {kRunLabel, ""}}));
  for (const ContainerSummary& container : containers) {
    const std::string run = container.labels.at(kRunLabel);
    if (IsOver(run)) runs[run].containers.push_back(container.id);
  }
  std::vector<LeftoverContainers> left;
  for (auto& [run, leftover] : runs) {
    leftover.run = run;
    leftover.networks = TRY(engine.ListNetworks({{kRunLabel, run}}));
    leftover.volumes = TRY(engine.ListVolumes({{kRunLabel, run}}));
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
