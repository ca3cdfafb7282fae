// Which causes a run shows: as few known ones as explain what failed. Pure, and the same answer every time.
#pragma once

#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "harness/causes/catalogue.h"
#include "harness/run/result.h"

namespace iff {

// What was judged at one server, by check. A check that failed anywhere failed; what neither failed nor passed says
// nothing.
struct JudgedChecks {
  std::set<std::string> failed = {};
  std::set<std::string> passed = {};
};

struct GatheredCause {
  const Cause* cause = nullptr;         // of the catalogue, which outlives it
  std::set<std::string> explains = {};  // of what failed; no check is explained twice
};

// Gathers over one catalogue, whose checks it numbers once: thousands of patterns are compared by number.
class Gatherer {
 public:
  explicit Gatherer(const CauseCatalogue& catalogue);  // which outlives it and does not change

  // The heaviest first. A cause is among them only if what was judged of one of its patterns failed, all of it but one
  // in ten, and if nothing else explains the same as well: where two causes fit alike, neither is named.
  std::vector<GatheredCause> Gather(const JudgedChecks& judged) const;

 private:
  using Numbers = std::vector<size_t>;  // of checks, in the order of their names
  struct Numbered {
    std::vector<Numbers> patterns = {};
    Numbers shown_by = {};
    Numbers explained = {};  // where that shows it; empty where nothing does
    Numbers also = {};
  };
  struct Standings;

  Numbers NumbersOf(const std::set<std::string>& checks);
  Standings StandingsOf(const JudgedChecks& judged) const;

  const CauseCatalogue& catalogue_;
  std::unordered_map<std::string, size_t> number_of_ = {};
  std::vector<Numbered> causes_ = {};  // as in the catalogue
};

// Writes into `run` what the causes of its failures are, and which of them are accepted (`run.accepted`): what those
// explain is known. One that is accepted, was looked for and is not there is among the unexpected passes; one of a name
// no cause has is the run's error.
void NameCauses(const CauseCatalogue& catalogue, RunResult& run);

// What the causes of each target are, the heaviest first. Empty for one shard of a run: the merged run tells. A cause
// that explains known failures alone is left out.
std::vector<NamedCause> CausesOf(const CauseCatalogue& catalogue, const RunResult& run);

}  // namespace iff
