// What a scenario sends: to its target, over whatever that speaks, and plain HTTP to components.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "harness/mcp/connection.h"
#include "harness/run/judge.h"
#include "harness/run/run_context.h"
#include "harness/run/sandbox_principals.h"
#include "harness/run/target_process.h"
#include "harness/run/trace_log.h"
#include "harness/scenario/scenario.h"

namespace iff {

// Thread-safe: probes send from several threads.
class TargetClient {
 public:
  // All outlive it.
  TargetClient(const RunContext& context, const TargetSpec& target, const SandboxPrincipals& principals,
               TargetProcess& process, const Components& components, TraceLog& trace)
      : context_(context),
        target_(target),
        principals_(principals),
        process_(process),
        components_(components),
        trace_(trace) {}

  // One request as `sending` says. Traced.
  SendOutcome Send(const Sending& sending, std::string_view method, Json params, const std::string& title);
  SendOutcome SendAgain(const HttpRequest& request, const Sending& sending, const std::string& title);
  // Any HTTP request to the target, for what is not MCP. Traced.
  SendOutcome SendPlain(HttpRequest request, const std::string& persona, const std::string& title);
  // Any HTTP request as whoever `sending` names, to the origin of the target or, where `to` names one, of a component.
  // `take` is given the answer before anything of it is kept, so that it may register secrets; after an error of its
  // own nothing of the answer is kept. Traced.
  SendOutcome SendHttp(HttpRequest request, const Sending& sending, const std::string& to, const std::string& title,
                       const std::function<Result<void>(const McpAnswer&)>& take);
  // The request as it goes out when whoever `sending` names sends it, for those who read its answer themselves.
  HttpRequest Dressed(HttpRequest request, const Sending& sending) const;
  // The parameters of tools/call, with what it says about `caller` and whoever it is about filled in.
  Result<Json> CallParams(const CallStep& call, const std::string& caller) const;
  // Those of all targets of the scenario, which outlive each other's sending: a session may be borrowed from another
  // target.
  void Meet(const std::vector<const TargetClient*>& clients) { clients_ = clients; }
  // What the server chose when it shook hands in `revision` with whoever shows the credential; "" if it has not.
  std::string Negotiated(const std::string& credential, const std::string& revision);
  // What it declares to whoever shows the credential: `capabilities` of its answer to `initialize`, or where there is
  // no handshake to `server/discover`. An object; null: it declares nothing, or could not be asked.
  Json Capabilities(const std::string& credential, const std::string& revision);
  // Why there is no session for `sending` to borrow: the server shook hands with its owner and gave none out, which it
  // MAY (MCP 2025-11-25, transports, session management). "": there is one, none is borrowed, or its owner never spoke.
  std::string WhyNoSession(const Sending& sending);
  // Why its answer to `tools/list` is no sign that a credential was taken: it lists them to whoever shows none. "": it
  // does not, or could not be asked. Asked once.
  std::string WhyListTellsNothing();
  // A request of `caller` that is answered with a token alone, for probes of tokens.
  struct Question {
    std::string method = "tools/list";
    Json params = Json::object();
    std::string why_not = {};  // why there is none; "": there is one
  };
  // tools/list, or, where that needs no token, the first operation that is refused without one.
  Question OpenedByATokenAlone(const std::string& caller);
  const HttpRequest* last_request() const { return last_request_ ? &*last_request_ : nullptr; }  // nullptr: none yet

  // Ends the sessions it opened. False: one may be open still, against the target's word that it ends them.
  bool EndSessions();
  // Drops all connections; whoever sends next comes anew.
  void Forget();

 private:
  Result<Connection*> ConnectionFor(const std::string& revision);
  // How the target is spoken to; over stdio, a process for each person, started with the credential they show first.
  std::unique_ptr<Wire> MakeWire();
  Result<std::unique_ptr<LineChannel>> StartProcess(const std::string& persona);
  // Whose session is used: that of a credential, or of a process.
  std::string IdentityOf(const Sending& sending);
  // The session of a credential, and the target that shook hands with its owner: this one, or where it gave none,
  // another.
  struct Owned {
    std::string session = {};
    std::string at = {};  // "": nobody did
  };
  Owned OwnedBy(const std::string& credential, const std::string& revision) const;
  Owned OwnedHere(const std::string& credential, const std::string& revision) const;
  Connection::Dress DressFor(const Sending& sending) const;
  SendOutcome Traced(const std::string& credential, const std::string& persona, const std::string& title,
                     const HttpRequest& request, const std::function<Result<McpAnswer>()>& send,
                     const std::string& lane = {}, bool as_http = false);  // lane "": the target's

  const RunContext& context_;
  const TargetSpec& target_;
  const SandboxPrincipals& principals_;
  TargetProcess& process_;
  const Components& components_;
  TraceLog& trace_;
  std::vector<const TargetClient*> clients_;
  mutable std::mutex mutex_;
  std::map<std::string, std::string> started_with_;  // persona -> credential, over stdio
  std::map<std::string, std::unique_ptr<Connection>> connections_;
  std::optional<HttpRequest> last_request_;
  std::optional<bool> lists_for_all_;  // once asked
  std::set<std::string> started_;      // identities whose process has been spoken to
};

}  // namespace iff
