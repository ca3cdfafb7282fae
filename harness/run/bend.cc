#include "harness/run/bend.h"

#include <algorithm>
#include <cstdio>
#include <functional>

#include "harness/core/bytes.h"
#include "harness/core/json.h"
#include "harness/core/result.h"
#include "harness/core/unpack.h"
#include "harness/jose/prover.h"
#include "harness/run/wrong_certificates.h"

namespace iff {
namespace {

using Bending = std::function<void(HttpRequest& request, const std::string& other)>;

struct Bent {
  Attack attack = {};
  Bending bend = {};
};

constexpr std::string_view kTransports = "MCP 2025-11-25 transports, security warning";
constexpr std::string_view kVersionField = "MCP 2025-11-25 transports, protocol version header";
constexpr std::string_view kMirrored = "MCP 2026-07-28 transports, mirrored fields";
constexpr std::string_view kMessages = "MCP 2025-11-25 base protocol, messages";
constexpr std::string_view kRequestObject = "JSON-RPC 2.0 section 4";
constexpr std::string_view kNewest = "2026-07-28";

Bending Field(std::string name, std::string value) {
  return [=](HttpRequest& request, const std::string&) { request.headers.Set(name, value); };
}
Bending NoField(std::string name) {
  return [=](HttpRequest& request, const std::string&) { request.headers.Remove(name); };
}
Bending Twice(std::string name) {
  return [=](HttpRequest& request, const std::string&) {
    const std::string value = request.headers.Get(name);
    request.headers.Add(name, value);
  };
}
// Of the message as text: what no JSON library would write.
Bending Text(std::function<std::string(const std::string&)> change) {
  return [=](HttpRequest& request, const std::string&) { request.body = change(request.body); };
}
Bending Message(std::function<void(Json&)> change) {
  return [=](HttpRequest& request, const std::string&) {
    Json message = ParseJson(request.body).value_or(Json::object());
    change(message);
    request.body = Dump(message);
  };
}
Bending Id(Json id) {
  return Message([=](Json& message) { message["id"] = id; });
}
// A member more at the front of the message, or of its object `in`.
Bending MemberBefore(const std::string& in, const std::string& member) {
  return Text([=](const std::string& body) {
    const size_t at = in.empty() ? 0 : body.find("\"" + in + "\":{") + in.size() + 3;
    return body.substr(0, at + 1) + member + "," + body.substr(at + 1);
  });
}

// Of the bytes that go out: `head` ends with the line end of its last field, `body` begins behind the blank line.
Bending Bytes(std::function<void(std::string& head, std::string& body)> change) {
  return [=](HttpRequest& request, const std::string&) {
    request.rewrite = [change](std::string& bytes) {
      const size_t blank = bytes.find("\r\n\r\n");
      Invariant(blank != std::string::npos, "a request has a head");
      std::string head = bytes.substr(0, blank + 2);
      std::string body = bytes.substr(blank + 4);
      change(head, body);
      bytes = head + "\r\n" + body;
    };
  };
}
// Takes a field's lines out of `head`; answers its value, "" for none.
std::string TakeField(std::string& head, const std::string& name) {
  std::string value;
  for (size_t at = head.find("\r\n" + name + ": "); at != std::string::npos; at = head.find("\r\n" + name + ": ")) {
    const size_t from = at + 2 + name.size() + 2;
    const size_t end = head.find("\r\n", from);
    value = head.substr(from, end - from);
    head.erase(at, end - at);
  }
  return value;
}
// The body has two lengths, and is a message by either: a blank behind it counts or not.
Bending Lengths(std::function<std::string(size_t)> lines) {
  return Bytes([=](std::string& head, std::string& body) {
    TakeField(head, "Content-Length");
    head += lines(body.size());
    body += " ";
  });
}
std::string InHex(size_t number) {
  char digits[17] = {};
  std::snprintf(digits, sizeof digits, "%zx", number);
  return digits;
}
// In one chunk whose size is written as `size` makes it, and with these fields behind it.
Bending Chunked(std::function<std::string(size_t)> size, const std::string& codings = "Transfer-Encoding: chunked\r\n",
                const std::string& trailers = "") {
  return Bytes([=](std::string& head, std::string& body) {
    TakeField(head, "Content-Length");
    head += codings;
    body = size(body.size()) + "\r\n" + body + "\r\n0\r\n" + trailers + "\r\n";
  });
}
Bending Line(const std::string& line) {
  return Bytes([=](std::string& head, std::string&) { head += line; });
}
Bending Host(const std::string& lines) {
  return Bytes([=](std::string& head, std::string&) {
    const std::string host = TakeField(head, "Host");
    const size_t at = lines.find('@');
    head += at == std::string::npos ? lines : lines.substr(0, at) + host + lines.substr(at + 1);
  });
}

// What stands behind the scheme is written in another way.
Bending Shown(std::function<std::string(const std::string& token)> change) {
  return Bytes([=](std::string& head, std::string&) {
    const std::string value = TakeField(head, "Authorization");
    const size_t blank = value.find(' ');
    if (blank != std::string::npos)
      head += "Authorization: " + value.substr(0, blank) + change(value.substr(blank + 1)) + "\r\n";
  });
}
// Within the token: whoever leaves it out has the whole token. Before its signature, where both halves are still
// secrets that are known, and masked.
Bending WithinCredential(const std::string& odd) {
  return Shown([=](const std::string& token) { return " " + std::string(token).insert(token.rfind('.') + 1, odd); });
}
std::vector<Bent> OddCredentials() {
  const std::string token = "RFC 6750 section 2.1";
  return {
      {{.id = "request-credential-control",
        .row = "A10",
        .title = "A control character within the token",
        .clause = token},
       WithinCredential("\x01")},
      {{.id = "request-credential-nul", .row = "A10", .title = "A byte of zero within the token", .clause = token},
       WithinCredential(std::string(1, '\0'))},
      {{.id = "request-credential-return",
        .row = "A10",
        .title = "A carriage return within the token",
        .clause = token},
       WithinCredential("\r")},
      {{.id = "request-credential-foreign",
        .row = "A10",
        .title = "A letter beyond ASCII within the token",
        .clause = token},
       WithinCredential("\xc3\xa9")},
      {{.id = "request-credential-tab",
        .row = "A09",
        .title = "A tab between scheme and token",
        .clause = "RFC 9110 section 11.4",
        .by_policy = true},
       Shown([](const std::string& value) { return "\t" + value; })},
      {{.id = "request-credential-words",
        .row = "A09",
        .title = "A word behind the token",
        .clause = "RFC 9110 section 11.4",
        .by_policy = true},
       Shown([](const std::string& value) { return " " + value + " junk"; })},
      {{.id = "request-connection-names-credential",
        .row = "F05",
        .title = "The credential is said to be for the next hop alone",
        .clause = "RFC 9110 section 7.6.1",
        .honest = true},
       Field("Connection", "keep-alive, Authorization")},
      {{.id = "request-head-large",
        .row = "F09",
        .title = "A field of 64 KiB",
        .clause = "RFC 6585 section 5",
        .by_policy = true},
       Line("X-Note: " + std::string(size_t{64} << 10, 'a') + "\r\n")},
      {{.id = "request-fields-many",
        .row = "F09",
        .title = "A thousand fields",
        .clause = "RFC 6585 section 5",
        .by_policy = true},
       Bytes([](std::string& head, std::string&) {
         for (int i = 0; i < 1000; ++i) head += "X-Note-" + std::to_string(i) + ": a\r\n";
       })},
  };
}

// What two readers of HTTP could take for two things.
std::vector<Bent> Framing() {
  const std::string length = "RFC 9112 section 6.3";
  const std::string host = "RFC 9112 section 3.2";
  return {
      // By one of the two the body is the whole request once more: whoever reads it as a request of its own carries it
      // out.
      {{.id = "request-length-and-coding",
        .row = "F06",
        .title = "A call hides behind the last chunk, within the length",
        .clause = length},
       [](HttpRequest& request, const std::string&) {
         request.rewrite = [](std::string& bytes) {
           const std::string hidden = bytes;
           std::string head = hidden.substr(0, hidden.find("\r\n\r\n") + 2);
           TakeField(head, "Content-Length");
           bytes = head + "Content-Length: " + std::to_string(hidden.size() + 5) +
                   "\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden;
         };
       }},
      {{.id = "request-coding-and-length",
        .row = "F06",
        .title = "A call hides within a chunk, behind the length",
        .clause = length},
       [](HttpRequest& request, const std::string&) {
         request.rewrite = [](std::string& bytes) {
           const std::string hidden = bytes;
           const std::string size = InHex(hidden.size()) + "\r\n";
           std::string head = hidden.substr(0, hidden.find("\r\n\r\n") + 2);
           TakeField(head, "Content-Length");
           bytes = head + "Transfer-Encoding: chunked\r\nContent-Length: " + std::to_string(size.size()) + "\r\n\r\n" +
                   size + hidden + "\r\n0\r\n\r\n";
         };
       }},
      {{.id = "request-two-lengths", .row = "F06", .title = "Two fields say two lengths", .clause = length},
       Lengths([](size_t size) {
         return "Content-Length: " + std::to_string(size) + "\r\nContent-Length: " + std::to_string(size + 1) + "\r\n";
       })},
      {{.id = "request-length-list", .row = "F06", .title = "A field says two lengths", .clause = length},
       Lengths([](size_t size) {
         return "Content-Length: " + std::to_string(size) + ", " + std::to_string(size + 1) + "\r\n";
       })},
      {{.id = "request-length-signed", .row = "F06", .title = "A length with a sign", .clause = length},
       Lengths([](size_t size) { return "Content-Length: +" + std::to_string(size) + "\r\n"; })},
      {{.id = "request-coding-unknown",
        .row = "F06",
        .title = "A coding that is only called almost like chunked",
        .clause = length},
       Line("Transfer-Encoding: xchunked\r\n")},
      {{.id = "request-coding-twice",
        .row = "F06",
        .title = "Two fields say the body is in chunks",
        .clause = "RFC 9112 section 6.1",
        .by_policy = true},
       Chunked(InHex, "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")},
      {{.id = "request-chunk-size-prefixed",
        .row = "F06",
        .title = "A chunk's size that a lenient reader takes for a number",
        .clause = "RFC 9112 section 7.1",
        .by_policy = true},
       Chunked([](size_t size) { return "0x" + InHex(size); })},
      {{.id = "request-chunked",
        .row = "F06",
        .title = "A body in a chunk with an extension, and a trailer that claims a token",
        .clause = "RFC 9112 section 7.1",
        .honest = true},
       Chunked([](size_t size) { return InHex(size) + ";by=nobody"; }, "Transfer-Encoding: chunked\r\n",
               "Authorization: Bearer of-nobody\r\n")},
      {{.id = "request-field-folded",
        .row = "F06",
        .title = "A field that goes on in the next line",
        .clause = "RFC 9112 section 5.2",
        .by_policy = true},
       Line("X-Note: a\r\n b\r\n")},
      {{.id = "request-line-feed-alone",
        .row = "F06",
        .title = "A line that ends with half a line end",
        .clause = "RFC 9112 section 2.2",
        .by_policy = true},
       Line("X-Note: a\nX-Other: b\r\n")},
      {{.id = "request-blank-before-colon",
        .row = "F06",
        .title = "A blank between a field's name and its colon",
        .clause = "RFC 9112 section 5.1"},
       Line("X-Note : a\r\n")},
      {{.id = "request-return-in-field",
        .row = "F08",
        .title = "A carriage return within a field",
        .clause = "RFC 9110 section 5.5",
        .by_policy = true},
       Line("X-Note: a\rb\r\n")},
      {{.id = "request-nul-in-field",
        .row = "F08",
        .title = "A byte of zero within a field",
        .clause = "RFC 9110 section 5.5",
        .by_policy = true},
       Line(std::string("X-Note: a\0b\r\n", 13))},
      {{.id = "request-host-twice", .row = "F07", .title = "Two fields say whom it is for", .clause = host},
       Host("Host: @\r\nHost: evil.example\r\n")},
      {{.id = "request-host-none", .row = "F07", .title = "No field says whom it is for", .clause = host}, Host("")},
      {{.id = "request-host-malformed", .row = "F07", .title = "Whom it is for is no name", .clause = host},
       Host("Host: @ evil.example\r\n")},
      {{.id = "request-target-elsewhere",
        .row = "F07",
        .title = "The target names another than the field",
        .clause = "RFC 9112 section 3.2.2",
        .by_policy = true},
       [](HttpRequest& request, const std::string&) { request.target.insert(0, "http://evil.example"); }},
      {{.id = "request-range",
        .row = "F12",
        .title = "A part of the answer is asked for",
        .clause = "RFC 9110 section 14.2",
        .honest = true},
       Field("Range", "bytes=0-3")},
      {{.id = "request-upgrade",
        .row = "F12",
        .title = "Another protocol is offered",
        .clause = "RFC 9110 section 7.8",
        .honest = true},
       [](HttpRequest& request, const std::string&) {
         request.headers.Set("Connection", "Upgrade, HTTP2-Settings");
         request.headers.Set("Upgrade", "h2c");
         request.headers.Set("HTTP2-Settings", "AAMAAABkAAQAAP__");
       }},
      {{.id = "request-expect",
        .row = "F12",
        .title = "An invitation is expected, and not waited for",
        .clause = "RFC 9110 section 10.1.1",
        .honest = true},
       Field("Expect", "100-continue")},
  };
}

std::vector<Bent> Fields() {
  std::vector<Bent> all = {
      {{.id = "request-fields-name-another",
        .row = "F01",
        .title = "Who a field of a proxy names is nobody",
        .clause = std::string(kTransports),
        .honest = true},
       [](HttpRequest& request, const std::string& other) {
         for (const char* name :
              {"X-Forwarded-User", "X-Forwarded-Email", "X-Forwarded-Preferred-Username", "X-Remote-User",
               "Remote-User", "X-Auth-Request-User", "X-Auth-Request-Email", "X-User", "X-User-Id"}) {
           request.headers.Set(name, other);
         }
       }},
      {{.id = "request-fields-of-vault",
        .row = "J29",
        .title = "Fields for Vault are not for who asks a server",
        .clause = std::string(kTransports),
        .honest = true},
       [](HttpRequest& request, const std::string& other) {
         request.headers.Set("X-Vault-Namespace", other + "/");
         request.headers.Set("X-Vault-Token", "hvs." + other);
         request.headers.Set("X-Vault-Role", other);
       }},
      // As servers read them that act for whoever configures them by request; the name resolves nowhere (RFC 6761
      // section 6.4).
      {{.id = "request-fields-choose-upstream",
        .row = "I10",
        .title = "Where a field says that the server's own services are is nowhere",
        .clause = "OWASP API Security Top 10 2023, API7",
        .honest = true},
       [](HttpRequest& request, const std::string&) {
         for (const char* name :
              {"X-Upstream-Url", "X-Target-Url", "X-Api-Base-Url", "X-Jira-Url", "X-Atlassian-Jira-Url",
               "X-GitHub-Api-Url", "X-Vault-Addr", "VAULT_ADDR", "X-Database-Url"}) {
           request.headers.Set(name, "http://elsewhere.example.invalid");
         }
         for (const char* name : {"VAULT_SKIP_VERIFY", "X-Tls-Skip-Verify"}) request.headers.Set(name, "true");
       }},
      {{.id = "request-origin-foreign",
        .row = "G01",
        .title = "A page of somebody else asks",
        .clause = std::string(kTransports)},
       Field("Origin", "https://evil.example")},
      {{.id = "request-origin-null",
        .row = "G02",
        .title = "A page of no origin asks",
        .clause = std::string(kTransports)},
       Field("Origin", "null")},
      {{.id = "request-origin-alike",
        .row = "G02",
        .title = "A page asks whose origin only begins like ours",
        .clause = std::string(kTransports)},
       Field("Origin", "http://localhost.evil.example")},
      {{.id = "request-origin-userinfo",
        .row = "G02",
        .title = "A page asks whose origin hides behind a user's name",
        .clause = std::string(kTransports)},
       Field("Origin", "http://localhost@evil.example")},
      {{.id = "request-host-foreign",
        .row = "G03",
        .title = "A name that was bound anew leads to us",
        .clause = std::string(kTransports),
        .by_policy = true},
       Field("Host", "evil.example")},
      {{.id = "request-host-foreign-origin-local",
        .row = "G03",
        .title = "A name that was bound anew leads to us, for a page of ours",
        .clause = std::string(kTransports),
        .by_policy = true},
       [](HttpRequest& request, const std::string&) {
         request.headers.Set("Host", "evil.example");
         request.headers.Set("Origin", "http://localhost");
       }},
      {{.id = "request-gzip",
        .row = "F11",
        .title = "A body that says it is compressed, and is not",
        .clause = "RFC 9110 section 8.4",
        .by_policy = true},
       Field("Content-Encoding", "gzip")},
      {{.id = "request-gzip-swelling",
        .row = "F11",
        .title = "A body of kilobytes that swells to many megabytes",
        .clause = "OWASP API Security Top 10 2023, API4",
        .by_policy = true},
       [](HttpRequest& request, const std::string&) {
         request.body = Compress(request.body + std::string(size_t{32} << 20, ' '), Compression::kGzip);
         request.headers.Set("Content-Encoding", "gzip");
       }},
      {{.id = "request-version-unknown",
        .row = "G17",
        .title = "A version nobody wrote",
        .clause = std::string(kVersionField),
        .revision = "2025-06-18"},
       Field("MCP-Protocol-Version", "1999-01-01")},
  };
  for (const auto& [name, type] : std::vector<std::pair<std::string, std::string>>{
           {"text", "text/plain"}, {"form", "application/x-www-form-urlencoded"}, {"alike", "application/jsonx"}}) {
    all.push_back({{.id = "request-type-" + name,
                    .row = "G06",
                    .title = "JSON under another name: " + type,
                    .clause = "RFC 9110 section 8.3",
                    .by_policy = true},
                   Field("Content-Type", type)});
  }
  const auto mirrored = [&](std::string id, std::string row, std::string title, Bending bend) {
    all.push_back({{.id = std::move(id),
                    .row = std::move(row),
                    .title = std::move(title),
                    .clause = std::string(kMirrored),
                    .revision = std::string(kNewest)},
                   std::move(bend)});
  };
  mirrored("request-method-field-missing", "G20", "No field says the method", NoField("Mcp-Method"));
  mirrored("request-method-field-differs", "G20", "A field says another method than the body",
           Field("Mcp-Method", "tools/list"));
  mirrored("request-method-field-twice", "G20", "Two fields say the method", Twice("Mcp-Method"));
  mirrored("request-method-field-case", "G20", "A field says the method in other letters",
           Field("Mcp-Method", "Tools/Call"));
  mirrored("request-name-field-missing", "G20", "No field says the tool", NoField("Mcp-Name"));
  mirrored("request-name-field-differs", "F13", "A field says another tool than the body", Field("Mcp-Name", "whoami"));
  mirrored("request-name-field-twice", "G20", "Two fields say the tool", Twice("Mcp-Name"));
  mirrored("request-name-field-bad-base64", "G21", "A field's base64 is none",
           Field("Mcp-Name", "=?base64?d2hv*W1p?="));
  mirrored("request-name-field-bad-utf8", "G21", "A field's base64 is no text",
           Field("Mcp-Name", "=?base64?/////w==?="));
  mirrored("request-name-field-other-base64", "G21", "A field's base64 says another tool",
           Field("Mcp-Name", "=?base64?" + Base64("whoami") + "?="));
  return all;
}

std::vector<Bent> Bodies() {
  const std::string messages(kMessages);
  const std::string object(kRequestObject);
  return {
      {{.id = "request-batch", .row = "G08", .title = "A batch, which the protocol has no more", .clause = messages},
       Text([](const std::string& body) { return "[" + body + "]"; })},
      {{.id = "request-truncated", .row = "G09", .title = "A message that breaks off", .clause = "RFC 8259 section 2"},
       Text([](const std::string& body) { return body.substr(0, body.size() - 1); })},
      {{.id = "request-two-documents", .row = "G09", .title = "Two messages in a body", .clause = "RFC 8259 section 2"},
       Text([](const std::string& body) { return body + body; })},
      {{.id = "request-comment",
        .row = "G09",
        .title = "A comment in a message",
        .clause = "RFC 8259 section 9",
        .by_policy = true},
       Text([](const std::string& body) { return "/* */" + body; })},
      {{.id = "request-not-a-number",
        .row = "G09",
        .title = "A number that is none",
        .clause = "RFC 8259 section 6",
        .by_policy = true},
       MemberBefore("params", R"("_nothing":NaN)")},
      {{.id = "request-id-null", .row = "G10", .title = "A request of no id", .clause = messages}, Id(nullptr)},
      {{.id = "request-id-fraction",
        .row = "G10",
        .title = "A request whose id is a fraction",
        .clause = object,
        .by_policy = true},
       Id(1.5)},
      {{.id = "request-id-boolean", .row = "G10", .title = "A request whose id is true", .clause = messages}, Id(true)},
      {{.id = "request-id-object", .row = "G10", .title = "A request whose id is an object", .clause = messages},
       Id(Json::object())},
      {{.id = "request-no-version",
        .row = "G10",
        .title = "A message that does not say it is JSON-RPC 2.0",
        .clause = object,
        .by_policy = true},
       Message([](Json& message) { message.erase("jsonrpc"); })},
      {{.id = "request-method-twice",
        .row = "G13",
        .title = "A message with two methods",
        .clause = "RFC 8259 section 4",
        .by_policy = true},
       MemberBefore("", R"("method":"tools/list")")},
      {{.id = "request-tool-twice",
        .row = "G13",
        .title = "A call of two tools",
        .clause = "RFC 8259 section 4",
        .by_policy = true},
       MemberBefore("params", R"("name":"whoami")")},
      {{.id = "request-method-case", .row = "G14", .title = "Method is not method", .clause = object},
       Message([](Json& message) {
         message["Method"] = message["method"];
         message.erase("method");
       })},
      {{.id = "request-params-folded",
        .row = "G14",
        .title = "A member is not another that only folds to its name",
        .clause = object},
       Message([](Json& message) {
         message["param\u017f"] = message["params"];
         message.erase("params");
       })},
      {{.id = "request-answer", .row = "G24", .title = "An answer where a question is due", .clause = messages},
       Message([](Json& message) {
         message = Json{{"jsonrpc", "2.0"}, {"id", message["id"]}, {"result", Json::object()}};
       })},
      {{.id = "request-large",
        .row = "G27",
        .title = "A body of five megabytes",
        .clause = "RFC 8259 section 9",
        .by_policy = true},
       Text([](const std::string& body) { return body + std::string(size_t{5} << 20, ' '); })},
      {{.id = "request-deep",
        .row = "G27",
        .title = "A message ten thousand levels deep",
        .clause = "RFC 8259 section 9",
        .by_policy = true},
       MemberBefore("params", R"("_deep":)" + std::string(10'000, '[') + std::string(10'000, ']'))},
  };
}

const std::vector<Bent>& All() {
  static const std::vector<Bent> all = [] {
    std::vector<Bent> three = Fields();
    for (auto* const more : {Bodies, Framing, OddCredentials}) {
      for (Bent& bent : more()) three.push_back(std::move(bent));
    }
    return three;
  }();
  return all;
}

bool CallsATool(const HttpRequest& request) {
  const Result<Json> message = ParseJson(request.body);
  return message.ok() && AtOr<std::string>(*message, "/method", "") == "tools/call";
}

}  // namespace

const std::vector<Attack>& BentRequests() {
  static const std::vector<Attack> attacks = [] {
    std::vector<Attack> named;
    for (const Bent& bent : All()) named.push_back(bent.attack);
    return named;
  }();
  return attacks;
}

const Attack* FindBentRequest(std::string_view id) {
  for (const Bent& bent : All()) {
    if (bent.attack.id == id) return &bent.attack;
  }
  return nullptr;
}

void Bend(std::string_view id, HttpRequest& request, const std::string& other) {
  const auto bent = std::find_if(All().begin(), All().end(), [&](const Bent& each) { return each.attack.id == id; });
  Invariant(bent != All().end(), "a request is bent in a way there is");
  if (CallsATool(request)) bent->bend(request, other);
}

const std::vector<Attack>& AllAttacks() {
  static const std::vector<Attack> all = [] {
    std::vector<Attack> kinds = Forge::Attacks();
    for (const auto* more : {&Prover::Attacks(), &WrongCertificates(), &BentRequests()}) {
      kinds.insert(kinds.end(), more->begin(), more->end());
    }
    return kinds;
  }();
  return all;
}

std::string RuleOf(const std::string& attack) {
  for (const Attack& one : AllAttacks()) {
    if (one.id == attack) return "\"" + one.title + "\" (" + attack + ")";
  }
  return attack;
}

}  // namespace iff
