// Looks for registered secrets below the surface: encoded, compressed, in several layers, split over pieces.
//
//   Scanner scanner(redactor);
//   const Sightings seen = scanner.Scan(answer.body);
//   for (const Sighting& one : seen.found) ...    // {"alice.jira.canary", "base64 > gzip > plain"}
//
// What could not be looked into is told in `opaque`: a text without a find is clean only if that is empty.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/json.h"
#include "harness/core/redact.h"

namespace iff {

struct Sighting {
  std::string alias = {};
  std::string how = {};  // from the outside in; the last is as Redactor::Leak::encoding
  Redactor::Belonging belonging = {};
};

struct Sightings {
  std::vector<Sighting> found = {};      // each alias once
  std::vector<std::string> opaque = {};  // each reason once
  // Whether there was more than may be unpacked, which `opaque` says as well: for those who look for finds alone. That
  // nothing was found proves nothing then.
  bool unfinished = false;

  void Add(const Sightings& others);
};

struct ScannerOptions {
  // Layers that are unpacked. Default: 6; nobody packs more often by accident.
  int depth = 6;
  // Bytes all layers of what is searched in one call may have together, besides four times its own size; the work to
  // make them is bounded in proportion (UnpackBudget). Default: 2 MiB. A hundred answers
  // with a bomb each cost that a hundred times; an honest one rarely unpacks to more.
  size_t most = size_t{2} << 20;
};

class Scanner {
 public:
  // `secrets` outlives it.
  explicit Scanner(const Redactor& secrets, ScannerOptions options = {}) : secrets_(secrets), options_(options) {}

  Sightings Scan(std::string_view text) const;
  // Also finds what is split over pieces that follow each other.
  Sightings ScanPieces(const std::vector<std::string>& pieces) const;
  // Only finds (and whether it is unfinished), of what is split over values: neighbours, and those in the same place of
  // list elements and of messages. Each value itself is in the text the messages came in.
  Sightings ScanMessages(const std::vector<Json>& messages) const;

 private:
  const Redactor& secrets_;
  ScannerOptions options_;
};

}  // namespace iff
