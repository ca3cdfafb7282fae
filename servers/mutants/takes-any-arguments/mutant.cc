#include <string>
#include <utility>

#include "harness/core/json.h"
#include "servers/http/seams.h"

namespace iff {

namespace {

Json PerhapsMeant(const Json& value) {
  if ((value.is_array() || value.is_object()) && !value.empty()) return PerhapsMeant(*value.begin());
  if (!value.is_string()) return Dump(value);
  const std::string text = value.get<std::string>();
  return std::string(text.c_str());
}

}  // namespace

Seams TakesAnyArguments() {
  Seams seams;
  seams.adjust_offer = [](Offer& offer) {
    for (Tool& tool : offer.tools) {
      tool.input_schema = Json{{"type", "object"}};
      tool.run = [run = tool.run](ToolCall call) {
        for (Json& value : call.arguments) value = PerhapsMeant(value);
        return run(std::move(call));
      };
    }
  };
  return seams;
}

}  // namespace iff
