// Published faults of software for MCP servers, by what a server says of itself: scenarios/published_faults.yaml.
#pragma once

#include <string>
#include <vector>

#include "harness/core/result.h"

namespace iff {

struct PublishedFault {
  std::string id = {};        // "CVE-2026-25536"
  std::string software = {};  // "the TypeScript SDK"
  std::string says = {};      // what is wrong, in a few words
  // Names under which it shows itself: in serverInfo, or before the slash of a Server field.
  std::vector<std::string> names = {};
  // A server whose author sets no version shows that of this library, and by this in its Server field it is likely one.
  std::string likely_behind = {};
  std::string since = {};  // the first version that has it; "": any before `fixed`
  std::string fixed = {};  // the first without it
  std::string source = {};
};
using PublishedFaults = std::vector<PublishedFault>;

// kInvalidInput, kSystem: as YamlFile::Load, and every mistake.
Result<PublishedFaults> LoadPublishedFaults(const std::string& root);

// What a server says of itself.
struct ToldVersion {
  std::string name = {};
  std::string version = {};
};
// In "uvicorn", "Werkzeug/3.0.1 Python/3.11": each part with a version.
std::vector<ToldVersion> VersionsIn(const std::string& field);

// By numbers, part by part; what follows a dash, a plus or a letter comes before the release of the same number.
bool Older(const std::string& one, const std::string& other);
// Both are versions of numbers and `version` lies within.
bool Affected(const PublishedFault& fault, const std::string& version);

}  // namespace iff
