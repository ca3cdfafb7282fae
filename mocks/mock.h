// A mock as a component: its program is started, told about people, and asked for its ledger.
//
//   catalogue.Add(MockRecipe("mock-jira", "bin/iff-mock-jira"));
//
// What comes out is also a SubjectRegistry and a CallLedger. Options of the system file:
// {upstream: jira}, the accounts it knows people by.
#pragma once

#include <string>

#include "harness/environment/component.h"

namespace iff {

Driver MockDriver(std::string name, std::string program);

}  // namespace iff
