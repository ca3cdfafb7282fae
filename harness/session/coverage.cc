#include "harness/session/coverage.h"

#include <map>
#include <utility>

#include "harness/run/attacks.h"

namespace iff {

Result<Coverage> CoverageOf(const std::vector<Suite>& suites, const Places& places) {
  std::vector<Clause> clauses = TRY(LoadClauses(places.root + "/scenarios/clauses.yaml"));
  std::map<std::string, std::string> of_attack;
  for (const Attack& attack : AllAttacks()) of_attack[attack.id] = attack.clause;
  return Cover(std::move(clauses), suites, of_attack);
}

std::vector<HeldClause> HeldClauses(const Coverage& coverage) {
  std::vector<HeldClause> held;
  held.reserve(coverage.clauses.size());
  for (const Clause& clause : coverage.clauses) {
    held.push_back({.source = clause.source,
                    .name = clause.name,
                    .says = clause.says,
                    .excluded = clause.excluded,
                    .checks = {clause.checks.begin(), clause.checks.end()}});
  }
  return held;
}

}  // namespace iff
