#include <spawn.h>

#include <array>
#include <csignal>
#include <string>

#include "servers/http/seams.h"

namespace iff {

Seams HandsTheSecretToAHelper() {
  Seams seams;
  seams.on_upstream_request = [](HttpRequest& request, const Caller&, const Credential&) {
    (void)::signal(SIGCHLD, SIG_IGN);
    std::string secret = request.headers.Get("Authorization");
    std::string variable = "HELPER_AUTHORIZATION=" + secret;
    std::string shell = "sh";
    std::string option = "-c";
    std::string script = "sleep 1; :";
    const std::array<char*, 5> arguments = {shell.data(), option.data(), script.data(), secret.data(), nullptr};
    const std::array<char*, 2> environment = {variable.data(), nullptr};
    pid_t child = 0;
    (void)::posix_spawn(&child, "/bin/sh", nullptr, nullptr, arguments.data(), environment.data());
  };
  return seams;
}

}  // namespace iff
