#include <memory>
#include <string>
#include <string_view>

#include "harness/core/json.h"
#include "servers/http/seams.h"

namespace iff {

Seams KeepsWithdrawnKeys() {
  Seams seams;
  const auto all = std::make_shared<Json>(Json{{"keys", Json::array()}});
  seams.adjust_keys = [all](KeySourceOptions& options) {
    options.parse = [all](std::string_view set) {
      const Result<Json> published = ParseJson(set);
      if (!published.ok()) return KeySet::Parse(set);
      for (const Json& key : published.value().value("keys", Json::array())) {
        bool known = false;
        for (const Json& kept : (*all)["keys"]) known = known || kept == key;
        if (!known) (*all)["keys"].push_back(key);
      }
      return KeySet::Parse(Dump(*all));
    };
  };
  return seams;
}

}  // namespace iff
