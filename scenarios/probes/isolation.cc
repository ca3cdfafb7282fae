// Who gets what of whom: many callers at once, growth, what looks absent.
#include <algorithm>
#include <array>
#include <chrono>
#include <mutex>
#include <optional>
#include <thread>

#include "harness/environment/roles.h"
#include "harness/run/applies.h"
#include "harness/run/play.h"
#include "scenarios/probes/probes.h"

namespace iff {
namespace {

// A canary counts wherever it turns up in an answer, headers included.
std::string WholeText(const McpAnswer& answer) {
  std::string text = answer.body;
  for (const auto& [name, value] : answer.headers.fields()) text += "\n" + value;
  return text;
}

std::string CanaryOf(const Principal& principal, const std::string& upstream) {
  const auto account = principal.accounts.find(upstream);
  return account == principal.accounts.end() ? std::string() : account->second.canary;
}

// Personas whose canary for the target's upstream is in the answer.
std::vector<std::string> Disclosed(const Sandbox& sandbox, const McpAnswer& answer) {
  std::vector<std::string> personas;
  const std::string text = WholeText(answer);
  for (const Principal& principal : sandbox.principals().all()) {
    for (const auto& [upstream, account] : principal.accounts) {
      if (text.find(account.canary) != std::string::npos) personas.push_back(principal.persona);
    }
  }
  return personas;
}

Result<void> ObtainAll(Sandbox& sandbox) {
  for (const Principal& principal : sandbox.principals().all()) {
    TRY(sandbox.principals().Obtain(principal.persona, principal.persona, sandbox.principals().AllScopes(), ""));
  }
  return {};
}

std::string Join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : "; ") + word;
  return text;
}

Finding Nothing(const std::string& expected, const std::vector<std::string>& wrong) {
  return {.met = wrong.empty(), .expected = expected, .observed = wrong.empty() ? "so it is" : Join(wrong)};
}

// All at the same moment, on connections of their own; the first calls of one person all at once.
Result<ProbeOutcome> ConcurrentCalls(Sandbox& sandbox, const Json& arguments) {
  TRY(ObtainAll(sandbox));
  const std::string operation = AtOr<std::string>(arguments, "/operation", "read_own");
  const int64_t rounds = AtOr<int64_t>(arguments, "/rounds", 20);
  const Cursors marks = sandbox.observer().Mark();
  std::mutex mutex;
  std::vector<std::string> missed;
  std::vector<std::string> crossed;
  std::string silence;
  const auto call = [&](const Principal& caller) {
    const Result<Json> params = sandbox.client().CallParams({.operation = operation}, caller.persona);
    if (!params.ok()) return;
    const SendOutcome sent =
        sandbox.client().Send({.with = caller.persona}, "tools/call", *params, "at the same moment");
    const std::lock_guard lock(mutex);
    if (!sent.answer) {
      silence = sent.silence;
      return;
    }
    bool own = false;
    for (const std::string& persona : Disclosed(sandbox, *sent.answer)) {
      if (persona == caller.persona) own = true;
      if (persona != caller.persona) crossed.push_back(caller.persona + " got what is " + persona + "'s");
    }
    if (!GotOwn(sandbox, operation, sent, own))
      missed.push_back(caller.persona + " got HTTP " + std::to_string(sent.answer->status) + " " +
                       sent.answer->ToolErrorCode());
  };
  std::vector<std::thread> callers;
  for (const Principal& principal : sandbox.principals().all()) {
    for (int lane = 0; lane < 4; ++lane) {
      callers.emplace_back([&, &principal = principal] {
        for (int64_t round = 0; round < rounds / 4; ++round) call(principal);
      });
    }
  }
  for (std::thread& caller : callers) caller.join();
  if (!silence.empty()) return Error(ErrorKind::kUnavailable, "a call was not answered: " + silence);

  Observation seen;
  sandbox.observer().Observe(marks, "", {}, seen);
  ProbeOutcome outcome;
  outcome.findings["everyone-got-their-own"] = Nothing("each answer holds the caller's own", missed);
  outcome.findings["nobody-got-anothers"] = Nothing("no answer holds another's", crossed);
  std::map<std::string, int> logins;
  for (const DownstreamEvent& event : seen.downstream.events) {
    const DownstreamAct& act = event.act;
    if (act.source.place != Place::kAuditLog) continue;
    if (act.action == "login" || act.object.ends_with("/login")) ++logins[act.persona];
  }
  std::vector<std::string> several;
  for (const auto& [persona, count] : logins) {
    if (count > 1) several.push_back(persona + " was logged in " + std::to_string(count) + " times");
  }
  Finding single = Nothing("one login for each person", several);
  if (logins.empty()) single.could_not = "no login was audited";
  if (sandbox.components().All<AuditSource>().empty())
    single.inapplicable = "nothing behind the server audits who logs in";
  outcome.findings["first-calls-share-one-login"] = std::move(single);
  return outcome;
}

// Counts after a few calls and after many: the difference must not depend on the number of calls.
Result<ProbeOutcome> Growth(Sandbox& sandbox, const Json& arguments) {
  const std::string operation = AtOr<std::string>(arguments, "/operation", "read_own");
  const int64_t first = AtOr<int64_t>(arguments, "/first", 10);
  const int64_t most = AtOr<int64_t>(arguments, "/then", 1000);
  const Principal& caller = sandbox.principals().all().front();
  const Json params = TRY(sandbox.client().CallParams({.operation = operation}, caller.persona));
  int64_t failed = 0;
  int64_t made = 0;
  // A slow server is asked less often than `most`, to bound the time; often enough that growth shows.
  constexpr int64_t kFewest = 200;
  const Deadline enough = Deadline::In(std::chrono::seconds(5));
  const auto calls = [&](int64_t count) {
    for (; made < count && (made < kFewest || !enough.Passed()); ++made) {
      const SendOutcome sent = sandbox.client().Send({.with = "alice"}, "tools/call", params, "again");
      if (!sent.answer || sent.answer->status != 200 || sent.answer->ToolError()) ++failed;
      if (made % 50 == 49) (void)sandbox.trace().Take();  // a thousand exchanges tell no more than a few
    }
  };
  calls(first);
  const std::map<std::string, int64_t> before = sandbox.observer().Counts(nullptr);
  calls(most);
  Observation seen;
  const std::map<std::string, int64_t> after = sandbox.observer().Counts(&seen);
  (void)sandbox.trace().Take();
  ProbeOutcome outcome;
  for (const auto& [what, count] : before) {
    const auto now = after.find(what);
    Finding finding{.expected = what + " after " + std::to_string(made) + " calls as after " + std::to_string(first)};
    if (now == after.end()) {
      finding.could_not = "it could not be counted a second time";
    } else {
      finding.met = now->second <= count;
      finding.observed = std::to_string(count) + ", then " + std::to_string(now->second);
    }
    outcome.findings[what] = std::move(finding);
  }
  outcome.findings["every-call-succeeded"] = {
      .met = failed == 0,
      .expected = "every call succeeds",
      .observed = std::to_string(failed) + " of " + std::to_string(made) + " failed"};
  return outcome;
}

// Bytes of an answer, without what was asked for and which request it answers.
size_t SizeOf(const McpAnswer& answer, const Json& asked) {
  std::string text = WholeText(answer);
  for (const Json& value : AtOr<Json>(asked, "/arguments", Json::object())) {
    const std::string name = Unquoted(value);
    for (size_t at = text.find(name); !name.empty() && at != std::string::npos; at = text.find(name, at))
      text.erase(at, name.size());
  }
  const Json* const id = Find(answer.message, "/id");
  return text.size() - (id == nullptr ? 0 : Dump(*id).size());
}

// How much longer the first of two questions takes than the second, asked by turns; of several rounds the one in which
// they are nearest: what makes a machine slow for a while is no difference between them. Nothing: not answered.
std::optional<std::chrono::microseconds> Apart(Sandbox& sandbox, const std::string& caller, const Json& first,
                                               const Json& second, std::chrono::microseconds enough) {
  constexpr int kRounds = 4;
  constexpr size_t kPairs = 15;
  std::optional<std::chrono::microseconds> nearest;
  for (int round = 0; round < kRounds && !(nearest && std::chrono::abs(*nearest) <= enough); ++round) {
    std::array<std::vector<std::chrono::microseconds>, 2> took;
    for (size_t i = 0; i < 2 * kPairs; ++i) {
      const size_t which = (i + i / 2) % 2;  // now this one first, now that one
      const SendOutcome sent =
          sandbox.client().Send({.with = caller}, "tools/call", which == 0 ? first : second, "how long it takes");
      if (!sent.answer) return std::nullopt;
      took[which].push_back(sent.took);
    }
    (void)sandbox.trace().Take();  // a hundred exchanges tell no more than a few
    for (auto& times : took) std::nth_element(times.begin(), times.begin() + kPairs / 2, times.end());
    const auto apart = took[0][kPairs / 2] - took[1][kPairs / 2];
    if (!nearest || std::chrono::abs(apart) < std::chrono::abs(*nearest)) nearest = apart;
  }
  return nearest;
}

// An item of somebody else's and one that does not exist must be answered alike. `apart`: milliseconds that do not
// count.
Result<ProbeOutcome> UniformAbsence(Sandbox& sandbox, const Json& arguments) {
  TRY(ObtainAll(sandbox));
  const Principal& caller = sandbox.principals().all().at(0);
  const Principal& owner = sandbox.principals().all().at(1);
  const Json theirs = TRY(sandbox.client().CallParams({.operation = "read_of", .of = owner.persona}, caller.persona));
  const std::string text = Dump(theirs);
  // The same question about a name nobody has: of the same length, so that sizes can be compared.
  std::string absent_text = text;
  const auto replace = [&](const std::string& from, const std::string& to) {
    if (const size_t at = absent_text.find(from); !from.empty() && at != std::string::npos) {
      absent_text.replace(at, from.size(), to);
    }
  };
  std::string nobody = owner.name;
  std::reverse(nobody.begin() + static_cast<std::ptrdiff_t>(owner.persona.size()) + 1, nobody.end());
  std::string no_tag = owner.tag;
  no_tag[0] = no_tag[0] == 'Z' ? 'Y' : 'Z';
  replace(owner.name, nobody + "0");
  replace(owner.tag, no_tag);
  for (const auto& [what, value] : owner.items) {
    // An id nobody has: the same one, with its first figure or letter changed.
    std::string other = Unquoted(value);
    if (!other.empty()) other[0] = other[0] == '9' ? '8' : '9';
    replace(Unquoted(value), other);
  }
  const Json absent = TRY(ParseJson(absent_text));
  // That it exists is proven first: two things that are both not there are answered alike by any server.
  const SendOutcome control = sandbox.client().Send({.with = owner.persona}, "tools/call", theirs, "the owner's own");
  const bool there =
      control.answer &&
      GotOwn(sandbox, "read_of", control,
             WholeText(*control.answer).find(CanaryOf(owner, sandbox.target().upstream)) != std::string::npos);
  const SendOutcome first = sandbox.client().Send({.with = caller.persona}, "tools/call", theirs, "another's");
  const SendOutcome second = sandbox.client().Send({.with = caller.persona}, "tools/call", absent, "nobody's");
  if (!first.answer || !second.answer) return Error(ErrorKind::kUnavailable, first.silence + second.silence);
  ProbeOutcome outcome;
  // Without what was asked for, which an answer may repeat. What identifies the request is each time another.
  const auto describe = [](const McpAnswer& answer, const Json& asked) {
    const Json* error = Find(answer.message, "/result/structuredContent/error/message");
    std::string said = error != nullptr ? AtOr<std::string>(*error, "", "") : answer.Text();
    for (const Json& value : AtOr<Json>(asked, "/arguments", Json::object())) {
      const std::string name = Unquoted(value);
      for (size_t at = said.find(name); !name.empty() && at != std::string::npos; at = said.find(name, at + 3)) {
        said.replace(at, name.size(), "...");
      }
    }
    return "HTTP " + std::to_string(answer.status) + " " + answer.ToolErrorCode() + " \"" + said + "\"";
  };
  // Whoever is answered with what is theirs, whatever they name, learns nothing by the answer.
  const auto mine = [&](const SendOutcome& sent) {
    const std::vector<std::string> seen = Disclosed(sandbox, *sent.answer);
    return Succeeded(sent) && !seen.empty() &&
           std::all_of(seen.begin(), seen.end(), [&](const std::string& each) { return each == caller.persona; });
  };
  const bool ignores = mine(first) && mine(second);
  outcome.findings["same-answer"] = {.met = describe(*first.answer, theirs) == describe(*second.answer, absent),
                                     .expected = "the same answer: " + describe(*second.answer, absent),
                                     .observed = describe(*first.answer, theirs)};
  const size_t sizes[] = {SizeOf(*first.answer, theirs), SizeOf(*second.answer, absent)};
  outcome.findings["same-size"] = {.met = sizes[0] == sizes[1],
                                   .expected = std::to_string(sizes[1]) + " bytes, as of what is not there",
                                   .observed = std::to_string(sizes[0]) + " bytes"};
  const std::chrono::milliseconds enough(AtOr<int64_t>(arguments, "/apart", 25));
  Finding& same_time = outcome.findings["same-time"];
  same_time.expected = "within " + std::to_string(enough.count()) + " ms of each other, in the middle of many";
  if (!outcome.findings["same-answer"].met) {
    // What the words tell needs no scale and no clock, and two different answers may well take different times.
    for (const char* finding : {"same-size", "same-time"})
      outcome.findings[finding].inapplicable = "the words are others already";
  } else if (const auto apart = Apart(sandbox, caller.persona, theirs, absent, enough)) {
    same_time.met = std::chrono::abs(*apart) <= enough;
    same_time.observed = std::to_string(apart->count()) + " us longer for what is another's";
  } else {
    same_time.could_not = "not every question was answered";
  }
  if (!there) {
    for (const char* finding : {"same-answer", "same-size", "same-time"})
      outcome.findings[finding].could_not = "its owner does not get it either";
  }
  if (ignores) {
    for (const char* finding : {"same-answer", "same-size", "same-time"}) {
      outcome.findings[finding].inapplicable =
          "it gives " + caller.persona + " what is their own, whatever is asked for: it does not look at what is named";
    }
  }
  if (absent_text == text) {
    const std::string why =
        "the question names nothing of " + owner.persona + "'s that could be replaced by a name nobody has";
    for (const char* finding : {"same-answer", "same-size", "same-time"})
      outcome.findings[finding] = {.inapplicable = why};
  }
  std::vector<std::string> foreign;
  for (const std::string& persona : Disclosed(sandbox, *first.answer)) {
    if (!(ignores && persona == caller.persona)) foreign.push_back("a canary of " + persona);
  }
  outcome.findings["nothing-foreign"] = Nothing("neither answer holds anything", foreign);
  return outcome;
}

}  // namespace

void AddIsolationProbes(ProbeSet& probes) {
  probes["concurrent_calls"] = {ConcurrentCalls, Aftermath::kAsTheyWere, Asks::kAnything, Wants::kRunningTarget};
  probes["growth"] = {Growth, Aftermath::kAsTheyWere};
  probes["uniform_absence"] = {UniformAbsence, Aftermath::kAsTheyWere, Asks::kAnything, Wants::kRunningTarget};
}

std::string StatusOf(const SendOutcome& sent) {
  return sent.answer ? "HTTP " + std::to_string(sent.answer->status) : "no answer: " + sent.silence;
}

bool Succeeded(const SendOutcome& sent) {
  return sent.answer && sent.answer->status == 200 && sent.answer->HasResult() && !sent.answer->ToolError();
}

bool GotOwn(const Sandbox& sandbox, const std::string& operation, const SendOutcome& sent, bool seen) {
  const auto& operations = sandbox.target().operations;
  const auto found = operations.find(operation);
  const bool shows_nothing = found != operations.end() && !found->second.discloses;
  return seen || (shows_nothing && Succeeded(sent));
}

void Note(Finding& finding, const std::string& what) {
  finding.met = false;
  if (finding.observed.find(what) != std::string::npos) return;
  finding.observed += (finding.observed.empty() ? "" : "; ") + what;
}

void Note(Finding& finding, const std::string& what, const SendOutcome& sent) {
  if (finding.exchange == 0) finding.exchange = sent.exchange;
  Note(finding, what);
}

std::string Some(const std::vector<std::string>& sentences, size_t most) {
  std::string text;
  for (size_t i = 0; i < std::min(most, sentences.size()); ++i) text += (i == 0 ? "" : "; ") + sentences[i];
  return text + (sentences.size() > most ? "; and " + std::to_string(sentences.size() - most) + " more" : "");
}

std::string Upper(std::string text) {
  for (char& letter : text) letter = letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 'a' + 'A') : letter;
  return text;
}

std::string WhyNotTold(const TargetSpec& target, const std::set<std::string>& codes) {
  for (const std::string& code : codes) {
    if (code.starts_with("HTTP ") || target.errors.contains(code)) return "";
  }
  return "the system file lists no such code among the errors of " + target.name;
}

std::string RoleOf(const Sandbox& sandbox, const std::string& role) {
  const RunContext& context = sandbox.context();
  const std::map<std::string, std::string> roles = RolesOf(context.driver_registry, context.system, sandbox.target());
  const auto found = roles.find(role);
  return found == roles.end() ? "" : found->second;
}

std::string WhyNothingPrivate(const Sandbox& sandbox) {
  const Means means = MeansOf(sandbox);
  const ProbeSet none;
  return Surroundings{sandbox.target(), sandbox.context().system, means, none}.NothingPrivate();
}

ProbeSet AllProbes() {
  ProbeSet probes;
  AddIsolationProbes(probes);
  AddAuthorizationProbes(probes);
  AddDoorProbes(probes);
  AddOtherDoorProbes(probes);
  AddFarSideProbes(probes);
  AddCanaryProbes(probes);
  AddDeclaredProbes(probes);
  AddAskedBackProbes(probes);
  AddMirroredParameterProbes(probes);
  AddUnaskedProbes(probes);
  AddOperationsPageProbes(probes);
  AddTimeProbes(probes);
  AddInterleavingProbes(probes);
  AddSameIdProbes(probes);
  AddSessionProbes(probes);
  AddSseStreamProbes(probes);
  AddOutageProbes(probes);
  AddRecordProbes(probes);
  AddProcessProbes(probes);
  AddHiddenToolProbes(probes);
  AddMadeArgumentProbes(probes);
  AddNameProbes(probes);
  AddKeySetProbes(probes);
  AddRevocationProbes(probes);
  AddBehindProbes(probes);
  AddKeyOutageProbes(probes);
  AddKeySourceProbes(probes);
  AddStrainProbes(probes);
  AddFairShareProbes(probes);
  AddTellingProbes(probes);
  AddCursorProbes(probes);
  AddHostileThingProbes(probes);
  AddProofFloodProbes(probes);
  AddServiceAccountProbes(probes);
  return probes;
}

}  // namespace iff
