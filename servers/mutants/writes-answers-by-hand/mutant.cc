#include <string>
#include <string_view>

#include "servers/http/seams.h"

namespace iff {

Seams WritesAnswersByHand() {
  Seams seams;
  seams.on_response = [](const HttpRequest&, HttpResponse& response) {
    constexpr std::string_view kEscaped = "\\u001b";
    for (size_t at = response.body.find(kEscaped); at != std::string::npos; at = response.body.find(kEscaped, at)) {
      response.body.replace(at, kEscaped.size(), "\x1b");
    }
  };
  return seams;
}

}  // namespace iff
