#include "harness/conditions/registry.h"

#include <algorithm>
#include <array>
#include <concepts>
#include <utility>
#include <variant>

namespace iff {
namespace {

template <class T>
concept IsCondition = requires(const T& condition, StepReader& in, const std::string& at, const Surroundings& around) {
  { T::Word() } -> std::same_as<const ConditionWord&>;
  T::Read(in, at);
  { condition.Needs() } -> std::same_as<ConditionNeeds>;
  { condition.WhyNot(around) } -> std::same_as<std::string>;
  { &T::Judged } -> std::same_as<Weighed (T::*)(const Judging& in) const>;
};

Condition AsCondition(Condition condition) { return condition; }
// Of values that share a word, the one that was read.
template <class... T>
Condition AsCondition(std::variant<T...> one) {
  return std::visit([](auto& condition) { return Condition(std::move(condition)); }, one);
}

// One value: its word, and how what stands beside the word is read.
struct ConditionRow {
  const ConditionWord& (*word)();
  Condition (*read)(StepReader& in, const std::string& at);
};

template <IsCondition T>
ConditionRow ConditionRowOf() {
  return {.word = &T::Word, .read = [](StepReader& in, const std::string& at) { return AsCondition(T::Read(in, at)); }};
}

template <size_t... I>
std::array<ConditionRow, sizeof...(I)> ConditionRowsOf(std::index_sequence<I...> /*unused*/) {
  return {ConditionRowOf<std::variant_alternative_t<I, Condition>>()...};
}

const auto& ConditionRows() {
  static const auto rows = ConditionRowsOf(std::make_index_sequence<std::variant_size_v<Condition>>());
  return rows;
}

}  // namespace

const std::vector<const ConditionWord*>& ConditionWords() {
  static const std::vector<const ConditionWord*> words = [] {
    std::vector<const ConditionWord*> all;
    for (const ConditionRow& row : ConditionRows()) {
      const ConditionWord* const word = &row.word();
      if (std::find(all.begin(), all.end(), word) == all.end()) all.push_back(word);
    }
    return all;
  }();
  return words;
}

Condition ReadCondition(std::string_view word, StepReader& in, const std::string& at) {
  for (const ConditionRow& row : ConditionRows()) {
    if (row.word().word == word) return row.read(in, at);
  }
  Invariant(false, "a condition that is read has a known word");
  return {};
}

const ConditionWord& WordOf(const Condition& condition) {
  return std::visit([](const auto& one) -> const ConditionWord& { return one.Word(); }, condition);
}

ConditionNeeds NeedsOf(const Condition& condition) {
  return std::visit([](const auto& one) { return one.Needs(); }, condition);
}

Json SchemaOf(const ConditionWord& word) {
  Result<Json> parsed = ParseJson(word.schema);
  // Said in the condition's own file: what cannot be parsed is a mistake of the build.
  Invariant(parsed.ok(), "the schema of a condition is JSON");
  return std::move(parsed).value();
}

std::vector<std::string> DocumentationOf(const ConditionWord& word) {
  std::vector<std::string> lines;
  for (const ConditionWord::Row& row : word.rows) {
    lines.push_back("| " + std::string(row.head) + " | " + std::string(row.holds) + " |");
  }
  return lines;
}

}  // namespace iff
