// The composition root: the only place that names fixtures and mocks.
#include <limits.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "bench/latency/latency.h"
#include "fixtures/keycloak/keycloak.h"
#include "fixtures/postgres/postgres.h"
#include "fixtures/vault/vault.h"
#include "harness/cli/carry.h"
#include "harness/cli/parse.h"
#include "mocks/mock.h"
#include "scenarios/probes/probes.h"

namespace {

std::atomic<bool> interrupted = false;

// The first signal ends the run in order; the second ends it at once, and the supervisor cleans up.
void OnSignal(int) {
  if (interrupted.exchange(true)) _exit(130);
}

std::string Variable(const char* name, const std::string& fallback) {
  const char* value = std::getenv(name);
  return value == nullptr || *value == '\0' ? fallback : value;
}

std::string OwnFolder() {
  char path[PATH_MAX] = {};
  const ssize_t size = readlink("/proc/self/exe", path, sizeof path - 1);
  const std::string whole(path, size > 0 ? static_cast<size_t>(size) : 0);
  return whole.substr(0, whole.rfind('/'));
}

iff::Places FindPlaces() {
  const std::string programs = OwnFolder();
  const std::string built_in = programs + "/../../..";  // build/<preset>/bin
  char resolved[PATH_MAX] = {};
  const std::string root = realpath(built_in.c_str(), resolved) == nullptr ? "." : resolved;
  const std::string home = Variable("HOME", "/root");
  return {.root = Variable("IFF_ROOT", root),
          .cache = Variable("IFF_CACHE", Variable("XDG_CACHE_HOME", home + "/.cache") + "/iff"),
          .programs = programs};
}

iff::Catalogue MakeCatalogue(const iff::Places& places) {
  const std::string components = places.cache + "/components";
  iff::Catalogue catalogue;
  catalogue.Add(iff::KeycloakRecipe({
      .home = Variable("IFF_KEYCLOAK_HOME", components + "/keycloak-26.7.4"),
      .java = Variable("IFF_JAVA", components + "/jdk-25/bin/java"),
  }));
  catalogue.Add(iff::VaultRecipe({
      .openbao = Variable("IFF_BAO", components + "/openbao-2.4.0/bao"),
      .hashicorp = Variable("IFF_VAULT", components + "/vault-1.21.1/vault"),
      .hashicorp_plugins = Variable("IFF_VAULT_PLUGINS", components + "/vault-1.21.1/plugins"),
  }));
  catalogue.Add(iff::PostgresRecipe({
      .bin_directory = Variable("IFF_POSTGRES_BIN", "/usr/lib/postgresql/15/bin"),
  }));
  catalogue.Add(iff::MockRecipe("mock-jira", places.programs + "/iff-mock-jira"));
  catalogue.Add(iff::MockRecipe("mock-github", places.programs + "/iff-mock-github"));
  return catalogue;
}

}  // namespace

int main(int argc, char** argv) {
  signal(SIGINT, OnSignal);
  signal(SIGTERM, OnSignal);
  signal(SIGPIPE, SIG_IGN);
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const iff::Parsed parsed = iff::ParseCommandLine(arguments);
  if (parsed.exit_code >= 0) {
    std::fputs(parsed.text.c_str(), parsed.exit_code == 0 ? stdout : stderr);
    return parsed.exit_code;
  }
  const iff::Places places = FindPlaces();
  const iff::Catalogue catalogue = MakeCatalogue(places);
  const iff::ProbeSet probes = iff::AllProbes();
  const iff::MeasurementSet measurements = iff::AllMeasurements();
  const iff::Workshop workshop{.catalogue = catalogue,
                               .probes = probes,
                               .measurements = measurements,
                               .places = places,
                               .interrupted = interrupted};
  return iff::Carry(workshop, parsed, arguments);
}
