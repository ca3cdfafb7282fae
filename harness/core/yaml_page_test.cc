#include "harness/core/yaml_page.h"

#include <gtest/gtest.h>

#include <type_traits>

#include "harness/core/hostile_texts.h"
#include "harness/core/yaml.h"

namespace iff {
namespace {

template <typename Text>
concept Enters = requires(YamlPage& page, Text text) { page << text; };
static_assert(!Enters<std::string> && !Enters<std::string_view>,
              "text made at run time enters as a value, a key or a comment");

TEST(YamlPage, ReadsBackAsWhatWasPutInWhateverThatIs) {
  for (const std::string& evil : HostileTexts()) {
    YamlPage page;
    page << "first: 1   # GUESS\n"
         << YamlPage::Comment(evil) << "block:\n  " << YamlPage::Key(evil) << ": "
         << YamlPage::Value(Json{{evil, {evil}}}) << YamlPage::Comment(evil) << "last: " << YamlPage::Value(evil)
         << "\n";
    const Result<YamlFile> read = YamlFile::Parse("page", page.text());
    ASSERT_TRUE(read.ok()) << read.error().message();
    const std::string as_read = Replaced(evil);
    EXPECT_EQ(read->value(), (Json{{"first", 1}, {"block", {{as_read, {{as_read, {as_read}}}}}}, {"last", as_read}}))
        << page.text();
  }
}

TEST(YamlPage, KeepsWhatIsCommentedOutCommentedOut) {
  for (const std::string& evil : HostileTexts()) {
    YamlPage page;
    page << "a: 1\n#:  " << YamlPage::Key(evil) << ": " << YamlPage::Value(evil) << YamlPage::Comment(evil);
    const Result<YamlFile> read = YamlFile::Parse("page", page.text());
    ASSERT_TRUE(read.ok()) << read.error().message();
    EXPECT_EQ(read->value(), (Json{{"a", 1}})) << page.text();
  }
}

TEST(YamlPage, HasACommentWhereNothingIsBesideIt) {
  YamlPage page;
  page << YamlPage::Comment("a") << "b: " << YamlPage::Value("c") << YamlPage::Comment("d");
  EXPECT_EQ(page.text(), "# a\nb: c   # d\n");
}

}  // namespace
}  // namespace iff
