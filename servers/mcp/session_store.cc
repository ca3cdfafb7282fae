#include "servers/mcp/session_store.h"

#include <algorithm>
#include <utility>

#include "harness/core/bytes.h"

namespace iff {
namespace {

constexpr size_t kIdBytes = 24;
constexpr size_t kLongestSessionId = 128;

}  // namespace

std::string_view Name(Revision revision) {
  switch (revision) {
    case Revision::k20241105:
      return "2024-11-05";
    case Revision::k20250618:
      return "2025-06-18";
    case Revision::k20251125:
      return "2025-11-25";
    case Revision::k20260728:
      return "2026-07-28";
  }
  return "";
}

Json KnownCapabilities(const Json& declared) {
  Json known = Json::object();
  for (const auto& [name, members] : std::initializer_list<std::pair<const char*, std::vector<const char*>>>{
           {"roots", {"listChanged"}}, {"sampling", {"tools", "context"}}, {"elicitation", {"form", "url"}}}) {
    const auto found = declared.find(name);
    if (found == declared.end() || !found->is_object()) continue;
    Json& kept = known[name] = Json::object();
    for (const char* member : members) {
      const auto has = found->find(member);
      if (has != found->end() && (has->is_boolean() || has->is_object())) {
        kept[member] = has->is_boolean() ? *has : Json::object();
      }
    }
  }
  return known;
}

std::string NewSessionId() { return Base64Url(RandomBytes(kIdBytes)); }

bool IsSessionId(std::string_view text) {
  return !text.empty() && text.size() <= kLongestSessionId && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

std::shared_ptr<Session> SessionStore::Create(const std::string& owner, const std::string& principal, Now now) {
  Sweep(now);
  size_t& count = per_principal_[principal];
  if (count >= max_per_principal_) {
    next_sweep_ = {};  // the ones it forgot may have become idle since
    Sweep(now);
    const auto left = per_principal_.find(principal);
    if (left != per_principal_.end() && left->second >= max_per_principal_) return nullptr;
  }
  auto session = std::make_shared<Session>();
  session->id = NewSessionId();
  session->owner = owner;
  session->principal = principal;
  session->used = now;
  by_id_[session->id] = session;
  ++per_principal_[principal];
  return session;
}

std::shared_ptr<Session> SessionStore::Find(const std::string& id, const std::string& owner, Now now) {
  const auto found = by_id_.find(id);
  if (found == by_id_.end() || found->second->owner != owner) return nullptr;
  if (Idle(*found->second, now)) {
    Remove(found);
    return nullptr;
  }
  found->second->used = now;
  return found->second;
}

std::shared_ptr<Session> SessionStore::End(const std::string& id, const std::string& owner, Now now) {
  std::shared_ptr<Session> session = Find(id, owner, now);
  if (session) Remove(by_id_.find(id));
  return session;
}

std::vector<std::shared_ptr<Session>> SessionStore::All() const {
  std::vector<std::shared_ptr<Session>> all;
  for (const auto& [id, session] : by_id_) all.push_back(session);
  return all;
}

void SessionStore::Clear() {
  by_id_.clear();
  per_principal_.clear();
}

bool SessionStore::Idle(const Session& session, Now now) const {
  const bool listening = session.stream && !session.stream->closed();
  return !listening && session.running.empty() && now - session.used > idle_;
}

SessionStore::ById::iterator SessionStore::Remove(ById::iterator at) {
  const auto count = per_principal_.find(at->second->principal);
  if (--count->second == 0) per_principal_.erase(count);
  return by_id_.erase(at);
}

void SessionStore::Sweep(Now now) {
  if (now < next_sweep_) return;
  next_sweep_ = now + std::min<std::chrono::seconds>(idle_, std::chrono::seconds(60));
  for (auto at = by_id_.begin(); at != by_id_.end();) {
    at = Idle(*at->second, now) ? Remove(at) : std::next(at);
  }
}

}  // namespace iff
