// What a component can do for a step, or tell about it. A component derives from those it has.
// Every call is thread-safe: independent scenarios run side by side.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/clock.h"
#include "harness/core/json.h"
#include "harness/core/result.h"
#include "harness/identity/credential.h"
#include "harness/identity/issuer.h"
#include "harness/identity/principal.h"

namespace iff {

class SecretStore {
 public:
  virtual ~SecretStore() = default;
  virtual Result<void> SetEnabled(const Principal& principal, bool enabled) = 0;
  // Revokes every token and lease it granted to the principal, and waits until that is done.
  virtual Result<void> RevokeGrants(const Principal& principal) = 0;
  virtual Result<void> Put(const Principal& principal, const Account& account) = 0;
  virtual Result<void> Drop(const Principal& principal, std::string_view upstream) = 0;
  virtual Result<void> SetSealed(bool sealed) = 0;
};

struct AuditEntry {
  WallTime time = {};
  std::string principal = {};  // id of the principal it was done as, or the name of a service
  std::string operation = {};  // "read", "login", "revoke", "update"
  std::string path = {};
  bool allowed = false;
  Json raw = {};  // the record as written, whose secrets the product itself has hashed
};

class AuditSource {
 public:
  virtual ~AuditSource() = default;
  virtual Result<uint64_t> Mark() = 0;
  virtual Result<std::vector<AuditEntry>> Since(uint64_t mark) = 0;
};

struct LedgerEntry {
  uint64_t sequence = 0;
  WallTime time = {};
  std::string method = {};
  std::string target = {};
  int status = 0;
  std::string owner = {};                   // account the presented credential belongs to; "" when unknown or none
  std::string fingerprint = {};             // Secret::Fingerprint of the credential; "" when none
  std::vector<std::string> disclosed = {};  // accounts whose private things the answer carried
  // The request but for its credential: fields and body as they came, up to `cut`.
  std::string request = {};
  bool cut = false;  // there was more of it
};

class CallLedger {
 public:
  virtual ~CallLedger() = default;
  virtual Result<uint64_t> Mark() = 0;
  virtual Result<std::vector<LedgerEntry>> Since(uint64_t mark) = 0;
  // Every request of `account` ("" for all) is answered with `status` until healed (0).
  virtual Result<void> Disturb(std::string_view account, int status) = 0;
};

// How many of its things exist: tokens, leases, roles, connections. For "nothing grows".
class ResourceCounter {
 public:
  virtual ~ResourceCounter() = default;
  // Without what `but` hold, who are busy elsewhere; what is nobody's counts.
  virtual Result<std::map<std::string, int64_t>> Counts(const std::vector<Principal>& but) = 0;
};

// Makes somebody of whoever logs in, declared or not. A run in which that happened has not the people it was given.
class EntityStore {
 public:
  virtual ~EntityStore() = default;
  // Those it has made of people whom no provisioning declared, in words; each is told once.
  virtual Result<std::vector<std::string>> NewUndeclared() = 0;
};

// A store of rows that can be asked behind the target's back, as its owner.
class RowSource {
 public:
  virtual ~RowSource() = default;
  // Runs one statement; answers {"columns": [...], "rows": [[text or null, ...], ...]}.
  virtual Result<Json> Query(std::string_view statement) = 0;
};

}  // namespace iff
