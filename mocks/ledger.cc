#include "mocks/ledger.h"

#include <chrono>
#include <utility>

#include "harness/core/bytes.h"

namespace iff {

void Ledger::Record(LedgerEntry entry) {
  entry.sequence = next_++;
  entries_.push_back(std::move(entry));
  if (entries_.size() > capacity_) entries_.pop_front();
}

Result<std::vector<LedgerEntry>> Ledger::Since(uint64_t mark) const {
  const uint64_t first = next_ - entries_.size();
  if (mark < first) {
    return Error(ErrorKind::kInvalidInput,
                 "read the ledger from " + std::to_string(mark) + " on: it begins at " + std::to_string(first));
  }
  if (mark >= next_) return std::vector<LedgerEntry>();
  const auto begin = entries_.begin() + static_cast<std::ptrdiff_t>(mark - first);
  return std::vector<LedgerEntry>(begin, entries_.end());
}

Json ToJson(const LedgerEntry& entry) {
  Json value = Json::object();
  value["sequence"] = entry.sequence;
  value["time"] = std::chrono::duration_cast<std::chrono::microseconds>(entry.time.time_since_epoch()).count();
  value["method"] = entry.method;
  value["target"] = entry.target;
  value["status"] = entry.status;
  value["owner"] = entry.owner;
  value["fingerprint"] = entry.fingerprint;
  Json& disclosed = value["disclosed"] = Json::array();
  for (const std::string& account : entry.disclosed) disclosed.push_back(account);
  value["request"] = Base64(entry.request);  // bytes of any kind
  value["cut"] = entry.cut;
  return value;
}

Result<LedgerEntry> ParseLedgerEntry(const Json& value) {
  LedgerEntry entry;
  entry.sequence = TRY(At<uint64_t>(value, "/sequence"));
  entry.time = WallTime(std::chrono::microseconds(TRY(At<int64_t>(value, "/time"))));
  entry.method = TRY(At<std::string>(value, "/method"));
  entry.target = TRY(At<std::string>(value, "/target"));
  entry.status = static_cast<int>(TRY(At<int64_t>(value, "/status")));
  entry.owner = TRY(At<std::string>(value, "/owner"));
  entry.fingerprint = TRY(At<std::string>(value, "/fingerprint"));
  const Json disclosed = TRY(At<Json>(value, "/disclosed"));
  for (size_t i = 0; i < disclosed.size(); ++i) {
    entry.disclosed.push_back(TRY(At<std::string>(disclosed, "/" + std::to_string(i))));
  }
  const std::string request = TRY(At<std::string>(value, "/request"));
  entry.request = TRY(DecodeBase64(request));
  entry.cut = TRY(At<bool>(value, "/cut"));
  return entry;
}

}  // namespace iff
