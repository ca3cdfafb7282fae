// A compact JWS taken apart (RFC 7515 section 7.1). Private to harness/jose: nothing is verified by that.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace iff {

struct CompactJws {
  std::string_view signed_text = {};  // header.payload as it was sent
  std::string header = {};
  std::string payload = {};
  std::string signature = {};
};

// Nothing: not three segments of base64url.
std::optional<CompactJws> SplitCompact(std::string_view text);

}  // namespace iff
