// What lies beside the one door of a server: other paths to the same tools, other methods, and what a browser is told.
#include <algorithm>
#include <cctype>

#include "scenarios/probes/probes.h"

namespace iff {
namespace {

using std::chrono::milliseconds;

constexpr const char* kWithSessions = "2025-11-25";
constexpr milliseconds kStreamBegins{1500};  // a stream that is open has said so by then

std::string InCapitals(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

// Paths that servers of other times and other frameworks had, and `own` in spellings that some reader takes for it.
std::vector<std::string> OtherPaths(const std::string& own) {
  std::vector<std::string> paths = {"/",         "/sse",           "/message",   "/messages",      "/messages/",
                                    "/mcp",      "/rpc",           "/jsonrpc",   "/stream",        "/api" + own,
                                    "/v1" + own, own + "/message", own + "/sse", own + "/messages"};
  const std::string name = own == "/" ? "" : own.substr(1);
  for (const std::string& spelled :
       {"/" + own, "/." + own, "/x/.." + own, own + "/", own + "/.", own + "//", own + "%2f", own + "%00", own + ";v=1",
        own + ".json", own + "?v=1", InCapitals(own)}) {
    paths.push_back(spelled);
  }
  if (!name.empty()) {
    constexpr char kHex[] = "0123456789abcdef";
    const auto first = static_cast<unsigned char>(name.front());
    paths.push_back(std::string("/%") + kHex[first / 16] + kHex[first % 16] + name.substr(1));
  }
  std::erase(paths, own);
  std::sort(paths.begin(), paths.end());
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
  return paths;
}

// A result, the word that one will come over a stream, or that stream.
bool Opens(const McpAnswer& answer) {
  const bool stream = answer.headers.Get("Content-Type").starts_with("text/event-stream") && !answer.HasError();
  return answer.HasResult() || answer.status == 202 || (answer.status == 200 && stream);
}

class OtherDoors {
 public:
  OtherDoors(Sandbox& sandbox, std::string with, std::string other)
      : sandbox_(sandbox), with_(std::move(with)), other_(std::move(other)) {}

  Result<ProbeOutcome> Play() {
    const TargetSpec& target = sandbox_.target();
    owner_ = sandbox_.principals().FindCredential(with_)->principal;
    if (target.Speaks(kWithSessions) && target.transport == Transport::kHttp) {
      const SendOutcome opened = sandbox_.client().Send({.with = with_, .revision = kWithSessions}, "tools/list",
                                                        Json::object(), "opens a session");
      if (!opened.answer) return Error(ErrorKind::kUnavailable, "open a session: " + opened.silence);
      session_ = sandbox_.client().last_request()->headers.Get("Mcp-Session-Id");
    }
    revision_ = TRY(ParseRevision(session_.empty() ? target.revisions.front() : kWithSessions));
    call_ = TRY(sandbox_.client().CallParams({.operation = "read_own"}, owner_));
    if (!target.TakesKeys()) {
      const Forge forge = TRY(sandbox_.principals().MakeForge());
      Credential stale;
      stale.value = TRY(forge.Reissue(sandbox_.principals().FindCredential(with_)->value,
                                      {{"exp", sandbox_.context().clock.NowSeconds() - 3600},
                                       {"iat", sandbox_.context().clock.NowSeconds() - 7200}}));
      sandbox_.principals().Keep("stale-at-other-doors", owner_, std::move(stale));
    } else {
      stale_.inapplicable = target.name + " takes keys: they do not expire";
    }
    const std::vector<std::string> paths = OtherPaths(target.path);
    for (const std::string& path : paths) TRY(Try(path));
    for (const char* path : {"/", "/sse", "/stream", "/messages/"}) {
      if (path != target.path) Listen(path);
    }
    ProbeOutcome outcome;
    const std::string tried = std::to_string(paths.size()) + " other paths, nothing at any";
    const auto put = [&](const char* name, Finding finding) {
      if (finding.met) finding.observed = tried;
      outcome.findings[name] = std::move(finding);
    };
    put("no-other-door-without-a-token", nothing_);
    put("no-other-door-with-an-expired-token", stale_);
    put("no-other-door-to-anothers", others_);
    return outcome;
  }

 private:
  // The session of the one whose things are asked for, wherever a server may look for it.
  HttpRequest At(const std::string& path, const std::string& method, const Json& params) {
    HttpRequest request = McpRequest(revision_, path, method, params, ++last_id_, session_, sandbox_.target().mirrors);
    if (!session_.empty()) {
      request.target += (path.find('?') == std::string::npos ? "?" : "&");
      request.target += "session_id=" + session_ + "&sessionId=" + session_;
    }
    return request;
  }

  Result<void> Try(const std::string& path) {
    for (const std::string method : {"tools/list", "tools/call"}) {
      const Json params = method == "tools/call" ? call_ : Json::object();
      TRY(Ask(path, method, params, "", nothing_));
      if (stale_.inapplicable.empty()) TRY(Ask(path, method, params, "stale-at-other-doors", stale_));
    }
    return Ask(path, "tools/call", call_, other_, others_);
  }

  Result<void> Ask(const std::string& path, const std::string& method, const Json& params,
                   const std::string& credential, Finding& finding) {
    const HttpRequest request = At(path, method, params);
    const Cursors marks = sandbox_.observer().Mark();
    const std::string title = method + " at " + path + (credential.empty() ? " without a token" : " as " + credential);
    const SendOutcome sent =
        credential.empty()
            ? sandbox_.client().SendPlain(request, "", title)
            : sandbox_.client().SendAgain(request, {.with = credential, .patience = milliseconds(3000)}, title);
    if (sandbox_.process().Exited()) {
      Note(finding, title + ": the server ended", sent);
      return {};
    }
    Observation seen;
    sandbox_.observer().Observe(
        marks, credential == other_ ? sandbox_.principals().FindCredential(other_)->principal : "", sent, seen);
    const bool herself = credential == other_;
    // Somebody with a good token of her own may be served what is hers, and be told what is not.
    if (!herself && sent.answer && Opens(*sent.answer)) Note(finding, title + ": " + StatusOf(sent) + ", let in", sent);
    if (seen.seen_of.contains(owner_)) Note(finding, title + ": what is " + owner_ + "'s came back", sent);
    for (const DownstreamEvent& event : seen.downstream.events) {
      if (event.act.source.place != Place::kLedger) continue;
      const auto persona = seen.persona_of.find(event.account);
      const bool allowed = herself && persona != seen.persona_of.end() && persona->second != owner_;
      if (!allowed) Note(finding, title + ": " + event.act.source.component + " was asked", sent);
    }
    return {};
  }

  // Where once a stream was opened, and told where to post.
  void Listen(const std::string& path) {
    HttpRequest request{.target = path};
    request.headers.Add("Accept", "text/event-stream");
    HttpClient client(sandbox_.process().endpoint());
    std::string begun;
    const Result<HttpResponse> answer =
        client.Stream(request, Deadline::In(kStreamBegins), [&](std::string_view chunk) {
          begun.append(chunk);
          return false;
        });
    const bool opened =
        begun.find("event:") != std::string::npos || begun.find("data:") != std::string::npos ||
        (answer.ok() && answer->status == 200 && answer->headers.Get("Content-Type").starts_with("text/event-stream"));
    if (opened) Note(nothing_, "GET " + path + " without a token: a stream");
  }

  Sandbox& sandbox_;
  const std::string with_;
  const std::string other_;
  std::string owner_ = {};
  std::string session_ = {};
  Revision revision_ = Revision::k20260728;
  Json call_ = {};
  int64_t last_id_ = 100;
  Finding nothing_ = {
      .met = true, .expected = "no result, no stream and no call behind the server, at any path", .observed = ""};
  Finding stale_ = nothing_;
  Finding others_ = {
      .met = true, .expected = "nothing of whose session it is, and nobody asked as them", .observed = ""};
};

// `arguments`: `with`, a credential; `other`, somebody else's.
Result<ProbeOutcome> PlayOtherDoors(Sandbox& sandbox, const Json& arguments) {
  const std::string with = AtOr<std::string>(arguments, "/with", "");
  const std::string other = AtOr<std::string>(arguments, "/other", "");
  if (sandbox.principals().FindCredential(with) == nullptr || sandbox.principals().FindCredential(other) == nullptr) {
    return Error(ErrorKind::kInvalidInput, "other_doors: want 'with' and 'other', two credentials");
  }
  return OtherDoors(sandbox, with, other).Play();
}

constexpr const char* kForeign = "https://evil.example";

// What lets a page of somebody else read an answer; "": nothing does.
std::string ReadableBy(const SendOutcome& sent, const std::string& origin) {
  if (!sent.answer) return "";
  for (const std::string& allowed : sent.answer->headers.All("Access-Control-Allow-Origin")) {
    if (allowed == "*" || allowed.find(origin) != std::string::npos) return allowed;
  }
  return "";
}

// `arguments`: `with`, a credential.
Result<ProbeOutcome> PlayBrowsers(Sandbox& sandbox, const Json& arguments) {
  const std::string with = AtOr<std::string>(arguments, "/with", "");
  const Credential* credential = sandbox.principals().FindCredential(with);
  if (credential == nullptr) return Error(ErrorKind::kInvalidInput, "browsers: want 'with', a credential");
  const TargetSpec& target = sandbox.target();
  const Revision revision = TRY(ParseRevision(target.revisions.front()));
  const Json call = TRY(sandbox.client().CallParams({.operation = "read_own"}, credential->principal));
  Finding answers{.met = true, .expected = "no Access-Control-Allow-Origin that names it, and no '*'", .observed = ""};
  Finding preflight = answers;
  for (const std::string origin : {kForeign, "null"}) {
    HttpRequest asks{.method = "OPTIONS", .target = target.path};
    asks.headers = {{"Origin", origin},
                    {"Access-Control-Request-Method", "POST"},
                    {"Access-Control-Request-Headers", "authorization,content-type"}};
    const SendOutcome told = sandbox.client().SendPlain(asks, "", "a page of " + origin + " asks whether it may");
    if (!told.answer) return Error(ErrorKind::kUnavailable, "ask with OPTIONS: " + told.silence);
    if (const std::string allowed = ReadableBy(told, origin); !allowed.empty())
      Note(preflight, origin + " is told '" + allowed + "'", told);
    HttpRequest posts = McpRequest(revision, target.path, "tools/call", call, 1, "", target.mirrors);
    posts.headers.Set("Origin", origin);
    for (const std::string& shown : {std::string(), with}) {
      const std::string title = "a page of " + origin + " posts" + (shown.empty() ? "" : " with a token");
      const SendOutcome sent = shown.empty() ? sandbox.client().SendPlain(posts, "", title)
                                             : sandbox.client().SendAgain(posts, {.with = shown}, title);
      if (const std::string allowed = ReadableBy(sent, origin); !allowed.empty())
        Note(answers, title + ": '" + allowed + "'", sent);
    }
  }
  if (preflight.met) preflight.observed = "neither";
  if (answers.met) answers.observed = "neither";
  return ProbeOutcome{.findings = {{"preflight-lets-no-page-in", preflight}, {"answers-are-for-no-page", answers}}};
}

}  // namespace

void AddOtherDoorProbes(ProbeSet& probes) {
  probes["other_doors"] = {PlayOtherDoors, Aftermath::kAsTheyWere, Asks::kHttp, Wants::kRunningTarget};
  probes["browsers"] = {PlayBrowsers, Aftermath::kAsTheyWere, Asks::kHttp, Wants::kRunningTarget};
}

}  // namespace iff
