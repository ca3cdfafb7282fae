// Asking a server over HTTP as a stranger: many questions side by side, each on a connection of its own, until a
// deadline that ends all of them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "harness/core/clock.h"
#include "harness/mcp/protocol.h"
#include "harness/net/http.h"

namespace iff {

inline constexpr std::string_view kNobodysTool = "iff-scan-no-such-tool";
inline constexpr std::string_view kForeignOrigin = "https://iff-scan.example";

// What one question brought.
struct Heard {
  std::string silence = {};                  // why there was no answer; "": there was one
  ErrorKind kind = ErrorKind::kUnavailable;  // of the silence
  bool stream = false;                       // the answer goes on: its events so far are the body
  McpAnswer answer = {};

  bool ok() const { return silence.empty(); }
  int status() const { return answer.status; }
  bool Refused() const { return ok() && (status() == 401 || status() == 403); }
};

struct Asking {
  std::string name = {};
  HttpRequest request = {};
  int64_t id = 0;  // of its message
};

struct ScanOptions {
  std::chrono::milliseconds within = std::chrono::seconds(2);
  TlsClientOptions tls = {};
};

// All that was heard of one server.
struct UrlAnswers {
  Url url = {};              // of its endpoint
  std::string session = {};  // that a stranger was given, and in which the lists were asked for; "": none
  std::map<std::string, Heard> heard = {};
  std::vector<std::pair<std::string, Heard>> pages = {};
  Heard nowhere = {};  // of a path that nobody has

  // Unheard: it was not asked.
  const Heard& Of(const std::string& question) const;
  // The answer in which a stranger is refused; to `initialize`, if none is.
  const Heard& FirstRefusal() const;
  // Ids of sessions that strangers were given.
  std::vector<std::string> Sessions() const;
  std::string Path() const { return url.target.substr(0, url.target.find('?')); }
  // Its own name or address is this machine's.
  bool loopback() const;
};

bool IsLoopback(const std::string& host);

// kUnavailable, kTimeout: nobody answers; kRefused, kProtocol: it speaks no HTTP, or its certificate is not taken;
// kProtocol as well where nothing there speaks MCP.
Result<UrlAnswers> AskUrl(const Url& url, const ScanOptions& options);

}  // namespace iff
