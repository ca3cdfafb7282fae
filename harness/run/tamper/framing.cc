#include "harness/run/tamper/ways.h"

namespace iff::tamper {

// What two readers of HTTP could take for two things.
std::vector<TamperedRequest> TamperedFraming() {
  const std::string length = "RFC 9112 section 6.3";
  const std::string host = "RFC 9112 section 3.2";
  return {
      // By one of the two the body is the whole request once more: whoever reads it as a request of its own carries it
      // out.
      {{.id = "request-length-and-coding",
        .row = "F06",
        .title = "A call hides behind the last chunk, within the length",
        .clause = length},
       [](HttpRequest& request, const Tampering&) {
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
       [](HttpRequest& request, const Tampering&) {
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
       [](HttpRequest& request, const Tampering&) { request.target.insert(0, "http://evil.example"); }},
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
       [](HttpRequest& request, const Tampering&) {
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

}  // namespace iff::tamper
