// What the process of a server shows to whoever else is on its machine.
#include <fstream>
#include <sstream>

#include "harness/core/scanner.h"
#include "harness/launch/proc.h"
#include "scenarios/probes/probes.h"

namespace iff {
namespace {

// A file of /proc. Nothing: it may not be read, or the process has ended.
std::optional<std::string> OfProcess(pid_t process, const char* file) {
  std::ifstream in("/proc/" + std::to_string(process) + "/" + file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) return std::nullopt;
  return text.str();
}

class ProcessWatch {
 public:
  explicit ProcessWatch(const Redactor& secrets) : scanner_(secrets) {}

  void Look(pid_t server) {
    std::vector<pid_t> processes = Descendants(server);
    processes.push_back(server);
    for (const pid_t process : processes) {
      const std::string whose =
          process == server ? "the server's" : "the server's child " + std::to_string(process) + "'s";
      if (const auto words = OfProcess(process, "cmdline")) Search(*words, whose + " arguments", arguments_);
      // What nobody but root may read is nobody else's to see.
      if (const auto words = OfProcess(process, "environ")) Search(*words, whose + " environment", environment_);
    }
    const std::string limits = OfProcess(server, "limits").value_or("");
    const size_t line = limits.find("Max core file size");
    std::istringstream numbers(line == std::string::npos ? "" : limits.substr(line + 18));
    numbers >> core_ >> most_core_;
  }

  ProbeOutcome Told() const {
    ProbeOutcome outcome;
    outcome.findings["arguments-hold-no-secret"] = Clean(arguments_);
    outcome.findings["environment-holds-no-secret"] = Clean(environment_);
    // The first alone is what many shells hand on; the second only a process sets that means it.
    outcome.findings["no-core-is-left"] = {
        .met = core_ == "0" && most_core_ == "0",
        .expected = "core files of 0 bytes, which it cannot change",
        .observed = core_.empty() ? "no limit that could be read" : core_ + ", at most " + most_core_};
    return outcome;
  }

 private:
  struct Seen {
    size_t looked_at = 0;
    std::string found = {};
    bool unfinished = false;
  };
  void Search(const std::string& text, const std::string& where, Seen& seen) const {
    ++seen.looked_at;
    const Sightings sightings = scanner_.Scan(text);
    seen.unfinished = seen.unfinished || sightings.unfinished;
    for (const Sighting& one : sightings.found) {
      const std::string what = one.alias + " in " + where;
      if (seen.found.find(what) == std::string::npos) seen.found += (seen.found.empty() ? "" : "; ") + what;
    }
  }
  static Finding Clean(const Seen& seen) {
    return {.met = seen.found.empty(),
            .expected = "no secret",
            .observed = seen.found.empty() ? "none, " + std::to_string(seen.looked_at) + " times" : seen.found,
            .could_not = seen.found.empty() && seen.unfinished ? kUnfinished : ""};
  }

  static constexpr const char* kUnfinished = "not observed: there is more than can be unpacked";
  Scanner scanner_;
  Seen arguments_ = {};
  Seen environment_ = {};
  std::string core_ = {};       // the limit of core files
  std::string most_core_ = {};  // and to what the process may raise it
};

Result<ProbeOutcome> PlayProcess(Sandbox& sandbox, const Json& arguments) {
  const std::string who = AtOr<std::string>(arguments, "/credential", "alice");
  if (sandbox.principals().FindCredential(who) == nullptr)
    return Error(ErrorKind::kInvalidInput, "process: no credential called " + who);
  const Service* service = sandbox.process().service();
  if (service == nullptr || service->pid() <= 0) {
    ProbeOutcome none;
    for (const char* finding : {"arguments-hold-no-secret", "environment-holds-no-secret", "no-core-is-left"}) {
      none.findings[finding] = {.inapplicable = sandbox.target().name + " runs where its process cannot be looked at"};
    }
    return none;
  }
  ProcessWatch watch(sandbox.context().redactor);
  const Json own = TRY(sandbox.client().CallParams({.operation = "read_own"}, who));
  for (int i = 0; i < 3; ++i) {
    const SendOutcome sent = sandbox.client().Send({.with = who}, "tools/call", own, "while its process is looked at");
    if (!sent.answer) return Error(ErrorKind::kUnavailable, sent.silence);
    for (const Service* replica : sandbox.process().services()) watch.Look(replica->pid());
  }
  return watch.Told();
}

}  // namespace

void AddProcessProbes(ProbeSet& probes) { probes["process"] = {PlayProcess, Aftermath::kAsTheyWere}; }

}  // namespace iff
