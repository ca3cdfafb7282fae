// What the shipped suites ask of drivers, declared without any: for tests that read the suites and start nothing.
#pragma once

#include <string>
#include <utility>

#include "harness/core/json.h"
#include "harness/environment/drivers.h"

namespace iff {

inline const DriverRegistry& DeclaredDrivers() {
  static const DriverRegistry driver_registry = [] {
    Driver issuer{.name = "keycloak"};
    issuer.revocable = RevocableAtIssuer();
    issuer.rotatable = RotatableAtIssuer();
    Driver store{.name = "vault"};
    store.revocable = RevocableAtStore();
    store.hands_out = [](const Json& options, const std::string& upstream) {
      return Find(options, "/secrets/" + upstream) != nullptr;
    };
    DriverRegistry all;
    all.Add(std::move(issuer));
    all.Add(std::move(store));
    all.Add({.name = "postgres", .speech = {Protocol::kStartups, "PostgreSQL"}});
    all.Add({.name = "mock-jira"});
    all.Add({.name = "mock-github"});
    return all;
  }();
  return driver_registry;
}

}  // namespace iff
