// From a result to a folder of reports that holds no secret.
#pragma once

#include <string>

#include "harness/core/redact.h"
#include "harness/run/result.h"

namespace iff {

// Writes result.json, junit.xml and report.html into a folder beside `directory`, reads every one of them
// back through the leak gate, and only then gives the folder its name. With a leak nothing is published
// (kRefused naming aliases and files); a full disk is kSystem and leaves nothing behind either.
Result<void> Publish(const RunResult& run, const Redactor& redactor, const std::string& directory);

}  // namespace iff
