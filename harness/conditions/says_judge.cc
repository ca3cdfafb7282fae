#include "harness/conditions/says.h"
#include "harness/run/applies.h"
#include "harness/run/judging.h"

namespace iff {

namespace {

// As it travelled, or as it reads: JSON may write the same text in several ways.
bool Says(const McpAnswer& answer, const std::string& text) {
  return answer.body.find(text) != std::string::npos || answer.Text().find(text) != std::string::npos;
}

std::string WhatIsSaid(const McpAnswer& answer, const std::string& text) {
  return Says(answer, text) ? "it does" : "it does not (" + Describe(answer) + ")";
}

}  // namespace

// Every target answers.
std::string AnswerSays::WhyNot(const Surroundings&) const { return ""; }

Weighed AnswerSays::Judged(const Judging& in) const {
  const std::string expected = "the answer says '" + text + "'";
  if (!in.seen.answer) return in.Silent(expected);
  return Met(Says(*in.seen.answer, text), expected, WhatIsSaid(*in.seen.answer, text));
}

std::string SilentAbout::WhyNot(const Surroundings&) const { return ""; }

Weighed SilentAbout::Judged(const Judging& in) const {
  const std::string expected = "the answer does not say '" + text + "'";
  if (!in.seen.answer) return in.Silent(expected);
  return Met(!Says(*in.seen.answer, text), expected, WhatIsSaid(*in.seen.answer, text));
}

}  // namespace iff
