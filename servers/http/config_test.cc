#include "servers/http/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <memory>

#include "harness/core/result_matchers.h"
#include "harness/net/certificates.h"
#include "servers/credentials/upstream.h"
#include "servers/credentials/vault_source.h"
#include "servers/http/process.h"

namespace iff {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

struct SecretFile {
  SecretFile() {
    ::close(::mkstemp(name.data()));
    std::ofstream(name) << "s3cret\n";
  }
  ~SecretFile() { ::unlink(name.c_str()); }
  std::string name = "/tmp/iff-secret-XXXXXX";
};

TEST(Process, RaisesTheNumberOfFilesAndAcceptsHalfAsManyConnections) {
  rlimit before = {};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit few = {.rlim_cur = 100, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  EXPECT_EQ(DescriptorLimit(), 100U);
  RaiseDescriptorLimit();
  EXPECT_EQ(DescriptorLimit(), before.rlim_max);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_EQ(ConnectionsWithin(1024, 4096), 512U);
  EXPECT_EQ(ConnectionsWithin(1'000'000, 4096), 4096U);
  EXPECT_EQ(ConnectionsWithin(0, 4096), 1U);
}

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
// What a server with an upstream and a Vault reads.
struct Parts {
  std::shared_ptr<UpstreamSettings> upstream = std::make_shared<UpstreamSettings>();
  std::vector<SettingsPart> all = {UpstreamPart(upstream), VaultSource("jira", CredentialKind::kStored).settings};
};
Result<Config> Load(const Settings& settings, bool stdio = false) { return LoadConfig(settings, Parts().all, stdio); }

TEST(LoadConfig, TakesACompleteOneWithSafeDefaults) {
  const Result<Config> config = Load(Complete());
  ASSERT_THAT(config, IsOk());
  EXPECT_EQ(config.value().policy.leeway, 0);
  const Settings complete = Complete();
  SettingsReader reader(complete);
  const VaultSettings vault = ReadVaultSettings(reader);
  EXPECT_TRUE(reader.Done().ok());
  EXPECT_EQ(vault.exchange.client.secret.Reveal(), "s3cret");
  EXPECT_EQ(vault.mode, CredentialMode::kExchange);
  EXPECT_EQ(vault.kv_mount, "secret");
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

TEST(LoadConfig, TellsWhatAnOlderNameOfATokenProfileIsNow) {
  Settings settings = Complete();
  settings["IFF_TOKEN_PROFILE"] = "keycloak";
  EXPECT_THAT(Load(settings), FailsWith(ErrorKind::kInvalidInput, HasSubstr("'keycloak' is called 'strict'")));
  settings["IFF_TOKEN_PROFILE"] = "strict";
  EXPECT_THAT(Load(settings), IsOk());
}

TEST(LoadConfig, TakesOneAudienceAndWhatIsNotItBesideIt) {
  const auto mistake = [](const std::string& name, const std::string& value) {
    Settings settings = Complete();
    settings[name] = value;
    return Load(settings);
  };
  for (const char* several :
       {"mcp-jira,mcp-wiki", "mcp-jira, mcp-wiki", "mcp-jira,", ",mcp-jira", " mcp-jira", "mcp-jira "}) {
    EXPECT_THAT(mistake("IFF_AUDIENCE", several),
                FailsWith(ErrorKind::kInvalidInput, HasSubstr("IFF_AUDIENCE is one audience")));
  }
  EXPECT_THAT(mistake("IFF_TOKEN_COMPANIONS", "account,none"),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("none stands alone")));
  EXPECT_THAT(mistake("IFF_TOKEN_COMPANIONS", "account,mcp-jira"),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("is IFF_AUDIENCE itself")));
  EXPECT_EQ(mistake("IFF_TOKEN_COMPANIONS", "none").value().policy.companions.size(), 0U);
}

TEST(LoadConfig, KeepsSessionsUnlessToldNotTo) {
  EXPECT_TRUE(Load(Complete()).value().sessions);
  Settings settings = Complete();
  settings["IFF_SESSIONS"] = "kept";
  EXPECT_TRUE(Load(settings).value().sessions);
  settings["IFF_SESSIONS"] = "none";
  EXPECT_FALSE(Load(settings).value().sessions);
  EXPECT_THAT(Load(settings, true), FailsWith(ErrorKind::kInvalidInput, HasSubstr("not for --stdio")));
  settings["IFF_SESSIONS"] = "shared";
  EXPECT_THAT(Load(settings), FailsWith(ErrorKind::kInvalidInput, HasSubstr("IFF_SESSIONS")));
}

TEST(LoadConfig, ServesTheOldStreamsOnlyWhereToldTo) {
  EXPECT_FALSE(Load(Complete()).value().sse);
  Settings settings = Complete();
  settings["IFF_SSE"] = "true";
  EXPECT_TRUE(Load(settings).value().sse);
  EXPECT_THAT(Load(settings, true), FailsWith(ErrorKind::kInvalidInput, HasSubstr("IFF_SSE is for a listener")));
  settings["IFF_SESSIONS"] = "none";
  EXPECT_THAT(Load(settings), FailsWith(ErrorKind::kInvalidInput, HasSubstr("IFF_SSE needs IFF_SESSIONS=kept")));
  settings["IFF_SESSIONS"] = "kept";
  settings["IFF_RESOURCE"] = "http://127.0.0.1:1/sse";
  EXPECT_THAT(Load(settings), FailsWith(ErrorKind::kInvalidInput, HasSubstr("another than /sse")));
  settings["IFF_SSE"] = "on";
  EXPECT_THAT(Load(settings), FailsWith(ErrorKind::kInvalidInput, HasSubstr("IFF_SSE")));
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
  EXPECT_EQ(config.value().client.id, "mcp-jira");
  EXPECT_EQ(config.value().client.secret.Reveal(), "s3cret");
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
  EXPECT_THAT(Load(whole, true), refused("not for --stdio"));
}

TEST(LoadConfig, NeedsNothingOfAPartThatAServerDoesNotHave) {
  Settings settings = Complete();
  for (const char* name : {"IFF_VAULT_ADDR", "IFF_VAULT_ROLE", "IFF_VAULT_AUDIENCE", "IFF_TOKEN_URL", "IFF_CLIENT_ID",
                           "IFF_CLIENT_SECRET_FILE", "IFF_UPSTREAM_URL"}) {
    settings.erase(name);
  }
  EXPECT_THAT(LoadConfig(settings, {}, false), IsOk());
  EXPECT_THAT(Load(settings), FailsWith(ErrorKind::kInvalidInput, HasSubstr("IFF_VAULT_ADDR is missing")));
}

TEST(IsSetting, KnowsWhatTheServerAndItsPartsRead) {
  EXPECT_TRUE(IsSetting("IFF_AUDIENCE", {}));
  EXPECT_FALSE(IsSetting("IFF_AUDIENSE", Parts().all));
  EXPECT_TRUE(IsSetting("IFF_VAULT_ROLE", Parts().all));
  EXPECT_FALSE(IsSetting("IFF_VAULT_ROLE", {}));
}

TEST(ParseSettings, ReadsLinesAndJson) {
  EXPECT_EQ(ParseSettings("# c\nIFF_AUDIENCE = a=b\n").value().at("IFF_AUDIENCE"), "a=b");
  EXPECT_EQ(ParseSettings(R"({"IFF_TOKEN_LEEWAY": 5})").value().at("IFF_TOKEN_LEEWAY"), "5");
  EXPECT_THAT(ParseSettings("nonsense"), FailsWith(ErrorKind::kInvalidInput, HasSubstr("line 1")));
}

}  // namespace
}  // namespace iff
