#include "harness/core/secret_shapes.h"

#include <algorithm>
#include <utility>

#include "harness/core/bytes.h"
#include "harness/core/json.h"
#include "harness/core/result.h"

namespace iff {
namespace {

bool IsWord(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
}

// How many letters of words `text` begins with.
size_t WordAt(std::string_view text) {
  return static_cast<size_t>(std::find_if_not(text.begin(), text.end(), IsWord) - text.begin());
}

// RFC 7515 section 7.1: header.payload.signature, whose header is a JSON object with "alg".
bool IsSigned(std::string_view text) {
  constexpr size_t kLeastSignature = 40;  // of 32 bytes
  constexpr size_t kMostHeader = 8192;
  const size_t header = WordAt(text);
  if (header > kMostHeader || header == text.size() || text[header] != '.') return false;
  std::string_view rest = text.substr(header + 1);
  const size_t payload = WordAt(rest);
  if (payload == 0 || payload == rest.size() || rest[payload] != '.') return false;
  if (WordAt(rest.substr(payload + 1)) < kLeastSignature) return false;
  const auto decoded = DecodeBase64Url(text.substr(0, header));
  if (!decoded.ok()) return false;
  const Result<Json> read = ParseJson(*decoded);
  return read.ok() && read->is_object() && read->contains("alg");
}

// Where `begins` stands in `text`, for each time until `is` says that this is one.
template <class Is>
bool AnyAt(std::string_view text, std::string_view begins, const Is& is) {
  for (size_t at = text.find(begins); at != std::string_view::npos; at = text.find(begins, at)) {
    const bool in_word = at > 0 && IsWord(text[at - 1]);
    const std::string_view found = text.substr(at);
    if (!in_word && is(found)) return true;
    // What was looked at is not looked at again.
    at += std::max(begins.size(), in_word ? size_t{0} : WordAt(found));
  }
  return false;
}

bool HasShape(std::string_view text, const SecretShape& shape) {
  return AnyAt(text, shape.begins,
               [&](std::string_view found) { return WordAt(found.substr(shape.begins.size())) >= shape.least; });
}

}  // namespace

void SecretShapes::Add(SecretShape shape) {
  Invariant(!shape.begins.empty() && shape.least > 0, "the form of a secret says how it begins and how long it is");
  added_.push_back(std::move(shape));
}

std::vector<std::string> SecretShapes::In(std::string_view text) const {
  std::vector<std::string> kinds;
  if (AnyAt(text, "eyJ", IsSigned)) kinds.emplace_back("a signed token");
  if (text.find("PRIVATE KEY-----") != std::string_view::npos) kinds.emplace_back("a private key");
  for (const SecretShape& shape : added_) {
    if (std::find(kinds.begin(), kinds.end(), shape.kind) == kinds.end() && HasShape(text, shape))
      kinds.push_back(shape.kind);
  }
  return kinds;
}

}  // namespace iff
