#include "harness/steps/fault.h"

#include <algorithm>
#include <vector>

namespace iff {
namespace {

const std::vector<std::string> kOfHttp = {"refuse", "hold", "delay", "cut",     "sealed", "301",    "307",
                                          "500",    "503",  "429",   "garbage", "huge",   "trickle"};
const std::vector<std::string> kOfStartups = {"refuse", "hold", "delay", "cut", "garbage", "huge", "trickle"};

// Of a component whose protocol nobody here reads: its connections alone.
const std::vector<std::string> kOfBytes = {"refuse", "hold", "delay", "cut"};

// With which clients say who they are and what they want; a server takes any setting, but a slip would meet nobody.
const std::vector<std::string> kParameters = {
    "user",        "database",  "application_name", "client_encoding",    "options",
    "replication", "DateStyle", "TimeZone",         "extra_float_digits", "search_path"};

bool IsSqlState(const std::string& text) {
  return text.size() == 5 &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); });
}

// Of the classes success, warning and no data: with those nothing has failed.
bool IsNoError(const std::string& sqlstate) {
  return sqlstate.starts_with("00") || sqlstate.starts_with("01") || sqlstate.starts_with("02");
}

class FaultReader {
 public:
  FaultReader(StepReader& reader, const std::string& at) : reader_(reader), at_(at) {}

  FaultStep Read() {
    FaultStep step;
    step.component = reader_.ComponentName(at_ + "/fault");
    const auto spoken = reader_.vocabulary().components.find(step.component);
    known_ = spoken != reader_.vocabulary().components.end();
    speech_ = known_ ? spoken->second : Protocol::kHttp;  // a name nobody knows is one mistake, not two
    // Whatever has the role at one target or another: whether the fault suits that is known there (Suits).
    if (const std::string role = reader_.Text(at_ + "/fault"); IsRole(role)) {
      speech_ = role == "database" ? SpokenProtocol(Protocol::kStartups, "a database's protocol") : Protocol::kHttp;
      known_ = true;
    }
    step.as = As(step.component);
    ReadAim(step);
    const bool names_start_ups = ReadStartUp(step);
    const bool answers = IsSqlState(step.as) || step.as == "garbage" || step.as == "huge" || step.as == "trickle";
    step.start_ups = Startups() && (answers || names_start_ups || step.nth > 0 || !step.principal.empty());
    ReadAmounts(step);
    if (step.as == "sealed" && (step.nth > 0 || !(step.principal + step.path).empty())) {
      reader_.Mistake(at_, "it is sealed for everybody");
    }
    return step;
  }

 private:
  bool Startups() const { return speech_.protocol == Protocol::kStartups; }

  // A word for the component's protocol.
  std::string As(const std::string& component) {
    const std::string at = at_ + "/as";
    const std::string as = reader_.Has(at) ? reader_.Text(at) : "";
    const std::vector<std::string>& words = Words();
    if (std::find(words.begin(), words.end(), as) != words.end()) return as;
    if (IsSqlState(as) && Startups()) {
      if (IsNoError(as)) {
        reader_.Mistake(at, "'" + as + "' is the SQLSTATE of no error: want one such as \"53300\"");
      }
      return as;
    }
    if (IsSqlState(as) && known_) {
      reader_.Mistake(at, "'" + as + "' is an SQLSTATE, and " + component + ", which speaks " + speech_.title +
                              ", answers none" + WithStartups());
      return "";
    }
    if (std::find(kOfHttp.begin(), kOfHttp.end(), as) == kOfHttp.end()) return reader_.OneOf(at, words);
    std::string known;
    for (const std::string& word : words) known += ", " + word;
    reader_.Mistake(at, "'" + as + "' is nothing " + component + " could be disturbed by, as it speaks " +
                            (Startups() ? speech_.title + ": want an SQLSTATE such as \"53300\", or one of"
                                        : "no HTTP: want one of") +
                            known.substr(1));
    return "";
  }

  const std::vector<std::string>& Words() const {
    switch (speech_.protocol) {
      case Protocol::kHttp:
        return kOfHttp;
      case Protocol::kStartups:
        return kOfStartups;
      case Protocol::kBytes:
        break;
    }
    return kOfBytes;
  }

  void ReadAim(FaultStep& step) {
    if (speech_.protocol == Protocol::kBytes) {
      for (const char* const member : {"/of", "/nth", "/path"}) {
        if (reader_.Has(at_ + member)) {
          reader_.Mistake(at_ + member,
                          "requests to " + step.component +
                              " cannot be told apart: it speaks no HTTP and begins with no startup message");
        }
      }
      return;
    }
    if (reader_.Has(at_ + "/of")) step.principal = reader_.Persona(at_ + "/of");
    if (reader_.Has(at_ + "/nth")) step.nth = static_cast<uint64_t>(AtLeast("/nth", 1));
    step.path = reader_.Text(at_ + "/path");
    if (Startups() && !step.path.empty()) {
      reader_.Mistake(at_ + "/path",
                      "a startup message of " + speech_.title + " has no path: want 'startup', 'of' or 'nth'");
    }
  }

  // True: something stands there.
  bool ReadStartUp(FaultStep& step) {
    const std::string at = at_ + "/startup";
    const Json* value = reader_.Get(at);
    if (value == nullptr) return false;
    if (!Startups()) {
      if (known_) {
        reader_.Mistake(at, step.component + " speaks " + speech_.title + ", and has no startup messages" +
                                (speech_.protocol == Protocol::kHttp ? ": want 'path', 'of' or 'nth'" : ""));
      }
      return true;
    }
    if (*value == Json("any")) return true;
    if (!value->is_object() || value->empty()) {
      reader_.Mistake(at, "want 'any', or what a start-up holds: user, database, application_name, ...");
      return true;
    }
    reader_.Members(at, kParameters);
    for (const auto& [name, where] : reader_.Entries(at)) step.parameters[name] = reader_.Text(where, true);
    return true;
  }

  void ReadAmounts(FaultStep& step) {
    const bool slow = step.as == "delay" || step.as == "trickle";
    if (reader_.Has(at_ + "/delay")) {
      step.delay = reader_.Span(at_ + "/delay").value_or(std::chrono::milliseconds(0));
      if (!slow && !step.as.empty())
        reader_.Mistake(at_ + "/delay", "'delay' stands beside 'as: delay' or 'as: trickle'");
    } else if (step.as == "delay") {
      reader_.Mistake(at_, "how long is each piece delayed? want 'delay', a span of time");
    }
    if (!reader_.Has(at_ + "/after")) return;
    step.after = static_cast<uint64_t>(AtLeast("/after", 0));
    if (step.as != "cut" && !step.as.empty()) reader_.Mistake(at_ + "/after", "'after' stands beside 'as: cut'");
  }

  int64_t AtLeast(const std::string& member, int64_t least) {
    const int64_t number = reader_.Number(at_ + member).value_or(least);
    if (number < least) reader_.Mistake(at_ + member, "want " + std::to_string(least) + " or more");
    return std::max(number, least);
  }

  std::string WithStartups() const {
    std::string known;
    for (const auto& [name, speech] : reader_.vocabulary().components) {
      if (speech.protocol == Protocol::kStartups) known += (known.empty() ? " (does: " : ", ") + name;
    }
    return known.empty() ? "" : known + ")";
  }

  StepReader& reader_;
  const std::string at_;
  SpokenProtocol speech_;
  bool known_ = false;  // the component is
};

}  // namespace

const StepWord& FaultStep::Word() {
  static const StepWord word = {
      .word = "fault",
      .schema = R"({
  "required": ["fault", "as"],
  "properties": {
    "fault": {"description": "Component to disturb.", "$ref": "#/$defs/text"},
    "as": {"description": "How. A component whose connections begin with a startup message answers an SQLSTATE, such as 53300 or 57P03, to whoever connects.", "anyOf": [{"enum": ["refuse", "hold", "delay", "cut", "sealed", "301", "307", "500", "503", "429", "garbage", "huge", "trickle", 301, 307, 500, 503, 429]}, {"type": "string", "pattern": "^[0-9A-Z]{5}$"}, {"type": "integer", "minimum": 10000, "maximum": 99999}]},
    "of": {"description": "Persona: only requests, or startup messages, that hold a token or an id of theirs are disturbed.", "$ref": "#/$defs/text"},
    "path": {"description": "Only requests whose path begins so are disturbed. For HTTP.", "$ref": "#/$defs/text"},
    "startup": {"description": "Only start-ups are disturbed, and whoever is connected stays so: any, or those with these texts in what they hold. For components whose connections begin with a startup message.", "anyOf": [{"enum": ["any"]}, {"type": "object", "additionalProperties": false, "minProperties": 1, "properties": {"user": {"$ref": "#/$defs/text"}, "database": {"$ref": "#/$defs/text"}, "application_name": {"$ref": "#/$defs/text"}, "client_encoding": {"$ref": "#/$defs/text"}, "options": {"$ref": "#/$defs/text"}, "replication": {"$ref": "#/$defs/text"}, "DateStyle": {"$ref": "#/$defs/text"}, "TimeZone": {"$ref": "#/$defs/text"}, "extra_float_digits": {"$ref": "#/$defs/text"}, "search_path": {"$ref": "#/$defs/text"}}}]},
    "nth": {"description": "Of those, only the n-th from now on.", "type": "integer", "minimum": 1},
    "delay": {"description": "With `as: delay` and `as: trickle`: how long each piece takes.", "$ref": "#/$defs/span"},
    "after": {"description": "With `as: cut`: how many bytes still pass. Default: 20.", "type": "integer", "minimum": 0}
  }
})",
      .at_target = false,
      .head = "`fault: COMPONENT`",
      .does =
          "disturbs a component: it refuses, holds, delays or cuts connections, or requests are answered "
          "with a status, with garbage, with something huge, or a byte at a time; where connections begin with a "
          "startup message, whoever connects is answered so. `of`, `path`, `startup` and `nth` leave the others in "
          "peace",
      .also = "`as` (required), `delay`, `after: BYTES`, `of: PERSONA`, `path: PREFIX`, `startup`, `nth: NUMBER`"};
  return word;
}

FaultStep FaultStep::Read(StepReader& in, const std::string& at) { return FaultReader(in, at).Read(); }

bool FaultStep::Suits(Protocol spoken) const {
  const auto among = [this](const std::vector<std::string>& words) {
    return std::find(words.begin(), words.end(), as) != words.end();
  };
  const bool aimed = nth > 0 || !(principal + path).empty();
  switch (spoken) {
    case Protocol::kHttp:
      return among(kOfHttp) && !start_ups;
    case Protocol::kStartups:
      return start_ups || (among(kOfBytes) && !aimed);
    case Protocol::kBytes:
      break;
  }
  return among(kOfBytes) && !aimed && !start_ups;
}

StepEffects FaultStep::Effects() const {
  return {.gate = as == "sealed" ? "" : component,
          .disturbs = true,
          .changes = "it disturbs " + component,
          .event = "fault",
          .about = component};
}

}  // namespace iff
