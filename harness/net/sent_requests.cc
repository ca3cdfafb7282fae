#include "harness/net/sent_requests.h"

#include <utility>

#include "harness/net/request_parser.h"

namespace iff {

SentRequests RequestsIn(std::string_view bytes) {
  SentRequests sent;
  for (size_t at = 0; at < bytes.size();) {
    SentRequest next;
    RequestParser parser(next.request, {size_t{64} << 10, size_t{64} << 20});
    for (size_t taken = 1; taken > 0 && at < bytes.size() && !parser.done() && !parser.refusal(); at += taken) {
      taken = parser.Take(bytes.substr(at));
    }
    sent.strange = parser.refusal().has_value();
    if (!parser.done() || sent.strange) break;
    next.end = at;
    sent.whole.push_back(std::move(next));
  }
  return sent;
}

}  // namespace iff
