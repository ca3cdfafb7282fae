// Every form a result can be drawn in. One table: what a run writes, what `iff report` draws again, what the tests go
// through.
#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "harness/run/result.h"

namespace iff {

struct Form {
  std::string_view name;  // "sarif"
  std::string_view file;  // "report.sarif"
  std::string_view told;  // for whom
  bool by_default;        // every run writes it
  void (*write)(const RunResult& run, std::ostream& out);
};

// The stored form comes first: every other one can be drawn again from it.
const std::vector<Form>& Forms();
const Form* FindForm(std::string_view name);  // nullptr: no such form
std::vector<std::string> DefaultForms();

}  // namespace iff
