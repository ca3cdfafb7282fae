// What drivers declare, asked for by those who know components by name alone.
#pragma once

#include <string>
#include <vector>

#include "harness/core/secret_shapes.h"
#include "harness/environment/client_fields.h"
#include "harness/environment/component.h"

namespace iff {

struct System;

// The driver of a component that the system declares; nullptr: there is none.
const Driver* DriverOf(const DriverRegistry& driver_registry, const System& system, std::string_view component);

// What every TokenIssuer offers: `sessions`, `account`. REQUIRES of the driver: its components are TokenIssuers.
std::vector<Revocable> RevocableAtIssuer();
// What every IssuerKeys offers: `keys`.
std::vector<Rotatable> RotatableAtIssuer();
// What every SecretStore offers: `grants`, `entity`, `credential`.
std::vector<Revocable> RevocableAtStore();

// Of all drivers, whatever a system uses of them: a server may know products that the system does not have, and a log
// or a page may hold anybody's secrets.
SecretShapes SecretShapesOf(const DriverRegistry& driver_registry);
ClientFields ClientFieldsOf(const DriverRegistry& driver_registry);

}  // namespace iff
