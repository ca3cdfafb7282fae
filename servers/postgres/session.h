// One connection to PostgreSQL under one person's dynamic role. libpqxx, which throws, stays behind it.
// Used by one thread at a time; Cancel may come from any.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "harness/core/json.h"
#include "harness/core/result.h"
#include "harness/core/secret.h"
#include "harness/net/endpoint.h"
#include "servers/postgres/socket_watch.h"

namespace iff {

struct SessionOptions {
  Endpoint address = {};
  std::string database = {};
  std::string sslmode = "disable";
  std::string user = {};
  Secret password = {};
  std::string application = {};             // what pg_stat_activity shows beside the role
  std::shared_ptr<SocketWatch> watch = {};  // one for many sessions; one of its own if there is none
};

struct StatementLimits {
  int64_t timeout_ms = 5000;
  size_t max_rows = 1000;
  size_t max_bytes = size_t{1} << 20;
  bool read_only = true;
  bool simple_protocol = false;  // for broken servers only: lets several statements through
  bool role_unasked = false;     // for broken servers only: a session is used though its role was dropped
};

struct DatabaseError {
  enum class Kind {
    kStatement,    // the database said no to this statement
    kRefused,      // the database does not take the role or its password
    kLost,         // the connection broke, or nothing came over it in time; whether the statement ran is unknown
    kUnavailable,  // nobody there, or not ready
  };
  Kind kind = Kind::kStatement;
  std::string sqlstate = {};
  std::string message = {};  // the server's own first line, nothing of ours
  bool nothing_ran = false;  // with kLost: the connection was dead before the statement was sent
  bool silent = false;       // with kLost: nothing came in time
};

class Session {
 public:
  static Result<std::unique_ptr<Session>, DatabaseError> Open(const SessionOptions& options);
  ~Session();

  // Runs `sql`, whatever it is, as one statement in one transaction that is over afterwards, committed
  // unless read-only. {"columns": [{"name", "type"}], "rows": [[...]], "row_count", "truncated",
  // "affected"?}. Parameters replace $1, $2 as text values. A database that says nothing is given up two
  // seconds after BEGIN, and a second after what the statement is allowed to take.
  Result<Json, DatabaseError> Run(const std::string& sql, const std::vector<std::string>& parameters,
                                  const StatementLimits& limits);

  // Forgets role changes, settings, prepared statements, temporary tables. False: throw the session away.
  bool Reset();

  // Asks the server to cancel what runs. Thread-safe; without effect when nothing runs.
  void Cancel();

 private:
  struct State;
  explicit Session(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace iff
