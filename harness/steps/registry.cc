#include "harness/steps/registry.h"

#include <array>
#include <concepts>
#include <set>
#include <utility>
#include <variant>

namespace iff {
namespace {

template <class T>
concept IsStep =
    requires(const T& step, StepReader& in, const std::string& at, const Surroundings& around, Play& play) {
      { T::Word() } -> std::same_as<const StepWord&>;
      { T::Read(in, at) } -> std::same_as<T>;
      { step.Effects() } -> std::same_as<StepEffects>;
      { step.WhyNot(around) } -> std::same_as<WhyNotHere>;
      { step.Perform(play) } -> std::same_as<void>;
    };

// One word: its description, and how it is read.
struct Row {
  const StepWord& (*word)();
  Action (*read)(StepReader& in, const std::string& at);
};

template <IsStep T>
Row RowOf() {
  return {.word = &T::Word, .read = [](StepReader& in, const std::string& at) -> Action { return T::Read(in, at); }};
}

template <size_t... I>
std::array<Row, sizeof...(I)> RowsOf(std::index_sequence<I...> /*unused*/) {
  return {RowOf<std::variant_alternative_t<I, Action>>()...};
}

const auto& Rows() {
  static const auto rows = RowsOf(std::make_index_sequence<std::variant_size_v<Action>>());
  return rows;
}

// Ours, and said in this file's own words: what cannot be parsed is a mistake of the build.
Json Parsed(std::string_view text) {
  Result<Json> parsed = ParseJson(text);
  Invariant(parsed.ok(), "the schema of a step word is JSON");
  return std::move(parsed).value();
}

}  // namespace

const std::vector<const StepWord*>& StepWords() {
  static const std::vector<const StepWord*> words = [] {
    std::vector<const StepWord*> all;
    for (const Row& row : Rows()) all.push_back(&row.word());
    return all;
  }();
  return words;
}

Action ReadAction(std::string_view word, StepReader& in, const std::string& at) {
  for (const Row& row : Rows()) {
    if (row.word().word != word) continue;
    in.OnlyMembersOf(row.word(), at);
    return row.read(in, at);
  }
  Invariant(false, "a step that is read has a known word");
  return {};
}

const StepWord& WordOf(const Action& action) { return *StepWords()[action.index()]; }

StepEffects EffectsOf(const Action& action) {
  return std::visit([](const auto& step) { return step.Effects(); }, action);
}

Json SchemaOf(const StepWord& word) {
  Json schema = Parsed(word.schema);
  schema["type"] = "object";
  schema["additionalProperties"] = false;
  Json& properties = schema["properties"];
  if (word.sends) properties.update(Parsed(Sending::Schema()));
  if (word.at_target) {
    properties["at"] = {{"description", "Which of the targets that stand beside. Default: the scenario's own."},
                        {"$ref", "#/$defs/text"}};
  }
  properties["label"] = {{"description", "A name `replay` may use."}, {"$ref", "#/$defs/text"}};
  properties["expect"] = {{"$ref", "#/$defs/expect"}};
  return schema;
}

std::vector<std::string> MembersOf(const StepWord& word) {
  // Each once: a suite has thousands of steps.
  static const std::map<std::string_view, std::vector<std::string>> all = [] {
    std::map<std::string_view, std::vector<std::string>> of;
    for (const StepWord* each : StepWords()) {
      const Json schema = SchemaOf(*each);
      for (const auto& [name, unused] : schema["properties"].items()) of[each->word].push_back(name);
    }
    return of;
  }();
  return all.at(word.word);
}

bool IsCompanion(const std::string& member) {
  static const std::set<std::string> companions = [] {
    std::set<std::string> all;
    for (const StepWord* word : StepWords()) {
      for (const std::string& name : MembersOf(*word)) all.insert(name);
    }
    for (const StepWord* word : StepWords()) all.erase(std::string(word->word));
    return all;
  }();
  return companions.contains(member);
}

std::string DocumentationOf(const StepWord& word) {
  return "| " + std::string(word.head) + " | " + std::string(word.does) + " | " + std::string(word.also) +
         (word.also.empty() ? "|" : " |");
}

}  // namespace iff
