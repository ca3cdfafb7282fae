// GitHub over MCP: each caller's repositories and issues, with that caller's own token.
#pragma once

#include "servers/runtime/server_main.h"

namespace iff {

ServerDefinition GithubServer();

}  // namespace iff
