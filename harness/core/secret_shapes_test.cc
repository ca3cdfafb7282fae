#include "harness/core/secret_shapes.h"

#include <gmock/gmock.h>

#include "harness/core/bytes.h"

namespace iff {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string Jws(const std::string& header, size_t signature = 43) {
  return Base64Url(header) + "." + Base64Url("{\"sub\":\"a\"}") + "." + std::string(signature, 'x');
}

TEST(SecretShapes, KnowsTokensAndKeysWhereverTheyStand) {
  for (const std::string around : {"", "\"", " ", "Bearer "}) {
    EXPECT_THAT(SecretShapes(around + Jws("{\"alg\":\"RS256\"}") + around), ElementsAre("a signed token"));
    EXPECT_THAT(SecretShapes(around + "hvs." + std::string(24, 'A') + around), ElementsAre("a token of Vault"));
    EXPECT_THAT(SecretShapes(around + "ghp_" + std::string(36, 'A') + around), ElementsAre("a token of GitHub"));
  }
  EXPECT_THAT(SecretShapes("-----BEGIN EC PRIVATE KEY-----\\nMHcC"), ElementsAre("a private key"));
  EXPECT_THAT(SecretShapes("eyJ eyJhbGciOi.x " + Jws("{\"alg\":\"ES256\"}")), ElementsAre("a signed token"));
}

TEST(SecretShapes, TakesNothingElseForOne) {
  for (const std::string& text :
       {std::string(), std::string("{{alice.token#1}}"), Jws("{\"alg\":\"none\"}", 0), Jws("{\"typ\":\"x\"}"),
        Jws("{\"alg\":\"RS256\"}", 12), Base64Url("{\"alg\":\"RS256\"}") + "." + Base64Url("{\"sub\":\"a\"}"),
        std::string("hvs.short"), std::string("ghp_x"), std::string("-----BEGIN PUBLIC KEY-----"),
        "https://shvs." + std::string(30, 'a'), std::string(100'000, 'e') + "yJ"}) {
    EXPECT_THAT(SecretShapes(text), IsEmpty()) << text.substr(0, 100);
  }
}

}  // namespace
}  // namespace iff
