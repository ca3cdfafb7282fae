#include "harness/run/look.h"

#include <utility>
#include <vector>

namespace iff {

Sightings LookInto(const Scanner& scanner, const McpAnswer& answer) {
  Sightings seen = scanner.Scan(answer.body);
  std::vector<std::string> names;
  std::vector<std::string> values;
  for (const auto& [name, value] : answer.headers.fields()) {
    values.push_back(value);
    names.push_back(name);
    const bool encoding = EqualsIgnoreCase(name, "Content-Encoding");
    if (encoding && value != "identity" && value != "gzip" && value != "x-gzip" && value != "deflate") {
      seen.opaque.push_back("a body in content encoding " + value);
    }
  }
  seen.Add(scanner.ScanPieces(names));
  seen.Add(scanner.ScanPieces(values));
  std::vector<Json> messages = answer.notifications;
  if (!answer.message.is_null()) messages.push_back(answer.message);
  seen.Add(scanner.ScanMessages(messages));
  if (answer.body.find("data:") != std::string::npos) {
    EventStreamParser parser;
    std::vector<std::string> events;
    for (ServerSentEvent& event : parser.Feed(answer.body)) events.push_back(std::move(event.data));
    seen.Add(scanner.ScanPieces(events));
  }
  return seen;
}

Sightings LookInto(const Scanner& scanner, const LedgerEntry& entry) {
  Sightings seen = scanner.ScanPieces({entry.target, entry.request});
  if (entry.cut) seen.opaque.push_back("the end of a long request");
  return seen;
}

Sightings LookInto(const Scanner& scanner, const AuditEntry& entry) {
  Sightings seen = scanner.ScanPieces({entry.path, Dump(entry.raw)});
  seen.Add(scanner.ScanMessages({entry.raw}));
  return seen;
}

Sightings LookInto(const Scanner& scanner, const Json& row) {
  Sightings seen = scanner.Scan(Dump(row));
  seen.Add(scanner.ScanMessages({row}));
  return seen;
}

std::string Described(const Sighting& sighting) {
  return sighting.how == "plain" ? sighting.alias : sighting.alias + " (" + sighting.how + ")";
}

}  // namespace iff
