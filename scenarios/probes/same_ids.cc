// Requests of several people under way at once under one JSON-RPC id, which every client that counts from 0 sends: what
// pairs answers with requests by that id alone answers one person with what is another's.
#include <map>
#include <mutex>
#include <thread>

#include "harness/run/look.h"
#include "scenarios/probes/probes.h"

namespace iff {
namespace {

constexpr int64_t kGreeting = 0;
constexpr int64_t kFirstCall = 1;
constexpr std::chrono::milliseconds kPatience{3000};

class SameIds {
 public:
  explicit SameIds(Sandbox& sandbox)
      : sandbox_(sandbox),
        scanner_(sandbox.context().redactor),
        revision_(ParseRevision(sandbox.target().revisions.front()).value()) {}

  // Everybody logs in, and opens a session where the server has them; under the same id all of them.
  Result<void> Begin() {
    for (const Principal& principal : sandbox_.principals().all()) {
      TRY(sandbox_.principals().Obtain(principal.persona, principal.persona, sandbox_.principals().AllScopes(), ""));
      sessions_[principal.persona] = Stateless(revision_) ? "" : Opened(principal.persona);
    }
    return {};
  }

  // All ask once, at the same moment.
  Result<void> Round(int64_t number) {
    std::map<std::string, HttpRequest> requests;
    for (const auto& [persona, session] : sessions_) {
      const Json params = TRY(sandbox_.client().CallParams({.operation = "read_own"}, persona));
      requests[persona] = McpRequest(revision_, sandbox_.target().path, "tools/call", params, kFirstCall + number,
                                     session, sandbox_.target().mirrors);
    }
    std::vector<std::thread> callers;
    for (const auto& [persona, request] : requests) {
      callers.emplace_back([this, &persona = persona, &request = request] {
        See(persona, sandbox_.client().SendAgain(request, {.with = persona, .patience = kPatience},
                                                 persona + " under an id that others use"));
      });
    }
    for (std::thread& caller : callers) caller.join();
    return {};
  }

  bool crossed() const { return !crossed_.empty(); }

  Finding NobodyGotAnothers() const {
    Finding finding{.met = crossed_.empty(),
                    .expected = "no answer holds another's",
                    .observed = crossed_.empty() ? "so it is, in " + std::to_string(own_) + " answers" : crossed_};
    if (crossed_.empty() && own_ == 0) finding.could_not = "nobody got what is their own either: " + silence_;
    if (crossed_.empty() && unfinished_) finding.could_not = "not observed: an answer holds more than can be unpacked";
    return finding;
  }

 private:
  std::string Opened(const std::string& persona) {
    const Sending sending{.with = persona, .revision = sandbox_.target().revisions.front()};
    const SendOutcome opened = sandbox_.client().SendAgain(
        McpRequest(revision_, sandbox_.target().path, "initialize", InitializeParams(revision_), kGreeting), sending,
        persona + " opens a session");
    const std::string session = opened.answer ? opened.answer->headers.Get("Mcp-Session-Id") : "";
    (void)sandbox_.client().SendAgain(
        McpNotification(revision_, sandbox_.target().path, "notifications/initialized", Json::object(), session),
        sending, persona + " has opened a session");
    return session;
  }

  void See(const std::string& persona, const SendOutcome& sent) {
    const std::lock_guard lock(mutex_);
    if (!sent.answer) {
      silence_ = persona + " was not answered: " + sent.silence;
      return;
    }
    const Sightings seen = LookInto(scanner_, *sent.answer);
    unfinished_ = unfinished_ || seen.unfinished;
    for (const Sighting& one : seen.found) {
      if (one.alias.starts_with(persona + ".")) {
        ++own_;
      } else if (crossed_.empty()) {
        crossed_ = persona + " got " + Described(one);
      }
    }
  }

  Sandbox& sandbox_;
  Scanner scanner_;
  Revision revision_;
  std::map<std::string, std::string> sessions_;  // persona -> session, "" without
  std::mutex mutex_;
  std::string crossed_;
  std::string silence_;
  bool unfinished_ = false;
  int own_ = 0;
};

Result<ProbeOutcome> AskUnderTheSameIds(Sandbox& sandbox, const Json& arguments) {
  SameIds same(sandbox);
  TRY(same.Begin());
  const int64_t rounds = AtOr<int64_t>(arguments, "/rounds", 10);
  for (int64_t round = 0; round < rounds && !same.crossed(); ++round) TRY(same.Round(round));
  ProbeOutcome outcome;
  outcome.findings["same-ids-cross-nobody"] = same.NobodyGotAnothers();
  return outcome;
}

}  // namespace

void AddSameIdProbes(ProbeSet& probes) {
  probes["same_ids"] = {AskUnderTheSameIds, Aftermath::kAsTheyWere, Asks::kSingleRequests, Wants::kRunningTarget};
}

}  // namespace iff
