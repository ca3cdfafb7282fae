#include "harness/core/redact.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <map>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "harness/core/bytes.h"
#include "harness/core/result.h"

namespace iff {
namespace {

constexpr size_t kKeySize = 6;  // every pattern is at least this long and is found by its first bytes
// Within those one piece of kPieceSize lies wherever every kStride-th place of a text is looked at.
constexpr size_t kPieceSize = 4;
constexpr size_t kStride = kKeySize - kPieceSize + 1;

struct Meaning {
  std::string alias = {};
  std::string encoding = {};
  Redactor::Belonging belonging = {};
};

// How long a secret is looked for: of all that registered it, the longest counts.
struct Span {
  bool lasts = true;
  uint64_t generation = 0;  // of the last registration, where it does not
  friend bool operator<(const Span& one, const Span& other) {
    return std::tie(one.lasts, one.generation) < std::tie(other.lasts, other.generation);
  }
  bool EndsBefore(uint64_t other) const { return !lasts && generation < other; }
};

// Pieces of `kSize` bytes: one that was not added is hardly ever taken for one that was, as long as it is not full.
template <size_t kSize>
class Pieces {
 public:
  // With room for `pieces`.
  explicit Pieces(size_t pieces = 0) {
    while ((size_t{1} << bits_) < pieces * kBitsOfOne) ++bits_;
    words_.resize((size_t{1} << bits_) / 64);
  }
  // `piece` points to kSize bytes at least.
  void Add(const char* piece) {
    const uint64_t slot = Slot(piece);
    uint64_t& word = words_[slot / 64];
    const uint64_t bit = uint64_t{1} << (slot % 64);
    if ((word & bit) == 0) ++set_;
    word |= bit;
  }
  bool MayHold(const char* piece) const {
    const uint64_t slot = Slot(piece);
    return (words_[slot / 64] >> (slot % 64) & 1) != 0;
  }
  bool full() const { return set_ * kBitsOfOne > words_.size() * 64; }
  size_t set() const { return set_; }

 private:
  static constexpr size_t kBitsOfOne = 16;
  uint64_t Slot(const char* piece) const {
    // Two loads: one of eight bytes out of six just stored waits for both to be written, which this is called too often
    // for.
    uint32_t first = 0;
    std::memcpy(&first, piece, sizeof(first));
    uint64_t whole = first;
    if constexpr (kSize == sizeof(first) + sizeof(uint16_t)) {
      uint16_t rest = 0;
      std::memcpy(&rest, piece + sizeof(first), sizeof(rest));
      whole |= uint64_t{rest} << 32;
    } else {
      static_assert(kSize == sizeof(first));
    }
    return whole * 0x9E3779B97F4A7C15ULL >> (64 - bits_);
  }
  size_t bits_ = 17;  // at least: 16 KiB, which stay in the processor's nearest cache
  size_t set_ = 0;
  std::vector<uint64_t> words_ = {};
};

std::string Lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

std::string Upper(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'f') c = static_cast<char>(c - 'a' + 'A');
  }
  return text;
}

// The escapes of PercentEncode with lower-case digits; the rest as it was.
std::string LowerEscapes(std::string text) {
  for (size_t i = 0; i + 2 < text.size(); ++i) {
    if (text[i] != '%') continue;
    const std::string digits = Lower(text.substr(i + 1, 2));
    text.replace(i + 1, 2, digits);
  }
  return text;
}

std::string Replace(std::string text, std::string_view from, std::string_view to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

// What the base64 of any text that holds `bytes` at an offset of `shift` modulo 3 must hold: the
// characters at both ends also depend on the neighbours ("alice:" in front of a Basic password).
std::string Base64Core(std::string_view bytes, size_t shift) {
  const std::string padded = std::string(shift, '\0') + std::string(bytes);
  const size_t whole = padded.size() * 8 / 6;
  const size_t head = (shift * 8 + 5) / 6;
  return Base64(padded).substr(head, whole - head);
}

std::string ToUrlAlphabet(std::string text) { return Replace(Replace(std::move(text), "+", "-"), "/", "_"); }

// A forged token may be signed with zeros, or with a few characters: such a text comes about by chance, the run of one
// character in particular wherever something random is decompressed.
bool CannotBeChance(std::string_view signature) {
  constexpr size_t kDifferent = 12;  // of the 43 characters of the shortest real one some 30 are
  return std::set<char>(signature.begin(), signature.end()).size() >= kDifferent;
}

bool IsCompactJws(std::string_view text) {
  return text.starts_with("eyJ") && std::count(text.begin(), text.end(), '.') == 2 && !text.ends_with('.');
}

}  // namespace

struct Redactor::State {
  struct Known;
  using Pattern = std::pair<const std::string, Known>;
  struct Known : Meaning {
    Span span = {};
    const Pattern* shorter = nullptr;  // the longest other pattern that this one begins with
  };
  using Patterns = std::map<std::string, Known, std::less<>>;

  // The longest pattern that `text` begins with at `at`, or nullptr.
  const Pattern* Match(std::string_view text, size_t at) const {
    text.remove_prefix(at);
    if (text.size() < kKeySize || !beginnings.MayHold(text.data())) return nullptr;
    return LongestBefore(patterns.upper_bound(text), text);
  }

  // The longest pattern before `place`, the place of `text`, that `text` begins with. Whatever is sorted between a
  // beginning of a text and the text begins with it, too: so all that come into question begin the one before.
  const Pattern* LongestBefore(Patterns::const_iterator place, std::string_view text) const {
    if (place == patterns.begin()) return nullptr;
    const Pattern* pattern = &*std::prev(place);
    const auto parting = std::mismatch(pattern->first.begin(), pattern->first.end(), text.begin(), text.end()).first;
    const auto shared = static_cast<size_t>(parting - pattern->first.begin());
    while (pattern != nullptr && pattern->first.size() > shared) pattern = pattern->second.shorter;
    return pattern;
  }

  // Of a pattern that is new.
  void Link(Patterns::iterator added) {
    const std::string& text = added->first;
    added->second.shorter = LongestBefore(added, text);
    for (auto next = std::next(added); next != patterns.end() && next->first.starts_with(text); ++next) {
      const Pattern*& shorter = next->second.shorter;
      if (shorter == nullptr || shorter->first.size() < text.size()) shorter = &*added;
    }
  }

  // The first pattern from `at` on, and where it is found; nullptr if there is none. Of three places one is looked at,
  // and what begins at the two before it or there only if that one may be within a pattern's first bytes.
  const Pattern* Next(std::string_view text, size_t& at) const {
    for (size_t look = at + kStride - 1; look + kPieceSize <= text.size(); look += kStride) {
      if (!within.MayHold(text.data() + look)) continue;
      for (size_t begin = look + 1 - kStride; begin <= look; ++begin) {
        const auto* const found = Match(text, begin);
        if (found == nullptr) continue;
        at = begin;
        return found;
      }
    }
    return nullptr;
  }

  void AddBeginning(const std::string& pattern) {
    beginnings.Add(pattern.data());
    for (size_t i = 0; i < kStride; ++i) within.Add(pattern.data() + i);
  }

  // Of all patterns, with room for `times` as many pieces as there were.
  void AddBeginnings(size_t times) {
    beginnings = Pieces<kKeySize>(times * beginnings.set());
    within = Pieces<kPieceSize>(times * within.set());
    for (const Pattern& pattern : patterns) AddBeginning(pattern.first);
  }

  void AddAll(const std::string& secret, const std::string& alias, const Belonging& belonging, const Span& span) {
    const auto add = [&](std::string text, std::string encoding) {
      if (text.size() < kKeySize) return;
      const auto [known, is_new] =
          patterns.try_emplace(std::move(text), Known{{alias, std::move(encoding), belonging}, span});
      known->second.span = std::max(known->second.span, span);
      if (!is_new) return;
      Link(known);
      AddBeginning(known->first);
      if (beginnings.full() || within.full()) AddBeginnings(2);
    };
    add(secret, "plain");
    const std::string json = Dump(Json(secret));
    const std::string quoted = json.substr(1, json.size() - 2);
    add(quoted, "json");
    add(Replace(quoted, "/", "\\/"), "json");
    // JSON as a text within JSON: what a tool says twice, and what a log line holds of a body.
    const std::string twice = Dump(Json(quoted));
    add(twice.substr(1, twice.size() - 2), "json");
    const std::string url = PercentEncode(secret);
    add(url, "url");
    add(LowerEscapes(url), "url");
    add(Replace(url, "%20", "+"), "url");
    const std::string hex = Hex(secret);
    add(hex, "hex");
    add(Upper(hex), "hex");
    add(Base64(secret), "base64");
    add(Base64Url(secret), "base64url");
    for (size_t shift = 0; shift < 3; ++shift) {
      const std::string core = Base64Core(secret, shift);
      add(core, "base64");
      add(ToUrlAlphabet(core), "base64url");
    }
  }

  mutable std::shared_mutex mutex = {};
  Patterns patterns = {};
  Pieces<kKeySize> beginnings = {};                    // of patterns
  Pieces<kPieceSize> within = {};                      // their first bytes
  std::unordered_map<std::string, Span> secrets = {};  // by hash
  uint64_t generation = 0;
};

Redactor::Redactor() : state_(std::make_unique<State>()) {}
Redactor::~Redactor() = default;

void Redactor::Register(const Secret& secret, std::string alias, Belonging belonging, Lasts lasts) {
  const std::string& text = secret.Reveal();
  Invariant(text.size() >= kKeySize, "a secret this short cannot be masked");
  const std::unique_lock lock(state_->mutex);
  const Span span{lasts == Lasts::kAsLongAsThis, state_->generation};
  const auto [known, is_new] = state_->secrets.try_emplace(Sha256(text), span);
  if (!is_new && !(known->second < span)) return;
  known->second = std::max(known->second, span);
  state_->AddAll(text, alias, belonging, span);
  if (IsCompactJws(text)) {
    const size_t dot = text.rfind('.');
    state_->AddAll(text.substr(0, dot), alias + ":unsigned", belonging, span);
    const std::string signature = text.substr(dot + 1);
    if (CannotBeChance(signature)) state_->AddAll(signature, alias + ":signature", belonging, span);
  }
}

uint64_t Redactor::BeginGeneration() {
  const std::unique_lock lock(state_->mutex);
  return ++state_->generation;
}

void Redactor::Forget(uint64_t before) {
  const std::unique_lock lock(state_->mutex);
  const auto over = [before](const auto& secret) { return secret.second.EndsBefore(before); };
  const auto many = static_cast<size_t>(std::count_if(state_->secrets.begin(), state_->secrets.end(), over));
  // All that stay have to be linked anew: not for a few.
  if (many == 0 || (before != kEverything && 2 * many < state_->secrets.size())) return;
  std::erase_if(state_->secrets, over);
  std::erase_if(state_->patterns, [before](const auto& pattern) { return pattern.second.span.EndsBefore(before); });
  for (auto pattern = state_->patterns.begin(); pattern != state_->patterns.end(); ++pattern) {
    pattern->second.shorter = state_->LongestBefore(pattern, pattern->first);
  }
  state_->AddBeginnings(1);
}

std::string Redactor::Mask(std::string_view text) const {
  const std::shared_lock lock(state_->mutex);
  std::string masked;
  masked.reserve(text.size());
  size_t copied = 0;
  size_t at = 0;
  while (const auto* const found = state_->Next(text, at)) {
    masked.append(text.substr(copied, at - copied)).append("{{").append(found->second.alias).append("}}");
    at += found->first.size();
    copied = at;
  }
  return masked.append(text.substr(copied));
}

Json Redactor::MaskAll(const Json& value) const {
  if (value.is_string()) return Mask(std::string_view(*value.get_ptr<const Json::string_t*>()));
  if (value.is_array()) {
    Json masked = Json::array();
    for (const Json& item : value) masked.push_back(MaskAll(item));
    return masked;
  }
  if (value.is_object()) {
    Json masked = Json::object();
    for (const auto& [name, member] : value.items()) masked[Mask(std::string_view(name))] = MaskAll(member);
    return masked;
  }
  return value;
}

std::vector<Redactor::Leak> Redactor::Scan(std::string_view text) const {
  const std::shared_lock lock(state_->mutex);
  std::vector<Leak> leaks;
  size_t at = 0;
  while (const auto* const found = state_->Next(text, at)) {
    leaks.push_back({found->second.alias, found->second.encoding, at, found->second.belonging});
    at += found->first.size();
  }
  return leaks;
}

size_t Redactor::size() const {
  const std::shared_lock lock(state_->mutex);
  return state_->secrets.size();
}

}  // namespace iff
