// PostgreSQL over MCP: each caller under a dynamic role of its own, leased from Vault.
#pragma once

#include "servers/http/server_main.h"

namespace iff {

ServerDefinition PostgresServer();

}  // namespace iff
