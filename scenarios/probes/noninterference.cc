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
#include "scenarios/probes/interleaving.h"
#include "scenarios/probes/probes.h"

namespace iff {
namespace {

constexpr int64_t kRequestId = 7;  // the same for everybody, all the time
constexpr const char* kSessions = "2025-11-25";

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  for (size_t at = text.find(from); !from.empty() && at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

class Crossroads {
 public:
  explicit Crossroads(Stage& stage) : stage_(stage), scanner_(stage.ground().redactor) {
    for (const Subject& subject : stage.subjects()) people_.push_back(subject.role);
  }

  const std::vector<std::string>& people() const { return people_; }

  Result<void> LogAllIn() {
    forge_.emplace(TRY(stage_.MakeForge()));
    for (const std::string& role : people_) TRY(LogIn(role));
    return {};
  }

  // Each person alone with a server that has never seen anybody else.
  Result<void> LearnAlone() {
    for (size_t who = 0; who < people_.size(); ++who) {
      TRY(Begin());
      TRY(stage_.Relaunch());
      for (const Act act : {Act::kRelogin, Act::kReadOwn, Act::kList, Act::kWhoami, Act::kStale, Act::kSwapped}) {
        std::string seen = Make({.who = static_cast<int>(who), .act = act});
        for (int again = 0; again < 5 && Unavailable(seen); ++again) seen = Make({.who = static_cast<int>(who), .act = act});
        alone_[{static_cast<int>(who), act}] = seen;
      }
      const std::string own = alone_[{static_cast<int>(who), Act::kReadOwn}];
      if (own.find("{own.canary}") == std::string::npos) {
        return Error(ErrorKind::kProtocol, "alone, " + people_[who] + " does not get what is theirs: " + own);
      }
    }
    TRY(stage_.Relaunch());
    return {};
  }

  // Makes the moves; answers how a history differs from the same one alone, "" if none does.
  Result<std::string> Differs(const Interleaving& moves) {
    TRY(Begin());
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
    std::string difference;
    std::set<int> out;  // whoever was logged out
    for (size_t i = 0; i < moves.size(); ++i) {
      const Move& move = moves[i];
      if (move.act == Act::kRevoked) out.insert(move.who);
      const std::string wrong = Judged(move, seen[i], out.contains(move.who) || MeanwhileRevoked(moves, i));
      if (!wrong.empty() && difference.empty()) difference = wrong;
    }
    for (const int who : out) TRY(LogIn(people_[static_cast<size_t>(who)]));
    (void)stage_.TakeTrace();
    return difference;
  }

 private:
  Result<void> LogIn(const std::string& role) {
    TRY(stage_.Obtain(role, role, stage_.AllScopes(), ""));
    return Expire(role);
  }

  // Nobody's credentials are in the server's memory, sessions are new.
  Result<void> Begin() {
    for (const std::string& role : people_) TRY(Renew(role));
    return {};
  }

  // A token of another scope besides, which no server can have kept anything for.
  Result<void> Renew(const std::string& role) {
    const Credential* full = stage_.FindCredential(role);
    const Result<UnverifiedToken> claims = DecodeUnverified(full->value.Reveal());
    if (!claims.ok()) return claims.error();
    const std::string scope = AtOr<std::string>(claims->payload, "/scope", "");
    const int number = ++nonces_;
    Credential fresh;
    fresh.value = TRY(forge_->Reissue(full->value, Json{{"scope", scope + " nonce." + std::to_string(number)}}));
    // Under a name of its own: whoever is sending the one before goes on doing so.
    const std::string name = role + ".now#" + std::to_string(number);
    stage_.Keep(name, role, std::move(fresh));
    const std::lock_guard lock(mutex_);
    now_[role] = name;
    return {};
  }
  std::string Now(const std::string& role) {
    const std::lock_guard lock(mutex_);
    return now_[role];
  }
  Result<void> Expire(const std::string& role) {
    const int64_t now = stage_.ground().clock.NowSeconds();
    Credential stale;
    stale.value = TRY(forge_->Reissue(stage_.FindCredential(role)->value, Json{{"exp", now - 600}, {"iat", now - 1200}}));
    stage_.Keep(role + ".stale", role, std::move(stale));
    return {};
  }

  std::string Make(const Move& move) {
    const std::string& role = people_[static_cast<size_t>(move.who)];
    const auto operation = [&](const std::string& name) {
      const Result<Json> params = stage_.CallParams({.operation = name}, role);
      return params.ok() ? *params : Json::object();
    };
    switch (move.act) {
      case Act::kReadOwn: return Told(role, Sent(role, Now(role), "", operation("read_own"), {}));
      case Act::kList: return Told(role, Sent(role, Now(role), "", operation("list"), {}));
      case Act::kWhoami: return Told(role, Sent(role, Now(role), "", operation("whoami"), {}));
      case Act::kStale: return Told(role, Sent(role, role + ".stale", "", operation("read_own"), {}));
      case Act::kCancelled: {
        (void)Sent(role, Now(role), "", operation("read_own"), std::chrono::milliseconds(1));
        return "";
      }
      case Act::kSwapped: return Told(role, Sent(role, Now(role), ForeignSession(role), operation("read_own"), {}));
      case Act::kRelogin: {
        const Result<void> renewed = Renew(role);
        if (!renewed.ok()) return renewed.error().message();
        return Told(role, Sent(role, Now(role), "", operation("read_own"), {}));
      }
      case Act::kRevoked: {
        const Result<TokenIssuer*> issuer = stage_.Find<TokenIssuer>();
        const Result<void> ended = issuer.ok() ? (*issuer)->EndSessions(*stage_.FindSubject(role)) : Result<void>(issuer.error());
        if (!ended.ok()) return ended.error().message();
        return Told(role, Sent(role, Now(role), "", operation("read_own"), {}));
      }
    }
    return "";
  }

  // A session of the next person's; one that never was where that one has none.
  std::string ForeignSession(const std::string& role) {
    const auto place = std::find(people_.begin(), people_.end(), role);
    const std::string& other = place + 1 == people_.end() ? people_.front() : *(place + 1);
    HttpRequest open = McpRequest(Revision::k20251125, stage_.target().path, "initialize",
                                  {{"protocolVersion", kSessions},
                                   {"capabilities", Json::object()},
                                   {"clientInfo", {{"name", "iff"}, {"version", "0.1.0"}}}},
                                  kRequestId);
    const SendOutcome opened = stage_.SendAgain(open, {.with = Now(other), .revision = kSessions}, "initialize");
    const std::string session = opened.answer ? opened.answer->headers.Get("Mcp-Session-Id") : "";
    return session.empty() ? "no-such-session" : session;
  }

  SendOutcome Sent(const std::string& role, const std::string& credential, const std::string& session, const Json& params,
                   std::chrono::milliseconds patience) {
    const Revision revision = session.empty() ? Revision::k20260728 : Revision::k20251125;
    const HttpRequest request = McpRequest(revision, stage_.target().path, "tools/call", params, kRequestId, session);
    Sending sending{.with = credential, .revision = session.empty() ? "" : kSessions};
    if (patience.count() > 0) sending.patience = patience;
    return stage_.SendAgain(request, sending, role + " among others");
  }

  // An answer without what is different each time (the declared noise: ids of requests and of the nonce), and with
  // everybody's things under names that are the same for everyone.
  std::string Told(const std::string& role, const SendOutcome& sent) const {
    if (!sent.answer) return "no answer: " + sent.silence;
    const McpAnswer& answer = *sent.answer;
    std::string text = "HTTP " + std::to_string(answer.status);
    if (answer.HasError()) return text + " error " + std::to_string(answer.RpcErrorCode());
    if (answer.ToolError()) return text + " tool error " + answer.ToolErrorCode();
    if (!answer.HasResult()) return text;
    text += " " + answer.Text();
    std::string foreign;
    for (const Sighting& one : LookInto(scanner_, answer).found) {
      if (!one.alias.starts_with(role + ".")) foreign += " {" + Described(one) + "}";
    }
    for (const Subject& subject : stage_.subjects()) {
      const std::string whose = subject.role == role ? "own" : subject.role;
      for (const auto& [upstream, holding] : subject.holdings) text = Replaced(text, holding.canary, "{" + whose + ".canary}");
      text = Replaced(text, subject.id, "{" + whose + ".id}");
      text = Replaced(text, subject.name, "{" + whose + ".name}");
      text = Replaced(text, subject.tag + "-", "{" + whose + ".tag}-");
    }
    for (size_t at = text.find("nonce."); at != std::string::npos; at = text.find("nonce.", at + 6)) {
      size_t end = at + 6;
      while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
      text.erase(at + 6, end - at - 6);
    }
    return text + foreign;
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

  std::string Judged(const Move& move, const std::string& seen, bool logged_out) const {
    const std::string& role = people_[static_cast<size_t>(move.who)];
    const std::string said = role + " " + std::string(Name(move.act)) + " saw ";
    for (const std::string& other : people_) {
      if (other != role && seen.find("{" + other + ".") != std::string::npos) return said + Short(seen, "{" + other + ".");
    }
    // Declared noise: when a logout takes effect, and what came of a request nobody waited for.
    if (logged_out || move.act == Act::kCancelled || move.act == Act::kRevoked || Unavailable(seen)) return "";
    const auto expected = alone_.find({move.who, move.act});
    if (expected == alone_.end() || expected->second == seen) return "";
    return said + Short(seen, "") + " instead of " + Short(expected->second, "");
  }

  // A machine that has too much to do keeps somebody waiting too long; that is nobody's doing.
  static bool Unavailable(const std::string& seen) {
    return seen.starts_with("no answer") || seen.find("_unavailable") != std::string::npos;
  }

  static std::string Short(const std::string& text, const std::string& around) {
    const size_t at = around.empty() ? 0 : text.find(around);
    const size_t begin = at == std::string::npos || at < 40 ? 0 : at - 40;
    std::string piece = text.substr(begin, 120);
    std::replace(piece.begin(), piece.end(), '\n', ' ');
    return "'" + piece + "'";
  }

  Stage& stage_;
  Scanner scanner_;
  std::optional<Forge> forge_;
  std::vector<std::string> people_;
  std::map<std::pair<int, Act>, std::string> alone_;
  std::atomic<int> nonces_ = 0;
  std::mutex mutex_;
  std::map<std::string, std::string> now_;  // role -> name of the credential in use
};

std::string Joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += (text.empty() ? "" : "; ") + line;
  return text;
}

// `fails`: as often as it takes to see a race that does not always happen.
Result<std::string> TryOften(Crossroads& crossroads, const Interleaving& moves, int64_t tries) {
  for (int64_t i = 0; i < tries; ++i) {
    const std::string difference = TRY(crossroads.Differs(moves));
    if (!difference.empty()) return difference;
  }
  return std::string();
}

Result<ProbeOutcome> Interleavings(Stage& stage, const Json& arguments) {
  Crossroads crossroads(stage);
  if (crossroads.people().size() < 2) return Error(ErrorKind::kInvalidInput, "interleavings: want several people");
  TRY(crossroads.LogAllIn());
  TRY(crossroads.LearnAlone());
  ProbeOutcome outcome;
  Finding& finding = outcome.findings["histories-are-as-alone"];
  finding.expected = "everybody sees what they see alone";

  if (const Json* given = Find(arguments, "/moves"); given != nullptr && given->is_array()) {
    std::vector<std::string> lines;
    for (const Json& line : *given) lines.push_back(AtOr<std::string>(line, "", ""));
    const Interleaving moves = TRY(ReadInterleaving(lines, crossroads.people()));
    const std::string difference = TRY(TryOften(crossroads, moves, AtOr<int64_t>(arguments, "/tries", 20)));
    finding.met = difference.empty();
    finding.observed = difference.empty() ? "the same as alone" : difference;
    return outcome;
  }

  const int64_t rounds = AtOr<int64_t>(arguments, "/rounds", 40);
  const int64_t seed = AtOr<int64_t>(arguments, "/seed", 1);
  const int moves_each = static_cast<int>(AtOr<int64_t>(arguments, "/length", 8));
  const int people = static_cast<int>(crossroads.people().size());
  // On a slow machine fewer, so that nobody waits for minutes; never fewer than a dozen.
  const Deadline enough = Deadline::In(std::chrono::seconds(15));
  int64_t made = 0;
  for (int64_t round = 0; round < rounds && (round < 12 || !enough.Passed()); ++round) {
    ++made;
    const auto own_seed = static_cast<uint64_t>(seed * 1'000 + round);
    const Interleaving drawn = DrawInterleaving(own_seed, people, moves_each);
    std::string difference = TRY(crossroads.Differs(drawn));
    if (difference.empty()) continue;
    const auto fails = [&](const Interleaving& candidate) {
      const Result<std::string> again = TryOften(crossroads, candidate, 3);
      if (again.ok() && !again->empty()) difference = *again;
      return again.ok() && !again->empty();
    };
    const Interleaving shrunk = Shrink(drawn, fails, 40);
    const std::vector<std::string> lines = Written(shrunk, crossroads.people());
    finding.observed = "in interleaving " + std::to_string(round + 1) + " of " + std::to_string(rounds) + ", seed " +
                       std::to_string(own_seed) + ", shortened to " + std::to_string(lines.size()) + " moves (" +
                       Joined(lines) + "): " + difference;
    const std::string subjects = AtOr<std::string>(arguments, "/subjects", "[{name: carol, count: 3}]");
    outcome.attachments["interleaving-" + std::to_string(own_seed) + ".yaml"] =
        ScenarioText("found-" + std::to_string(own_seed), stage.target().name, subjects, lines);
    return outcome;
  }
  finding.met = true;
  finding.observed = "the same as alone, in " + std::to_string(made) + " interleavings";
  return outcome;
}

}  // namespace

void AddInterleavingProbes(ProbeSet& probes) { probes["interleavings"] = Interleavings; }

}  // namespace iff
