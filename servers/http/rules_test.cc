// The parts of the server that are functions: schemas, sealed texts, headers, templates.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/core/result_matchers.h"
#include "servers/http/http_rules.h"
#include "servers/mcp/schema.h"
#include "servers/mcp/sealed_state.h"
#include "servers/mcp/serving.h"

namespace iff {
namespace {

using ::testing::HasSubstr;

Json Parsed(const char* text) { return ParseJson(text).value(); }

// What `schema` says about `value`: "" if it fits.
std::string Verdict(const char* schema, const char* value) {
  const Result<Schema> compiled = Schema::Compile(Parsed(schema));
  EXPECT_THAT(compiled, IsOk());
  return compiled.value().Violation(Parsed(value)).value_or("");
}

TEST(Schema, JudgesEachKeyword) {
  struct Row {
    const char* schema;
    const char* fits;
    const char* breaks;
  };
  const Row rows[] = {
      {R"({"type":"integer"})", "2.0", "2.5"},
      {R"({"type":["string","null"]})", "null", "1"},
      {R"({"enum":["a",1]})", "1", "2"},
      {R"({"const":{"a":1}})", R"({"a":1})", R"({"a":2})"},
      {R"({"minimum":1,"maximum":3})", "3", "4"},
      {R"({"exclusiveMinimum":1,"exclusiveMaximum":3})", "2", "3"},
      {R"({"multipleOf":0.1})", "0.3", "0.35"},
      {R"({"minLength":2,"maxLength":2})", R"("äö")", R"("äöü")"},
      {R"({"pattern":"^[a-z]+$"})", R"("abc")", R"("aBc")"},
      {R"({"required":["a"]})", R"({"a":null})", "{}"},
      {R"({"properties":{"a":{"type":"string"}}})", R"({"a":"x"})", R"({"a":1})"},
      {R"({"properties":{"a":{}},"additionalProperties":false})", R"({"a":1})", R"({"b":1})"},
      {R"({"patternProperties":{"^x":{"type":"null"}},"additionalProperties":false})", R"({"xy":null})", R"({"xy":1})"},
      {R"({"propertyNames":{"maxLength":1}})", R"({"a":1})", R"({"ab":1})"},
      {R"({"minProperties":1,"maxProperties":1})", R"({"a":1})", "{}"},
      {R"({"dependentRequired":{"a":["b"]}})", R"({"a":1,"b":1})", R"({"a":1})"},
      {R"({"dependentSchemas":{"a":{"required":["b"]}}})", R"({"b":1})", R"({"a":1})"},
      {R"({"items":{"type":"integer"}})", "[1]", R"(["a"])"},
      {R"({"prefixItems":[{"type":"string"}],"items":false})", R"(["a"])", R"(["a",1])"},
      {R"({"minItems":1,"maxItems":2})", "[1]", "[1,2,3]"},
      {R"({"uniqueItems":true})", "[1,2]", "[1,2,1.0]"},
      {R"({"contains":{"const":1},"maxContains":1})", "[1,2]", "[1,1]"},
      {R"({"allOf":[{"minimum":1},{"maximum":2}]})", "1", "3"},
      {R"({"anyOf":[{"const":1},{"const":2}]})", "2", "3"},
      {R"({"oneOf":[{"minimum":1},{"minimum":2}]})", "1", "2"},
      {R"({"not":{"type":"string"}})", "1", R"("a")"},
      {R"({"if":{"minimum":10},"then":{"maximum":20},"else":{"maximum":5}})", "15", "7"},
      {R"({"$ref":"#/$defs/a","$defs":{"a":{"type":"string"}}})", R"("a")", "1"},
      {R"({"properties":{"n":{"$ref":"#"}},"required":["v"]})", R"({"v":1,"n":{"v":2}})", R"({"v":1,"n":{}})"},
      {R"({"$ref":"#here","$defs":{"a":{"$anchor":"here","type":"null"}}})", "null", "1"},
      {"true", "1", ""},
      {"false", "", "1"},
  };
  for (const Row& row : rows) {
    EXPECT_TRUE(*row.fits == '\0' || Verdict(row.schema, row.fits).empty()) << row.schema;
    EXPECT_TRUE(*row.breaks == '\0' || !Verdict(row.schema, row.breaks).empty()) << row.schema;
  }
}

TEST(Schema, NamesThePlaceAndNotTheValue) {
  EXPECT_EQ(Verdict(R"({"properties":{"a":{"items":{"maximum":3}}}})", R"({"a":[1,4]})"), "/a/1: above the maximum");
}

TEST(Schema, DoesNotCompileWhatItWouldNotJudge) {
  for (const char* schema : {R"({"$ref":"https://example.com/x"})", R"({"$ref":"#/$defs/none"})", R"({"type":"text"})",
                             R"({"unevaluatedProperties":false})", R"({"pattern":"("})", R"({"items":7})"}) {
    EXPECT_THAT(Schema::Compile(Parsed(schema)), FailsWith(ErrorKind::kInvalidInput, HasSubstr("compile schema")))
        << schema;
  }
}

TEST(Schema, GivesUpOnWhatTakesTooLong) {
  EXPECT_THAT(Verdict(R"({"$ref":"#"})", "1"), HasSubstr("too long"));
  EXPECT_THAT(Verdict(R"({"not":{"$ref":"#"}})", "1"), HasSubstr("too long"));
  EXPECT_NE(
      Verdict(R"({"pattern":"^(a+)+$"})", R"("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!")"),
      "");
}

TEST(SealedState, OpensForTheSameBindingUntilItExpires) {
  ManualClock clock;
  SealedState sealed(clock);
  const std::string text = sealed.Seal(Json{{"canary", "secret-canary"}}, "alice", std::chrono::seconds(60));
  EXPECT_EQ(text.find("canary"), std::string::npos);
  EXPECT_EQ(sealed.Open(text, "alice"), (Json{{"canary", "secret-canary"}}));
  EXPECT_EQ(sealed.Open(text, "bob"), std::nullopt);
  EXPECT_EQ(SealedState(clock).Open(text, "alice"), std::nullopt);
  for (size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_EQ(sealed.Open(changed, "alice"), std::nullopt) << i;
    EXPECT_EQ(sealed.Open(text.substr(0, i), "alice"), std::nullopt) << i;
  }
  clock.Advance(std::chrono::seconds(59));
  EXPECT_NE(sealed.Open(text, "alice"), std::nullopt);
  clock.Advance(std::chrono::seconds(1));
  EXPECT_EQ(sealed.Open(text, "alice"), std::nullopt);
}

TEST(SealedState, IsRedeemedOnce) {
  SealedState sealed;
  const std::string text = sealed.Seal(1, "alice", std::chrono::seconds(60));
  EXPECT_EQ(sealed.Redeem(text, "bob"), std::nullopt);
  EXPECT_EQ(sealed.Redeem(text, "alice"), Json(1));
  EXPECT_EQ(sealed.Redeem(text, "alice"), std::nullopt);
}

TEST(DecodeMirrored, TakesTheSentinelExactly) {
  EXPECT_EQ(DecodeMirrored("  echo\t"), "echo");
  EXPECT_EQ(DecodeMirrored("=?base64?SGVsbG8sIOS4lueVjA==?="), "Hello, 世界");
  EXPECT_EQ(DecodeMirrored("=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?="), "=?base64?literal?=");
  EXPECT_EQ(DecodeMirrored("=?base64?"
                           "?="),
            "");
  EXPECT_EQ(DecodeMirrored("=?base64?abc?="), std::nullopt);
  EXPECT_EQ(DecodeMirrored("=?base64?/////w==?="), std::nullopt);
  EXPECT_EQ(DecodeMirrored("caf\xc3\xa9"), std::nullopt);
  EXPECT_EQ(DecodeMirrored("=?Base64?ZWNobw==?="), "=?Base64?ZWNobw==?=");
}

TEST(MatchesTemplate, TakesOneSegmentThatDoesNotClimb) {
  EXPECT_TRUE(MatchesTemplate("a://{id}/data", "a://7/data"));
  EXPECT_TRUE(MatchesTemplate("a://{id}/{part}", "a://7/x%20y"));
  for (const char* uri : {"a:///data", "a://../data", "a://%2e%2e/data", "a://a%2fb/data", "a://x/y/data",
                          "a://x/data/", "a://%00/data", "a://x%5c/data", "a://%zz/data", "b://7/data"}) {
    EXPECT_FALSE(MatchesTemplate("a://{id}/data", uri)) << uri;
  }
}

}  // namespace
}  // namespace iff
