#include "harness/identity/keyring.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/core/result_matchers.h"

namespace iff {
namespace {

using ::testing::HasSubstr;

TEST(Keyring, EachIssuerHasAKeyOfItsOwn) {
  Keyring keys;
  keys.Prepare("people", Algorithm::kEs256);
  keys.Prepare("workloads", Algorithm::kEdDsa);
  ASSERT_THAT(keys.Of("people"), IsOk());
  EXPECT_EQ(keys.Of("people")->algorithm(), Algorithm::kEs256);
  EXPECT_EQ(keys.Of("workloads")->algorithm(), Algorithm::kEdDsa);
  EXPECT_NE(keys.Of("people")->Public().Thumbprint(), keys.Of("workloads")->Public().Thumbprint());
  EXPECT_EQ(keys.All().size(), 2U);
}

TEST(Keyring, KeepsTheKeyItHas) {
  const SigningKey key = SigningKey::Generate(Algorithm::kEs256);
  Keyring keys({{"people", key}});
  keys.Prepare("people", Algorithm::kEs256);
  EXPECT_EQ(keys.Of("people")->Public().Thumbprint(), key.Public().Thumbprint());
}

TEST(Keyring, SaysWhoseKeyItDoesNotHold) {
  EXPECT_THAT(Keyring().Of("spire"), FailsWith(ErrorKind::kInvalidInput, HasSubstr("no key of 'spire'")));
}

}  // namespace
}  // namespace iff
