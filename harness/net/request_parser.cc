#include "harness/net/request_parser.h"

#include <algorithm>
#include <boost/beast/http/error.hpp>

#include "harness/core/printable.h"

namespace iff {
namespace {

namespace http = boost::beast::http;

constexpr size_t kMostFields = 100;
// What may wait in front of a chunk: its size line, or the trailers.
constexpr size_t kMostChunkHeader = size_t{16} << 10;

std::string_view Std(boost::beast::string_view text) { return {text.data(), text.size()}; }

bool IsHost(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view(".-_:[]~%").find(c) != std::string_view::npos;
  });
}

}  // namespace

RequestParser::RequestParser(HttpRequest& request, const Limits& limits)
    : request_(request), limits_(limits), room_(limits.room) {
  eager(true);
  header_limit(static_cast<std::uint32_t>(std::max(limits.header, kMostChunkHeader)) + 4);
  body_limit(limits.body);
}

size_t RequestParser::Take(std::string_view bytes) {
  if (!header_whole_ && limits_.tidy != nullptr) return TakeTidied(bytes);
  if (!header_whole_ && !Scan(bytes)) return 0;
  BoostError error;
  const size_t taken = put(asio::const_buffer(bytes.data(), bytes.size()), error);
  if (error && error != http::error::need_more) RefuseBecauseOf(error);
  if (!done() && !refusal_ && bytes.size() - taken > kMostChunkHeader) Refuse(400, "chunk header is too large");
  return taken;
}

size_t RequestParser::TakeTidied(std::string_view bytes) {
  if (bytes.find("\n\n") == std::string_view::npos && bytes.find("\n\r\n") == std::string_view::npos) return 0;
  std::string tidied(bytes);
  (*limits_.tidy)(tidied);
  if (!Scan(tidied)) {
    Refuse(400, "malformed request");
    return 0;
  }
  size_t at = 0;
  for (size_t taken = 1; taken > 0 && at < tidied.size() && !done() && !refusal_; at += taken) {
    taken = Take(std::string_view(tidied).substr(at));
  }
  // What is left over is the next request.
  return bytes.size() - std::min(bytes.size(), tidied.size() - at);
}

bool RequestParser::Scan(std::string_view bytes) {
  for (; scanned_ < bytes.size(); ++scanned_) {
    const size_t i = scanned_;
    const char before = i > 0 ? bytes[i - 1] : '\0';
    if (before != '\r' && before != '\n') {
      // Most bytes are within a line, where only control characters matter.
      scanned_ += WithoutControls(bytes.substr(i));
      if (scanned_ > i) {
        --scanned_;
        continue;
      }
    }
    const auto c = static_cast<unsigned char>(bytes[i]);
    if (c == '\n') {
      if (before != '\r') return Refuse(400, "bare line feed"), false;
      if (i >= 3 && bytes[i - 2] == '\n') {
        header_whole_ = true;
        if (i + 1 > limits_.header) return Refuse(431, "header is too large"), false;
        return true;
      }
      continue;
    }
    if (before == '\r') return Refuse(400, "bare carriage return"), false;
    if (before == '\n' && (c == ' ' || c == '\t')) return Refuse(400, "folded header"), false;
    if ((c < ' ' && c != '\t' && c != '\r') || c == 0x7f) return Refuse(400, "control character in header"), false;
  }
  if (bytes.size() > limits_.header) Refuse(431, "header is too large");
  return false;
}

bool RequestParser::TakeContinue() { return is_header_done() && std::exchange(expects_continue_, false); }

void RequestParser::Refuse(int status, std::string_view why) {
  if (!refusal_) refusal_ = Refusal{status, why};
}

void RequestParser::RefuseBecauseOf(const BoostError& error) {
  if (error == http::error::body_limit) return Refuse(413, "body is too large");
  if (error == http::error::header_limit) return Refuse(431, "header is too large");
  if (error == http::error::bad_version) return Refuse(505, "http version is not supported");
  Refuse(400, "malformed request");
}

void RequestParser::on_request_impl(Verb, View method, View target, int version, BoostError&) {
  request_.method.assign(method.data(), method.size());
  request_.target.assign(target.data(), target.size());
  version_ = version;
}

void RequestParser::on_field_impl(Field field, View name, View value, BoostError& error) {
  if (trailing_) return;  // a trailer must not look like a header
  const std::string_view text = Std(value);
  switch (field) {
    case Field::host:
      ++hosts_;
      if (!IsHost(text)) Refuse(400, "malformed host");
      break;
    case Field::content_length:
      ++lengths_;
      // Beast also takes a list of equal numbers.
      if (text.find_first_not_of("0123456789") != std::string_view::npos) Refuse(400, "malformed content length");
      break;
    case Field::transfer_encoding:
      ++encodings_;
      if (!EqualsIgnoreCase(text, "chunked")) Refuse(501, "transfer encoding is not supported");
      break;
    case Field::expect:
      if (EqualsIgnoreCase(text, "100-continue")) {
        expects_continue_ = true;
      } else {
        Refuse(417, "expectation is not supported");
      }
      break;
    default:
      break;
  }
  if (request_.headers.fields().size() >= kMostFields) Refuse(431, "too many header fields");
  if (refusal_) {
    error = http::error::bad_field;
    return;
  }
  request_.headers.Add(std::string(Std(name)), std::string(text));
}

void RequestParser::on_header_impl(BoostError& error) {
  trailing_ = true;
  JudgeHeader();
  JudgeTarget();
  if (version_ == 10) expects_continue_ = false;
  if (refusal_) error = http::error::bad_field;
}

void RequestParser::JudgeHeader() {
  if (hosts_ > 1) return Refuse(400, "repeated host");
  if (hosts_ == 0 && version_ == 11) return Refuse(400, "no host");
  if (lengths_ > 1) return Refuse(400, "repeated content length");
  if (encodings_ > 0 && lengths_ > 0) return Refuse(400, "both content length and transfer encoding");
  if (encodings_ > 1) return Refuse(400, "repeated transfer encoding");
  if (encodings_ > 0 && version_ == 10) return Refuse(400, "transfer encoding in http/1.0");
}

void RequestParser::JudgeTarget() {
  std::string& target = request_.target;
  if (target.find('#') != std::string::npos) return Refuse(400, "fragment in target");
  if (target.starts_with('/') || (target == "*" && request_.method == "OPTIONS")) return;
  // The absolute form, which a server must take (RFC 9112 section 3.2.2).
  const size_t colon = target.find("://");
  if (colon == std::string::npos || !EqualsIgnoreCase(std::string_view(target).substr(0, colon), "http")) {
    return Refuse(400, "malformed target");
  }
  const size_t path = std::min(target.find_first_of("/?", colon + 3), target.size());
  // Its authority counts in place of Host, so that whoever judges Host must not see another one.
  const std::string authority = target.substr(colon + 3, path - colon - 3);
  if (authority.empty() || !IsHost(authority)) return Refuse(400, "malformed authority in target");
  if (hosts_ == 0) {
    request_.headers.Add("Host", authority);  // http/1.0 needs none
  } else if (!EqualsIgnoreCase(authority, request_.headers.Get("Host"))) {
    return Refuse(400, "authority of target and host differ");
  }
  const bool slash = path < target.size() && target[path] == '/';
  target = (slash ? "" : "/") + target.substr(path);
}

void RequestParser::MakeRoom(size_t size, BoostError& error) {
  if (room_.GrowTo(size)) return;
  Refuse(503, "too many large bodies at once");
  error = http::error::body_limit;
}

// A length may be claimed by many who send nothing: what is small is taken as it comes, what is large only where there
// is room for it.
void RequestParser::on_body_init_impl(const boost::optional<std::uint64_t>& length, BoostError& error) {
  if (!length) return;
  const auto size = static_cast<size_t>(std::min<std::uint64_t>(*length, limits_.body));
  MakeRoom(size, error);
  if (size <= BodyRoom::kSmall) request_.body.reserve(size);
}

size_t RequestParser::on_body_impl(View body, BoostError& error) {
  MakeRoom(request_.body.size() + body.size(), error);
  if (refusal_) return 0;
  request_.body.append(body.data(), body.size());
  return body.size();
}

}  // namespace iff
