// The open streams of HTTP+SSE. The id of one is a name, not a key: it is looked up together with who asks, and
// another's stream is as unknown as one that never was.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "servers/guard/caller.h"
#include "servers/mcp/mcp_server.h"
#include "servers/mcp/session_store.h"

namespace iff {

struct SseStream {
  std::shared_ptr<Session> session = {};  // its id names the stream
  std::shared_ptr<const Caller> opener = {};
  std::function<void()> stop_waiting = {};  // for it to be idle
};

class SseStreams {
 public:
  // Nothing when the person has as many as they may, whatever the client, token or key.
  std::shared_ptr<SseStream> Open(std::shared_ptr<const Caller> opener, const SseOptions& options);
  // Nothing for unknown, ended, and another's: the three are one.
  std::shared_ptr<SseStream> Find(std::string_view id, const Caller& caller, const SseOptions& options) const;
  // False: it has ended already.
  bool Remove(const std::string& id) { return by_id_.erase(id) > 0; }

  std::vector<std::shared_ptr<SseStream>> All() const;
  size_t size() const { return by_id_.size(); }

 private:
  std::map<std::string, std::shared_ptr<SseStream>, std::less<>> by_id_;
};

}  // namespace iff
