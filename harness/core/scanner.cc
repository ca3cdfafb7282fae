#include "harness/core/scanner.h"

#include <algorithm>
#include <bitset>
#include <map>
#include <optional>
#include <unordered_set>
#include <utility>

#include "harness/core/printable.h"
#include "harness/core/unpack.h"

namespace iff {
namespace {

constexpr std::string_view kTooDeep = "more layers than can be unpacked";

// Whether a stretch of it could be read, or unpacked as text once more. What bytes inflate to by chance is unprintable
// but for what is repeated in it.
bool SaysSomething(std::string_view bytes) {
  constexpr size_t kShortest = 12;
  constexpr size_t kVaried = 6;
  std::bitset<128> seen;
  size_t stretch = 0;
  for (const char c : bytes) {
    if (!IsTextByte(c)) {
      seen.reset();
      stretch = 0;
      continue;
    }
    seen.set(static_cast<size_t>(c));
    ++stretch;
    if (stretch >= kShortest && seen.count() >= kVaried) return true;
  }
  return false;
}

// For `size` bytes of texts that are searched together: a bound for each alone would let many small ones cost any
// amount.
UnpackBudget BudgetFor(const ScannerOptions& options, size_t size) { return UnpackBudget(options.most + 4 * size); }

// Goes down the layers of one text.
class Descent {
 public:
  Descent(const Redactor& secrets, const ScannerOptions& options, UnpackBudget& budget)
      : secrets_(secrets), options_(options), budget_(budget) {}

  void Into(std::string_view text, const std::string& path, int depth, bool by_chance = false) {
    for (const Redactor::Leak& leak : secrets_.Scan(text)) Found(leak, path + leak.encoding);
    Unpacked inside = Unpack(text, budget_, by_chance);
    for (std::string& reason : inside.opaque) Opaque(std::move(reason));
    for (Layer& layer : inside.layers) {
      // The same text is reached in many ways: unescaped before it is unfolded, and after.
      if (!known_.insert(layer.bytes).second) continue;
      if (depth == options_.depth) {
        // Random ids can be decoded into further layers by chance. Those hold no text, and so nothing that was packed.
        if (!layer.certain && !SaysSomething(layer.bytes)) continue;
        Opaque(std::string(kTooDeep));
        return;
      }
      Into(layer.bytes, path + layer.how + " > ", depth + 1, !layer.certain);
    }
  }

  Sightings Take() {
    seen_.unfinished = seen_.unfinished || budget_.ended();
    return std::move(seen_);
  }

 private:
  void Found(const Redactor::Leak& leak, std::string how) {
    const auto known = [&](const Sighting& one) { return one.alias == leak.alias; };
    if (std::any_of(seen_.found.begin(), seen_.found.end(), known)) return;
    seen_.found.push_back({leak.alias, std::move(how), leak.belonging});
  }
  void Opaque(std::string reason) {
    seen_.unfinished = seen_.unfinished || reason == kTooDeep;
    if (std::find(seen_.opaque.begin(), seen_.opaque.end(), reason) == seen_.opaque.end()) {
      seen_.opaque.push_back(std::move(reason));
    }
  }

  const Redactor& secrets_;
  const ScannerOptions& options_;
  UnpackBudget& budget_;
  std::unordered_set<std::string> known_;
  Sightings seen_;
};

// The strings of messages in order: all of them, and those of each place. Elements of a list are one place.
class Places {
 public:
  void Collect(const Json& value) { Collect(value, 0); }

  struct Place {
    std::string text = {};
    size_t values = 0;  // of one nothing is split
  };
  std::string all = {};
  std::map<size_t, Place> places = {};

 private:
  void Collect(const Json& value, size_t place) {
    if (value.is_string()) {
      const std::string& text = *value.get_ptr<const Json::string_t*>();
      places[place].text += text;
      ++places[place].values;
      all += text;
    } else if (value.is_array()) {
      const size_t below = Below(place, {});
      for (const Json& item : value) Collect(item, below);
    } else if (value.is_object()) {
      for (const auto& [name, member] : value.items()) Collect(member, Below(place, name));
    }
  }
  // A number for each place: as paths, many members below one long name would be any multiple of the messages.
  size_t Below(size_t place, const std::optional<std::string>& name) {
    return numbers_.try_emplace({place, name}, numbers_.size() + 1).first->second;
  }

  std::map<std::pair<size_t, std::optional<std::string>>, size_t> numbers_ = {};
};

Sightings ScanWithin(std::string_view text, const Redactor& secrets, const ScannerOptions& options,
                     UnpackBudget& budget) {
  Descent descent(secrets, options, budget);
  descent.Into(text, "", 0);
  return descent.Take();
}

// Of texts put together only finds count: what is opaque was so in its piece, or only looks like it. That they were not
// searched to the end counts too.
void KeepFinds(Sightings& seen) {
  std::erase_if(seen.opaque,
                [](const std::string& reason) { return reason != kTooDeep && reason != kNotFullySearched; });
}

}  // namespace

void Sightings::Add(const Sightings& others) {
  for (const Sighting& other : others.found) {
    const auto known = [&](const Sighting& one) { return one.alias == other.alias; };
    if (std::none_of(found.begin(), found.end(), known)) found.push_back(other);
  }
  for (const std::string& other : others.opaque) {
    if (std::find(opaque.begin(), opaque.end(), other) == opaque.end()) opaque.push_back(other);
  }
  unfinished = unfinished || others.unfinished;
}

Sightings Scanner::Scan(std::string_view text) const {
  UnpackBudget budget = BudgetFor(options_, text.size());
  return ScanWithin(text, secrets_, options_, budget);
}

Sightings Scanner::ScanPieces(const std::vector<std::string>& pieces) const {
  std::string joined;
  for (const std::string& piece : pieces) joined += piece;
  UnpackBudget budget = BudgetFor(options_, 2 * joined.size());
  Sightings seen;
  for (const std::string& piece : pieces) seen.Add(ScanWithin(piece, secrets_, options_, budget));
  if (pieces.size() > 1) {
    Sightings whole = ScanWithin(joined, secrets_, options_, budget);
    KeepFinds(whole);
    seen.Add(whole);
  }
  return seen;
}

Sightings Scanner::ScanMessages(const std::vector<Json>& messages) const {
  Places places;
  for (const Json& message : messages) places.Collect(message);
  UnpackBudget budget = BudgetFor(options_, 2 * places.all.size());
  Sightings seen = ScanWithin(places.all, secrets_, options_, budget);
  for (const auto& [number, place] : places.places) {
    if (place.values > 1 && place.text.size() < places.all.size()) {
      seen.Add(ScanWithin(place.text, secrets_, options_, budget));
    }
  }
  KeepFinds(seen);
  return seen;
}

}  // namespace iff
