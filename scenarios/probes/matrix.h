// The authorization matrix: who may do what with whose things, as a system file says, and what came of asking. Pure.
//
//   identities x operations (tools, resources, prompts) x owners x ways of asking -> allow, deny, step-up, hidden
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "harness/environment/capabilities.h"
#include "harness/environment/system.h"

namespace iff {

enum class Decision { kAllow, kDeny, kStepUp, kHidden };
std::string_view Name(Decision decision);  // "step-up"

enum class Way { kUsual, kFewScopes, kNoToken, kListed };
// "" for kUsual, "without a token", ...
std::string_view Name(Way way);

// One request. A question that names nobody ({of.X} is not in it) is about the caller's own.
struct Question {
  std::string operation = {};        // its name in the system file
  const Operation* asked = nullptr;  // of the target, which outlives it
  std::string caller = {};           // persona; "" for nobody
  std::string owner = {};            // persona
  Way way = Way::kUsual;
  Decision expected = Decision::kDeny;
};

// Everything that is asked of `target` among `principals`; of `operations` alone, as usual, if any are named.
std::vector<Question> QuestionsFor(const TargetSpec& target, const std::vector<Principal>& principals,
                                   const std::set<std::string>& operations);

// What an answer was, as far as the matrix looks.
struct Answered {
  int status = 0;
  bool succeeded = false;   // 200 with a result that is no error
  bool challenged = false;  // 403 with insufficient_scope
  bool own = false;         // something of the caller's is in it: what is private, or the name of a thing of theirs
  bool changed = false;     // its owner reads something else than before; of what changes things
  std::set<std::string> seen = {};  // personas whose private things are in it
};
// Was the owner's thing reached?
bool Reached(const Question& question, const Answered& answer);
// What is wrong with it, as a sentence; "" if it is as expected.
std::string Wrong(const Question& question, const Answered& answer);

// A tool that is asked for nothing of anybody's, that everybody may have only their own of, and that the file does not
// say shows nothing: that its answers are kept apart shows only where one of them holds something of somebody's.
bool HasToShow(const std::string& name, const Operation& operation);
// What to change where no answer of it ever did.
std::string ShowedNothing(const TargetSpec& target, const std::string& name, const Operation& operation);

// What a server lists, by its lists' names.
struct Listed {
  Json tools = Json::array();
  Json resources = Json::array();
  Json templates = Json::array();
  Json prompts = Json::array();
};
struct Gaps {
  std::vector<std::string> unknown =
      {};  // listed, and not among the target's `tools`: the server has more than it says
  std::vector<std::string> unasked = {};  // listed, and nothing in the file asks for it: what to add, a sentence each
};
// `uris`: what the target's resources are, filled in for everybody in the sandbox.
Gaps NotCovered(const TargetSpec& target, const Listed& listed, const std::set<std::string>& uris);

// "notes://{id}" and "notes://7": true.
bool FitsTemplate(const std::string& uri, const std::string& uri_template);
// What stands between its braces, in order: "id", "+path", "?a,b".
std::vector<std::string> VariablesOf(const std::string& uri_template);
// Each of them replaced by what `value` gives for its number, from 0, as it is.
std::string Expanded(const std::string& uri_template, const std::function<std::string(size_t)>& value);

}  // namespace iff
