#include "servers/mcp/receive.h"

#include <algorithm>
#include <array>
#include <utility>

#include "servers/mcp/methods.h"

namespace iff {
namespace {

constexpr std::string_view kVersionHeader = "MCP-Protocol-Version";
constexpr std::string_view kSessionHeader = "Mcp-Session-Id";
// Revisions that begin with a handshake; of the first two we only know that they are that.
constexpr std::array<std::string_view, 4> kHandshake = {"2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"};

bool IsHandshake(std::string_view version) {
  return std::find(kHandshake.begin(), kHandshake.end(), version) != kHandshake.end();
}

// What a session that begins with `requested` speaks: that, if it can, or the newest.
Revision Negotiated(std::string_view requested, const Session& session) {
  if (session.handshake_only && requested == Name(Revision::k20241105)) return Revision::k20241105;
  return requested == Name(Revision::k20250618) ? Revision::k20250618 : Revision::k20251125;
}

Json Supported() { return Json::array({"2026-07-28", "2025-11-25", "2025-06-18"}); }

RpcError InvalidRequest(std::string message) {
  return {.code = rpc::kInvalidRequest, .message = std::move(message), .status = 400};
}

RpcError UnsupportedVersion(const std::string& requested) {
  return {.code = rpc::kUnsupportedVersion,
          .message = "unsupported protocol version",
          .status = 400,
          .data = Json{{"supported", Supported()}, {"requested", requested}}};
}

bool IsStateless(const Turn& turn) {
  const Json& meta = turn.meta();
  if (const auto version = meta.find(kMetaVersion); version != meta.end()) {
    return !version->is_string() || !IsHandshake(version->get_ref<const std::string&>());
  }
  if (meta.contains(kMetaCapabilities)) return true;
  if (turn.over_http) {
    const std::string* header = turn.request().headers.Find(kVersionHeader);
    if (header != nullptr && !IsHandshake(*header)) return true;
  }
  return turn.message.method == "server/discover" || turn.message.method == "subscriptions/listen";
}

// The stateless revision's rules for one request, in the order in which a client can mend them.
std::optional<RpcError> CheckStateless(Turn& turn) {
  const std::vector<std::string> headers =
      turn.over_http ? turn.request().headers.All(kVersionHeader) : std::vector<std::string>();
  if (headers.size() > 1) return HeaderMismatch("header repeated: MCP-Protocol-Version");
  const std::string requested =
      AtOr<std::string>(turn.meta(), "/" + std::string("io.modelcontextprotocol~1protocolVersion"), "");
  if (turn.over_http) {
    const bool readable = !requested.empty();
    if (headers.empty() && readable) return HeaderMismatch("header missing: MCP-Protocol-Version");
    if (!headers.empty() && readable && headers[0] != requested) {
      return HeaderMismatch("MCP-Protocol-Version differs from the message");
    }
    if (!headers.empty() && !readable && headers[0] != Name(Revision::k20260728)) return UnsupportedVersion(headers[0]);
  }
  RpcError invalid = InvalidParams("_meta lacks what every request carries");
  invalid.status = 400;
  if (requested.empty()) return invalid;
  if (requested != Name(Revision::k20260728)) return UnsupportedVersion(requested);
  const auto capabilities = turn.meta().find(kMetaCapabilities);
  if (capabilities == turn.meta().end() || !capabilities->is_object() || !turn.ReadMeta()) return invalid;
  turn.capabilities = *capabilities;
  if (turn.over_http) {
    if (auto wrong = CheckMethodHeader(turn.request(), turn.message)) return wrong;
  }
  if (!turn.serving().Serves(Revision::k20260728, turn.message.method)) {
    return RpcError{.code = rpc::kMethodNotFound, .message = "method not found", .status = 404};
  }
  return turn.over_http ? CheckNameHeader(turn.request(), turn.message) : std::nullopt;
}

const char* ReasonOf(int code) {
  switch (code) {
    case rpc::kHeaderMismatch:
      return "header_mismatch";
    case rpc::kUnsupportedVersion:
      return "unsupported_version";
    case rpc::kMethodNotFound:
      return "unknown_method";
    case rpc::kInvalidParams:
      return "invalid_params";
    default:
      return "invalid_request";
  }
}

void Initialize(Turn& turn) {
  const Result<std::string> requested = At<std::string>(turn.params(), "/protocolVersion");
  const Json* capabilities = Find(turn.params(), "/capabilities");
  if (!requested.ok() || capabilities == nullptr || !capabilities->is_object()) {
    return turn.Fail(InvalidParams("protocolVersion and capabilities are needed"), "invalid_params");
  }
  if (!turn.Charge("list")) return;
  Serving& serving = turn.serving();
  if (turn.over_http && !serving.options.sessions) {
    turn.session = std::make_shared<Session>();  // for this message alone
  } else if (turn.over_http) {
    turn.session = serving.sessions.Create(serving.options.session_holder(*turn.caller), turn.caller->Principal(),
                                           std::chrono::steady_clock::now());
    if (!turn.session) {
      Denial denial;
      denial.status = 429;
      denial.reason = "too_many_sessions";
      denial.retry_after = std::chrono::seconds(30);
      return turn.Refuse(denial);
    }
    turn.AddHeader(std::string(kSessionHeader), turn.session->id);
  }
  Session& session = *turn.session;
  session.open = true;
  session.revision = Negotiated(requested.value(), session);
  session.capabilities = KnownCapabilities(*capabilities);
  turn.revision = session.revision;
  Json result{{"protocolVersion", Name(session.revision)},
              {"capabilities", serving.Capabilities(session.revision)},
              {"serverInfo", serving.ServerInfo()}};
  if (!serving.offer.instructions.empty()) result["instructions"] = serving.offer.instructions;
  turn.Succeed(std::move(result));
}

// Where there are no sessions, whoever names one is refused as for one that never was. REQUIRES: HasHandshakeVersion
std::shared_ptr<Session> SessionOfOneMessage(Turn& turn) {
  if (turn.request().headers.Find(kSessionHeader) != nullptr) {
    RefuseSession(turn);
    return nullptr;
  }
  const std::string* version = turn.request().headers.Find(kVersionHeader);
  auto session = std::make_shared<Session>();
  session->revision =
      version != nullptr && *version == Name(Revision::k20251125) ? Revision::k20251125 : Revision::k20250618;
  return session;
}

// False: the turn has ended.
bool JoinSession(Turn& turn) {
  if (turn.over_http) {
    if (!HasHandshakeVersion(turn.request())) {
      RpcError error = InvalidRequest("unsupported protocol version");
      error.data = Json{{"supported", Supported()}};
      turn.Fail(std::move(error), "unsupported_version");
      return false;
    }
    turn.session = turn.serving().options.sessions ? FindSession(turn) : SessionOfOneMessage(turn);
    if (!turn.session) return false;
  } else if (!turn.session->open) {
    turn.Fail(InvalidRequest("initialize first"), "invalid_request");
    return false;
  }
  turn.revision = turn.session->revision;
  turn.capabilities = turn.session->capabilities;
  return true;
}

void TakeResponse(Turn& turn) {
  Session& session = *turn.session;
  const std::string id = turn.message.id.is_string() ? turn.message.id.get<std::string>() : "";
  const auto waiting = session.asked.find(id);
  // The answer to a question of ours is paid for by the call that asked it.
  if (waiting == session.asked.end() && !turn.Charge("list")) return;
  Session::Answered answered;
  if (waiting != session.asked.end()) {
    answered = std::move(waiting->second);
    session.asked.erase(waiting);
  }
  Result<Json> answer = std::move(turn.message.result);
  if (turn.message.is_error) answer = Error(ErrorKind::kRefused, "ask the client: it answered with an error");
  turn.Accept();  // before the work goes on: that may take long
  if (answered) answered(std::move(answer));
}

void TakeNotification(Turn& turn) {
  std::shared_ptr<Turn> target;
  if (turn.message.method == "notifications/cancelled" && turn.session) {
    const Json* id = Find(turn.params(), "/requestId");
    const auto running = id == nullptr ? turn.session->running.end() : turn.session->running.find(Dump(*id));
    if (running != turn.session->running.end()) target = running->second.lock();
  }
  // Whoever has spent their budget may end what they began, and a handshake that was paid for.
  const bool ends_handshake = turn.message.method == "notifications/initialized" && turn.session &&
                              !std::exchange(turn.session->initialized, true);
  if (target == nullptr && !ends_handshake && !turn.Charge("list")) return;
  turn.Accept();
  if (target) target->Cancel("cancelled");
}

Task<void> ReceiveRequest(std::shared_ptr<Turn> turn) {
  if (IsStateless(*turn)) {
    turn->revision = Revision::k20260728;
    if (turn->session && turn->session->handshake_only) {
      RpcError wrong = InvalidRequest("unsupported protocol version");
      wrong.data = Json{{"supported", Json::array({"2025-11-25", "2025-06-18", "2024-11-05"})}};
      turn->Fail(std::move(wrong), "unsupported_version");
      co_return;
    }
    if (std::optional<RpcError> wrong = CheckStateless(*turn)) {
      const char* reason = ReasonOf(wrong->code);
      turn->Fail(std::move(*wrong), reason);
      co_return;
    }
  } else {
    turn->revision = Revision::k20251125;
    if (turn->message.method == "initialize") {
      Initialize(*turn);
      co_return;
    }
    if (!JoinSession(*turn)) co_return;
    if (!turn->ReadMeta()) {
      turn->Fail(InvalidParams("_meta is malformed"), "invalid_params");
      co_return;
    }
    if (!turn->serving().Serves(turn->revision, turn->message.method)) {
      turn->Fail({.code = rpc::kMethodNotFound, .message = "method not found"}, "unknown_method");
      co_return;
    }
  }
  if (turn->session && turn->session->running.contains(Dump(turn->message.id))) {
    turn->Fail(InvalidRequest("a request of that id is running"), "invalid_request");
    co_return;
  }
  // Tools stand on others' code: what that throws ends its own request, and nobody else's.
  try {
    co_await Perform(turn);
  } catch (...) {
    LogThrown(*turn);
    turn->Fail({.code = rpc::kInternalError, .message = "internal error"}, "internal");
  }
}

}  // namespace

bool HasHandshakeVersion(const HttpRequest& request) {
  const std::vector<std::string> headers = request.headers.All(kVersionHeader);
  return headers.empty() ||
         (headers.size() == 1 && (headers[0] == Name(Revision::k20250618) || headers[0] == Name(Revision::k20251125)));
}

std::shared_ptr<Session> FindSession(Turn& turn) {
  const std::vector<std::string> ids = turn.request().headers.All(kSessionHeader);
  if (ids.size() != 1 || !IsSessionId(ids[0])) {
    turn.Fail(InvalidRequest(ids.empty() ? "session id missing" : "session id malformed"), "invalid_session_id");
    return nullptr;
  }
  Serving& serving = turn.serving();
  std::shared_ptr<Session> session =
      serving.sessions.Find(ids[0], serving.options.session_holder(*turn.caller), std::chrono::steady_clock::now());
  if (!session) RefuseSession(turn);
  return session;
}

void RefuseSession(Turn& turn) {
  Denial denial;
  denial.status = 404;
  denial.description = "session not found";
  denial.reason = "unknown_session";
  turn.Refuse(denial);
}

void CloseSession(Session& session, const std::string& reason) {
  for (const auto& [id, weak] : std::exchange(session.running, {})) {
    if (const auto turn = weak.lock()) turn->Cancel(reason);
  }
  if (const auto stream = std::exchange(session.stream, {})) stream->Close();
  session.listener.reset();
}

Task<void> Receive(std::shared_ptr<Turn> turn) {
  if (turn->message.kind == MessageKind::kRequest) {
    co_await ReceiveRequest(turn);
    co_return;
  }
  const bool names_session = turn->over_http && turn->request().headers.Find(kSessionHeader) != nullptr;
  if (turn->message.kind == MessageKind::kResponse) {
    const bool handshake =
        turn->over_http ? names_session && HasHandshakeVersion(turn->request()) : turn->session->open;
    if (!handshake) {
      turn->Fail(InvalidRequest("responses are not taken"), "invalid_request");
    } else if (JoinSession(*turn)) {
      TakeResponse(*turn);
    }
    co_return;
  }
  // The stateless revision has no notification over HTTP; one is taken and means nothing.
  if (turn->over_http && !IsStateless(*turn) && !JoinSession(*turn)) co_return;
  TakeNotification(*turn);
}

}  // namespace iff
