// The database server: statements, connections, logins.
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "harness/core/json.h"
#include "servers/mutants/guards.h"
#include "servers/mutants/mutant.h"
#include "servers/mutants/rules.h"
#include "servers/postgres/statement.h"

namespace iff {
namespace {

// -- takes-any-arguments

Json PerhapsMeant(const Json& value) {
  if ((value.is_array() || value.is_object()) && !value.empty()) return PerhapsMeant(*value.begin());
  if (!value.is_string()) return Dump(value);
  const std::string text = value.get<std::string>();
  return std::string(text.c_str());
}

// -- works-on-for-whoever-hung-up

Task<ToolResult> Unheard(std::function<Task<ToolResult>(ToolCall)> run, ToolCall call) {
  call.conversation = nullptr;
  ToolResult result = co_await run(std::move(call));
  co_return result;
}

}  // namespace

Family SqlMutants() {
  Family family{.name = "sql",
                .suites = {"audit", "cross_subject", "isolation", "missing_credential", "lifetime", "protocol",
                           "rate_limit", "tokens/scopes", "tokens/effects", "tokens/presenting"}};

  // What it then tells includes the rows that row security left out. Asked with a guess at what stands in one, it
  // says whether the guess is right.
  family.Add({.name = "counts-what-it-explains",
              .fault = "A statement that is explained may be carried out for it.",
              .targets = {"postgres"},
              .suites = {"cross_subject"}},
             [](Hooks& hooks) {
               hooks.judge_sql = [](const std::string& sql, bool may_write) {
                 return sql.starts_with("EXPLAIN") ? std::nullopt : JudgeStatement(sql, may_write);
               };
             });

  // Address, name and settings, as the driver has them.
  family.Add({.name = "errors-name-the-connection",
              .fault = "An error of the database names the connection it happened on.",
              .targets = {"postgres"},
              .suites = {"cross_subject/rows"}},
             [](Hooks& hooks) {
               hooks.decorate_error = [](Failure& failure, const std::string& detail) {
                 if (failure.code == "database_error")
                   failure.message += ": " + detail + " sslmode=prefer password=********";
               };
             });

  // A few statements that sleep, and nobody else gets a connection.
  family.Add({.name = "gives-statements-too-long",
              .fault = "A statement gets eight seconds, whatever limit is set.",
              .targets = {"postgres"},
              .suites = {"cross_subject/sql-limits"}},
             [](Hooks& hooks) {
               hooks.adjust_settings = [](Settings& settings) { settings["IFF_SQL_TIMEOUT_MS"] = "8000"; };
             });

  // Whoever counts what came believes that it is all there is.
  family.Add({.name = "hides-that-rows-are-missing",
              .fault = "That rows were left out is not told.",
              .targets = {"postgres"},
              .suites = {"cross_subject/sql-limits"}},
             [](Hooks& hooks) {
               hooks.adjust_result = [](ToolResult& result, const Caller&) {
                 if (result.structured.is_object() && result.structured.contains("truncated"))
                   result.structured["truncated"] = false;
               };
             });

  // Nothing is mixed up and every call is answered, until the database has no place left for anybody.
  family.Add({.name = "hoards-connections",
              .fault = "A new connection is opened although one lies idle.",
              .targets = {"postgres"},
              .suites = {"isolation/nothing-grows", "isolation/own-things", "lifetime"}},
             [](Hooks& hooks) { hooks.sql_rules = HoardsConnections(); });

  family.Add({.name = "keeps-session-state",
              .fault = "A connection is not cleaned between two statements.",
              .targets = {"postgres"}},
             [](Hooks& hooks) { hooks.sql_rules = KeepsSessionState(); });

  // Tokens, leases, roles and connections pile up until something breaks.
  family.Add({.name = "leaks-leases",
              .fault = "Each call logs in anew and nothing is given back.",
              .targets = {"postgres"},
              // As connections are closed later than the next ones are opened, until there are no more; and as on a
              // busy machine each call takes so long that the budget has grown again before it is used up.
              .sometimes = {"above-the-limit-refuses", "connections-do-not-grow", "every-one-succeeded"}},
             [](Hooks& hooks) {
               hooks.wrap_store = GivingNothingBack;
               hooks.adjust_expiry = [](const Caller&, int64_t) { return int64_t{0}; };  // over at once
             });

  family.Add(
      {.name = "multi-statement-sql", .fault = "Several statements may come in one text.", .targets = {"postgres"}},
      [](Hooks& hooks) {
        hooks.judge_sql = [](const std::string&, bool) { return std::optional<std::string>(); };
        hooks.sql_rules = TakesManyStatements();
      });

  // What a login can do is stopped twice, at the server and by the database. Both are open here: behind one of them
  // alone nobody gets through.
  family.Add({.name = "opens-the-database-wide",
              .fault = "Every statement is run, by a login that may do everything.",
              .targets = {"postgres"},
              .suites = {"cross_subject/rows"},
              .system = {"postgres.misconfiguration=powerful-logins"}},
             [](Hooks& hooks) {
               hooks.judge_sql = [](const std::string&, bool) { return std::optional<std::string>(); };
               hooks.sql_rules = WritesForEverybody();
             });

  // Nothing gets in that should not. Whoever looks for a text with a semicolon in it is refused, and somebody will
  // take the rule out again.
  family.Add({.name = "refuses-every-semicolon",
              .fault = "Statements are told apart by semicolons alone, wherever they stand.",
              .targets = {"postgres"},
              .suites = {"cross_subject/sql-quoting"}},
             [](Hooks& hooks) {
               hooks.judge_sql = [](const std::string& sql, bool) {
                 return sql.find(';') == std::string::npos ? std::nullopt
                                                           : std::optional<std::string>("one statement at a time");
               };
             });

  // The caller is locked out until the server restarts.
  family.Add({.name = "revoked-lease-still-used",
              .fault = "A database login that was revoked is used again and again.",
              .targets = {"postgres"}},
             [](Hooks& hooks) { hooks.credential_rules = KeepsWhatEnded(); });

  // Whoever reads the answer believes that all of them were.
  family.Add({.name = "runs-the-first-statement-only",
              .fault = "Of several statements the first is run, and the others are passed over.",
              .targets = {"postgres"},
              .suites = {"cross_subject/rows"}},
             [](Hooks& hooks) {
               hooks.adjust_offer = [](Offer& offer) {
                 for (Tool& tool : offer.tools) {
                   tool.run = [run = tool.run](ToolCall call) {
                     const std::string query = AtOr<std::string>(call.arguments, "/query", "");
                     if (!query.empty()) call.arguments["query"] = query.substr(0, query.find(';'));
                     return run(std::move(call));
                   };
                 }
               };
             });

  // Row security asks who is connected, and it is somebody else.
  family.Add({.name = "shared-connections",
              .fault = "Connections to the database are lent to whoever comes next.",
              .targets = {"postgres"},
              .also = {"crowd", "noninterference", "authorization"}},
             [](Hooks& hooks) { hooks.sql_rules = SharesConnections(); });

  // The first of a list, the first member of an object, a number as text, and text up to its first zero byte.
  family.Add({.name = "takes-any-arguments",
              .fault = "Arguments are not held to their schema, but made into what they might have meant.",
              .targets = {"postgres"},
              .suites = {"cross_subject/sql-arguments"}},
             [](Hooks& hooks) {
               hooks.adjust_offer = [](Offer& offer) {
                 for (Tool& tool : offer.tools) {
                   tool.input_schema = Json{{"type", "object"}};
                   tool.run = [run = tool.run](ToolCall call) {
                     for (Json& value : call.arguments) value = PerhapsMeant(value);
                     return run(std::move(call));
                   };
                 }
               };
             });

  // Vault refuses the role: nobody gets anything.
  family.Add({.name = "username-decides-role",
              .fault = "The database role is named by the token, not by the entity Vault knows.",
              .targets = {"postgres"},
              .also = {"crowd"}},
             [](Hooks& hooks) {
               hooks.database_role = [](const Caller& caller, const std::string&) { return caller.claims.username; };
             });

  // Statements run to their end for nobody; a few of them are all that a database can do.
  family.Add({.name = "works-on-for-whoever-hung-up",
              .fault = "A tool does not hear that its caller has gone.",
              .targets = {"postgres"},
              .suites = {"behind/hang-up"}},
             [](Hooks& hooks) {
               hooks.adjust_offer = [](Offer& offer) {
                 for (Tool& tool : offer.tools) {
                   tool.run = [run = tool.run](ToolCall call) { return Unheard(run, std::move(call)); };
                 }
               };
             });

  // The database says that its owner may not read the table, as if that were the statement's fault, and goes on
  // saying so until nobody has called for half a minute.
  family.Add({.name = "works-under-dropped-roles",
              .fault = "A connection that is kept is used although the database dropped its role.",
              .targets = {"postgres"},
              .suites = {"revocation", "lifetime/leases", "lifetime/lease-of-disabled"}},
             [](Hooks& hooks) { hooks.sql_rules = AsksForNoRole(); });

  return family;
}

}  // namespace iff
