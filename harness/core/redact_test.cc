#include "harness/core/redact.h"

#include <gmock/gmock.h>

#include <random>
#include <set>

#include "harness/core/bytes.h"

namespace iff {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr int kSecrets = 200;

// The same on every run, whoever finds a fault can find it again.
class Dice {
 public:
  explicit Dice(uint64_t seed) : random_(seed) {}
  size_t Below(size_t limit) { return std::uniform_int_distribution<size_t>(0, limit - 1)(random_); }
  std::string Text(std::string_view alphabet, size_t size) {
    std::string text;
    for (size_t i = 0; i < size; ++i) text += alphabet[Below(alphabet.size())];
    return text;
  }

 private:
  std::mt19937_64 random_;
};

constexpr std::string_view kTokenLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kPrintable =
    " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~";

// Passwords and tokens as they occur: some short, some with characters every encoding escapes, some not ASCII.
std::vector<std::string> RandomSecrets(Dice& dice) {
  std::set<std::string> secrets;
  while (secrets.size() < kSecrets) {
    const size_t size = 8 + dice.Below(40);
    switch (dice.Below(3)) {
      case 0:
        secrets.insert(dice.Text(kTokenLetters, size));
        break;
      case 1:
        secrets.insert(dice.Text(kPrintable, size));
        break;
      default:
        secrets.insert(dice.Text(kPrintable, size / 2) + "\xc3\xa9\xe2\x82\xac" + dice.Text(kTokenLetters, size / 2));
    }
  }
  return {secrets.begin(), secrets.end()};
}

std::string AliasOf(size_t index) { return "secret#" + std::to_string(index); }

void RegisterAll(Redactor& redactor, const std::vector<std::string>& secrets) {
  for (size_t i = 0; i < secrets.size(); ++i) redactor.Register(Secret(secrets[i]), AliasOf(i));
}

std::string Upper(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

// "%2F" as "%2f": peers differ.
std::string LowerEscapes(std::string text) {
  for (size_t i = 0; i + 2 < text.size(); ++i) {
    if (text[i] != '%') continue;
    for (const size_t at : {i + 1, i + 2}) {
      if (text[at] >= 'A' && text[at] <= 'F') text[at] = static_cast<char>(text[at] - 'A' + 'a');
    }
  }
  return text;
}

std::string JsonEscaped(const std::string& text) {
  const std::string quoted = Dump(Json(text));
  return quoted.substr(1, quoted.size() - 2);
}

void ExpectFoundAndMasked(const Redactor& redactor, const std::string& text, const std::string& encoded,
                          const std::string& alias) {
  bool found = false;
  for (const Redactor::Leak& leak : redactor.Scan(text)) found = found || leak.alias == alias;
  EXPECT_TRUE(found) << alias << " was not found in " << text;
  EXPECT_THAT(redactor.Mask(text), Not(HasSubstr(encoded)));
  EXPECT_THAT(redactor.Mask(text), HasSubstr("{{" + alias + "}}"));
}

TEST(Redactor, FindsAndMasksRandomSecretsInEveryEncoding) {
  Dice dice(1);
  const std::vector<std::string> secrets = RandomSecrets(dice);
  Redactor redactor;
  RegisterAll(redactor, secrets);
  for (size_t i = 0; i < secrets.size(); ++i) {
    const std::string& secret = secrets[i];
    for (const std::string& encoded :
         {secret, JsonEscaped(secret), JsonEscaped(JsonEscaped(secret)), PercentEncode(secret),
          LowerEscapes(PercentEncode(secret)), Hex(secret), Upper(Hex(secret)), Base64(secret), Base64Url(secret)}) {
      const std::string before = "<" + dice.Text("abc =:", dice.Below(7)) + "|";
      ExpectFoundAndMasked(redactor, before + encoded + "|>", encoded, AliasOf(i));
    }
  }
}

// In a Basic credential or a log shipped as base64 a secret begins at any byte, and its neighbours change the
// characters at its ends. Those in between are its alone, and none of them may stay.
TEST(Redactor, FindsAndMasksRandomSecretsInsideBase64AtEveryAlignment) {
  Dice dice(2);
  const std::vector<std::string> secrets = RandomSecrets(dice);
  Redactor redactor;
  RegisterAll(redactor, secrets);
  for (size_t i = 0; i < secrets.size(); ++i) {
    for (size_t before = 0; before < 7; ++before) {
      const std::string bytes = dice.Text("xyz:", before) + secrets[i] + dice.Text("uvw", dice.Below(5));
      const size_t first = (before * 8 + 5) / 6;  // whose bits are all the secret's
      const size_t end = (before + secrets[i].size()) * 8 / 6;
      for (const std::string& encoded : {Base64(bytes), Base64Url(bytes)}) {
        ExpectFoundAndMasked(redactor, encoded, encoded.substr(first, end - first), AliasOf(i));
      }
    }
  }
}

TEST(Redactor, LeavesHonestTextAsItIs) {
  Dice dice(3);
  const std::vector<std::string> secrets = RandomSecrets(dice);
  Redactor redactor;
  RegisterAll(redactor, secrets);
  for (int round = 0; round < 200; ++round) {
    const std::string text = dice.Text(kPrintable, dice.Below(4000));
    EXPECT_EQ(redactor.Mask(text), text);
    EXPECT_THAT(redactor.Scan(text), IsEmpty());
  }
}

TEST(Redactor, LeavesWhatOnlyResemblesASecret) {
  Dice dice(4);
  const std::vector<std::string> secrets = RandomSecrets(dice);
  Redactor redactor;
  RegisterAll(redactor, secrets);
  for (const std::string& secret : secrets) {
    std::string other = secret;
    char& changed = other[dice.Below(other.size())];
    changed = changed == 'a' ? 'b' : 'a';
    EXPECT_EQ(redactor.Mask(other), other);
    const std::string shorter = secret.substr(0, secret.size() - 1);
    EXPECT_EQ(redactor.Mask(shorter), shorter);
  }
}

TEST(Redactor, MasksEveryOccurrenceAndKeepsWhatIsBetween) {
  Redactor redactor;
  redactor.Register(Secret("hunter22"), "alice.password");
  redactor.Register(Secret("letmein!"), "bob.password");
  EXPECT_EQ(redactor.Mask("hunter22hunter22, letmein! and hunter2"),
            "{{alice.password}}{{alice.password}}, {{bob.password}} and hunter2");
}

TEST(Redactor, TakesTheLongestOfSecretsThatBeginAlike) {
  Redactor redactor;
  redactor.Register(Secret("abcdefgh"), "short");
  redactor.Register(Secret("abcdefghijkl"), "long");
  EXPECT_EQ(redactor.Mask("abcdefghijkl abcdefghi"), "{{long}} {{short}}i");
}

// Against looking at every secret at every place.
TEST(Redactor, TakesTheLongestOfManyThatBeginOneAnother) {
  Dice dice(11);
  for (int round = 0; round < 200; ++round) {
    Redactor redactor;
    std::set<std::string> secrets;
    std::set<std::string> passing;
    for (int i = 0; i < 60; ++i) {
      const std::string secret = dice.Text("ab", 6 + dice.Below(9));
      if (dice.Below(2) == 0) {
        redactor.Register(Secret(secret), "s" + secret, {}, Redactor::Lasts::kUntilForgotten);
        if (!secrets.contains(secret)) passing.insert(secret);
      } else {
        redactor.Register(Secret(secret), "s" + secret);
        secrets.insert(secret);
        passing.erase(secret);
      }
    }
    const std::string text = dice.Text("ab", 400);
    const auto expected = [&](const std::set<std::string>& known) {
      std::string masked;
      for (size_t at = 0; at < text.size();) {
        std::string longest;
        for (const std::string& secret : known) {
          if (text.compare(at, secret.size(), secret) == 0 && secret.size() > longest.size()) longest = secret;
        }
        masked += longest.empty() ? text.substr(at, 1) : "{{s" + longest + "}}";
        at += std::max<size_t>(1, longest.size());
      }
      return masked;
    };
    std::set<std::string> all = secrets;
    all.insert(passing.begin(), passing.end());
    EXPECT_EQ(redactor.Mask(text), expected(all));
    redactor.Forget();
    EXPECT_EQ(redactor.Mask(text), expected(secrets));
  }
}

TEST(Redactor, KnowsThePartsOfASignedToken) {
  Redactor redactor;
  const std::string head = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9";
  const std::string signature = "c2lnbmF0dXJlLW9mLXRoaXM";
  redactor.Register(Secret(head + "." + signature), "alice.token#1");
  EXPECT_EQ(redactor.Mask("Bearer " + head + "." + signature), "Bearer {{alice.token#1}}");
  EXPECT_EQ(redactor.Mask("saw " + head + ".forged"), "saw {{alice.token#1:unsigned}}.forged");
  EXPECT_EQ(redactor.Mask("sig=" + signature), "sig={{alice.token#1:signature}}");
}

TEST(Redactor, DoesNotLookForASignatureThatComesAboutByChance) {
  Redactor redactor;
  const std::string head = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9";
  const std::string zeros = Base64Url(std::string(64, '\0'));
  redactor.Register(Secret(head + "." + zeros), "alice.token#1");
  redactor.Register(Secret(head + ".c2hvcnQ"), "alice.token#2");
  EXPECT_EQ(redactor.Mask("Bearer " + head + "." + zeros), "Bearer {{alice.token#1}}");
  EXPECT_TRUE(redactor.Scan("inflated: " + std::string(258, 'A')).empty());
  EXPECT_TRUE(redactor.Scan("sig=c2hvcnQ").empty());
}

TEST(Redactor, SaysWhereAndHowASecretWasFound) {
  Redactor redactor;
  redactor.Register(Secret("hunter22"), "alice.password");
  const std::vector<Redactor::Leak> leaks = redactor.Scan("a hunter22 b " + Hex("hunter22"));
  ASSERT_EQ(leaks.size(), 2u);
  EXPECT_EQ(leaks[0].alias, "alice.password");
  EXPECT_EQ(leaks[0].encoding, "plain");
  EXPECT_EQ(leaks[0].offset, 2u);
  EXPECT_EQ(leaks[1].encoding, "hex");
  EXPECT_EQ(leaks[1].offset, 13u);
}

TEST(Redactor, MasksNamesAndValuesWithinJson) {
  Redactor redactor;
  redactor.Register(Secret("hunter22"), "alice.password");
  const Json masked =
      redactor.MaskAll({{"list", Json::array({"hunter22", 7, nullptr})}, {"hunter22", {{"deep", "x hunter22"}}}});
  EXPECT_EQ(masked, Json({{"list", Json::array({"{{alice.password}}", 7, nullptr})},
                          {"{{alice.password}}", {{"deep", "x {{alice.password}}"}}}}));
}

TEST(Redactor, KeepsTheFirstAliasOfASecret) {
  Redactor redactor;
  redactor.Register(Secret("hunter22"), "first");
  redactor.Register(Secret("hunter22"), "second");
  EXPECT_EQ(redactor.size(), 1u);
  EXPECT_EQ(redactor.Mask("hunter22"), "{{first}}");
}

TEST(Redactor, ForgetsWhatDoesNotLast) {
  Redactor redactor;
  constexpr auto kPassing = Redactor::Lasts::kUntilForgotten;
  const std::string head = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9";
  redactor.Register(Secret("hunter22"), "alice.password");
  redactor.Register(Secret(head + ".c2lnbmF0dXJlLW9mLXRoaXM"), "alice.token#1", kPassing);
  redactor.Register(Secret("swordfish"), "bob.key", kPassing);
  redactor.Register(Secret("swordfish"), "bob.key", Redactor::Lasts::kAsLongAsThis);
  redactor.Register(Secret("swordfish"), "bob.key", kPassing);
  redactor.Register(Secret("sesame-7"), "carol.key", kPassing);
  ASSERT_EQ(redactor.size(), 4u);
  ASSERT_EQ(redactor.Mask(Hex(head)), "{{alice.token#1:unsigned}}");
  redactor.Forget();
  EXPECT_EQ(redactor.size(), 2u);
  for (const std::string& gone : {head, Hex(head), std::string("sesame-7"), Base64("sesame-7")})
    EXPECT_EQ(redactor.Mask(gone), gone);
  for (const std::string& text :
       {std::string("swordfish"), Hex("swordfish"), std::string("hunter22"), Base64("hunter22")}) {
    EXPECT_EQ(redactor.Scan(text).size(), 1u) << text;
  }
  redactor.Register(Secret("sesame-7"), "carol.key#2", kPassing);
  EXPECT_EQ(redactor.Mask("sesame-7"), "{{carol.key#2}}");
}

TEST(Redactor, ForgetsWhatWasLastRegisteredBeforeAGeneration) {
  Redactor redactor;
  constexpr auto kPassing = Redactor::Lasts::kUntilForgotten;
  redactor.Register(Secret("sesame-1"), "alice.key", kPassing);
  redactor.Register(Secret("sesame-2"), "alice.token", kPassing);
  redactor.Register(Secret("hunter22"), "alice.password");
  const uint64_t second = redactor.BeginGeneration();
  redactor.Register(Secret("sesame-2"), "bob.token", kPassing);
  redactor.Register(Secret("sesame-3"), "bob.key", kPassing);
  redactor.Forget(second);
  EXPECT_EQ(redactor.size(), 4U) << "one of four is not worth it";
  redactor.Forget(redactor.BeginGeneration());
  EXPECT_EQ(redactor.size(), 1U);
  EXPECT_EQ(redactor.Mask("hunter22 sesame-1 sesame-2 sesame-3"), "{{alice.password}} sesame-1 sesame-2 sesame-3");
}

// The tables that tell most of a text from what begins a secret grow with them, and are made anew when some are
// forgotten.
TEST(Redactor, FindsEachOfManySecretsAndNothingElse) {
  Redactor redactor;
  constexpr int kMany = 4000;
  const auto secret = [](int number) { return Hex(Sha256("secret " + std::to_string(number))); };
  for (int i = 0; i < kMany; ++i) {
    redactor.Register(Secret(secret(i)), "s" + std::to_string(i),
                      i % 4 == 0 ? Redactor::Lasts::kAsLongAsThis : Redactor::Lasts::kUntilForgotten);
  }
  const auto missed = [&](int step) {
    int count = 0;
    for (int i = 0; i < kMany; ++i) {
      const std::string alias = "{{s" + std::to_string(i) + "}}";
      count += redactor.Mask(secret(i)) != (i % step == 0 ? alias : secret(i)) ? 1 : 0;
    }
    return count;
  };
  EXPECT_EQ(missed(1), 0);
  redactor.Forget();
  EXPECT_EQ(missed(4), 0);
  for (int i = kMany; i < 2 * kMany; ++i) {
    EXPECT_EQ(redactor.Mask(secret(i)), secret(i));
  }
}

// What both hold is looked for as long as one of them is.
TEST(Redactor, KeepsWhatALastingSecretSharesWithAForgottenOne) {
  Redactor redactor;
  const std::string head = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9";
  redactor.Register(Secret(head + ".Zm9yZ2VkLXNpZ25hdHVyZS1vZi10aGlz"), "forged", Redactor::Lasts::kUntilForgotten);
  redactor.Register(Secret(head + ".c2lnbmF0dXJlLW9mLXRoaXM"), "alice.token#1");
  redactor.Forget();
  EXPECT_EQ(redactor.Scan(head).size(), 1u);
  EXPECT_TRUE(redactor.Scan("Zm9yZ2VkLXNpZ25hdHVyZS1vZi10aGlz").empty());
}

TEST(RedactorDeathTest, RefusesSecretsTooShortToMask) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  Redactor redactor;
  EXPECT_DEATH(redactor.Register(Secret("12345"), "pin"), "a secret this short cannot be masked");
}

}  // namespace
}  // namespace iff
