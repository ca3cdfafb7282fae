// Jira Cloud over MCP: each caller's issues, read and made with that caller's own API token.
#pragma once

#include "servers/http/server_main.h"

namespace iff {

ServerDefinition JiraServer();

}  // namespace iff
