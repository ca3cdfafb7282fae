#include <memory>
#include <optional>

#include "servers/http/seams.h"

namespace iff {

Seams SharedCredential() {
  Seams seams;
  const auto first = std::make_shared<std::string>();
  seams.on_upstream_request = [first](HttpRequest& request, const Caller&, const Credential&) {
    if (first->empty()) *first = request.headers.Get("Authorization");
    request.headers.Set("Authorization", *first);
  };
  return seams;
}

}  // namespace iff
