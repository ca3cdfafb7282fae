#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "harness/net/endpoint.h"
#include "servers/settings/settings.h"

namespace iff {

struct DatabaseSettings {
  Endpoint address = {};                                                  // IFF_DATABASE_ADDR
  std::string name = {};                                                  // IFF_DATABASE_NAME
  std::string sslmode = "disable";                                        // IFF_DATABASE_SSLMODE
  std::chrono::milliseconds statement_timeout = std::chrono::seconds(5);  // IFF_SQL_TIMEOUT_MS
  size_t max_rows = 1000;                                                 // IFF_SQL_MAX_ROWS
  size_t max_bytes = size_t{1} << 20;                                     // IFF_SQL_MAX_BYTES
  size_t idle_connections = 50;  // IFF_SQL_IDLE_CONNECTIONS, of all principals and workers together
};

// Reads `settings`, which whoever makes the tools holds as well.
SettingsPart DatabasePart(std::shared_ptr<DatabaseSettings> settings);

}  // namespace iff
