// The processes of a target that has several.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "harness/launch/service.h"
#include "harness/launch/service_spec.h"
#include "harness/net/endpoint.h"

namespace iff {

// What stands in a spec for the credential a process is started with, until it is.
inline constexpr std::string_view kCredentialWord = "${credential}";

// One beside the first. Owns its process, which stops with it, and then its port.
struct Replica {
  std::optional<HeldPort> port = {};
  Endpoint endpoint = {};
  std::string audit = {};  // path of its audit file; "": it has none
  ServiceSpec spec = {};   // to start it anew
  std::optional<Service> service = {};
};

// Where a process of a target runs, and which of the replicas it is.
struct ProcessPlace {
  int64_t replica = 1;
  std::string directory = {};
  Endpoint endpoint = {};
};

}  // namespace iff
