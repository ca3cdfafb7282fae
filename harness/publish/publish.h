// From a result to a folder of reports that holds no secret, and on to whoever else wants one of them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/redact.h"
#include "harness/core/secret_shapes.h"
#include "harness/run/result.h"
#include "reports/forms.h"

namespace iff {

struct PublishOptions {
  // Names of reports/forms.h; result.json is always among them.
  std::vector<std::string> forms = DefaultForms();
  // Form -> a further path for it: "junit" -> "/builds/junit.xml".
  std::map<std::string, std::string> copies = {};
  // Base address of an OpenTelemetry collector, "http://127.0.0.1:4318"; "" for none.
  std::string collector = {};
  // Files outside that are read as well (logs of components, core files): none may hold a secret where a person would
  // look next.
  std::vector<std::string> also_read = {};
  // The run was read from a file, so nobody here knows its secrets: what has one of these forms is taken for one.
  // Nothing: it was played here.
  std::optional<SecretShapes> stored = {};
};

// Writes the forms, the recordings and the evidence into a folder beside `directory`, reads every one of them, and
// what lies in `directory` already, back through the leak gate, and only then
// gives the folder its name, copies, and sends. With a leak nothing is published, copied or sent (kRefused naming
// aliases and files); a full disk is kSystem and leaves nothing behind either.
Result<void> Publish(const RunResult& run, const Redactor& redactor, const std::string& directory,
                     const PublishOptions& options = {});

// What a reader opens first of what was published there.
std::string FirstOf(const std::string& directory, const PublishOptions& options);

}  // namespace iff
