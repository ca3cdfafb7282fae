#include "harness/environment/drivers.h"

#include "harness/environment/capabilities.h"
#include "harness/environment/system.h"

namespace iff {
namespace {

// As a driver declares what its components are, the other is a mistake of the driver's.
template <class T>
Result<T*> As(Component& component) {
  T* able = dynamic_cast<T*>(&component);
  if (able == nullptr) {
    return Error(ErrorKind::kInvalidInput, component.name() + " lacks what its driver declares of it");
  }
  return able;
}

}  // namespace

const Driver* DriverOf(const DriverRegistry& driver_registry, const System& system, std::string_view component) {
  for (const ComponentSpec& spec : system.components) {
    if (spec.name == component) return driver_registry.Find(spec.driver);
  }
  return nullptr;
}

std::vector<Revocable> RevocableAtIssuer() {
  return {{.what = "sessions",
           .at_issuer = true,
           .revoke = [](Component& self, const Principal& whose, std::string_view) -> Result<void> {
             return TRY(As<TokenIssuer>(self))->EndSessions(whose);
           }},
          {.what = "account",
           .at_issuer = true,
           .revoke = [](Component& self, const Principal& whose, std::string_view) -> Result<void> {
             return TRY(As<TokenIssuer>(self))->SetEnabled(whose, false);
           }}};
}

std::vector<Rotatable> RotatableAtIssuer() {
  return {{.what = "keys", .at_issuer = true, .rotate = [](Component& self) -> Result<void> {
             return TRY(As<IssuerKeys>(self))->Rotate();
           }}};
}

std::vector<Revocable> RevocableAtStore() {
  return {{.what = "grants",
           .revoke = [](Component& self, const Principal& whose, std::string_view) -> Result<void> {
             return TRY(As<SecretStore>(self))->RevokeGrants(whose);
           }},
          {.what = "entity",
           .revoke = [](Component& self, const Principal& whose, std::string_view) -> Result<void> {
             return TRY(As<SecretStore>(self))->SetEnabled(whose, false);
           }},
          {.what = "credential",
           .revoke = [](Component& self, const Principal& whose, std::string_view upstream) -> Result<void> {
             return TRY(As<SecretStore>(self))->Drop(whose, upstream);
           }}};
}

SecretShapes SecretShapesOf(const DriverRegistry& driver_registry) {
  SecretShapes shapes;
  for (const Driver& driver : driver_registry.drivers()) {
    for (const SecretShape& shape : driver.secret_shapes) shapes.Add(shape);
  }
  for (const SecretShape& shape : driver_registry.other_shapes()) shapes.Add(shape);
  return shapes;
}

ClientFields ClientFieldsOf(const DriverRegistry& driver_registry) {
  ClientFields all;
  for (const Driver& driver : driver_registry.drivers()) {
    const ClientFields& own = driver.client_fields;
    all.who.insert(all.who.end(), own.who.begin(), own.who.end());
    all.where.insert(all.where.end(), own.where.begin(), own.where.end());
  }
  return all;
}

}  // namespace iff
