// A mock as a component: its program is started, told about people, and asked for its ledger.
//
//   driver_registry.Add(MockDriver("mock-jira", "bin/iff-mock-jira"));
//
// What comes out is also a SubjectRegistry and a CallLedger. Options of the system file:
// {upstream: jira}, the accounts it knows people by.
#pragma once

#include <string>
#include <vector>

#include "harness/environment/component.h"

namespace iff {

// The service that a mock stands in for, as its driver declares it.
struct MockedService {
  // Parts of names of variables in which a server is told of it, for `iff init`. None: init never proposes it.
  std::vector<std::string> words = {};
  std::vector<SecretShape> secret_shapes = {};
  ClientFields client_fields = {};
};

Driver MockDriver(std::string name, std::string program, MockedService service = {});

}  // namespace iff
