// Sessions and streams (MCP 2025-11-25, transports): whose they are, how they end, and what they lend to nobody.
#include <algorithm>
#include <future>
#include <set>

#include "harness/core/bytes.h"
#include "harness/core/version.h"
#include "harness/run/look.h"
#include "scenarios/probes/probes.h"
#include "scenarios/probes/session_rules.h"

namespace iff {
namespace {

using std::chrono::milliseconds;

// Another person has the id of a session, and a login of their own.
Result<ProbeOutcome> SessionsOfOthers(SessionRules& rules) {
  const std::string session = TRY(rules.MustOpen("alice"));
  const bool hers = TRY(rules.GetsOwn("alice", session, "in her own session"));

  StreamUnderWay stream = rules.Get("carol", session, "carol listens to alice's session");
  const bool held = stream.Held();
  const SendOutcome listened = stream.End();
  const std::string heard = held ? "a stream" : StatusOf(listened);
  ProbeOutcome outcome;
  Finding& refused = outcome.findings["foreign-stream-is-refused"];
  Finding& unknown = outcome.findings["foreign-stream-is-unknown"];
  refused = {.met = !held && TurnedAway(listened), .expected = "HTTP 404, or another refusal", .observed = heard};
  unknown = {.met = !held && listened.answer && listened.answer->status == 404,
             .expected = "HTTP 404, as for a session that never was",
             .observed = heard};
  for (Finding* finding : {&refused, &unknown}) {
    if (!held && listened.answer && listened.answer->status == 405) {
      finding->inapplicable = "GET answers 405: it has no such streams";
    }
    if (!held && !listened.answer) finding->could_not = listened.silence;
  }

  const SendOutcome ended = rules.Delete("carol", session, "carol ends alice's session");
  const bool goes_on = TRY(rules.GetsOwn("alice", session, "after carol wanted to end it"));
  Finding& lives = outcome.findings["foreign-end-ends-nothing"];
  Finding& as_unknown = outcome.findings["foreign-end-is-unknown"];
  lives = {.met = goes_on,
           .expected = "alice goes on in her session",
           .observed = StatusOf(ended) + ", then alice " + (goes_on ? "goes on" : "cannot go on")};
  as_unknown = {.met = ended.answer && ended.answer->status == 404,
                .expected = "HTTP 404, as for a session that never was",
                .observed = StatusOf(ended)};
  if (!hers) lives.could_not = "alice did not get what is hers before";
  if (ended.answer && ended.answer->status == 405) {
    lives.inapplicable = as_unknown.inapplicable = "DELETE answers 405: nobody ends a session";
  }
  return outcome;
}

// Somebody without any credential has the id of a session.
Result<ProbeOutcome> SessionsOfStrangers(SessionRules& rules) {
  const std::string session = TRY(rules.MustOpen("alice"));
  const bool hers = TRY(rules.GetsOwn("alice", session, "in her own session"));
  StreamUnderWay stream = rules.Get("", session, "nobody listens to alice's session");
  const bool held = stream.Held();
  const SendOutcome listened = stream.End();
  ProbeOutcome outcome;
  Finding& hears = outcome.findings["stranger-hears-no-session"];
  hears = {.met = !held && TurnedAway(listened),
           .expected = "a refusal without a credential",
           .observed = held ? "a stream" : StatusOf(listened)};
  if (!held && !listened.answer) hears.could_not = listened.silence;
  const SendOutcome ended = rules.Delete("", session, "nobody ends alice's session");
  const bool goes_on = TRY(rules.GetsOwn("alice", session, "after nobody wanted to end it"));
  Finding& ends = outcome.findings["stranger-ends-no-session"];
  ends = {.met = goes_on,
          .expected = "alice goes on in her session",
          .observed = StatusOf(ended) + ", then alice " + (goes_on ? "goes on" : "cannot go on")};
  if (!hers) ends.could_not = "alice did not get what is hers before";
  return outcome;
}

// Another figure or letter of the same kind, in the middle.
std::string OffByOne(std::string id) {
  const auto same_kind = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  };
  size_t at = id.size() / 2;
  while (at + 1 < id.size() && !same_kind(id[at])) ++at;
  constexpr std::string_view kLast = "9fF";
  constexpr std::string_view kFirst = "0aA";
  const size_t wraps = kLast.find(id[at]);
  id[at] = wraps == std::string_view::npos ? static_cast<char>(id[at] + 1) : kFirst[wraps];
  return id;
}

// Her own login and an id that is none of her sessions.
Result<ProbeOutcome> SessionIds(SessionRules& rules) {
  const std::string session = TRY(rules.MustOpen("alice"));
  if (!TRY(rules.GetsOwn("alice", session, "in a session that is there"))) {
    return Error(ErrorKind::kProtocol, "alice does not get what is hers in a session of her own");
  }
  std::string never(session.rbegin(), session.rend());
  if (never == session) never = OffByOne(OffByOne(never) + "0");

  ProbeOutcome outcome;
  const auto ask = [&](const std::string& finding, const std::vector<std::pair<std::string, std::string>>& ids,
                       bool hanging_up_will_do) -> Result<void> {
    std::string wrong;
    for (const auto& [what, id] : ids) {
      const SendOutcome sent = TRY(rules.ReadOwn("alice", id, "in a session that is not there: " + what));
      const bool hung_up = !sent.answer && !sent.timed_out && hanging_up_will_do;
      if (!TurnedAway(sent) && !hung_up) wrong += what + ": " + StatusOf(sent) + "; ";
    }
    outcome.findings[finding] = {.met = wrong.empty(),
                                 .expected = "a refusal, HTTP 404 or another",
                                 .observed = wrong.empty() ? "so it is" : wrong};
    return {};
  };
  TRY(ask("unknown-session-is-refused", {{"an id that never was", never}}, false));
  TRY(ask("forged-session-is-refused", {{"one character is another", OffByOne(session)}}, false));
  // So much may be too much for a server to read to its end and answer.
  TRY(ask("overlong-session-is-refused", {{"64 KiB more", session + std::string(kOverlong, 'a')}}, true));
  TRY(ask("odd-session-is-refused",
          {{"a pattern", ".*"},
           {"a star", "*"},
           {"an encoded NUL behind it", session + "%00"},
           {"a parameter behind it", session + "&a=b"},
           {"a quote behind it", session + "' OR '1'='1"},
           {"another behind it", session + "," + session}},
          true));
  if (!TRY(rules.GetsOwn("alice", session, "in the session that is still there"))) {
    for (auto& [name, finding] : outcome.findings) {
      finding.could_not = "afterwards alice's own session does not serve her either";
    }
  }

  const SendOutcome ended = rules.Delete("alice", session, "alice ends her session");
  const SendOutcome after = TRY(rules.ReadOwn("alice", session, "in the session that was ended"));
  Finding& gone = outcome.findings["ended-session-is-unknown"];
  gone = {.met = after.answer && after.answer->status == 404, .expected = "HTTP 404", .observed = StatusOf(after)};
  if (!ended.answer || ended.answer->status / 100 != 2) {
    gone.inapplicable = "its owner does not end a session here: DELETE, " + StatusOf(ended);
  }
  return outcome;
}

// Ids of the events by which an answer came.
std::vector<std::string> EventIdsOf(const SendOutcome& sent) {
  std::vector<std::string> ids;
  if (!sent.answer || !sent.answer->headers.Get("Content-Type").starts_with("text/event-stream")) return ids;
  EventStreamParser parser;
  for (const ServerSentEvent& event : parser.Feed(sent.answer->body)) {
    if (!event.id.empty()) ids.push_back(event.id);
  }
  return ids;
}

// Two streams of one session.
Result<Finding> SecondStream(SessionRules& rules) {
  const std::string session = TRY(rules.MustOpen("alice"));
  StreamUnderWay first = rules.Get("alice", session, "alice listens");
  Finding finding{.expected = "the first stream stays open; the second is refused or is one of its own"};
  if (!first.Held()) {
    finding.inapplicable = "a stream does not stay open: GET, " + StatusOf(first.End());
    return finding;
  }
  StreamUnderWay second = rules.Get("alice", session, "alice listens once more");
  const bool both = second.Held();
  finding.met = first.Held();  // its end takes a moment to arrive
  (void)rules.Delete("alice", session, "alice ends her session, and what is open in it");
  const SendOutcome answered = second.End();
  (void)first.End();
  finding.observed = std::string(finding.met ? "the first stays open" : "the first was ended") +
                     ", the second: " + (both ? "a stream" : StatusOf(answered));
  return finding;
}

Result<ProbeOutcome> SessionStreams(SessionRules& rules) {
  ProbeOutcome outcome;
  outcome.findings["second-stream-takes-nothing-over"] = TRY(SecondStream(rules));

  // Something of alice's that could be sent again, and whatever names it.
  const std::string hers = TRY(rules.MustOpen("alice"));
  const SendOutcome told = TRY(rules.ReadOwn("alice", hers, "what could be sent again"));
  std::vector<std::string> ids{hers, "0", "1"};
  const std::vector<std::string> events = EventIdsOf(told);
  if (!events.empty()) ids.insert(ids.end(), {events.front(), events.back()});
  ids.push_back(hers + std::string(size_t{4} << 10, '9'));

  Finding& replay = outcome.findings["foreign-event-id-replays-nothing"];
  replay.expected = "nothing of alice's, whatever event carol says she saw last";
  std::string wrong;
  std::string unseen;
  int seen = 0;
  std::set<std::string> asked;
  for (const std::string& id : ids) {
    if (!asked.insert(id).second) continue;
    const std::string own = TRY(rules.MustOpen("carol"));
    StreamUnderWay stream = rules.Get("carol", own, "carol goes on after an event that was not hers", id);
    // What came over a stream is seen when it ends, and it ends with its session.
    if (stream.Held()) (void)rules.Delete("carol", own, "carol ends her session, and what is open in it");
    const SendOutcome sent = stream.End();
    if (!sent.answer) unseen = sent.silence;
    if (sent.answer) ++seen;
    if (rules.Tells(sent, "alice")) wrong += "after '" + id.substr(0, 40) + "': something of alice's; ";
  }
  replay.met = wrong.empty();
  replay.observed = wrong.empty() ? "nothing, in " + std::to_string(seen) + " answers" : wrong;
  if (!rules.Tells(told, "alice")) replay.could_not = "alice herself was not told anything";
  if (wrong.empty() && seen == 0) {
    replay.inapplicable = "a stream stays open after its session: what came over it is not seen (" + unseen + ")";
  }
  return outcome;
}

// The same person, with another token.
Result<ProbeOutcome> SessionLogins(SessionRules& rules) {
  Sandbox& sandbox = rules.sandbox();
  ProbeOutcome outcome;
  Finding& goes_on = outcome.findings["refreshed-login-goes-on"];
  Finding& lends = outcome.findings["session-lends-no-scopes"];
  goes_on.expected = "alice goes on in her session";
  lends.expected = sandbox.target().strict ? "HTTP 403 with insufficient_scope" : "a refusal, and nothing of alice's";
  if (!sandbox.target().key_header.empty()) {
    goes_on.inapplicable = lends.inapplicable =
        sandbox.target().name + " takes keys, which are not refreshed and have no scopes";
    return outcome;
  }
  const Forge forge = TRY(sandbox.principals().MakeForge());
  const auto reissued = [&](const std::string& name, const Json& claims) -> Result<void> {
    Credential credential;
    credential.value = TRY(forge.Reissue(sandbox.principals().FindCredential("alice")->value, claims));
    sandbox.principals().Keep(name, "alice", std::move(credential));
    return {};
  };
  const std::string session = TRY(rules.MustOpen("alice"));
  const bool hers = TRY(rules.GetsOwn("alice", session, "with the login that opened it"));

  TRY(reissued("refreshed", Json{{"jti", Hex(RandomBytes(16))}, {"iat", sandbox.context().clock.NowSeconds()}}));
  const SendOutcome refreshed = TRY(rules.ReadOwn("refreshed", session, "with a token that was refreshed since"));
  goes_on.met = rules.Tells(refreshed, "alice");
  goes_on.observed = StatusOf(refreshed);
  if (!hers) goes_on.could_not = "alice did not get what is hers with the first";

  if (sandbox.target().scopes.empty()) {
    lends.inapplicable = sandbox.target().name + " has no scopes";
    return outcome;
  }
  TRY(reissued("fewer", Json{{"scope", "openid"}}));
  const SendOutcome fewer = TRY(rules.ReadOwn("fewer", session, "with fewer scopes than the session was opened with"));
  const std::string challenge = fewer.answer ? fewer.answer->headers.Get("WWW-Authenticate") : "";
  const bool asked_for =
      fewer.answer && fewer.answer->status == 403 && challenge.find("insufficient_scope") != std::string::npos;
  lends.met = sandbox.target().strict ? asked_for : fewer.answer && !rules.Tells(fewer, "alice");
  lends.observed = StatusOf(fewer) + (rules.Tells(fewer, "alice") ? " with what is alice's" : "");
  // Who asks for no scope at all lends none: that is found where scopes are looked at.
  const std::string alone = rules.Open("fewer");
  if (!alone.empty() && !lends.met &&
      TRY(rules.GetsOwn("fewer", alone, "the same in a session that was opened with them"))) {
    lends.inapplicable = "it serves these scopes in a session of their own as well";
  }
  if (!fewer.answer) lends.could_not = fewer.silence;
  return outcome;
}

// A stream that was opened with a login that ends while it is open.
Result<ProbeOutcome> SessionExpiry(SessionRules& rules, const Json& arguments) {
  Sandbox& sandbox = rules.sandbox();
  const auto leeway = std::chrono::seconds(AtOr<int64_t>(arguments, "/leeway", 0));
  constexpr std::chrono::seconds kLives{3};
  constexpr std::chrono::seconds kMayTake{4};
  ProbeOutcome outcome;
  Finding& ends = outcome.findings["stream-ends-with-its-login"];
  Finding& stays = outcome.findings["another-login-keeps-its-stream"];
  ends.expected =
      "the end of the stream at most " + std::to_string((leeway + kMayTake).count()) + " s after that of the login";
  stays.expected = "the stream of a login that goes on stays open";
  if (sandbox.target().TakesKeys()) {
    ends.inapplicable = stays.inapplicable = sandbox.target().name + " takes keys, which do not end by themselves";
    return outcome;
  }
  const auto whole = kLives + leeway + kMayTake;
  const std::string lasting = TRY(rules.MustOpen("alice"));
  StreamUnderWay kept =
      rules.Get("alice", lasting, "alice listens with a login that goes on", "", whole + std::chrono::seconds(2));
  const Forge forge = TRY(sandbox.principals().MakeForge());
  Credential brief;
  brief.value = TRY(forge.Reissue(
      sandbox.principals().FindCredential("alice")->value,
      Json{{"exp", sandbox.context().clock.NowSeconds() + kLives.count()}, {"jti", Hex(RandomBytes(16))}}));
  sandbox.principals().Keep("brief", "alice", std::move(brief));
  const std::string session = TRY(rules.MustOpen("brief"));
  StreamUnderWay stream = rules.Get("brief", session, "alice listens with a login that ends", "", whole);
  if (!kept.Held() || !stream.Held()) {
    ends.inapplicable = stays.inapplicable = "a stream does not stay open: GET";
  }
  const SendOutcome sent = stream.End();
  ends.met = !sent.timed_out;
  ends.observed =
      sent.timed_out ? "it was open still" : "ended after " + std::to_string(sent.took.count() / 1000) + " ms";
  stays.met = kept.Held();
  stays.observed = stays.met ? "open" : "ended";
  (void)rules.Delete("alice", lasting, "alice ends her session, and what is open in it");
  (void)kept.End();
  return outcome;
}

// One person opens more sessions than anybody needs.
Result<ProbeOutcome> SessionFlood(SessionRules& rules, const Json& arguments) {
  const int64_t most = AtOr<int64_t>(arguments, "/sessions", 33);
  const std::string first = TRY(rules.MustOpen("alice"));
  int64_t opened = 1;
  SendOutcome refusal;
  while (opened < most && !rules.Open("alice", &refusal).empty()) ++opened;
  ProbeOutcome outcome;
  const bool full = refusal.answer && refusal.answer->status == 429;
  // Or the oldest makes room.
  const bool makes_room = !TRY(rules.GetsOwn("alice", first, "in the first of many sessions"));
  outcome.findings["many-sessions-have-an-end"] = {
      .met = full || (opened == most && makes_room),
      .expected = "HTTP 429 before there are " + std::to_string(most) + ", or the end of the first",
      .observed = std::to_string(opened) + " were opened, then " +
                  (opened < most ? StatusOf(refusal) : "there was no refusal")};
  const std::string others = rules.Open("carol", &refusal);
  const bool served = !others.empty() && TRY(rules.GetsOwn("carol", others, "while alice has so many"));
  outcome.findings["many-sessions-starve-nobody-else"] = {.met = served,
                                                          .expected = "carol opens a session and gets what is hers",
                                                          .observed = served ? "so it is"
                                                                      : others.empty()
                                                                          ? StatusOf(refusal)
                                                                          : "she does not get what is hers"};
  return outcome;
}

struct About {
  std::string_view name;
  Result<ProbeOutcome> (*ask)(SessionRules& rules, const Json& arguments);
  std::vector<std::string> findings;  // where there are no sessions
};

const std::vector<About>& Abouts() {
  static const std::vector<About> all = {
      {"others",
       [](SessionRules& rules, const Json&) { return SessionsOfOthers(rules); },
       {"foreign-stream-is-refused", "foreign-stream-is-unknown", "foreign-end-ends-nothing",
        "foreign-end-is-unknown"}},
      {"strangers",
       [](SessionRules& rules, const Json&) { return SessionsOfStrangers(rules); },
       {"stranger-hears-no-session", "stranger-ends-no-session"}},
      {"ids",
       [](SessionRules& rules, const Json&) { return SessionIds(rules); },
       {"unknown-session-is-refused", "forged-session-is-refused", "overlong-session-is-refused",
        "odd-session-is-refused", "ended-session-is-unknown"}},
      {"streams",
       [](SessionRules& rules, const Json&) { return SessionStreams(rules); },
       {"second-stream-takes-nothing-over", "foreign-event-id-replays-nothing"}},
      {"logins",
       [](SessionRules& rules, const Json&) { return SessionLogins(rules); },
       {"refreshed-login-goes-on", "session-lends-no-scopes"}},
      {"expiry", SessionExpiry, {"stream-ends-with-its-login", "another-login-keeps-its-stream"}},
  };
  return all;
}

Result<ProbeOutcome> Asked(Sandbox& sandbox, const About& about, const Json& arguments) {
  SessionRules rules(sandbox);
  const std::string why_not = TRY(rules.WhyNot("alice"));
  if (why_not.empty()) {
    ProbeOutcome outcome = TRY(about.ask(rules, arguments));
    for (auto& [name, finding] : outcome.findings) {
      if (rules.unfinished() && finding.inapplicable.empty() && finding.could_not.empty()) {
        finding.could_not = "not observed: an answer holds more than can be unpacked";
      }
    }
    return outcome;
  }
  ProbeOutcome none;
  for (const std::string& finding : about.findings) none.findings[finding] = {.inapplicable = why_not};
  return none;
}

Result<ProbeOutcome> Sessions(Sandbox& sandbox, const Json& arguments) {
  const std::string about = AtOr<std::string>(arguments, "/about", "");
  for (const About& each : Abouts()) {
    if (each.name == about) return Asked(sandbox, each, arguments);
  }
  return Error(ErrorKind::kInvalidInput,
               "sessions: want 'about' to be others, strangers, ids, streams, logins or expiry");
}

Result<ProbeOutcome> ManySessions(Sandbox& sandbox, const Json& arguments) {
  static const About many = {"many", SessionFlood, {"many-sessions-have-an-end", "many-sessions-starve-nobody-else"}};
  return Asked(sandbox, many, arguments);
}

}  // namespace

void AddSessionProbes(ProbeSet& probes) {
  probes["sessions"] = {Sessions, Aftermath::kAsTheyWere, Asks::kAnything, Wants::kRunningTarget};
  // What a server does that is full goes on after its sessions are ended.
  probes["many_sessions"] = {ManySessions, Aftermath::kAsTheyWere};
}

}  // namespace iff
