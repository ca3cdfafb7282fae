#include <string>

#include "servers/http/seams.h"
#include "servers/mutants/judging.h"

namespace iff {

Seams AcceptsAlgNone() {
  Seams seams;
  seams.verify = VerifyDespite(Refusal::kAlgorithm, [](const TokenParts& parts, const KeySet&) {
    std::string algorithm = parts.HeaderText("alg");
    for (char& c : algorithm) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    return algorithm == "none";
  });
  return seams;
}

}  // namespace iff
