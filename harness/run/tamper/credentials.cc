#include "harness/run/tamper/ways.h"

namespace iff::tamper {
namespace {

// What stands behind the scheme is written in another way.
Change Shown(std::function<std::string(const std::string& token)> change) {
  return Bytes([=](std::string& head, std::string&) {
    const std::string value = TakeField(head, "Authorization");
    const size_t blank = value.find(' ');
    if (blank != std::string::npos)
      head += "Authorization: " + value.substr(0, blank) + change(value.substr(blank + 1)) + "\r\n";
  });
}
// Within the token: whoever leaves it out has the whole token. Before its signature, where both halves are still
// secrets that are known, and masked.
Change WithinCredential(const std::string& odd) {
  return Shown([=](const std::string& token) { return " " + std::string(token).insert(token.rfind('.') + 1, odd); });
}

}  // namespace

std::vector<TamperedRequest> TamperedCredentials() {
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

}  // namespace iff::tamper
