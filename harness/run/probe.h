// C++ steps for what data cannot say. A probe finds something out; the scenario's file says what is
// expected of each finding.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "harness/run/stage.h"

namespace iff {

struct ProbeOutcome {
  std::map<std::string, Finding> findings = {};
  std::vector<MatrixCell> matrix = {};
  // Texts to keep with the result by name, such as a file that shows the same again; masked like logs.
  std::map<std::string, std::string> attachments = {};
};

using Probe = std::function<Result<ProbeOutcome>(Stage& stage, const Json& arguments)>;
using ProbeSet = std::map<std::string, Probe>;

}  // namespace iff
