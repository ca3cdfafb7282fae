// The project file 'iff init' writes: a system file with a word on each thing, where what was guessed says so. Pure.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "harness/discover/guess.h"

namespace iff {

// What is known about a server, told by it or by whoever typed the command.
struct ServerFacts {
  std::vector<InitHints> hints = {};    // of all drivers there are
  std::vector<PersonSpec> people = {};  // personas that suites give
  std::string name = {};                // of the project
  std::string command = {};             // as typed; or:
  std::string url = {};
  Transport transport = Transport::kHttp;
  std::string path = "/mcp";
  // Environment variables and what they are set to; "" where the name does not say.
  std::vector<std::pair<std::string, std::string>> environment = {};
  bool environment_told = false;  // they stand in the program's source; false: they are usual names

  bool guarded = false;      // it answers 401 to whoever has no token
  bool bearer = false;       // and says by WWW-Authenticate: Bearer how one is shown
  std::string refusal = {};  // what it says in refusing: challenge, headers and body
  std::string source = {};   // of the files named in the command
  // For a server that takes keys over HTTP: the header they are shown in, and how that is known.
  std::string key_header = {};
  std::string key_header_why = {};
  std::string issuer = {};  // of the metadata
  std::string resource = {};
  std::vector<std::string> scopes = {};     // it asks for
  bool scopes_needed = false;               // named in its challenge (RFC 6750 section 3), not by its metadata alone
  std::vector<std::string> revisions = {};  // it spoke; empty: it was not asked
  Json tools = nullptr;                     // null: it was not asked
  std::vector<GuessedOperation> operations = {};
  std::string id = {};                           // where create's answer has the id of what was made
  bool id_told = false;                          // something was made, and it was there
  Listing listing = {};                          // its resources and prompts
  std::vector<GuessedOperation> resources = {};  // it answered
  std::vector<GuessedOperation> prompts = {};
  std::vector<LeftOut> left_out = {};
  std::vector<std::string> notes = {};  // what else its author should know
};

// What servers mostly call their port and what they believe.
inline constexpr const char* kUsualVariables[] = {"PORT", "ISSUER", "JWKS_URL", "AUDIENCE"};

// People have keys, and no issuer is brought up: the header is known, or over stdio nothing it is set to is about an
// issuer.
bool TakesKeys(const ServerFacts& facts);

// Before anybody has shown it anything: by what a server over HTTP says in refusing a stranger, and by what it is set
// to, it takes keys, and the header is then known. Metadata or a variable of an issuer say that it takes tokens.
void SeeWhetherItTakesKeys(ServerFacts& facts);
// It took no token. True: nothing it said speaks against keys, and what it is set to is about them from now on.
bool TryKeysInstead(ServerFacts& facts);

// It ended and said this. True: something it may lack is set from now on that was not, by what it said or, where that
// tells nothing, by usual names for what nothing is set to yet.
bool TakeWhatItLacks(const std::string& said, ServerFacts& facts);

std::string ProjectText(const ServerFacts& facts);

}  // namespace iff
