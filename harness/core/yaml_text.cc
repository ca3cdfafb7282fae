#include "harness/core/yaml_text.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "harness/core/bytes.h"
#include "harness/core/plain.h"
#include "harness/core/utf8.h"

namespace iff {
namespace {

constexpr size_t kLongestLine = 100;

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Words that some reader of YAML takes for a boolean, a number or nothing.
bool IsReserved(const std::string& text) {
  static constexpr std::array<std::string_view, 14> kWords = {"true", "false", "null", "yes", "no",       "on", "off",
                                                              "y",    "n",     "inf",  "nan", "infinity", "~",  ""};
  std::string lower = text;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return std::find(kWords.begin(), kWords.end(), lower) != kWords.end();
}

bool IsPlain(const std::string& text) {
  if (IsReserved(text) || !(IsLetter(text.front()) || text.front() == '/') || text.back() == ' ') return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return IsLetter(c) || IsDigit(c) || std::string_view("_-./@ ").find(c) != std::string_view::npos;
  });
}

// A key in {}, up to its colon.
std::string FlowKey(const std::string& key) {
  const std::string text = YamlScalar(key);
  return text.size() > kLongestYamlKey ? "? " + text + " " : text;
}

class Writer {
 public:
  explicit Writer(const std::vector<std::string>& first) : first_(first) {}

  // On one line: {a: 1, b: [x, y]}.
  std::string Flow(const Json& value) const {
    if (value.is_string()) return YamlScalar(*value.get_ptr<const std::string*>());
    if (!value.is_structured()) return Dump(value);
    std::string text;
    if (value.is_array()) {
      for (const Json& item : value) text += (text.empty() ? "" : ", ") + Flow(item);
      return "[" + text + "]";
    }
    for (const auto& [key, member] : InOrder(value))
      text += (text.empty() ? "" : ", ") + FlowKey(key) + ": " + Flow(*member);
    return "{" + text + "}";
  }

  void Block(const Json& value, size_t indent, std::string& out) const {
    const std::string margin(indent, ' ');
    if (value.is_array()) {
      for (const Json& item : value) {
        if (Short(item, indent + 2)) {
          out += margin + "- " + Flow(item) + "\n";
          continue;
        }
        // The first line of the item stands beside the dash.
        std::string inner;
        Block(item, indent + 2, inner);
        out += margin + "- " + inner.substr(indent + 2);
      }
      return;
    }
    for (const auto& [key, member] : InOrder(value)) {
      const std::string written = YamlScalar(key);
      out += margin + (written.size() > kLongestYamlKey ? "? " + written + "\n" + margin : written) + ":";
      if (Short(*member, indent + key.size() + 2)) {
        out += " " + Flow(*member) + "\n";
      } else {
        out += "\n";
        Block(*member, indent + 2, out);
      }
    }
  }

 private:
  using Members = std::vector<std::pair<std::string, const Json*>>;

  Members InOrder(const Json& object) const {
    Members members;
    for (const auto& [key, member] : object.items()) members.emplace_back(key, &member);
    const auto rank = [this](const std::string& key) {
      return std::find(first_.begin(), first_.end(), key) - first_.begin();
    };
    std::stable_sort(members.begin(), members.end(),
                     [&](const auto& a, const auto& b) { return rank(a.first) < rank(b.first); });
    return members;
  }

  // Scalars, what is empty, and leaves that fit on the line.
  bool Short(const Json& value, size_t indent) const {
    if (!value.is_structured() || value.empty()) return true;
    for (const Json& member : value) {
      if (!member.is_structured() || member.empty()) continue;
      if (value.is_array()) return false;
      // One level deeper is still easy to read where it holds scalars alone.
      const bool leaf =
          std::none_of(member.begin(), member.end(), [](const Json& part) { return part.is_structured(); });
      if (!leaf) return false;
    }
    return indent + Flow(value).size() <= kLongestLine;
  }

  const std::vector<std::string>& first_;
};

// Of a JSON text in quotes: what JSON leaves bare and a reader of YAML or a person may not see as it is.
std::string WithoutUnseen(std::string_view quoted) {
  std::string text;
  while (!quoted.empty()) {
    const std::string_view letter = FirstLetter(quoted);
    quoted.remove_prefix(std::max<size_t>(letter.size(), 1));
    if (letter.size() > 3 && IsUnseen(letter)) {
      char spelled[16];  // YAML has no pairs of surrogates
      std::snprintf(spelled, sizeof spelled, "\\U%08x", static_cast<unsigned>(CodePoint(letter)));
      text += spelled;
    } else {
      text += Plain(letter);
    }
  }
  return text;
}

}  // namespace

std::string YamlScalar(const std::string& text) { return IsPlain(text) ? text : WithoutUnseen(Dump(Json(text))); }

std::string YamlFlow(const Json& value, const std::vector<std::string>& first) { return Writer(first).Flow(value); }

std::string YamlText(const Json& value, const std::vector<std::string>& first) {
  const Writer writer(first);
  if (!value.is_structured() || value.empty()) return writer.Flow(value) + "\n";
  std::string out;
  writer.Block(value, 0, out);
  return out;
}

}  // namespace iff
