// What to run: a program, its arguments, where it writes, how it is told to stop.
#pragma once

#include <chrono>
#include <csignal>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "harness/net/endpoint.h"

namespace iff {

class Attempt;

// How to know that a service is up. Every probe first asks whether the process still lives.
struct TcpOpen {
  Endpoint endpoint = {};
};
struct HttpOk {
  Endpoint endpoint = {};
  std::string target = "/";
  std::vector<int> statuses = {200};
};
struct LogLine {
  std::string contains = {};
};
// Ready at once; whoever starts it probes for itself.
struct Immediately {};
using Readiness = std::variant<Immediately, TcpOpen, HttpOk, LogLine>;

struct ServiceSpec {
  std::string name = {};               // for logs and messages
  std::vector<std::string> argv = {};  // argv[0] is an absolute path or found on PATH
  // The whole environment of the child besides PATH, HOME (= directory), LANG and TMPDIR: nothing is
  // inherited. Secrets do not belong here; hand them over in files of mode 0600.
  std::map<std::string, std::string> environment = {};
  // Working directory; made by the launcher inside its run directory when empty.
  std::string directory = {};
  // Run as this account when we are root (PostgreSQL refuses root). Default: as we are.
  std::string account = {};
  Readiness ready = Immediately{};
  std::chrono::milliseconds ready_within = std::chrono::seconds(30);
  // How it is asked to stop, and how long it may take before SIGKILL.
  int stop_signal = SIGTERM;
  std::chrono::milliseconds stop_within = std::chrono::seconds(5);
  // Connect its standard input and output to us: Service::ReadLine and WriteLine work.
  bool pipes = false;
  // What it is launched for and given up with. Default: nothing; its Service alone decides.
  std::shared_ptr<Attempt> attempt = nullptr;
};

}  // namespace iff
