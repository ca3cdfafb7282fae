// How long a server goes on with what was taken away behind it, measured: a login or an account at the issuer, a token,
// a lease or a person at the secret store, a role in the database.
#include <set>

#include "scenarios/probes/probes.h"

namespace iff {
namespace {

using std::chrono::milliseconds;
using SteadyTime = std::chrono::steady_clock::time_point;

constexpr milliseconds kMostHonoured{10'000};  // for an answer, and longer than anything may be honoured
constexpr double kWithin = 1;                  // seconds; a server counts in whole ones

std::string Told(SteadyTime from, SteadyTime until) {
  const auto tenths = std::chrono::duration_cast<milliseconds>(until - from).count() / 100;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
}

// `takes`: "sessions" and "account" at the issuer, "grants" and "entity" at the secret store, "role" in the
// database.
class Revocation {
 public:
  Revocation(Sandbox& sandbox, const Json& arguments)
      : sandbox_(sandbox),
        takes_(AtOr<std::string>(arguments, "/takes", "")),
        one_(AtOr<std::string>(arguments, "/with", "")),
        other_(AtOr<std::string>(arguments, "/other", "")),
        operation_(AtOr<std::string>(arguments, "/operation", "")),
        says_(AtOr<int64_t>(arguments, "/says", 0)),
        issuers_(takes_ == "sessions" || takes_ == "account"),
        shut_out_(issuers_ || takes_ == "entity") {
    for (const Json& code : AtOr<Json>(arguments, "/told", Json::array())) told_codes_.insert(code.get<std::string>());
    honoured_.expected = "for " + std::to_string(says_) + " s at most, as it says, within 1 s";
  }

  Result<ProbeOutcome> Play() {
    principal_ = sandbox_.principals().Find(one_);
    if (principal_ == nullptr) return Error(ErrorKind::kInvalidInput, "revocation: nobody is called " + one_);
    for (const std::string& who : {one_, other_}) {
      const Seen before = TRY(Call(who));
      if (!before.served)
        return Error(ErrorKind::kUnavailable, who + " is not served before anything is taken away: " + before.what);
    }
    const Result<void> watched = Watch();
    // Whoever comes next, be it the one who removes everybody, finds the things of this world in order.
    TRY(GiveBack().While("give back what was taken"));
    TRY(watched);
    TRY(Recover());
    told_.inapplicable = WhyNotTold(sandbox_.target(), told_codes_);
    ProbeOutcome outcome;
    outcome.findings = {{"honoured", honoured_},
                        {"nothing-of-others", closed_},
                        {"refusals-tell", told_},
                        {"others-keep-theirs", others_},
                        {"served-anew", recovered_}};
    return outcome;
  }

 private:
  struct Seen {
    bool served = false;  // with what is the caller's own
    bool anew = false;    // and the secret store was asked to let the caller in for it
    std::string what = {};
  };

  Result<Seen> Call(const std::string& who) {
    const Json params = TRY(sandbox_.client().CallParams({.operation = operation_}, who));
    const Cursors marks = sandbox_.observer().Mark();
    const SendOutcome sent = sandbox_.client().Send({.with = who, .patience = kMostHonoured}, "tools/call", params,
                                                    "call while something is taken away");
    Observation around;
    sandbox_.observer().Observe(marks, who, sent, around);
    const auto persona = [&](const std::string& whom) {
      const auto found = around.persona_of.find(whom);
      return found == around.persona_of.end() ? std::string() : found->second;
    };
    if (!around.others_seen.empty()) Note(closed_, who + " got something of somebody else");
    for (const DownstreamEvent& event : around.downstream.events) {
      if (event.act.source.place != Place::kLedger) continue;
      if (const std::string as = persona(event.account); !as.empty() && as != who)
        Note(closed_, event.act.source.component + " was asked for " + who + " as " + as);
    }
    if (!sent.answer) return Error(ErrorKind::kProtocol, who + " got no answer: " + sent.silence);
    Seen seen;
    const bool result = sent.answer->status == 200 && sent.answer->HasResult() && !sent.answer->ToolError();
    seen.served = result && around.seen_of.contains(who);
    if (result && !seen.served) Note(closed_, who + " got a success without anything of " + who);
    for (const DownstreamEvent& event : around.downstream.events) {
      const DownstreamAct& act = event.act;
      seen.anew |=
          act.source.place == Place::kAuditLog && act.allowed == true && act.action == "login" && act.persona == who;
    }
    const std::string code = sent.answer->ToolErrorCode();
    seen.what = seen.served ? "served" : !code.empty() ? code : "HTTP " + std::to_string(sent.answer->status);
    return seen;
  }

  Result<void> Take() {
    if (issuers_) {
      TokenIssuer* issuer = TRY(sandbox_.principals().Issuer());
      return takes_ == "sessions" ? issuer->EndSessions(*principal_) : issuer->SetEnabled(*principal_, false);
    }
    if (takes_ == "role") return DropRoles();
    SecretStore* store = TRY(sandbox_.components().Find<SecretStore>());
    if (takes_ == "grants") return store->RevokeGrants(*principal_);
    if (takes_ == "entity") return store->SetEnabled(*principal_, false);
    return Error(ErrorKind::kInvalidInput, "revocation: nothing is called " + takes_);
  }

  // Every login the database knows of the person; connections that are open stay so.
  Result<void> DropRoles() {
    RowSource* rows = TRY(sandbox_.components().Find<RowSource>());
    const Json logins =
        TRY(rows->Query("SELECT l.rolname FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid JOIN pg_roles l "
                        "ON l.oid = m.member "
                        "WHERE g.rolname = 'person_" +
                        principal_->id + "' AND l.rolcanlogin"));
    for (const Json& row : AtOr<Json>(logins, "/rows", Json::array())) {
      const std::string name = TRY(At<std::string>(row, "/0"));
      if (name.find('"') != std::string::npos) return Error(ErrorKind::kProtocol, "a login with a quote in it");
      TRY(rows->Query("DROP ROLE \"" + name + "\""));
      dropped_.push_back(name);
    }
    if (dropped_.empty())
      return Error(ErrorKind::kUnavailable, "the database knows no login of " + one_ + ": there is none to drop");
    return {};
  }

  Result<void> GiveBack() {
    if (takes_ == "account") return TRY(sandbox_.principals().Issuer())->SetEnabled(*principal_, true);
    if (takes_ == "entity") return TRY(sandbox_.components().Find<SecretStore>())->SetEnabled(*principal_, true);
    // The secret store knows these logins still, and will want to drop them: under that name, and none to log in as.
    for (const std::string& name : dropped_) {
      RowSource* rows = TRY(sandbox_.components().Find<RowSource>());
      TRY(rows->Query("CREATE ROLE \"" + name + "\" NOLOGIN ADMIN \"" + Administrator() + "\""));
    }
    return {};
  }

  // Who makes and drops logins for the secret store.
  std::string Administrator() const {
    for (const Component* component : sandbox_.context().environment.components()) {
      const Outputs facts = component->outputs();
      if (const auto user = facts.find("vault_admin_user"); user != facts.end()) return user->second.value;
    }
    return "";
  }

  // One call after another, of both, until what was taken is honoured no more.
  Result<void> Watch() {
    TRY(Take().While("take away"));
    const SteadyTime taken = std::chrono::steady_clock::now();
    SteadyTime last = taken;  // when the last call began that was served with it
    SteadyTime seen_over = taken;
    bool over = false;
    const Result<void> waited =
        Eventually(Deadline::In(std::chrono::seconds(says_) + milliseconds(4000)), [&]() -> Result<bool> {
          const SteadyTime begun = std::chrono::steady_clock::now();
          const Seen seen = TRY(Call(one_));
          const Seen beside = TRY(Call(other_));
          if (!beside.served) Note(others_, other_ + " got " + beside.what);
          over = !seen.served || seen.anew;
          if (!over) last = begun;
          seen_over = std::chrono::steady_clock::now();
          if (!seen.served && !told_codes_.contains(seen.what)) Note(told_, seen.what);
          return over;
        });
    if (!waited.ok() && waited.error().kind() != ErrorKind::kTimeout) return waited.error();
    // What is kept of the others is over by then, too.
    const Deadline kept = Deadline::In(std::chrono::seconds(says_) + milliseconds(200));
    const Result<void> beside_it = Eventually(kept, [&]() -> Result<bool> {
      const Seen beside = TRY(Call(other_));
      if (!beside.served) Note(others_, other_ + " got " + beside.what);
      return kept.Passed();
    });
    if (!beside_it.ok() && beside_it.error().kind() != ErrorKind::kTimeout) return beside_it.error();
    const double honoured = last == taken ? 0 : std::chrono::duration<double>(last - taken).count();
    honoured_.met = over && honoured <= static_cast<double>(says_) + kWithin;
    honoured_.observed = "honoured for " + Told(taken, last) + " after it was taken away" +
                         (over ? ", and no more " + Told(taken, seen_over) + " after" : ", or longer");
    return {};
  }

  // Whoever was shut out stays so until let in again; whoever was not is served with what is new.
  Result<void> Recover() {
    if (issuers_) TRY(sandbox_.principals().Obtain(one_, one_, sandbox_.principals().AllScopes(), ""));
    std::string last;
    const Result<void> back = Eventually(Deadline::In(milliseconds(4000)), [&]() -> Result<bool> {
      const Seen again = TRY(Call(one_));
      last = again.what;
      if (!again.served && !shut_out_ && !told_codes_.contains(again.what)) Note(told_, again.what);
      return again.served;
    });
    if (!back.ok() && back.error().kind() != ErrorKind::kTimeout) return back.error();
    if (!back.ok()) Note(recovered_, last);
    return {};
  }

  Sandbox& sandbox_;
  const std::string takes_;
  const std::string one_;
  const std::string other_;
  const std::string operation_;
  const int64_t says_;
  const bool issuers_;   // taken at the issuer
  const bool shut_out_;  // and nothing new is to be had for it
  std::set<std::string> told_codes_ = {};
  const Principal* principal_ = nullptr;
  std::vector<std::string> dropped_ = {};
  Finding honoured_ = {};
  Finding closed_ = {.met = true,
                     .expected = "what is the caller's own, or nothing; asked for as the caller, or not at all",
                     .observed = ""};
  Finding told_ = {.met = true, .expected = "served, or a refusal that says what it is", .observed = ""};
  Finding others_ = {.met = true, .expected = "others are served meanwhile", .observed = ""};
  Finding recovered_ = {.met = true, .expected = "served within 4 s, with what was given anew", .observed = ""};
};

Result<ProbeOutcome> PlayRevocation(Sandbox& sandbox, const Json& arguments) {
  for (const char* who : {"/with", "/other"}) {
    if (sandbox.principals().FindCredential(AtOr<std::string>(arguments, who, "")) == nullptr) {
      return Error(ErrorKind::kInvalidInput, std::string("revocation: want a credential as '") + (who + 1) + "'");
    }
  }
  return Revocation(sandbox, arguments).Play();
}

}  // namespace

void AddRevocationProbes(ProbeSet& probes) { probes["revocation"] = PlayRevocation; }

}  // namespace iff
