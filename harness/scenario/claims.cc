#include "harness/scenario/claims.h"

#include <algorithm>
#include <set>

#include "harness/core/yaml.h"
#include "harness/scenario/clauses.h"

namespace iff {
namespace {

bool FitsAny(const std::string& pattern, const std::vector<Suite>& suites) {
  for (const Suite& suite : suites) {
    for (const Scenario& scenario : suite.scenarios) {
      const std::string place = scenario.id.substr(0, scenario.id.find('@'));
      for (const Step& step : scenario.steps) {
        const auto fits = [&](const Expectation& expectation) { return Selects(pattern, place, expectation.check); };
        if (std::any_of(step.expect.begin(), step.expect.end(), fits)) return true;
      }
    }
  }
  return false;
}

}  // namespace

Result<std::vector<RunClaim>> LoadClaims(const std::string& path) {
  const YamlFile file = TRY(YamlFile::Load(path));
  YamlReader reader(file);
  std::vector<RunClaim> claims;
  std::set<std::string> names;
  for (const std::string& at : reader.Items("")) {
    reader.Members(at, {"claim", "asks", "refuted", "served", "of", "shown_by", "but", "needs", "also"});
    RunClaim claim{.name = reader.Text(at + "/claim", true),
                   .asks = reader.Text(at + "/asks", true),
                   .refuted = reader.Text(at + "/refuted", true),
                   .served = reader.Flag(at + "/served"),
                   .of_tokens = reader.OneOf(at + "/of", {"tokens"}, false) == "tokens",
                   .but = reader.Texts(at + "/but"),
                   .needs = reader.Texts(at + "/needs"),
                   .also = reader.Texts(at + "/also")};
    for (const std::string& group : reader.Items(at + "/shown_by")) {
      claim.shown_by.push_back(reader.Texts(group));
      if (claim.shown_by.back().empty()) reader.Mistake(group, "no check is named that shows it");
    }
    if (claim.shown_by.empty()) reader.Mistake(at, "nothing shows this claim: it wants 'shown_by'");
    if (!names.insert(claim.name).second) reader.Mistake(at + "/claim", "made twice: " + claim.name);
    claims.push_back(std::move(claim));
  }
  if (!reader.mistakes().empty()) return Error(ErrorKind::kInvalidInput, reader.mistakes());
  return claims;
}

std::vector<std::string> IdlePatterns(const std::vector<RunClaim>& claims, const std::vector<Suite>& suites) {
  std::vector<std::string> idle;
  for (const RunClaim& claim : claims) {
    std::vector<std::string> patterns = claim.also;
    patterns.insert(patterns.end(), claim.but.begin(), claim.but.end());
    patterns.insert(patterns.end(), claim.needs.begin(), claim.needs.end());
    for (const auto& group : claim.shown_by) patterns.insert(patterns.end(), group.begin(), group.end());
    for (const std::string& pattern : patterns) {
      if (!FitsAny(pattern, suites)) idle.push_back(claim.name + ": " + pattern);
    }
  }
  return idle;
}

}  // namespace iff
