#include "harness/cli/completion.h"

#include <algorithm>

#include "harness/cli/parse.h"

namespace iff {
namespace {

std::vector<std::string> BeginningWith(std::vector<std::string> words, const std::string& start) {
  std::erase_if(words, [&](const std::string& word) { return !word.starts_with(start); });
  std::sort(words.begin(), words.end());
  words.erase(std::unique(words.begin(), words.end()), words.end());
  return words;
}

// Words come on standard input's side as arguments; nothing typed is ever evaluated.
constexpr std::string_view kBash = R"(# bash completion for iff:  source <(iff completion bash)
_iff() {
  local IFS=$'\n' words=("${COMP_WORDS[@]:1:COMP_CWORD}")
  # '=' parts words in COMP_WORDS; options with '=' are left to the default.
  COMPREPLY=($("${COMP_WORDS[0]}" complete -- "${words[@]}" 2>/dev/null))
}
complete -o default -F _iff iff ./iff
)";

constexpr std::string_view kZsh = R"(#compdef iff
# zsh completion for iff:  source <(iff completion zsh)
_iff() {
  local -a found
  found=("${(@f)$("${words[1]}" complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  found=("${(@)found:#}")
  if (( ${#found} )); then compadd -- "${found[@]}"; else _files; fi
}
compdef _iff iff ./iff
)";

constexpr std::string_view kFish = R"(# fish completion for iff:  iff completion fish | source
function __iff_complete
    set -l words (commandline -opc) (commandline -ct)
    command $words[1] complete -- $words[2..-1] 2>/dev/null
end
complete -c iff -a '(__iff_complete)'
)";

}  // namespace

std::vector<std::string> Complete(const std::vector<std::string>& words, const WordsOf& words_of) {
  const std::string last = words.empty() ? "" : words.back();
  if (words.size() <= 1) {
    std::vector<std::string> names = {"--help", "--version"};
    for (const Command& command : Commands()) {
      if (!command.hidden) names.push_back(command.name);
    }
    if (!last.starts_with("-")) names.erase(names.begin(), names.begin() + 2);
    return BeginningWith(std::move(names), last);
  }
  const Command* command = FindCommand(words.front());
  if (command == nullptr) return {};
  const Arguments arguments = ShownArguments(*command);
  const auto values = [&](const Argument& argument) {
    return BeginningWith(argument.takes == Takes::kOneOf ? argument.one_of : words_of(argument.takes), last);
  };
  const std::string& previous = words[words.size() - 2];
  for (const Argument& argument : arguments) {
    const ArgumentNames names = NamesOf(argument);
    if (names.flag || std::find(names.options.begin(), names.options.end(), previous) == names.options.end()) continue;
    return values(argument);
  }
  std::vector<std::string> found;
  if (last.starts_with("-")) {
    found.push_back("--help");
    for (const Argument& argument : arguments) {
      for (const std::string& name : NamesOf(argument).options) found.push_back(name);
    }
    return BeginningWith(std::move(found), last);
  }
  for (const Argument& argument : arguments) {
    if (NamesOf(argument).options.empty()) return values(argument);
  }
  return {};
}

std::string CompletionScript(std::string_view shell) {
  if (shell == "bash") return std::string(kBash);
  if (shell == "zsh") return std::string(kZsh);
  if (shell == "fish") return std::string(kFish);
  return "";
}

}  // namespace iff
