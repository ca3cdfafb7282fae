#include "harness/jose/compact.h"

#include <utility>

#include "harness/core/bytes.h"
#include "harness/core/result.h"

namespace iff {

std::optional<CompactJws> SplitCompact(std::string_view text) {
  const size_t first = text.find('.');
  if (first == std::string_view::npos) return {};
  const size_t second = text.find('.', first + 1);
  if (second == std::string_view::npos || text.find('.', second + 1) != std::string_view::npos) return {};
  Result<std::string> header = DecodeBase64Url(text.substr(0, first));
  Result<std::string> payload = DecodeBase64Url(text.substr(first + 1, second - first - 1));
  Result<std::string> signature = DecodeBase64Url(text.substr(second + 1));
  if (!header.ok() || !payload.ok() || !signature.ok()) return {};
  return CompactJws{.signed_text = text.substr(0, second),
                    .header = std::move(header).value(),
                    .payload = std::move(payload).value(),
                    .signature = std::move(signature).value()};
}

}  // namespace iff
