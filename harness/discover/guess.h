// What a server's tools are probably for, from their names and schemas, and what its environment variables probably
// carry. Guesses: whoever reads the project file is told so. Pure.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "harness/core/json.h"
#include "harness/environment/driver_hints.h"
#include "harness/environment/system.h"

namespace iff {

// Scenarios would put something into it: {own.X}, {of.X}, {text}, ${X}. A server's own text that does is never part of
// a guess: it would get what it was not meant to.
bool HoldsPlaceholder(const Json& value);

struct GuessedOperation {
  std::string name = {};  // "read_own"
  Operation operation = {};
  std::string why = {};  // "its name has 'get', and 'id' is what it wants"
};

// `tools` as tools/list answers them. At most one tool for each operation, in the order of the operations.
std::vector<GuessedOperation> GuessOperations(const Json& tools);

// A tool, resource or prompt of which nobody can tell by its name what to ask it with.
struct LeftOut {
  std::string name = {};   // as the server lists it
  std::string kind = {};   // "operations", "resources", "prompts"
  std::string entry = {};  // as it would stand among them, to be filled in: one line of YAML
};

// By its annotations (`destructiveHint`, `readOnlyHint`), or where it has none by its name, it changes or deletes
// things.
bool Changes(const Json& tool);
// What a tool that is about one thing would be asked with: the thing as {of.thing}, a text as {text}. An argument of
// which nobody can tell is "...".
Json LikelyArguments(const Json& tool);

// The tools that none of `operations` asks for.
std::vector<LeftOut> NotGuessed(const Json& tools, const std::vector<GuessedOperation>& operations);

// What its resources and prompts may be asked with: candidates, until the server has answered them. `resources`,
// `templates` and `prompts` as it lists them, null where it has no such list; `made` is the id of a thing just made,
// and stands for {of.thing}; "" if none was.
struct Listing {
  Json resources = nullptr;
  Json templates = nullptr;
  Json prompts = nullptr;
};
std::vector<GuessedOperation> GuessResources(const Listing& listing, const std::string& made);
std::vector<GuessedOperation> GuessPrompts(const Listing& listing, const std::string& made);
// What none of them asks for.
std::vector<LeftOut> NotGuessed(const Listing& listing, const std::vector<GuessedOperation>& resources,
                                const std::vector<GuessedOperation>& prompts);

// Where in what a tool answered the id of the thing it made is: "/id". "" if nothing looks like one. `asked_by`: the
// arguments by which other tools are told which thing is meant.
std::string GuessId(const Json& answered, const std::set<std::string>& asked_by = {});

// Names of environment variables that a source file asks for, in its order; with `hints`, also those it asks for by a
// function of its own: names in quotes that say what they are to be set to.
std::vector<std::string> VariablesIn(const std::string& source, const std::vector<InitHints>& hints = {});
// The same of what a program said before it ended: names of variables that say what they are to be set to.
std::vector<std::string> VariablesLacked(const std::string& said, const std::vector<InitHints>& hints);

// What a variable of this name is to be set to, or "" if its name does not say.
std::string GuessValue(const std::string& variable, const std::string& path, const std::vector<InitHints>& hints);
// The same of one that is about something init brings up nothing for by itself, a secret store, an upstream or a
// database.
struct LaterValue {
  std::string value = {};      // "${component.address}"; "" if its name does not say
  std::string component = {};  // which has to be taken in; "upstream" where no driver has it
};
LaterValue GuessLaterValue(const std::string& variable, const std::vector<InitHints>& hints);

// The component that issues tokens, as its driver hints; "issuer" where none does.
std::string IssuerIn(const std::vector<InitHints>& hints);

// The header named in what a server says to whoever shows no key, or in its source: X-API-Key. "" if there is none.
std::string KeyHeaderIn(const std::string& text);

// True: by its name it carries what a person shows, as servers take it that speak stdio: ACCESS_TOKEN, API_KEY.
bool GuessCarriesCredential(const std::string& variable);

}  // namespace iff
