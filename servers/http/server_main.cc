#include "servers/http/server_main.h"

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <memory>
#include <sstream>
#include <thread>
#include <utility>

#include "harness/core/log.h"
#include "servers/guard/audit_file.h"
#include "servers/guard/refused_strangers.h"
#include "servers/http/worker.h"

namespace iff {
namespace {

constexpr int kExitUsage = 64;
constexpr int kExitNotStarted = 2;

struct Arguments {
  std::string config_file = {};
  bool stdio = false;
  bool help = false;
  bool version = false;
};

Result<Arguments> ParseArguments(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument(argv[i]);
    if (argument == "--stdio") {
      arguments.stdio = true;
    } else if (argument == "--help") {
      arguments.help = true;
    } else if (argument == "--version") {
      arguments.version = true;
    } else if (argument == "--config" && i + 1 < argc) {
      arguments.config_file = argv[++i];
    } else {
      return Error(ErrorKind::kInvalidInput, "read the command line: unexpected " + LogQuote(argument));
    }
  }
  return arguments;
}

// Environment over file. A file with an unknown setting is refused; the environment is shared with others.
Result<Settings> ReadSettings(const Arguments& arguments, const std::vector<SettingsPart>& parts) {
  Settings settings;
  if (!arguments.config_file.empty()) {
    std::ifstream file(arguments.config_file);
    if (!file) return SystemError("open " + arguments.config_file, errno);
    std::ostringstream text;
    text << file.rdbuf();
    settings = TRY(ParseSettings(text.str()));
    for (const auto& [name, value] : settings) {
      if (IsSetting(name, parts)) continue;
      return Error(ErrorKind::kInvalidInput, "read the configuration file: unknown setting " + LogQuote(name));
    }
  }
  for (auto& [name, value] : EnvironmentSettings()) {
    if (IsSetting(name, parts)) {
      settings[name] = value;
    } else {
      Log(LogLevel::kWarning, "unknown-setting-ignored", {{"name", name}});
    }
  }
  return settings;
}

Result<Config> Configure(const Arguments& arguments, const ServerDefinition& definition, const Hooks& hooks) {
  std::vector<SettingsPart> parts = definition.settings;
  for (const SourceDefinition& source : definition.sources) parts.push_back(source.settings);
  Settings settings = TRY(ReadSettings(arguments, parts));
  if (hooks.adjust_settings) hooks.adjust_settings(settings);
  return LoadConfig(settings, parts, arguments.stdio);
}

// All workers, from start to end.
class Server {
 public:
  Server(Config config, ServerDefinition definition, Hooks hooks) : config_(std::move(config)) {
    parts_.definition = std::move(definition);
    parts_.hooks = std::move(hooks);
  }

  Result<void> Start() {
    AuditFileOptions trail;
    trail.path = config_.audit_file;
    trail.fsync = config_.audit_fsync;
    parts_.audit = TRY(OpenAuditFile(trail, parts_.clock));
    parts_.audit = CountRefusedStrangers(std::move(parts_.audit));
    if (config_.workers > 1) parts_.audit = OneAfterTheOther(std::move(parts_.audit));
    for (size_t i = 0; i < config_.workers; ++i) {
      parts_.loops.push_back(std::make_unique<EventLoop>());
      parts_.workers.push_back(std::make_unique<Worker>(parts_, i, config_));
      TRY(parts_.workers.back()->Start());
    }
    parts_.loops.front()->OnTermination([this](int) { BeginShutdown(); });
    if (!config_.stdio) return {};
    const Secret token = TRY(ReadSecretFile(config_.token_file).While("read IFF_MCP_TOKEN_FILE"));
    parts_.loops.front()->Post([this, token] { parts_.workers.front()->Converse(token, [this] { BeginShutdown(); }); });
    return {};
  }

  void Run() {
    std::vector<std::thread> others;
    for (size_t i = 1; i < parts_.loops.size(); ++i)
      others.emplace_back([loop = parts_.loops[i].get()] { loop->Run(); });
    parts_.loops.front()->Run();
    for (std::thread& other : others) other.join();
  }

 private:
  // Refuse what is new, finish what runs, give back what was taken, end: each when every worker has done the one
  // before, for they work for each other's connections.
  void BeginShutdown() {
    if (std::exchange(ending_, true)) return;
    Log(LogLevel::kInfo, "shutting-down");
    Everybody(&Worker::Drain, [this] {
      Everybody(&Worker::GiveBack, [this] {
        for (const std::unique_ptr<EventLoop>& loop : parts_.loops) loop->Stop();
      });
    });
  }

  // Has each worker do `what` on its thread; `then` is called once, by the last to be done.
  void Everybody(void (Worker::*what)(std::function<void()>), const std::function<void()>& then) {
    const auto left = std::make_shared<std::atomic<size_t>>(parts_.workers.size());
    for (size_t i = 0; i < parts_.workers.size(); ++i) {
      parts_.loops[i]->Post([worker = parts_.workers[i].get(), what, left, then] {
        (worker->*what)([left, then] {
          if (--*left == 0) then();
        });
      });
    }
  }

  Config config_;
  ServerParts parts_;
  bool ending_ = false;
};

}  // namespace

CredentialSource& ServerContext::Source(const std::string& target) const {
  const auto found = sources.find(target);
  Invariant(found != sources.end(), "the definition has a source for each target its tools name");
  return *found->second;
}

int RunServer(int argc, char** argv, ServerDefinition definition, Hooks hooks) {
  if (hooks.protect_memory) hooks.protect_memory();
  RaiseDescriptorLimit();
  (void)::signal(SIGPIPE, SIG_IGN);
  const std::string program = definition.program;
  const Result<Arguments> arguments = ParseArguments(argc, argv);
  if (!arguments.ok() || arguments.value().help) {
    if (!arguments.ok()) std::fprintf(stderr, "%s: %s\n", program.c_str(), arguments.error().message().c_str());
    std::fprintf(stderr, "usage: %s [--config FILE] [--stdio] [--version]\n", program.c_str());
    return arguments.ok() ? 0 : kExitUsage;
  }
  if (arguments.value().version) {
    std::printf("%s %s\n", program.c_str(), kServerVersion);
    return 0;
  }
  Result<Config> config = Configure(arguments.value(), definition, hooks);
  if (!config.ok()) {
    std::fprintf(stderr, "%s: %s\n", program.c_str(), config.error().message().c_str());
    return kExitUsage;
  }
  SetLogLevel(config.value().log_level);
  if (hooks.adjust_config) hooks.adjust_config(config.value());
  Server server(std::move(config).value(), std::move(definition), std::move(hooks));
  const Result<void> started = server.Start();
  if (!started.ok()) {
    std::fprintf(stderr, "%s: %s\n", program.c_str(), started.error().message().c_str());
    return kExitNotStarted;
  }
  server.Run();
  Log(LogLevel::kInfo, "ended");
  return 0;
}

}  // namespace iff
