// From words to what they ask for.
#pragma once

#include <string>
#include <vector>

#include "harness/cli/command.h"

namespace iff {

struct Parsed {
  Options options = {};
  CommandAction action = {};
  int exit_code = -1;  // 0 or more: print `text` and leave with it
  std::string text = {};
};

// An option of the command line that sets one option of one component. The composition root names them.
struct Shortcut {
  std::string names = {};                // "--store"
  std::string sets = {};                 // "component.option"
  std::vector<std::string> one_of = {};  // its values
  std::string help = {};
};
// Every command that brings up an environment has them. Called once, before anything is parsed; not thread-safe.
void OfferShortcuts(std::vector<Shortcut> shortcuts);

// Help and usage errors (64) are answers too. A usage error says what is wrong, where, and what to do about it.
Parsed ParseCommandLine(const std::vector<std::string>& arguments);

// What `iff --help` prints, and `iff COMMAND --help`.
std::string Overview();
std::string HelpOf(const Command& command);

// The pieces of which help and completion are made.
struct ArgumentNames {
  std::vector<std::string> options = {};  // "--jobs", "-j"; empty for one known by its place
  std::string place = {};                 // "selection"
  bool flag = false;
  bool many = false;
};
ArgumentNames NamesOf(const Argument& argument);
// "--jobs, -j N" or "[SELECTION ...]".
std::string Spelled(const Argument& argument);
// Its arguments without those nobody is to know of.
Arguments ShownArguments(const Command& command);
std::string_view Title(CommandGroup group);

}  // namespace iff
