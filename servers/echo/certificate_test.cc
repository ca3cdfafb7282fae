// Tokens bound to certificates (RFC 8705 section 3) at the whole program, over TLS, against fakes on loopback. The
// letters are the negative cases'.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cctype>

#include "harness/core/result_matchers.h"
#include "harness/net/certificates.h"
#include "servers/testing/program_under_test.h"

namespace iff {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

const Json kText = Json{{"text", "heard"}};

class CertificateBindingTest : public ::testing::Test {
 protected:
  void Start(const std::string& binding, std::string client_ca_file = {}) {
    if (client_ca_file.empty()) client_ca_file = ca.file;
    server = std::make_unique<ProgramUnderTest>(
        IFF_PROGRAM, "mcp-echo", issuer, vault,
        std::vector<std::string>{"IFF_TLS_CERTIFICATE_FILE=" + own.certificate_file, "IFF_TLS_KEY_FILE=" + own.key_file,
                                 "IFF_TLS_CLIENT_CA_FILE=" + client_ca_file, "IFF_CERTIFICATE_BINDING=" + binding},
        TlsClientOptions{.ca_file = ca.file});
  }
  Secret Unbound() { return server->TokenOf("alice", {{"scope", "echo:read"}}); }
  Secret BoundTo(const std::string& thumbprint) {
    return server->TokenOf("alice", {{"scope", "echo:read"}, {"cnf", {{"x5t#S256", thumbprint}}}});
  }
  Secret BoundTo(const MadeCertificate& certificate) { return BoundTo(certificate.thumbprint); }

  static HttpRequest CallWith(const Secret& token) {
    return ProgramUnderTest::CallRequest("echo", kText, "Bearer " + token.Reveal());
  }
  Result<HttpResponse> Send(const HttpRequest& request, const TlsClientOptions& tls) const {
    HttpClient client(server->address(), {.tls = tls});
    return client.Send(request, Deadline::In(10s));
  }
  Result<HttpResponse> Call(const Secret& token, const MadeCertificate& shown) const {
    return Send(CallWith(token), shown.Client(ca.file));
  }
  Result<HttpResponse> CallWithout(const Secret& token) const { return Send(CallWith(token), {.ca_file = ca.file}); }

  static void ExpectHeard(const Result<HttpResponse>& answer) {
    ASSERT_THAT(answer, IsOk());
    EXPECT_EQ(answer->status, 200) << answer->body;
    EXPECT_THAT(answer->body, HasSubstr("heard"));
  }
  // 401 invalid_token, of which only the audit knows why.
  void ExpectRefused(const Result<HttpResponse>& answer, const std::string& reason) {
    ASSERT_THAT(answer, IsOk());
    EXPECT_EQ(answer->status, 401) << answer->body;
    const std::string challenge = answer->headers.Get("WWW-Authenticate");
    EXPECT_THAT(challenge, HasSubstr("error=\"invalid_token\""));
    EXPECT_THAT(challenge + answer->body, Not(HasSubstr(reason)));
    EXPECT_EQ(LastReason(), reason);
  }
  std::string LastReason() {
    std::string text = TextOf(server->audit_file());
    while (text.ends_with('\n')) text.pop_back();
    const Result<Json> last = ParseJson(text.substr(text.rfind('\n') + 1));
    return last.ok() ? AtOr<std::string>(last.value(), "/reason", "") : text;
  }

  CertificateMaker files;
  const MadeCa ca = files.Ca("ca");
  const MadeCertificate own = files.MakeServer(ca);
  const MadeCertificate alice = files.Make(ca, "alice");
  const MadeCertificate bob = files.Make(ca, "bob");
  FakeIssuer issuer;
  FakeVault vault;
  std::unique_ptr<ProgramUnderTest> server;
};

// E23, E24
TEST_F(CertificateBindingTest, TakesABoundTokenOnlyWithItsCertificate) {
  Start("possible");
  const Secret token = BoundTo(alice);
  ExpectHeard(Call(token, alice));
  ExpectRefused(Call(token, bob), "certificate");
  ExpectRefused(CallWithout(token), "certificate");
  ExpectHeard(Call(token, alice));  // and what was refused elsewhere is not remembered against it
  ExpectHeard(CallWithout(Unbound()));
  ExpectHeard(Call(Unbound(), bob));
}

TEST_F(CertificateBindingTest, JudgesEachConnectionByItsOwnCertificate) {
  Start("possible");
  HttpClient hers(server->address(), {.tls = alice.Client(ca.file)});
  HttpClient his(server->address(), {.tls = bob.Client(ca.file)});
  const HttpRequest request = CallWith(BoundTo(alice));
  for (int i = 0; i < 3; ++i) {
    ExpectHeard(hers.Send(request, Deadline::In(10s)));
    ExpectRefused(his.Send(request, Deadline::In(10s)), "certificate");
  }
}

TEST_F(CertificateBindingTest, ComparesThumbprintsExactly) {
  Start("possible");
  std::string lower = alice.thumbprint;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  ASSERT_NE(lower, alice.thumbprint);
  ExpectRefused(Call(BoundTo(lower), alice), "certificate");
  ExpectRefused(Call(BoundTo(alice.thumbprint.substr(0, 42) + (alice.thumbprint.back() == 'A' ? "E" : "A")), alice),
                "certificate");
  for (const std::string& other : {std::string(), alice.thumbprint + "=", alice.thumbprint.substr(0, 42)}) {
    ExpectRefused(Call(BoundTo(other), alice), "confirmation");
  }
}

TEST_F(CertificateBindingTest, TakesNothingElseWhereItIsRequired) {
  Start("required");
  ExpectHeard(Call(BoundTo(alice), alice));
  ExpectRefused(Call(Unbound(), alice), "unbound");
  ExpectRefused(CallWithout(Unbound()), "unbound");
  ExpectRefused(CallWithout(BoundTo(alice)), "certificate");
  // A19: a certificate is no token.
  const Result<HttpResponse> answer = Send(ProgramUnderTest::CallRequest("echo", kText, ""), alice.Client(ca.file));
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->status, 401);
  EXPECT_THAT(answer->headers.Get("WWW-Authenticate"), Not(HasSubstr("error=")));
}

std::string PemInOneLine(const MadeCertificate& certificate) {
  std::string text = TextOf(certificate.certificate_file);
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

// What proxies say of a client's certificate, each as its own documentation has it.
void AddClaimsOf(HttpRequest& request, const MadeCertificate& certificate) {
  const std::string pem = PemInOneLine(certificate);
  const std::string hash = Hex(DecodeBase64Url(certificate.thumbprint).value());
  const size_t begin = pem.find("- ") + 2;
  std::string der = pem.substr(begin, pem.find(" -", begin) - begin);
  std::erase(der, ' ');
  request.headers.Add("Client-Cert", ":" + der + ":");
  request.headers.Add("Client-Cert-Chain", ":" + der + ":");
  request.headers.Add("X-SSL-Client-Cert", pem);
  request.headers.Add("X-SSL-Client-Verify", "SUCCESS");
  request.headers.Add("X-SSL-Client-SHA256", hash);
  request.headers.Add("X-Forwarded-Client-Cert", "Hash=" + hash + ";Cert=\"" + PercentEncode(pem) + "\"");
  request.headers.Add("ssl-client-cert", PercentEncode(pem));
  request.headers.Add("ssl-client-verify", "SUCCESS");
  request.headers.Add("x5t#S256", certificate.thumbprint);
}

// E25, E26
TEST_F(CertificateBindingTest, BelievesNoHeaderAboutACertificate) {
  Start("possible");
  HttpRequest request = CallWith(BoundTo(alice));
  AddClaimsOf(request, alice);
  ExpectRefused(Send(request, bob.Client(ca.file)), "certificate");
  ExpectRefused(Send(request, {.ca_file = ca.file}), "certificate");
  ExpectHeard(Send(request, alice.Client(ca.file)));
  HttpRequest slandered = CallWith(BoundTo(alice));
  AddClaimsOf(slandered, bob);
  ExpectHeard(Send(slandered, alice.Client(ca.file)));
}

// E26 without TLS: nobody can have proven anything.
TEST_F(CertificateBindingTest, BelievesNoHeaderWithoutTlsEither) {
  server = std::make_unique<ProgramUnderTest>(IFF_PROGRAM, "mcp-echo", issuer, vault, std::vector<std::string>{});
  HttpRequest request = CallWith(BoundTo(alice));
  AddClaimsOf(request, alice);
  ExpectRefused(Send(request, {}), "confirmation");
  ExpectHeard(Send(CallWith(Unbound()), {}));
}

// E28: CVE-2023-2422
TEST_F(CertificateBindingTest, KnowsAClientByItsOwnCertificateOnly) {
  Start("possible");
  const MadeCertificate both = files.Behind(bob, alice);
  ExpectRefused(Call(BoundTo(alice), both), "certificate");
  ExpectHeard(Call(BoundTo(bob), both));
}

// E29
TEST_F(CertificateBindingTest, HearsNobodyWhoseCertificateDoesNotVerify) {
  const MadeCertificate revoked = files.Make(ca, "mallory");
  Start("possible", files.Revoking(ca, {revoked}));
  const std::vector<MadeCertificate> rows = {
      files.Make(ca, "alice", {.expired = true}),
      files.Make(ca, "alice", {.usage = CertificateUsage::kServer}),
      files.Make(files.Ca("other"), "alice"),
      revoked,
  };
  ExpectHeard(Call(BoundTo(alice), alice));
  const std::string before = TextOf(server->audit_file());
  for (size_t i = 0; i < rows.size(); ++i) {
    EXPECT_THAT(Call(BoundTo(rows[i]), rows[i]), FailsWith(ErrorKind::kRefused, HasSubstr("the peer refused"))) << i;
    EXPECT_THAT(Call(Unbound(), rows[i]), FailsWith(ErrorKind::kRefused, HasSubstr("the peer refused"))) << i;
  }
  EXPECT_EQ(TextOf(server->audit_file()), before);
  ExpectHeard(Call(BoundTo(alice), alice));
}

// E30: what a certificate is named after is nobody's proof.
TEST_F(CertificateBindingTest, NeverLooksAtNames) {
  Start("possible");
  using namespace std::string_literals;
  const std::vector<MadeCertificate> rows = {
      files.Make(ca, "alice"),
      files.Make(ca, "alice\0.example"s, {.dns = {"alice\0.example"s}}),
      files.Make(ca, "*", {.dns = {"*", "*.example"}}),
      files.Make(ca, "\xd0\xb0lice",
                 {.dns = {"\xd0\xb0lice"}}),  // a Cyrillic letter, as UTF-8, where only ASCII may be
      files.Make(ca, alice.thumbprint, {.dns = {alice.thumbprint}}),
  };
  for (size_t i = 0; i < rows.size(); ++i) {
    SCOPED_TRACE(i);
    ExpectRefused(Call(BoundTo(alice), rows[i]), "certificate");
    ExpectHeard(Call(BoundTo(rows[i]), rows[i]));
  }
}

TEST_F(CertificateBindingTest, SaysInItsMetadataThatItBinds) {
  const auto member = [&] {
    HttpClient client(server->address(), {.tls = {.ca_file = ca.file}});
    const Result<HttpResponse> answer =
        client.Send({.target = "/.well-known/oauth-protected-resource/mcp"}, Deadline::In(10s));
    EXPECT_THAT(answer, IsOk());
    EXPECT_THAT(answer->body, HasSubstr("\"resource\":\"https://127.0.0.1:"));
    return AtOr<Json>(ParseJson(answer->body).value(), "/tls_client_certificate_bound_access_tokens", Json());
  };
  for (const char* binding : {"possible", "required"}) {
    Start(binding);
    EXPECT_EQ(member(), Json(true)) << binding;
  }
  server = std::make_unique<ProgramUnderTest>(
      IFF_PROGRAM, "mcp-echo", issuer, vault,
      std::vector<std::string>{"IFF_TLS_CERTIFICATE_FILE=" + own.certificate_file, "IFF_TLS_KEY_FILE=" + own.key_file},
      TlsClientOptions{.ca_file = ca.file});
  EXPECT_EQ(member(), Json());
  ExpectRefused(Call(BoundTo(alice), alice), "confirmation");
}

// Whom it asks may be reached over https too, by those CAs that the system or SSL_CERT_FILE names.
TEST_F(CertificateBindingTest, FetchesTheIssuersKeysOverHttps) {
  std::atomic<int> asked{0};
  const auto secure = HttpServer::Start(
      [&](const HttpRequest& request) {
        ++asked;
        HttpClient behind(issuer.Keys().endpoint);
        return behind.Send(request, Deadline::In(10s)).value();
      },
      0, TlsServerOptions{.certificate_file = own.certificate_file, .key_file = own.key_file});
  ASSERT_THAT(secure, IsOk());
  server = std::make_unique<ProgramUnderTest>(
      IFF_PROGRAM, "mcp-echo", issuer, vault,
      std::vector<std::string>{"IFF_JWKS_URL=https://localhost:" + std::to_string((*secure)->endpoint().port) + "/keys",
                               "SSL_CERT_FILE=" + ca.file});
  ExpectHeard(Send(CallWith(Unbound()), {}));
  EXPECT_GE(asked, 1);
}

TEST_F(CertificateBindingTest, EndsCleanly) {
  Start("possible");
  HttpClient kept(server->address(), {.tls = alice.Client(ca.file)});
  ExpectHeard(kept.Send(CallWith(BoundTo(alice)), Deadline::In(10s)));
  EXPECT_EQ(server->Terminate(), 0);
  EXPECT_THAT(TextOf(server->log_file()), EndsWith("ended\n"));
}

}  // namespace
}  // namespace iff
