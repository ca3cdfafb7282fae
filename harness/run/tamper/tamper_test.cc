#include "harness/run/tamper/tamper.h"

#include <gmock/gmock.h>

#include <set>

#include "harness/core/json.h"
#include "harness/mcp/protocol.h"

namespace iff {
namespace {

using testing::HasSubstr;

const Tampering kWith = {.other = "carol",
                         .fields = {.who = {{"X-Store-Role", "{other}"}, {"X-Store-Space", "of/{other}/"}},
                                    .where = {{"X-Store-Url", "{elsewhere}"}, {"X-Store-Unverified", "true"}}}};

HttpRequest Call(Revision revision = Revision::k20260728) {
  HttpRequest request = McpRequest(revision, "/mcp", "tools/call",
                                   Json{{"name", "get_issue"}, {"arguments", {{"issue_key", "A-1"}}}}, 7, "");
  request.headers.Set("Authorization", "Bearer aaaa.bbbb.cccc");
  return request;
}

std::string Bytes(const HttpRequest& request) {
  return BytesOf({.host = "127.0.0.1", .port = 1}, request).value_or("not a request");
}

std::string Shown(const HttpRequest& request) {
  std::string text = request.method + " " + request.target + "\n";
  for (const auto& [name, value] : request.headers.fields()) text += name + ": " + value + "\n";
  text += request.body;
  if (request.rewrite) text += Bytes(request);
  return text;
}

TEST(TamperedRequests, AreEachAnotherRequest) {
  std::set<std::string> seen = {Shown(Call())};
  ASSERT_GT(TamperedRequests().size(), 30U);
  for (const Attack& attack : TamperedRequests()) {
    HttpRequest request = Call();
    Tamper(attack.id, request, kWith);
    EXPECT_TRUE(seen.insert(Shown(request)).second) << attack.id << " is another one, or the straight request";
    ASSERT_NE(FindTamperedRequest(attack.id), nullptr);
    EXPECT_EQ(FindTamperedRequest(attack.id)->title, attack.title);
    EXPECT_FALSE(attack.row.empty() || attack.title.empty() || attack.clause.empty()) << attack.id;
  }
}

TEST(TamperedRequests, LeaveTheHandshakeAsItIs) {
  for (const Attack& attack : TamperedRequests()) {
    HttpRequest request = McpRequest(Revision::k20251125, "/mcp", "initialize", Json::object(), 1, "");
    const std::string straight = Shown(request);
    Tamper(attack.id, request, kWith);
    EXPECT_EQ(Shown(request), straight) << attack.id;
  }
}

TEST(TamperedRequests, WriteTheCredentialInAnotherWay) {
  const auto sent = [](const std::string& id) {
    HttpRequest request = Call();
    Tamper(id, request, kWith);
    return Bytes(request);
  };
  EXPECT_THAT(sent("request-credential-control"), HasSubstr("Authorization: Bearer aaaa.bbbb.\x01"
                                                            "cccc\r\n"));
  EXPECT_THAT(sent("request-credential-nul"), HasSubstr(std::string("aaaa.bbbb.\0cccc\r\n", 17)));
  EXPECT_THAT(sent("request-credential-tab"), HasSubstr("Authorization: Bearer\taaaa.bbbb.cccc\r\n"));
  EXPECT_THAT(sent("request-credential-words"), HasSubstr("Authorization: Bearer aaaa.bbbb.cccc junk\r\n"));
  EXPECT_THAT(sent("request-fields-many"), HasSubstr("X-Note-999: a\r\n"));
}

// What a JSON library would not write is what it is meant to be.
TEST(TamperedRequests, AreWhatTheirTitlesSay) {
  const auto body = [](const std::string& id) {
    HttpRequest request = Call();
    Tamper(id, request, kWith);
    return request.body;
  };
  EXPECT_THAT(body("request-method-twice"), testing::StartsWith(R"({"method":"tools/list",)"));
  EXPECT_THAT(body("request-method-twice"), HasSubstr(R"("method":"tools/call")"));
  EXPECT_THAT(body("request-tool-twice"), HasSubstr(R"("params":{"name":"whoami",)"));
  EXPECT_THAT(body("request-tool-twice"), HasSubstr(R"("name":"get_issue")"));
  EXPECT_THAT(body("request-not-a-number"), HasSubstr(R"("params":{"_nothing":NaN,)"));
  EXPECT_THAT(body("request-params-folded"), HasSubstr("\"param\xC5\xBF\":{"));
  EXPECT_FALSE(ParseJson(body("request-truncated")).ok());
  EXPECT_TRUE(ParseJson(body("request-batch")).value().is_array());
  EXPECT_EQ(ParseJson(body("request-id-fraction")).value()["id"], Json(1.5));
  EXPECT_FALSE(ParseJson(body("request-answer")).value().contains("method"));
}

// Whoever counts in one way reads a message that is none, and behind it the call as it was; whoever counts in the other
// way reads the call within the message.
TEST(TamperedRequests, HideACallInWhatIsLeftOver) {
  const std::string call = Bytes(Call());
  const auto bent = [](const std::string& id) {
    HttpRequest request = Call();
    Tamper(id, request, kWith);
    const std::string bytes = Bytes(request);
    const size_t blank = bytes.find("\r\n\r\n");
    return std::pair(bytes.substr(0, blank + 2), bytes.substr(blank + 4));
  };
  const auto [by_length, within] = bent("request-length-and-coding");
  EXPECT_THAT(by_length,
              HasSubstr("\r\nContent-Length: " + std::to_string(within.size()) + "\r\nTransfer-Encoding: chunked\r\n"));
  EXPECT_EQ(within, "0\r\n\r\n" + call);
  const auto [by_coding, chunk] = bent("request-coding-and-length");
  const std::string size = chunk.substr(0, chunk.find("\r\n") + 2);
  EXPECT_THAT(by_coding,
              HasSubstr("\r\nTransfer-Encoding: chunked\r\nContent-Length: " + std::to_string(size.size()) + "\r\n"));
  EXPECT_EQ(std::stoul(size, nullptr, 16), call.size());
  EXPECT_EQ(chunk, size + call + "\r\n0\r\n\r\n");
}

TEST(TamperedRequests, AreBentInTheirBytes) {
  const auto bytes = [](const std::string& id) {
    HttpRequest request = Call();
    Tamper(id, request, kWith);
    return Bytes(request);
  };
  const std::string size = std::to_string(Call().body.size());
  EXPECT_THAT(bytes("request-two-lengths"), HasSubstr("\r\nContent-Length: " + size + "\r\nContent-Length: "));
  EXPECT_THAT(bytes("request-length-list"), HasSubstr("\r\nContent-Length: " + size + ", "));
  EXPECT_THAT(bytes("request-length-signed"), HasSubstr("\r\nContent-Length: +" + size + "\r\n"));
  EXPECT_THAT(bytes("request-chunked"), testing::EndsWith("\r\n0\r\nAuthorization: Bearer of-nobody\r\n\r\n"));
  EXPECT_THAT(bytes("request-line-feed-alone"), HasSubstr("\r\nX-Note: a\nX-Other: b\r\n\r\n"));
  EXPECT_THAT(bytes("request-nul-in-field"), HasSubstr(std::string("\r\nX-Note: a\0b\r\n\r\n", 17)));
  EXPECT_THAT(bytes("request-host-none"), testing::Not(HasSubstr("Host:")));
  EXPECT_THAT(bytes("request-host-twice"), HasSubstr("\r\nHost: 127.0.0.1:1\r\nHost: evil.example\r\n"));
  EXPECT_THAT(bytes("request-target-elsewhere"),
              testing::StartsWith("POST http://evil.example/mcp HTTP/1.1\r\nHost: 127.0.0.1:1\r\n"));
}

TEST(TamperedRequests, NameSomebodyElseInFields) {
  HttpRequest request = Call();
  Tamper("request-fields-name-another", request, {.other = "carol-1"});
  EXPECT_EQ(request.headers.Get("X-Forwarded-User"), "carol-1");
}

TEST(TamperedRequests, SendTheFieldsThatDriversDeclare) {
  HttpRequest request = Call();
  Tamper("request-fields-for-upstreams", request, kWith);
  EXPECT_EQ(request.headers.Get("X-Store-Role"), "carol");
  EXPECT_EQ(request.headers.Get("X-Store-Space"), "of/carol/");
  EXPECT_EQ(request.headers.Find("X-Store-Url"), nullptr);

  request = Call();
  Tamper("request-fields-choose-upstream", request, kWith);
  EXPECT_EQ(request.headers.Get("X-Upstream-Url"), "http://elsewhere.example.invalid");
  EXPECT_EQ(request.headers.Get("X-Store-Url"), "http://elsewhere.example.invalid");
  EXPECT_EQ(request.headers.Get("X-Store-Unverified"), "true");
  EXPECT_EQ(request.headers.Find("X-Store-Role"), nullptr);
}

// A request with nothing wrong in it would prove nothing.
TEST(TamperedRequests, AreLeftOutWhereTheyHaveNothingToSend) {
  EXPECT_THAT(WhyNotTampered("request-fields-for-upstreams", {}), HasSubstr("declares header fields"));
  EXPECT_THAT(WhyNotTampered("request-fields-for-upstreams", {.where = kWith.fields.where}), HasSubstr("declares"));
  EXPECT_EQ(WhyNotTampered("request-fields-for-upstreams", kWith.fields), "");
  EXPECT_EQ(WhyNotTampered("request-fields-choose-upstream", {}), "");
  EXPECT_EQ(WhyNotTampered("request-origin-foreign", {}), "");
}

}  // namespace
}  // namespace iff
