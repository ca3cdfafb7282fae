// Connections kept per principal and lease, never used for another one: at most two at once for one principal, however
// many leases they have (one for each client, scope and bound key), more wait in turn. A session is reset after each
// statement, closed when it lay idle for half a minute, when its lease ends, when all principals together have more
// idle ones than IFF_SQL_IDLE_CONNECTIONS and it is the stalest, and when anything about it looks odd.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "harness/core/clock.h"
#include "harness/core/task.h"
#include "harness/net/event_loop.h"
#include "servers/credentials/credential.h"
#include "servers/mcp/tool.h"
#include "servers/postgres/database_settings.h"
#include "servers/postgres/session.h"
#include "servers/postgres/sql_rules.h"

namespace iff {

struct SqlCall {
  std::string sql = {};
  std::vector<std::string> parameters = {};
  StatementLimits limits = {};
};

struct SessionPoolOptions {
  Endpoint address = {};
  std::string database = {};
  std::string sslmode = {};
  size_t idle_connections = 50;  // of all principals together
};

class SessionPool {
 public:
  // All references outlive it. Used on the loop's thread.
  SessionPool(EventLoop& loop, const Clock& clock, SessionPoolOptions options, std::shared_ptr<const SqlRules> rules);
  ~SessionPool();

  // Runs `call`, in the share of `principal`, in a session of `key` under `credential`; stops it when `conversation` is
  // cancelled.
  Task<Result<Json, DatabaseError>> Run(std::string principal, std::string key, std::string application,
                                        std::shared_ptr<const Credential> credential, SqlCall call,
                                        std::shared_ptr<Conversation> conversation);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace iff
