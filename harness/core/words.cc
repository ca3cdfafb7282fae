#include "harness/core/words.h"

#include <cctype>
#include <set>

namespace iff {

std::vector<std::string> WordsOf(std::string_view name) {
  std::vector<std::string> words(1);
  char before = '\0';
  for (const char c : name) {
    const auto letter = static_cast<unsigned char>(c);
    const bool hump = std::isupper(letter) != 0 && std::islower(static_cast<unsigned char>(before)) != 0;
    if ((std::isalnum(letter) == 0 || hump) && !words.back().empty()) words.emplace_back();
    if (std::isalnum(letter) != 0) words.back() += static_cast<char>(std::tolower(letter));
    before = c;
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

namespace {

// By its last words, `end` of them.
bool EndsInASecret(const std::vector<std::string>& words, size_t end) {
  static const std::set<std::string> kSecrets = {
      "password", "passwd",      "passphrase",   "secret",     "credential", "credentials", "cvv",          "cvc",
      "api key",  "private key", "access token", "auth token", "api token",  "apikey",      "refresh token"};
  if (end == 0) return false;
  return kSecrets.contains(words[end - 1]) || (end > 1 && kSecrets.contains(words[end - 2] + " " + words[end - 1])) ||
         words == std::vector<std::string>{"token"};
}

}  // namespace

bool NamesASecret(std::string_view name) {
  const std::vector<std::string> words = WordsOf(name);
  return EndsInASecret(words, words.size());
}

bool SpeaksOfASecret(std::string_view text) {
  const std::vector<std::string> words = WordsOf(text);
  for (size_t end = 1; end <= words.size(); ++end) {
    if (EndsInASecret(words, end)) return true;
  }
  return false;
}

}  // namespace iff
