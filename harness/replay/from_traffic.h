// From what a real client said to a server to a scenario file: who, with which kind of token, asked for what, and what
// came of it at both ends. Pure. Names and tokens of that session are roles and aliases afterwards.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "harness/core/json.h"
#include "harness/core/result.h"

namespace iff {

// What tells somebody's things in a text: each stands in a scenario as {own.X} or {of.X}.
struct Person {
  std::string role = {};
  std::string tag = {};
  std::string id = {};
  std::string name = {};
};

// A token by what it is, never by its value.
struct TokenKind {
  std::string role = {};
  std::vector<std::string> scopes = {};     // those that some target asks for, sorted
  std::string client = {};                  // through which it was obtained
  std::optional<int64_t> expired_for = {};  // seconds; of one that was expired when it was shown
  std::optional<int64_t> lifetime = {};     // exp - iat, of an expired one
  friend bool operator==(const TokenKind&, const TokenKind&) = default;
};

// One request of the client, and its answer. Secrets are masked already.
struct Heard {
  std::optional<TokenKind> token = {};  // nothing was shown, or
  std::string unplayable = {};          // why no scenario can say this
  std::string as = {};                  // how the token was shown: "" for the usual header
  std::string revision = {};            // of the protocol
  std::string method = {};              // "tools/call"
  Json params = Json::object();
  Json answer = {};                      // as TypedAnswer makes it
  Json downstream = {};                  // as Recorded makes it; null for nothing
  std::set<std::string> shows = {};      // roles whose canary was in the answer
  bool alone = true;                     // nothing else was under way
};

struct Traffic {
  std::string target = {};
  std::string upstream = {};
  std::string client = {};                // through which people usually log in
  std::vector<std::string> scopes = {};   // that they usually ask for, sorted
  std::string revision = {};              // that is played where a step names none
  Json operations = Json::object();       // "read_own" -> {tool, arguments}
  std::vector<Person> people = {};        // in the order of the system file
  std::set<std::string> holders = {};     // of the upstream's credentials
  std::vector<std::string> ledgers = {};  // components that keep one
  std::vector<Heard> heard = {};
};

struct FromTraffic {
  Json scenario = {};
  size_t steps = 0;                     // that play a request
  std::vector<std::string> notes = {};  // what could not be said, or should be looked at
};

// kUnavailable: nothing in it can be played.
Result<FromTraffic> ScenarioFromTraffic(const Traffic& traffic, const std::string& id, const std::string& title);

}  // namespace iff
