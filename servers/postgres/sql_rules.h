// The decisions about connections and statements. Each default is the right one; a server that is broken on purpose
// overrides one of them.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "servers/credentials/credential.h"
#include "servers/postgres/session.h"

namespace iff {

// Thread-safe: Open is called by the pool's workers, everything else on the loop's thread.
class SqlRules {
 public:
  virtual ~SqlRules() = default;
  virtual bool ReadOnly(bool may_write) const { return !may_write; }

  // -- pool
  // Whose connections a caller uses; `principal` keeps apart what must never be shared (PrincipalCacheKey).
  virtual std::string PoolKey(const std::string& principal) const { return principal; }
  // Who has one share of the threads, for a caller whose pool's key is `key`.
  virtual std::string WhoseShare(const std::string& principal, const std::string& /*key*/) const { return principal; }
  // A kept connection is used under the lease it was opened with alone.
  virtual bool MayReuse(const Credential& opened_with, const Credential& wanted) const {
    return opened_with.generation == wanted.generation;
  }
  // With so many connections of a principal idle, one of them is used rather than a new one.
  virtual bool PrefersIdle(size_t /*idle*/) const { return true; }
  // So many connections of all principals may stay idle.
  virtual bool KeepsIdle(size_t idle, size_t limit) const { return idle <= limit; }

  // -- sessions
  virtual Result<std::unique_ptr<SqlSession>, DatabaseError> Open(const SessionOptions& options) const;
};

}  // namespace iff
