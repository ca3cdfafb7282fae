#include <memory>
#include <string>

#include "harness/core/json.h"
#include "servers/http/seams.h"
#include "servers/mutants/doors.h"

namespace iff {

namespace {

class OpenBook final : public InnerAuthenticator {
 public:
  OpenBook(std::shared_ptr<Authenticator> inner, std::shared_ptr<Json> config)
      : InnerAuthenticator(std::move(inner)), config_(std::move(config)) {}

  Json Metadata() const override {
    Json document = inner_->Metadata();
    document["configuration"] = *config_;
    document["scopes_supported"].push_back("offline_access");
    return document;
  }

 private:
  std::shared_ptr<Json> config_;
};

}  // namespace

Seams MetadataIsTheConfiguration() {
  Seams seams;
  const auto config = std::make_shared<Json>(Json::object());
  seams.adjust_config = [config](Config& right) {
    *config = {{"vault", right.vault.endpoint.Authority()}, {"client_secret", right.client_secret.Reveal()}};
  };
  seams.wrap_authenticator = [config](std::shared_ptr<Authenticator> right) {
    return std::make_shared<OpenBook>(std::move(right), config);
  };
  return seams;
}

}  // namespace iff
