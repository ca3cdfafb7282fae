// The server alone, its issuer an address where nobody is: enough to see how it receives strangers.
#include <algorithm>
#include <fstream>
#include <memory>

#include "harness/discover/ask_server.h"
#include "harness/launch/launcher.h"

namespace iff {
namespace {

// What carries a credential is told of it, by its name; no port is held for it.
void TakeForStdio(ServerFacts& facts) {
  facts.transport = Transport::kStdio;
  bool carried = false;
  for (auto& [name, value] : facts.environment) {
    if (value.empty() && GuessCarriesCredential(name)) value = "${credential}";
    carried = carried || value.find("${credential}") != std::string::npos;
  }
  if (carried) return;
  facts.environment.emplace_back("ACCESS_TOKEN", "${credential}");
  facts.notes.emplace_back("no variable of its looks as if it said for whom it acts: ACCESS_TOKEN is a guess");
}

bool WantsCredential(const ServerFacts& facts) {
  return std::any_of(facts.environment.begin(), facts.environment.end(), [](const auto& one) {
    return one.second.empty() ? GuessCarriesCredential(one.first)
                              : one.second.find("${credential}") != std::string::npos;
  });
}

// kUnavailable: it ended, and its last words are in the message.
Result<void> LaunchOnce(const LaunchPlaces& places, ServerFacts& facts) {
  const std::unique_ptr<ProcessLauncher> launcher =
      TRY(ProcessLauncher::Start({.supervisor = places.programs + "/iff-supervisor"}).While("start the supervisor"));
  const HeldPort nobody = TRY(HeldPort::Acquire());
  const HeldPort port = TRY(HeldPort::Acquire());
  const std::string directory = TRY(launcher->MakeDirectory("server", ""));
  const std::string issuer = nobody.endpoint().Url("/realms/iff");
  std::map<std::string, Outputs> known;
  for (const char* fact : {"issuer", "jwks_url", "token_url", "introspection_url", "userinfo_url"}) {
    known[IssuerIn(facts.hints)][fact] = {.value = std::string(fact) == "issuer" ? issuer : issuer + "/" + fact};
  }
  const std::map<std::string, std::string> words = {{"port", std::to_string(port.port())},
                                                    {"directory", directory},
                                                    {"keys", directory + "/keys.json"},
                                                    {"key", "nobody"},
                                                    {"credential", "nobody"},
                                                    {"here", places.folder},
                                                    {"tools", places.cache + "/tools"}};
  ServiceSpec spec{.name = "server", .directory = directory, .pipes = true};
  const std::string line = TRY(Substitute("cd \"${here}\" && exec " + facts.command, known, words).While("--launch"));
  spec.argv = {"sh", "-c", line};
  for (const auto& [name, value] : facts.environment) {
    // What may be somebody's credential is somebody's: a server may not start without.
    if (value.empty() && GuessCarriesCredential(name)) spec.environment[name] = "nobody";
    if (!value.empty()) spec.environment[name] = TRY(Substitute(value, known, words).While("--env " + name));
  }
  if (!places.search_path.empty()) spec.environment.emplace("PATH", places.search_path);
  std::ofstream(directory + "/keys.json") << "{}";
  Service server = TRY(launcher->Launch(spec).While("launch the server"));
  const Result<Transport> transport = AskProcess(server, port.endpoint(), Deadline::In(std::chrono::seconds(20)));
  if (!transport.ok()) return transport.error();
  if (*transport == Transport::kStdio) {
    if (!facts.key_header.empty())
      return Error(ErrorKind::kInvalidInput,
                   "--key-header " + facts.key_header + ": the server speaks stdio, which has no headers");
    TakeForStdio(facts);
    return {};
  }
  TRY(AskAsNobody(port.endpoint(), facts).While("ask the server what it is"));
  SeeWhetherItTakesKeys(facts);
  return {};
}

}  // namespace

Result<void> LaunchAndAsk(const LaunchPlaces& places, ServerFacts& facts) {
  constexpr int kMostTries = 12;  // many programs name what they lack one by one
  for (int tried = 1;; ++tried) {
    const Result<void> asked = LaunchOnce(places, facts);
    if (asked.ok() || asked.error().kind() != ErrorKind::kUnavailable) return asked;
    if (tried < kMostTries && TakeWhatItLacks(asked.error().message(), facts)) continue;
    // Who starts it as somebody else than nobody will see: it may want to know at once whose process it is.
    if (WantsCredential(facts) && facts.key_header.empty()) {
      TakeForStdio(facts);
      return {};
    }
    return Error(ErrorKind::kUnavailable, "launch the server: " + asked.error().message() +
                                              "\nIf it lacks a setting: --env NAME=VALUE gives it one");
  }
}

}  // namespace iff
