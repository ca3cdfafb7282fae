#include "harness/conditions/says.h"

namespace iff {

const ConditionWord& AnswerSays::Word() {
  static const ConditionWord word = {
      .word = "says",
      .schema = R"({"description": "The answer contains this text.", "$ref": "#/$defs/text"})",
      .rows = {{.head = "`says: TEXT`, `silent_about: TEXT`", .holds = "the answer contains the text, or does not"}}};
  return word;
}

AnswerSays AnswerSays::Read(StepReader& in, const std::string& at) { return {.text = in.Text(at, true)}; }

ConditionNeeds AnswerSays::Needs() const { return {}; }

const ConditionWord& SilentAbout::Word() {
  static const ConditionWord word = {
      .word = "silent_about",
      .schema = R"({"description": "The answer does not contain this text.", "$ref": "#/$defs/text"})",
      .rows = {{.head = "`says: TEXT`, `silent_about: TEXT`", .holds = "the answer contains the text, or does not"}}};
  return word;
}

SilentAbout SilentAbout::Read(StepReader& in, const std::string& at) { return {.text = in.Text(at, true)}; }

ConditionNeeds SilentAbout::Needs() const { return {}; }

}  // namespace iff
