#include "servers/postgres/session.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <mutex>
#include <optional>
#include <pqxx/pqxx>
#include <utility>

#include "harness/core/clock.h"
#include "servers/postgres/row_by_row.h"
#include "servers/postgres/sql_rules.h"
#include "servers/postgres/statement.h"

namespace iff {
namespace {

constexpr pqxx::oid kBool = 16;
constexpr pqxx::oid kInt8 = 20;
constexpr pqxx::oid kInt2 = 21;
constexpr pqxx::oid kInt4 = 23;
constexpr pqxx::oid kJson = 114;
constexpr pqxx::oid kFloat4 = 700;
constexpr pqxx::oid kFloat8 = 701;
constexpr pqxx::oid kJsonb = 3802;

// Longest cell that is shown.
constexpr size_t kCellBytes = size_t{64} << 10;
// Rows of one FETCH stay below this many bytes, whatever is in them.
constexpr size_t kBatchBytes = size_t{32} << 20;
constexpr size_t kMostColumns = 200;
constexpr const char* kTooManyColumns = "54011";
constexpr const char* kFeatureNotSupported = "0A000";
// For what takes a database no time: longer than that, and nobody is there.
constexpr std::chrono::milliseconds kSignOfLife{2000};
// The database ends a statement by itself; what is heard of that is a little later.
constexpr std::chrono::milliseconds kLaterThanItsTimeout{1000};

std::string Quoted(const std::string& value) {
  std::string out = "'";
  for (const char c : value) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

// The first line of the server's words, without its severity, control characters and anything of ours.
std::string FirstLine(std::string_view text) {
  text = text.substr(0, std::min(text.find('\n'), text.size()));
  for (const std::string_view severity : {"ERROR:", "FATAL:"}) {
    if (const size_t at = text.find(severity); at != std::string_view::npos) text.remove_prefix(at + severity.size());
  }
  while (text.starts_with(' ')) text.remove_prefix(1);
  std::string line;
  for (const char c : text.substr(0, 500)) {
    if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) line += c;
  }
  return line;
}

DatabaseError Lost(bool nothing_ran, bool silent) {
  return {DatabaseError::Kind::kLost, "",
          silent ? "the database does not answer" : "the connection to the database was lost", nothing_ran, silent};
}

// With verbose messages the line begins with the SQLSTATE. The exception has one too, but this libpqxx
// forgets it for some classes (insufficient privilege among them).
DatabaseError Said(const pqxx::sql_error& error) {
  DatabaseError said;
  said.message = FirstLine(error.what());
  said.sqlstate = error.sqlstate();
  const bool coded = said.message.size() > 7 && said.message[5] == ':' &&
                     std::all_of(said.message.begin(), said.message.begin() + 5,
                                 [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); });
  if (!coded) return said;
  said.sqlstate = said.message.substr(0, 5);
  said.message.erase(0, said.message.find_first_not_of(' ', 6));
  return said;
}

std::string TypeName(pqxx::oid type) {
  switch (type) {
    case kBool:
      return "boolean";
    case kInt2:
    case kInt4:
    case kInt8:
      return "integer";
    case kFloat4:
    case kFloat8:
      return "number";
    case kJson:
    case kJsonb:
      return "json";
    default:
      return "text";
  }
}

// What stands in a cell, as JSON. A numeric stays text: no digit is lost.
Json Cell(std::string_view text, pqxx::oid type) {
  switch (type) {
    case kBool:
      return text.starts_with('t');
    case kInt2:
    case kInt4:
    case kInt8:
    case kFloat4:
    case kFloat8:
    case kJson:
    case kJsonb: {
      Result<Json> value = ParseJson(text);  // NaN and Infinity are no JSON: they stay text
      return value.ok() ? std::move(value).value() : Json(std::string(text));
    }
    default:
      return std::string(text);
  }
}

// Collects rows until a limit is reached.
class Table {
 public:
  explicit Table(const StatementLimits& limits) : limits_(limits) {}

  void AddColumn(const std::string& name, pqxx::oid type) {
    types_.push_back(type);
    Json column = Json::object();
    column["name"] = name;
    column["type"] = TypeName(type);
    columns_.push_back(std::move(column));
  }
  // `cell(i)` is the text of the i-th cell, or nothing where it is null. False: full.
  template <class CellOf>
  bool Add(CellOf cell) {
    if (rows_.size() >= limits_.max_rows) return Full();
    Json cells = Json::array();
    size_t bytes = 0;
    for (size_t i = 0; i < types_.size(); ++i) {
      const std::optional<std::string_view> known = cell(i);
      if (!known) {
        cells.push_back(nullptr);
        continue;
      }
      const std::string_view text = *known;
      bytes += text.size();
      if (text.size() > kCellBytes) {
        truncated_ = true;
        size_t end = kCellBytes;
        while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // whole characters
        cells.push_back(std::string(text.substr(0, end)));
      } else {
        cells.push_back(Cell(text, types_[i]));
      }
    }
    if (bytes_ + bytes > limits_.max_bytes && !rows_.empty()) return Full();
    bytes_ += bytes;
    rows_.push_back(std::move(cells));
    return true;
  }
  bool Add(const pqxx::row& row) {
    return Add([&row](size_t i) -> std::optional<std::string_view> {
      const pqxx::field field = row[static_cast<pqxx::row::size_type>(i)];
      if (field.is_null()) return std::nullopt;
      return std::string_view(field.c_str(), field.size());
    });
  }
  void MarkTruncated() { truncated_ = true; }
  bool truncated() const { return truncated_; }
  size_t columns() const { return types_.size(); }
  pqxx::oid type(size_t i) const { return types_[i]; }

  Json Take() {
    Json value = Json::object();
    value["row_count"] = rows_.size();
    value["columns"] = std::move(columns_);
    value["rows"] = std::move(rows_);
    value["truncated"] = truncated_;
    return value;
  }

 private:
  bool Full() {
    truncated_ = true;
    return false;
  }

  const StatementLimits& limits_;
  std::vector<pqxx::oid> types_ = {};
  Json columns_ = Json::array();
  Json rows_ = Json::array();
  size_t bytes_ = 0;
  bool truncated_ = false;
};

// Columns of the server's own, cut to what is shown, so that a huge one never travels.
struct CutCells {
  explicit CutCells(size_t columns) {
    for (size_t i = 0; i < columns; ++i) {
      const std::string name = "c" + std::to_string(i);
      names += (i == 0 ? "(" : ", ") + name;
      cut += std::string(i == 0 ? "" : ", ") + "left(" + name + "::text, " + std::to_string(kCellBytes + 1) + ")";
    }
    if (columns > 0) names += ")";
  }
  std::string names = {};  // "(c0, c1)"; "": there is none
  std::string cut = {};
};

DatabaseError TooManyColumns() {
  return {DatabaseError::Kind::kStatement, kTooManyColumns,
          "a result has at most " + std::to_string(kMostColumns) + " columns"};
}

std::string WithoutEnd(std::string sql) {
  while (!sql.empty() && (sql.back() == ';' || sql.back() == ' ' || (sql.back() >= '\t' && sql.back() <= '\r'))) {
    sql.pop_back();
  }
  return sql;
}

}  // namespace

struct Session::State {
  State(const std::string& parameters, const SessionOptions& options)
      : connection(parameters),
        quiet(connection),
        watch(options.watch != nullptr ? options.watch : std::make_shared<SocketWatch>()),
        first_statement(options.first_statement),
        execute(options.execute),
        socket(::fcntl(connection.sock(), F_DUPFD_CLOEXEC, 0)) {
    // A new connection would not be in our transaction. Deprecated because later versions never reconnect.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    connection.inhibit_reactivation(true);
#pragma GCC diagnostic pop
    connection.set_verbosity(pqxx::connection_base::verbose);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { ::close(socket); }

  Connection connection;
  pqxx::quiet_errorhandler quiet;
  std::shared_ptr<SocketWatch> watch;
  const std::string first_statement;
  const ExecuteFunction execute;
  int socket;  // the connection's, as a number of ours: libpq closes its own when it likes
  bool silent = false;
  std::mutex running_mutex = {};
  bool running = false;
  bool begun = false;  // of the statement that runs now

  void SetRunning(bool now) {
    const std::lock_guard lock(running_mutex);
    running = now;
  }

  std::string Begin(const StatementLimits& limits) const {
    const std::string timeout = std::to_string(limits.timeout_ms);
    // Once the snapshot is taken nothing can make a read-only transaction a writing one.
    return std::string("BEGIN") + (limits.read_only ? " READ ONLY" : "") +
           "; SET LOCAL statement_timeout = " + timeout +
           "; SET LOCAL idle_in_transaction_session_timeout = " + std::to_string(limits.timeout_ms * 2) + "; " +
           first_statement;
  }

  // `ask` is given up after `within`; it throws then, and `silent` tells why.
  template <typename Ask>
  auto Within(std::chrono::milliseconds within, Ask ask) -> decltype(ask()) {
    const SocketWatch::Guard guard(*watch, socket, within);
    try {
      return ask();
    } catch (const pqxx::failure&) {
      silent = guard.Ended();
      throw;
    }
  }
  pqxx::result AtOnce(pqxx::nontransaction& work, const std::string& sql) {
    return Within(kSignOfLife, [&] { return work.exec(sql); });
  }
  static std::chrono::milliseconds Patience(const StatementLimits& limits) {
    return std::chrono::milliseconds(limits.timeout_ms) + kLaterThanItsTimeout;
  }

  pqxx::result Execute(pqxx::nontransaction& work, const std::string& sql, const std::vector<std::string>& parameters,
                       const StatementLimits& limits) {
    return Within(Patience(limits), [&] {
      if (execute) return execute(work, sql, parameters);
      // The extended protocol: the server itself refuses a second statement.
      return work.exec_params(sql, pqxx::prepare::make_dynamic_params(parameters));
    });
  }

  // Row by row: what is beyond the limits is thrown away as it comes.
  Result<Json, DatabaseError> Direct(const std::string& statement, const std::vector<std::string>& parameters,
                                     const StatementLimits& limits) {
    const std::string sql = WithoutEnd(statement);
    const std::vector<Column> columns = Within(Patience(limits), [&] { return Describe(connection, sql); });
    if (columns.size() > kMostColumns) return TooManyColumns();
    Table table(limits);
    for (const Column& column : columns) table.AddColumn(column.name, column.type);
    // What is written stands in a WITH as it does at the top, so that the server can cut its cells. Of a WITH that
    // changes data that is not so.
    const bool cut = !columns.empty() && KindOf(sql) == StatementKind::kWrite;
    const CutCells cells(columns.size());
    const std::string asked =
        cut ? "WITH iff_q" + cells.names + " AS (\n" + sql + "\n) SELECT " + cells.cut + " FROM iff_q" : sql;
    bool full = false;
    const int64_t changed = Within(Patience(limits), [&] {
      return RunByRow(connection, asked, parameters,
                      [&](const Cells& row) { full = full || !table.Add([&row](size_t i) { return row[i]; }); });
    });
    Json value = table.Take();
    if (columns.empty()) value["affected"] = changed;
    return value;
  }
  // As a text that mutants carry out.
  Json DirectlyAs(pqxx::nontransaction& work, const std::string& sql, const std::vector<std::string>& parameters,
                  const StatementLimits& limits) {
    const pqxx::result result = Execute(work, sql, parameters, limits);
    Table table(limits);
    for (pqxx::row::size_type i = 0; i < result.columns(); ++i)
      table.AddColumn(result.column_name(i), result.column_type(i));
    for (const pqxx::row& row : result) {
      if (!table.Add(row)) break;
    }
    Json value = table.Take();
    if (result.columns() == 0) value["affected"] = result.affected_rows();
    return value;
  }

  // The columns of what `sql` yields. Nothing is carried out, and nothing comes: it cannot stand in a FROM clause, as a
  // WITH that changes data, which stands at the top or not at all.
  std::optional<pqxx::result> Described(pqxx::nontransaction& work, const std::string& sql,
                                        const std::vector<std::string>& parameters, const StatementLimits& limits) {
    try {
      return Execute(work, "SELECT * FROM (\n" + sql + "\n) AS iff_described LIMIT 0", parameters, limits);
    } catch (const pqxx::sql_error& error) {
      if (Said(error).sqlstate != kFeatureNotSupported) throw;
    }
    AtOnce(work, "ROLLBACK");
    AtOnce(work, Begin(limits));
    return std::nullopt;
  }

  // Through a cursor, so that no more is read than is shown. Nothing: run it directly.
  std::optional<Result<Json, DatabaseError>> Rows(pqxx::nontransaction& work, const std::string& statement,
                                                  const std::vector<std::string>& parameters,
                                                  const StatementLimits& limits) {
    const std::string sql = WithoutEnd(statement);
    const std::optional<pqxx::result> about = Described(work, sql, parameters, limits);
    if (!about.has_value()) return std::nullopt;
    const pqxx::result& described = *about;
    if (described.columns() > kMostColumns) return TooManyColumns();
    Table table(limits);
    for (pqxx::row::size_type i = 0; i < described.columns(); ++i)
      table.AddColumn(described.column_name(i), described.column_type(i));
    const CutCells cells(described.columns());
    Execute(
        work,
        "DECLARE iff_rows NO SCROLL CURSOR FOR SELECT " + cells.cut + " FROM (\n" + sql + "\n) AS iff_q" + cells.names,
        parameters, limits);
    const size_t columns = std::max<size_t>(1, described.columns());  // rows of none are rows
    const size_t batch = std::max<size_t>(1, std::min<size_t>(500, kBatchBytes / ((kCellBytes + 1) * columns)));
    // Said again before each FETCH: the statement itself may have changed it.
    const std::string fetch = "SET LOCAL statement_timeout = " + std::to_string(limits.timeout_ms) +
                              "; FETCH FORWARD " + std::to_string(batch) + " FROM iff_rows";
    const Deadline deadline = Deadline::In(std::chrono::milliseconds(limits.timeout_ms));
    while (true) {
      const pqxx::result rows = Within(Patience(limits), [&] { return work.exec(fetch); });
      for (const pqxx::row& row : rows) {
        if (!table.Add(row)) return table.Take();
      }
      if (rows.size() < batch) return table.Take();
      if (deadline.Passed()) {
        table.MarkTruncated();
        return table.Take();
      }
    }
  }

  Result<Json, DatabaseError> Run(const std::string& sql, const std::vector<std::string>& parameters,
                                  const StatementLimits& limits) {
    pqxx::nontransaction work(connection);
    std::optional<Result<Json, DatabaseError>> value;
    std::optional<DatabaseError> failed;
    try {
      begun = false;
      silent = false;
      AtOnce(work, Begin(limits));
      begun = true;
      if (!execute && KindOf(sql) == StatementKind::kRows) {
        value = Rows(work, sql, parameters, limits);
      }
      if (!value.has_value() && execute) value = DirectlyAs(work, sql, parameters, limits);
      if (!value.has_value()) value = Direct(sql, parameters, limits);
      if (limits.read_only || !value->ok()) {
        AtOnce(work, "ROLLBACK");
      } else {
        Within(Patience(limits), [&] { return work.exec("COMMIT"); });
      }
    } catch (const pqxx::sql_error& error) {
      failed = Said(error);
      // No statement of the caller's: the role is not there any more.
      if (!begun && failed->sqlstate == "42704") failed->kind = DatabaseError::Kind::kRefused;
    }
    if (!failed.has_value()) return std::move(*value);
    AtOnce(work, "ROLLBACK");
    return std::move(*failed);
  }
};

Session::Session(std::unique_ptr<State> state) : state_(std::move(state)) {}
Session::~Session() = default;

Result<std::unique_ptr<SqlSession>, DatabaseError> SqlRules::Open(const SessionOptions& options) const {
  Result<std::unique_ptr<Session>, DatabaseError> opened = Session::Open(options);
  if (!opened.ok()) return opened.error();
  return std::unique_ptr<SqlSession>(std::move(opened).value());
}

Result<std::unique_ptr<Session>, DatabaseError> Session::Open(const SessionOptions& options) {
  const std::string text =
      "host=" + Quoted(options.address.host) + " port=" + std::to_string(options.address.port) +
      " dbname=" + Quoted(options.database) + " user=" + Quoted(options.user) +
      " password=" + Quoted(options.password.Reveal()) + " sslmode=" + Quoted(options.sslmode) +
      " gssencmode=disable connect_timeout=5 client_encoding=UTF8 application_name=" + Quoted(options.application);
  try {
    return std::unique_ptr<Session>(new Session(std::make_unique<State>(text, options)));
  } catch (const std::exception& error) {
    // libpq gives a text and no code here. FATAL is the server's own no; the rest never got there.
    const std::string_view said(error.what());
    const bool refused =
        said.find("FATAL:") != std::string_view::npos &&
        (said.find("authentication") != std::string_view::npos ||
         said.find("does not exist") != std::string_view::npos || said.find("not permitted") != std::string_view::npos);
    return DatabaseError{refused ? DatabaseError::Kind::kRefused : DatabaseError::Kind::kUnavailable, "",
                         refused ? "the database does not accept the role" : "the database cannot be reached", true};
  }
}

Result<Json, DatabaseError> Session::Run(const std::string& sql, const std::vector<std::string>& parameters,
                                         const StatementLimits& limits) {
  state_->SetRunning(true);
  std::optional<Result<Json, DatabaseError>> outcome;
  try {
    outcome = state_->Run(sql, parameters, limits);
  } catch (const std::exception&) {
    outcome = Result<Json, DatabaseError>(Lost(!state_->begun, state_->silent));
  }
  state_->SetRunning(false);
  return *std::move(outcome);
}

bool Session::Reset() {
  try {
    pqxx::nontransaction work(state_->connection);
    state_->AtOnce(work, "DISCARD ALL");
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

void Session::Cancel() {
  const std::lock_guard lock(state_->running_mutex);
  if (!state_->running) return;
  try {
    state_->connection.cancel_query();
  } catch (const std::exception&) {  // it ends at its timeout then
  }
}

}  // namespace iff
