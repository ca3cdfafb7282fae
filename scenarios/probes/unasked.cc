// What a server says unasked: everybody holds their stream open and is subscribed to what is theirs, while everybody
// makes, changes and fails at things and logs in anew. Nothing of anybody else arrives, then or when a stream is
// resumed.
#include <algorithm>
#include <set>

#include "harness/core/bytes.h"
#include "harness/net/event_reader.h"
#include "harness/run/fill.h"
#include "scenarios/probes/belongings.h"
#include "scenarios/probes/probes.h"

namespace iff {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kStreamOpens{4000};
constexpr milliseconds kArrivesWithin{1500};  // what was not said by then is not said
constexpr milliseconds kLeft{100};
constexpr size_t kMostWatched = 20;  // resources that one person subscribes to
constexpr const char* kOldStreams = "HTTP+SSE";

// One person's open stream.
struct Ear {
  std::string persona = {};
  std::string session = {};
  std::string post_to = {};  // HTTP+SSE: where its messages go
  std::unique_ptr<EventReader> events = {};
  std::vector<ServerSentEvent> heard = {};
};

class Listening {
 public:
  explicit Listening(Sandbox& sandbox) : sandbox_(sandbox), belongings_(sandbox) {}

  Result<ProbeOutcome> Perform() {
    const TargetSpec& target = sandbox_.target();
    for (const Principal& principal : sandbox_.principals().all()) TRY(LogIn(principal.persona));
    std::vector<std::string> ways;
    if (target.transport == Transport::kHttp) {
      for (const std::string& revision : target.revisions) {
        if (revision != Name(Revision::kPlain)) ways.push_back(revision);
      }
    }
    if (target.transport == Transport::kSse || !target.sse.empty()) ways.emplace_back(kOldStreams);
    for (const std::string& way : ways) TRY(PlayOver(way));

    Finding quiet{.met = wrong_.empty(), .expected = "nothing of anybody else's arrives on anybody's stream"};
    quiet.observed = wrong_.empty() ? "none in " + std::to_string(arrived_) + " messages, with " +
                                          std::to_string(resumed_) + " streams resumed"
                                    : Joined(wrong_);
    if (quiet.met && streams_ == 0) {
      quiet.inapplicable = target.name + " opens no stream over which it could say anything unasked" +
                           (refusals_.empty() ? "" : ": " + Joined(refusals_));
    } else if (quiet.met && told_ == 0) {
      quiet.inapplicable =
          "nobody was told anything unasked while things were made and changed, not of their own either";
    }
    return ProbeOutcome{.findings = {{"streams-hold-nobody-elses", quiet}}};
  }

 private:
  static std::string Joined(const std::set<std::string>& all) {
    std::string text;
    size_t told = 0;
    constexpr size_t kTold = 6;
    for (const std::string& one : all) {
      if (++told <= kTold) text += (text.empty() ? "" : "; ") + one;
    }
    return text + (told > kTold ? "; and more" : "");
  }

  Result<void> LogIn(const std::string& persona) {
    return sandbox_.principals().Obtain(persona, persona, sandbox_.principals().AllScopes(), "");
  }

  Result<void> PlayOver(const std::string& way) {
    way_ = way;
    std::vector<Ear> ears;
    for (const Principal& principal : sandbox_.principals().all()) {
      std::string refusal;
      Result<Ear> ear = Listen(principal.persona, refusal);
      if (!ear.ok()) refusal = ear.error().message();
      if (!refusal.empty()) {
        refusals_.insert(way + ": " + sandbox_.context().redactor.Mask(refusal));
        return {};
      }
      ears.push_back(std::move(ear).value());
    }
    streams_ += ears.size();
    for (const Principal& principal : sandbox_.principals().all()) TRY(Act(principal));
    // What comes to the one is there when the other has been listened to.
    for (Ear& ear : ears) Hear(ear, &ear == &ears.front() ? kArrivesWithin : kLeft);
    LearnWhatIsWhose();
    for (Ear& ear : ears) {
      for (const ServerSentEvent& event : ear.heard) Judge(ear.persona, event.data, "hears");
    }
    Resume(ears);
    for (Ear& ear : ears) Leave(ear);
    return {};
  }

  bool Old() const { return way_ == kOldStreams; }
  Revision Spoken() const { return Old() ? Revision::k20241105 : ParseRevision(way_).value(); }

  // ---- opening a stream

  Result<std::unique_ptr<EventReader>> Open(const std::string& persona, HttpRequest request, std::string& refusal) {
    request.headers.Set("Accept",
                        request.method == "POST" ? "application/json, text/event-stream" : "text/event-stream");
    request = sandbox_.client().Dressed(std::move(request), {.with = persona});
    std::unique_ptr<EventReader> events =
        TRY(EventReader::Open(sandbox_.process().endpoint(), request, Deadline::In(kStreamOpens)));
    if (!events->streams()) refusal = request.method + " answers HTTP " + std::to_string(events->head().status);
    return events;
  }

  Result<Ear> Listen(const std::string& persona, std::string& refusal) {
    Ear ear{.persona = persona};
    const TargetSpec& target = sandbox_.target();
    if (Spoken() == Revision::k20260728) {
      const Json wants = {{"resourcesListChanged", true},
                          {"toolsListChanged", true},
                          {"promptsListChanged", true},
                          {"resourceSubscriptions", ListedTo(persona)}};
      ear.events = TRY(Open(
          persona, McpRequest(Spoken(), target.path, "subscriptions/listen", {{"notifications", wants}}, ++last_id_),
          refusal));
      return ear;
    }
    if (Old()) {
      ear.events = TRY(Open(persona, {.target = target.sse.empty() ? target.path : target.sse}, refusal));
      const Deadline deadline = Deadline::In(kStreamOpens);
      while (refusal.empty() && ear.post_to.empty()) {
        const ServerSentEvent event = TRY(ear.events->Next(deadline));
        if (event.event != "endpoint") continue;
        const Result<Url> url = ParseUrl(event.data);
        ear.post_to = url.ok() ? url->target : event.data;
      }
    }
    if (!refusal.empty()) return ear;
    const SendOutcome opened = Say(ear, "initialize", InitializeParams(Spoken()));
    if (!opened.answer || opened.answer->status / 100 != 2) {
      refusal = "initialize: " + StatusOf(opened);
      return ear;
    }
    ear.session = opened.answer->headers.Get("Mcp-Session-Id");
    (void)Say(ear, "notifications/initialized", Json::object());
    if (!Old()) {
      HttpRequest get{.target = target.path};
      get.headers.Add("MCP-Protocol-Version", way_);
      if (!ear.session.empty()) get.headers.Add("Mcp-Session-Id", ear.session);
      ear.events = TRY(Open(persona, std::move(get), refusal));
      if (!refusal.empty()) return ear;
    }
    for (const Json& uri : ListedTo(persona)) (void)Say(ear, "resources/subscribe", {{"uri", uri}});
    (void)Say(ear, "logging/setLevel", {{"level", "debug"}});
    return ear;
  }

  // A message in the session of the stream. What comes back over HTTP+SSE comes on the stream.
  SendOutcome Say(const Ear& ear, const std::string& method, const Json& params) {
    asked_[ear.persona] += Dump(params) + "\n";
    const bool notice = method.starts_with("notifications/");
    const std::string& path = Old() ? ear.post_to : sandbox_.target().path;
    HttpRequest request =
        notice ? McpNotification(Spoken(), path, method, params, ear.session)
               : McpRequest(Spoken(), path, method, params, ++last_id_, ear.session, sandbox_.target().mirrors);
    return sandbox_.client().SendHttp(std::move(request), {.with = ear.persona}, "", method,
                                      [](const McpAnswer&) { return Result<void>(); });
  }

  // The URIs that `resources/list` shows that person now.
  Json ListedTo(const std::string& persona) {
    Json uris = Json::array();
    const SendOutcome sent =
        sandbox_.client().Send({.with = persona}, "resources/list", Json::object(), "what is there?");
    if (!sent.answer) return uris;
    // The last ones are likelier to be somebody's alone; all of a short list are taken.
    for (const Json& one : AtOr<Json>(sent.answer->message, "/result/resources", Json::array())) {
      if (uris.size() < kMostWatched) uris.push_back(AtOr<std::string>(one, "/uri", ""));
    }
    return uris;
  }

  // ---- what happens meanwhile

  // Everything of the target that takes a text: it makes something, or changes what is there.
  Result<void> Act(const Principal& principal) {
    const std::string& persona = principal.persona;
    const std::string& upstream = sandbox_.target().upstream;
    TRY(LogIn(persona));
    made_[persona] = "unasked-" + Hex(RandomBytes(8));
    for (const auto& [name, operation] : sandbox_.target().operations) {
      if (Dump(operation.arguments).find("{text}") == std::string::npos) continue;
      // What is their own already keeps the text by which it is known.
      const bool edits = !principal.items.empty() && Dump(operation.arguments).find("{o") != std::string::npos;
      const auto account = principal.accounts.find(upstream);
      const std::string text =
          (edits && account != principal.accounts.end() ? account->second.canary + " " : "") + made_[persona];
      const Json arguments = FillAll(operation.arguments, &principal, &principal, upstream, text);
      (void)Call(persona, operation.tool, arguments, name);
    }
    (void)Call(persona, "no_such_tool", Json::object(), "fails");
    if (sandbox_.target().operations.contains("read_of")) {
      for (const Principal& other : sandbox_.principals().all()) {
        const Result<Json> params =
            sandbox_.client().CallParams({.operation = "read_of", .of = other.persona}, persona);
        if (params.ok()) (void)sandbox_.client().Send({.with = persona}, "tools/call", *params, "read_of");
      }
    }
    return {};
  }

  SendOutcome Call(const std::string& persona, const std::string& tool, const Json& arguments,
                   const std::string& title) {
    return sandbox_.client().Send({.with = persona}, "tools/call", {{"name", tool}, {"arguments", arguments}}, title);
  }

  // What was made is somebody's alone if nobody else is shown it where they look; and so is a resource that they alone
  // are listed, and in which nobody else reads anything of theirs.
  void LearnWhatIsWhose() {
    std::map<std::string, std::string> shown;  // persona -> what they are shown
    std::map<std::string, std::set<std::string>> listed;
    for (const Principal& principal : sandbox_.principals().all()) {
      const std::string& persona = principal.persona;
      for (const char* operation : {"list", "list_of"}) {
        if (!sandbox_.target().operations.contains(operation)) continue;
        for (const Principal& other : sandbox_.principals().all()) {
          const Result<Json> params =
              sandbox_.client().CallParams({.operation = operation, .of = other.persona}, persona);
          if (!params.ok()) continue;
          const SendOutcome sent = sandbox_.client().Send({.with = persona}, "tools/call", *params, "what is there?");
          if (sent.answer) shown[persona] += sent.answer->body + "\n";
        }
      }
      for (const Json& uri : ListedTo(persona)) listed[persona].insert(uri.get<std::string>());
    }
    for (const Principal& principal : sandbox_.principals().all()) {
      const std::string& persona = principal.persona;
      const bool theirs = shown[persona].find(made_[persona]) != std::string::npos;
      bool alone = theirs;
      std::set<std::string> uris = listed[persona];
      for (const Principal& other : sandbox_.principals().all()) {
        if (other.persona == persona) continue;
        if (shown[other.persona].find(made_[persona]) != std::string::npos) alone = false;
        std::erase_if(uris, [&](const std::string& uri) {
          return listed[other.persona].contains(uri) || !Reads(persona, persona, uri) ||
                 Reads(other.persona, persona, uri);
        });
      }
      if (alone) belongings_.Add(persona, "something new", made_[persona]);
      for (const std::string& uri : uris) belongings_.Add(persona, "a resource", uri);
    }
  }

  // Does `persona` read something of `owner` there?
  bool Reads(const std::string& persona, const std::string& owner, const std::string& uri) {
    const SendOutcome sent =
        sandbox_.client().Send({.with = persona}, "resources/read", {{"uri", uri}}, "whose is it?");
    return sent.answer &&
           (belongings_.Shows(*sent.answer, owner) || sent.answer->body.find(made_[owner]) != std::string::npos);
  }

  // ---- what arrives

  void Hear(Ear& ear, milliseconds within) {
    const Deadline deadline = Deadline::In(within);
    for (;;) {
      const Result<ServerSentEvent> event = ear.events->Next(deadline);
      if (!event.ok()) return;
      ear.heard.push_back(*event);
    }
  }

  void Judge(const std::string& persona, const std::string& text, const std::string& how) {
    ++arrived_;
    const Result<Json> message = ParseJson(text);
    const std::string method = message.ok() ? AtOr<std::string>(*message, "/method", "") : "";
    // Beside what greets a subscriber and answers what was asked on the same stream.
    if (!method.empty() && method != "notifications/subscriptions/acknowledged") ++told_;
    // What answers oneself may repeat what one has asked.
    const std::string asked = method.empty() ? asked_[persona] : "";
    for (const std::string& one : belongings_.ForeignIn(AsAnswer(text), persona, asked))
      wrong_.insert(persona + " " + how + " " + one + " in " + (method.empty() ? "an answer" : method) + " (" + way_ +
                    ")");
  }

  // After what others saw last, and after what one saw oneself.
  void Resume(std::vector<Ear>& ears) {
    if (Old() || Stateless(Spoken())) return;
    for (Ear& ear : ears) ear.events.reset();
    for (const Ear& other : ears) {
      std::set<std::string> ids;
      for (const ServerSentEvent& event : other.heard) {
        if (!event.id.empty()) ids.insert(event.id);
      }
      if (ids.empty()) continue;
      for (Ear& ear : ears) {
        for (const std::string& id : {*ids.begin(), *ids.rbegin()}) {
          HttpRequest get{.target = sandbox_.target().path};
          get.headers = {{"MCP-Protocol-Version", way_}, {"Last-Event-ID", id}};
          if (!ear.session.empty()) get.headers.Add("Mcp-Session-Id", ear.session);
          std::string refusal;
          Ear again{.persona = ear.persona};
          Result<std::unique_ptr<EventReader>> opened = Open(ear.persona, std::move(get), refusal);
          ++resumed_;
          if (!opened.ok()) continue;
          again.events = std::move(opened).value();
          Hear(again, milliseconds(500));
          const std::string how = "resumes after " +
                                  (ear.persona == other.persona ? "their own" : other.persona + "'s") +
                                  " event, and hears";
          for (const ServerSentEvent& event : again.heard) Judge(ear.persona, event.data, how);
        }
      }
    }
  }

  void Leave(Ear& ear) {
    ear.events.reset();
    if (ear.session.empty()) return;
    HttpRequest end{.method = "DELETE", .target = sandbox_.target().path};
    end.headers = {{"MCP-Protocol-Version", way_}, {"Mcp-Session-Id", ear.session}};
    (void)sandbox_.client().SendHttp(std::move(end), {.with = ear.persona}, "", "leaves",
                                     [](const McpAnswer&) { return Result<void>(); });
  }

  Sandbox& sandbox_;
  Belongings belongings_;
  std::string way_ = {};                      // a revision of Streamable HTTP, or HTTP+SSE
  std::map<std::string, std::string> made_;   // persona -> text of what they made meanwhile
  std::map<std::string, std::string> asked_;  // persona -> what they said in the session of a stream
  int64_t last_id_ = 1000;
  size_t streams_ = 0;
  size_t arrived_ = 0;
  size_t told_ = 0;  // of these, what nobody had asked for
  size_t resumed_ = 0;
  std::set<std::string> refusals_ = {};
  std::set<std::string> wrong_ = {};
};

Result<ProbeOutcome> ListenUnasked(Sandbox& sandbox, const Json&) { return Listening(sandbox).Perform(); }

}  // namespace

void AddUnaskedProbes(ProbeSet& probes) {
  probes["unasked"] = {ListenUnasked, Aftermath::kUnknown, Asks::kHttp, Wants::kFreshTarget};
}

}  // namespace iff
