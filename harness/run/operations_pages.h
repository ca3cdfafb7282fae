// Where servers have pages for whoever looks after them: health, metrics, what frameworks and their debuggers serve.
#pragma once

#include <string>
#include <vector>

namespace iff {

// `own`: the path of the endpoint, beside which some have pages of their own.
std::vector<std::string> OperationsPages(const std::string& own);

}  // namespace iff
