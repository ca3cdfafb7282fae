// What the launcher tells the program that stands in for one container: a file, because an environment may be long and
// arguments are seen by everybody.
#pragma once

#include <chrono>
#include <string>

#include "harness/core/json.h"
#include "harness/net/endpoint.h"

namespace iff {

// On every container, network and volume of ours.
inline constexpr const char* kProjectLabel = "iff.project";
inline constexpr const char* kProject = "iff";
inline constexpr const char* kRunLabel = "iff.run";  // its run directory, which is unique
inline constexpr const char* kServiceLabel = "iff.service";

struct ContainerOrder {
  Endpoint engine = {};
  std::string name = {};
  Json body = {};       // for the engine
  bool input = false;   // forward standard input
  int stop_signal = 0;  // the one after which it is removed in any case, in
  std::chrono::milliseconds stop_within = {};
  std::string failure_file = {};  // gets one line when the container could not be started
};

// What a container ends with that could not be started, as of `docker run`.
inline constexpr int kNotStarted = 125;

Result<void> WriteOrder(const ContainerOrder& order, const std::string& path);
Result<ContainerOrder> ReadOrder(const std::string& path);

}  // namespace iff
