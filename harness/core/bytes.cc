#include "harness/core/bytes.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <array>
#include <cstdint>

namespace iff {
namespace {

constexpr std::string_view kStandard =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrlSafe =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char At(std::string_view text, size_t index) {
  return static_cast<unsigned char>(text[index]);
}

std::string Encode(std::string_view bytes, std::string_view alphabet) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  size_t i = 0;
  for (; i + 2 < bytes.size(); i += 3) {
    const uint32_t group = (uint32_t{At(bytes, i)} << 16) | (uint32_t{At(bytes, i + 1)} << 8) | At(bytes, i + 2);
    for (int shift = 18; shift >= 0; shift -= 6) text += alphabet[(group >> shift) & 63];
  }
  if (const size_t rest = bytes.size() - i; rest > 0) {
    uint32_t group = uint32_t{At(bytes, i)} << 16;
    if (rest == 2) group |= uint32_t{At(bytes, i + 1)} << 8;
    text += alphabet[(group >> 18) & 63];
    text += alphabet[(group >> 12) & 63];
    if (rest == 2) text += alphabet[(group >> 6) & 63];
  }
  return text;
}

std::array<int8_t, 256> Reverse(std::string_view alphabet) {
  std::array<int8_t, 256> table{};
  table.fill(-1);
  for (size_t i = 0; i < alphabet.size(); ++i) table[At(alphabet, i)] = static_cast<int8_t>(i);
  return table;
}

Result<std::string> Decode(std::string_view text, const std::array<int8_t, 256>& table) {
  const Error malformed(ErrorKind::kInvalidInput, "decode base64: malformed text");
  if (text.size() % 4 == 1) return malformed;
  std::string bytes;
  bytes.reserve(text.size() * 3 / 4);
  uint32_t group = 0;
  int bits = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const int value = table[At(text, i)];
    if (value < 0) return malformed;
    group = (group << 6) | static_cast<uint32_t>(value);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes += static_cast<char>((group >> bits) & 0xff);
    }
  }
  if ((group & ((1U << bits) - 1)) != 0) return malformed;  // two texts for the same bytes
  return bytes;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string RandomBytes(size_t count) {
  std::string bytes(count, '\0');
  const int ok = RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count));
  Invariant(ok == 1, "no program of ours works without randomness");
  return bytes;
}

std::string Sha256(std::string_view bytes) {
  std::string digest(32, '\0');
  unsigned int size = 0;
  const int ok = EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()),
                            &size, EVP_sha256(), nullptr);
  Invariant(ok == 1 && size == 32, "SHA-256 is always there");
  return digest;
}

std::string HmacSha256(std::string_view key, std::string_view bytes) {
  std::string digest(32, '\0');
  unsigned int size = 0;
  const auto* done = HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), Bytes(bytes),
                          bytes.size(), reinterpret_cast<unsigned char*>(digest.data()), &size);
  Invariant(done != nullptr && size == 32, "HMAC-SHA-256 is always there");
  return digest;
}

std::string Hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (size_t i = 0; i < bytes.size(); ++i) {
    text += kDigits[At(bytes, i) >> 4];
    text += kDigits[At(bytes, i) & 15];
  }
  return text;
}

std::string Base64(std::string_view bytes) {
  std::string text = Encode(bytes, kStandard);
  while (text.size() % 4 != 0) text += '=';
  return text;
}

std::string Base64Url(std::string_view bytes) { return Encode(bytes, kUrlSafe); }

Result<std::string> DecodeBase64Url(std::string_view text) {
  static const auto table = Reverse(kUrlSafe);
  return Decode(text, table);
}

Result<std::string> DecodeBase64(std::string_view text) {
  static const auto table = Reverse(kStandard);
  if (text.size() % 4 != 0) return Error(ErrorKind::kInvalidInput, "decode base64: malformed text");
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  return Decode(text, table);
}

std::string PercentEncode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool unreserved = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                            c == '-' || c == '.' || c == '_' || c == '~';
    if (unreserved) {
      out += c;
    } else {
      constexpr std::string_view kDigits = "0123456789ABCDEF";
      out += '%';
      out += kDigits[static_cast<unsigned char>(c) >> 4];
      out += kDigits[static_cast<unsigned char>(c) & 15];
    }
  }
  return out;
}

Result<std::string> PercentDecode(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const bool complete = i + 2 < text.size();
    const int high = complete ? HexDigit(text[i + 1]) : -1;
    const int low = complete ? HexDigit(text[i + 2]) : -1;
    if (high < 0 || low < 0) return Error(ErrorKind::kInvalidInput, "decode percent-encoding: malformed escape");
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

std::string FormEncode(std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
  std::string out;
  for (const auto& [name, value] : fields) {
    if (!out.empty()) out += '&';
    out += PercentEncode(name) + '=' + PercentEncode(value);
  }
  return out;
}

std::string RandomUuid() {
  std::string bytes = RandomBytes(16);
  bytes[6] = static_cast<char>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80);
  const std::string hex = Hex(bytes);
  return hex.substr(0, 8) + '-' + hex.substr(8, 4) + '-' + hex.substr(12, 4) + '-' + hex.substr(16, 4) +
         '-' + hex.substr(20);
}

}  // namespace iff
