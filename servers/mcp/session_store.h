// Sessions of the handshake revisions. An id is a name, not a key: it is looked up together with who
// asks, and another's session is as unknown as one that never was.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/json.h"
#include "servers/http/channel.h"

namespace iff {

class Turn;

// 2024-11-05 is spoken over its own transport alone, HTTP+SSE.
enum class Revision { k20241105, k20250618, k20251125, k20260728 };
std::string_view Name(Revision revision);

struct Session {
  using Answered = std::function<void(Result<Json>)>;

  std::string id = {};
  std::string owner = {};      // who may name it: Caller::Holder
  std::string principal = {};  // whose it counts as: Caller::Principal
  Revision revision = Revision::k20251125;
  Json capabilities = Json::object();                       // the client's, as KnownCapabilities keeps them
  std::string log_level = {};                               // "": it asked for none, and gets everything a tool says
  bool open = true;                                         // false: a stream before its initialize
  bool initialized = false;                                 // the client said so
  bool handshake_only = false;                              // HTTP+SSE: the stateless revision is not spoken there
  std::shared_ptr<Channel> stream = {};                     // opened by GET
  std::shared_ptr<Turn> listener = {};                      // whose credential keeps it open
  std::map<std::string, std::weak_ptr<Turn>> running = {};  // by request id as JSON text
  std::map<std::string, Answered> asked = {};               // our requests, by id
  uint64_t next_ask = 1;
  std::set<std::string> watched = {};  // resources/subscribe
  std::chrono::steady_clock::time_point used = {};
};

class SessionStore {
 public:
  using Now = std::chrono::steady_clock::time_point;

  SessionStore(std::chrono::seconds idle, size_t max_per_principal)
      : idle_(idle), max_per_principal_(max_per_principal) {}

  // Nothing when the principal has as many as it may, over all its clients and keys, whose number is its own choice.
  std::shared_ptr<Session> Create(const std::string& owner, const std::string& principal, Now now);
  // Nothing for unknown, ended, expired, and another's: the four are one.
  std::shared_ptr<Session> Find(const std::string& id, const std::string& owner, Now now);
  // Takes the session out; the caller ends what it holds.
  std::shared_ptr<Session> End(const std::string& id, const std::string& owner, Now now);

  std::vector<std::shared_ptr<Session>> All() const;
  void Clear();
  size_t size() const { return by_id_.size(); }

 private:
  using ById = std::map<std::string, std::shared_ptr<Session>>;
  bool Idle(const Session& session, Now now) const;
  ById::iterator Remove(ById::iterator at);
  void Sweep(Now now);

  std::chrono::seconds idle_;
  size_t max_per_principal_;
  ById by_id_;
  std::map<std::string, size_t> per_principal_;
  Now next_sweep_ = {};
};

// Of the capabilities a client declares those that MCP knows, without what stands in them. A session lives long, and
// anything else would be memory of the client's choice.
Json KnownCapabilities(const Json& declared);

// One that nobody guesses: 192 bits of the operating system's randomness.
std::string NewSessionId();
// True for what could be one of our ids; anything else need not be looked up.
bool IsSessionId(std::string_view text);

}  // namespace iff
