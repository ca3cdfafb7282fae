#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "harness/core/result_matchers.h"
#include "harness/net/certificates.h"
#include "servers/guard/audit_file.h"
#include "servers/guard/lru_map.h"
#include "servers/guard/metrics.h"
#include "servers/guard/token_bucket.h"
#include "servers/guard/verdict_cache.h"
#include "servers/http/config.h"

namespace iff {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

Caller Somebody(const std::string& subject) {
  Caller caller;
  caller.claims.issuer = "https://issuer.example";
  caller.claims.subject = subject;
  return caller;
}

// -- limits

class Limiter : public ::testing::Test {
 protected:
  std::shared_ptr<RateLimiter> Make(bool counts_refused = false) {
    TokenBucketOptions options;
    options.budget = {.count = 3, .span = std::chrono::seconds(30)};
    options.groups["write"] = {.count = 1, .span = std::chrono::seconds(60)};
    options.counts_refused = counts_refused;
    options.now = [this] { return now; };
    return MakeTokenBucketLimiter(std::move(options));
  }
  std::chrono::nanoseconds now = std::chrono::hours(1);
};

TEST_F(Limiter, AnswersHowLongToWait) {
  const auto limiter = Make();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(limiter->Take(Somebody("alice"), "read"), std::nullopt);
  EXPECT_EQ(limiter->Take(Somebody("alice"), "read"), std::chrono::milliseconds(10'000));
  EXPECT_EQ(limiter->Take(Somebody("alice"), "read"), std::chrono::milliseconds(10'000));
  now += std::chrono::seconds(10);
  EXPECT_EQ(limiter->Take(Somebody("alice"), "read"), std::nullopt);
}

TEST_F(Limiter, KeepsPeopleAndGroupsApart) {
  const auto limiter = Make();
  for (int i = 0; i < 3; ++i) (void)limiter->Take(Somebody("alice"), "read");
  EXPECT_EQ(limiter->Take(Somebody("bob"), "read"), std::nullopt);
  EXPECT_EQ(limiter->Take(Somebody("alice"), "write"), std::nullopt);
  EXPECT_NE(limiter->Take(Somebody("alice"), "write"), std::nullopt);
}

TEST_F(Limiter, PunishesImpatienceWhereConfigured) {
  const auto limiter = Make(true);
  for (int i = 0; i < 3; ++i) (void)limiter->Take(Somebody("alice"), "read");
  EXPECT_EQ(limiter->Take(Somebody("alice"), "read"), std::chrono::milliseconds(20'000));
  for (int i = 0; i < 100; ++i) (void)limiter->Take(Somebody("alice"), "read");
  EXPECT_EQ(limiter->Take(Somebody("alice"), "read"), std::chrono::milliseconds(40'000));
}

TEST(LruMap, ForgetsTheStalestThatMayGo) {
  LruMap<int> map(2);
  map.Put("a", 1);
  map.Put("b", 2);
  (void)map.Find("a");
  map.Put("c", 3);
  EXPECT_EQ(map.Find("b"), nullptr);
  EXPECT_NE(map.Find("a"), nullptr);
  map.Put("d", 4, [](int& value) { return value != 3; });
  EXPECT_NE(map.Find("c"), nullptr);
  EXPECT_EQ(map.Find("a"), nullptr);
}

// -- audit

class AuditFileTest : public ::testing::Test {
 protected:
  AuditFileTest() {
    std::string name = "/tmp/iff-audit-XXXXXX";
    directory = ::mkdtemp(name.data());
    path = directory + "/audit.jsonl";
  }
  ~AuditFileTest() override {
    ::unlink(path.c_str());
    ::rmdir(directory.c_str());
  }
  void Write(int count, const std::string& reason = "expired") {
    AuditFileOptions options;
    options.path = path;
    const auto trail = OpenAuditFile(options, clock).value();
    for (int i = 0; i < count; ++i) {
      Decision decision;
      decision.subject = "alice-id";
      decision.outcome = "denied";
      decision.reason = reason;
      EXPECT_TRUE(trail->Record(decision));
    }
  }
  std::string Text() const {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }
  void Replace(const std::string& text) const { std::ofstream(path) << text; }

  ManualClock clock;
  std::string directory;
  std::string path;
};

TEST_F(AuditFileTest, ContinuesItsChainAfterARestart) {
  Write(2);
  Write(2);
  EXPECT_THAT(VerifyAuditFile(path), IsOkAndHolds(4u));
  struct stat seen = {};
  ASSERT_EQ(::stat(path.c_str(), &seen), 0);
  EXPECT_EQ(seen.st_mode & 0777u, 0600u);
}

TEST_F(AuditFileTest, ShowsAChangedLine) {
  Write(3);
  std::string text = Text();
  text.replace(text.find("alice-id"), 8, "mallory!");
  Replace(text);
  EXPECT_THAT(VerifyAuditFile(path), FailsWith(ErrorKind::kRefused, HasSubstr("line 1: was changed")));
}

TEST_F(AuditFileTest, ShowsADroppedLine) {
  Write(3);
  const std::string text = Text();
  const size_t first = text.find('\n') + 1;
  const size_t second = text.find('\n', first) + 1;
  Replace(text.substr(0, first) + text.substr(second));
  EXPECT_THAT(VerifyAuditFile(path), FailsWith(ErrorKind::kRefused, HasSubstr("line 2: out of sequence")));
}

TEST_F(AuditFileTest, KeepsOneLineForOneDecisionWhateverIsInIt) {
  Write(1, "a\r\n\x1b[31m\"},{\"\xe2\x80\xae");
  EXPECT_THAT(VerifyAuditFile(path), IsOkAndHolds(1u));
  EXPECT_THAT(Text(), Not(HasSubstr("\x1b")));
  EXPECT_THAT(Text(), HasSubstr("\\u202e"));
}

TEST_F(AuditFileTest, RefusesWhatIsNoFile) {
  AuditFileOptions options;
  options.path = "/dev/full";
  EXPECT_THAT(OpenAuditFile(options, clock), FailsWith(ErrorKind::kInvalidInput, HasSubstr("not a regular file")));
}

TEST(Metrics, HasNoIdentityInItsLabels) {
  Metrics metrics;
  Decision decision;
  decision.subject = "alice-id";
  decision.issuer = "https://issuer.example";
  decision.outcome = "denied";
  decision.reason = "Something A Caller Made Up";
  EXPECT_TRUE(Counted(nullptr, metrics)->Record(decision));
  EXPECT_THAT(metrics.Text(), AllOf(HasSubstr("iff_decisions_total{outcome=\"denied\",reason=\"other\"} 1"),
                                    Not(HasSubstr("alice")), Not(HasSubstr("issuer.example"))));
}

// -- configuration

struct SecretFile {
  SecretFile() {
    ::close(::mkstemp(name.data()));
    std::ofstream(name) << "s3cret\n";
  }
  ~SecretFile() { ::unlink(name.c_str()); }
  std::string name = "/tmp/iff-secret-XXXXXX";
};

TEST(ReadSecretFile, WarnsOfReadersAndRefusesWhatOthersMayWrite) {
  const SecretFile secret;
  const auto with_mode = [&](unsigned mode) {
    EXPECT_EQ(::chmod(secret.name.c_str(), mode), 0);
    testing::internal::CaptureStderr();
    const Result<Secret> read = ReadSecretFile(secret.name);
    return std::pair(read.ok() ? read->Reveal() : read.error().message(), testing::internal::GetCapturedStderr());
  };
  EXPECT_EQ(with_mode(0600), std::pair(std::string("s3cret"), std::string()));
  for (const unsigned mode : {0644U, 0640U, 0604U}) {
    const auto [text, logged] = with_mode(mode);
    EXPECT_EQ(text, "s3cret");
    EXPECT_THAT(logged, AllOf(HasSubstr("warning secret-readable-by-others"), HasSubstr(secret.name)));
  }
  for (const unsigned mode : {0666U, 0620U, 0602U}) {
    EXPECT_THAT(with_mode(mode).first, HasSubstr("other accounts may write it (mode 0"));
  }
}

Settings Complete() {
  static const SecretFile secret;
  return {{"IFF_LISTEN", "127.0.0.1:0"},
          {"IFF_RESOURCE", "http://127.0.0.1:1/mcp"},
          {"IFF_AUDIENCE", "mcp-jira"},
          {"IFF_ISSUER", "http://127.0.0.1:2/realms/demo"},
          {"IFF_JWKS_URL", "http://127.0.0.1:2/keys"},
          {"IFF_TOKEN_URL", "http://127.0.0.1:2/token"},
          {"IFF_CLIENT_ID", "mcp-jira"},
          {"IFF_CLIENT_SECRET_FILE", secret.name},
          {"IFF_VAULT_ADDR", "http://127.0.0.1:3"},
          {"IFF_VAULT_ROLE", "user"},
          {"IFF_VAULT_AUDIENCE", "vault"},
          {"IFF_UPSTREAM_URL", "http://127.0.0.1:4"},
          {"IFF_AUDIT_FILE", "/tmp/iff-test-audit"}};
}
Result<Config> Load(const Settings& settings) { return LoadConfig(settings, {.upstream = true}, false); }

TEST(LoadConfig, TakesACompleteOneWithSafeDefaults) {
  const Result<Config> config = Load(Complete());
  ASSERT_THAT(config, IsOk());
  EXPECT_EQ(config.value().client_secret.Reveal(), "s3cret");
  EXPECT_EQ(config.value().mode, CredentialMode::kExchange);
  EXPECT_EQ(config.value().leeway, 0);
}

TEST(LoadConfig, ListsEveryMistakeAtOnce) {
  Settings settings = Complete();
  settings.erase("IFF_AUDIENCE");
  settings.erase("IFF_VAULT_ROLE");
  settings["IFF_RATE_LIMIT"] = "many";
  EXPECT_THAT(Load(settings),
              FailsWith(ErrorKind::kInvalidInput,
                        AllOf(HasSubstr("IFF_AUDIENCE is missing"), HasSubstr("IFF_VAULT_ROLE is missing"),
                              HasSubstr("IFF_RATE_LIMIT must be calls/seconds"))));
}

TEST(LoadConfig, RefusesWhatIsUnsafe) {
  Settings open = Complete();
  open["IFF_LISTEN"] = "0.0.0.0:80";
  EXPECT_THAT(Load(open), FailsWith(ErrorKind::kInvalidInput, HasSubstr("not a loopback address")));
  Settings plain = Complete();
  plain["IFF_JWKS_URL"] = "http://issuer.example/keys";
  EXPECT_THAT(Load(plain), FailsWith(ErrorKind::kInvalidInput, HasSubstr("IFF_JWKS_URL must be https")));
  Settings same = Complete();
  same["IFF_VAULT_AUDIENCE"] = "mcp-jira";
  EXPECT_THAT(Load(same), FailsWith(ErrorKind::kInvalidInput, HasSubstr("must differ")));
}

TEST(LoadConfig, IntrospectsOnlyWhereToldTo) {
  EXPECT_FALSE(Load(Complete()).value().introspection_url.has_value());
  Settings settings = Complete();
  settings["IFF_INTROSPECTION_URL"] = "http://127.0.0.1:9/introspect";
  EXPECT_EQ(Load(settings).value().introspection_url->endpoint.port, 9);
  EXPECT_EQ(Load(settings).value().introspection_url->target, "/introspect");
  EXPECT_EQ(Load(settings).value().introspection_ttl, std::chrono::seconds(10));
  settings["IFF_INTROSPECTION_TTL"] = "0";
  EXPECT_EQ(Load(settings).value().introspection_ttl, std::chrono::seconds(0));
}

TEST(LoadConfig, IntrospectsAsTheServerItselfInEitherMode) {
  Settings settings = Complete();
  settings["IFF_INTROSPECTION_URL"] = "http://127.0.0.1:9/introspect";
  settings["IFF_CREDENTIAL_MODE"] = "passthrough";
  const Result<Config> config = Load(settings);
  ASSERT_THAT(config, IsOk());
  EXPECT_EQ(config.value().client_id, "mcp-jira");
  EXPECT_EQ(config.value().client_secret.Reveal(), "s3cret");
  settings.erase("IFF_CLIENT_ID");
  settings.erase("IFF_CLIENT_SECRET_FILE");
  EXPECT_THAT(Load(settings), FailsWith(ErrorKind::kInvalidInput,
                                        AllOf(HasSubstr("IFF_CLIENT_ID is missing (to introspect tokens)"),
                                              HasSubstr("IFF_CLIENT_SECRET_FILE is missing (to introspect"))));
}

TEST(LoadConfig, RefusesIntrospectionThatContradictsItself) {
  Settings settings = Complete();
  settings["IFF_INTROSPECTION_TTL"] = "5";
  settings.erase("IFF_VAULT_ROLE");
  EXPECT_THAT(Load(settings),
              FailsWith(ErrorKind::kInvalidInput, AllOf(HasSubstr("IFF_INTROSPECTION_TTL needs IFF_INTROSPECTION_URL"),
                                                        HasSubstr("IFF_VAULT_ROLE is missing"))));
  settings = Complete();
  settings["IFF_INTROSPECTION_URL"] = "http://issuer.example/introspect";
  settings["IFF_INTROSPECTION_TTL"] = "-1";
  EXPECT_THAT(Load(settings),
              FailsWith(ErrorKind::kInvalidInput, AllOf(HasSubstr("IFF_INTROSPECTION_URL must be https"),
                                                        HasSubstr("IFF_INTROSPECTION_TTL must be a number"))));
}

TEST(LoadConfig, SpeaksTlsWithFilesItCanUse) {
  CertificateMaker files;
  const MadeCa ca = files.Ca("ca");
  const MadeCertificate own = files.MakeServer(ca);
  Settings whole = Complete();
  whole["IFF_LISTEN"] = "0.0.0.0:443";
  whole["IFF_RESOURCE"] = "https://mcp.example/mcp";
  whole["IFF_TLS_CERTIFICATE_FILE"] = own.certificate_file;
  whole["IFF_TLS_KEY_FILE"] = own.key_file;
  const Result<Config> speaking = Load(whole);
  ASSERT_THAT(speaking, IsOk());
  EXPECT_EQ(speaking->certificate_binding, TokenBinding::kNone);
  EXPECT_EQ(speaking->tls.client_certificates, ClientCertificates::kNotAsked);
  whole["IFF_TLS_CLIENT_CA_FILE"] = ca.file;
  whole["IFF_CERTIFICATE_BINDING"] = "required";
  const Result<Config> binding = Load(whole);
  ASSERT_THAT(binding, IsOk());
  EXPECT_EQ(binding->certificate_binding, TokenBinding::kRequired);
  EXPECT_EQ(binding->tls.client_certificates, ClientCertificates::kAsked);
  EXPECT_TRUE(Load(Complete())->tls.empty());

  const auto with = [&](const std::string& name, const std::string& value) {
    Settings changed = whole;
    changed[name] = value;
    return Load(changed);
  };
  const auto refused = [](const std::string& why) { return FailsWith(ErrorKind::kInvalidInput, HasSubstr(why)); };
  EXPECT_THAT(with("IFF_TLS_KEY_FILE", ""), refused("go together"));
  EXPECT_THAT(with("IFF_TLS_KEY_FILE", own.key_file + ".not"), refused("key file " + own.key_file + ".not"));
  EXPECT_THAT(with("IFF_TLS_KEY_FILE", files.MakeServer(ca).key_file), refused("mismatch"));
  EXPECT_THAT(with("IFF_TLS_CLIENT_CA_FILE", own.key_file), refused("CA file " + own.key_file));
  EXPECT_THAT(with("IFF_TLS_CLIENT_CA_FILE", ""),
              refused("IFF_CERTIFICATE_BINDING=required needs IFF_TLS_CLIENT_CA_FILE"));
  EXPECT_THAT(with("IFF_CERTIFICATE_BINDING", "none"), refused("nothing depends on a certificate"));
  EXPECT_THAT(with("IFF_CERTIFICATE_BINDING", "maybe"), refused("must be none, possible or required"));
  EXPECT_THAT(with("IFF_RESOURCE", "http://mcp.example/mcp"), refused("IFF_RESOURCE must be https"));
  whole.erase("IFF_TLS_CERTIFICATE_FILE");
  whole.erase("IFF_TLS_KEY_FILE");
  EXPECT_THAT(Load(whole), FailsWith(ErrorKind::kInvalidInput, AllOf(HasSubstr("IFF_TLS_CLIENT_CA_FILE needs"),
                                                                     HasSubstr("not a loopback address"))));
  EXPECT_THAT(with("IFF_LISTEN", "https://127.0.0.1:443"), refused("IFF_LISTEN is https, which needs"));
  whole.erase("IFF_LISTEN");
  whole["IFF_MCP_TOKEN_FILE"] = own.key_file;
  EXPECT_THAT(LoadConfig(whole, {.upstream = true}, true), refused("not for --stdio"));
}

TEST(ParseSettings, ReadsLinesAndJson) {
  EXPECT_EQ(ParseSettings("# c\nIFF_AUDIENCE = a=b\n").value().at("IFF_AUDIENCE"), "a=b");
  EXPECT_EQ(ParseSettings(R"({"IFF_TOKEN_LEEWAY": 5})").value().at("IFF_TOKEN_LEEWAY"), "5");
  EXPECT_THAT(ParseSettings("IFF_AUDIENSE=x"), FailsWith(ErrorKind::kInvalidInput, HasSubstr("unknown setting")));
  EXPECT_THAT(ParseSettings("nonsense"), FailsWith(ErrorKind::kInvalidInput, HasSubstr("line 1")));
}

}  // namespace
}  // namespace iff
