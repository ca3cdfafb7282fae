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
// The answer carries the canary of each of these roles at the target's upstream.
struct Discloses {
  std::vector<std::string> roles = {};
};
// The answer, headers included, carries no canary and no credential of these roles; empty: of anybody but
// the caller.
struct Withholds {
  std::vector<std::string> roles = {};
};
// What a component that keeps a ledger was asked meanwhile.
struct UpstreamSaw {
  std::string component = {};
  std::optional<int64_t> calls = {};  // exactly
  std::optional<int64_t> at_least = {};
  std::string owner = {};  // role whose credential every call carried
};
// What a component's audit log says meanwhile.
struct Audited {
  std::string component = {};
  std::string owner = {};      // role as which it was done; "" any
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
  std::vector<std::string> roles = {};
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

// ---- steps: a closed set -------------------------------------------------------------------

// A real login; the credential gets a name.
struct ObtainStep {
  std::string name = {};
  std::string subject = {};
  std::optional<std::vector<std::string>> scopes = {};  // of the issuer; default: the target's, all
  std::string client = {};                              // default: the target's
  std::vector<std::string> also = {};                   // further scopes of the issuer
  bool bound = false;                                   // the token is bound to a key of its own (RFC 9449)
  std::string issuer = {};                              // the component; default: the target's issuer
};
struct ExchangeStep {
  std::string name = {};
  std::string from = {};
  std::string client = {};
  std::string audience = {};
};
// A token signed with the issuer's own key, or forged.
struct MintStep {
  std::string name = {};
  std::string from = {};
  std::string forge = {};        // an attack of the forge; or:
  bool to_certificate = false;   // bound to its owner's certificate (RFC 8705 section 3.1), and shown with it
  Json change = Json::object();  // claims; "+60s" and "-120s" are relative to now, null removes
  Json header = Json::object();
};
// How a credential is presented. kHeader: as it should be, with a proof where it is bound to a key; kBearer to
// kTwoProofs are for those, and say Bearer, DPoP, or DPoP with no proof or with two.
enum class Presentation {
  kHeader,
  kLowerCaseScheme,
  kQuery,
  kHeaderAndQuery,
  kBody,
  kCookie,
  kBasic,
  kTwice,
  kBare,
  kBearer,
  kDpop,
  kWithoutProof,
  kTwoProofs,
  kCertificateInFields  // no certificate, but the header fields in which proxies tell of one
};

struct Sending {
  std::string with = {};  // credential; "" for none
  Presentation as = Presentation::kHeader;
  std::string revision = {};        // of the protocol; "" for the current one
  std::string session_of = {};      // use the session of another credential
  std::string certificate_of = {};  // role whose client certificate is shown; "nobody": none; "": the credential's own
  int64_t times = 1;
  std::chrono::milliseconds patience = std::chrono::seconds(10);  // for each answer
  // Ask again until every expectation is met or this has passed.
  std::chrono::milliseconds eventually = std::chrono::milliseconds(0);
};
struct CallStep {
  Sending sending = {};
  std::string tool = {};       // a tool by name, or:
  std::string operation = {};  // what the target calls so
  std::string of = {};         // role whose thing is asked for
  std::optional<Json> arguments = {};
};
// tools/list, resources/list, prompts/list, server/discover: any method without side effect.
struct ListStep {
  Sending sending = {};
  std::string method = {};
};
struct ReadStep {
  Sending sending = {};
  std::string uri = {};
};
struct RotateStep {};
// Takes something away: sessions, account (both at the issuer), grants, entity (at the secret store), or
// credential (the holding for the target's upstream).
struct RevokeStep {
  std::string what = {};
  std::string subject = {};
};
struct WaitStep {
  std::chrono::milliseconds span = {};  // at most 200 ms
};
struct FaultStep {
  std::string component = {};
  std::string as =
      {};  // refuse, hold, delay, cut, sealed, garbage, huge, trickle, a status "503", or an SQLSTATE "53300"
  std::chrono::milliseconds delay = {};
  std::optional<uint64_t> after = {};  // with cut: bytes of the answer that still pass
  // Whom it meets, of the requests of HTTP or the start-ups of PostgreSQL; everybody where all of them are empty.
  std::string subject = {};                            // role: those that hold something of theirs
  std::string path = {};                               // requests whose target begins so
  uint64_t nth = 0;                                    // of those, the n-th from now on
  bool start_ups = false;                              // nothing but start-ups
  std::map<std::string, std::string> parameters = {};  // start-ups that have these, and that text in each
};
struct HealStep {
  std::string component = {};
};
// Sends the request of an earlier call again, byte for byte, with another credential if given.
struct ReplayStep {
  Sending sending = {};
  std::string label = {};
};
struct ProbeStep {
  std::string name = {};
  Json arguments = Json::object();
};
// The valid token, the forged one, the valid one again: an attack that is refused proves nothing where
// the valid twin is refused too. Of a proof: the valid token each time, with a wrong proof in the middle.
struct AttackStep {
  std::string attack = {};  // of the forge, a proof's or a request's
  std::string from = {};
  std::string operation = {};
};

using Action = std::variant<ObtainStep, ExchangeStep, MintStep, CallStep, ListStep, ReadStep, RotateStep, RevokeStep,
                            WaitStep, FaultStep, HealStep, ReplayStep, ProbeStep, AttackStep>;

struct Step {
  Action action = {};
  std::string label = {};
  std::vector<Expectation> expect = {};
  int line = 0;
};

struct GivenSubject {
  std::string role = {};
  std::string person = {};  // in the system file; the same as the role unless there are several of a kind
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
  std::vector<GivenSubject> subjects = {};
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
