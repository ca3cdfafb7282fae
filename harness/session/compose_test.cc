// docker/compose.yaml against what it must agree with: the system file, the lock file of images, the harness's image.
#include <gmock/gmock.h>

#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "harness/core/result_matchers.h"
#include "harness/core/yaml.h"
#include "harness/session/attached.h"

namespace iff {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string TextOf(const std::string& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// "${NAME:-default}" as it is where nobody sets NAME.
std::string AsByDefault(const std::string& text) {
  return std::regex_replace(text, std::regex(R"(\$\{[A-Z_]+:-([^}]*)\})"), "$1");
}

// With what `<<` brings in.
Json Merged(const Json& value) {
  if (!value.is_object()) return value;
  Json merged = Json::object();
  if (value.contains("<<")) merged = Merged(value["<<"]);
  for (const auto& [name, member] : value.items()) {
    if (name != "<<") merged[name] = Merged(member);
  }
  return merged;
}

std::vector<std::string> Words(const Json& service, const std::string& member) {
  std::vector<std::string> words;
  for (const Json& word : AtOr<Json>(service, "/" + member, Json::array()))
    words.push_back(AsByDefault(word.get<std::string>()));
  return words;
}

class ComposeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Result<YamlFile> file = YamlFile::Load("docker/compose.yaml");
    ASSERT_THAT(file, IsOk());
    for (const auto& [name, service] : file->value()["services"].items()) services_[name] = Merged(service);
    Result<System> system = LoadSystem("systems/vault-demo/system.yaml");
    ASSERT_THAT(system, IsOk());
    system_ = std::move(system).value();
    for (const std::string& word : Words(services_["prepare"], "command")) {
      if (word.starts_with("--at=")) addresses_.push_back(word.substr(5));
    }
    Result<Attached> attached = ReadAddresses(system_, "/var/lib/iff", addresses_);
    ASSERT_THAT(attached, IsOk());  // every component and every server, and nothing else
    attached_ = std::move(attached).value();
  }

  std::map<std::string, Json> services_;
  System system_;
  std::vector<std::string> addresses_;
  Attached attached_;
};

TEST_F(ComposeTest, HasAServiceForEveryComponentAndItsFolder) {
  for (const auto& [name, attachment] : attached_.Attachments()) {
    ASSERT_TRUE(services_.contains(name)) << name;
    const std::vector<std::string> volumes = Words(services_[name], "volumes");
    ASSERT_EQ(volumes.size(), 1U) << name << " sees more than its own folder";
    EXPECT_THAT(volumes.front() + ":", HasSubstr(":" + attachment.folder + ":")) << name;
    EXPECT_EQ(AtOr<std::string>(services_["provision"], "/depends_on/" + name + "/condition", ""), "service_healthy");
  }
}

TEST_F(ComposeTest, StartsEveryServerWithItsOwnSettings) {
  for (const auto& [name, target] : system_.targets) {
    const std::string service = "mcp-" + name;
    ASSERT_TRUE(services_.contains(service)) << service;
    const std::string folder = attached_.TargetFolder(name);
    EXPECT_EQ(Words(services_[service], "entrypoint"),
              (std::vector<std::string>{"/opt/iff/bin/" + target.command.front(), "--config", folder + "/settings"}));
    EXPECT_EQ(Words(services_[service], "volumes"), std::vector<std::string>{service + ":" + folder});
    const std::string listen = AsByDefault(AtOr<std::string>(services_[service], "/environment/IFF_LISTEN", ""));
    EXPECT_EQ(listen, "0.0.0.0:" + std::to_string(attached_.targets.at(name).port));
    EXPECT_EQ(AtOr<std::string>(services_[service], "/depends_on/provision/condition", ""),
              "service_completed_successfully");
    EXPECT_EQ(AtOr<std::string>(services_["ready"], "/depends_on/" + service + "/condition", ""), "service_healthy");
  }
}

TEST_F(ComposeTest, TellsTheComponentsThePortsItTellsEverybody) {
  const auto port = [this](const std::string& name) { return std::to_string(attached_.components.at(name).port); };
  for (const char* mock : {"jira", "github"}) {
    EXPECT_EQ(AsByDefault(AtOr<std::string>(services_[mock], "/environment/IFF_LISTEN", "")), "0.0.0.0:" + port(mock));
  }
  EXPECT_THAT(Dump(services_["vault"]["healthcheck"]), HasSubstr("127.0.0.1:" + port("vault") + " "));
  EXPECT_THAT(Words(services_["postgres"]["healthcheck"], "test"), Contains(port("postgres")));
}

TEST_F(ComposeTest, PublishesOnLoopbackAloneUnderTheSameNumber) {
  std::set<std::string> published;
  for (const auto& [name, service] : services_) {
    EXPECT_EQ(service.contains("ports"), name == "net") << name;
  }
  for (const std::string& port : Words(services_["net"], "ports")) {
    std::smatch parts;
    ASSERT_TRUE(std::regex_match(port, parts, std::regex(R"(127\.0\.0\.1:(\d+):(\d+))"))) << port;
    EXPECT_EQ(parts[1], parts[2]);
    published.insert(parts[1]);
  }
  std::set<std::string> wanted;
  for (const char* name : {"keycloak", "jira", "github"})
    wanted.insert(std::to_string(attached_.components.at(name).port));
  for (const auto& [name, endpoint] : attached_.targets) wanted.insert(std::to_string(endpoint.port));
  EXPECT_EQ(published, wanted);
}

TEST_F(ComposeTest, TakesTheImagesOfTheLockFile) {
  const Result<Json> lock = ParseJson(TextOf("docker/images.lock.json"));
  ASSERT_THAT(lock, IsOk());
  const std::string local = TextOf("docker/local.env");
  const std::map<std::string, std::string> images = {
      {"keycloak", "keycloak"}, {"vault", "openbao"}, {"postgres", "postgres"}};
  for (const auto& [service, image] : images) {
    const std::string written = AtOr<std::string>(services_[service], "/image", "");
    EXPECT_EQ(AsByDefault(written), AtOr<std::string>(*lock, "/images/" + image + "/reference", "none"));
    const std::string variable = written.substr(2, written.find(":-") - 2);
    EXPECT_THAT(local, HasSubstr("\n" + variable + "=" +
                                 AtOr<std::string>(*lock, "/images/" + image + "/local", "none") + "\n"));
  }
}

TEST_F(ComposeTest, LetsNobodyDoMoreThanTheyMust) {
  for (const auto& [name, service] : services_) {
    EXPECT_EQ(AtOr<std::string>(service, "/user", ""), "65534:65534") << name;
    EXPECT_TRUE(AtOr<bool>(service, "/read_only", false)) << name;
    EXPECT_EQ(Words(service, "cap_drop"), std::vector<std::string>{"ALL"}) << name;
    EXPECT_EQ(Words(service, "security_opt"), std::vector<std::string>{"no-new-privileges:true"}) << name;
    EXPECT_FALSE(AtOr<std::string>(service, "/mem_limit", "").empty()) << name;
    EXPECT_GT(AtOr<int64_t>(service, "/pids_limit", 0), 0) << name;
    EXPECT_FALSE(service.contains("privileged") || service.contains("cap_add")) << name;
    // What is secret lies in a folder: a variable that sounds like one is a path.
    const Json environment = AtOr<Json>(service, "/environment", Json::object());
    for (const auto& [variable, value] : environment.items()) {
      if (!std::regex_search(variable, std::regex("PASSWORD|SECRET|TOKEN|KEY$"))) continue;
      EXPECT_THAT(value.get<std::string>(), StartsWith("/var/lib/iff/")) << name << " " << variable;
    }
    const Json awaited = AtOr<Json>(service, "/depends_on", Json::object());
    for (const auto& [other, how] : awaited.items()) {
      EXPECT_THAT(AtOr<std::string>(how, "/condition", ""),
                  testing::AnyOf("service_healthy", "service_completed_successfully"))
          << name << " on " << other;
    }
  }
}

// A new volume takes owner and mode of what it covers in the image of whoever mounts it first.
TEST_F(ComposeTest, MountsOnlyWhereTheImageHasAFolderForNobody) {
  const std::string image = TextOf("docker/harness.Dockerfile");
  for (const std::string& volume : Words(services_["prepare"], "volumes")) {
    const std::string place = volume.substr(volume.find(":/var/lib/iff/") + 14);
    EXPECT_TRUE(std::regex_search(image, std::regex("mkdir -p [a-z/ ]*\\b" + place + "\\b"))) << place;
  }
}

}  // namespace
}  // namespace iff
