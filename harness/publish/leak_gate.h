// The last look before anything is published: does this text hold a secret, however its form has escaped it?
#pragma once

#include <string_view>
#include <vector>

#include "harness/core/redact.h"

namespace iff {

// As Redactor::Scan, and once more behind the escapes that the forms use, one inside the other: character
// references of HTML, XML and Markdown, \u0041 and \/ of JSON, backslashes, %41, and broken lines. An offset
// is then one in the unescaped text.
std::vector<Redactor::Leak> FindLeaks(std::string_view text, const Redactor& redactor);

// "alice.jira.token (plain), bob.password (hex)"
std::string Named(const std::vector<Redactor::Leak>& leaks);

}  // namespace iff
