#include <cctype>
#include <string>
#include <string_view>

#include "servers/http/seams.h"
#include "servers/mutants/judging.h"

namespace iff {

namespace {

// The signature as a strict reader would have wanted it written.
std::string Mended(std::string_view token) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const size_t signature = token.rfind('.') + 1;
  std::string mended(token.substr(0, signature));
  for (const char c : token.substr(signature)) {
    if (c == '+') mended += '-';
    if (c == '/') mended += '_';
    if (kAlphabet.find(c) != std::string_view::npos) mended += c;
  }
  const size_t rest = (mended.size() - signature) % 4;
  const size_t unused = rest == 2 ? 15 : rest == 3 ? 3 : 0;
  if (unused != 0) mended.back() = kAlphabet[kAlphabet.find(mended.back()) & ~unused];
  return mended;
}

}  // namespace

Seams LenientBase64() {
  Seams seams;
  seams.verify = [](std::string_view token, const KeySet& keys, const TokenPolicy& policy, int64_t now) {
    Result<Claims, Refusal> seen = VerifyToken(token, keys, policy, now);
    if (seen.ok() || seen.error() != Refusal::kMalformed) return seen;
    return VerifyToken(Mended(token), keys, policy, now);
  };
  return seams;
}

}  // namespace iff
