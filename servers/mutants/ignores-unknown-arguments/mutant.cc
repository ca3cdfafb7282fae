#include "servers/http/seams.h"

namespace iff {

Seams IgnoresUnknownArguments() {
  Seams seams;
  seams.adjust_offer = [](Offer& offer) {
    for (Tool& tool : offer.tools) tool.input_schema["additionalProperties"] = true;
  };
  return seams;
}

}  // namespace iff
