// Statements whose rows are handed over one by one, as they come: libpqxx 6 reads a result whole. For this folder's
// sources only; both libraries stay behind them.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <pqxx/pqxx>
#include <string>
#include <string_view>
#include <vector>

namespace iff {

// A connection of libpqxx of which libpq can be asked as well.
class Connection final : public pqxx::connection_base {
 public:
  explicit Connection(const std::string& parameters);
  ~Connection() noexcept;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // libpq's, as long as it is connected.
  pqxx::connectionpolicy::handle handle() const { return policy_.now; }

 private:
  struct Policy final : public pqxx::connect_direct {
    using pqxx::connect_direct::connect_direct;
    handle do_startconnect(handle orig) override { return now = pqxx::connect_direct::do_startconnect(orig); }
    handle now = nullptr;
  };
  Policy policy_;
};

struct Column {
  std::string name = {};
  pqxx::oid type = 0;
};

// What `sql` would yield; it is not carried out. Throws pqxx::sql_error, or pqxx::broken_connection.
std::vector<Column> Describe(const Connection& connection, const std::string& sql);

// The cells of a row as text; nothing where one is null. Good until the function that gets it returns.
using Cells = std::vector<std::optional<std::string_view>>;

// Carries out one statement with the extended protocol, in the transaction that is open; each row is handed to `row`.
// Answers how many rows it changed. One row is in memory at a time. Throws as above; `row` must not.
int64_t RunByRow(const Connection& connection, const std::string& sql, const std::vector<std::string>& parameters,
                 const std::function<void(const Cells&)>& row);

}  // namespace iff
