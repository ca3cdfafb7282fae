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

SecretShapes Shapes() {
  SecretShapes shapes;
  shapes.Add({.kind = "a token of Vault", .begins = "hvs.", .least = 24});
  shapes.Add({.kind = "a token of GitHub", .begins = "gho_", .least = 36});
  shapes.Add({.kind = "a token of GitHub", .begins = "ghp_", .least = 36});
  return shapes;
}

TEST(SecretShapes, KnowsTokensAndKeysWhereverTheyStand) {
  for (const std::string around : {"", "\"", " ", "Bearer "}) {
    EXPECT_THAT(Shapes().In(around + Jws("{\"alg\":\"RS256\"}") + around), ElementsAre("a signed token"));
    EXPECT_THAT(Shapes().In(around + "hvs." + std::string(24, 'A') + around), ElementsAre("a token of Vault"));
    EXPECT_THAT(Shapes().In(around + "ghp_" + std::string(36, 'A') + around), ElementsAre("a token of GitHub"));
  }
  EXPECT_THAT(Shapes().In("-----BEGIN EC PRIVATE KEY-----\\nMHcC"), ElementsAre("a private key"));
  EXPECT_THAT(Shapes().In("eyJ eyJhbGciOi.x " + Jws("{\"alg\":\"ES256\"}")), ElementsAre("a signed token"));
}

TEST(SecretShapes, KnowsOfProductsOnlyWhatWasAdded) {
  const std::string text = "hvs." + std::string(24, 'A') + " " + Jws("{\"alg\":\"RS256\"}") + " ghp_" +
                           std::string(36, 'A') + " gho_" + std::string(36, 'A');
  EXPECT_THAT(SecretShapes().In(text), ElementsAre("a signed token"));
  EXPECT_THAT(Shapes().In(text), ElementsAre("a signed token", "a token of Vault", "a token of GitHub"));
}

TEST(SecretShapes, FindsOneBehindAnotherThatIsNone) {
  EXPECT_THAT(Shapes().In("hvs.hvs." + std::string(24, 'A')), ElementsAre("a token of Vault"));
  EXPECT_THAT(Shapes().In("ghp_x,xghp_" + std::string(36, 'A')), IsEmpty());
}

TEST(SecretShapes, TakesNothingElseForOne) {
  for (const std::string& text :
       {std::string(), std::string("{{alice.token#1}}"), Jws("{\"alg\":\"none\"}", 0), Jws("{\"typ\":\"x\"}"),
        Jws("{\"alg\":\"RS256\"}", 12), Base64Url("{\"alg\":\"RS256\"}") + "." + Base64Url("{\"sub\":\"a\"}"),
        std::string("hvs.short"), std::string("ghp_x"), std::string("-----BEGIN PUBLIC KEY-----"),
        "https://shvs." + std::string(30, 'a'), std::string(100'000, 'e') + "yJ"}) {
    EXPECT_THAT(Shapes().In(text), IsEmpty()) << text.substr(0, 100);
  }
}

}  // namespace
}  // namespace iff
