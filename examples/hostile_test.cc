// A server that does to whoever tests it what a server can do: nothing of it becomes a command, a setting or an order
// to a terminal or a page, and it costs its tester little more than a benign one.
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "examples/example_testing.h"
#include "harness/core/plain.h"

namespace iff {
namespace {

using std::chrono::milliseconds;

// What testing it took: MiB at most, of the environment that plays commands and of the commands themselves.
struct Cost {
  milliseconds time = {};
  int64_t played = 0;
  int64_t commands = 0;
};

class HostileServer : public testing::Test {
 public:
  // How far a way lets its tester come: nowhere, to a file by which nobody can be given anything of theirs, or all the
  // way.
  enum class Comes { kNowhere, kToAFile, kAllTheWay };

 protected:
  // What a command wrote for a terminal obeys nobody, and it ended as it should.
  void PlayCommand(const std::string& what, const std::set<int>& codes) {
    std::ofstream(folder_ / "typed") << "read_own\nlist\n";  // for the one that reads it
    const int code = Command(folder_.string(), what + " > said 2>&1 < typed");
    EXPECT_TRUE(codes.contains(code)) << what << " ended with " << code << ": " << Contents(folder_ / "said");
    ExpectPlain("said");
  }
  void ExpectPlain(const std::string& file) {
    const std::string text = Contents(folder_ / file);
    EXPECT_NE(text, "") << file;
    EXPECT_EQ(Plain(text, true), text) << file;
  }

  Cost Play(const std::string& ways, Comes comes) {
    std::error_code unknown;
    for (const char* made : {"iff.yaml", "out", "drawn", "merged"}) fs::remove_all(folder_ / made, unknown);
    const int process = ForgetMostMemory();
    const auto began = std::chrono::steady_clock::now();
    PlayCommand("init --launch 'python3 server.py' --env OWNED=" + Owned() + " --env WAYS=" + ways,
                {comes == Comes::kNowhere ? 2 : 0});
    EXPECT_EQ(fs::exists(folder_ / "iff.yaml"), comes != Comes::kNowhere);
    if (fs::exists(folder_ / "iff.yaml")) {
      ExpectHonestFile(ways, comes);
      PlayCommand("run --output out " + suites_, ways == "none" ? std::set<int>{0} : std::set<int>{1, 2});
      PlayCommand("report out --output drawn", {0});
      PlayCommand("merge out --output merged", {0, 1, 2});
      PlayCommand("judge out", {0, 1, 2});
      PlayCommand("shell --as alice", {0, 1, 2});
      ExpectHarmlessReports();
    }
    EXPECT_FALSE(fs::exists(Owned())) << "a command of the server's was executed";
    Cost cost{.time = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - began)};
    cost.played = MostMemory(process) >> 10;
    rusage commands = {};
    EXPECT_EQ(getrusage(RUSAGE_CHILDREN, &commands), 0);
    cost.commands = commands.ru_maxrss >> 10;
    std::printf("%-36s %6.1f s, %4lld MiB where it is played, %4lld MiB in any command so far\n", ways.c_str(),
                static_cast<double>(cost.time.count()) / 1000, static_cast<long long>(cost.played),
                static_cast<long long>(cost.commands));
    std::fflush(stdout);
    return cost;
  }

  // The file says what was given, one server, and nothing that the server would have it say.
  void ExpectHonestFile(const std::string& ways, Comes comes) {
    PlayCommand("lint", {0});
    const Result<System> system = LoadSystem((folder_ / "iff.yaml").string());
    ASSERT_TRUE(system.ok()) << system.error();
    EXPECT_EQ(FreshOption(folder_ / "iff.yaml", Programs() + "/../example-init/iff.yaml"), "")
        << "it asks for other components than a benign one";
    ASSERT_EQ(system->targets.size(), 1U);
    const TargetSpec& server = system->targets.begin()->second;
    EXPECT_EQ(server.command, (std::vector<std::string>{"sh", "-c", "cd \"${here}\" && exec python3 server.py"}));
    EXPECT_EQ(server.environment.at("WAYS"), ways);
    std::set<std::string> variables;
    for (const auto& [name, value] : server.environment) variables.insert(name);
    EXPECT_EQ(variables, (std::set<std::string>{"ISSUER", "OWNED", "PORT", "WAYS"}));
    for (const auto& [name, operation] : server.operations) {
      EXPECT_TRUE((std::set<std::string>{"create_note", "get_note", "list_notes", "whoami"}).contains(operation.tool))
          << name << ": " << Plain(operation.tool);
    }
    EXPECT_EQ(server.operations.contains("create"), comes == Comes::kAllTheWay);
  }

  void ExpectHarmlessReports() {
    for (const char* where : {"out", "drawn", "merged"}) {
      EXPECT_TRUE(ReadJson((folder_ / where / "result.json").string()).ok());
      for (const char* file : {"summary.md", "junit.xml"}) ExpectPlain(std::string(where) + "/" + file);
      const std::string page = Contents(folder_ / where / "report.html");
      EXPECT_NE(page, "");
      for (const char* harm : {"<script>alert", "\x1b", "href=\"javascript:", "src=\"http"}) {
        EXPECT_EQ(page.find(harm), std::string::npos) << where << ": " << Plain(harm);
      }
    }
  }

  std::string Owned() const { return (folder_ / "owned").string(); }

  // Of the environment that is kept up, where commands are played: its process, and what it had of memory is forgotten.
  int ForgetMostMemory() {
    EXPECT_EQ(Command(folder_.string(), "status --json > status"), 0);
    const Result<Json> status = ReadJson((folder_ / "status").string());
    const int process = status.ok() ? static_cast<int>(AtOr<int64_t>(*status, "/pid", 0)) : 0;
    std::ofstream out("/proc/" + std::to_string(process) + "/clear_refs");
    EXPECT_TRUE(out << "5" << std::flush) << "what it takes of memory cannot be measured";
    return process;
  }
  int64_t MostMemory(int process) {
    std::ifstream in("/proc/" + std::to_string(process) + "/status");
    for (std::string line; std::getline(in, line);) {
      int64_t kib = 0;
      if (line.starts_with("VmHWM:") && std::istringstream(line.substr(6)) >> kib) return kib;
    }
    ADD_FAILURE() << "the memory of the environment cannot be read";
    return 0;
  }

  const bool by_night_ = ByNight();
  const std::string suites_ =
      by_night_ ? "isolation/own-things cross_subject canaries offers protocol" : "isolation/own-things canaries";
  fs::path folder_ = FolderWith("examples/hostile/server.py");
};

struct Way {
  const char* ways;
  HostileServer::Comes comes;
};

// By day what is said everywhere, a bomb in every answer, and a stream without end; by night all.
TEST_F(HostileServer, DoesNothingToWhoTestsIt) {
  std::vector<Way> played = {{"names,answers,headers,log,ids", Comes::kAllTheWay},
                             {"bombs", Comes::kAllTheWay},
                             {"endless", Comes::kAllTheWay},
                             {"dies-at-start", Comes::kNowhere}};
  if (by_night_) {
    for (const char* ways : {"marks", "long", "deep", "wide", "pages", "nested", "bytes", "redirects", "dies"})
      played.push_back({ways, Comes::kAllTheWay});
    for (const char* ways : {"packed", "slow"}) played.push_back({ways, Comes::kToAFile});
    played.push_back({"controls", Comes::kNowhere});
  }
  const Cost benign = Play("none", Comes::kAllTheWay);
  for (const auto& [ways, comes] : played) {
    SCOPED_TRACE(ways);
    const Cost cost = Play(ways, comes);
    EXPECT_LT(cost.played - benign.played, 256);
    EXPECT_LT(cost.commands - benign.commands, 256);
    // Against hanging; what it really takes is printed.
    EXPECT_LT(cost.time, benign.time + std::chrono::seconds(90));
  }
  std::error_code unknown;
  fs::remove_all(folder_, unknown);
}

}  // namespace
}  // namespace iff
