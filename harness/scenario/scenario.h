// The test as data: steps taken as somebody, and what should be seen after each at both ends.
// docs/scenario-format.md describes the files; this is what they become.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "harness/core/json.h"
#include "harness/steps/all.h"

namespace iff {

// ---- expectations: a closed set ------------------------------------------------------------

// The tool ran and said so: HTTP 200, a result, no isError.
struct ToolSucceeds {};
// The tool's result has isError and one of these codes (any when empty).
struct ToolFails {
  std::vector<std::string> codes = {};
};
struct HttpStatusIs {
  std::vector<int> statuses = {};
};
// A WWW-Authenticate of RFC 6750 and RFC 9728: with this error ("" for none), with resource_metadata, and
// with a scope when `scoped`.
struct Challenges {
  std::string error = {};
  bool scoped = false;
};
// Refused before any tool ran: 401 with a challenge, and nothing of anybody in the answer.
// Of a strict target the challenge names invalid_token and the metadata, as it should.
struct RefusesToken {};
// 401 with a challenge of the scheme DPoP that names the token or the proof (RFC 9449 section 7.1), and nothing of
// anybody.
struct RefusesProof {};
// No result, and no failure of the server either: a refusal by HTTP or JSON-RPC, or the end of the connection.
struct RefusesRequest {};
struct RpcErrorIs {
  std::vector<int64_t> codes = {};
};
// The answer carries the canary of each of these personas at the target's upstream.
struct Discloses {
  std::vector<std::string> personas = {};
};
// The answer, headers included, carries no canary and no credential of these personas; empty: of anybody but
// the caller.
struct Withholds {
  std::vector<std::string> personas = {};
};
// What a component that keeps a ledger was asked meanwhile.
struct UpstreamSaw {
  std::string component = {};
  std::optional<int64_t> calls = {};  // exactly
  std::optional<int64_t> at_least = {};
  std::string owner = {};  // persona whose credential every call carried
};
// What a component's audit log says meanwhile.
struct Audited {
  std::string component = {};
  std::string owner = {};      // persona as which it was done; "" any
  std::string operation = {};  // "read", "login", ...; "" any
  std::string path = {};       // contained in the path; "" any
  std::optional<bool> allowed = {};
  std::optional<int64_t> times = {};
  std::optional<int64_t> at_least = {};
};
// None of the scenario's credentials occurs there.
struct NoSecretIn {
  std::vector<std::string> places = {};  // "answer", "log", "audit", "upstream"
};
struct Within {
  std::chrono::milliseconds span = {};
};
struct HeaderIs {
  std::string name = {};
  std::string contains = {};  // "" for "is there"
};
struct AnswerSays {
  std::string text = {};
  bool absent = false;
};
// The answer names these people by account, id or address; or, when `absent`, none of them.
struct NamesPeople {
  std::vector<std::string> personas = {};
  bool absent = false;
};
// Of the names listed by tools/list; an operation stands for the target's tool.
struct Lists {
  std::vector<std::string> shown = {};
  std::vector<std::string> hidden = {};
};
// A count of a component's resources after the step, compared with the one before the scenario.
struct CountGrows {
  std::string component = {};
  std::string what = {};
  int64_t at_most = 0;
};
// A finding of the step's probe, by name.
struct ProbeFinds {
  std::string finding = {};
};
// Of `times` calls: how many succeeded, and how many were answered with a status.
struct Tally {
  std::string what = {};  // "succeeded" or "429"
  std::optional<int64_t> exactly = {};
  std::optional<int64_t> at_least = {};
  std::optional<int64_t> at_most = {};
};

using Condition = std::variant<ToolSucceeds, ToolFails, HttpStatusIs, Challenges, RefusesToken, RefusesProof,
                               RefusesRequest, RpcErrorIs, Discloses, Withholds, UpstreamSaw, Audited, NoSecretIn,
                               Within, HeaderIs, AnswerSays, Lists, CountGrows, ProbeFinds, Tally, NamesPeople>;

struct Expectation {
  std::string check = {};  // id, the same whether it is met or not
  bool must = true;        // level: must or should
  std::string clause = {};
  Condition condition = {};
  int line = 0;
  // No clause demands it: only who claims to be strict is held to it.
  bool strict = false;
};

// ---- steps: a closed set, harness/steps/all.h -----------------------------------------------

struct Step {
  Action action = {};
  std::string label = {};
  std::vector<Expectation> expect = {};
  int line = 0;
};

struct GivenPrincipal {
  std::string persona = {};
  std::string person = {};  // in the system file; the same as the persona unless there are several of a kind
  std::optional<std::vector<std::string>> holds = {};  // default: as the system file says
};

struct Scenario {
  std::string id = {};     // "lifetime/expired-token@jira"
  std::string suite = {};  // "lifetime"
  std::string title = {};
  std::string target = {};  // "jira"; "" for none
  std::string file = {};
  std::vector<std::string> tags = {};
  // Runs alone: it disturbs something every scenario shares.
  bool exclusive = false;
  std::vector<GivenPrincipal> principals = {};
  std::map<std::string, std::string> settings = {};  // by the names the system file gives them
  bool tls = false;                                  // the target speaks TLS, and everybody has a client certificate
  std::map<std::string, std::string> relaxed = {};   // the same; left out where the target does not know them
  std::vector<Step> steps = {};
  // As it stood in the file, for this target alone; null if it was not read from one.
  Json source = {};
};

struct Suite {
  std::string name = {};
  std::string claim = {};  // first lines of its README
  std::vector<Scenario> scenarios = {};
};

}  // namespace iff
