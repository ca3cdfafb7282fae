// One mutant in a shipped server's place: iff-mutant NAME TARGET. 'iff-mutant --list' prints all of them as JSON, which
// is how the harness knows them.
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/json.h"
#include "servers/echo/echo.h"
#include "servers/github/github.h"
#include "servers/jira/jira.h"
#include "servers/mutants/mutant.h"
#include "servers/postgres/postgres.h"

namespace iff {
namespace {

std::vector<Family> Families() {
  return {AccessMutants(),    AnswerMutants(), AuditMutants(), CredentialMutants(), IntrospectionMutants(),
          KeyMutants(),       LeakMutants(),   LimitMutants(), ListenerMutants(),   OfferMutants(),
          OutageMutants(),    ProofMutants(),  ReuseMutants(), SessionMutants(),    ShareMutants(),
          SignatureMutants(), SqlMutants(),    SseMutants(),   SystemMutants(),     TokenMutants(),
          WireMutants()};
}

Json Listed(const std::vector<Family>& families) {
  Json all = Json::array();
  for (const Family& family : families) {
    for (const Mutant& mutant : family.mutants) {
      std::vector<std::string_view> suites = mutant.suites.empty() ? family.suites : mutant.suites;
      suites.insert(suites.end(), mutant.also.begin(), mutant.also.end());
      all.push_back({{"name", mutant.name},
                     {"family", family.name},
                     {"fault", mutant.fault},
                     {"targets", mutant.targets},
                     {"suites", suites},
                     {"sometimes", mutant.sometimes},
                     {"system", mutant.system},
                     {"reuses_targets", family.reuses_targets},
                     {"changes_server", mutant.hooks != nullptr}});
    }
  }
  return all;
}

}  // namespace
}  // namespace iff

int main(int argc, char** argv) {
  using namespace iff;
  std::vector<Family> families = Families();
  if (argc == 2 && std::string_view(argv[1]) == "--list") {
    std::printf("%s\n", DumpPretty(Listed(families)).c_str());
    return 0;
  }
  families.push_back(ReplicaMutants());
  const std::string_view target = argc == 3 ? argv[2] : "";
  if (target != "jira" && target != "github" && target != "postgres" && target != "echo") {
    std::fprintf(stderr, "usage: iff-mutant NAME jira|github|postgres|echo, or iff-mutant --list\n");
    return 64;
  }
  for (const Family& family : families) {
    for (const Mutant& mutant : family.mutants) {
      if (mutant.name != argv[1]) continue;
      Hooks hooks;
      if (mutant.hooks != nullptr) mutant.hooks(hooks);
      ServerDefinition server = target == "jira"     ? JiraServer()
                                : target == "github" ? GithubServer()
                                : target == "echo"   ? EchoServer()
                                                     : PostgresServer();
      return RunServer(1, argv, std::move(server), std::move(hooks));
    }
  }
  std::fprintf(stderr, "iff-mutant: no mutant called '%s'; see iff-mutant --list\n", argv[1]);
  return 64;
}
