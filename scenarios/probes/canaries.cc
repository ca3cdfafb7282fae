// Nothing of anybody's where it does not belong: not encoded, not compressed, not split, in no place that can be
// looked at.
#include <algorithm>
#include <cctype>
#include <map>

#include "harness/run/look.h"
#include "scenarios/probes/probes.h"

namespace iff {
namespace {

// Does the text show a token of Vault's? No value of one is known here: only the server it was given to has seen it.
// Tokens of HashiCorp Vault begin with "hvs.", "hvb." or "hvr.", those of OpenBao and of Vault before 1.10 with "s.",
// "b." or "r.".
bool ShowsAVaultToken(std::string_view text) {
  const auto of_a_token = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
  };
  for (size_t dot = text.find('.'); dot != std::string_view::npos; dot = text.find('.', dot + 1)) {
    const auto end = std::find_if_not(text.begin() + static_cast<ptrdiff_t>(dot) + 1, text.end(), of_a_token);
    if (end - text.begin() - static_cast<ptrdiff_t>(dot) - 1 < 24) continue;
    size_t begin = dot;
    while (begin > 0 && of_a_token(text[begin - 1])) --begin;
    const std::string_view kind = text.substr(begin, dot - begin);
    for (const std::string_view known : {"hvs", "hvb", "hvr", "s", "b", "r"}) {
      if (kind == known) return true;
    }
  }
  return false;
}

// What was seen in one kind of place.
struct Search {
  size_t looked_at = 0;
  std::vector<std::string> found = {};
  std::vector<std::string> unread = {};

  Finding Told(const std::string& expected) const {
    std::string text;
    for (const std::string& one : found) text += (text.empty() ? "" : "; ") + one;
    std::string doubt;
    for (const std::string& one : unread) doubt += (doubt.empty() ? "" : "; ") + one;
    if (found.empty() && !doubt.empty()) doubt = "not observed: " + doubt;
    if (found.empty() && doubt.empty() && looked_at == 0) doubt = "not observed: there was nothing to look into";
    if (!found.empty()) doubt.clear();
    return {.met = found.empty(),
            .expected = expected,
            .observed = text.empty() ? "none in " + std::to_string(looked_at) : text,
            .could_not = doubt};
  }
  void Note(std::vector<std::string>& list, const std::string& what) {
    if (list.size() < 8 && std::find(list.begin(), list.end(), what) == list.end()) list.push_back(what);
  }
};

class Sweep {
 public:
  explicit Sweep(Sandbox& sandbox) : sandbox_(sandbox), scanner_(sandbox.context().redactor) {}

  Result<ProbeOutcome> Perform() {
    for (const Principal& principal : sandbox_.principals().all()) {
      TRY(sandbox_.principals().Obtain(principal.persona, principal.persona, sandbox_.principals().AllScopes(), ""));
    }
    const Cursors marks = sandbox_.observer().Mark();
    // In turns, so that whatever is kept of one person is there when the next one asks.
    for (const std::string& revision : {std::string(), std::string("2025-11-25")}) {
      const TargetSpec& target = sandbox_.target();
      if (!revision.empty() && (target.transport == Transport::kStdio || !target.Speaks(revision))) continue;
      for (int round = 0; round < 2; ++round) {
        for (const Principal& principal : sandbox_.principals().all()) TRY(AskAs(principal, revision));
      }
    }
    Observation seen;
    sandbox_.observer().Observe(marks, "", {}, seen);
    LookBehind(marks, seen);
    LookAtText("the log", sandbox_.process().Log(), places_["log"]);
    LookAtText("the audit trail", sandbox_.process().Audit(), places_["audit"]);
    TRY(LookAtMetrics());
    LookAtRows();
    return Outcome();
  }

 private:
  // `reader`: whose own things may stand there; "" for nobody's.
  void Judge(const Sightings& inside, const std::string& reader, const std::string& where, Search& search) {
    ++search.looked_at;
    for (const Sighting& one : inside.found) {
      if (one.belonging.owner != reader || reader.empty())
        search.Note(search.found, where + " holds " + Described(one));
      if (one.belonging.owner == reader && one.belonging.canary) ++own_[reader];
    }
    for (const std::string& reason : inside.opaque) search.Note(search.unread, where + " holds " + reason);
  }

  // What is allowed, what is refused, what is nonsense: errors carry things too.
  Result<void> AskAs(const Principal& principal, const std::string& revision) {
    const auto answered = [&](const SendOutcome& sent, const std::string& what) {
      const std::string where = "what " + principal.persona + " got for " + what;
      if (sent.answer) {
        std::string shown = sent.answer->body;
        for (const auto& [name, value] : sent.answer->headers.fields()) shown += "\n" + name + ": " + value;
        LookForTokens(where, shown);
        Judge(LookInto(scanner_, *sent.answer), principal.persona, where, places_["answers"]);
      } else {
        places_["answers"].Note(places_["answers"].unread, where + " is nothing: " + sent.silence);
      }
    };
    const auto has = [&](const std::string& operation) { return sandbox_.target().operations.contains(operation); };
    for (const std::string operation : {"read_own", "list", "create", "whoami"}) {
      if (!has(operation)) continue;
      const Json params = TRY(sandbox_.client().CallParams({.operation = operation}, principal.persona));
      answered(
          sandbox_.client().Send({.with = principal.persona, .revision = revision}, "tools/call", params, operation),
          operation);
    }
    for (const Principal& other : sandbox_.principals().all()) {
      if (other.persona == principal.persona || !has("read_of")) continue;
      const Json params =
          TRY(sandbox_.client().CallParams({.operation = "read_of", .of = other.persona}, principal.persona));
      answered(
          sandbox_.client().Send({.with = principal.persona, .revision = revision}, "tools/call", params, "read_of"),
          "another's thing");
    }
    const Json nonsense = {{"name", "no_such_tool"}, {"arguments", Json::object()}};
    answered(sandbox_.client().Send({.with = principal.persona, .revision = revision}, "tools/call", nonsense,
                                    "no such tool"),
             "no such tool");
    answered(sandbox_.client().Send({.with = principal.persona, .revision = revision}, "tools/list", Json::object(),
                                    "tools/list"),
             "the list of tools");
    return {};
  }

  // At the bytes themselves, which are kept by whoever received them.
  void LookBehind(const Cursors& since, const Observation& seen) {
    Search& search = places_["downstream"];
    const auto unread = [&](const std::string& what) {
      for (Search* each : {&search, &places_["values"]}) each->Note(each->unread, what);
    };
    for (const auto& [component, ledger] : sandbox_.components().All<CallLedger>()) {
      const auto mark = since.ledger.find(component);
      if (mark == since.ledger.end()) continue;
      const Result<std::vector<LedgerEntry>> entries = ledger->Since(mark->second);
      if (!entries.ok()) {
        unread("ledger " + component + ": " + entries.error().message());
        continue;
      }
      for (const LedgerEntry& entry : *entries) {
        const auto owner = seen.persona_of.find(entry.owner);
        const std::string persona = owner == seen.persona_of.end() ? "" : owner->second;
        LookForTokens("a request to " + component, entry.request);
        Judge(LookInto(scanner_, entry), persona,
              "a request to " + component + (persona.empty() ? "" : " as " + persona), search);
      }
    }
    for (const auto& [component, audit] : sandbox_.components().All<AuditSource>()) {
      const auto mark = since.audit.find(component);
      if (mark == since.audit.end()) continue;
      const Result<std::vector<AuditEntry>> entries = audit->Since(mark->second);
      if (!entries.ok()) {
        unread("audit log " + component + ": " + entries.error().message());
        continue;
      }
      for (const AuditEntry& entry : *entries) {
        const auto persona = seen.persona_of.find(entry.principal);
        if (persona == seen.persona_of.end()) continue;  // of a scenario that is played beside this one
        Judge(LookInto(scanner_, entry), persona->second, component + "'s audit log", search);
        Judge(LookInto(scanner_, entry), "", component + "'s audit log", places_["values"]);
      }
    }
    for (const NotObservable& one : seen.downstream.not_observable) unread(PlaceOf(one) + ": " + one.reason);
  }

  void LookAtText(const std::string& where, const std::string& text, Search& search) {
    if (text.empty()) return;
    LookForTokens(where, text);
    Judge(scanner_.Scan(text), "", where, search);
  }

  void LookForTokens(const std::string& where, std::string_view text) {
    Search& search = places_["tokens"];
    ++search.looked_at;
    if (ShowsAVaultToken(text)) search.Note(search.found, where + " shows a token of Vault's");
  }

  Result<void> LookAtMetrics() {
    if (sandbox_.target().transport == Transport::kStdio) return {};
    HttpRequest request;
    request.target = "/metrics";
    const SendOutcome sent = sandbox_.client().SendPlain(request, "", "the metrics page");
    Search& search = places_["metrics"];
    if (!sent.answer) search.unread.push_back("the metrics page: " + sent.silence);
    if (!sent.answer || sent.answer->status != 200) return {};
    LookForTokens("the metrics page", sent.answer->body);
    Judge(LookInto(scanner_, *sent.answer), "", "the metrics page", search);
    return {};
  }

  // Rows of a person of this sandbox may hold that person's things alone.
  void LookAtRows() {
    Search& search = places_["rows"];
    const Result<RowSource*> rows = sandbox_.components().Find<RowSource>();
    if (!rows.ok()) return;
    for (const Principal& principal : sandbox_.principals().all()) {
      const Result<Json> table = (*rows)->Query("SELECT * FROM orders WHERE owner = 'person_" + principal.id + "'");
      const Json* found = table.ok() ? Find(*table, "/rows") : nullptr;
      if (found == nullptr) {
        search.unread.push_back(table.ok() ? "an answer without rows" : table.error().message());
        return;
      }
      for (const Json& row : *found)
        Judge(LookInto(scanner_, row), principal.persona, principal.persona + "'s row", search);
    }
  }

  // Why there is nothing to look into, where that is so by rights.
  std::map<std::string, std::string> WhyNotLooked() const {
    const TargetSpec& target = sandbox_.target();
    std::map<std::string, std::string> why = {{"metrics", target.name + " has no page /metrics for everybody"}};
    why["log"] = target.url.empty() ? target.name + " wrote nothing to its log"
                                    : target.name + " was not launched by us: its log is elsewhere";
    if (target.audit.empty()) why["audit"] = target.name + " writes no audit file that the system file names";
    const std::string store = RoleOf(sandbox_, "secret_store");
    if (!sandbox_.components().Find<AuditSource>(store).ok() || store.empty()) {
      why["values"] = "no store behind " + target.name + " keeps an audit log";
      const std::string upstream = RoleOf(sandbox_, "upstream");
      if (upstream.empty() || !sandbox_.components().Find<CallLedger>(upstream).ok())
        why["downstream"] = "nothing behind " + target.name + " keeps a ledger";
    }
    return why;
  }

  ProbeOutcome Outcome() {
    ProbeOutcome outcome;
    for (const auto& [place, search] : places_) {
      const bool personal = place == "answers" || place == "downstream" || place == "rows";
      outcome.findings[place] =
          search.Told(personal ? "nothing of anybody else's, in any form" : "nothing of anybody's, in any form");
    }
    for (const auto& [place, why] : WhyNotLooked()) {
      const auto search = places_.find(place);
      if (search != places_.end() && search->second.looked_at + search->second.unread.size() > 0) continue;
      outcome.findings[place] = {.inapplicable = why};
    }
    if (RoleOf(sandbox_, "secret_store").empty()) {
      outcome.findings["tokens"] = {.inapplicable =
                                        "no store of people's credentials stands behind " + sandbox_.target().name};
    }
    // A search that does not even see what everybody may see is blind.
    std::string blind;
    for (const Principal& principal : sandbox_.principals().all()) {
      if (principal.accounts.contains(sandbox_.target().upstream) && own_[principal.persona] == 0)
        blind += principal.persona + " ";
    }
    Finding& answers = outcome.findings["answers"];
    if (const std::string why = WhyNothingPrivate(sandbox_); answers.met && !why.empty()) {
      answers.inapplicable = why;
      return outcome;
    }
    if (answers.met && !blind.empty()) answers.could_not = "not observed: not even their own was seen of " + blind;
    return outcome;
  }

  Sandbox& sandbox_;
  Scanner scanner_;
  std::map<std::string, Search> places_;
  std::map<std::string, int> own_;  // persona -> answers that held their own canary
};

Result<ProbeOutcome> CanarySweep(Sandbox& sandbox, const Json&) { return Sweep(sandbox).Perform(); }

}  // namespace

void AddCanaryProbes(ProbeSet& probes) { probes["canary_sweep"] = {CanarySweep, Aftermath::kAsTheyWere}; }

}  // namespace iff
