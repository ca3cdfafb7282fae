// For tests: what a server, a file or a log may hold to break out of where it is put.
#pragma once

#include <string>
#include <vector>

#include "harness/core/json.h"

namespace iff {

inline std::vector<std::string> HostileTexts() {
  std::vector<std::string> all = {"",
                                  " ",
                                  "#",
                                  ": ",
                                  "- x",
                                  "? x",
                                  "---",
                                  "...",
                                  "%YAML 1.2",
                                  "'",
                                  "\"",
                                  "\\",
                                  "{",
                                  "}",
                                  "[",
                                  "]",
                                  ",",
                                  "*a",
                                  "&a",
                                  "!!python/object:os.system",
                                  "|",
                                  ">",
                                  "@x",
                                  "`id`",
                                  "${here}",
                                  "${keycloak.issuer}",
                                  "$(id)",
                                  "true",
                                  "null",
                                  "~",
                                  "0x10",
                                  "1e999",
                                  "<<",
                                  "=",
                                  "a\\nb",
                                  "\t",
                                  "\r",
                                  "a # b",
                                  "a: b",
                                  "\xff\xfe",
                                  "\xc3(",
                                  "\xed\xa0\x80",
                                  "\xf4\x90\x80\x80",
                                  std::string("a\0b", 3),
                                  "\x1b[2J\x1b]0;owned\x07",
                                  "\x9b"
                                  "31m",
                                  "\xc2\x9b"
                                  "31m",
                                  "\x7f\b\b\b",
                                  "\xef\xbb\xbf",
                                  "\xe2\x80\xae"
                                  "desrever\xe2\x81\xa6",
                                  "\xf3\xa0\x81\x81",
                                  "\xf0\x9f\x98\x80 \xc3\xbc",
                                  "</script><script>alert(1)</script>",
                                  "]]><x/>",
                                  "[a](http://x.example) ![b](c)",
                                  "```\n# h\n```",
                                  "'; touch /tmp/owned; '",
                                  "\" && touch /tmp/owned #",
                                  std::string(5000, 'k'),
                                  std::string(3000, '\x01')};
  // Each thing that some reader takes for the end of a line, and behind it what would become the file's own.
  for (const char* end : {"\n", "\r", "\r\n", "\x0b", "\x0c", "\xc2\x85", "\xe2\x80\xa8", "\xe2\x80\xa9"}) {
    for (const char* margin : {"", "    ", "      "}) {
      all.push_back(std::string("x") + end + margin + "command: [sh, -c, \"touch /tmp/owned\"]" + end + "y");
    }
    all.push_back(std::string("x\"") + end + "command: [touch, /tmp/owned]" + end + "z: \"");
  }
  return all;
}

// As it is read back from JSON or YAML: bytes that are no UTF-8 are replaced.
inline std::string Replaced(const std::string& text) { return ParseJson(Dump(Json(text)))->get<std::string>(); }

}  // namespace iff
