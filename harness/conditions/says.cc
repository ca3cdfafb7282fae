#include "harness/conditions/says.h"

namespace iff {

const ConditionWord& AnswerSays::Word() {
  static const ConditionWord word = {
      .word = "says",
      .schema = R"({"description": "The answer contains this text.", "$ref": "#/$defs/text"})",
      .rows = {{.head = "`says: TEXT`, `silent_about: TEXT`", .holds = "the answer contains the text, or does not"}},
      .examples = {"x"},
      .on_answer = true,
      .means = "The answer carries the text.",
      .fix = "Say the cause in the caller's terms; a person must be able to act on it."};
  return word;
}

AnswerSays AnswerSays::Read(StepReader& in, const std::string& at) { return {.text = in.Text(at, true)}; }

ConditionNeeds AnswerSays::Needs() const { return {}; }

const ConditionWord& SilentAbout::Word() {
  static const ConditionWord word = {
      .word = "silent_about",
      .schema = R"({"description": "The answer does not contain this text.", "$ref": "#/$defs/text"})",
      .rows = {{.head = "`says: TEXT`, `silent_about: TEXT`", .holds = "the answer contains the text, or does not"}},
      .examples = {"x"},
      .on_answer = true,
      .means = "The answer does not carry the text, which would tell what the caller is not to know.",
      .fix =
          "Answer alike for what is forbidden and for what does not exist, if the caller may not "
          "know the difference."};
  return word;
}

SilentAbout SilentAbout::Read(StepReader& in, const std::string& at) { return {.text = in.Text(at, true)}; }

ConditionNeeds SilentAbout::Needs() const { return {}; }

}  // namespace iff
