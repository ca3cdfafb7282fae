#include "reports/remedy.h"

namespace iff {
namespace {

struct Advice {
  std::string_view suite;  // "" for any
  std::string_view word;   // in the check's id; "" for any
  std::string_view text;
};

// The first that fits decides; what is more particular stands first.
constexpr Advice kAdvice[] = {
    {"", "hs256", "Fix algorithm and key type together: a public key must never serve as an HMAC secret."},
    {"", "not-logged", "Keep tokens and credentials out of log lines: log an alias or a hash, never the value."},
    {"", "secret",
     "Send and record no credential: mask it where it enters, and let error messages carry a code "
     "instead of the dependency's own words."},
    {"", "connection-string",
     "Answer database errors with SQLSTATE and a sentence of your own; the driver's message "
     "may hold host, user and password."},
    {"", "not-passed-on",
     "Never send the caller's token on. Exchange it for one whose only audience is the next "
     "service (RFC 8693)."},
    {"", "stays-at-the-door",
     "Never send the caller's token on, not for a login either. Exchange it for one whose only "
     "audience is the next service (RFC 8693)."},
    {"", "opens-nothing-at-vault",
     "Bind Vault's role to an audience of its own, so that a token for the server opens "
     "nothing there."},
    {"", "says-when", "Answer 429 with Retry-After, counted from the moment the window ends."},
    {"", "not-starved",
     "Count each identity by itself: one budget per issuer and principal, no shared queue in front."},
    {"", "same-budget", "Count by issuer and principal, not by token, session or protocol revision."},
    {"rate_limit", "upstream",
     "Pass the upstream's limit on as a tool error that names it, with its waiting time; do "
     "not try again at once."},
    {"rate_limit", "", "Count requests per identity before any tool runs, on every transport, refused ones included."},
    {"", "challenge",
     "Answer 401 with WWW-Authenticate: Bearer, resource_metadata, and error only when a token was "
     "presented."},
    {"", "metadata",
     "Serve the protected resource metadata of RFC 9728 under its own path, built from configuration "
     "and not from the Host header."},
    {"", "scope", "Check the token's scopes for each tool before it runs; answer 403 naming all the scopes it takes."},
    {"", "needs-a-token", "Put authentication in front of every method, discovery and listings included."},
    {"", "session",
     "Take the identity from the token of each request; a session id is no credential, and it belongs "
     "to the identity that opened it."},
    {"", "alg-", "Accept only the algorithms you configured, chosen by the key and not by the token's header."},
    {"", "aud-", "Require the server's own identifier as a whole element of aud, compared byte for byte."},
    {"", "iss-", "Compare iss with the configured issuer byte for byte; neither normalise nor match by prefix."},
    {"", "azp-", "Accept tokens of the clients you know only; compare azp and client_id where both stand."},
    {"", "kid-",
     "Look kid up among the issuer's published keys and use it for nothing else; refuse what is no string."},
    {"", "jku", "Never fetch a key from where a token says it is; keys come from the configured issuer."},
    {"", "x5", "Never take a key from the token itself; keys come from the configured issuer."},
    {"", "jwk", "Never take a key from the token itself; keys come from the configured issuer."},
    {"", "crit", "Refuse a token whose crit names anything you do not carry out."},
    {"", "duplicate", "Refuse JSON with the same member twice; two readers must not see two values."},
    {"", "typ-", "Accept access tokens only: check typ, and refuse identity, refresh and logout tokens."},
    {"", "id-token", "Accept access tokens only: check typ, and refuse identity, refresh and logout tokens."},
    {"", "logout", "Accept access tokens only: check typ, and refuse identity, refresh and logout tokens."},
    {"", "refresh-token", "Accept access tokens only: check typ, and refuse identity, refresh and logout tokens."},
    {"", "cnf", "Refuse a sender-constrained token that comes without its proof."},
    {"", "dpop", "Refuse a proof that is presented as if it were the token."},
    {"", "signature", "Verify the signature over the exact bytes received, before any claim is read."},
    {"", "segments", "Take a token of exactly three base64url parts and nothing around them."},
    {"", "in-query", "Take the token from the Authorization header only (RFC 6750 section 2.1)."},
    {"", "in-body", "Take the token from the Authorization header only (RFC 6750 section 2.1)."},
    {"", "in-cookie", "Take the token from the Authorization header only (RFC 6750 section 2.1)."},
    {"", "at-once", "Refuse a request that presents a token in more than one way (RFC 6750 section 2)."},
    {"", "64k", "Limit the size of a token before anything is parsed."},
    {"", "remembered", "Keep no verdict about a token longer than the token itself is valid."},
    {"", "expire",
     "Compare exp with the clock on every request, with a leeway of seconds; what is remembered about a "
     "token ends with it."},
    {"", "exp-", "Require exp as a number, refuse what is none or out of range, and compare it on every request."},
    {"", "nbf-", "Refuse a token before its nbf, with a leeway of seconds."},
    {"", "iat-", "Refuse a token that was issued in the future."},
    {"", "not-yet-valid", "Refuse a token before its nbf, with a leeway of seconds."},
    {"", "rotation",
     "Fetch the issuer's keys again when an unknown kid turns up, at most every few seconds, and keep "
     "the old ones while they are published."},
    {"lifetime", "lease", "Fetch a new credential when the old one is refused, and keep none beyond its lease."},
    {"lifetime", "revoked", "Forget a credential as soon as it is refused; ask anew as the caller."},
    {"lifetime", "", "Let nothing remembered outlive the token or lease it came from."},
    {"", "is-named",
     "Tell a missing credential, a forbidden one and a broken dependency apart, each with a code of its "
     "own, and say what the caller can do."},
    {"", "told-from",
     "Tell a missing credential, a forbidden one and a broken dependency apart, each with a code of "
     "its own."},
    {"missing_credential", "",
     "When the caller has no credential, say so and stop: no upstream call, no default, "
     "nobody else's."},
    {"", "diagonal-is-full",
     "Somebody did not get what is theirs: compare what the secret store holds for them with "
     "what the server asked for."},
    {"", "grow", "Give back what was taken: tokens, leases, roles and connections must not grow with the calls."},
    {"", "share-one-login", "Join callers that wait for the same login: one in flight per identity."},
    {"isolation", "",
     "Keep everything that belongs to a caller under issuer and principal together: caches, "
     "connections, sessions, results. Never under a name, a token's prefix or a connection."},
    {"sessions", "",
     "Look a session up together with who asks, for calls, streams and its end alike; what is not theirs is "
     "not there. Judge token and scopes of every request, whatever the session was opened with."},
    {"cross_subject", "traversal", "Encode what callers send before it becomes part of a path or a query."},
    {"cross_subject", "jql", "Send what callers write as one quoted value, never as part of the query's text."},
    {"cross_subject", "statement", "Take one statement, in a read-only transaction, with the caller's own role."},
    {"cross_subject", "",
     "Fetch as the caller and let the layer that owns the thing refuse; what is not the caller's "
     "looks like what is not there."},
    {"", "recovers", "Keep no broken state: connect anew after a failure, and do not remember the failure."},
    {"", "noticed", "Give every call to a dependency a deadline below the caller's patience."},
    {"faults", "",
     "Fail closed: when a dependency does not answer, answer with an error that says which, and use "
     "nothing left over from anybody."},
    {"", "record", "Write one record for each decision, before the answer goes out, with principal, tool and reason."},
    {"audit", "", "Write one record for each decision, before the answer goes out, with principal, tool and reason."},
    {"tokens", "",
     "Refuse with 401 before any tool runs: verify form, algorithm, signature, issuer, audience and times, "
     "in this order, with one verifier for every door."},
    {"protocol", "", "Follow the clause for each revision the server announces; what it does not know, it refuses."},
    {"", "",
     "Compare what was expected with what was observed at both ends in the scenario's trace; the first "
     "exchange that differs is where to look."},
};

}  // namespace

std::string_view RemedyFor(std::string_view suite, std::string_view check) {
  for (const Advice& advice : kAdvice) {
    if ((advice.suite.empty() || advice.suite == suite) && check.find(advice.word) != std::string_view::npos) {
      return advice.text;
    }
  }
  return kAdvice[std::size(kAdvice) - 1].text;  // fits everything
}

std::string_view RemedyFor(const ScenarioResult& scenario, const Check& check) {
  if (check.verdict == Verdict::kErrored) {
    return "Nothing is known yet: mend what kept it from being judged, then run the scenario again.";
  }
  return RemedyFor(scenario.suite, check.id);
}

}  // namespace iff
