#include "harness/core/bytes.h"
#include "servers/http/seams.h"

namespace iff {

Seams UnvalidatedIssueKeys() {
  Seams seams;
  seams.adjust_offer = [](Offer& offer) {
    for (Tool& tool : offer.tools) {
      if (tool.name == "get_issue") tool.input_schema["properties"]["issue_key"] = Json::object();
    }
  };
  seams.on_upstream_request = [](HttpRequest& request, const Caller&, const Credential&) {
    if (request.target.find("/issue/") == std::string::npos) return;
    const Result<std::string> plain = PercentDecode(request.target);
    if (plain.ok()) request.target = plain.value();
  };
  return seams;
}

}  // namespace iff
