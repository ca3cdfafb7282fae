#include "harness/run/challenge.h"

#include <algorithm>
#include <vector>

namespace iff {

std::optional<std::map<std::string, std::string>> ParametersOf(std::string_view scheme, const std::string& challenge) {
  const bool long_enough = challenge.size() > scheme.size() && challenge[scheme.size()] == ' ';
  if (!long_enough || !EqualsIgnoreCase(std::string_view(challenge).substr(0, scheme.size()), scheme)) return {};
  std::map<std::string, std::string> parameters;
  for (size_t at = scheme.size() + 1; at < challenge.size();) {
    const size_t equals = challenge.find('=', at);
    if (equals == std::string::npos) break;
    const size_t begin = std::min(equals, challenge.find_first_not_of(" ,", at));
    std::string& value = parameters[challenge.substr(begin, equals - begin)];
    at = equals + 1;
    const bool quoted = at < challenge.size() && challenge[at] == '"';
    if (quoted) ++at;
    value.clear();
    for (; at < challenge.size() && (quoted ? challenge[at] != '"' : challenge[at] != ',' && challenge[at] != ' ');
         ++at) {
      if (quoted && challenge[at] == '\\' && at + 1 < challenge.size()) ++at;
      value += challenge[at];
    }
    ++at;
  }
  return parameters;
}

bool HasScheme(std::string_view scheme, const McpAnswer& answer) {
  const std::vector<std::string> fields = answer.headers.All("WWW-Authenticate");
  return std::any_of(fields.begin(), fields.end(), [&](const std::string& field) {
    return EqualsIgnoreCase(field.substr(0, scheme.size()), scheme);
  });
}

std::string ChallengeIn(std::string_view scheme, const McpAnswer& answer) {
  for (const std::string& field : answer.headers.All("WWW-Authenticate")) {
    if (ParametersOf(scheme, field)) return field;
  }
  return "";
}

}  // namespace iff
