// GitHub over MCP: each caller's repositories and issues, with that caller's own token.
#pragma once

#include "servers/http/server_main.h"

namespace iff {

ServerDefinition GithubServer();

}  // namespace iff
