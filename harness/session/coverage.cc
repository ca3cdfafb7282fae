#include "harness/session/coverage.h"

#include <algorithm>
#include <map>
#include <utility>

#include "harness/core/yaml.h"
#include "harness/run/applies.h"
#include "harness/run/attacks.h"
#include "harness/scenario/claims.h"

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

Result<std::vector<HeldClaim>> HeldClaims(const System& system, const Places& places,
                                          const std::vector<std::string>& accepted) {
  std::vector<HeldClaim> held;
  std::vector<std::string> names;
  for (RunClaim& claim : TRY(LoadClaims(places.root + "/scenarios/claims.yaml"))) {
    names.push_back(claim.name);
    held.push_back({.claim = std::move(claim)});
  }
  const auto find = [&](const std::string& name, const std::string& where) -> Result<HeldClaim*> {
    const auto found =
        std::find_if(held.begin(), held.end(), [&](const HeldClaim& one) { return one.claim.name == name; });
    if (found != held.end()) return &*found;
    std::string all;
    for (const std::string& one : names) all += (all.empty() ? "" : ", ") + one;
    return Error(ErrorKind::kInvalidInput,
                 where + ": there is no claim '" + name + "'" + DidYouMean(name, names) + "; there is " + all);
  };
  const Means means;
  const ProbeSet probes;
  for (const auto& [name, target] : system.targets) {
    const std::string none = Surroundings{target, system, means, probes}.NoTokens();
    for (HeldClaim& one : held) {
      if (one.claim.of_tokens && !none.empty()) one.excused[name] = none;
    }
    for (const auto& [claim, because] : target.accepts) {
      TRY(find(claim, system.file + ": accepts of target " + name))->accepted[name] = because;
    }
  }
  for (const std::string& text : accepted) {
    const size_t sign = text.find('=');
    if (sign == std::string::npos || sign == 0 || sign + 1 == text.size()) {
      return Error(ErrorKind::kInvalidInput,
                   "--accept " + text + ": want NAME=REASON, like audience=\"the gateway checks it\"");
    }
    HeldClaim* const one = TRY(find(text.substr(0, sign), "--accept"));
    for (const auto& [name, target] : system.targets) one->accepted[name] = text.substr(sign + 1);
  }
  return held;
}

}  // namespace iff
