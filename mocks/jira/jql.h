// A small real part of the Jira Query Language: clauses joined by AND, then ORDER BY.
//
//   project = DEMO AND assignee = currentUser() AND status != Done AND text ~ "canary" ORDER BY key
//   DESC
//
// https://support.atlassian.com/jira-software-cloud/docs/jql-fields/
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/core/result.h"

namespace iff {

struct JqlClause {
  std::string field = {};  // lower case; "key" for its aliases
  bool negated = false;
  bool contains = false;  // ~ instead of =
  // One for = and ~, any number for IN. currentUser() and EMPTY are kept as `function`.
  struct Value {
    std::string text = {};
    bool function = false;
  };
  std::vector<Value> values = {};
};

struct JqlOrder {
  std::string field = {};
  bool descending = false;
};

struct JqlQuery {
  std::vector<JqlClause> clauses = {};
  std::vector<JqlOrder> order = {};
};

// An empty text is every issue. The error's message is what Jira would answer.
Result<JqlQuery> ParseJql(std::string_view text);

}  // namespace iff
