// The HTTP requests in what one client has sent over one connection, for whoever watched it pass.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/net/http.h"

namespace iff {

struct SentRequest {
  size_t end = 0;  // behind its last byte
  HttpRequest request = {};
};

struct SentRequests {
  std::vector<SentRequest> whole = {};
  // From the end of the last whole one on it is no HTTP, or nothing that is read in one way alone.
  bool strange = false;
};

// What follows the last whole request is one that is still being sent, unless it is strange.
SentRequests RequestsIn(std::string_view bytes);

}  // namespace iff
