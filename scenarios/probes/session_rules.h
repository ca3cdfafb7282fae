// What probes of sessions share: the requests that open, use and end one, and a stream that is waited for meanwhile.
#pragma once

#include <future>

#include "harness/core/bytes.h"
#include "harness/core/version.h"
#include "harness/run/look.h"
#include "scenarios/probes/probes.h"

namespace iff {

inline constexpr const char* kSessionRevision = "2025-11-25";
inline constexpr std::chrono::milliseconds kHeldFor{500};  // a stream that says nothing for so long is open
inline constexpr std::chrono::milliseconds kStreamPatience{3000};
inline constexpr size_t kOverlong = size_t{64} << 10;

inline bool TurnedAway(const SendOutcome& sent) {
  return sent.answer && sent.answer->status >= 400 && sent.answer->status < 500;
}

// A GET under way: a refusal comes at once, a stream does not end.
class StreamUnderWay {
 public:
  explicit StreamUnderWay(std::future<SendOutcome> future) : future_(std::move(future)) {}
  bool Held() { return future_.wait_for(kHeldFor) != std::future_status::ready; }
  SendOutcome End() { return future_.get(); }

 private:
  std::future<SendOutcome> future_;
};

class SessionRules {
 public:
  explicit SessionRules(Sandbox& sandbox) : sandbox_(sandbox), scanner_(sandbox.context().redactor) {}
  // Ends what it opened, as far as the server has clients end sessions.
  ~SessionRules() {
    for (const auto& [session, credential] : opened_) {
      // By the login that may do most, where it was opened with another.
      const Credential* const held = sandbox_.principals().FindCredential(credential);
      const bool whole = held != nullptr && sandbox_.principals().FindCredential(held->principal) != nullptr;
      (void)Delete(whole ? held->principal : credential, session, "the session is over");
    }
  }
  SessionRules(const SessionRules&) = delete;
  SessionRules& operator=(const SessionRules&) = delete;

  // Why nothing about sessions can be asked of this server; "": it has them, and the credential's owner has opened one.
  Result<std::string> WhyNot(const std::string& credential) {
    const TargetSpec& target = sandbox_.target();
    if (target.transport != Transport::kHttp)
      return target.name + " does not speak Streamable HTTP, which alone has sessions";
    if (!target.Speaks(kSessionRevision)) return target.name + " does not speak revision " + kSessionRevision;
    const SendOutcome opened = Initialize(credential);
    if (!opened.answer || opened.answer->status != 200) {
      return Error(ErrorKind::kUnavailable, "no session could be opened: " + StatusOf(opened));
    }
    if (opened.answer->headers.Get("Mcp-Session-Id").empty()) {
      return target.name + " names no Mcp-Session-Id when it is initialized: it has no sessions";
    }
    return std::string();
  }

  SendOutcome Initialize(const std::string& credential) {
    const Json params{{"protocolVersion", kSessionRevision},
                      {"capabilities", Json::object()},
                      {"clientInfo", {{"name", "iff"}, {"version", kVersion}}}};
    const HttpRequest request = McpRequest(kRevision, sandbox_.target().path, "initialize", params, ++last_id_);
    SendOutcome sent = sandbox_.client().SendAgain(request, {.with = credential, .revision = kSessionRevision},
                                                   credential + " opens a session");
    if (const std::string session = sent.answer ? sent.answer->headers.Get("Mcp-Session-Id") : ""; !session.empty())
      opened_[session] = credential;
    return sent;
  }

  // A new session that has been told it may begin; "" where it was refused, which is in `refusal`.
  std::string Open(const std::string& credential, SendOutcome* refusal = nullptr) {
    SendOutcome opened = Initialize(credential);
    const bool done_so = opened.answer && opened.answer->status == 200;
    const std::string session = done_so ? opened.answer->headers.Get("Mcp-Session-Id") : "";
    if (refusal != nullptr && session.empty()) *refusal = std::move(opened);
    if (session.empty()) return session;
    const HttpRequest done =
        McpNotification(kRevision, sandbox_.target().path, "notifications/initialized", Json::object(), session);
    (void)sandbox_.client().SendAgain(done, {.with = credential, .revision = kSessionRevision},
                                      credential + " has opened a session");
    return session;
  }
  Result<std::string> MustOpen(const std::string& credential) {
    SendOutcome refusal;
    std::string session = Open(credential, &refusal);
    if (session.empty()) {
      return Error(ErrorKind::kUnavailable, credential + " could not open a session: " + StatusOf(refusal));
    }
    return session;
  }

  // Whatever the person owns is asked for in the session.
  Result<SendOutcome> ReadOwn(const std::string& credential, const std::string& session, const std::string& title) {
    const Credential* held = sandbox_.principals().FindCredential(credential);
    if (held == nullptr) return Error(ErrorKind::kInvalidInput, "sessions: no credential called " + credential);
    const Json params = TRY(sandbox_.client().CallParams({.operation = "read_own"}, held->principal));
    const HttpRequest request =
        McpRequest(kRevision, sandbox_.target().path, "tools/call", params, ++last_id_, session);
    return sandbox_.client().SendAgain(request, {.with = credential, .revision = kSessionRevision}, title);
  }
  Result<bool> GetsOwn(const std::string& credential, const std::string& session, const std::string& title) {
    const SendOutcome sent = TRY(ReadOwn(credential, session, title));
    return GotOwn(sandbox_, "read_own", sent, Tells(sent, sandbox_.principals().FindCredential(credential)->principal));
  }

  SendOutcome Delete(const std::string& credential, const std::string& session, const std::string& title) {
    return sandbox_.client().SendAgain(Bare("DELETE", session), {.with = credential, .revision = kSessionRevision},
                                       title);
  }
  StreamUnderWay Get(const std::string& credential, const std::string& session, const std::string& title,
                     const std::string& last_event = "", std::chrono::milliseconds patience = kStreamPatience) {
    HttpRequest request = Bare("GET", session);
    request.headers.Add("Accept", "text/event-stream");
    if (!last_event.empty()) request.headers.Add("Last-Event-ID", last_event);
    return StreamUnderWay(std::async(std::launch::async, [this, request, credential, title, patience] {
      return sandbox_.client().SendAgain(
          request, {.with = credential, .revision = kSessionRevision, .patience = patience}, title);
    }));
  }

  // A canary of the person, encoded or not, in whatever part of the answer.
  bool Tells(const SendOutcome& sent, const std::string& persona) const {
    if (!sent.answer) return false;
    const Sightings seen = LookInto(scanner_, *sent.answer);
    if (seen.unfinished) unfinished_ = true;
    return std::any_of(seen.found.begin(), seen.found.end(),
                       [&](const Sighting& one) { return one.alias.starts_with(persona + "."); });
  }

  Sandbox& sandbox() { return sandbox_; }
  // Whether an answer held more than can be unpacked.
  bool unfinished() const { return unfinished_; }

 private:
  static constexpr Revision kRevision = Revision::k20251125;

  HttpRequest Bare(const std::string& method, const std::string& session) const {
    HttpRequest request{.method = method, .target = sandbox_.target().path};
    request.headers.Add("MCP-Protocol-Version", kSessionRevision);
    request.headers.Add("Mcp-Session-Id", session);
    return request;
  }

  Sandbox& sandbox_;
  std::map<std::string, std::string> opened_;  // session -> credential that opened it
  Scanner scanner_;
  mutable bool unfinished_ = false;
  int64_t last_id_ = 0;  // no id comes twice in a session
};

}  // namespace iff
