// iff-load echo           the shipped runtime alone: authenticated tools/call on one core
//
// iff-load jira           the shipped Jira server with people whose credentials it keeps: what many cost beside one
//
// iff-load siege          one person's calls to that server, alone and beside the worst that others do at once
//
// iff-load url http://.../mcp   the load of `echo` on any MCP server that has the tool `echo`
//
// iff-load compare OLD    another build's iff-mcp-echo against the one beside this program: is ours slower?
//
// Prints a table, or with --json (but siege) a row each. Exit codes: 0 measured, 1 slower or larger than allowed, 2
// could not be, 64 bad usage.
#include <limits.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iostream>

#include "bench/load/compare_servers.h"
#include "bench/load/echo_stack.h"
#include "bench/load/row.h"
#include "bench/load/siege.h"
#include "bench/load/warm_measure.h"
#include "bench/load/wire.h"
#include "harness/mcp/protocol.h"

namespace iff {
namespace {

struct Wishes {
  std::string url = {};
  std::string token_file = {};
  bool stateless = false;
  bool session = false;
  std::vector<int> callers = {1, 64};
  std::vector<double> rates = {};
  std::vector<double> shares = {};
  int identities = 1;
  int workers = 1;
  int seconds = 2;
  int text = 300;
  int server_core = 0;
  int driver_core = -2;  // the last one
  int pid = 0;
  std::string program = {};
  bool json = false;
  bool memory = false;
  bool ahead = false;
  int quads = 100;
  int rounds = 7;
  std::vector<int> crowds = {1, 1000};
  std::vector<int> connections = {1, 1000};
  int warm_rounds = 5;
  double below = 64;
};

std::string OwnFolder() {
  char path[PATH_MAX] = {};
  const ssize_t size = readlink("/proc/self/exe", path, sizeof path - 1);
  const std::string whole(path, size > 0 ? static_cast<size_t>(size) : 0);
  return whole.substr(0, whole.rfind('/'));
}

Result<std::string> ReadToken(const std::string& file) {
  if (file.empty()) return std::string();
  std::ifstream in(file);
  std::string token;
  if (!(in >> token)) return Error(ErrorKind::kInvalidInput, "read " + file + ": no token in it");
  return token;
}

// Begins a session; what the server calls it.
Result<std::string> BeginSession(const Endpoint& endpoint, const std::string& path) {
  constexpr Revision kSpoken = Revision::k20250618;
  HttpClient client(endpoint);
  const Json params{{"protocolVersion", Name(kSpoken)},
                    {"capabilities", Json::object()},
                    {"clientInfo", {{"name", "iff-load"}, {"version", "1"}}}};
  const Deadline soon = Deadline::In(std::chrono::seconds(10));
  const HttpResponse answer =
      TRY(client.Send(McpRequest(kSpoken, path, "initialize", params, 1), soon).While("begin a session"));
  const std::string session = answer.headers.Get("Mcp-Session-Id");
  if (answer.status != 200 || session.empty()) {
    return Error(ErrorKind::kRefused, "begin a session: status " + std::to_string(answer.status) + " and " +
                                          (session.empty() ? "no session id" : "a session id"));
  }
  TRY(client.Send(McpNotification(kSpoken, path, "notifications/initialized", Json::object(), session), soon)
          .While("begin a session"));
  return session;
}

Result<void> Measure(const Wishes& wishes, LoadPlan plan, const std::string& what) {
  if (!wishes.json) std::printf("%s\n%s\n", kLegend, TableHead().c_str());
  std::string last;
  double peak = 0;
  const Ahead ahead(plan.server_pid, wishes.ahead);
  if (wishes.ahead && !ahead.done()) {
    return Error(ErrorKind::kRefused, "--ahead: the system lets nobody but root have a server run before all else");
  }
  const std::string where = "server on " +
                            (wishes.server_core < 0 ? "any core" : "core " + std::to_string(wishes.server_core)) +
                            (ahead.done() ? " before all else" : "") + ", driver on core " + std::to_string(plan.core);
  const auto once = [&](const std::string& how) -> Result<void> {
    RegimeWatch watch(where, false);
    LoadOutcome seen = TRY(Drive(plan));
    BenchRow row{.name = what,
                 .title = what + ": " + how,
                 .target = what,
                 .open = plan.rate > 0,
                 .callers = plan.callers,
                 .identities = wishes.identities,
                 .service = seen.samples.service,
                 .response = seen.samples.response,
                 .invalid = seen.Invalid(),
                 .regime = watch.End(seen.samples.Noise())};
    if (!row.open) peak = std::max(peak, seen.achieved);
    row.load = std::move(seen);
    std::printf("%s\n", wishes.json ? Dump(row.ToJson()).c_str() : TableLine(row).c_str());
    if (row.open && !wishes.json && MayBeTold(row.response.count(), 0.99)) {
      std::printf("    p99 is %.1f times p50\n",
                  static_cast<double>(row.response.Quantile(0.99)) /
                      static_cast<double>(std::max<int64_t>(1, row.response.Quantile(0.5))));
    }
    std::fflush(stdout);
    last = row.regime.Line();
    return {};
  };
  for (const int callers : wishes.callers) {
    plan.callers = callers;
    plan.rate = 0;
    TRY(once(std::to_string(callers) + " callers, closed"));
  }
  std::vector<double> rates = wishes.rates;
  for (const double share : wishes.shares) rates.push_back(std::max(1.0, std::floor(share * peak)));
  for (const double rate : rates) {
    plan.rate = rate;
    TRY(once(std::to_string(static_cast<int64_t>(rate)) + "/s offered, open"));
  }
  if (!wishes.json) std::printf("regime: %s\n", last.c_str());
  return {};
}

Result<void> Run(const Wishes& wishes) {
  LoadPlan plan;
  plan.duration = std::chrono::milliseconds(wishes.seconds * 1000);
  plan.core = wishes.driver_core;
  plan.awake = wishes.driver_core >= 0;
  if (!wishes.url.empty()) {
    const Url url = TRY(ParseUrl(wishes.url));
    const std::string token = TRY(ReadToken(wishes.token_file));
    plan.endpoint = url.endpoint;
    plan.server_pid = wishes.pid;
    HttpRequest request = EchoRequest(url.target, token, static_cast<size_t>(wishes.text), wishes.stateless);
    if (wishes.session) {
      std::string session = TRY(BeginSession(url.endpoint, url.target));
      request.headers.Set("Mcp-Session-Id", std::move(session));
    }
    plan.requests = {WireRequest(request, url.endpoint)};
    return Measure(wishes, plan, wishes.url);
  }
  const auto stack =
      TRY(EchoStack::Start({.program = wishes.program.empty() ? OwnFolder() + "/iff-mcp-echo" : wishes.program,
                            .supervisor = OwnFolder() + "/iff-supervisor",
                            .identities = wishes.identities,
                            .text = static_cast<size_t>(wishes.text),
                            .workers = wishes.workers,
                            .core = wishes.server_core}));
  plan.endpoint = stack->endpoint();
  plan.server_pid = stack->pid();
  plan.requests = stack->requests();
  TRY(Measure(wishes, plan, "echo, authenticated"));
  if (wishes.memory) std::printf("memory of the server: %.1f MiB\n", MemoryOf(stack->pid()).resident);
  return {};
}

// 1: a server took more memory than allowed.
Result<int> Warm(const Wishes& wishes) {
  const WarmPlan plan{.program = wishes.program.empty() ? OwnFolder() + "/iff-mcp-jira" : wishes.program,
                      .supervisor = OwnFolder() + "/iff-supervisor",
                      .identities = wishes.crowds,
                      .connections = wishes.connections,
                      .rounds = wishes.warm_rounds,
                      .duration = std::chrono::seconds(wishes.seconds),
                      .core = wishes.server_core,
                      .driver_core = wishes.driver_core};
  if (!wishes.json) std::printf("%s\n%s\n", kLegend, TableHead().c_str());
  std::string regime;
  const std::vector<WarmCell> cells = TRY(MeasureWarm(plan, [&](const BenchRow& row) {
    std::printf("%s\n", wishes.json ? Dump(row.ToJson()).c_str() : TableLine(row).c_str());
    std::fflush(stdout);
    regime = row.regime.Line();
  }));
  if (!wishes.json) {
    std::printf("regime: %s\n", regime.c_str());
    for (const std::string& line : TellWarm(cells)) std::printf("%s\n", line.c_str());
  }
  const std::string above = AboveMemory(cells, wishes.below);
  if (!above.empty()) std::fprintf(stderr, "iff-load: too much memory: %s\n", above.c_str());
  if (above.empty() && !wishes.json) std::printf("each server stayed below %.0f MiB\n", wishes.below);
  return above.empty() ? 0 : 1;
}

// 1: the neighbour waited too long, was refused, or the server took too much memory.
Result<int> Siege(const SiegePlan& plan, double times, double below) {
  const SiegeOutcome seen = TRY(MeasureSiege(plan, [](const std::string& what) {
    std::printf("%s\n", what.c_str());
    std::fflush(stdout);
  }));
  const auto told = [](const char* who, const LoadOutcome& calls) {
    const auto ms = [&](double quantile) {
      return static_cast<double>(calls.samples.response.Quantile(quantile)) / 1e3;  // from us
    };
    std::printf("%-8s %6lld answered, %lld not; p50 %.2f ms, p90 %.2f, p99 %.2f\n", who,
                static_cast<long long>(calls.answered), static_cast<long long>(calls.failed), ms(0.5), ms(0.9),
                ms(0.99));
  };
  told("alone", seen.alone);
  told("beside", seen.beside);
  if (!seen.beside.problem.empty()) std::printf("         the first that was not: %s\n", seen.beside.problem.c_str());
  std::printf("p99 is %.2f times what it is alone (%.1f allowed); the server took %.1f MiB at most (%.0f)\n",
              seen.Ratio(), times, seen.largest, below);
  std::printf(
      "others: %lld calls of the flood answered and %lld refused, %lld calls at a slow Jira at once, "
      "%lld connections of strangers, never fewer than %lld at once\n",
      static_cast<long long>(seen.flooded), static_cast<long long>(seen.flood_refused),
      static_cast<long long>(seen.most_at_jira), static_cast<long long>(seen.connected),
      static_cast<long long>(seen.least_open));
  for (const LoadOutcome* calls : {&seen.alone, &seen.beside}) {
    if (!calls->Invalid().empty()) std::printf("these figures say little: %s\n", calls->Invalid().c_str());
  }
  return seen.Ratio() <= times && seen.largest <= below && seen.beside.failed == 0 ? 0 : 1;
}

// A connection is a file to both sides; what is inherited may be few.
void AllowManyFiles() {
  rlimit files = {};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  (void)setrlimit(RLIMIT_NOFILE, &files);
}

// 1: something is slower than allowed; 2: something could not be asked.
Result<int> Compare(const Wishes& wishes, const std::string& before) {
  const std::vector<Finding> findings =
      TRY(CompareServers({.before = before,
                          .after = wishes.program.empty() ? OwnFolder() + "/iff-mcp-echo" : wishes.program,
                          .supervisor = OwnFolder() + "/iff-supervisor",
                          .quads = wishes.quads,
                          .rounds = wishes.rounds,
                          .core = wishes.server_core,
                          .driver_core = wishes.driver_core}));
  int code = 0;
  for (const Finding& finding : findings) {
    if (!finding.could_not.empty()) {
      std::printf("%-36s could not be asked: %s\n", finding.what.c_str(), finding.could_not.c_str());
      if (code == 0) code = 2;
      continue;
    }
    std::printf("%-36s %s; false alarms %.1f %% (%s)\n", finding.what.c_str(), Tell(finding.difference).c_str(),
                finding.false_alarms * 100, finding.how.c_str());
    if (finding.difference.worse()) code = 1;
  }
  return code;
}

int Main(int argc, char** argv) {
  signal(SIGPIPE, SIG_IGN);
  AllowManyFiles();
  Wishes wishes;
  CLI::App app("Offers load to an MCP server and says what became of it", "iff-load");
  app.require_subcommand(1);
  CLI::App* const echo = app.add_subcommand("echo", "the shipped runtime alone, with every door it has");
  echo->add_option("--program", wishes.program,
                   "another echo server of this runtime (default: the one beside this program)");
  echo->add_option("--identities", wishes.identities, "how many people call")->check(CLI::Range(1, 100'000));
  echo->add_option("--workers", wishes.workers, "threads of the server; with several choose --server-core -1")
      ->check(CLI::Range(1, 64));
  echo->add_flag("--memory", wishes.memory, "what the server holds afterwards");
  echo->add_flag("--ahead", wishes.ahead,
                 "the server runs before all else on its core, so that no quantile is a wait for it; needs root");
  CLI::App* const jira =
      app.add_subcommand("jira", "the shipped Jira server, its callers' credentials kept: many of them beside one");
  jira->add_option("--program", wishes.program,
                   "another Jira server of this runtime (default: the one beside this program)");
  jira->add_option("--identities", wishes.crowds,
                   "how many people call, each number in a server of its own (default: 1,1000)")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::Range(1, 4'000));
  jira->add_option("--connections", wishes.connections,
                   "closed model, each number in a server of its own (default: 1,1000)")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::Range(1, 4'000));
  jira->add_option("--rounds", wishes.warm_rounds, "of all of them, there and back again")->check(CLI::Range(1, 1000));
  jira->add_option("--below", wishes.below, "MiB no server may reach (default: 64)")->check(CLI::Range(1.0, 1e6));
  CLI::App* const siege = app.add_subcommand(
      "siege", "one person's calls to the Jira server alone, and beside the worst others do at once");
  SiegePlan besieged;
  double times = 3;
  double besieged_below = 128;
  int alone = static_cast<int>(besieged.alone.count());
  int beside = static_cast<int>(besieged.beside.count());
  siege->add_option("--program", wishes.program,
                    "another Jira server of this runtime (default: the one beside this program)");
  siege->add_option("--connections", besieged.connections, "of strangers (default: 2000)")->check(CLI::Range(1, 3'000));
  siege->add_option("--alone", alone, "seconds (default: 120)")->check(CLI::Range(1, 3'600));
  siege->add_option("--seconds", beside, "beside the others (default: 60)")->check(CLI::Range(1, 36'000));
  siege->add_option("--times", times, "what p99 alone may grow to (default: 3)")->check(CLI::Range(1.0, 1e6));
  siege->add_option("--below", besieged_below, "MiB the server may take (default: 128)")->check(CLI::Range(1.0, 1e6));
  CLI::App* const url = app.add_subcommand("url", "any MCP server that has the tool 'echo'");
  url->add_option("url", wishes.url)->required();
  url->add_option("--token-file", wishes.token_file, "a file with a bearer token");
  url->add_flag("--stateless", wishes.stateless, "speak revision 2026-07-28");
  url->add_flag("--session", wishes.session, "begin one first, and call in it");
  url->add_option("--pid", wishes.pid, "of the server, to count its processor time");
  CLI::App* const compare = app.add_subcommand("compare", "is this build slower than another one?");
  std::string before;
  compare->add_option("program", before, "iff-mcp-echo of the other build, an absolute path")
      ->required()
      ->check(CLI::ExistingFile);
  compare->add_option("--program", wishes.program, "instead of the one beside this program")->check(CLI::ExistingFile);
  compare->add_option("--quads", wishes.quads, "old, new, new, old in blocks of 40 ms")->check(CLI::Range(20, 10'000));
  compare->add_option("--rounds", wishes.rounds, "end to end")->check(CLI::Range(5, 1000));
  for (CLI::App* const command : {echo, jira, url}) {
    command->add_option("--seconds", wishes.seconds, "each row")->check(CLI::Range(1, 3600));
    command->add_option("--server-core", wishes.server_core, "-1: any");
    command->add_option("--driver-core", wishes.driver_core, "-1: any; default: the last one");
    command->add_flag("--json", wishes.json, "a JSON document a row");
  }
  for (CLI::App* const command : {echo, url}) {
    command->add_option("--callers", wishes.callers, "closed model, a row each")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->check(CLI::Range(1, 10'000));
    command->add_option("--rate", wishes.rates, "open model, a row each")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->check(CLI::Range(1.0, 1e6));
    command
        ->add_option("--share", wishes.shares,
                     "open model, a row each: this share of what the closed rows reached at best")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->check(CLI::Range(0.01, 2.0));
    command->add_option("--text", wishes.text, "bytes that are said and answered")->check(CLI::Range(1, 10'000));
  }
  try {  // CLI11 answers by throwing; it goes no further than this
    app.parse(argc, argv);
  } catch (const CLI::ParseError& answer) {
    return app.exit(answer) == 0 ? 0 : 64;
  }
  if (wishes.driver_core == -2) wishes.driver_core = static_cast<int>(std::thread::hardware_concurrency()) - 1;
  if (compare->parsed() || jira->parsed() || siege->parsed()) {
    besieged.program = wishes.program.empty() ? OwnFolder() + "/iff-mcp-jira" : wishes.program;
    besieged.supervisor = OwnFolder() + "/iff-supervisor";
    besieged.alone = std::chrono::seconds(alone);
    besieged.beside = std::chrono::seconds(beside);
    const Result<int> code = siege->parsed()  ? Siege(besieged, times, besieged_below)
                             : jira->parsed() ? Warm(wishes)
                                              : Compare(wishes, before);
    if (code.ok()) return *code;
    std::fprintf(stderr, "iff-load: %s\n", code.error().message().c_str());
    return 2;
  }
  const Result<void> done = Run(wishes);
  if (done.ok()) return 0;
  std::fprintf(stderr, "iff-load: %s\n", done.error().message().c_str());
  return done.error().kind() == ErrorKind::kInvalidInput ? 64 : 2;
}

}  // namespace
}  // namespace iff

int main(int argc, char** argv) { return iff::Main(argc, argv); }
