// One HTTP request to any endpoint of the target or of a component, beside MCP.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/json.h"
#include "harness/steps/sending.h"

namespace iff {

// A text of the answer that later requests use as {captured.NAME}.
struct AnswerCapture {
  enum class Part { kStatus, kHeader, kJson };
  std::string name = {};
  Part part = Part::kStatus;
  std::string where = {};   // a header's name, or a JSON pointer
  std::string secret = {};  // what reports call it; "": it is no secret
};

struct RequestStep {
  Sending sending = {};
  std::string method = {};
  std::string path = {};  // path and query, below the origin of the target or component
  std::string to = {};    // component; "": the target
  std::map<std::string, std::string> headers = {};
  std::optional<Json> json = {};
  std::optional<std::map<std::string, std::string>> form = {};
  std::optional<std::string> raw = {};
  std::vector<AnswerCapture> captures = {};
  static const StepWord& Word();
  static RequestStep Read(StepReader& in, const std::string& at);
  StepEffects Effects() const;
  WhyNotHere WhyNot(const Surroundings& around) const;
  void Perform(Play& play) const;
};

// `text` with every {captured.NAME} replaced by what `value_of` answers; other braces stay. Values are not looked
// through again.
std::string FillCaptured(std::string_view text, const std::function<std::string(const std::string& name)>& value_of);

}  // namespace iff
