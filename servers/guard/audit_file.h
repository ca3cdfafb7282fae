// The audit trail as a file: one JSON object a line, mode 0600, each line naming the hash of the one
// before, so that a changed, dropped or reordered line is seen.
//
//   {"seq":2,"time":"...","outcome":"denied","reason":"expired",...,"previous":"<hex>","hash":"<hex>"}
//
// `hash` is the SHA-256 of `previous` and the line's text up to the comma before "hash". The first line
// of a file has 64 zeros as `previous`.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "harness/core/clock.h"
#include "harness/core/result.h"
#include "servers/guard/guard.h"

namespace iff {

struct AuditFileOptions {
  std::string path = {};
  // Wait until each line is on disk. Default: false, the page cache survives a crash of ours.
  bool fsync = false;
};

// Opens the file for appending and goes on with the chain that is in it, after its last line that belongs to one. A
// half line at its end, left by a crash, is ended and stays visible as a broken line. kInvalidInput: no regular file,
// or one that is open here or in another process already: one writer a file.
//
// A line is bounded: a text of more than 4,096 bytes is cut and ends with "...".
Result<std::shared_ptr<AuditTrail>> OpenAuditFile(const AuditFileOptions& options, const Clock& clock);

// `trail`, for several threads: one record after the other, as one chain wants it.
std::shared_ptr<AuditTrail> OneAfterTheOther(std::shared_ptr<AuditTrail> trail);

// The number of lines, or kRefused naming the first line that does not fit its chain.
Result<uint64_t> VerifyAuditFile(const std::string& path);

}  // namespace iff
