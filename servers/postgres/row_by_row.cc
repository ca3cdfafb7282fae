#include "servers/postgres/row_by_row.h"

#include <libpq-fe.h>

#include <cstdlib>
#include <memory>

namespace iff {
namespace {

using Answer = std::unique_ptr<PGresult, void (*)(PGresult*)>;

Answer Take(PGresult* result) {
  return {result, [](PGresult* one) { PQclear(one); }};
}

PGconn* Of(const Connection& connection) { return reinterpret_cast<PGconn*>(connection.handle()); }

[[noreturn]] void Throw(PGconn* connection, const PGresult* answer, const std::string& sql) {
  if (PQstatus(connection) == CONNECTION_BAD) throw pqxx::broken_connection();
  const char* const state = answer == nullptr ? nullptr : PQresultErrorField(answer, PG_DIAG_SQLSTATE);
  const std::string said = answer == nullptr ? PQerrorMessage(connection) : PQresultErrorMessage(answer);
  throw pqxx::sql_error(said, sql, state);
}

// The next answer of a statement that was sent; nullptr: it is over.
Answer Next(PGconn* connection) { return Take(PQgetResult(connection)); }

}  // namespace

Connection::Connection(const std::string& parameters) : pqxx::connection_base(policy_), policy_(parameters) { init(); }

Connection::~Connection() noexcept { close(); }

std::vector<Column> Describe(const Connection& connection, const std::string& sql) {
  PGconn* const at = Of(connection);
  const Answer prepared = Take(PQprepare(at, "", sql.c_str(), 0, nullptr));
  if (PQresultStatus(prepared.get()) != PGRES_COMMAND_OK) Throw(at, prepared.get(), sql);
  const Answer described = Take(PQdescribePrepared(at, ""));
  if (PQresultStatus(described.get()) != PGRES_COMMAND_OK) Throw(at, described.get(), sql);
  std::vector<Column> columns;
  for (int i = 0; i < PQnfields(described.get()); ++i) {
    columns.push_back({PQfname(described.get(), i), PQftype(described.get(), i)});
  }
  return columns;
}

int64_t RunByRow(const Connection& connection, const std::string& sql, const std::vector<std::string>& parameters,
                 const std::function<void(const Cells&)>& row) {
  PGconn* const at = Of(connection);
  std::vector<const char*> values;
  for (const std::string& parameter : parameters) values.push_back(parameter.c_str());
  if (PQsendQueryParams(at, sql.c_str(), static_cast<int>(values.size()), nullptr, values.data(), nullptr, nullptr,
                        0) != 1 ||
      PQsetSingleRowMode(at) != 1) {
    Throw(at, nullptr, sql);
  }
  int64_t changed = 0;
  Answer failed = Take(nullptr);
  Cells cells;
  for (Answer answer = Next(at); answer != nullptr; answer = Next(at)) {
    const PGresult* const one = answer.get();
    switch (PQresultStatus(one)) {
      case PGRES_SINGLE_TUPLE:
        cells.clear();
        for (int i = 0; i < PQnfields(one); ++i) {
          cells.emplace_back();
          if (PQgetisnull(one, 0, i) != 0) continue;
          cells.back() = std::string_view(PQgetvalue(one, 0, i), static_cast<size_t>(PQgetlength(one, 0, i)));
        }
        row(cells);
        break;
      case PGRES_TUPLES_OK:
      case PGRES_COMMAND_OK:
        changed = std::strtoll(PQcmdTuples(answer.get()), nullptr, 10);
        break;
      case PGRES_COPY_IN:  // it waits for ever for what is to be copied
      case PGRES_COPY_OUT:
      case PGRES_COPY_BOTH:
        throw pqxx::broken_connection();
      default:
        failed = std::move(answer);  // and what comes behind it, or the connection would be busy for ever
        break;
    }
  }
  if (failed != nullptr) Throw(at, failed.get(), sql);
  if (PQstatus(at) == CONNECTION_BAD) throw pqxx::broken_connection();
  return changed;
}

}  // namespace iff
