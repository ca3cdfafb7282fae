// One line, one event, fields not prose.
//
//   Log(LogLevel::kInfo, "credential-fetched", {{"subject", sub}, {"target", "jira"}});
//   -> 2026-11-21T13:37:00.123Z info credential-fetched subject=9f… target=jira
//
// Values are quoted and control characters escaped, so a value cannot forge a second line.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace iff {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

using LogFields = std::initializer_list<std::pair<std::string_view, std::string>>;

void Log(LogLevel level, std::string_view event, LogFields fields = {});

// Lines below `level` are dropped. Default: kInfo.
void SetLogLevel(LogLevel level);

// `text` with control characters as \xNN and quotes escaped, in quotes when it holds a blank.
std::string LogQuote(std::string_view text);

}  // namespace iff
