#include <memory>

#include "servers/http/seams.h"

namespace iff {

Seams ErrorTextLeaksSecret() {
  Seams seams;
  const auto sent = std::make_shared<std::string>();
  seams.on_upstream_request = [sent](HttpRequest&, const Caller&, const Credential& credential) {
    *sent = credential.Field("api_token").Reveal();
  };
  seams.decorate_error = [sent](Failure& failure, const std::string& detail) {
    failure.message += " (" + detail + ", sent with " + *sent + ")";
  };
  return seams;
}

}  // namespace iff
