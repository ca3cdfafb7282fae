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

// How a condition looks in a file: for the reader, the published schema, the documentation, `iff explain` and the
// tests. Several values may share a word; one of them reads it. What is left out does not compile, or a test asks
// for it by name.
struct ConditionWord {
  // A row of the table in docs/scenario-format.md.
  struct Row {
    std::string_view head;
    std::string_view holds;
  };
  // Without a default: there is none that would be right.
  struct YesOrNo {
    YesOrNo(bool is) : yes(is) {}
    bool yes;
  };
  std::string_view word;
  // The value beside the word, as JSON Schema.
  std::string_view schema;
  std::vector<Row> rows;  // words that belong together may share one
  // What stands beside the word in a check, for each value and each way it is judged one: tests read and judge them,
  // with somebody for PERSONA and something for COMPONENT.
  std::vector<std::string_view> examples;
  // Whether it is met by the answer: then, without one, it is what Judging::Silent says, and a test asks for that.
  YesOrNo on_answer;
  // For whoever meets it for the first time, in plain sentences: what is so where it is met; what to do where it is
  // not.
  std::string_view means;
  std::string_view fix;
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
