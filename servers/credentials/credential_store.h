// What a store of credentials is asked, each time as the caller and never as the server itself. CredentialCache turns
// one into a CredentialSource; VaultStore is one.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "harness/core/task.h"
#include "servers/credentials/credential.h"

namespace iff {

// One caller's login at the store.
struct StoreLogin {
  Secret token = {};
  std::string identity = {};  // who the caller is there
  int64_t lease_seconds = 0;
};

struct StoredCredential {
  std::map<std::string, Secret> fields = {};
  std::string lease_id = {};  // "": stored, not leased
  int64_t lease_seconds = 0;
};

class CredentialStore {
 public:
  virtual ~CredentialStore() = default;
  virtual Task<Result<StoreLogin, Failure>> LogIn(std::shared_ptr<const Caller> caller) = 0;
  virtual Task<Result<StoredCredential, Failure>> Read(std::shared_ptr<const Caller> caller, StoreLogin login) = 0;
  // Names of the credentials there are for the login's identity; empty when there are none.
  virtual Task<Result<std::vector<std::string>, Failure>> Names(std::shared_ptr<const Caller> caller,
                                                                StoreLogin login) = 0;
  // Gives a login back, and with it every lease taken by it. True if the store took it.
  virtual Task<bool> GiveBack(Secret token) = 0;
  // True if `failure` of Read may mean no more than that the login ended.
  virtual bool MayBeDeadLogin(const Failure& failure) const = 0;
};

}  // namespace iff
