// What a driver brings for those who write files and prepare machines: the schema of its options, what has to be
// installed for it, and how `iff init` recognises and describes its component. Values and pure functions.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "harness/core/yaml_page.h"

namespace iff {

// Something a machine lacks to start a component.
struct MissingPart {
  std::string what = {};      // "the Java runtime"
  std::string packages = {};  // the tag in setup/packages.txt of what fetches, builds or runs it; "": none
  friend bool operator==(const MissingPart&, const MissingPart&) = default;
};

// What a block of a project file depends on.
struct InitQuestion {
  std::string issuer = {};                                // component that issues the tokens
  std::set<std::string> spoken_of = {};                   // components that variables of the server speak of
  std::vector<std::string> scopes = {};                   // it asks for
  bool scopes_guessed = false;                            // it names none
  std::function<void(YamlPage& page)> more_clients = {};  // writes what `spoken_of` want among the issuer's clients
};

struct InitHints {
  // The component as init calls it; "": init never proposes it.
  std::string component = {};
  // It issues the tokens of those who log in: it is there from the beginning, not taken in later.
  bool issuer = false;
  // It believes an issuer's tokens: it is not proposed for a server that takes keys.
  bool needs_issuer = false;
  // Parts of names of variables that are about it, and so mean nothing general: "VAULT".
  std::vector<std::string> words = {};
  // Only variables that carry an address are about it: an API that the server calls.
  bool by_address = false;
  // What a variable of that name is set to, where it is about the component: "${vault.address}"; "" where its name does
  // not say which of it. Nothing: it is about something else.
  std::function<std::optional<std::string>(const std::string& variable)> value = {};
  // Writes its entry under `components`. Of one that is taken in later each line begins with "#:".
  std::function<void(const InitQuestion& question, YamlPage& page)> block = {};
  // Writes what it wants among the issuer's clients, as a list indented by 8.
  std::function<void(const std::string& issuer, YamlPage& page)> clients = {};
};

struct DriverHints {
  // JSON Schema of its options, for systems/system.schema.json, whose definitions it may use; "": any object will do.
  std::string options_schema = {};
  // Looks for what it needs on this machine. `components` is the folder of what `./iff` fetched and built.
  std::function<std::vector<MissingPart>(const std::string& components)> missing = {};
  InitHints init = {};
};

}  // namespace iff
