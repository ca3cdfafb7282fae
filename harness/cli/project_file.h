// The project file 'iff init' writes: a system file with a word on each thing, where what was guessed says so. Pure.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "harness/cli/guess.h"

namespace iff {

// What is known about a server, told by it or by whoever typed the command.
struct ServerFacts {
  std::string name = {};     // of the project
  std::string command = {};  // as typed; or:
  std::string url = {};
  Transport transport = Transport::kHttp;
  std::string path = "/mcp";
  // Environment variables and what they are set to; "" where the name does not say.
  std::vector<std::pair<std::string, std::string>> environment = {};
  bool environment_told = false;  // they stand in the program's source; false: they are usual names

  bool guarded = false;          // it answers 401 to whoever has no token
  std::string issuer = {};       // of the metadata
  std::string resource = {};
  std::vector<std::string> scopes = {};     // it asks for
  std::vector<std::string> revisions = {};  // it spoke; empty: it was not asked
  Json tools = nullptr;                     // null: it was not asked
  std::vector<GuessedOperation> operations = {};
  std::string id = {};      // where create's answer has the id of what was made
  bool id_told = false;     // something was made, and it was there
  std::vector<std::string> notes = {};  // what else its author should know
};

// Over stdio: nothing it is set to is about an issuer, so people have keys.
bool TakesKeys(const ServerFacts& facts);

std::string ProjectText(const ServerFacts& facts);

}  // namespace iff
