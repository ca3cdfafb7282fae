// Pages that are there for whoever looks after a server, asked for by a stranger.
#include <algorithm>

#include "harness/run/look.h"
#include "harness/run/operations_pages.h"
#include "scenarios/probes/probes.h"

namespace iff {
namespace {

class Looker {
 public:
  explicit Looker(Sandbox& sandbox) : sandbox_(sandbox), secrets_(sandbox.context().redactor) {}

  Result<ProbeOutcome> Perform() {
    for (const Principal& principal : sandbox_.principals().all()) TRY(Use(principal));
    const std::vector<std::string> pages = OperationsPages(sandbox_.target().path);
    for (const std::string& page : pages) {
      const SendOutcome sent = sandbox_.client().SendPlain({.target = page}, "", page + ", to a stranger");
      if (!sent.answer) {
        if (sandbox_.process().Exited()) return Error(ErrorKind::kUnavailable, page + ": the server ended");
        continue;  // a page that never ends, or nothing at all
      }
      ++answered_;
      Look(*sent.answer, page);
    }
    const auto told = [&](Finding& finding, const char* expected) {
      finding.expected = expected;
      if (finding.met) finding.observed = "none in " + std::to_string(answered_) + " answers";
      if (finding.met && answered_ == 0) finding.could_not = "no path was answered at all";
      return finding;
    };
    ProbeOutcome outcome;
    Finding& session = outcome.findings["operations-pages-name-no-session"];
    session = told(sessions_, "no session's id, in any form");
    if (session.met && sessions_given_ == 0) session.inapplicable = sandbox_.target().name + " gives out no sessions";
    outcome.findings["operations-pages-name-nobody"] = told(people_, "nobody's name or id, in any form");
    outcome.findings["operations-pages-show-no-secret"] = told(secret_, "nothing of anybody's, in any form");
    return outcome;
  }

 private:
  // Somebody is there, and has been served, in every revision.
  Result<void> Use(const Principal& principal) {
    const std::string& persona = principal.persona;
    TRY(sandbox_.principals().Obtain(persona, persona, sandbox_.principals().AllScopes(), ""));
    Know(names_, persona + "'s id", principal.id);
    Know(names_, persona + "'s name", principal.name);
    for (const auto& [upstream, account] : principal.accounts) Know(names_, persona + "'s account", account.login);
    for (const std::string& revision : sandbox_.target().revisions) {
      const Sending sending{.with = persona, .revision = revision};
      const SendOutcome sent = sandbox_.client().Send(sending, "tools/list", Json::object(), persona + " is there");
      if (!sent.answer) return Error(ErrorKind::kUnavailable, persona + " is not served: " + sent.silence);
      const HttpRequest* const request = sandbox_.client().last_request();
      const std::string session = request == nullptr ? "" : request->headers.Get("Mcp-Session-Id");
      if (!session.empty()) ++sessions_given_;
      Know(ids_, "the id of a session of " + persona + "'s", session);
    }
    if (sandbox_.target().operations.contains("read_own")) {
      const Json params = TRY(sandbox_.client().CallParams({.operation = "read_own"}, persona));
      (void)sandbox_.client().Send({.with = persona}, "tools/call", params, persona + " reads");
    }
    return {};
  }

  // A shorter text may stand there by accident.
  static void Know(Redactor& known, const std::string& what, const std::string& text) {
    constexpr size_t kTelling = 6;
    if (text.size() >= kTelling) known.Register(Secret(text), what);
  }

  void Look(const McpAnswer& answer, const std::string& page) {
    const auto note = [&](const Scanner& scanner, Finding& finding) {
      for (const Sighting& one : LookInto(scanner, answer).found)
        Note(finding, "GET " + page + " tells " + Described(one));
    };
    note(known_ids_, sessions_);
    note(known_names_, people_);
    note(secrets_, secret_);
  }

  Sandbox& sandbox_;
  Redactor ids_ = {};
  Redactor names_ = {};
  const Scanner secrets_;
  const Scanner known_ids_{ids_};
  const Scanner known_names_{names_};
  size_t answered_ = 0;
  size_t sessions_given_ = 0;
  Finding sessions_ = {.met = true};
  Finding people_ = {.met = true};
  Finding secret_ = {.met = true};
};

Result<ProbeOutcome> LookAtPages(Sandbox& sandbox, const Json&) { return Looker(sandbox).Perform(); }

}  // namespace

void AddOperationsPageProbes(ProbeSet& probes) {
  probes["operations_pages"] = {LookAtPages, Aftermath::kAsTheyWere, Asks::kHttp, Wants::kRunningTarget};
}

}  // namespace iff
