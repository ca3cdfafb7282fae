// Where a list goes on for whoever says so with a cursor that nobody was given.
#include <string>
#include <utility>
#include <vector>

#include "harness/core/bytes.h"
#include "scenarios/probes/probes.h"

namespace iff {
namespace {

// As somebody would guess at one, or spoil one; each could be a place in a list by some reading of it. Neither null nor
// an empty text: who takes these for no cursor at all is wrong about nothing.
std::vector<std::pair<std::string, Json>> MadeUpCursors(const std::string& other) {
  return {
      {"a number as text", "1"},
      {"a number", 1},
      {"a list", Json::array({"1"})},
      {"an offset in base64", Base64("offset:1")},
      {"an offset in JSON in base64", Base64(Dump({{"offset", 1}, {"sub", other}}))},
      {"random bytes in base64url", Base64Url(RandomBytes(48))},
      {"a tool's name", "whoami"},
      {"64 KiB", std::string(size_t{64} << 10, 'a')},
      {"a text with a line break", "1\r\n2"},
  };
}

// `arguments`: `with`, a credential.
Result<ProbeOutcome> PlayCursors(Sandbox& sandbox, const Json& arguments) {
  const std::string with = AtOr<std::string>(arguments, "/with", "");
  const Credential* credential = sandbox.principals().FindCredential(with);
  if (credential == nullptr) return Error(ErrorKind::kInvalidInput, "cursors: want 'with', a credential");
  Finding unknown{
      .met = true, .expected = "an error of JSON-RPC, -32602, for each cursor that nobody was given", .observed = ""};
  int asked = 0;
  for (const std::string method : {"tools/list", "resources/list", "prompts/list"}) {
    const SendOutcome whole = sandbox.client().Send({.with = with}, method, Json::object(), method);
    if (!whole.answer) return Error(ErrorKind::kUnavailable, method + ": " + whole.silence);
    if (!whole.answer->HasResult()) continue;  // it has no such list
    for (const auto& [what, cursor] : MadeUpCursors(credential->principal)) {
      const SendOutcome sent =
          sandbox.client().Send({.with = with}, method, {{"cursor", cursor}}, method + " from " + what);
      ++asked;
      if (!sent.answer) {
        unknown.could_not = method + " from " + what + ": " + sent.silence;
      } else if (sent.answer->HasResult()) {
        Note(unknown, method + " goes on from " + what, sent);
      } else if (AtOr<int64_t>(sent.answer->message, "/error/code", 0) != -32602) {
        Note(unknown,
             method + " from " + what + ": " + StatusOf(sent) + ", error " +
                 std::to_string(AtOr<int64_t>(sent.answer->message, "/error/code", 0)),
             sent);
      }
    }
    // Where it can still be asked from its beginning, it is the same list.
    const SendOutcome again = sandbox.client().Send({.with = with}, method, Json::object(), method + " again");
    if (!again.answer || !again.answer->HasResult())
      Note(unknown, method + " is not answered any more: " + StatusOf(again), again);
  }
  if (asked == 0) unknown.inapplicable = sandbox.target().name + " has no lists";
  if (unknown.met) unknown.observed = std::to_string(asked) + " cursors refused";
  return ProbeOutcome{.findings = {{"made-up-cursors-lead-nowhere", unknown}}};
}

}  // namespace

void AddCursorProbes(ProbeSet& probes) {
  probes["cursors"] = {PlayCursors, Aftermath::kAsTheyWere, Asks::kAnything, Wants::kRunningTarget};
}

}  // namespace iff
