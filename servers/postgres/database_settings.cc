#include "servers/postgres/database_settings.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "harness/core/log.h"

namespace iff {

SettingsPart DatabasePart(std::shared_ptr<DatabaseSettings> settings) {
  SettingsPart part;
  part.names = {"IFF_DATABASE_ADDR", "IFF_DATABASE_NAME", "IFF_DATABASE_SSLMODE",    "IFF_SQL_TIMEOUT_MS",
                "IFF_SQL_MAX_ROWS",  "IFF_SQL_MAX_BYTES", "IFF_SQL_IDLE_CONNECTIONS"};
  part.read = [settings = std::move(settings)](SettingsReader& reader) {
    DatabaseSettings& database = *settings;
    database.address = reader.Address("IFF_DATABASE_ADDR", reader.Needed("IFF_DATABASE_ADDR"));
    database.name = reader.Needed("IFF_DATABASE_NAME");
    const bool near = IsThisHost(database.address.host);
    database.sslmode = reader.Text("IFF_DATABASE_SSLMODE", near ? "disable" : "verify-full");
    constexpr std::array<std::string_view, 4> kModes = {"disable", "require", "verify-ca", "verify-full"};
    if (std::find(kModes.begin(), kModes.end(), database.sslmode) == kModes.end()) {
      reader.Mistake("IFF_DATABASE_SSLMODE must be disable, require, verify-ca or verify-full, not " +
                     LogQuote(database.sslmode));
    }
    database.statement_timeout = reader.Milliseconds("IFF_SQL_TIMEOUT_MS", database.statement_timeout);
    database.max_rows = reader.Count("IFF_SQL_MAX_ROWS", database.max_rows, 1, 1'000'000);
    database.max_bytes = reader.Count("IFF_SQL_MAX_BYTES", database.max_bytes, 1024, size_t{1} << 28);
    database.idle_connections = reader.Count("IFF_SQL_IDLE_CONNECTIONS", database.idle_connections, 0, 10'000);
  };
  return part;
}

}  // namespace iff
