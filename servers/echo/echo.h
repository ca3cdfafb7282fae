// The smallest server of this runtime: the whole guard, one tool that says what it was told. What it costs is what
// the runtime costs.
#pragma once

#include "servers/http/server_main.h"

namespace iff {

ServerDefinition EchoServer();

}  // namespace iff
