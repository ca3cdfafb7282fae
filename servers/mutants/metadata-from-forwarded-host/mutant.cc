#include <memory>
#include <utility>

#include "harness/core/json.h"
#include "servers/http/seams.h"
#include "servers/mutants/doors.h"

namespace iff {

namespace {

class Reflecting final : public InnerAuthenticator {
 public:
  Reflecting(std::shared_ptr<Authenticator> inner, std::shared_ptr<std::string> host)
      : InnerAuthenticator(std::move(inner)), host_(std::move(host)) {}

  Json Metadata() const override {
    Json document = inner_->Metadata();
    if (!host_->empty()) document["resource"] = "https://" + *host_ + "/mcp";
    return document;
  }

 private:
  std::shared_ptr<std::string> host_;
};

}  // namespace

Seams MetadataFromForwardedHost() {
  Seams seams;
  const auto host = std::make_shared<std::string>();
  seams.on_request = [host](HttpRequest& request) { *host = request.headers.Get("X-Forwarded-Host"); };
  seams.on_response = [host](const HttpRequest&, HttpResponse& response) {
    if (host->empty() || response.headers.Find("WWW-Authenticate") == nullptr) return;
    response.headers.Set("WWW-Authenticate",
                         "Bearer resource_metadata=\"https://" + *host + "/.well-known/oauth-protected-resource/mcp\"");
  };
  seams.wrap_authenticator = [host](std::shared_ptr<Authenticator> right) {
    return std::make_shared<Reflecting>(std::move(right), host);
  };
  return seams;
}

}  // namespace iff
