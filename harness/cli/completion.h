// What may come next on a command line. The scripts for the shells only ask this; so they never go stale.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/cli/command.h"

namespace iff {

// The words of a kind: scenario ids, names of targets. Asked only when it matters.
using WordsOf = std::function<std::vector<std::string>(Takes)>;

// `words` are those after "iff" up to and with the one being typed, which may be empty. Nothing: the shell knows
// better, as with files.
std::vector<std::string> Complete(const std::vector<std::string>& words, const WordsOf& words_of);

// A script that makes `shell` (bash, zsh, fish) ask the program. "" for another shell.
std::string CompletionScript(std::string_view shell);

}  // namespace iff
