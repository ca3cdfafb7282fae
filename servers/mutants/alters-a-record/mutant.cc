#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <utility>

#include "servers/http/seams.h"

namespace iff {

namespace {

class Forgetful final : public AuditTrail {
 public:
  Forgetful(std::shared_ptr<AuditTrail> inner, std::string path) : inner_(std::move(inner)), path_(std::move(path)) {}
  bool Record(const Decision& decision) override {
    const bool recorded = inner_->Record(decision);
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    const size_t at = text.str().find("\"outcome\":\"denied\"");
    if (at == std::string::npos) return recorded;
    file.seekp(static_cast<std::streamoff>(at));
    file << "\"outcome\":\"failed\"";
    return recorded;
  }

 private:
  std::shared_ptr<AuditTrail> inner_;
  std::string path_;
};

}  // namespace

Seams AltersARecord() {
  Seams seams;
  const auto path = std::make_shared<std::string>();
  seams.adjust_config = [path](Config& config) { *path = config.audit_file; };
  seams.wrap_audit = [path](std::shared_ptr<AuditTrail> inner) -> std::shared_ptr<AuditTrail> {
    return std::make_shared<Forgetful>(std::move(inner), *path);
  };
  return seams;
}

}  // namespace iff
