// From a result to a folder of reports that holds no secret.
#pragma once

#include <string>
#include <vector>

#include "harness/core/redact.h"
#include "harness/run/result.h"

namespace iff {

// Writes result.json, junit.xml, report.html, the recordings and the evidence into a folder beside `directory`, reads every one of them
// back through the leak gate, and only then gives the folder its name. With a leak nothing is published
// (kRefused naming aliases and files); a full disk is kSystem and leaves nothing behind either.
//
// Files that lie in `directory` already, and those of `also_read` (logs of components, core files), are read as
// well: none of them may hold a secret where a person would look next.
Result<void> Publish(const RunResult& run, const Redactor& redactor, const std::string& directory,
                     const std::vector<std::string>& also_read = {});

// Core files of a process that ended in one of these folders or below.
std::vector<std::string> CoreFiles(const std::vector<std::string>& folders);

}  // namespace iff
