// What a careless proxy makes of a request before the server reads it.
#pragma once

#include <algorithm>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "servers/http/hooks.h"

namespace iff {

// The first line is the request line, the others are fields; a line ends only with a whole line end, and a folded one
// is one line.
using TidyLines = std::function<void(std::vector<std::string>& lines)>;
Hooks Tidying(TidyLines lines, std::function<void(std::string& body)> body = {});

bool IsField(std::string_view line, std::string_view name);

}  // namespace iff
