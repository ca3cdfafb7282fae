// A running dependency, and how to start one. The engine knows components by these types alone; which
// products there are is decided by the composition root, which hands in a DriverRegistry.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/json.h"
#include "harness/core/result.h"
#include "harness/core/secret.h"
#include "harness/core/secret_shapes.h"
#include "harness/environment/client_fields.h"
#include "harness/environment/driver_hints.h"
#include "harness/environment/protocol.h"
#include "harness/identity/keyring.h"
#include "harness/identity/principal.h"
#include "harness/launch/launcher.h"
#include "harness/net/endpoint.h"

namespace iff {

// Something a target or another component may be told about a component: "issuer", "jwks_url".
struct Output {
  std::string value = {};
  // True: an address, led through the gate that stands before the component. False: a name, compared
  // and never connected to.
  bool routed = true;
};
using Outputs = std::map<std::string, Output>;

// A live component is a ready one; its destructor stops it. Its further abilities are the interfaces in
// capabilities.h that it also derives from.
class Component {
 public:
  virtual ~Component() = default;

  virtual const std::string& name() const = 0;  // as the system file calls it
  virtual std::string version() const = 0;      // "OpenBao 2.4.0", as it reported itself
  virtual Endpoint endpoint() const = 0;        // what a gate stands before
  virtual Outputs outputs() const = 0;          // at least those its driver promised
  // Called once, after every component of the environment is ready.
  virtual Result<void> Connect() { return {}; }
  // Does it still answer? The error says what it did instead.
  virtual Result<void> Check() = 0;
  virtual std::string LogTail(size_t lines) const = 0;
  // Every file it writes that a person may open afterwards: the leak gate reads them.
  virtual std::vector<std::string> log_paths() const = 0;
};

// Told of every secret the moment it exists, with what it is: "unseal-key". Thread-safe.
using Born = std::function<void(const Secret& secret, std::string_view what)>;

// Where a component is that somebody else starts and ends, a compose file say: it is taken over as it runs.
struct Attachment {
  Endpoint endpoint = {};
  // What it is started with and what it writes for us to read. It sees this folder at the same path.
  std::string folder = {};
  // What only we know, and have to know again when it is taken over once more: keys, tokens, passwords.
  std::string kept = {};
};

struct StartContext {
  Launcher& launcher;   // until the component has started
  std::string name;     // of the component in the system file
  HeldPort* port;       // held for it; stays held as long as the environment lives; nullptr to attach
  const Json& options;  // of the system file; `driver` documents them
  const std::map<std::string, Outputs>& peers;     // outputs of every component of the environment, by name
  const Keyring& keys;                             // of the environment's issuers, by component
  std::string cache_directory;                     // prepared state, kept between runs, keyed by a hash of its inputs
  std::function<void(std::string_view)> progress;  // "keycloak: preparing the database (once)"
  Born born = [](const Secret&, std::string_view) {};  // a component keeps a copy for what it makes later
  std::string misconfiguration = {};                   // one of the driver's, for a deliberately wrong system; ""
  bool for_many_runs = false;                          // it may take longer to start if it serves faster afterwards
  // Another one has failed and this is to end soon: what `launcher` launched is being stopped already.
  std::function<bool()> given_up = [] { return false; };
};

// A word of the step `revoke`, and what it takes away from a principal. `upstream` is that of the target.
struct Revocable {
  std::string what = {};
  bool at_issuer = false;  // true: done at the issuer of the target's tokens
  std::function<Result<void>(Component& self, const Principal& whose, std::string_view upstream)> revoke = {};
};

// A word of the step `rotate`, and what it makes anew.
struct Rotatable {
  std::string what = {};
  bool at_issuer = false;
  std::function<Result<void>(Component& self)> rotate = {};
};

// What a component is to a target that is told of it, beside an upstream, which any may be: the roles of scenarios.
enum class ComponentRole { kNone, kIssuer, kSecretStore, kDatabase };

struct Driver {
  std::string name = {};  // "keycloak"
  ComponentRole role = ComponentRole::kNone;
  // What is spoken with the component: which faults a gate can put before it, and that no request step goes to it that
  // speaks another protocol than HTTP. Unsaid, its connections can be disturbed and nothing else.
  SpokenProtocol speech = {};
  // What steps may take away and make anew (drivers.h has what every issuer and every secret store offers).
  std::vector<Revocable> revocable = {};
  std::vector<Rotatable> rotatable = {};
  // Of a secret store: does it hand out what people hold of that upstream as it was put there, to be kept by whoever
  // asked? Nothing: of none.
  std::function<bool(const Json& options, const std::string& upstream)> hands_out = {};
  // Of a product, or a stand-in for one, in which people have accounts: the upstream by which they are known there,
  // which makes it the upstream of targets that have the same; not beside kDatabase. Nothing, "": it is none.
  std::function<std::string(const Json& options)> upstream = {};
  // By what its secrets are known where nobody knows them: of whatever it makes or, as a stand-in, stands for.
  std::vector<SecretShape> secret_shapes = {};
  // What its clients say to it in header fields.
  ClientFields client_fields = {};
  // For editors, `iff doctor` and `iff init`.
  DriverHints hints = {};
  // How it can be made wrong to prove a check. What it then proves of itself leaves out what is meant to be wrong.
  std::vector<std::string> misconfigurations = {};
  // Of an issuer: the algorithm of the key that is made for it and that the harness holds too. Nothing: it is no
  // issuer, or its keys are its own. Errors: kInvalidInput for options.
  std::function<Result<std::optional<Algorithm>>(const Json& options)> signs_with = {};
  // What can be said about it before it runs, given the port held for it. Errors: kInvalidInput for options.
  std::function<Result<Outputs>(const Json& options, const Endpoint& endpoint)> outputs = {};
  std::function<Result<std::unique_ptr<Component>>(const StartContext&)> start = {};
  // The two of these are for a component that others start. Before that: writes into the attachment's folders, which
  // are there, what it is to be started with; what is there already stays. Files are of mode 0600.
  // `name` is the component's, `keys` are those of the environment's issuers.
  std::function<Result<void>(const std::string& name, const Json& options, const Attachment&, const Keyring& keys)>
      prepare = {};
  // While it runs: makes of it what `start` makes of one of ours, however much of that an earlier attach has done.
  std::function<Result<std::unique_ptr<Component>>(const StartContext&, const Attachment&)> attach = {};
};

class DriverRegistry {
 public:
  void Add(Driver driver) { drivers_.push_back(std::move(driver)); }
  const Driver* Find(std::string_view name) const {
    for (const Driver& driver : drivers_) {
      if (driver.name == name) return &driver;
    }
    return nullptr;
  }
  const std::vector<Driver>& drivers() const { return drivers_; }

  // Of a product that has no driver, and whose secrets may turn up all the same.
  void AddShape(SecretShape shape) { other_shapes_.push_back(std::move(shape)); }
  const std::vector<SecretShape>& other_shapes() const { return other_shapes_; }

 private:
  std::vector<Driver> drivers_;
  std::vector<SecretShape> other_shapes_;
};

}  // namespace iff
