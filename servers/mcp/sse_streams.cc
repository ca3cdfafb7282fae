#include "servers/mcp/sse_streams.h"

#include <algorithm>
#include <utility>

namespace iff {

bool IsSameHolder(const Caller& opener, const Caller& caller) { return opener.Holder() == caller.Holder(); }

SseOptions SseBeside(const std::string& path) {
  const std::string folder = path.substr(0, path.rfind('/') + 1);
  SseOptions options;
  options.path = folder + "sse";
  options.messages_path = folder + "messages/";
  return options;
}

std::shared_ptr<SseStream> SseStreams::Open(std::shared_ptr<const Caller> opener, const SseOptions& options) {
  const std::string person = opener->Principal();
  const auto open = std::count_if(by_id_.begin(), by_id_.end(),
                                  [&](const auto& one) { return one.second->opener->Principal() == person; });
  if (static_cast<size_t>(open) >= options.max_streams_per_person) return nullptr;
  auto stream = std::make_shared<SseStream>();
  stream->session = std::make_shared<Session>();
  stream->session->id = NewSessionId();
  stream->session->owner = opener->Holder();
  stream->session->open = false;
  stream->session->handshake_only = true;
  stream->session->used = std::chrono::steady_clock::now();
  stream->opener = std::move(opener);
  by_id_[stream->session->id] = stream;
  return stream;
}

std::shared_ptr<SseStream> SseStreams::Find(std::string_view id, const Caller& caller,
                                            const SseOptions& options) const {
  const auto found = by_id_.find(id);
  if (found == by_id_.end() || !options.is_of(*found->second->opener, caller)) return nullptr;
  return found->second;
}

std::vector<std::shared_ptr<SseStream>> SseStreams::All() const {
  std::vector<std::shared_ptr<SseStream>> all;
  for (const auto& [id, stream] : by_id_) all.push_back(stream);
  return all;
}

}  // namespace iff
