// What a person sees must not depend on who else is there: every history among many equals the same history alone.
#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include "harness/jose/token.h"
#include "harness/run/look.h"
#include "harness/run/phrases.h"
#include "scenarios/probes/interleaving.h"
#include "scenarios/probes/probes.h"

namespace iff {
namespace {

constexpr int64_t kRequestId = 7;  // the same for everybody

class Crossroads {
 public:
  explicit Crossroads(Sandbox& sandbox) : sandbox_(sandbox), scanner_(sandbox.context().redactor) {
    for (const Principal& principal : sandbox.principals().all()) people_.push_back(principal.persona);
    const TargetSpec& target = sandbox.target();
    possible_ = {Act::kReadOwn, Act::kCancelled};
    if (target.operations.contains("read_of")) possible_.insert(Act::kReadOther);
    if (target.operations.contains("list")) possible_.insert(Act::kList);
    if (target.operations.contains("whoami")) possible_.insert(Act::kWhoami);
    // Keys have no dates, and nobody is logged in with one.
    if (target.key_header.empty()) possible_.insert({Act::kStale, Act::kRelogin, Act::kRevoked});
    for (const char* revision : {"2025-11-25", "2025-06-18"}) {
      if (target.Speaks(revision) && with_sessions_.empty()) with_sessions_ = revision;
    }
    if (!with_sessions_.empty()) possible_.insert(Act::kSwapped);
  }

  const std::vector<std::string>& people() const { return people_; }
  const std::set<Act>& possible() const { return possible_; }
  // Acts whose answers are different each time, even alone: of these only whose they are is compared.
  std::string Noisy() const {
    std::set<std::string> names;
    for (const auto& [who, act] : noisy_) names.insert(std::string(Name(act)));
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
    return text;
  }
  int64_t requests() const { return requests_; }

  Result<void> LogAllIn() {
    if (possible_.contains(Act::kRelogin)) forge_.emplace(TRY(sandbox_.principals().MakeForge()));
    for (const std::string& persona : people_) TRY(LogIn(persona));
    return {};
  }

  // Each person alone with a server that has never seen anybody else; twice, as what differs then is not the others'
  // doing. `asked`: somebody has asked it something since it was started.
  Result<void> LearnAlone(bool asked) {
    for (size_t i = 0; i < people_.size(); ++i) {
      const int who = static_cast<int>(i);
      if (asked || i > 0) TRY(sandbox_.Relaunch().While("be alone with the server"));
      const std::map<Act, std::string> first = TRY(Alone(who));
      for (const auto& [act, seen] : first) alone_[{who, act}] = seen;
      const std::string& own = first.at(Act::kReadOwn);
      if (own.find("{own.canary}") == std::string::npos)
        return Error(ErrorKind::kProtocol, "alone, " + people_[i] + " does not get what is theirs: " + own);
      // What differs the second time may do so for what the same person asked before.
      if (TRY(Alone(who)) == first) continue;
      TRY(sandbox_.Relaunch().While("be alone with the server"));
      for (const auto& [act, seen] : TRY(Alone(who)))
        if (first.at(act) != seen) noisy_.insert({who, act});
    }
    // What is a process's own, or of its time, is another in another process.
    TRY(sandbox_.Relaunch());
    for (const auto& [act, seen] : TRY(Alone(0))) {
      for (size_t i = 0; i < people_.size() && alone_[{0, act}] != seen; ++i) noisy_.insert({static_cast<int>(i), act});
    }
    TRY(sandbox_.Relaunch());
    return {};
  }

  // Nobody has been there before.
  Result<void> StartAnew() { return sandbox_.Relaunch(); }

  // Makes the moves; answers how a history differs from the same one alone, "" if none does. What was sent stays in
  // the trace until the next call. That something behind the server was not there in time, or let somebody in too late,
  // is no difference yet: a machine may have too much to do. It is one if it is so each of three times.
  Result<std::string> Differs(const Interleaving& moves) {
    std::string missing;
    constexpr int kTimes = 3;
    for (int i = 0; i < kTimes; ++i) {
      const std::string difference = TRY(DiffersNow(moves, missing));
      if (!difference.empty() || missing.empty()) return difference;
    }
    return missing;
  }
  // Requests that were made again for that reason, told by the last of them; "" for none.
  const std::string& made_again() const { return made_again_; }
  // Why nothing follows from answers that do not differ; "" if it does.
  std::string Unread() const { return unfinished_ ? "not observed: an answer holds more than can be unpacked" : ""; }

 private:
  // All that can be asked, by one person.
  Result<std::map<Act, std::string>> Alone(int who) {
    TRY(Begin());
    std::map<Act, std::string> seen;
    for (const Act act : possible_) {
      if (act != Act::kCancelled && act != Act::kRevoked) seen[act] = Make({.who = who, .act = act});
    }
    (void)sandbox_.trace().Take();
    return seen;
  }

  Result<std::string> DiffersNow(const Interleaving& moves, std::string& missing) {
    missing.clear();
    (void)sandbox_.trace().Take();
    TRY(Begin());
    const std::vector<std::string> seen = MakeAll(moves);
    std::set<int> out;  // whoever was logged out
    std::string difference;
    for (size_t i = 0; i < moves.size() && difference.empty(); ++i) {
      if (moves[i].act == Act::kRevoked) out.insert(moves[i].who);
      const bool logged_out = out.contains(moves[i].who) || MeanwhileRevoked(moves, i);
      difference = OfAnother(moves[i], seen[i]);
      if (!difference.empty() || logged_out || !Unlike(moves[i], seen[i])) continue;
      // Perhaps it is the person's own past that makes the difference: then it is there without the others, too.
      if (MayPass(seen[i])) {
        missing = Said(moves[i], seen[i]);
        made_again_ = missing;
        continue;
      }
      const std::string by_itself = TRY(Alone(moves, i));
      if (by_itself != seen[i]) difference = Said(moves[i], seen[i]) + " instead of " + Short(by_itself, "");
    }
    for (const Move& move : moves) {
      if (move.act == Act::kRevoked) TRY(LogIn(people_[static_cast<size_t>(move.who)]));
    }
    return difference;
  }

  // A store that answers 403 for some tens of milliseconds to who has just logged in (docs/decisions/0015) looks like a
  // server that takes somebody for another and shows nothing: what is so each time is a difference, what comes once is
  // not.
  static bool MayPass(const std::string& seen) {
    return seen.starts_with("no answer") || seen.find("_unavailable") != std::string::npos ||
           seen.find(" tool error forbidden") != std::string::npos;
  }

  Result<void> LogIn(const std::string& persona) {
    TRY(sandbox_.principals().Obtain(persona, persona, sandbox_.principals().AllScopes(), ""));
    if (!forge_) return SetNow(persona, persona);
    const int64_t now = sandbox_.context().clock.NowSeconds();
    Credential stale;
    stale.value = TRY(forge_->Reissue(sandbox_.principals().FindCredential(persona)->value,
                                      Json{{"exp", now - 600}, {"iat", now - 1200}}));
    sandbox_.principals().Keep(persona + ".stale", persona, std::move(stale));
    return Renew(persona);
  }

  // Nobody's credentials are in the server's memory, sessions are new.
  Result<void> Begin() {
    for (const std::string& persona : people_) TRY(Renew(persona));
    return {};
  }

  // A token of another scope besides, which no server can have kept anything for.
  Result<void> Renew(const std::string& persona) {
    if (!forge_) return SetNow(persona, persona);
    const Secret& full = sandbox_.principals().FindCredential(persona)->value;
    const Result<UnverifiedToken> claims = DecodeUnverified(full.Reveal());
    if (!claims.ok()) return claims.error();
    const std::string scope = AtOr<std::string>(claims->payload, "/scope", "");
    const int number = ++nonces_;
    Credential fresh;
    fresh.value = TRY(forge_->Reissue(full, Json{{"scope", scope + " nonce." + std::to_string(number)}}));
    // Under a name of its own: whoever is sending the one before goes on doing so.
    const std::string name = persona + ".now#" + std::to_string(number);
    sandbox_.principals().Keep(name, persona, std::move(fresh));
    return SetNow(persona, name);
  }
  Result<void> SetNow(const std::string& persona, const std::string& name) {
    const std::lock_guard lock(mutex_);
    now_[persona] = name;
    sessions_.erase(persona);
    return {};
  }
  std::string Now(const std::string& persona) {
    const std::lock_guard lock(mutex_);
    return now_[persona];
  }

  std::vector<std::string> MakeAll(const Interleaving& moves) {
    std::vector<std::string> seen(moves.size());
    for (size_t begin = 0; begin < moves.size();) {
      size_t end = begin;
      while (moves[end].meanwhile && end + 1 < moves.size()) ++end;
      std::vector<std::thread> under_way;
      for (size_t i = begin; i <= end; ++i) {
        under_way.emplace_back([&, i] { seen[i] = Make(moves[i]); });
      }
      for (std::thread& one : under_way) one.join();
      begin = end + 1;
    }
    return seen;
  }

  // What the person of moves[at] sees there if they make all their moves up to it, and nobody else makes any.
  Result<std::string> Alone(const Interleaving& moves, size_t at) {
    TRY(sandbox_.Relaunch());
    TRY(Begin());
    std::string seen;
    for (size_t i = 0; i <= at; ++i) {
      if (moves[i].who == moves[at].who) seen = Make(moves[i]);
    }
    return seen;
  }

  std::string Make(const Move& move) {
    const std::string& persona = people_[static_cast<size_t>(move.who)];
    ++requests_;
    const auto ask = [&](const std::string& operation, const std::string& of = "") {
      const Result<Json> params = sandbox_.client().CallParams({.operation = operation, .of = of}, persona);
      return params.ok() ? Told(persona, Sent(persona, Now(persona), *params)) : params.error().message();
    };
    switch (move.act) {
      case Act::kReadOwn:
        return ask("read_own");
      case Act::kReadOther:
        return ask("read_of", NextTo(persona));
      case Act::kList:
        return ask("list");
      case Act::kWhoami:
        return ask("whoami");
      case Act::kStale: {
        const Result<Json> params = sandbox_.client().CallParams({.operation = "read_own"}, persona);
        return params.ok() ? Told(persona, Sent(persona, persona + ".stale", *params)) : params.error().message();
      }
      case Act::kCancelled: {
        const Result<Json> params = sandbox_.client().CallParams({.operation = "read_own"}, persona);
        if (params.ok()) (void)Sent(persona, Now(persona), *params, std::chrono::milliseconds(1));
        return "";
      }
      case Act::kSwapped: {
        const Result<Json> params = sandbox_.client().CallParams({.operation = "read_own"}, persona);
        if (!params.ok()) return params.error().message();
        const HttpRequest request = RequestIn(with_sessions_, *params, Opened(NextTo(persona), with_sessions_));
        return Told(persona, sandbox_.client().SendAgain(request, {.with = Now(persona), .revision = with_sessions_},
                                                         persona + " in another's session"));
      }
      case Act::kRelogin: {
        const Result<void> renewed = Renew(persona);
        return renewed.ok() ? ask("read_own") : renewed.error().message();
      }
      case Act::kRevoked: {
        const Result<TokenIssuer*> issuer = sandbox_.principals().Issuer();
        const Result<void> ended =
            issuer.ok() ? (*issuer)->EndSessions(*sandbox_.principals().Find(persona)) : Result<void>(issuer.error());
        return ended.ok() ? ask("read_own") : ended.error().message();
      }
    }
    return "";
  }

  const std::string& NextTo(const std::string& persona) const {
    const auto place = std::find(people_.begin(), people_.end(), persona);
    return place + 1 == people_.end() ? people_.front() : *(place + 1);
  }

  HttpRequest RequestIn(const std::string& revision, const Json& params, const std::string& session) {
    return McpRequest(ParseRevision(revision).value(), sandbox_.target().path, "tools/call", params, NextIdIn(session),
                      session, sandbox_.target().mirrors);
  }

  // Within a session no id may come twice, and a server may refuse one that does (MCP 2025-11-25, Basic, Requests).
  // Everybody's count from the same, so what is under way for several people still has one id.
  int64_t NextIdIn(const std::string& session) {
    if (session.empty()) return kRequestId;
    const std::lock_guard lock(mutex_);
    return kRequestId + ++requests_in_[session];
  }

  // A new session of `persona`; one that never was where they get none.
  std::string Opened(const std::string& persona, const std::string& revision) {
    const Revision parsed = ParseRevision(revision).value();
    const Sending sending{.with = Now(persona), .revision = revision};
    const HttpRequest open =
        McpRequest(parsed, sandbox_.target().path, "initialize", InitializeParams(parsed), kRequestId);
    const SendOutcome opened = sandbox_.client().SendAgain(open, sending, persona + " opens a session");
    const std::string session = opened.answer ? opened.answer->headers.Get("Mcp-Session-Id") : "";
    if (session.empty()) return "no-such-session";
    const HttpRequest done =
        McpNotification(parsed, sandbox_.target().path, "notifications/initialized", Json::object(), session);
    (void)sandbox_.client().SendAgain(done, sending, persona + " has opened a session");
    return session;
  }

  // The person's own session, where the server has sessions and no other way.
  std::string SessionFor(const std::string& persona, const std::string& revision) {
    if (Stateless(ParseRevision(revision).value())) return "";
    {
      const std::lock_guard lock(mutex_);
      if (const auto known = sessions_.find(persona); known != sessions_.end()) return known->second;
    }
    std::string session = Opened(persona, revision);
    if (session == "no-such-session") session.clear();  // a server without sessions
    const std::lock_guard lock(mutex_);
    sessions_[persona] = session;
    return session;
  }

  SendOutcome Sent(const std::string& persona, const std::string& credential, const Json& params,
                   std::chrono::milliseconds patience = {}) {
    const std::string& revision = sandbox_.target().revisions.front();
    Sending sending{.with = credential};
    if (patience.count() > 0) sending.patience = patience;
    return sandbox_.client().SendAgain(RequestIn(revision, params, SessionFor(persona, revision)), sending,
                                       persona + " among others");
  }

  // An answer without what is different each time (the declared noise: ids of requests and of the nonce), and with
  // everybody's things under names that are the same for everyone.
  std::string Told(const std::string& persona, const SendOutcome& sent) const {
    if (!sent.answer) return "no answer: " + sent.silence;
    const McpAnswer& answer = *sent.answer;
    std::string text = "HTTP " + std::to_string(answer.status);
    if (answer.HasError()) {
      text += " error " + std::to_string(answer.RpcErrorCode());
    } else if (answer.ToolError()) {
      text += " tool error " + answer.ToolErrorCode();
    } else if (answer.HasResult()) {
      text += " " + answer.Text();
    }
    for (const Principal& principal : sandbox_.principals().all()) {
      const std::string whose = principal.persona == persona ? "own" : principal.persona;
      for (const auto& [upstream, account] : principal.accounts)
        text = ReplaceAll(text, account.canary, "{" + whose + ".canary}");
      text = ReplaceAll(text, principal.id, "{" + whose + ".id}");
      text = ReplaceAll(text, principal.name, "{" + whose + ".name}");
      text = ReplaceAll(text, principal.tag + "-", "{" + whose + ".tag}-");
      for (const auto& [name, value] : principal.items) {
        constexpr size_t kTelling = 6;  // a shorter one may stand for anything
        if (value.is_string() && value.get_ref<const std::string&>().size() >= kTelling) {
          text = ReplaceAll(text, value.get<std::string>(), "{" + whose + "." + name + "}");
        }
      }
    }
    for (size_t at = text.find("nonce."); at != std::string::npos; at = text.find("nonce.", at + 6)) {
      size_t end = at + 6;
      while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
      text.erase(at + 6, end - at - 6);
    }
    // Encoded, compressed or split, in whatever part of the answer.
    const Sightings inside = LookInto(scanner_, answer);
    if (inside.unfinished) unfinished_ = true;
    for (const Sighting& one : inside.found) {
      if (!one.alias.starts_with(persona + ".")) text += " {" + Described(one) + "}";
    }
    return text;
  }

  static bool MeanwhileRevoked(const Interleaving& moves, size_t at) {
    size_t begin = at;
    while (begin > 0 && moves[begin - 1].meanwhile) --begin;
    for (size_t i = begin; i < moves.size(); ++i) {
      if (moves[i].who == moves[at].who && moves[i].act == Act::kRevoked) return true;
      if (!moves[i].meanwhile) break;
    }
    return false;
  }

  std::string Said(const Move& move, const std::string& seen, const std::string& around = "") const {
    return people_[static_cast<size_t>(move.who)] + " " + std::string(Name(move.act)) + " saw " + Short(seen, around);
  }

  // Whoever asks for another's thing may be told the name they asked for.
  std::string OfAnother(const Move& move, const std::string& seen) const {
    const std::string& persona = people_[static_cast<size_t>(move.who)];
    for (const std::string& other : people_) {
      if (other == persona) continue;
      const std::string mark = "{" + other + ".";
      const bool asked = move.act == Act::kReadOther && other == NextTo(persona);
      if (asked && seen.find("{" + other + ".canary}") == std::string::npos && seen.find(mark) != std::string::npos &&
          !Unlike(move, seen)) {
        continue;
      }
      if (seen.find(mark) != std::string::npos) return Said(move, seen, mark);
    }
    return "";
  }

  // Another answer than alone, to the one act. Declared noise: what came of a request nobody waited for.
  bool Unlike(const Move& move, const std::string& seen) const {
    const auto expected = alone_.find({move.who, move.act});
    return expected != alone_.end() && expected->second != seen && !noisy_.contains({move.who, move.act});
  }

  Sandbox& sandbox_;
  Scanner scanner_;
  std::optional<Forge> forge_;
  std::vector<std::string> people_;
  std::set<Act> possible_;
  std::string with_sessions_;  // a revision that has sessions and that the server speaks
  std::map<std::pair<int, Act>, std::string> alone_;
  std::set<std::pair<int, Act>> noisy_;
  std::string made_again_;
  mutable std::atomic<bool> unfinished_ = false;
  std::atomic<int> nonces_ = 0;
  std::atomic<int64_t> requests_ = 0;
  std::mutex mutex_;
  std::map<std::string, std::string> now_;       // persona -> name of the credential in use
  std::map<std::string, std::string> sessions_;  // persona -> session of that credential
  std::map<std::string, int64_t> requests_in_;   // session -> calls so far
};

Trial TrialAt(Crossroads& crossroads) {
  return {.start_anew = [&crossroads] { return crossroads.StartAnew(); },
          .differs = [&crossroads](const Interleaving& moves) { return crossroads.Differs(moves); }};
}

// A difference, made as short as it gets, and a scenario that shows it again.
// `drawn`: the last ones, of which the last differed.
Result<void> Tell(Sandbox& sandbox, Crossroads& crossroads, const std::vector<Interleaving>& drawn, uint64_t seed,
                  ProbeOutcome& outcome, std::string difference) {
  const Shortened shortened = TRY(Shorten(TrialAt(crossroads), drawn, std::move(difference)));
  const std::vector<std::string> lines = Written(shortened.moves, crossroads.people());
  const std::string file = "interleaving-" + std::to_string(seed) + ".yaml";
  outcome.findings["histories-are-as-alone"].observed =
      "seed " + std::to_string(seed) + ", shortened to " + std::to_string(lines.size()) +
      (lines.size() == 1 ? " move (" : " moves (") + WithCommas(lines) + "), which differ in " +
      std::to_string(shortened.failed) + " of " + std::to_string(shortened.tries) + " tries: " + shortened.difference +
      ". 'iff run --seed " + std::to_string(seed) + "' draws it again, " + file +
      " in found/ beside the report plays the short one";
  outcome.attachments[file] = ScenarioText(seed, sandbox.target().name, crossroads.people(), lines);
  return {};
}

Result<ProbeOutcome> Interleavings(Sandbox& sandbox, const Json& arguments) {
  Crossroads crossroads(sandbox);
  if (crossroads.people().size() < 2) return Error(ErrorKind::kInvalidInput, "interleavings: want several people");
  ProbeOutcome outcome;
  Finding& finding = outcome.findings["histories-are-as-alone"];
  finding.expected = "everybody sees what they see alone";
  if (!sandbox.target().url.empty()) {
    finding.inapplicable =
        sandbox.target().name + " runs already and is not ours to start anew: nobody can be alone with it";
    return outcome;
  }
  TRY(crossroads.LogAllIn());
  TRY(crossroads.LearnAlone(AtOr<bool>(arguments, "/asked", false)));
  const std::string noisy = crossroads.Noisy();
  const std::string but =
      noisy.empty() ? "" : " (of " + noisy + ", whose answers differ even alone, only whose they are)";

  if (const Json* given = Find(arguments, "/moves"); given != nullptr && given->is_array()) {
    std::vector<std::string> lines;
    for (const Json& line : *given) lines.push_back(AtOr<std::string>(line, "", ""));
    const Interleaving moves = TRY(ReadInterleaving(lines, crossroads.people()));
    const std::string difference = TRY(TryOften(TrialAt(crossroads), moves, AtOr<int64_t>(arguments, "/tries", 20)));
    finding.met = difference.empty();
    finding.observed = difference.empty() ? "the same as alone" + but : difference;
    if (difference.empty()) finding.could_not = crossroads.Unread();
    return outcome;
  }

  const int64_t rounds = AtOr<int64_t>(arguments, "/rounds", 40);
  const uint64_t first = sandbox.context().seed != 0 ? sandbox.context().seed : AtOr<uint64_t>(arguments, "/seed", 1);
  const int length = static_cast<int>(AtOr<int64_t>(arguments, "/length", 8));
  const int people = static_cast<int>(crossroads.people().size());
  // On a slow machine fewer, so that nobody waits for minutes; never fewer than a dozen.
  const Deadline enough = Deadline::In(std::chrono::seconds(AtOr<int64_t>(arguments, "/seconds", 15)));
  constexpr size_t kRemembered = 6;
  std::vector<Interleaving> last;
  int64_t made = 0;
  for (; made < rounds && (made < 12 || !enough.Passed()); ++made) {
    const uint64_t seed = first + static_cast<uint64_t>(made);
    if (last.size() == kRemembered) last.erase(last.begin());
    last.push_back(DrawInterleaving(seed, people, length, crossroads.possible()));
    std::string difference = TRY(crossroads.Differs(last.back()));
    if (difference.empty()) continue;
    TRY(Tell(sandbox, crossroads, last, seed, outcome, std::move(difference)));
    finding.observed = "in interleaving " + std::to_string(made + 1) + ", " + finding.observed;
    return outcome;
  }
  finding.met = true;
  finding.could_not = crossroads.Unread();
  finding.observed = "the same as alone in " + std::to_string(made) + " interleavings, " +
                     std::to_string(crossroads.requests()) + " requests" + but;
  if (!crossroads.made_again().empty()) {
    finding.observed += "; some were made again, as something was not there in time: " + crossroads.made_again();
  }
  return outcome;
}

}  // namespace

void AddInterleavingProbes(ProbeSet& probes) {
  probes["interleavings"] = {Interleavings, Aftermath::kUnknown, Asks::kSingleRequests};
}

}  // namespace iff
