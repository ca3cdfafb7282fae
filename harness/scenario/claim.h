// What a green run is taken to say, as a value: the reader of scenarios/claims.yaml makes it, a result stores it.
#pragma once

#include <string>
#include <vector>

namespace iff {

struct RunClaim {
  std::string name = {};     // "audience"
  std::string asks = {};     // "whether a token is refused that was issued for another server"
  std::string refuted = {};  // what a server does that refutes it: "takes a token that was issued for another server"
  // A failed check refutes it only where the request was served: what is refused in another way is refused.
  bool served = false;
  bool of_tokens = false;  // does not arise for a server that takes no tokens of an issuer
  // Each group wants a check that passed. Patterns as of a clause: "suite/scenario" or with ":check", * any letters.
  std::vector<std::vector<std::string>> shown_by = {};
  std::vector<std::string> but = {};    // of these checks it says nothing, though a pattern of a group selects them
  std::vector<std::string> needs = {};  // each wants a check that passed, too; one that failed refutes nothing
  std::vector<std::string> also = {};   // what refutes it as well, and shows nothing by passing

  friend bool operator==(const RunClaim&, const RunClaim&) = default;
};

}  // namespace iff
