#include "harness/container/images.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "harness/core/result_matchers.h"

namespace iff {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class ImagesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string made = (std::filesystem::temp_directory_path() / "iff-images-XXXXXX").string();
    ASSERT_NE(mkdtemp(made.data()), nullptr);
    directory_ = made;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::string Write(const std::string& name, const std::string& text) const {
    const std::string path = directory_ + "/" + name;
    std::ofstream(path) << text;
    return path;
  }

  std::string directory_;
};

TEST_F(ImagesTest, TheShippedLockFileIsWhole) {
  const Result<std::vector<PinnedImage>> images = LoadImagesLock("docker/images.lock.json");
  ASSERT_THAT(images, IsOk());
  for (const PinnedImage& image : *images) {
    EXPECT_FALSE(image.holds.empty()) << image.name;
    if (image.reference.empty()) continue;
    EXPECT_THAT(image.reference, HasSubstr(":" + image.version)) << "a version that is not the tag's";
  }
}

TEST_F(ImagesTest, AsksForTheDigestWhereItIsKnown) {
  const std::string digest = "sha256:" + std::string(64, 'a');
  EXPECT_EQ((PinnedImage{.reference = "some/vault:1.2"}.Wanted()), "some/vault:1.2");
  EXPECT_EQ((PinnedImage{.reference = "some/vault:1.2", .digest = digest}.Wanted()), "some/vault@" + digest);
}

TEST_F(ImagesTest, NamesWhatIsWrongWithALockFile) {
  EXPECT_THAT(LoadImagesLock(directory_ + "/nothing"), FailsWith(ErrorKind::kInvalidInput, HasSubstr("no such file")));
  const auto with = [&](const std::string& member) {
    return Write("lock.json", R"({"images": {"vault": {"version": "1", "local": "v:1", "holds": {"vault": "/bin"}, )" +
                                  member + "}}}");
  };
  EXPECT_THAT(LoadImagesLock(with(R"("digest": "sha256:1")")),
              FailsWith(ErrorKind::kInvalidInput, AllOf(HasSubstr("image vault"), HasSubstr("digest"))));
  EXPECT_THAT(LoadImagesLock(with(R"("made_of": [1])")), FailsWith(ErrorKind::kInvalidInput, HasSubstr("made_of")));
  EXPECT_THAT(LoadImagesLock(with(R"("colour": "blue")")), FailsWith(ErrorKind::kInvalidInput, HasSubstr("colour")));
}

TEST(RulesFor, PlaceWhatIsPreparedWhereItIsAndTheRestWhereTheImageHasIt) {
  const std::vector<PinnedImage> images = {
      {.name = "keycloak", .local = "local/keycloak:1", .holds = {{"jdk", "/usr/lib/jvm/jre"}}}};
  const std::vector<ImageRule> rules =
      RulesFor(images, {{.holds = "jdk", .directory = "/cache/jdk-25"},
                        {.holds = "jdk", .directory = "/cache/keycloak", .shared = true},
                        {.holds = "nothing", .directory = "/elsewhere", .always = true}});
  ASSERT_EQ(rules.size(), 2U);
  EXPECT_EQ(PlaceOf("/cache/jdk-25/bin/java", rules)->program, "/usr/lib/jvm/jre/bin/java");
  EXPECT_EQ(PlaceOf("/cache/keycloak/1/bin/kc.sh", rules)->program, "/cache/keycloak/1/bin/kc.sh");
  EXPECT_EQ(rules[1].image, "local/keycloak:1");
  EXPECT_FALSE(rules[0].always);
}

TEST(PlaceOf, TakesTheMostSpecificFolder) {
  const std::vector<ImageRule> rules = {{.directory = "/a", .image = "outer", .in_image = "/opt"},
                                        {.directory = "/a/b", .image = "inner", .in_image = "/bin"}};
  EXPECT_EQ(PlaceOf("/a/b/vault", rules)->image, "inner");
  EXPECT_EQ(PlaceOf("/a/b/vault", rules)->program, "/bin/vault");
  EXPECT_EQ(PlaceOf("/a/x/java", rules)->program, "/opt/x/java");
  EXPECT_FALSE(PlaceOf("/ab/vault", rules).has_value());
  EXPECT_FALSE(PlaceOf("/a", rules).has_value());
}

// Whoever has bao, java or a server of his in /usr/bin does not mean that the image of bao holds the server.
TEST(PlaceOf, TakesOfASharedFolderTheProgramsAlone) {
  const std::vector<PinnedImage> images = {
      {.name = "openbao", .local = "local/openbao:1", .holds = {{"openbao", "/bin"}}},
      {.name = "keycloak", .local = "local/keycloak:1", .holds = {{"jdk", "/jre"}}},
      {.name = "programs", .local = "ours:1", .holds = {{"programs", "/opt/iff/bin"}}, .made_of = {"iff-mcp-jira"}}};
  const std::vector<ImageRule> rules =
      RulesFor(images, {{.holds = "openbao", .directory = "/usr/bin", .programs = {"bao"}},
                        {.holds = "jdk", .directory = "/usr", .programs = {"bin/java"}},
                        {.holds = "programs", .directory = "/usr/bin"}});
  ASSERT_EQ(rules.size(), 3U);
  EXPECT_EQ(PlaceOf("/usr/bin/bao", rules)->program, "/bin/bao");
  EXPECT_EQ(PlaceOf("/usr/bin/java", rules)->program, "/jre/bin/java");
  EXPECT_EQ(PlaceOf("/usr/bin/iff-mcp-jira", rules)->image, "ours:1");
  EXPECT_FALSE(PlaceOf("/usr/bin/python3", rules).has_value());
  EXPECT_FALSE(PlaceOf("/usr/lib/server", rules).has_value());
}

TEST_F(ImagesTest, AFingerprintChangesWithAnyProgram) {
  Write("one", "1");
  Write("two", "2");
  const Result<std::string> before = FingerprintOf(directory_, {"two", "one"});
  ASSERT_THAT(before, IsOk());
  EXPECT_THAT(FingerprintOf(directory_, {"one", "two"}), IsOkAndHolds(*before));
  Write("two", "3");
  const Result<std::string> after = FingerprintOf(directory_, {"one", "two"});
  ASSERT_THAT(after, IsOk());
  EXPECT_NE(*after, *before);
}

}  // namespace
}  // namespace iff
