#include "harness/session/launchers.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "harness/container/container_launcher.h"

namespace iff {
namespace {

// Programs are compiled again and again: an image made from earlier ones would test what nobody has any more.
Result<void> CheckPrograms(Engine& engine, const std::vector<PinnedImage>& images, const std::string& programs) {
  for (const PinnedImage& image : images) {
    if (image.made_of.empty()) continue;
    const std::optional<ImageSummary> there = TRY(engine.FindImage(image.local));
    if (!there) continue;  // that it is missing is told elsewhere
    const std::string now = TRY(FingerprintOf(programs, image.made_of));
    const auto then = there->labels.find(kProgramsLabel);
    if (then != there->labels.end() && then->second == now) continue;
    return Error(ErrorKind::kUnavailable, "image " + image.local + " holds other programs than " + programs +
                                              ": 'docker/local-images " + image.name + "' makes it anew");
  }
  return {};
}

struct Found {
  Endpoint engine = {};
  EngineVersion version = {};
  std::vector<PinnedImage> images = {};
  std::vector<ImageRule> rules = {};
};

// An engine that answers, and images that are not yesterday's.
Result<Found> FindUsable(const LauncherPlaces& places, const EngineSearch& search) {
  Found found;
  found.images = TRY(LoadImagesLock(places.lock_file));
  found.rules = RulesFor(found.images, places.held);
  found.engine = TRY(FindEngine(search));
  Engine engine(found.engine);
  found.version = TRY(engine.Version());
  TRY(CheckPrograms(engine, found.images, places.programs));
  return found;
}

Result<std::unique_ptr<ContainerLauncher>> StartContainers(const LauncherPlaces& places, const Found& found) {
  return ContainerLauncher::Start({.engine = found.engine,
                                   .rules = found.rules,
                                   .shared = places.shared,
                                   .stand_in = places.programs + "/iff-container",
                                   .processes = {.supervisor = places.programs + "/iff-supervisor"}});
}

Result<Launchers> Natively(const LauncherPlaces& places, const std::string& why) {
  Launchers launchers;
  launchers.owner =
      TRY(ProcessLauncher::Start({.supervisor = places.programs + "/iff-supervisor"}).While("start the supervisor"));
  launchers.components = launchers.targets = launchers.owner.get();
  if (!why.empty()) launchers.says = "natively, not in containers: " + why;
  return launchers;
}

}  // namespace

Result<Launchers> StartLaunchers(const LauncherWish& wish, const LauncherPlaces& places, const EngineSearch& search) {
  const bool automatic = wish.in == "auto";
  const bool targets = wish.target_in == "docker" || (wish.target_in.empty() && wish.in == "docker");
  if (!automatic && wish.in != "docker" && !targets) return Natively(places, "");
  // Whoever asked for containers is told why there are none; whoever left it to us, too, and gets processes.
  const bool may_go_without = automatic && wish.target_in != "docker";
  const Result<Found> found = FindUsable(places, search);
  if (!found.ok()) return may_go_without ? Natively(places, found.error().message()) : Result<Launchers>(found.error());
  Result<std::unique_ptr<ContainerLauncher>> started = StartContainers(places, *found);
  if (!started.ok()) {
    return may_go_without ? Natively(places, started.error().message()) : Result<Launchers>(started.error());
  }
  std::unique_ptr<ContainerLauncher> containers = std::move(started).value();
  Launchers launchers;
  const bool components_in = automatic || wish.in == "docker";
  launchers.targets_in_containers = targets || (automatic && wish.target_in.empty());
  launchers.components = components_in ? static_cast<Launcher*>(containers.get()) : &containers->processes();
  launchers.targets =
      launchers.targets_in_containers ? static_cast<Launcher*>(containers.get()) : &containers->processes();
  const std::string engine = found->version.title + " at " + AddressOf(found->engine);
  if (components_in) launchers.components_run = "container of " + found->version.title;
  launchers.says =
      components_in == launchers.targets_in_containers
          ? "in containers of " + engine
          : (components_in ? "components in containers of " + engine + ", servers under test as processes"
                           : "servers under test in containers of " + engine + ", components as processes");
  launchers.owner = std::move(containers);
  return launchers;
}

EngineFindings LookAtEngine(const LauncherPlaces& places, const EngineSearch& search) {
  const Result<Endpoint> endpoint = FindEngine(search);
  if (!endpoint.ok()) return {.says = endpoint.error().message()};
  Engine engine(*endpoint);
  const Result<EngineVersion> version = engine.Version();
  if (!version.ok()) return {.says = version.error().message()};
  EngineFindings findings{.says = version->title + " at " + AddressOf(*endpoint)};
  const Result<std::vector<PinnedImage>> images = LoadImagesLock(places.lock_file);
  if (!images.ok()) return {.says = findings.says + "; " + images.error().message()};
  // An image of what is not here either is nobody's mistake: whoever wants that product is told of it then.
  const auto needed = [&](const PinnedImage& image) {
    std::error_code unknown;
    return std::any_of(places.held.begin(), places.held.end(), [&](const NativePlace& place) {
      return image.holds.contains(place.holds) && !place.shared &&
             (place.always || std::filesystem::exists(place.directory, unknown));
    });
  };
  std::string missing;
  std::string without;
  for (const PinnedImage& image : *images) {
    const Result<std::optional<ImageSummary>> there = engine.FindImage(image.local);
    if (!there.ok()) return {.says = findings.says + "; " + there.error().message()};
    if (*there) continue;
    std::string& list = needed(image) ? missing : without;
    list += (list.empty() ? "" : ", ") + image.local;
  }
  if (!missing.empty()) {
    findings.says += "; missing images: " + missing + ": 'docker/local-images' makes them";
    return findings;
  }
  const Result<void> programs = CheckPrograms(engine, *images, places.programs);
  if (!programs.ok()) return {.says = findings.says + "; " + programs.error().message()};
  findings.usable = true;
  findings.says +=
      (without.empty() ? ", with all images" : ", without " + without + ", whose program is not here either") +
      std::string(": 'iff run --in docker' works");
  return findings;
}

}  // namespace iff
