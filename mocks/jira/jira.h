// A mock of Jira Cloud's REST API, version 3: whose issues you see depends on whose token you
// present.
//
// Everybody with an account sees the projects DEMO and OPS, developers alone see OPS-3; each
// account has a project of its own, named by the person's tag, whose issue <TAG>-1 carries the
// canary.
#pragma once

#include <memory>

#include "mocks/server.h"

namespace iff {

std::unique_ptr<MockApi> MakeJira();

}  // namespace iff
