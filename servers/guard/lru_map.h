// A map that forgets what was not asked for longest, so that nothing grows with the number of callers.
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <string>
#include <unordered_map>
#include <utility>

namespace iff {

template <class V>
class LruMap {
 public:
  explicit LruMap(size_t capacity) : capacity_(capacity) {}

  // The value of `key`, now the freshest, or nullptr. Valid until the next change.
  V* Find(const std::string& key) {
    const auto found = index_.find(key);
    if (found == index_.end()) return nullptr;
    order_.splice(order_.begin(), order_, found->second);
    return &found->second->second;
  }

  // Puts `value` under `key`, and drops the stalest entries beyond the capacity for which `may_drop`
  // agrees.
  V& Put(const std::string& key, V value, const std::function<bool(V&)>& may_drop = {}) {
    if (V* const present = Find(key)) {
      *present = std::move(value);
      return *present;
    }
    order_.emplace_front(key, std::move(value));
    index_[key] = order_.begin();
    auto stalest = order_.end();
    while (order_.size() > capacity_ && stalest != order_.begin()) {
      --stalest;
      if (stalest == order_.begin()) break;
      if (may_drop && !may_drop(stalest->second)) continue;
      index_.erase(stalest->first);
      stalest = order_.erase(stalest);
    }
    return order_.front().second;
  }

  void Erase(const std::string& key) {
    const auto found = index_.find(key);
    if (found == index_.end()) return;
    order_.erase(found->second);
    index_.erase(found);
  }

  // Drops every entry for which `drop` agrees.
  void EraseIf(const std::function<bool(V&)>& drop) {
    for (auto entry = order_.begin(); entry != order_.end();) {
      if (drop(entry->second)) {
        index_.erase(entry->first);
        entry = order_.erase(entry);
      } else {
        ++entry;
      }
    }
  }

  size_t size() const { return order_.size(); }

 private:
  using Order = std::list<std::pair<std::string, V>>;
  size_t capacity_;
  Order order_;
  std::unordered_map<std::string, typename Order::iterator> index_;
};

}  // namespace iff
