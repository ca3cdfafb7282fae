#include "servers/http/http_rules.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "harness/core/bytes.h"

namespace iff {
namespace {

constexpr std::string_view kSentinelBegin = "=?base64?";
constexpr std::string_view kSentinelEnd = "?=";

std::string_view Trim(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const size_t at = text.find(separator);
    parts.push_back(Trim(text.substr(0, at)));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

bool IsPort(std::string_view text) {
  return !text.empty() && text.size() <= 5 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// "host[:port]" without its port, or nothing if it is not that.
std::optional<std::string_view> HostName(std::string_view authority) {
  size_t end = authority.starts_with('[') ? authority.find(']') + 1 : authority.find(':');
  if (end == 0) return std::nullopt;  // '[' without ']'
  end = std::min(end, authority.size());
  const std::string_view rest = authority.substr(end);
  if (!rest.empty() && (rest[0] != ':' || !IsPort(rest.substr(1)))) return std::nullopt;
  if (end == 0) return std::nullopt;
  return authority.substr(0, end);
}

bool IsLoopback(std::string_view host) {
  return EqualsIgnoreCase(host, "localhost") || host == "127.0.0.1" || host == "[::1]";
}

// The parser is strict about it; quotes and backslashes would end or escape, so they are left out.
bool IsUtf8(std::string text) {
  std::erase_if(text, [](char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20; });
  return ParseJson("[\"" + text + "\"]").ok();
}

bool IsToken(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

std::optional<double> Number(std::string_view text) {
  double number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || end != text.data() + text.size() || !std::isfinite(number)) return std::nullopt;
  return number;
}

bool SameValue(const std::string& header, const Json& value) {
  if (value.is_string()) return header == value.get_ref<const std::string&>();
  if (value.is_boolean()) return header == (value.get<bool>() ? "true" : "false");
  if (value.is_number_integer() && header == Dump(value)) return true;  // exact beyond 2^53, too
  if (value.is_number()) return Number(header) == value.get<double>();
  return false;
}

void CollectMirrored(const Json& schema, std::vector<std::string>& path, std::vector<MirroredParameter>& found) {
  const auto properties = schema.find("properties");
  if (properties == schema.end() || !properties->is_object() || path.size() > 16) return;
  for (const auto& [name, property] : properties->items()) {
    if (!property.is_object()) continue;
    path.push_back(name);
    const auto header = property.find("x-mcp-header");
    if (header != property.end() && header->is_string() && IsToken(header->get_ref<const std::string&>())) {
      found.push_back({.path = path, .header = "Mcp-Param-" + header->get<std::string>()});
    }
    CollectMirrored(property, path, found);
    path.pop_back();
  }
}

// The one value of `name`, decoded; a reason otherwise.
Result<std::string, RpcError> OneMirrored(const HttpRequest& request, const std::string& name) {
  const std::vector<std::string> values = request.headers.All(name);
  if (values.empty()) return HeaderMismatch("header missing: " + name);
  if (values.size() > 1) return HeaderMismatch("header repeated: " + name);
  std::optional<std::string> value = DecodeMirrored(values[0]);
  if (!value) return HeaderMismatch("header malformed: " + name);
  return std::move(*value);
}

}  // namespace

bool HostIsOurs(const HttpRequest& request, const std::vector<std::string>& allowed) {
  const std::vector<std::string> hosts = request.headers.All("Host");
  if (hosts.size() != 1) return false;
  const std::optional<std::string_view> name = HostName(hosts[0]);
  if (!name) return false;
  return IsLoopback(*name) || std::any_of(allowed.begin(), allowed.end(), [&](const std::string& one) {
           return EqualsIgnoreCase(one, *name) || EqualsIgnoreCase(one, hosts[0]);
         });
}

bool OriginIsAllowed(const HttpRequest& request, const std::vector<std::string>& allowed) {
  const std::vector<std::string> origins = request.headers.All("Origin");
  if (origins.empty()) return true;
  if (origins.size() > 1) return false;
  const std::string& origin = origins[0];
  if (std::find(allowed.begin(), allowed.end(), origin) != allowed.end()) return true;
  const std::string host = request.headers.Get("Host");
  const std::optional<std::string_view> name = HostName(host);
  // One port speaks one of both; a page that came from it over TLS may ask it as one that came without.
  return name && IsLoopback(*name) &&
         (EqualsIgnoreCase(origin, "http://" + host) || EqualsIgnoreCase(origin, "https://" + host));
}

bool CarriesJson(const HttpRequest& request) {
  const std::vector<std::string> types = request.headers.All("Content-Type");
  if (types.size() != 1) return false;
  const std::vector<std::string> codings = request.headers.All("Content-Encoding");
  if (std::any_of(codings.begin(), codings.end(),
                  [](const auto& c) { return !EqualsIgnoreCase(Trim(c), "identity"); })) {
    return false;
  }
  const std::vector<std::string_view> parts = Split(types[0], ';');
  if (!EqualsIgnoreCase(parts[0], "application/json")) return false;
  return std::all_of(parts.begin() + 1, parts.end(), [](std::string_view parameter) {
    const std::vector<std::string_view> pair = Split(parameter, '=');
    if (!EqualsIgnoreCase(pair[0], "charset")) return true;
    return pair.size() == 2 && (EqualsIgnoreCase(pair[1], "utf-8") || EqualsIgnoreCase(pair[1], "\"utf-8\""));
  });
}

Acceptance ReadAccept(const HttpRequest& request) {
  const std::vector<std::string> fields = request.headers.All("Accept");
  if (fields.empty()) return {};  // RFC 9110 section 12.5.1: anything will do
  Acceptance seen{.json = false, .events = false};
  for (const std::string& field : fields) {
    for (const std::string_view range : Split(field, ',')) {
      const std::vector<std::string_view> parts = Split(range, ';');
      const bool refused = std::any_of(parts.begin() + 1, parts.end(), [](std::string_view parameter) {
        const std::vector<std::string_view> pair = Split(parameter, '=');
        return pair.size() == 2 && EqualsIgnoreCase(pair[0], "q") && Number(pair[1]) == 0.0;
      });
      if (refused) continue;
      const std::string_view type = parts[0];
      const bool any = type == "*/*";
      if (any || EqualsIgnoreCase(type, "application/json") || EqualsIgnoreCase(type, "application/*"))
        seen.json = true;
      if (any || EqualsIgnoreCase(type, "text/event-stream") || EqualsIgnoreCase(type, "text/*")) seen.events = true;
    }
  }
  return seen;
}

HttpResponse Bodiless(int status) { return {.status = status}; }

HttpResponse MethodNotAllowed(const char* allowed) {
  HttpResponse response = Bodiless(405);
  response.headers.Add("Allow", allowed);
  return response;
}

std::optional<std::string> DecodeMirrored(std::string_view value) {
  value = Trim(value);
  const bool plain =
      std::all_of(value.begin(), value.end(), [](char c) { return c == '\t' || (c >= ' ' && c <= '~'); });
  if (!plain) return std::nullopt;
  const bool encoded = value.size() >= kSentinelBegin.size() + kSentinelEnd.size() &&
                       value.starts_with(kSentinelBegin) && value.ends_with(kSentinelEnd);
  if (!encoded) return std::string(value);
  value.remove_prefix(kSentinelBegin.size());
  value.remove_suffix(kSentinelEnd.size());
  Result<std::string> decoded = DecodeBase64(value);
  if (!decoded.ok() || !IsUtf8(decoded.value())) return std::nullopt;
  return std::move(decoded).value();
}

std::vector<MirroredParameter> MirroredParameters(const Json& input_schema) {
  std::vector<MirroredParameter> found;
  std::vector<std::string> path;
  CollectMirrored(input_schema, path, found);
  return found;
}

RpcError HeaderMismatch(std::string message) {
  return {.code = rpc::kHeaderMismatch, .message = "header mismatch: " + std::move(message), .status = 400};
}

std::optional<RpcError> CheckMethodHeader(const HttpRequest& request, const Message& message) {
  const std::vector<std::string> values = request.headers.All("Mcp-Method");
  if (values.empty()) return HeaderMismatch("header missing: Mcp-Method");
  if (values.size() > 1) return HeaderMismatch("header repeated: Mcp-Method");
  if (Trim(values[0]) != message.method) return HeaderMismatch("Mcp-Method differs from the message");
  return std::nullopt;
}

std::optional<RpcError> CheckNameHeader(const HttpRequest& request, const Message& message) {
  const char* member = message.method == "resources/read" ? "uri" : "name";
  if (message.method != "tools/call" && message.method != "prompts/get" && message.method != "resources/read") {
    return std::nullopt;
  }
  const Result<std::string, RpcError> value = OneMirrored(request, "Mcp-Name");
  if (!value.ok()) return value.error();
  const auto named = message.params.find(member);
  if (named == message.params.end() || *named != value.value()) {
    return HeaderMismatch("Mcp-Name differs from the message");
  }
  return std::nullopt;
}

std::optional<RpcError> CheckParameterHeaders(const HttpRequest& request, const Json& arguments,
                                              const std::vector<MirroredParameter>& mirrored) {
  for (const MirroredParameter& parameter : mirrored) {
    const Json* value = &arguments;
    for (const std::string& name : parameter.path) {
      const bool there = value != nullptr && value->is_object() && value->contains(name);
      value = there ? &*value->find(name) : nullptr;
    }
    if (value == nullptr || value->is_null()) {
      // A header that speaks of a value the message lacks would mislead whoever routes by it.
      if (request.headers.Find(parameter.header) != nullptr) {
        return HeaderMismatch(parameter.header + " without a value in the message");
      }
      continue;
    }
    const Result<std::string, RpcError> header = OneMirrored(request, parameter.header);
    if (!header.ok()) return header.error();
    if (!SameValue(header.value(), *value)) return HeaderMismatch(parameter.header + " differs from the message");
  }
  return std::nullopt;
}

}  // namespace iff
