// Who exists, as issuers and upstreams know them. Values only.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/json.h"
#include "harness/core/secret.h"

namespace iff {

// What a principal has at an upstream. The canary is text in the principal's own items there: wherever it turns up,
// the principal's data has been.
struct Account {
  std::string upstream = {};  // "jira"
  std::string login = {};     // unique in the run
  Secret password = {};
  Secret token = {};  // API token, unique in the run
  std::string canary = {};
};

// A principal as one issuer knows it. The issuer's driver makes it; nothing else has to know how somebody logs in.
struct IssuerAccount {
  std::string id = {};     // what its tokens say in sub
  std::string login = {};  // the name of the account
  Secret secret = {};      // what logs the principal in; empty: nothing does, as for an attested workload
};

// A person or a workload. Made new for each scenario; `persona` is what the scenario calls it.
struct Principal {
  enum class Kind { kPerson, kWorkload };

  Kind kind = Kind::kPerson;
  std::string persona = {};  // "alice"
  std::string tag = {};      // unique in the run, a letter and four letters or digits: "K3V9X"
  std::string name = {};     // account name, unique in the run: "alice-k3v9x"
  // As `issuer` assigned it, the one whose tokens the target takes; a UUID of ours where it takes none. "" until it is
  // provisioned.
  std::string id = {};
  std::string issuer = {};                             // the component; "": none
  std::map<std::string, std::string> attributes = {};  // "email"
  std::vector<std::string> groups = {};
  std::map<std::string, IssuerAccount> issuers = {};  // by issuer; none: not provisioned there
  std::map<std::string, Account> accounts = {};       // by upstream; a missing one is a missing credential
  std::map<std::string, Json> items = {};             // what the target called what it keeps for them: "item" -> its id

  bool HasAccountAt(std::string_view upstream) const { return accounts.contains(std::string(upstream)); }
  // The id `issuer` assigned; where it assigned none, the principal's own.
  const std::string& IdAt(const std::string& component) const {
    const auto known = issuers.find(component);
    return known == issuers.end() ? id : known->second.id;
  }
  std::string Attribute(const std::string& attribute) const {
    const auto found = attributes.find(attribute);
    return found == attributes.end() ? "" : found->second;
  }
};

}  // namespace iff
