// Where the programs of a run run: as processes of this machine, or as containers of an engine.
//
//   --in docker                       everything in containers
//   --in docker --target-in native    the servers under test beside the containers
//   --target-in docker                the other way round
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "harness/container/engine.h"
#include "harness/container/images.h"
#include "harness/core/result.h"
#include "harness/launch/launcher.h"

namespace iff {

struct LauncherWish {
  std::string in = {};         // "native", "docker" or "auto"; "" is "native"
  std::string target_in = {};  // of the servers under test: "native", "docker"; "" is as the rest
};

// What it needs to know of this project's files.
struct LauncherPlaces {
  std::string lock_file = {};            // docker/images.lock.json
  std::string programs = {};             // build/<preset>/bin
  std::vector<NativePlace> held = {};    // what lies where
  std::vector<std::string> shared = {};  // what containers see at the same path
};

struct Launchers {
  std::unique_ptr<Launcher> owner = {};
  Launcher* components = nullptr;  // both are the owner's
  Launcher* targets = nullptr;
  std::string components_run = "native process";  // for the result
  bool targets_in_containers = false;
  std::string says = {};  // what was taken, where that was left to us or is not the usual
};

// kInvalidInput: a DOCKER_HOST that is none; kUnavailable, kSystem: what is wrong with the engine or its images.
Result<Launchers> StartLaunchers(const LauncherWish& wish, const LauncherPlaces& places, const EngineSearch& search);

// What 'iff doctor' tells of the engine: one line. Asks it, if there is one, and looks for the images.
struct EngineFindings {
  bool usable = false;
  std::string says = {};
};
EngineFindings LookAtEngine(const LauncherPlaces& places, const EngineSearch& search);

}  // namespace iff
