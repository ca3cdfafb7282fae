#include "harness/cli/explain.h"

#include "harness/cli/dispatch.h"

namespace iff {
namespace {

int ExplainTopic(const Call& call, const std::string& topic) {
  const SessionOptions session_options = SessionOptionsFor(call);
  const Result<System> system = LoadSystemFor(session_options);
  if (!system.ok()) return Complain(call.console, system.error());
  const Result<std::vector<Suite>> suites = LoadAllSuites(session_options, *system, call.services.probes);
  if (!suites.ok()) return Complain(call.console, suites.error());
  const Result<Explanations> words = LoadExplanations(call.services.places.root);
  if (!words.ok()) return Complain(call.console, words.error());
  if (topic.empty()) {
    for (const std::string& one : Topics(*words, *suites)) call.console.Say(one);
    return 0;
  }
  const Result<std::vector<std::string>> lines = Explain(topic, *words, *suites);
  if (!lines.ok()) return Complain(call.console, lines.error());
  if (call.options.json) {
    call.console.Say(DumpPretty(Json{{"topic", topic}, {"lines", *lines}}));
    return 0;
  }
  for (const std::string& line : *lines) call.console.Say(line);
  return 0;
}

}  // namespace

Command ExplainCommand() {
  return {.name = "explain",
          .summary = "what a check, a cause, an attack, a clause or a finding means, and how to fix what it found",
          .group = CommandGroup::kLook,
          .examples = {{"iff explain alg-none-is-refused", "a check that failed"},
                       {"iff explain audience-not-checked", "what is wrong where many checks failed"},
                       {"iff explain 'RFC 8725 section 3.1'", "a clause, with the checks that answer to it"},
                       {"iff explain", "everything that can be asked for"}},
          .declare = [](Options&, Arguments& arguments) -> CommandAction {
            const auto topic = std::make_shared<std::string>();
            arguments = {{.names = "topic",
                          .into = topic.get(),
                          .takes = Takes::kTopic,
                          .help = "a check, a cause, an attack, a clause, a finding or a kind of expectation"}};
            return {.act = [topic](const Call& call) { return ExplainTopic(call, *topic); }};
          }};
}

}  // namespace iff
