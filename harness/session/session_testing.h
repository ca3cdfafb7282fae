// What the shipped suites ask of drivers, declared without any: for tests that read the suites and start nothing.
#pragma once

#include <utility>

#include "harness/environment/drivers.h"

namespace iff {

inline const DriverRegistry& DeclaredDrivers() {
  static const DriverRegistry driver_registry = [] {
    Driver issuer{.name = "keycloak"};
    issuer.revocable = RevocableAtIssuer();
    issuer.rotatable = RotatableAtIssuer();
    Driver store{.name = "vault"};
    store.revocable = RevocableAtStore();
    DriverRegistry all;
    all.Add(std::move(issuer));
    all.Add(std::move(store));
    all.Add({.name = "postgres", .speech = {Protocol::kStartups, "PostgreSQL"}});
    return all;
  }();
  return driver_registry;
}

}  // namespace iff
