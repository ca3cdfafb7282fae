// Waiting for a service to be up, for as long as it lives.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "harness/launch/service.h"
#include "harness/launch/service_spec.h"

namespace iff {

// What is waited for, in words: "GET http://127.0.0.1:4321/health to answer 200".
std::string Describe(const Readiness& ready);

// A death ends the wait at once. Errors name the service, what was waited for, how it ended and its
// last log lines: kUnavailable for a death, kTimeout otherwise.
Result<void> AwaitReady(const Service& service, const Readiness& ready, std::chrono::milliseconds within);

// The same for what only its user can find out; `awaited` is that in words. `probe` answers as Eventually wants it.
Result<void> AwaitReady(const Service& service, std::string_view awaited, std::chrono::milliseconds within,
                        const std::function<Result<bool>()>& probe);

// What is told of a service that is in trouble, to be added to a message: "; likely cause: ...; its last log lines:
// ...". Of the end of its log, kLastWordsFrom lines of it, the last 15 are shown that are not frames of a stack trace.
std::string LastWords(const Service& service);
std::string LastWords(std::string_view log_tail);
inline constexpr size_t kLastWordsFrom = 300;

// `trouble`, which was had with a service that had been started: with how it ended, if it did, and its last words; as
// it is when the input was wrong.
Error WithLastWords(const Service& service, const Error& trouble);

}  // namespace iff
