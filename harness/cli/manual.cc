#include "harness/cli/manual.h"

#include "harness/cli/parse.h"

namespace iff {
namespace {

// Text as roff takes it: nothing in it is a request or an escape.
std::string Roff(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else if ((c == '.' || c == '\'') && (out.empty() || out.back() == '\n')) {
      out += std::string("\\&") + c;
    } else {
      out += c;
    }
  }
  return out;
}

// A line break in a description begins a paragraph.
std::string Paragraphs(const std::string& text) {
  std::string out = ".PP\n";
  for (const char c : Roff(text)) {
    if (c == '\n') {
      if (!out.ends_with(".PP\n")) out += "\n.PP\n";
    } else {
      out += c;
    }
  }
  return out + "\n";
}

// An option of many commands.
bool IsShared(std::string_view option) {
  for (const std::string_view one :
       {"--system", "--vault", "--in", "--target-in", "--set", "--offline", "--quiet", "--verbose", "--json"}) {
    if (option == one) return true;
  }
  return false;
}

std::string Section(const Command& command) {
  std::string text = ".SS \"" + Roff("iff " + command.name) + "\"\n" + Roff(command.summary) + ".\n";
  std::string options;
  std::string usage = "iff " + command.name;
  for (const Argument& argument : ShownArguments(command)) {
    if (NamesOf(argument).options.empty()) usage += " " + Spelled(argument);
    // What many commands have is told once.
    const std::string first = argument.names.substr(0, argument.names.find(','));
    if (IsShared(first)) continue;
    options += ".TP\n.B " + Roff(Spelled(argument)) + "\n" + Roff(argument.help) + "\n";
  }
  text += ".PP\n.B " + Roff(usage) + "\n";
  if (!command.description.empty()) text += Paragraphs(command.description);
  text += options;
  for (const Example& example : command.examples) {
    text += ".IP \"" + Roff(example.line) + "\" 4\n" + Roff(example.says) + "\n";
  }
  return text;
}

std::string SharedOptions() {
  const Command* run = FindCommand("run");
  std::string text = ".SH OPTIONS OF MOST COMMANDS\n";
  if (run == nullptr) return text;
  for (const Argument& argument : ShownArguments(*run)) {
    const std::string first = argument.names.substr(0, argument.names.find(','));
    if (IsShared(first)) {
      text += ".TP\n.B " + Roff(Spelled(argument)) + "\n" + Roff(argument.help) + "\n";
    }
  }
  return text;
}

}  // namespace

std::string ManualPage() {
  std::string text =
      ".\\\" Written by 'iff docs man' from the table of commands; do not edit.\n"
      ".TH IFF 1 \"\" \"iff\" \"User Commands\"\n"
      ".SH NAME\niff \\- each identity gets its credentials if, and only if, they are its own\n"
      ".SH SYNOPSIS\n.B iff\n.I command\n[\\fIoption\\fR ...] [\\fIargument\\fR ...]\n"
      ".SH DESCRIPTION\n"
      "Brings up the stack an MCP server lives in, drives the server as several people and as an attacker, asks both\n"
      "ends what happened, and says what it proved, what it refuted and what it could not find out.\n";
  std::optional<CommandGroup> group;
  for (const Command& command : Commands()) {
    if (command.hidden) continue;
    if (group != command.group) {
      std::string title(Title(command.group));
      for (char& c : title) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
      text += ".SH \"" + title + "\"\n";
    }
    group = command.group;
    text += Section(command);
  }
  return text + SharedOptions() +
         ".SH EXIT STATUS\n"
         ".TP\n.B 0\nall as expected\n.TP\n.B 1\na check failed\n.TP\n.B 2\nsomething could not be judged or done\n"
         ".TP\n.B 64\nbad usage or a bad file\n"
         ".SH ENVIRONMENT\n"
         ".TP\n.B IFF_CACHE\nwhere fetched and built components lie ($XDG_CACHE_HOME/iff, else ~/.cache/iff)\n"
         ".TP\n.B DOCKER_HOST\nwhere the container engine of \\-\\-in docker is, unix:///path; by default it is looked "
         "for\n"
         ".TP\n.B IFF_RESIDENT\na name for an environment of its own beside the one of this checkout\n"
         ".TP\n.B NO_COLOR\nno colours\n";
}

}  // namespace iff
