#include "servers/guard/key_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "servers/testing/stand_ins.h"

namespace iff {
namespace {

class KeySourceTest : public ::testing::Test {
 protected:
  using Keys = std::optional<PublishedKeys>;

  Keys Current() {
    return loop.Wait<Keys>([this] { return keys.Current(); });
  }
  PublishedKeys Search(const PublishedKeys& seen) {
    return loop.Wait<PublishedKeys>([this, seen] { return keys.AfterUnknownKey(seen); });
  }

  FakeIssuer issuer;
  ManualClock clock;
  LoopThread loop;
  KeySource keys{loop.loop(), issuer.Keys(), {}, clock};
};

TEST_F(KeySourceTest, FetchesOnceForManyCallers) {
  std::vector<std::function<Task<Keys>()>> callers(50, [this] { return keys.Current(); });
  for (const Keys& seen : loop.All<Keys>(std::move(callers))) EXPECT_TRUE(seen.has_value());
  EXPECT_EQ(issuer.key_requests, 1);
}

TEST_F(KeySourceTest, KeepsOldKeysUntilTheyAreTooOld) {
  ASSERT_TRUE(Current().has_value());
  issuer.key_status = 500;
  clock.Advance(120s);
  EXPECT_TRUE(Current().has_value());
  EXPECT_EQ(issuer.key_requests, 2);
  clock.Advance(500s);
  EXPECT_FALSE(Current().has_value());
  EXPECT_FALSE(keys.loaded());
  issuer.key_status = 200;
  clock.Advance(5s);
  EXPECT_TRUE(Current().has_value());
}

TEST_F(KeySourceTest, RestsAfterAFailure) {
  issuer.key_status = 500;
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(Current().has_value());
  EXPECT_EQ(issuer.key_requests, 1);
}

TEST_F(KeySourceTest, SearchesForUnknownKeysOncePerCoolDown) {
  const PublishedKeys seen = *Current();
  for (int i = 0; i < 100; ++i) EXPECT_EQ(Search(seen).generation, seen.generation);
  EXPECT_EQ(issuer.key_requests, 2);
  clock.Advance(3s);
  Search(seen);
  EXPECT_EQ(issuer.key_requests, 3);
}

TEST_F(KeySourceTest, FindsARotatedKeyAtOnce) {
  const PublishedKeys seen = *Current();
  issuer.Rotate();
  const PublishedKeys newer = Search(seen);
  EXPECT_NE(newer.generation, seen.generation);
  EXPECT_TRUE(newer.keys->Contains("second"));
  EXPECT_FALSE(newer.keys->Contains("first"));
}

TEST_F(KeySourceTest, AsksAnewWhenTheClockWentBack) {
  const PublishedKeys seen = *Current();
  Search(seen);
  clock.Advance(-3600s);
  issuer.Rotate();
  EXPECT_TRUE(Current()->keys->Contains("second"));
  // A search of an hour from now is no reason to rest.
  clock.Advance(-3600s);
  const int before = issuer.key_requests;
  Search(*Current());
  EXPECT_EQ(issuer.key_requests, before + 2);
  // Nor are keys of an hour from now good ones, where no others can be had.
  issuer.key_status = 500;
  clock.Advance(-3600s);
  EXPECT_FALSE(Current().has_value());
}

TEST_F(KeySourceTest, IgnoresWhatIsNoKeySet) {
  auto page = HttpServer::Start([](const HttpRequest&) {
                HttpResponse response;
                response.body = "<html>" + std::string(1000, 'x');
                return response;
              }).value();
  auto flood = HttpServer::Start([](const HttpRequest&) {
                 HttpResponse response;
                 response.body = std::string(size_t{1} << 20, 'x');
                 return response;
               }).value();
  for (const auto& server : {std::ref(*page), std::ref(*flood)}) {
    KeySource other(loop.loop(), ParseUrl(server.get().endpoint().Url("/")).value(), {}, clock);
    EXPECT_FALSE(loop.Wait<Keys>([&] { return other.Current(); }).has_value());
  }
}

// A secret that is published lets everybody sign, and whoever runs the issuer hears of it here.
TEST_F(KeySourceTest, SaysWhichKeysItLeavesOutAndWhy) {
  bool alone = false;
  KeySourceOptions options;
  options.parse = [&alone](std::string_view text) -> Result<KeySet> {
    Json set = TRY(ParseJson(text));
    if (alone) set["keys"] = Json::array();
    set["keys"].push_back(Json{{"kty", "oct"}, {"kid", "shared"}, {"k", "c2VjcmV0LXNoYXJlZA"}});
    return KeySet::Parse(Dump(set));
  };
  for (const bool nothing_else : {false, true}) {
    alone = nothing_else;
    KeySource leaky(loop.loop(), issuer.Keys(), options, clock);
    ::testing::internal::CaptureStderr();
    const Keys seen = loop.Wait<Keys>([&leaky] { return leaky.Current(); });
    const std::string log = ::testing::internal::GetCapturedStderr();
    EXPECT_EQ(seen.has_value(), !alone);
    EXPECT_THAT(log, ::testing::HasSubstr(alone ? "no usable key in the set; 1 left out" : "keys-left-out"));
    EXPECT_THAT(log, ::testing::HasSubstr("it holds a private member"));
    EXPECT_THAT(log, ::testing::Not(::testing::HasSubstr("c2VjcmV0")));
  }
}

}  // namespace
}  // namespace iff
