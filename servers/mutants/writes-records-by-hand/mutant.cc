#include <fstream>
#include <memory>
#include <string>
#include <utility>

#include "servers/http/seams.h"

namespace iff {

namespace {

class ByHand final : public AuditTrail {
 public:
  ByHand(std::shared_ptr<AuditTrail> inner, std::string path) : inner_(std::move(inner)), path_(std::move(path)) {}
  bool Record(const Decision& decision) override {
    std::ofstream(path_, std::ios::app) << "{\"method\":\"" << decision.method << "\",\"tool\":\"" << decision.tool
                                        << "\"}\n";
    return inner_->Record(decision);
  }

 private:
  std::shared_ptr<AuditTrail> inner_;
  std::string path_;
};

}  // namespace

Seams WritesRecordsByHand() {
  Seams seams;
  const auto path = std::make_shared<std::string>();
  seams.adjust_config = [path](Config& config) { *path = config.audit_file; };
  seams.wrap_audit = [path](std::shared_ptr<AuditTrail> inner) -> std::shared_ptr<AuditTrail> {
    return std::make_shared<ByHand>(std::move(inner), *path);
  };
  return seams;
}

}  // namespace iff
