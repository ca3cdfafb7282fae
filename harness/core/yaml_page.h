// A YAML file for people, with comments, where text of others stands among text of ours.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/core/json.h"

namespace iff {

// What is ours are literals, known when this is compiled: a text made at run time does not convert to one. Everything
// else enters through Value, Key and Comment, and no byte of it is read as anything but one value, one key, or words of
// a comment.
//
//   YamlPage page;
//   page << "tools:   # as it lists them\n  " << YamlPage::Key(name) << ": " << YamlPage::Value(schema)
//        << YamlPage::Comment("GUESS: " + why);
class YamlPage {
 public:
  class Literal {
   public:
    consteval Literal(const char* text) : text_(text) {}  // NOLINT: that literals convert is what it is for
    std::string_view text() const { return text_; }

   private:
    std::string_view text_;
  };

  // On one line, quoted wherever a reader could take it for something else. Members named in `first` come first.
  class Value {
   public:
    explicit Value(Json value, std::vector<std::string> first = {})
        : value_(std::move(value)), first_(std::move(first)) {}

   private:
    friend class YamlPage;
    Json value_;
    std::vector<std::string> first_;
  };

  // Of a mapping in block style: behind it belongs ": ". What stands before it on its line is its margin.
  class Key {
   public:
    explicit Key(std::string key) : key_(std::move(key)) {}

   private:
    friend class YamlPage;
    std::string key_;
  };

  // The rest of the line, with "# " before it and the line's end behind it. Its own line ends become blanks, and what
  // is unseen is spelled out.
  class Comment {
   public:
    explicit Comment(std::string_view text) : text_(text) {}

   private:
    friend class YamlPage;
    std::string text_;
  };

  YamlPage& operator<<(Literal text);
  YamlPage& operator<<(const Value& value);
  YamlPage& operator<<(const Key& key);
  YamlPage& operator<<(const Comment& comment);

  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace iff
