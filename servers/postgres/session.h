// One connection to PostgreSQL under one principal's dynamic role. libpqxx, which throws, stays behind it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "harness/core/json.h"
#include "harness/core/result.h"
#include "harness/core/secret.h"
#include "harness/net/endpoint.h"
#include "servers/postgres/socket_watch.h"

namespace pqxx {
class nontransaction;
class result;
}  // namespace pqxx

namespace iff {

// Carries out one text, with parameters for $1, $2, in the transaction that is open.
using ExecuteFunction =
    std::function<pqxx::result(pqxx::nontransaction&, const std::string& sql, const std::vector<std::string>&)>;

struct SessionOptions {
  Endpoint address = {};
  std::string database = {};
  std::string sslmode = "disable";
  std::string user = {};
  Secret password = {};
  std::string application = {};             // what pg_stat_activity shows beside the role
  std::shared_ptr<SocketWatch> watch = {};  // one for many sessions; one of its own if there is none
  // Takes the snapshot of each transaction, and fails if the session's role was dropped meanwhile.
  std::string first_statement = "SELECT session_user";
  ExecuteFunction execute = {};  // default: the extended protocol, in which the database refuses a second statement
};

struct StatementLimits {
  int64_t timeout_ms = 5000;
  size_t max_rows = 1000;
  size_t max_bytes = size_t{1} << 20;
  bool read_only = true;
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

// A connection that runs statements. Used by one thread at a time; Cancel may come from any.
class SqlSession {
 public:
  virtual ~SqlSession() = default;

  // Runs `sql`, whatever it is, as one statement in one transaction that is over afterwards, committed
  // unless read-only. {"columns": [{"name", "type"}], "rows": [[...]], "row_count", "truncated",
  // "affected"?}. Parameters replace $1, $2 as text values. A database that says nothing is given up two
  // seconds after BEGIN, and a second after what the statement is allowed to take.
  virtual Result<Json, DatabaseError> Run(const std::string& sql, const std::vector<std::string>& parameters,
                                          const StatementLimits& limits) = 0;

  // Forgets role changes, settings, prepared statements, temporary tables. False: throw the session away.
  virtual bool Reset() = 0;

  // Asks the server to cancel what runs. Thread-safe; without effect when nothing runs.
  virtual void Cancel() = 0;
};

class Session final : public SqlSession {
 public:
  static Result<std::unique_ptr<Session>, DatabaseError> Open(const SessionOptions& options);
  ~Session() override;

  Result<Json, DatabaseError> Run(const std::string& sql, const std::vector<std::string>& parameters,
                                  const StatementLimits& limits) override;
  bool Reset() override;
  void Cancel() override;

 private:
  struct State;
  explicit Session(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace iff
