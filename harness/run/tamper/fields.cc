#include "harness/core/bytes.h"
#include "harness/core/unpack.h"
#include "harness/run/tamper/ways.h"

namespace iff::tamper {

std::vector<TamperedRequest> TamperedFields() {
  std::vector<TamperedRequest> all = {
      {{.id = "request-fields-name-another",
        .row = "F01",
        .title = "Who a field of a proxy names is nobody",
        .clause = std::string(kTransports),
        .honest = true},
       [](HttpRequest& request, const Tampering& with) {
         for (const char* name :
              {"X-Forwarded-User", "X-Forwarded-Email", "X-Forwarded-Preferred-Username", "X-Remote-User",
               "Remote-User", "X-Auth-Request-User", "X-Auth-Request-Email", "X-User", "X-User-Id"}) {
           request.headers.Set(name, with.other);
         }
       }},
      {{.id = "request-fields-for-upstreams",
        .row = "J29",
        .title = "Fields for what is behind a server are not for who asks it",
        .clause = std::string(kTransports),
        .honest = true},
       [](HttpRequest& request, const Tampering& with) { Send(request, with.fields.who, with.other); },
       true},
      // As servers read them that act for whoever configures them by request.
      {{.id = "request-fields-choose-upstream",
        .row = "I10",
        .title = "Where a field says that the server's own services are is nowhere",
        .clause = "OWASP API Security Top 10 2023, API7",
        .honest = true},
       [](HttpRequest& request, const Tampering& with) {
         for (const char* name : {"X-Upstream-Url", "X-Target-Url", "X-Api-Base-Url", "X-Database-Url"})
           request.headers.Set(name, std::string(kElsewhere));
         request.headers.Set("X-Tls-Skip-Verify", "true");
         Send(request, with.fields.where, with.other);
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
       [](HttpRequest& request, const Tampering&) {
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
       [](HttpRequest& request, const Tampering&) {
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
  const auto mirrored = [&](std::string id, std::string row, std::string title, Change bend) {
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

}  // namespace iff::tamper
