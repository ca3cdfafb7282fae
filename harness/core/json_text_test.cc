#include "harness/core/json_text.h"

#include <gtest/gtest.h>

#include <vector>

namespace iff {
namespace {

const std::vector<JsonForm> kForms = {{}, {.ascii = true}, {.indent = 2}, {.indent = 1, .ascii = true}, {.indent = 0}};

std::string AsTheLibrary(const Json& value, const JsonForm& form) {
  return value.dump(form.indent, ' ', form.ascii, Json::error_handler_t::replace);
}

TEST(JsonText, WritesEachCharacterAsTheLibraryDoes) {
  for (const JsonForm& form : kForms) {
    for (int byte = 0; byte < 256; ++byte) {
      const std::string one(1, static_cast<char>(byte));
      for (const std::string& text :
           {one, "before " + one, one + "\\\"\n behind", "\xc3\xa9" + one + "\xf0\x9f\x98\x80"}) {
        EXPECT_EQ(JsonText(text, form), AsTheLibrary(text, form)) << byte;
        EXPECT_EQ(JsonText({{text, 1}}, form), AsTheLibrary({{text, 1}}, form)) << byte;
      }
    }
  }
}

TEST(JsonText, WritesEachKindAtEachDepthAsTheLibraryDoes) {
  const Json kinds = {nullptr, true,          false,         0, -7, INT64_MIN, UINT64_MAX, 2.5, -1e300, "",
                      "x",     Json::array(), Json::object()};
  const Json nested = {
      {"list", kinds}, {"a", {{"b", {{"c", kinds}}}}}, {"empty", Json::array({Json::array(), {{"x", kinds}}})}};
  for (const JsonForm& form : kForms) {
    for (const Json& value : {kinds, nested, Json()}) EXPECT_EQ(JsonText(value, form), AsTheLibrary(value, form));
  }
}

TEST(JsonText, WritesPieceByPieceWhatTheWholeWouldBe) {
  const Json items = {1, {{"two", 2}}, Json::array({3}), "four"};
  for (const JsonForm& form : kForms) {
    for (const std::string name : {"a", "m", "z"}) {
      const Json head = {{"b", {{"x", 1}}}, {"n", "text"}};
      Json whole = head;
      whole[name] = items;
      whole["none"] = Json::array();
      std::string text;
      const auto list = [&](const Json& of) {
        return [&form, of](std::string& out) {
          AppendList(of.size(), [&](size_t i, std::string& each) { AppendJson(of[i], form, 2, each); }, form, 1, out);
        };
      };
      AppendObject(head, {{name, list(items)}, {"none", list(Json::array())}}, form, 0, text);
      EXPECT_EQ(text, AsTheLibrary(whole, form));
    }
    std::string alone;
    AppendObject(Json::object(), {}, form, 0, alone);
    EXPECT_EQ(alone, "{}");
  }
}

}  // namespace
}  // namespace iff
