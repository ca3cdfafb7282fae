// How a request is sent: the members that every step shares which sends something to a target.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "harness/steps/step.h"

namespace iff {

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
  std::string revision = {};    // of the protocol; "" for the current one
  std::string session_of = {};  // use the session of another credential
  std::string certificate_of =
      {};  // persona whose client certificate is shown; "nobody": none; "": the credential's own
  int64_t times = 1;
  std::chrono::milliseconds patience = std::chrono::seconds(10);  // for each answer
  // Ask again until every expectation is met or this has passed.
  std::chrono::milliseconds eventually = std::chrono::milliseconds(0);

  static Sending Read(StepReader& in, const std::string& at);
  // The members, as JSON Schema "properties".
  static std::string_view Schema();
  StepEffects Effects() const;
};

}  // namespace iff
