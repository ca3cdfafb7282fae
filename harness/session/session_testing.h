// What the shipped suites ask of drivers, declared without any: for tests that read the suites and start nothing.
#pragma once

#include <string>
#include <utility>

#include "harness/core/json.h"
#include "harness/environment/drivers.h"

namespace iff {

inline const DriverRegistry& DeclaredDrivers() {
  static const DriverRegistry driver_registry = [] {
    Driver issuer{.name = "keycloak", .role = ComponentRole::kIssuer, .speech = Protocol::kHttp};
    issuer.revocable = RevocableAtIssuer();
    issuer.rotatable = RotatableAtIssuer();
    Driver store{.name = "vault", .role = ComponentRole::kSecretStore, .speech = Protocol::kHttp};
    store.revocable = RevocableAtStore();
    store.hands_out = [](const Json& options, const std::string& upstream) {
      return Find(options, "/secrets/" + upstream) != nullptr;
    };
    DriverRegistry all;
    all.Add(std::move(issuer));
    all.Add(std::move(store));
    all.Add({.name = "postgres", .role = ComponentRole::kDatabase, .speech = {Protocol::kStartups, "PostgreSQL"}});
    for (const char* name : {"mock-jira", "mock-github"}) {
      all.Add({.name = name, .speech = Protocol::kHttp, .upstream = [](const Json& options) {
                 return AtOr<std::string>(options, "/upstream", "");
               }});
    }
    return all;
  }();
  return driver_registry;
}

}  // namespace iff
