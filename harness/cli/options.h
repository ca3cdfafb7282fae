// What the command line says, as values; parse.h reads it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "harness/core/json.h"

namespace iff {

// What many commands are told. What only one is told lives in that command's file.
struct Options {
  std::string command = {};  // "run", "up", ...
  std::vector<std::string> selectors = {};
  std::vector<std::string> targets = {};
  std::string mutant = {};
  std::string vault = {};  // product
  std::map<std::string, Json> overrides = {};
  std::string system = "vault-demo";
  std::string folder = {};  // of whoever typed the command; what is relative is relative to it
  std::string output = {};  // directory of the reports, absolute
  std::string junit = {};   // a further copy of the JUnit file, absolute
  int jobs = 2;
  bool quiet = false;
  bool verbose = false;
  bool json = false;
  bool keep_on_failure = false;  // a prompt on the stage of what failed
  bool debug_server = false;     // wait for a debugger
  bool fresh = false;    // never use an environment that is up
  bool dry_run = false;  // clean: show only
  bool offline = false;
  int idle_seconds = 0;  // up: ends by itself after so long without a command; 0: never
  int rounds = 0;        // bench
  std::string path = {};  // report: a run's folder or result.json
};

}  // namespace iff
