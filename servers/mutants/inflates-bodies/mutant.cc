#include <cstddef>
#include <string>
#include <utility>

#include "harness/core/unpack.h"
#include "servers/http/seams.h"

namespace iff {

Seams InflatesBodies() {
  Seams seams;
  seams.on_request = [](HttpRequest& request) {
    constexpr size_t kHowever = size_t{1} << 30;
    if (request.headers.Get("Content-Encoding") != "gzip") return;
    std::string inflated = Decompress(request.body, Compression::kGzip, kHowever);
    if (inflated.empty()) return;
    request.body = std::move(inflated);
    request.headers.Remove("Content-Encoding");
  };
  return seams;
}

}  // namespace iff
