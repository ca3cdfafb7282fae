#include <openssl/evp.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>

#include "harness/core/bytes.h"
#include "harness/core/json.h"
#include "servers/http/seams.h"

namespace iff {

namespace {

// As many rounds as the header wants, or what can be done of them in the time that a test has.
void WorkOff(int64_t rounds) {
  constexpr std::chrono::seconds kLongEnough{4};
  constexpr int kAtOnce = 50'000;
  const auto begun = std::chrono::steady_clock::now();
  unsigned char key[16] = {};
  for (; rounds > 0 && std::chrono::steady_clock::now() - begun < kLongEnough; rounds -= kAtOnce) {
    PKCS5_PBKDF2_HMAC("password", 8, key, sizeof key, static_cast<int>(std::min<int64_t>(rounds, kAtOnce)),
                      EVP_sha256(), sizeof key, key);
  }
}

Result<Claims, Refusal> VerifyAfterWork(std::string_view token, const KeySet& keys, const TokenPolicy& policy,
                                        int64_t now) {
  const Result<std::string> header = DecodeBase64Url(token.substr(0, token.find('.')));
  if (header.ok()) WorkOff(AtOr<int64_t>(ParseJson(header.value()).value_or(Json::object()), "/p2c", 0));
  return VerifyToken(token, keys, policy, now);
}

}  // namespace

Seams WorksOffAnyCount() {
  Seams seams;
  seams.verify = VerifyAfterWork;
  return seams;
}

}  // namespace iff
