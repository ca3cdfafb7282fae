// A scenario that was played, written down so that it can be reviewed, committed and played again: who did what,
// with personas in place of tokens, canaries and names, and what came back at both ends with everything that is new
// on each run replaced by its type.
//
//   {"id": "K3V9X-1", "at": "2026-11-21T13:37:00Z"}   ->   {"id": "{{alice.tag}}-1", "at": "{{time}}"}
#pragma once

#include <bitset>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/json.h"
#include "harness/run/result.h"
#include "harness/scenario/scenario.h"

namespace iff {

// Text that belongs to this run alone, and what a recording calls it: "K3V9X" is "alice.tag".
struct NamedText {
  std::string text = {};
  std::string name = {};
};

// Replaces what changes from run to run by what it is. Idempotent: what is typed already stays.
class Typing {
 public:
  // `now` in seconds since 1970: numbers near it are times.
  Typing(std::vector<NamedText> names, int64_t now);

  // {{alice.tag}}, {{time}}, {{id}}, {{token}}, {{address}}. Aliases of masked secrets stay as they are.
  std::string Text(std::string_view text) const;
  // The same inside of values. A text that is itself JSON becomes {"{{json}}": value}; a member whose name says
  // that it is an id, a session or a cursor is one.
  Json Value(const Json& value) const;
  // Header and claims of a decoded token; its times are relative to the one it was issued at: "{{time+300s}}".
  Json Token(const Json& decoded) const;

 private:
  using Names = std::map<std::string, std::string, std::less<>>;  // text -> name

  Json Member(const std::string& name, const Json& value) const;
  // The longest name that `text` begins with, or nullptr.
  const Names::value_type* NameAt(std::string_view text) const;

  Names names_ = {};                              // thousands of them where a thousand people are
  std::bitset<size_t{1} << 16> beginnings_ = {};  // of names, mixed: where none begins so, none begins
  int64_t now_;
};

// What a message says, without its envelope: status, header fields that matter, typed body.
Json TypedAnswer(const Exchange& exchange, const Typing& typing);

// What was seen downstream from `since_us` on, as a recording holds it: acts, without what is new each time, and which
// sources could not be read, without why. {"acts": [...], "not_observable": [...]}; null where there is neither.
Json Recorded(const Downstream& downstream, int64_t since_us, const Typing& typing);
// And back, of a step: kInvalidInput names what is not as Recorded made it. Empty where the step has nothing of it.
struct RecordedDownstream {
  std::vector<DownstreamAct> acts = {};
  std::vector<DownstreamSource> not_observable = {};
};
Result<RecordedDownstream> DownstreamFrom(const Json& step);

// REQUIRES: `result` comes from playing `scenario`. Without a document (Scenario::source) the recording can be read
// and compared, not played again.
Json MakeRecording(const Scenario& scenario, const ScenarioResult& result, const Typing& typing);

// The file form. Keys in the order in which a person reads them.
std::string RecordingText(const Json& recording);
// kInvalidInput: not a recording, or one of a newer version.
Result<Json> ReadRecording(const std::string& path);

}  // namespace iff
