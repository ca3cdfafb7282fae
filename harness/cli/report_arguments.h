// The arguments about reports that several commands have, and what they ask for.
#pragma once

#include <string>

#include "harness/cli/command.h"
#include "harness/publish/publish.h"

namespace iff {

void AddReportArguments(Options& options, Arguments& arguments);
void AddBaselineArgument(Options& options, Arguments& arguments);

// An unknown form is a usage error.
Result<void> CheckForms(const Options& options);
PublishOptions PublishOptionsFor(const Options& options);

// A path of whoever typed it, whichever process works with it.
std::string WhereTyped(const Options& options, const std::string& path);

}  // namespace iff
