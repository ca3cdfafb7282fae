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
#include "fixtures/issuer/issuer.h"
#include "fixtures/keycloak/keycloak.h"
#include "fixtures/postgres/postgres.h"
#include "fixtures/vault/vault.h"
#include "harness/cli/dispatch.h"
#include "harness/cli/parse.h"
#include "harness/core/plain.h"
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
  // Installed, the files lie beside the programs (cmake/install.cmake); otherwise those are in build/<preset>/bin.
  const std::string installed = programs + "/../project";
  const std::string built_in = access(installed.c_str(), X_OK) == 0 ? installed : programs + "/../../..";
  char resolved[PATH_MAX] = {};
  const std::string root = realpath(built_in.c_str(), resolved) == nullptr ? "." : resolved;
  const std::string home = Variable("HOME", "/root");
  iff::Places places = {.root = Variable("IFF_ROOT", root),
                        .cache = Variable("IFF_CACHE", Variable("XDG_CACHE_HOME", home + "/.cache") + "/iff"),
                        .programs = programs,
                        .default_system = "vault-demo"};
  return places;
}

std::string FolderOf(const std::string& path, int up = 1) {
  return up == 0 ? path : FolderOf(path.substr(0, path.rfind('/')), up - 1);
}

// What the drivers are told of, and containers have to be.
struct Products {
  iff::KeycloakOptions keycloak;
  iff::VaultOptions vault;
  iff::PostgresOptions postgres;
};

Products FindProducts(const iff::Places& places) {
  const std::string components = places.cache + "/components";
  Products products;
  products.keycloak.home = Variable("IFF_KEYCLOAK_HOME", components + "/keycloak-26.7.4");
  products.keycloak.java = Variable("IFF_JAVA", components + "/jdk-25/bin/java");
  products.vault.openbao = Variable("IFF_BAO", components + "/openbao-2.4.0/bao");
  products.vault.hashicorp = Variable("IFF_VAULT", components + "/vault-1.21.1/vault");
  products.vault.hashicorp_plugins = Variable("IFF_VAULT_PLUGINS", components + "/vault-1.21.1/plugins");
  products.postgres.bin_directory = Variable("IFF_POSTGRES_BIN", "/usr/lib/postgresql/15/bin");
  return products;
}

void TellPlaces(const Products& products, iff::Places& places) {
  const std::string prepared = places.cache + "/keycloak";
  places.held = {
      {.holds = "jdk", .directory = FolderOf(products.keycloak.java, 2), .programs = {"bin/java"}},
      {.holds = "jdk", .directory = prepared, .shared = true},
      {.holds = "openbao", .directory = FolderOf(products.vault.openbao), .programs = {"bao"}},
      {.holds = "vault", .directory = FolderOf(products.vault.hashicorp), .programs = {"vault"}},
      {.holds = "postgres", .directory = products.postgres.bin_directory, .programs = {"postgres", "initdb"}},
      {.holds = "programs", .directory = places.programs, .always = true}};
  places.shared = {prepared, products.vault.hashicorp_plugins};
}

iff::DriverRegistry MakeDriverRegistry(const Products& products, const iff::Places& places) {
  iff::DriverRegistry driver_registry;
  driver_registry.Add(iff::KeycloakDriver(products.keycloak));
  driver_registry.Add(iff::VaultDriver(products.vault));
  driver_registry.Add(iff::PostgresDriver(products.postgres));
  driver_registry.Add(iff::IssuerDriver());
  driver_registry.Add(iff::MockDriver("mock-jira", places.programs + "/iff-mock-jira", {"JIRA", "ATLASSIAN"}));
  driver_registry.Add(iff::MockDriver("mock-github", places.programs + "/iff-mock-github", {"GITHUB"}));
  return driver_registry;
}

}  // namespace

int main(int argc, char** argv) {
  signal(SIGINT, OnSignal);
  signal(SIGTERM, OnSignal);
  signal(SIGPIPE, SIG_IGN);
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  iff::OfferShortcuts({{.names = "--vault",
                        .sets = "vault.product",
                        .one_of = {"openbao", "hashicorp"},
                        .help = "which secret store"}});
  const iff::Parsed parsed = iff::ParseCommandLine(arguments);
  if (parsed.exit_code >= 0) {
    std::fputs(iff::Plain(parsed.text, true).c_str(), parsed.exit_code == 0 ? stdout : stderr);
    return parsed.exit_code;
  }
  iff::Places places = FindPlaces();
  const Products products = FindProducts(places);
  TellPlaces(products, places);
  const iff::DriverRegistry driver_registry = MakeDriverRegistry(products, places);
  const iff::ProbeSet probes = iff::AllProbes();
  const iff::MeasurementSet measurements = iff::AllMeasurements();
  const iff::Services services{.driver_registry = driver_registry,
                               .probes = probes,
                               .measurements = measurements,
                               .places = places,
                               .interrupted = interrupted};
  return iff::Dispatch(services, parsed, arguments);
}
