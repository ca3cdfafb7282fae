// What HTTP asks of a request before its message is looked at, the answers that say so, and the headers that mirror the
// message (2026-07-28, Streamable HTTP, "Request Metadata"). Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/net/http.h"
#include "servers/mcp/json_rpc.h"

namespace iff {

// A loopback name with or without port, or one of `allowed` ("host" for any port, or "host:port").
bool HostIsOurs(const HttpRequest& request, const std::vector<std::string>& allowed);

// No Origin, one of `allowed`, or the very authority in Host: a page of ours. Everything else is not.
bool OriginIsAllowed(const HttpRequest& request, const std::vector<std::string>& allowed);

// Exactly one Content-Type, application/json, in UTF-8, and no content coding.
bool CarriesJson(const HttpRequest& request);

struct Acceptance {
  bool json = true;
  bool events = true;  // text/event-stream
};
Acceptance ReadAccept(const HttpRequest& request);

HttpResponse Bodiless(int status);
// 405. `allowed`: the methods there are, "GET, HEAD" (RFC 9110 section 15.5.6).
HttpResponse MethodNotAllowed(const char* allowed);

// The value of a mirroring header: "=?base64?...?=" decoded, blanks around it dropped. Nothing if it has
// characters that no such header may have.
std::optional<std::string> DecodeMirrored(std::string_view value);

// A parameter that an "x-mcp-header" annotation in the input schema mirrors into Mcp-Param-{name}.
struct MirroredParameter {
  std::vector<std::string> path = {};  // property names from the root of the arguments
  std::string header = {};             // "Mcp-Param-Region"
};
std::vector<MirroredParameter> MirroredParameters(const Json& input_schema);

// Each says what is wrong with the headers of `request` next to `message`, as HeaderMismatch.
std::optional<RpcError> CheckMethodHeader(const HttpRequest& request, const Message& message);
std::optional<RpcError> CheckNameHeader(const HttpRequest& request, const Message& message);
std::optional<RpcError> CheckParameterHeaders(const HttpRequest& request, const Json& arguments,
                                              const std::vector<MirroredParameter>& mirrored);
RpcError HeaderMismatch(std::string message);

}  // namespace iff
