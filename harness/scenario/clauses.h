// The clauses a server is held to, and the checks that answer to each.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "harness/core/result.h"
#include "harness/scenario/scenario.h"

namespace iff {

struct Clause {
  std::string source = {};  // "RFC 6750, bearer tokens"
  std::string name = {};    // "RFC 6750 section 3"
  std::string says = {};
  std::string excluded = {};               // why no check answers to it, if so
  std::vector<std::string> patterns = {};  // "suite", "suite/scenario" or either with ":check"; * is any letters
  std::set<std::string> checks = {};       // "suite/scenario:check", without the target
};

// kInvalidInput with every mistake and its place.
Result<std::vector<Clause>> LoadClauses(const std::string& path);

struct Coverage {
  std::vector<Clause> clauses = {};          // in the order of the file, with their checks
  std::vector<std::string> unanswered = {};  // checks that answer to no clause
  std::vector<std::string> unknown = {};     // clauses that are named and not listed
  std::vector<std::string> empty = {};       // clauses with neither check nor exclusion
  std::vector<std::string> both = {};        // clauses with an exclusion and a check
  std::vector<std::string> idle = {};        // patterns no check fits
};
// `of_attack`: the clause each attack of the forge names.
Coverage Cover(std::vector<Clause> clauses, const std::vector<Suite>& suites,
               const std::map<std::string, std::string>& of_attack);

// The table as Markdown: each clause with the scenarios that answer to it and how many checks of each, or why none
// does.
std::string ClausesTable(const Coverage& coverage);

// Does the pattern of a clause or a claim select this check of "suite/scenario"?
bool Selects(const std::string& pattern, const std::string& scenario, const std::string& check);

// Does `text` fit `pattern`, in which * stands for any letters, none included?
bool Fits(const std::string& pattern, const std::string& text);

}  // namespace iff
