// What a server does towards what is behind it, looked at there: the tokens that it sends, and what it leaves running.
#include <future>
#include <map>
#include <set>

#include "harness/jose/token.h"
#include "scenarios/probes/probes.h"

namespace iff {
namespace {

using std::chrono::milliseconds;

// Everything that was sent to a component, by connection.
class Sent {
 public:
  void See(const Passage& passage) {
    if (passage.to_component) bytes_[passage.connection] += passage.bytes;
  }

  // What reads as a JWT in it, each once.
  std::vector<UnverifiedToken> Tokens() const {
    constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
    std::vector<UnverifiedToken> tokens;
    std::set<std::string_view> seen;
    for (const auto& [connection, all] : bytes_) {
      const std::string_view bytes = all;
      for (size_t begin = bytes.find("eyJ"); begin != std::string_view::npos; begin = bytes.find("eyJ", begin)) {
        const size_t end = std::min(bytes.find_first_not_of(kLetters, begin), bytes.size());
        const std::string_view text = bytes.substr(begin, end - begin);
        begin = end;
        Result<UnverifiedToken> token = DecodeUnverified(text);
        if (token.ok() && seen.insert(text).second) tokens.push_back(std::move(token).value());
      }
    }
    return tokens;
  }

 private:
  std::map<uint64_t, std::string> bytes_ = {};
};

std::string Joined(const std::set<std::string>& words) {
  std::string all;
  for (const std::string& word : words) all += (all.empty() ? "" : ", ") + word;
  return all.empty() ? "nothing" : all;
}

std::set<std::string> Words(const std::string& text) {
  std::set<std::string> words;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find(' ', begin), text.size());
    if (end > begin) words.insert(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return words;
}

// Tokens that a call made the server send to a component, read on the way. `longest`: seconds one may live.
Result<ProbeOutcome> TokensSent(Sandbox& sandbox, const Json& arguments) {
  Gate* gate = sandbox.FindGate(AtOr<std::string>(arguments, "/disturbs", ""));
  const std::string who = AtOr<std::string>(arguments, "/with", "");
  const Credential* own = sandbox.principals().FindCredential(who);
  const std::string audience = AtOr<std::string>(arguments, "/audience", "");
  const int64_t longest = AtOr<int64_t>(arguments, "/longest", 0);
  if (gate == nullptr || own == nullptr || audience.empty()) {
    return Error(ErrorKind::kInvalidInput,
                 "tokens_sent: want 'disturbs' a component, 'with' a credential, and an 'audience'");
  }
  const UnverifiedToken presented = TRY(DecodeUnverified(own->value.Reveal()));
  const Json params =
      TRY(sandbox.client().CallParams({.operation = AtOr<std::string>(arguments, "/operation", "")}, who));
  Sent sent;
  gate->Watch([&](const Passage& passage) { sent.See(passage); });
  const SendOutcome answered = sandbox.client().Send({.with = who}, "tools/call", params, "what it sends is read");
  gate->Watch({});
  if (!answered.answer) return Error(ErrorKind::kUnavailable, answered.silence);

  ProbeOutcome outcome;
  Finding& aims =
      outcome.findings["sent-audience"] = {.met = true, .expected = "tokens for " + audience + " and nobody else"};
  Finding& scopes =
      outcome.findings["sent-scope"] = {.met = true, .expected = "tokens with no scope of another service's"};
  Finding& lives = outcome.findings["sent-lifetime"] = {
      .met = true, .expected = "tokens that live for " + std::to_string(longest) + " s at most"};
  const std::vector<UnverifiedToken> tokens = sent.Tokens();
  for (Finding* finding : {&aims, &scopes, &lives}) {
    if (tokens.empty()) finding->could_not = "no token was sent: there is nothing to look at";
  }
  const auto note = [](Finding& finding, const std::string& what, bool met) {
    finding.met = finding.met && met;
    finding.observed += (finding.observed.empty() ? "" : "; ") + what;
  };
  for (const UnverifiedToken& token : tokens) {
    const std::set<std::string> named = AudiencesIn(token.payload);
    note(aims, "one for " + Joined(named), named == std::set<std::string>{audience});
    const std::set<std::string> scope = Words(AtOr<std::string>(token.payload, "/scope", ""));
    note(scopes, "one with " + Joined(scope), scope.empty());
    const int64_t ends = AtOr<int64_t>(token.payload, "/exp", 0);
    const int64_t life = ends - AtOr<int64_t>(token.payload, "/iat", 0);
    const int64_t beyond = ends - AtOr<int64_t>(presented.payload, "/exp", 0);
    note(lives,
         ends == 0 ? "one without an end"
                   : "one that lives for " + std::to_string(life) + " s and ends " + std::to_string(std::abs(beyond)) +
                         " s " + (beyond < 0 ? "before" : "after") + " the caller's",
         ends != 0 && life <= longest);
  }
  return outcome;
}

// A statement whose caller hangs up while it runs. `statement` would run for longer than anybody waits here.
Result<ProbeOutcome> HangUp(Sandbox& sandbox, const Json& arguments) {
  const std::string who = AtOr<std::string>(arguments, "/with", "");
  const Principal* principal = sandbox.principals().Find(who);
  const std::string tool = AtOr<std::string>(arguments, "/tool", "");
  if (principal == nullptr || sandbox.principals().FindCredential(who) == nullptr || tool.empty()) {
    return Error(ErrorKind::kInvalidInput,
                 "hang_up: want 'with' a credential named like its owner, a 'tool' and its 'arguments'");
  }
  RowSource* rows = TRY(sandbox.components().Find<RowSource>());
  const std::string statement =
      "SELECT count(*) FROM pg_stat_activity a JOIN pg_roles l ON l.rolname = a.usename JOIN pg_auth_members m ON "
      "m.member = l.oid "
      "JOIN pg_roles g ON g.oid = m.roleid WHERE a.state = 'active' AND a.wait_event = 'PgSleep' AND g.rolname = "
      "'person_" +
      principal->id + "'";
  const auto running = [&]() -> Result<bool> {
    const Json seen = TRY(rows->Query(statement));
    return TRY(At<std::string>(seen, "/rows/0/0")) != "0";
  };
  const Json twin =
      TRY(sandbox.client().CallParams({.operation = AtOr<std::string>(arguments, "/operation", "")}, who));
  const auto served = [&](const std::string& when) -> Result<void> {
    const SendOutcome sent = sandbox.client().Send({.with = who}, "tools/call", twin, "a call that is waited for");
    if (sent.answer && sent.answer->HasResult() && !sent.answer->ToolError()) return {};
    return Error(ErrorKind::kUnavailable, who + " is not served " + when + ": " + StatusOf(sent));
  };
  TRY(served("before anybody hung up"));
  const Json params = {{"name", tool}, {"arguments", AtOr<Json>(arguments, "/arguments", Json::object())}};
  constexpr milliseconds kPatience{2500};
  auto call = std::async(std::launch::async, [&] {
    return sandbox.client().Send({.with = who, .patience = kPatience}, "tools/call", params,
                                 "a call that is given up while it runs");
  });
  const Result<void> begun = Eventually(Deadline::In(kPatience), running);
  const SendOutcome given_up = call.get();
  Finding ends{.expected = "the statement ends within 4 s of its caller"};
  if (!begun.ok()) {
    ends.could_not = "the statement was never seen to run: " + begun.error().message();
  } else if (given_up.answer) {
    ends.could_not = "it was answered before anybody hung up: " + StatusOf(given_up);
  } else {
    const auto hung_up = std::chrono::steady_clock::now();
    const Result<void> gone =
        Eventually(Deadline::In(milliseconds(4000)), [&]() -> Result<bool> { return !TRY(running()); });
    if (!gone.ok() && gone.error().kind() != ErrorKind::kTimeout) return gone.error();
    const auto took = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - hung_up);
    ends.met = gone.ok();
    ends.observed = (gone.ok() ? "it ended after " : "it still ran after ") + std::to_string(took.count()) + " ms";
  }
  TRY(served("after somebody hung up"));
  ProbeOutcome outcome;
  outcome.findings["statement-ends"] = std::move(ends);
  return outcome;
}

}  // namespace

void AddBehindProbes(ProbeSet& probes) {
  probes["tokens_sent"] = TokensSent;
  probes["hang_up"] = HangUp;
}

}  // namespace iff
