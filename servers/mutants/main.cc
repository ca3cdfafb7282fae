// One broken server in a shipped one's place: iff-mutant NAME TARGET, or --list.
#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>

#include "servers/github/github.h"
#include "servers/jira/jira.h"
#include "servers/mutants/table.h"
#include "servers/postgres/postgres.h"

int main(int argc, char** argv) {
  using namespace iff;
  const std::vector<Mutant>& all = Mutants();
  if (argc == 2 && std::string_view(argv[1]) == "--list") {
    for (const Mutant& each : all) std::printf("%s\n", std::string(each.name).c_str());
    return 0;
  }
  const std::string_view target = argc == 3 ? argv[2] : "";
  if (target != "jira" && target != "github" && target != "postgres") {
    std::fprintf(stderr, "usage: iff-mutant NAME jira|github|postgres, or iff-mutant --list\n");
    return 64;
  }
  const auto found = std::find_if(all.begin(), all.end(), [&](const Mutant& each) { return each.name == argv[1]; });
  if (found == all.end()) {
    std::fprintf(stderr, "iff-mutant: no fault called '%s'; see iff-mutant --list\n", argv[1]);
    return 64;
  }
  ServerDefinition server = target == "jira" ? JiraServer() : target == "github" ? GithubServer() : PostgresServer();
  return RunServer(1, argv, std::move(server), found->seams());
}
