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
  std::map<std::string, std::string> shortcuts = {};  // "component.option" -> value, by an option of its own
  std::map<std::string, Json> overrides = {};
  std::string in = {};  // where programs run: "native", "docker", "auto"; "": as processes, or wherever what is up does
  std::string target_in = {};           // of the servers under test
  std::string attached = {};            // run, shell: the folder of a system that others start, as typed
  std::string system = {};              // a folder of systems/, or a file as typed; "": iff.yaml here, or the default
  std::string folder = {};              // of whoever typed the command; what is relative is relative to it
  std::string called = {};              // what they typed for this program, "../iff/iff"
  std::string search_path = {};         // their PATH; "": ours
  std::string output = {};              // directory of the reports, absolute
  std::string junit = {};               // a further copy of the JUnit file, absolute
  std::vector<std::string> forms = {};  // of the reports; empty: the usual ones
  std::string sarif = {};               // further copies of these, absolute
  std::string markdown = {};
  std::string otlp = {};                  // a file as typed, or an OpenTelemetry collector's address
  std::string events = {};                // "-" or a file, as typed: run writes what goes on there
  std::string baseline = {};              // an earlier run's folder or result.json, as typed
  std::vector<std::string> accepts = {};  // "CLAIM=REASON": run is green although nobody tried it
  int jobs = 4;
  bool fresh_targets = false;
  bool quiet = false;
  bool verbose = false;
  bool json = false;

  bool keep_on_failure = false;  // a prompt in the sandbox of what failed
  bool debug_server = false;     // wait for a debugger
  bool fresh = false;            // never use an environment that is up
  bool dry_run = false;          // clean: show only
  bool offline = false;
  int idle_seconds = 0;          // up: ends by itself after so long without a command; 0: never
  int rounds = 0;                // bench
  std::string path = {};         // report: a run's folder or result.json; replay: what to play again
  std::string as_scenario = {};  // replay: file for a scenario, absolute
  int seed = 0;                  // stress: of the order; run: of what is drawn by lot; 0: any
  bool until_fail = false;       // stress: the first failure ends it
  bool learn = false;            // replay: find out what changes by itself
};

}  // namespace iff
