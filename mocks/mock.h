// A mock as a component: its program is started, told about people, and asked for its ledger.
//
//   catalogue.Add(MockRecipe("mock-jira", "bin/iff-mock-jira"));
//
// What comes out is also a SubjectRegistry and a CallLedger. Options of the system file:
// {upstream: jira}, the accounts it knows people by.
#pragma once

#include <string>
#include <vector>

#include "harness/environment/component.h"

namespace iff {

// `words`: parts of names of variables in which a server is told of the service it stands in for, for `iff init`.
Driver MockDriver(std::string name, std::string program, std::vector<std::string> words = {});

}  // namespace iff
