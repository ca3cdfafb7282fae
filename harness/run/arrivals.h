// What a target sent to the components behind it, read at the gates before them, and whether the caller's own token is
// in it.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/identity/credential.h"
#include "harness/identity/issuer.h"
#include "harness/identity/principal.h"
#include "harness/net/gate.h"
#include "harness/net/http.h"

namespace iff {

// One request, or what arrived over one connection and is none.
struct Arrival {
  std::string component = {};
  std::string bytes = {};                   // as they came
  std::optional<HttpRequest> request = {};  // nullopt: no HTTP, or not all of a request
  bool under_way = false;                   // the beginning of a request
  bool encrypted = false;                   // nobody can tell what it says
};

// Thread-safe.
class Arrivals {
 public:
  // How far each connection was: component and number of the connection.
  using Mark = std::map<std::pair<std::string, uint64_t>, size_t>;

  void Add(const std::string& component, const Passage& passage);
  Mark Now() const;
  std::vector<Arrival> Since(const Mark& mark) const;
  bool none() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, uint64_t>, std::string> sent_;
};

struct HandedOnResult {
  std::string how = {};     // where the token stands: "POST /v1/auth/jwt/login"; "": it was not found
  bool unfinished = false;  // what arrived is more than can be unpacked: that nothing was found proves nothing
};

// Where the token stands in what arrived, plain, encoded or compressed.
// `to_issuer`: it arrived at the issuer of the token, who may be asked about it: as the principal of an exchange (RFC
// 8693 section 2.1), or as the token that is introspected (RFC 7662 section 2.1). Anything else done with it there
// counts too.
HandedOnResult HandedOn(const Arrival& arrival, const Credential& token, bool to_issuer);

}  // namespace iff
