#include "servers/mutants/heads.h"

#include <utility>

namespace iff {

Hooks Tidying(TidyLines lines, std::function<void(std::string&)> body) {
  Hooks hooks;
  hooks.adjust_listener = [lines = std::move(lines), body = std::move(body)](HttpServerOptions& options) {
    options.tidy = [lines, body](std::string& bytes) {
      const size_t blank = bytes.find("\r\n\r\n");
      if (blank == std::string::npos) return;
      std::vector<std::string> head;
      for (size_t at = 0; at < blank + 2;) {
        size_t end = bytes.find("\r\n", at);
        while (end < blank && bytes[end + 2] == ' ') end = bytes.find("\r\n", end + 2);
        head.push_back(bytes.substr(at, end - at));
        at = end + 2;
      }
      std::string rest = bytes.substr(blank + 4);
      lines(head);
      if (body) body(rest);
      bytes.clear();
      for (const std::string& line : head) bytes += line + "\r\n";
      bytes += "\r\n" + rest;
    };
  };
  return hooks;
}

bool IsField(std::string_view line, std::string_view name) {
  return line.size() > name.size() && EqualsIgnoreCase(line.substr(0, name.size()), name) && line[name.size()] == ':';
}

}  // namespace iff
