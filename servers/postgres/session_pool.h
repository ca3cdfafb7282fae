// Connections kept per principal and lease, never lent to anybody else: at most two at once for one
// principal, more wait in turn. A session is reset after each statement, closed when it lay idle for half
// a minute, when its lease ends, when everybody together has more idle ones than IFF_SQL_IDLE_CONNECTIONS and
// it is the stalest, and when anything about it looks odd.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "harness/core/task.h"
#include "servers/http/server_main.h"
#include "servers/postgres/session.h"

namespace iff {

struct SqlCall {
  std::string sql = {};
  std::vector<std::string> parameters = {};
  StatementLimits limits = {};
};

class SessionPool {
 public:
  // `context` outlives it. Used on the loop's thread.
  explicit SessionPool(const ServerContext& context);
  ~SessionPool();

  // Runs `call` in a session of `key` under `credential`; stops it when `conversation` is cancelled.
  Task<Result<Json, DatabaseError>> Run(std::string key, std::string application,
                                        std::shared_ptr<const Credential> credential, SqlCall call,
                                        std::shared_ptr<Conversation> conversation);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace iff
