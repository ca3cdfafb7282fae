// Streams of HTTP+SSE (MCP 2024-11-05, transports): whose they are, what is asked of each message, how they end. They
// are opened and read here, beside the connection of the target, so that what nobody waits for is seen as well.
#include <algorithm>
#include <array>
#include <optional>

#include "harness/core/bytes.h"
#include "harness/core/version.h"
#include "harness/net/event_reader.h"
#include "harness/run/look.h"
#include "scenarios/probes/probes.h"

namespace iff {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kQuietFor{400};  // what was not said by then is not said
constexpr milliseconds kAnswerPatience{10'000};
constexpr milliseconds kRefusalPatience{3000};  // a stream that is opened to somebody never ends

bool TurnedDown(const SendOutcome& sent) {
  return sent.answer && sent.answer->status >= 400 && sent.answer->status < 500;
}
bool WasTaken(const SendOutcome& sent) { return sent.answer && sent.answer->status / 100 == 2; }
bool WasServed(const std::optional<Json>& message) {
  return message && message->contains("result") && !AtOr<bool>(*message, "/result/isError", false);
}

struct OpenStream {
  std::unique_ptr<EventReader> events = {};
  std::string post_to = {};
  bool over = false;
  std::vector<std::string> heard = {};  // every message, as it came
};

class SseRules {
 public:
  explicit SseRules(Sandbox& sandbox) : sandbox_(sandbox), scanner_(sandbox.context().redactor) {}

  static const std::string& PathOf(const TargetSpec& target) {
    return target.transport == Transport::kSse ? target.path : target.sse;
  }
  const std::string& Path() const { return PathOf(sandbox_.target()); }

  // `status`: of a refusal, 0 where there was none.
  Result<OpenStream> Listen(const std::string& credential, int* status = nullptr) {
    HttpRequest get{.target = Path()};
    get.headers.Add("Accept", "text/event-stream");
    const std::string& header = sandbox_.target().key_header;
    const std::string& shown = sandbox_.principals().FindCredential(credential)->value.Reveal();
    const bool bearer = header.empty() || EqualsIgnoreCase(header, "Authorization");
    get.headers.Add(bearer ? "Authorization" : header, bearer ? "Bearer " + shown : shown);
    const Deadline deadline = Deadline::In(kAnswerPatience);
    OpenStream stream;
    stream.events = TRY(EventReader::Open(sandbox_.process().endpoint(), get, deadline));
    if (status != nullptr) *status = stream.events->streams() ? 0 : stream.events->head().status;
    if (!stream.events->streams()) {
      return Error(ErrorKind::kUnavailable,
                   credential + " could not open a stream: HTTP " + std::to_string(stream.events->head().status));
    }
    while (stream.post_to.empty()) {
      const ServerSentEvent event = TRY(stream.events->Next(deadline).While("await the endpoint event"));
      if (event.event != "endpoint") continue;
      const Result<Url> url = ParseUrl(event.data);
      stream.post_to = url.ok() ? url->target : event.data;
    }
    return stream;
  }

  // A stream after its handshake.
  Result<OpenStream> Begin(const std::string& credential) {
    OpenStream stream = TRY(Listen(credential));
    const Json params{{"protocolVersion", "2024-11-05"},
                      {"capabilities", Json::object()},
                      {"clientInfo", {{"name", "iff"}, {"version", kVersion}}}};
    const int64_t id = ++last_id_;
    const SendOutcome sent = Say(credential, stream, Request("initialize", params, id), credential + " begins");
    if (!WasTaken(sent) || !WasServed(Answer(stream, id))) {
      return Error(ErrorKind::kUnavailable, credential + " could not begin on a stream: " + StatusOf(sent));
    }
    const Json done{{"jsonrpc", "2.0"}, {"method", "notifications/initialized"}};
    (void)Say(credential, stream, done, credential + " has begun");
    return stream;
  }

  SendOutcome Say(const std::string& credential, const OpenStream& stream, const Json& message,
                  const std::string& title) {
    return SayTo(credential, stream.post_to, message, title);
  }
  SendOutcome SayTo(const std::string& credential, const std::string& to, const Json& message,
                    const std::string& title) {
    HttpRequest post{.method = "POST", .target = to};
    post.headers.Add("Content-Type", "application/json");
    post.headers.Add("Accept", "application/json, text/event-stream");
    post.body = Dump(message);
    return sandbox_.client().SendHttp(std::move(post), {.with = credential}, "", title,
                                      [](const McpAnswer&) { return Result<void>(); });
  }
  // Nobody opens a stream; who is given one nevertheless gets no answer.
  SendOutcome OpenAsNobody() {
    HttpRequest get{.target = Path()};
    get.headers.Add("Accept", "text/event-stream");
    return sandbox_.client().SendHttp(std::move(get), {.patience = kRefusalPatience}, "", "nobody opens a stream",
                                      [](const McpAnswer&) { return Result<void>(); });
  }

  // What `owner` owns is asked for as `credential`, "" for nobody.
  Result<std::pair<SendOutcome, int64_t>> AskOwn(const std::string& credential, const std::string& to,
                                                 const std::string& title) {
    const Credential* held = sandbox_.principals().FindCredential(credential.empty() ? "alice" : credential);
    const int64_t id = ++last_id_;
    const Json params = TRY(sandbox_.client().CallParams({.operation = "read_own"}, held->principal));
    return std::pair(SayTo(credential, to, Request("tools/call", params, id), title), id);
  }
  Result<bool> IsServed(const std::string& credential, OpenStream& stream, const std::string& title) {
    const auto [sent, id] = TRY(AskOwn(credential, stream.post_to, title));
    return WasTaken(sent) && WasServed(Answer(stream, id));
  }

  // The response to that request; nothing where the stream has ended or it does not come.
  static std::optional<Json> Answer(OpenStream& stream, int64_t id, milliseconds patience = kAnswerPatience) {
    const Deadline deadline = Deadline::In(patience);
    while (!stream.over) {
      const Result<ServerSentEvent> event = stream.events->Next(deadline);
      if (!event.ok()) {
        stream.over = event.error().kind() != ErrorKind::kTimeout;
        break;
      }
      stream.heard.push_back(event->data);
      const Result<Json> message = ParseJson(event->data);
      if (message.ok() && AtOr<int64_t>(*message, "/id", 0) == id && !message->contains("method")) return *message;
    }
    return std::nullopt;
  }
  // Nothing is said for a while.
  static bool Quiet(OpenStream& stream) {
    const size_t before = stream.heard.size();
    (void)Answer(stream, -1, kQuietFor);
    return stream.heard.size() == before;
  }

  // A canary of the person, encoded or not.
  bool Tells(const std::string& text, const std::string& persona) const {
    McpAnswer said{{.status = 200}, {}};
    said.body = text;
    return Tells(said, persona);
  }
  bool Tells(const McpAnswer& said, const std::string& persona) const {
    const Sightings seen = LookInto(scanner_, said);
    return std::any_of(seen.found.begin(), seen.found.end(),
                       [&](const Sighting& one) { return one.alias.starts_with(persona + "."); });
  }
  bool Tells(const OpenStream& stream, const std::string& persona) const {
    return std::any_of(stream.heard.begin(), stream.heard.end(),
                       [&](const std::string& text) { return Tells(text, persona); });
  }

  // The person's login, issued again with other claims.
  Result<void> Reissue(const std::string& name, const Json& claims) {
    const Forge forge = TRY(sandbox_.principals().MakeForge());
    Credential credential;
    credential.value = TRY(forge.Reissue(sandbox_.principals().FindCredential("alice")->value, claims));
    sandbox_.principals().Keep(name, "alice", std::move(credential));
    return {};
  }
  Sandbox& sandbox() { return sandbox_; }

 private:
  static Json Request(const char* method, const Json& params, int64_t id) {
    return {{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", params}};
  }

  Sandbox& sandbox_;
  Scanner scanner_;
  int64_t last_id_ = 0;
};

// One character of the id, which comes last, is another.
std::string OtherStream(std::string post_to) {
  char& last = post_to[post_to.size() - 5];
  last = last == 'a' ? 'b' : 'a';
  return post_to;
}

// Nobody, without any credential.
Result<ProbeOutcome> SseStrangers(SseRules& rules, const Json&) {
  OpenStream hers = TRY(rules.Begin("alice"));
  ProbeOutcome outcome;
  const SendOutcome opened = rules.OpenAsNobody();
  outcome.findings["stranger-opens-no-stream"] = {.met = opened.answer && opened.answer->status == 401,
                                                  .expected = "HTTP 401",
                                                  .observed = opened.timed_out ? "a stream" : StatusOf(opened)};
  const auto [posted, id] = TRY(rules.AskOwn("", hers.post_to, "nobody posts into alice's stream"));
  const bool quiet = SseRules::Quiet(hers);
  Finding& nothing = outcome.findings["stranger-posts-nothing"];
  nothing = {.met = posted.answer && posted.answer->status == 401 && quiet,
             .expected = "HTTP 401, and nothing on alice's stream",
             .observed = StatusOf(posted) + (quiet ? "" : ", and something on alice's stream")};
  if (!TRY(rules.IsServed("alice", hers, "on her own stream"))) nothing.could_not = "alice herself is not served";
  return outcome;
}

// Another person, with a login of their own, who knows where alice's client posts.
Result<ProbeOutcome> SseOthers(SseRules& rules, const Json&) {
  OpenStream hers = TRY(rules.Begin("alice"));
  const auto [posted, id] = TRY(rules.AskOwn("carol", hers.post_to, "carol posts into alice's stream"));
  const auto [nobodys, other] =
      TRY(rules.AskOwn("carol", OtherStream(hers.post_to), "carol posts into nobody's stream"));
  const bool quiet = SseRules::Quiet(hers);
  const bool told = posted.answer && rules.Tells(*posted.answer, "alice");
  const bool heard = rules.Tells(hers, "carol");
  ProbeOutcome outcome;
  Finding& refused = outcome.findings["foreign-post-is-refused"];
  Finding& unknown = outcome.findings["foreign-post-is-unknown"];
  Finding& nowhere = outcome.findings["foreign-post-appears-nowhere"];
  refused = {.met = TurnedDown(posted), .expected = "HTTP 404, or another refusal", .observed = StatusOf(posted)};
  unknown = {.met = posted.answer && nobodys.answer && posted.answer->status == 404 && nobodys.answer->status == 404,
             .expected = "HTTP 404, as for a stream that is not there",
             .observed = StatusOf(posted) + ", of nobody's stream " + StatusOf(nobodys)};
  nowhere = {.met = quiet && !told && !heard,
             .expected = "nothing on alice's stream, and nothing of hers for carol",
             .observed = std::string(quiet ? "a quiet stream" : "something on alice's stream") +
                         (told ? ", something of alice's for carol" : "") + (heard ? ", something of carol's" : "")};
  if (!TRY(rules.IsServed("alice", hers, "on her own stream"))) {
    refused.could_not = unknown.could_not = nowhere.could_not = "alice herself is not served";
  }
  return outcome;
}

// Her own login, and streams that are not there.
Result<ProbeOutcome> SseIds(SseRules& rules, const Json&) {
  OpenStream hers = TRY(rules.Begin("alice"));
  const std::string folder = hers.post_to.substr(0, hers.post_to.find('?'));
  std::string wrong;
  const std::vector<std::pair<std::string, std::string>> guesses = {
      {"one character is another", OtherStream(hers.post_to)},
      {"a character more", hers.post_to + "a"},
      {"no id", folder},
      {"a pattern", folder + "?session_id=.*"}};
  for (const auto& [what, to] : guesses) {
    const auto [sent, id] = TRY(rules.AskOwn("alice", to, "into a stream that is not there: " + what));
    if (!TurnedDown(sent)) wrong += what + ": " + StatusOf(sent) + "; ";
  }
  if (!SseRules::Quiet(hers)) wrong += "something on alice's stream; ";
  ProbeOutcome outcome;
  Finding& finding = outcome.findings["guessed-stream-is-refused"];
  finding = {.met = wrong.empty(),
             .expected = "a refusal, HTTP 404 or another",
             .observed = wrong.empty() ? "so it is" : wrong};
  if (!TRY(rules.IsServed("alice", hers, "on her own stream"))) finding.could_not = "alice herself is not served";
  return outcome;
}

// Two people at once, each on a stream of their own.
Result<ProbeOutcome> SseAnswers(SseRules& rules, const Json&) {
  OpenStream hers = TRY(rules.Begin("alice"));
  OpenStream carols = TRY(rules.Begin("carol"));
  const auto [alice_sent, alice_id] = TRY(rules.AskOwn("alice", hers.post_to, "alice asks on her stream"));
  const auto [carol_sent, carol_id] = TRY(rules.AskOwn("carol", carols.post_to, "carol asks on hers"));
  // What comes to the wrong one is looked at, not waited for.
  const bool alice_served = WasServed(SseRules::Answer(hers, alice_id, milliseconds(4000)));
  const bool carol_served = WasServed(SseRules::Answer(carols, carol_id, milliseconds(4000)));
  const bool quiet = SseRules::Quiet(hers) && SseRules::Quiet(carols);
  const bool mixed = rules.Tells(hers, "carol") || rules.Tells(carols, "alice");
  ProbeOutcome outcome;
  outcome.findings["answers-come-on-the-own-stream-alone"] = {
      .met = alice_served && carol_served && quiet && !mixed,
      .expected = "each the answer to what they asked, and nothing else",
      .observed = std::string("alice ") + (alice_served ? "has" : "lacks") + " her answer, carol " +
                  (carol_served ? "has" : "lacks") + " hers" + (quiet ? "" : ", and there is something else") +
                  (mixed ? ", of one on the other's stream" : "")};
  return outcome;
}

// The same person, with other tokens than the stream was opened with.
Result<ProbeOutcome> SseTokens(SseRules& rules, const Json&) {
  Sandbox& sandbox = rules.sandbox();
  ProbeOutcome outcome;
  Finding& expired = outcome.findings["expired-post-is-refused"];
  Finding& refreshed = outcome.findings["refreshed-post-goes-on"];
  Finding& lends = outcome.findings["stream-lends-no-scopes"];
  if (sandbox.target().TakesKeys()) {
    const std::string why = sandbox.target().name + " takes keys, which neither end by themselves nor have scopes";
    expired.inapplicable = refreshed.inapplicable = lends.inapplicable = why;
    return outcome;
  }
  const int64_t now = sandbox.context().clock.NowSeconds();
  TRY(rules.Reissue("stale", Json{{"exp", now - 120}, {"iat", now - 300}, {"jti", Hex(RandomBytes(16))}}));
  TRY(rules.Reissue("refreshed", Json{{"iat", now}, {"jti", Hex(RandomBytes(16))}}));
  TRY(rules.Reissue("fewer", Json{{"scope", "openid"}, {"jti", Hex(RandomBytes(16))}}));
  OpenStream hers = TRY(rules.Begin("alice"));
  const bool before = TRY(rules.IsServed("alice", hers, "with the token that opened it"));

  const auto [stale, stale_id] = TRY(rules.AskOwn("stale", hers.post_to, "with a token that expired"));
  const bool quiet = SseRules::Quiet(hers);
  expired = {.met = stale.answer && stale.answer->status == 401 && quiet,
             .expected = "HTTP 401, and nothing on the stream",
             .observed = StatusOf(stale) + (quiet ? "" : ", and something on the stream")};

  refreshed.met = TRY(rules.IsServed("refreshed", hers, "with a token that was refreshed since"));
  refreshed.expected = "alice goes on on her stream";
  refreshed.observed = refreshed.met ? "so it is" : "she does not";

  const auto [fewer, fewer_id] = TRY(rules.AskOwn("fewer", hers.post_to, "with fewer scopes than opened it"));
  const bool served = WasTaken(fewer) && WasServed(SseRules::Answer(hers, fewer_id));
  const bool forbidden = fewer.answer && fewer.answer->status == 403;
  lends.met = sandbox.target().strict ? forbidden : fewer.answer && !served;
  lends.expected = sandbox.target().strict ? "HTTP 403" : "a refusal";
  lends.observed = StatusOf(fewer) + (served ? ", and what she asked for" : "");
  if (sandbox.target().scopes.empty()) lends.inapplicable = sandbox.target().name + " has no scopes";
  if (!before) expired.could_not = refreshed.could_not = lends.could_not = "alice was not served before";
  return outcome;
}

Result<ProbeOutcome> SseExpiry(SseRules& rules, const Json& arguments) {
  Sandbox& sandbox = rules.sandbox();
  const auto leeway = std::chrono::seconds(AtOr<int64_t>(arguments, "/leeway", 0));
  constexpr std::chrono::seconds kLives{3};
  constexpr std::chrono::seconds kMayTake{4};
  ProbeOutcome outcome;
  Finding& ends = outcome.findings["sse-stream-ends-with-its-login"];
  Finding& stays = outcome.findings["another-login-keeps-its-sse-stream"];
  ends.expected = "the end of the stream at most " + std::to_string((leeway + kMayTake).count()) +
                  " s after that of the login that opened it, whatever is posted";
  stays.expected = "the stream of a login that goes on stays open";
  if (sandbox.target().TakesKeys()) {
    ends.inapplicable = stays.inapplicable = sandbox.target().name + " takes keys, which do not end by themselves";
    return outcome;
  }
  OpenStream lasting = TRY(rules.Begin("alice"));
  const int64_t now = sandbox.context().clock.NowSeconds();
  TRY(rules.Reissue("brief", Json{{"exp", now + kLives.count()}, {"jti", Hex(RandomBytes(16))}}));
  OpenStream brief = TRY(rules.Begin("brief"));
  // A token that goes on, shown in between, does not prolong it.
  (void)TRY(rules.IsServed("alice", brief, "with a token that lasts, on a stream that does not"));
  const auto began = std::chrono::steady_clock::now();
  (void)SseRules::Answer(brief, -1, kLives + leeway + kMayTake);
  const auto took = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - began);
  ends.met = brief.over;
  ends.observed = brief.over ? "ended after " + std::to_string(took.count()) + " ms" : "it was open still";
  (void)SseRules::Quiet(lasting);
  stays.met = !lasting.over && TRY(rules.IsServed("alice", lasting, "on the stream that goes on"));
  stays.observed = stays.met ? "open" : "ended";
  return outcome;
}

Result<ProbeOutcome> SseMany(SseRules& rules, const Json& arguments) {
  const int64_t most = AtOr<int64_t>(arguments, "/streams", 20);
  std::vector<OpenStream> open;
  int status = 0;
  while (static_cast<int64_t>(open.size()) < most) {
    Result<OpenStream> one = rules.Listen("alice", &status);
    if (!one.ok() && status == 0) return one.error();
    if (!one.ok()) break;
    open.push_back(std::move(one).value());
  }
  ProbeOutcome outcome;
  outcome.findings["many-sse-streams-have-an-end"] = {
      .met = status == 429,
      .expected = "HTTP 429 before there are " + std::to_string(most),
      .observed = std::to_string(open.size()) + " were opened, then " +
                  (status == 0 ? "there was no refusal" : "HTTP " + std::to_string(status))};
  Finding& others = outcome.findings["many-sse-streams-starve-nobody-else"];
  others.expected = "carol opens a stream and is served";
  Result<OpenStream> carols = rules.Begin("carol");
  others.met = carols.ok() && TRY(rules.IsServed("carol", *carols, "while alice has so many"));
  others.observed = !carols.ok() ? carols.error().message() : others.met ? "so it is" : "she is not served";
  return outcome;
}

struct SseTopic {
  std::string_view name;
  Result<ProbeOutcome> (*ask)(SseRules& rules, const Json& arguments);
};
constexpr std::array kSseTopics = {SseTopic{"strangers", SseStrangers},
                                   SseTopic{"others", SseOthers},
                                   SseTopic{"ids", SseIds},
                                   SseTopic{"answers", SseAnswers},
                                   SseTopic{"tokens", SseTokens},
                                   SseTopic{"expiry", SseExpiry},
                                   SseTopic{"many", SseMany}};

Result<ProbeOutcome> SseStreamsProbe(Sandbox& sandbox, const Json& arguments) {
  const std::string about = AtOr<std::string>(arguments, "/about", "");
  for (const SseTopic& each : kSseTopics) {
    if (each.name != about) continue;
    SseRules rules(sandbox);
    return each.ask(rules, arguments);
  }
  return Error(ErrorKind::kInvalidInput,
               "sse_streams: want 'about' to be strangers, others, ids, answers, tokens, expiry or many");
}

}  // namespace

void AddSseStreamProbes(ProbeSet& probes) {
  const WhyNotAt no_streams = [](const TargetSpec& target) {
    if (!SseRules::PathOf(target).empty()) return std::string();
    return target.name + " serves no HTTP+SSE: neither its transport nor 'sse' says so";
  };
  probes["sse_streams"] = {SseStreamsProbe, Aftermath::kAsTheyWere, Asks::kAnything, Wants::kFreshTarget, no_streams};
}

}  // namespace iff
