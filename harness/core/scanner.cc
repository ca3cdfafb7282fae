#include "harness/core/scanner.h"

#include <algorithm>
#include <map>
#include <unordered_set>
#include <utility>

#include "harness/core/unpack.h"

namespace iff {
namespace {

// Goes down the layers of one text.
class Descent {
 public:
  Descent(const Redactor& secrets, const ScannerOptions& options, size_t size)
      : secrets_(secrets), options_(options), left_(options.most + 4 * size) {}

  void Into(std::string_view text, const std::string& path, int depth, bool by_chance = false) {
    for (const Redactor::Leak& leak : secrets_.Scan(text)) Found(leak.alias, path + leak.encoding);
    Unpacked inside = Unpack(text, left_, by_chance);
    for (std::string& reason : inside.opaque) Opaque(std::move(reason));
    for (Layer& layer : inside.layers) {
      left_ -= std::min(left_, layer.bytes.size());
      // The same text is reached in many ways: unescaped before it is unfolded, and after.
      if (!known_.insert(layer.bytes).second) continue;
      if (depth == options_.depth) {
        Opaque("more layers than can be unpacked");
        return;
      }
      Into(layer.bytes, path + layer.how + " > ", depth + 1, !layer.certain);
    }
  }

  Sightings Take() { return std::move(seen_); }

 private:
  void Found(const std::string& alias, std::string how) {
    const auto known = [&](const Sighting& one) { return one.alias == alias; };
    if (std::none_of(seen_.found.begin(), seen_.found.end(), known)) seen_.found.push_back({alias, std::move(how)});
  }
  void Opaque(std::string reason) {
    if (std::find(seen_.opaque.begin(), seen_.opaque.end(), reason) == seen_.opaque.end()) {
      seen_.opaque.push_back(std::move(reason));
    }
  }

  const Redactor& secrets_;
  const ScannerOptions& options_;
  size_t left_;
  std::unordered_set<std::string> known_;
  Sightings seen_;
};

// Every string of `value` in order, appended to the text of its place; elements of a list are one place.
void Collect(const Json& value, const std::string& place, std::map<std::string, std::string>& texts, std::string& all) {
  if (value.is_string()) {
    const std::string& text = *value.get_ptr<const Json::string_t*>();
    texts[place] += text;
    all += text;
  } else if (value.is_array()) {
    for (const Json& item : value) Collect(item, place + "/*", texts, all);
  } else if (value.is_object()) {
    for (const auto& [name, member] : value.items()) Collect(member, place + "/" + name, texts, all);
  }
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
}

Sightings Scanner::Scan(std::string_view text) const {
  Descent descent(secrets_, options_, text.size());
  descent.Into(text, "", 0);
  return descent.Take();
}

Sightings Scanner::ScanPieces(const std::vector<std::string>& pieces) const {
  Sightings seen;
  std::string joined;
  for (const std::string& piece : pieces) {
    seen.Add(Scan(piece));
    joined += piece;
  }
  if (pieces.size() > 1) {
    // Of the whole only finds count: what was opaque was so in its piece.
    Sightings whole = Scan(joined);
    whole.opaque.clear();
    seen.Add(whole);
  }
  return seen;
}

Sightings Scanner::ScanMessages(const std::vector<Json>& messages) const {
  std::map<std::string, std::string> texts;
  std::string all;
  for (const Json& message : messages) Collect(message, "", texts, all);
  Sightings seen = Scan(all);
  for (const auto& [place, text] : texts) {
    if (text.size() < all.size()) seen.Add(Scan(text));
  }
  seen.opaque.clear();  // values that have nothing to do with each other look like anything
  return seen;
}

}  // namespace iff
