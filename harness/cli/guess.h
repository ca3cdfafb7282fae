// What a server's tools are probably for, from their names and schemas, and what its environment variables probably
// carry. Guesses: whoever reads the project file is told so. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "harness/core/json.h"
#include "harness/environment/system.h"

namespace iff {

struct GuessedOperation {
  std::string name = {};  // "read_own"
  Operation operation = {};
  std::string why = {};   // "its name has 'get', and 'id' is what it wants"
};

// `tools` as tools/list answers them. At most one tool for each operation, in the order of the operations.
std::vector<GuessedOperation> GuessOperations(const Json& tools);

// Where in what a tool answered the id of the thing it made is: "/id". "" if nothing looks like one.
std::string GuessId(const Json& answered);

// Names of environment variables that a source file asks for, in its order.
std::vector<std::string> VariablesIn(const std::string& source);

// What a variable of this name is to be set to, or "" if its name does not say.
std::string GuessValue(const std::string& variable, const std::string& path);
// True: by its name it carries what a person shows, as servers take it that speak stdio: ACCESS_TOKEN, API_KEY.
bool GuessCarriesCredential(const std::string& variable);

}  // namespace iff
