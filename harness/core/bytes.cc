#include "harness/core/bytes.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>

namespace iff {
namespace {

constexpr std::string_view kStandard = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrlSafe = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

const unsigned char* Bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

unsigned char At(std::string_view text, size_t index) { return static_cast<unsigned char>(text[index]); }

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
  const auto malformed = [] { return Error(ErrorKind::kInvalidInput, "decode base64: malformed text"); };
  if (text.size() % 4 == 1) return malformed();
  std::string bytes(text.size() * 3 / 4, '\0');
  size_t wrote = 0;
  size_t i = 0;
  int32_t seen = 0;  // negative once a character was none
  for (; i + 4 <= text.size(); i += 4) {
    const int32_t a = table[At(text, i)];
    const int32_t b = table[At(text, i + 1)];
    const int32_t c = table[At(text, i + 2)];
    const int32_t d = table[At(text, i + 3)];
    seen |= a | b | c | d;
    const auto group = static_cast<uint32_t>((a << 18) | (b << 12) | (c << 6) | d);
    bytes[wrote++] = static_cast<char>(group >> 16);
    bytes[wrote++] = static_cast<char>(group >> 8);
    bytes[wrote++] = static_cast<char>(group);
  }
  uint32_t group = 0;
  int bits = 0;
  for (; i < text.size(); ++i) {
    const int32_t value = table[At(text, i)];
    seen |= value;
    group = (group << 6) | static_cast<uint32_t>(value & 63);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[wrote++] = static_cast<char>((group >> bits) & 0xff);
    }
  }
  if (seen < 0) return malformed();
  if ((group & ((1U << bits) - 1)) != 0) return malformed();  // two texts for the same bytes
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
  // Fetched once and its context kept: looking the algorithm up costs more than a short text.
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  thread_local const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
  std::string digest(32, '\0');
  unsigned int size = 0;
  const bool ok = EVP_DigestInit_ex(context.get(), algorithm, nullptr) == 1 &&
                  EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) == 1 &&
                  EVP_DigestFinal_ex(context.get(), reinterpret_cast<unsigned char*>(digest.data()), &size) == 1;
  Invariant(ok && size == 32, "SHA-256 is always there");
  return digest;
}

std::string HmacSha256(std::string_view key, std::string_view bytes) {
  std::string digest(32, '\0');
  unsigned int size = 0;
  const auto* done = HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), Bytes(bytes), bytes.size(),
                          reinterpret_cast<unsigned char*>(digest.data()), &size);
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
    const bool unreserved = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
                            c == '.' || c == '_' || c == '~';
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
  unsigned char bytes[16];
  // Drawn many at a time: asking the generator costs more than all else in the check of a known token. What was handed
  // out is not kept.
  thread_local std::array<unsigned char, 64 * sizeof bytes> drawn;
  thread_local size_t used = drawn.size();
  if (used == drawn.size()) {
    const int ok = RAND_bytes(drawn.data(), static_cast<int>(drawn.size()));
    Invariant(ok == 1, "no program of ours works without randomness");
    used = 0;
  }
  std::copy_n(drawn.data() + used, sizeof bytes, bytes);
  std::fill_n(drawn.data() + used, sizeof bytes, static_cast<unsigned char>(0));
  used += sizeof bytes;
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3f) | 0x80);
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text(36, '-');
  size_t at = 0;
  for (size_t i = 0; i < sizeof bytes; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) ++at;  // the hyphen that is there
    text[at++] = kDigits[bytes[i] >> 4];
    text[at++] = kDigits[bytes[i] & 15];
  }
  return text;
}

}  // namespace iff
