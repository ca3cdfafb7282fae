// What every condition declares, each in files of its own: harness/conditions/<word>.h is its value, <word>.cc reads
// and describes it (files alone), <word>_judge.cc says where it applies and judges it (part of harness/run; values in,
// a value out). all.h names them all; a condition that lacks one of these does not compile.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/steps/reader.h"

namespace iff {

class Judging;        // harness/run/judging.h
struct Weighed;       // the same
struct Surroundings;  // harness/run/applies.h

// How a condition looks in a file: for the reader, the published schema and the documentation. Several values may share
// a word; one of them reads it.
struct ConditionWord {
  // A row of the table in docs/scenario-format.md.
  struct Row {
    std::string_view head;
    std::string_view holds;
  };
  std::string_view word;
  // The value beside the word, as JSON Schema.
  std::string_view schema;
  std::vector<Row> rows;  // words that belong together may share one
};

// What has to be looked at because of a condition, and what it is about: what the runner, the provisioning of gates and
// the report ask of it.
struct ConditionNeeds {
  bool refusal = false;                    // a refusal of the request meets it, and nothing else does
  bool counts = false;                     // components' resources are counted, before the first step and now
  std::vector<std::string> searches = {};  // places that are searched for secrets
  std::string finding = {};                // of the step's probe
};

}  // namespace iff
