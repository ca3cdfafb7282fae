#include "systems/shipped.h"

#include <limits.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "fixtures/issuer/issuer.h"
#include "fixtures/keycloak/keycloak.h"
#include "fixtures/postgres/postgres.h"
#include "fixtures/vault/vault.h"
#include "mocks/github/driver.h"
#include "mocks/jira/driver.h"

namespace iff {
namespace {

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

std::string FolderOf(const std::string& path, int up = 1) {
  return up == 0 ? path : FolderOf(path.substr(0, path.rfind('/')), up - 1);
}

// What the drivers are told of, and containers have to be.
struct Products {
  KeycloakOptions keycloak;
  VaultOptions vault;
  PostgresOptions postgres;
};

Products FindProducts(const Places& places) {
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

void TellParts(const Products& products, Places& places) {
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

}  // namespace

Places FindPlaces() {
  const std::string programs = OwnFolder();
  // Installed, the files lie beside the programs (cmake/install.cmake); otherwise those are in build/<preset>/bin.
  const std::string installed = programs + "/../project";
  const std::string built_in = access(installed.c_str(), X_OK) == 0 ? installed : programs + "/../../..";
  char resolved[PATH_MAX] = {};
  const std::string root = realpath(built_in.c_str(), resolved) == nullptr ? "." : resolved;
  const std::string home = Variable("HOME", "/root");
  Places places = {.root = Variable("IFF_ROOT", root),
                   .cache = Variable("IFF_CACHE", Variable("XDG_CACHE_HOME", home + "/.cache") + "/iff"),
                   .programs = programs,
                   .default_system = "vault-demo"};
  TellParts(FindProducts(places), places);
  return places;
}

DriverRegistry ShippedDrivers(const Places& places) {
  const Products products = FindProducts(places);
  DriverRegistry driver_registry;
  driver_registry.Add(KeycloakDriver(products.keycloak));
  driver_registry.Add(VaultDriver(products.vault));
  driver_registry.Add(PostgresDriver(products.postgres));
  driver_registry.Add(IssuerDriver());
  driver_registry.Add(JiraMockDriver(places.programs + "/iff-mock-jira"));
  driver_registry.Add(GithubMockDriver(places.programs + "/iff-mock-github"));
  // A server that tells a channel of what it does holds one.
  driver_registry.AddShape({.kind = "a token of Slack", .begins = "xoxb-", .least = 24});
  return driver_registry;
}

}  // namespace iff
