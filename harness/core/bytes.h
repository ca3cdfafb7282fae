// Bytes and their texts: random, hashes, base64, hex, percent-encoding. Bytes are std::string.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "harness/core/result.h"

namespace iff {

constexpr bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// From the operating system's generator; aborts if there is none.
std::string RandomBytes(size_t count);

std::string Sha256(std::string_view bytes);                            // 32 bytes
std::string HmacSha256(std::string_view key, std::string_view bytes);  // 32 bytes

std::string Hex(std::string_view bytes);
std::string Base64(std::string_view bytes);     // standard alphabet, padded
std::string Base64Url(std::string_view bytes);  // RFC 4648 section 5, unpadded

// Strict: no padding, no blanks, no foreign characters, trailing bits zero (RFC 7515 appendix C).
Result<std::string> DecodeBase64Url(std::string_view text);
// Padded standard alphabet, strict.
Result<std::string> DecodeBase64(std::string_view text);

// Everything but RFC 3986 unreserved characters becomes %XX: safe as one path segment or query value.
std::string PercentEncode(std::string_view text);
Result<std::string> PercentDecode(std::string_view text);

// application/x-www-form-urlencoded, in order.
std::string FormEncode(std::initializer_list<std::pair<std::string_view, std::string_view>> fields);

// RFC 9562 version 4, lower case.
std::string RandomUuid();

}  // namespace iff
