#include <fstream>
#include <iostream>
#include <utility>

#include "mocks/server.h"

namespace iff {
namespace {

struct Arguments {
  std::string listen = {};
  std::string control_token_file = {};
};

Result<Arguments> ParseArguments(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view option = argv[i];
    if (option == "--listen") {
      arguments.listen = argv[i + 1];
    } else if (option == "--control-token-file") {
      arguments.control_token_file = argv[i + 1];
    } else {
      return Error(ErrorKind::kInvalidInput, "unknown option " + std::string(option));
    }
  }
  if (argc % 2 == 0 || arguments.listen.empty() || arguments.control_token_file.empty()) {
    return Error(ErrorKind::kInvalidInput, "usage: --listen HOST:PORT --control-token-file FILE");
  }
  return arguments;
}

Result<Secret> ReadToken(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line) || line.size() < 16) {
    return Error(ErrorKind::kInvalidInput, "read a control token of 16 characters or more from " + path);
  }
  return Secret(std::move(line));
}

Result<void> Run(int argc, char** argv, std::unique_ptr<MockApi> api) {
  const Arguments arguments = TRY(ParseArguments(argc, argv));
  const Url listen = TRY(ParseUrl("http://" + arguments.listen));
  Secret token = TRY(ReadToken(arguments.control_token_file));
  EventLoop loop;
  HttpServerOptions options;
  options.address = listen.endpoint.host;
  options.port = listen.endpoint.port;
  const std::string name = api->name();
  const auto server = TRY(MockServer::Start(loop, std::move(options), std::move(token), std::move(api)));
  loop.OnTermination([&loop](int) { loop.Stop(); });
  std::cerr << name << ": listening on " << server->endpoint().Authority() << std::endl;
  loop.Run();
  return {};
}

}  // namespace

int RunMock(int argc, char** argv, std::unique_ptr<MockApi> api) {
  const Result<void> outcome = Run(argc, argv, std::move(api));
  if (outcome.ok()) return 0;
  std::cerr << outcome.error() << std::endl;
  return outcome.error().kind() == ErrorKind::kInvalidInput ? 64 : 2;
}

}  // namespace iff
