// Waiting for a service to be up, for as long as it lives.
#pragma once

#include "harness/launch/service.h"
#include "harness/launch/service_spec.h"

namespace iff {

// What is waited for, in words: "GET http://127.0.0.1:4321/health to answer 200".
std::string Describe(const Readiness& ready);

// A death ends the wait at once. Errors name the service, what was waited for, how it ended and its
// last log lines: kUnavailable for a death, kTimeout otherwise.
Result<void> AwaitReady(const Service& service, const Readiness& ready, std::chrono::milliseconds within);

}  // namespace iff
