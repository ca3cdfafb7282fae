#include "harness/steps/call.h"

namespace iff {

const StepWord& CallStep::Word() {
  static const StepWord word = {.word = "call",
                                .schema = R"({
  "required": ["call"],
  "properties": {
    "call": {"description": "A tool, or an operation of the target.", "$ref": "#/$defs/text"},
    "of": {"description": "Persona whose thing is asked for.", "$ref": "#/$defs/text"},
    "arguments": {"description": "Instead of the operation's own.", "type": "object"}
  }
})",
                                .sends = true,
                                .head = "`call: WHAT`",
                                .does = "an operation of the target, or a tool by its name",
                                .also = "`of: PERSONA`, `arguments`, and what sending takes"};
  return word;
}

CallStep CallStep::Read(StepReader& in, const std::string& at) {
  CallStep step{.sending = Sending::Read(in, at), .of = in.Persona(at + "/of", false)};
  const std::string name = in.Text(at + "/call", true);
  const Vocabulary& words = in.vocabulary();
  if (words.operations.contains(name)) {
    step.operation = name;
  } else {
    step.tool = name;
    if (!words.tools.empty() && !words.tools.contains(name)) {
      std::vector<std::string> known = StepReader::List(words.tools);
      for (const std::string& operation : words.operations) known.push_back(operation);
      in.Mistake(at + "/call", "no target has a tool or operation called '" + name + "'" + DidYouMean(name, known));
    }
  }
  if (in.Has(at + "/arguments")) step.arguments = in.Object(at + "/arguments");
  return step;
}

StepEffects CallStep::Effects() const {
  StepEffects effects = sending.Effects();
  effects.operation = operation;
  return effects;
}

}  // namespace iff
