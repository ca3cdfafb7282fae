// Refusals before anything was done: of the token, of the proof of possession beside it, or of the request.
#pragma once

#include <string>
#include <variant>

#include "harness/conditions/condition.h"

namespace iff {

struct RefusesToken;
struct RefusesProof;
struct RefusesRequest;
using Refused = std::variant<RefusesToken, RefusesProof, RefusesRequest>;

// Refused before any tool ran: 401 with a challenge, and nothing of anybody in the answer.
// Of a strict target the challenge names invalid_token and the metadata, as it should.
struct RefusesToken {
  static const ConditionWord& Word();
  static Refused Read(StepReader& in, const std::string& at);
  ConditionNeeds Needs() const;
  std::string WhyNot(const Surroundings& around) const;
  Weighed Judged(const Judging& in) const;
};

// 401 with a challenge of the scheme DPoP that names the token or the proof (RFC 9449 section 7.1), and nothing of
// anybody.
struct RefusesProof {
  static const ConditionWord& Word();
  static Refused Read(StepReader& in, const std::string& at);
  ConditionNeeds Needs() const;
  std::string WhyNot(const Surroundings& around) const;
  Weighed Judged(const Judging& in) const;
};

// No result, and no failure of the server either: a refusal by HTTP or JSON-RPC, or the end of the connection.
struct RefusesRequest {
  static const ConditionWord& Word();
  static Refused Read(StepReader& in, const std::string& at);
  ConditionNeeds Needs() const;
  std::string WhyNot(const Surroundings& around) const;
  Weighed Judged(const Judging& in) const;
};

}  // namespace iff
