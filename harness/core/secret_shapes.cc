#include "harness/core/secret_shapes.h"

#include <algorithm>
#include <array>

#include "harness/core/bytes.h"
#include "harness/core/json.h"

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

struct Shape {
  std::string_view kind = {};
  std::string_view begins = {};
  size_t least = 0;  // letters of words behind it; 0: none are needed
};
constexpr std::array<Shape, 11> kShapes = {{{"a signed token", "eyJ", 0},
                                            {"a private key", "PRIVATE KEY-----", 0},
                                            {"a token of Vault", "hvs.", 24},
                                            {"a token of Vault", "hvb.", 24},
                                            {"a token of Vault", "hvr.", 24},
                                            {"a token of GitHub", "ghp_", 36},
                                            {"a token of GitHub", "gho_", 36},
                                            {"a token of GitHub", "ghs_", 36},
                                            {"a token of GitHub", "github_pat_", 50},
                                            {"a token of Atlassian", "ATATT3x", 50},
                                            {"a token of Slack", "xoxb-", 24}}};

bool Has(std::string_view text, const Shape& shape) {
  for (size_t at = text.find(shape.begins); at != std::string_view::npos; at = text.find(shape.begins, at)) {
    const bool begins = at == 0 || !IsWord(text[at - 1]) || shape.least == 0;
    const std::string_view found = text.substr(at);
    const std::string_view behind = found.substr(shape.begins.size());
    const bool jws = shape.begins == "eyJ";
    if (begins && (jws ? (at == 0 || !IsWord(text[at - 1])) && IsSigned(found) : WordAt(behind) >= shape.least))
      return true;
    // What was looked at is not looked at again.
    at += std::max(shape.begins.size(), jws ? WordAt(found) : size_t{0});
  }
  return false;
}

}  // namespace

std::vector<std::string> SecretShapes(std::string_view text) {
  std::vector<std::string> kinds;
  for (const Shape& shape : kShapes) {
    const std::string kind(shape.kind);
    if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end() && Has(text, shape)) kinds.push_back(kind);
  }
  return kinds;
}

}  // namespace iff
