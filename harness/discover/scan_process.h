// What can be said of a server that speaks over its own input and output, started once, for nobody.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "harness/discover/published_faults.h"
#include "harness/discover/scan.h"
#include "harness/launch/launcher.h"

namespace iff {

struct ProcessScan {
  std::string command = {};  // as typed
  std::string folder = {};   // it is started in
  std::map<std::string, std::string> environment = {};
  // Until it first answers: an interpreter with its libraries needs seconds. Default: 10 s.
  std::chrono::milliseconds starts_within = std::chrono::seconds(10);
  // And for all that is asked then. Default: 2 s.
  std::chrono::milliseconds within = std::chrono::seconds(2);
};

// What a process said.
struct ProcessAnswers {
  bool spoke = false;                        // it answered as MCP wants it
  std::string ended = {};                    // how, if it did before it spoke: "exit 3"
  std::string log = {};                      // the end of its standard error
  std::vector<std::string> noise = {};       // lines of its standard output that are no message
  Json welcome = nullptr;                    // its answer to initialize
  std::map<std::string, Json> answers = {};  // by method
};

// kSystem: it cannot be started at all.
Result<ProcessAnswers> AskProcess(Launcher& launcher, const ProcessScan& scan);
// Pure. What it said that has one of the shapes is told by the name of that alone.
ScanLines JudgeProcess(const ProcessAnswers& said, const PublishedFaults& faults, const SecretShapes& shapes);

// Names of environment variables in what a process says of why it does not start.
std::vector<std::string> VariablesNamedIn(const std::string& text);

}  // namespace iff
