// RFC 7662: whether the issuer still stands by a token that was verified. Asked in addition to the verification, never
// instead of it: a token the inner guard refuses is never sent anywhere, and who the caller is comes from the token.
//
//   request ──► inner guard: signature, claims, times ──► the issuer: "is it active?" ──► tools
//
// Without it a session ended at the issuer, or an account disabled there, is noticed when the token expires.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "harness/core/clock.h"
#include "harness/core/secret.h"
#include "harness/jose/token.h"
#include "harness/net/endpoint.h"
#include "harness/net/event_loop.h"
#include "harness/net/http.h"
#include "servers/guard/guard.h"
#include "servers/guard/metrics.h"

namespace iff {

enum class Activity {
  kActive,
  kInactive,  // the issuer says so: ended, revoked, or none of its own
  kDiffers,   // active, but another token than the one that was verified
  kUnknown,   // no answer, or none that RFC 7662 section 2.2 would call one: nothing is known
};

// Pure. Active is `active: true` and nothing else. Of iss, sub, client_id, aud (in any order), exp and cnf, all of
// which may be missing, those that are there say what `claims` say.
Activity JudgeIntrospection(const Result<HttpResponse>& answer, const Claims& claims);
using IntrospectionJudge = std::function<Activity(const Result<HttpResponse>&, const Claims&)>;

struct IntrospectionOptions {
  Url url = {};  // the introspection endpoint
  // Ourselves, by HTTP Basic (RFC 6749 section 2.3.1).
  std::string client_id = {};
  Secret client_secret = {};
  // For how long an active token is not asked about again; 0: asked at every request. Counted from the question, and
  // never past the token's exp. This is how long a revocation may go unnoticed. Default: 10 s.
  std::chrono::seconds ttl = std::chrono::seconds(10);
  // A whole question. Default: 3 s, as for the keys.
  std::chrono::milliseconds timeout = std::chrono::seconds(3);
  // Tokens remembered at once, by their SHA-256. Default: 10'000.
  size_t kept = 10'000;
  // Largest answer. Default: 64 KiB.
  size_t body_limit = size_t{64} << 10;
  IntrospectionJudge judge = JudgeIntrospection;
};

// `inner`, and then the issuer. Only active tokens are remembered. Requests with one token share one question, unless
// it was put so long ago that its answer would not be kept any more. Denials, beside those of `inner`:
//
//   401 invalid_token, as of any bad token    reasons "revoked", "introspection_differs"
//   503 with Retry-After                      reason "introspection_unavailable": our own client being refused included
//
// `loop`, `metrics` and `clock` outlive it.
std::shared_ptr<Authenticator> MakeIntrospectingAuthenticator(std::shared_ptr<Authenticator> inner, EventLoop& loop,
                                                              IntrospectionOptions options, Metrics& metrics,
                                                              const Clock& clock);

}  // namespace iff
