#include "harness/run/arrivals.h"

#include <algorithm>
#include <string_view>

#include "harness/core/bytes.h"
#include "harness/core/scanner.h"
#include "harness/net/sent_requests.h"

namespace iff {
namespace {

// TLS from the first byte on, or as PostgreSQL begins it: behind a request of eight bytes.
bool IsEncrypted(std::string_view bytes) {
  constexpr std::string_view kHandshake = "\x16\x03";
  constexpr size_t kSslRequest = 8;
  return bytes.starts_with(kHandshake) ||
         (bytes.size() > kSslRequest && bytes[0] == '\0' && bytes.substr(kSslRequest).starts_with(kHandshake));
}

std::string Decoded(std::string_view text) {
  std::string plain(text);
  std::replace(plain.begin(), plain.end(), '+', ' ');
  return PercentDecode(plain).value_or(plain);
}

// A form without the field in which the token belongs to its issuer.
std::string WithoutTheQuestion(const std::string& form) {
  constexpr std::string_view kExchange = "urn:ietf:params:oauth:grant-type:token-exchange";
  std::vector<std::pair<std::string, std::string_view>> fields;  // name, and all of it
  bool granting = false;
  bool exchanging = false;
  for (size_t at = 0; at <= form.size();) {
    const size_t end = std::min(form.find('&', at), form.size());
    const std::string_view field = std::string_view(form).substr(at, end - at);
    const size_t equals = std::min(field.find('='), field.size());
    fields.emplace_back(Decoded(field.substr(0, equals)), field);
    if (fields.back().first == "grant_type") {
      granting = true;
      exchanging = Decoded(field.substr(std::min(equals + 1, field.size()))) == kExchange;
    }
    at = end + 1;
  }
  std::string rest;
  for (const auto& [name, field] : fields) {
    const bool asks = exchanging ? name == "subject_token" : !granting && name == "token";
    if (!asks) rest.append(field).append("&");
  }
  return rest;
}

}  // namespace

void Arrivals::Add(const std::string& component, const Passage& passage) {
  if (!passage.to_component) return;
  const std::lock_guard lock(mutex_);
  sent_[{component, passage.connection}].append(passage.bytes);
}

Arrivals::Mark Arrivals::Now() const {
  const std::lock_guard lock(mutex_);
  Mark mark;
  for (const auto& [connection, bytes] : sent_) mark[connection] = bytes.size();
  return mark;
}

bool Arrivals::none() const {
  const std::lock_guard lock(mutex_);
  return sent_.empty();
}

std::vector<Arrival> Arrivals::Since(const Mark& mark) const {
  const std::lock_guard lock(mutex_);
  std::vector<Arrival> arrived;
  for (const auto& [connection, bytes] : sent_) {
    const auto known = mark.find(connection);
    const size_t from = known == mark.end() ? 0 : known->second;
    if (bytes.size() <= from) continue;
    if (IsEncrypted(bytes)) {
      arrived.push_back({.component = connection.first, .encrypted = true});
      continue;
    }
    // From the beginning of the connection, so that each request is read as a whole; those that were over by then are
    // not new.
    const SentRequests sent = RequestsIn(bytes);
    size_t at = 0;
    for (const SentRequest& one : sent.whole) {
      if (one.end > from) {
        arrived.push_back(
            {.component = connection.first, .bytes = bytes.substr(at, one.end - at), .request = one.request});
      }
      at = one.end;
    }
    if (at < bytes.size()) {
      arrived.push_back({.component = connection.first, .bytes = bytes.substr(at), .under_way = !sent.strange});
    }
  }
  return arrived;
}

HandedOnResult HandedOn(const Arrival& arrival, const Credential& token, bool to_issuer) {
  Redactor alone;
  alone.Register(token.value, "token");
  const Scanner scanner(alone);
  const auto searched = [&](const std::vector<std::string>& pieces, const std::string& how) -> HandedOnResult {
    const Sightings seen = scanner.ScanPieces(pieces);
    if (!seen.found.empty()) return {.how = how};
    return {.unfinished = seen.unfinished};
  };
  if (!arrival.request) return searched({arrival.bytes}, "what is no request of HTTP");
  const HttpRequest& request = *arrival.request;
  std::vector<std::string> pieces = {request.target};
  for (const auto& [name, value] : request.headers.fields()) pieces.push_back(value);
  pieces.push_back(to_issuer ? WithoutTheQuestion(request.body) : request.body);
  return searched(pieces, request.method + " " + request.Path());
}

}  // namespace iff
