// One HTTP/1.1 exchange. Boost.Beast underneath; nobody above this folder sees a Boost type.
//
//   HttpClient keycloak(endpoint);
//   const HttpResponse answer = TRY(keycloak.Send({.target = "/health/ready"}, Deadline::In(1s)));
#pragma once

#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "harness/core/clock.h"
#include "harness/core/json_field.h"
#include "harness/core/result.h"
#include "harness/net/endpoint.h"
#include "harness/net/tls.h"

namespace iff {

// In order, names compared without case, repetition kept.
class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<std::pair<std::string, std::string>> fields) : fields_(fields) {}

  void Add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
  void Set(std::string_view name, std::string value);  // replaces all of that name
  void Remove(std::string_view name);
  // The first value, or nullptr.
  const std::string* Find(std::string_view name) const;
  std::vector<std::string> All(std::string_view name) const;
  std::string Get(std::string_view name) const;  // the first value, or ""
  const std::vector<std::pair<std::string, std::string>>& fields() const { return fields_; }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

template <>
struct JsonThrough<Headers> {
  using Fields = std::vector<std::pair<std::string, std::string>>;
  static Fields To(const Headers& headers) { return headers.fields(); }
  static Headers From(Fields fields) {
    Headers headers;
    for (auto& [name, value] : fields) headers.Add(std::move(name), std::move(value));
    return headers;
  }
};

bool EqualsIgnoreCase(std::string_view a, std::string_view b);

struct HttpRequest {
  std::string method = "GET";
  std::string target = "/";  // path and query as on the request line
  Headers headers = {};
  std::string body = {};
  // At a server: the SHA-256 of the certificate the client has proven to hold on this very connection, in base64url
  // (x5t#S256, RFC 7515 section 4.1.8); "" when it showed none. No field of the request decides it. Never sent.
  std::string client_certificate = {};
  // At a client: changes the bytes that go out, for attacks on the HTTP layer itself. They get a connection of their
  // own, and whatever the peer says behind its answer, unasked, is added to the answer's body.
  std::function<void(std::string& bytes)> rewrite = {};

  std::string Path() const;                          // without the query
  std::map<std::string, std::string> Query() const;  // percent-decoded; the last of a name wins
};

// What is added here is seen of every answer, stored with it and judged again: nobody else names the members one by
// one. What only the connection knows is put in by ClientConnection::Parse.
struct HttpResponse {
  int status = 200;
  Headers headers = {};
  std::string body = {};
};
// As it is stored. A row that is added has `true` for its last (omit_empty): evidence of before is read with the
// default of the member, which therefore has to mean "not seen", and kEvidenceVersion stays.
template <>
struct JsonFields<HttpResponse> {
  static constexpr auto kFields =
      std::tuple(JsonField{"status", &HttpResponse::status}, JsonField{"headers", &HttpResponse::headers},
                 JsonField{"body", &HttpResponse::body});
};

struct HttpClientOptions {
  // Largest answer that is read. Default: 16 MiB.
  size_t body_limit = size_t{16} << 20;
  // Idle kept connections per client. Default: 8.
  size_t max_idle = 8;
  // For an https endpoint. Default: the system's CAs, no certificate of our own.
  TlsClientOptions tls = {};
};

// Blocking client of one endpoint with kept connections; thread-safe. Adds Host and Content-Length. A
// request that fails on a *reused* connection before a byte of the answer came is sent once more on a
// new one (only GET, HEAD, PUT, DELETE, or when the peer closed before the request was written).
// Errors: kUnavailable (nobody listens, reset), kTimeout, kProtocol (not HTTP, too large); over https also kProtocol
// (no TLS), kRefused (one side does not take the other's certificate), kInvalidInput (a file of `tls` cannot be used).
class HttpClient {
 public:
  explicit HttpClient(Endpoint endpoint, HttpClientOptions options = {});
  HttpClient(HttpClient&&) noexcept;
  HttpClient& operator=(HttpClient&&) noexcept;
  ~HttpClient();

  Result<HttpResponse> Send(const HttpRequest& request, Deadline deadline);

  // Hands over the body piece by piece as it arrives (server-sent events); `on_chunk` answers false to
  // hang up. The response returned has an empty body.
  Result<HttpResponse> Stream(const HttpRequest& request, Deadline deadline,
                              const std::function<bool(std::string_view)>& on_chunk);

  const Endpoint& endpoint() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The bytes of a request as they go out, rewritten if it says so.
// kInvalidInput: what no request may hold, such as a control character in a field.
Result<std::string> BytesOf(const Endpoint& endpoint, const HttpRequest& request);

// Sends raw bytes, answers the raw bytes that came back until the peer closes, `deadline` passes or
// a complete response was read: for attacks on the HTTP layer itself.
Result<std::string> SendRaw(const Endpoint& endpoint, std::string_view bytes, Deadline deadline);

// One server-sent event (WHATWG HTML, section 9.2).
struct ServerSentEvent {
  std::string event = "message";
  std::string data = {};
  std::string id = {};
};

// Feed it chunks, take the events that are complete.
class EventStreamParser {
 public:
  std::vector<ServerSentEvent> Feed(std::string_view chunk);

 private:
  void TakeLine(std::vector<ServerSentEvent>& complete);

  std::string buffer_;  // the line that is being read
  ServerSentEvent event_ = {};
  bool has_data_ = false;
  bool after_return_ = false;  // a line feed that follows belongs to the line end already seen
  bool first_line_ = true;     // may begin with a byte order mark
};

}  // namespace iff
