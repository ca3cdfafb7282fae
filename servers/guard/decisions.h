// The decisions about a request after its caller is known, and how a refusal is said over HTTP. Whatever the transport,
// they are made here.
#pragma once

#include <optional>
#include <string>

#include "servers/guard/guard.h"

namespace iff {

// Authorization: the refusal (403) that names all that would do, or nothing.
std::optional<Denial> CheckScope(const Guard& guard, const Caller& caller, const std::string& scope);
// Limits: takes one from the caller's budget of `group`, or answers the refusal (429) that says when there will be one.
std::optional<Denial> TakeBudget(const Guard& guard, const Caller& caller, const std::string& group);

// The challenge: status, Retry-After and, where another credential could change the refusal, WWW-Authenticate.
HttpResponse RefusalHead(const Guard& guard, const Denial& denial);
// What the caller reads of it: constant text.
std::string RefusalText(const Denial& denial);

// The record: `method`, of a message or of HTTP, as the audit trail names it. As it is if some revision knows it, else
// "other": a word the sender made up has the length the sender likes, and is written before the sender is known.
std::string RecordedMethod(const std::string& method);

}  // namespace iff
