// Every place in which something can be seen, times every way of hiding a canary there.
#include "harness/run/look.h"

#include <gmock/gmock.h>

#include <functional>
#include <map>

#include "harness/core/bytes.h"
#include "harness/core/unpack.h"

namespace iff {
namespace {

using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kCanary = "canary-alice-jira-0123456789ab";

std::string EachByte(const std::string& text, const std::function<std::string(unsigned char)>& write) {
  std::string out;
  for (const char c : text) out += write(static_cast<unsigned char>(c));
  return out;
}

std::string HexOf(unsigned char c) { return Hex(std::string(1, static_cast<char>(c))); }

using Hiding = std::function<std::string(const std::string&)>;

const std::map<std::string, Hiding>& Hidings() {
  static const std::map<std::string, Hiding> all = {
      {"plain", [](const std::string& text) { return text; }},
      {"base64, first alignment", [](const std::string& text) { return Base64(text); }},
      {"base64, second alignment", [](const std::string& text) { return Base64("x" + text); }},
      {"base64, third alignment", [](const std::string& text) { return Base64("xy" + text); }},
      {"base64, the URL's alphabet", [](const std::string& text) { return Base64Url("\xff\xfe" + text); }},
      {"hex", [](const std::string& text) { return Hex(text); }},
      {"escapes of a URL",
       [](const std::string& text) { return EachByte(text, [](unsigned char c) { return "%" + HexOf(c); }); }},
      {"escapes of JSON",
       [](const std::string& text) { return EachByte(text, [](unsigned char c) { return "\\u00" + HexOf(c); }); }},
      {"escapes of XML",
       [](const std::string& text) { return EachByte(text, [](unsigned char c) { return "&#x" + HexOf(c) + ";"; }); }},
      {"gzip", [](const std::string& text) { return Base64(Compress(text, Compression::kGzip)); }},
      {"zlib", [](const std::string& text) { return Hex(Compress(text, Compression::kZlib)); }},
      {"deflate", [](const std::string& text) { return Base64Url(Compress(text, Compression::kDeflate)); }},
      {"base64 of gzip of hex",
       [](const std::string& text) { return Base64(Compress(Hex("it is " + text), Compression::kGzip)); }},
  };
  return all;
}

McpAnswer AnswerOf(const Json& message) {
  return ParseMcpAnswer({.headers = {{"Content-Type", "application/json"}}, .body = Dump(message)}, 1);
}

McpAnswer StreamOf(const std::vector<Json>& messages) {
  HttpResponse response{.headers = {{"Content-Type", "text/event-stream"}}};
  for (const Json& message : messages) response.body += "event: message\ndata: " + Dump(message) + "\n\n";
  return ParseMcpAnswer(response, 1);
}

Json ResultOf(const std::string& text) {
  return {
      {"jsonrpc", "2.0"}, {"id", 1}, {"result", {{"content", Json::array({Json{{"type", "text"}, {"text", text}}})}}}};
}

Json NotificationOf(const std::string& text) {
  return {{"jsonrpc", "2.0"}, {"method", "notifications/message"}, {"params", {{"level", "info"}, {"data", text}}}};
}

std::vector<std::string> Cut(const std::string& text) {
  std::vector<std::string> pieces;
  for (size_t at = 0; at < text.size(); at += 9) pieces.push_back(text.substr(at, 9));
  return pieces;
}

using Place = std::function<Sightings(const Scanner&, const std::string& hidden)>;

const std::map<std::string, Place>& Places() {
  static const std::map<std::string, Place> all = {
      {"answer",
       [](const Scanner& scanner, const std::string& hidden) { return LookInto(scanner, AnswerOf(ResultOf(hidden))); }},
      {"error",
       [](const Scanner& scanner, const std::string& hidden) {
         return LookInto(scanner,
                         AnswerOf({{"jsonrpc", "2.0"}, {"id", 1}, {"error", {{"code", -32603}, {"message", hidden}}}}));
       }},
      {"field of the answer",
       [](const Scanner& scanner, const std::string& hidden) {
         return LookInto(
             scanner,
             McpAnswer{{.status = 401, .headers = {{"WWW-Authenticate", "Bearer hint=\"" + hidden + "\""}}}, {}});
       }},
      {"body that is no message",
       [](const Scanner& scanner, const std::string& hidden) {
         return LookInto(scanner, McpAnswer{{.status = 500, .body = "<html><p>oops: " + hidden + "</p></html>"}, {}});
       }},
      {"stream", [](const Scanner& scanner,
                    const std::string& hidden) { return LookInto(scanner, StreamOf({ResultOf(hidden)})); }},
      {"notification",
       [](const Scanner& scanner, const std::string& hidden) {
         return LookInto(scanner, StreamOf({NotificationOf(hidden), ResultOf("fine")}));
       }},
      {"split over notifications",
       [](const Scanner& scanner, const std::string& hidden) {
         std::vector<Json> messages;
         for (const std::string& piece : Cut(hidden)) messages.push_back(NotificationOf(piece));
         return LookInto(scanner, StreamOf(messages));
       }},
      {"split over blocks",
       [](const Scanner& scanner, const std::string& hidden) {
         Json result = ResultOf("");
         for (const std::string& piece : Cut(hidden)) {
           result["result"]["content"].push_back(Json{{"type", "text"}, {"text", piece}});
         }
         return LookInto(scanner, AnswerOf(result));
       }},
      {"split over fields",
       [](const Scanner& scanner, const std::string& hidden) {
         McpAnswer answer{{.status = 200}, {}};
         for (const std::string& piece : Cut(hidden)) answer.headers.Add("X-Part", piece);
         return LookInto(scanner, answer);
       }},
      {"log or metrics page",
       [](const Scanner& scanner, const std::string& hidden) {
         return scanner.Scan("2026-11-21T13:37:00Z info called tool=get_issue answered=" + hidden +
                             " took=12\nnext line\n");
       }},
      {"audit trail",
       [](const Scanner& scanner, const std::string& hidden) {
         return scanner.Scan("{\"outcome\":\"allowed\"}\n" + Dump(Json{{"outcome", "denied"}, {"reason", hidden}}) +
                             "\n");
       }},
      {"target of a request behind",
       [](const Scanner& scanner, const std::string& hidden) {
         return LookInto(scanner,
                         LedgerEntry{.target = "/rest/api/3/search?jql=" + PercentEncode("text ~ \"" + hidden + "\"")});
       }},
      {"body of a request behind",
       [](const Scanner& scanner, const std::string& hidden) {
         return LookInto(scanner,
                         LedgerEntry{.target = "/x", .request = "Host: jira\n\n" + Dump(Json{{"summary", hidden}})});
       }},
      {"record of an audit log",
       [](const Scanner& scanner, const std::string& hidden) {
         return LookInto(scanner,
                         AuditEntry{.path = "secret/data/x", .raw = {{"request", {{"data", {{"note", hidden}}}}}}});
       }},
      {"row",
       [](const Scanner& scanner, const std::string& hidden) {
         return LookInto(scanner, Json::array({"7", "person_x", hidden, nullptr}));
       }},
  };
  return all;
}

class LookIntoTest : public testing::Test {
 protected:
  LookIntoTest() { redactor_.Register(Secret(kCanary), "alice.jira.canary"); }
  Redactor redactor_;
  Scanner scanner_{redactor_};
};

TEST_F(LookIntoTest, FindsACanaryInEveryPlaceHiddenInEveryWay) {
  for (const auto& [place, look] : Places()) {
    for (const auto& [way, hide] : Hidings()) {
      const Sightings seen = look(scanner_, hide(kCanary));
      EXPECT_THAT(seen.found, ElementsAre(Field(&Sighting::alias, "alice.jira.canary"))) << way << " in " << place;
    }
  }
}

TEST_F(LookIntoTest, FindsNothingAndUnderstandsEverythingWhereAStrangersCanaryIsHidden) {
  for (const auto& [place, look] : Places()) {
    for (const auto& [way, hide] : Hidings()) {
      const Sightings seen = look(scanner_, hide("canary-nobody-jira-ba9876543210"));
      EXPECT_THAT(seen.found, IsEmpty()) << way << " in " << place;
      EXPECT_THAT(seen.opaque, IsEmpty()) << way << " in " << place;
    }
  }
}

TEST_F(LookIntoTest, TellsInEveryPlaceThatItCouldNotLook) {
  const std::string packed = Base64("\x28\xb5\x2f\xfd" + std::string(200, 'z'));
  for (const auto& [place, look] : Places()) {
    if (place.starts_with("split")) continue;  // what is in a piece is told for the piece
    EXPECT_THAT(look(scanner_, packed).opaque, ElementsAre("data compressed with zstd")) << place;
  }
}

TEST_F(LookIntoTest, TellsWhichContentEncodingItDoesNotKnow) {
  const McpAnswer answer{{.status = 200, .headers = {{"Content-Encoding", "br"}}, .body = "whatever"}, {}};
  EXPECT_THAT(LookInto(scanner_, answer).opaque, ElementsAre(HasSubstr("br")));
}

TEST_F(LookIntoTest, TellsThatARequestWasCutOff) {
  EXPECT_THAT(LookInto(scanner_, LedgerEntry{.target = "/x", .cut = true}).opaque,
              ElementsAre("the end of a long request"));
}

TEST(Described, NamesTheLayers) {
  EXPECT_EQ(Described({"alice.jira.canary", "plain"}), "alice.jira.canary");
  EXPECT_EQ(Described({"alice.jira.canary", "base64 > gzip > plain"}), "alice.jira.canary (base64 > gzip > plain)");
}

}  // namespace
}  // namespace iff
