#include "harness/replay/compare.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <sstream>

#include "harness/core/yaml.h"
#include "harness/run/phrases.h"
#include "harness/run/recording.h"

namespace iff {
namespace {

constexpr int64_t kSameTime = 30;  // seconds between a login and a token minted from it, on a busy machine

std::string Clip(std::string text) {
  constexpr size_t kLongest = 120;
  if (text.size() > kLongest) text = text.substr(0, kLongest) + "...";
  return text;
}

std::string Shown(const Json& value) {
  return Clip(value.is_string() ? "\"" + *value.get_ptr<const std::string*>() + "\"" : Dump(value));
}

// The seconds of "{{time+300s}}"; "{{time}}" is 0.
std::optional<int64_t> OffsetOf(const Json& value) {
  const auto* text = value.get_ptr<const std::string*>();
  if (text == nullptr || !text->starts_with("{{time") || !text->ends_with("}}")) return {};
  std::string_view middle = std::string_view(*text).substr(6, text->size() - 8);
  if (middle.empty()) return 0;
  if (!middle.ends_with('s')) return {};
  middle.remove_suffix(1);
  if (middle.starts_with('+')) middle.remove_prefix(1);
  int64_t seconds = 0;
  const auto [end, problem] = std::from_chars(middle.data(), middle.data() + middle.size(), seconds);
  if (problem != std::errc() || end != middle.data() + middle.size()) return {};
  return seconds;
}

// RFC 6749, 3.3: the order of a scope's words means nothing, and issuers of different versions write different ones.
bool SameScopes(std::string_view at, const Json& then, const Json& now) {
  if (!at.ends_with("/claims/scope") || !then.is_string() || !now.is_string()) return false;
  const auto words = [](const Json& scope) {
    std::istringstream in(scope.get<std::string>());
    return std::multiset<std::string>(std::istream_iterator<std::string>(in), {});
  };
  return words(then) == words(now);
}

struct Unequal {
  std::string pointer = {};
  std::string what = {};
  bool value_only = false;  // the same type on both sides
};

class Differ {
 public:
  explicit Differ(std::set<std::string> any_value) : any_value_(std::move(any_value)) {}

  void Look(const std::string& at, const Json& then, const Json& now) {
    if (then == now) return;
    const std::string_view then_type = then.type_name();
    const bool same_type = then_type == now.type_name();
    if (same_type && any_value_.contains(at)) return;
    if (const auto a = OffsetOf(then), b = OffsetOf(now); a && b && std::abs(*a - *b) <= kSameTime) return;
    if (SameScopes(at, then, now)) return;
    if (then.is_object() && now.is_object()) {
      for (const auto& [name, member] : then.items()) {
        const std::string here = at + "/" + PointerToken(name);
        if (now.contains(name)) {
          Look(here, member, now[name]);
        } else {
          found_.push_back({here, "is gone (it was " + Shown(member) + ")"});
        }
      }
      for (const auto& [name, member] : now.items()) {
        if (!then.contains(name)) found_.push_back({at + "/" + PointerToken(name), "is new: " + Shown(member)});
      }
      return;
    }
    if (then.is_array() && now.is_array()) return LookAtLists(at, then, now);
    found_.push_back({at, "is " + Shown(now) + ", was " + Shown(then), same_type});
  }

  const std::vector<Unequal>& found() const { return found_; }

 private:
  // One element more or less is one difference, not one for each element after it.
  void LookAtLists(const std::string& at, const Json& then, const Json& now) {
    size_t front = 0;
    while (front < then.size() && front < now.size() && then[front] == now[front]) ++front;
    size_t back = 0;
    while (back + front < then.size() && back + front < now.size() &&
           then[then.size() - 1 - back] == now[now.size() - 1 - back]) {
      ++back;
    }
    const auto middle = [&](const Json& list) {
      std::string text;
      for (size_t i = front; i + back < list.size(); ++i) text += (text.empty() ? "" : ", ") + Shown(list[i]);
      return text.empty() ? std::string("nothing") : Clip(text);
    };
    if (then.size() == now.size() && std::is_permutation(then.begin(), then.end(), now.begin())) {
      // Sorted by something that is new each time, it is in another order each time.
      for (size_t i = 0; i < then.size(); ++i) {
        if (then[i] != now[i] &&
            (Dump(then[i]).find("{{") != std::string::npos || Dump(now[i]).find("{{") != std::string::npos))
          return;
      }
      found_.push_back({at, "is in another order: " + middle(now) + " in place of " + middle(then)});
      return;
    }
    if (then.size() == now.size()) {
      for (size_t i = front; i + back < then.size(); ++i) Look(at + "/" + std::to_string(i), then[i], now[i]);
      return;
    }
    found_.push_back({at, "has " + std::to_string(now.size()) + " instead of " + std::to_string(then.size()) + " (" +
                              middle(now) + " in place of " + middle(then) + ")"});
  }

  std::set<std::string> any_value_;
  std::vector<Unequal> found_;
};

// What kind of answer it is, in the words of a reader.
std::string KindOf(const Json& answer) {
  if (answer.contains("silence")) return "no answer";
  std::string kind = "HTTP " + std::to_string(AtOr<int64_t>(answer, "/status", 0));
  const Json* body = Find(answer, "/body");
  if (body == nullptr) return kind;
  if (const Json* error = Find(*body, "/error/code")) return kind + " with JSON-RPC error " + Dump(*error);
  if (Find(*body, "/result") == nullptr) return kind;
  if (!AtOr<bool>(*body, "/result/isError", false)) return kind + " with a result";
  const std::string code = AtOr<std::string>(*body, "/result/structuredContent/error/code", "");
  return kind + " with a tool error" + (code.empty() ? "" : " " + code);
}

// "HTTP 200 with a result" or "3 x HTTP 200 with a result, then HTTP 429"
std::string KindsOf(const Json& step) {
  const Json* answers = Find(step, "/answers");
  if (answers == nullptr || !answers->is_array() || answers->empty()) return "nothing was sent";
  std::string all;
  std::string last;
  int64_t times = 0;
  const auto flush = [&] {
    if (times == 0) return;
    all += (all.empty() ? "" : ", then ") + (times > 1 ? std::to_string(times) + " x " : std::string()) + last;
  };
  for (const Json& answer : *answers) {
    const std::string kind = KindOf(answer);
    const int64_t count = AtOr<int64_t>(answer, "/times", 1);
    if (kind == last) {
      times += count;
      continue;
    }
    flush();
    last = kind;
    times = count;
  }
  flush();
  return all;
}

// "3 x " of "3 x HTTP 429"; "" where they are not all of one kind.
std::string TimesOf(const std::string& kinds) {
  const size_t times = kinds.find(" x ");
  return times == std::string::npos || kinds.find(", then ") != std::string::npos ? "" : kinds.substr(0, times + 3);
}

// What was seen at one source, as it reads, each with how often it was seen.
using Lines = std::map<std::string, int>;

constexpr const char* kUnread = "could not be read";

std::string LineOf(const DownstreamAct& act) {
  std::string line = (act.persona.empty() ? "nobody" : act.persona) + " " + TextOf(act);
  for (const std::string& account : act.discloses) line += ", shows " + account;
  return line;
}

// A recording that was read is whole; one made a moment ago is as well.
std::map<DownstreamSource, Lines> DownstreamOf(const Json& step) {
  std::map<DownstreamSource, Lines> by_source;
  const RecordedDownstream seen = DownstreamFrom(step).value_or({});
  for (const DownstreamAct& act : seen.acts) ++by_source[act.source][LineOf(act)];
  for (const DownstreamSource& source : seen.not_observable) ++by_source[source][kUnread];
  return by_source;
}

using AllLines = std::set<std::pair<DownstreamSource, std::string>>;

// Everything a recording holds.
AllLines AllLinesOf(const Json& recording) {
  AllLines lines;
  for (const Json& step : AtOr<Json>(recording, "/seen", Json::array())) {
    for (const auto& [source, here] : DownstreamOf(step)) {
      for (const auto& [line, times] : here) lines.emplace(source, line);
    }
  }
  return lines;
}

// What both recordings hold, each in all of its steps.
struct Everywhere {
  AllLines then = {};
  AllLines now = {};
};

// What one side saw that the other did not, in one line; "" if nothing. An audit log may say the same thing once
// more or less, or a step earlier: sessions are renewed when it is time, not when a step begins. What it never says
// otherwise is a difference.
std::string LinesDiffer(const DownstreamSource& source, const Lines& then, const Lines& now,
                        const Everywhere& everywhere) {
  const bool counted = source.place != Place::kAuditLog;
  const auto beyond = [&](const Lines& these, const Lines& those, const AllLines& elsewhere) {
    std::string text;
    for (const auto& [line, times] : these) {
      const auto other = those.find(line);
      const int there = other == those.end() ? 0 : other->second;
      if (counted ? times <= there : there > 0 || elsewhere.contains({source, line})) continue;
      const int more = counted ? times - there : 1;
      text += (text.empty() ? "" : ", ") + (more > 1 ? std::to_string(more) + " x " : std::string()) + line;
    }
    return Clip(text);
  };
  const std::string fresh = beyond(now, then, everywhere.then);
  const std::string gone = beyond(then, now, everywhere.now);
  if (fresh.empty() && gone.empty()) return "";
  const std::string name = SourceName(source);
  if (gone.empty()) return name + " saw more: " + fresh;
  if (fresh.empty()) return name + " saw less: " + gone + " is missing";
  return name + " saw " + fresh + " instead of " + gone;
}

std::vector<std::string> ChecksThat(const Json& then, const Json& now) {
  std::vector<std::string> changed;
  const Json none = Json::object();
  const Json* a = Find(then, "/checks");
  const Json* b = Find(now, "/checks");
  a = a == nullptr ? &none : a;
  b = b == nullptr ? &none : b;
  for (const auto& [id, verdict] : a->items()) {
    const std::string seen = AtOr<std::string>(*b, "/" + PointerToken(id), "not there");
    if (Json(seen) != verdict)
      changed.push_back("check " + id + " " + seen + ", was " + AtOr<std::string>(verdict, "", ""));
  }
  for (const auto& [id, verdict] : b->items()) {
    if (!a->contains(id)) changed.push_back("check " + id + " is new: " + AtOr<std::string>(verdict, "", ""));
  }
  return changed;
}

// "/alice.mcp.token#1/claims/exp" -> " claims/exp"
std::string AfterAlias(const std::string& pointer) {
  const size_t slash = pointer.find('/', 1);
  return slash == std::string::npos ? pointer : " " + pointer.substr(slash + 1);
}

// Everything about one step. One change shows in several places: the first that tells it speaks, the places that
// follow from it are named beside it.
std::vector<Departure> StepDiffers(size_t index, const Json& then, const Json& now,
                                   const std::set<std::string>& any_value, const Everywhere& everywhere) {
  const std::string where = "step " + std::to_string(index + 1) + ", " + AtOr<std::string>(then, "/step", "");
  const std::string root = "/seen/" + std::to_string(index);
  std::vector<std::vector<Departure>> ranks;
  const auto values = [&](const std::string& pointer, const Json& none = Json()) {
    std::vector<Departure> all;
    Differ differ(any_value);
    differ.Look(root + pointer, AtOr<Json>(then, pointer, none), AtOr<Json>(now, pointer, none));
    for (const Unequal& each : differ.found()) {
      // Of a token, its owner's name is left out: one change of the issuer shows in everybody's.
      const std::string place = pointer == "/tokens"
                                    ? "the token's" + AfterAlias(each.pointer.substr(root.size() + pointer.size()))
                                    : each.pointer.substr(root.size() + 1);
      all.push_back({where, place + " " + each.what, each.value_only ? each.pointer : ""});
    }
    return all;
  };

  std::vector<Departure> kinds;
  std::string was = KindsOf(then);
  std::string is = KindsOf(now);
  // All of them another kind: how many they are adds nothing.
  if (was != is && TimesOf(was) == TimesOf(is)) {
    was = was.substr(TimesOf(was).size());
    is = is.substr(TimesOf(is).size());
  }
  if (was != is) kinds.push_back({where, is + " instead of " + was});
  ranks.push_back(kinds);

  // Whose things were touched says more than how the answer looks.
  std::vector<Departure> behind;
  const auto seen_then = DownstreamOf(then);
  const auto seen_now = DownstreamOf(now);
  std::set<DownstreamSource> sources;
  for (const auto& each : seen_then) sources.insert(each.first);
  for (const auto& each : seen_now) sources.insert(each.first);
  for (const DownstreamSource& source : sources) {
    const auto a = seen_then.find(source);
    const auto b = seen_now.find(source);
    const std::string what = LinesDiffer(source, a == seen_then.end() ? Lines() : a->second,
                                         b == seen_now.end() ? Lines() : b->second, everywhere);
    if (!what.empty()) behind.push_back({where, what});
  }

  std::vector<Departure> bodies;
  std::vector<Departure> headers;
  const auto count = [](const Json& step) { return AtOr<Json>(step, "/answers", Json::array()).size(); };
  if (count(then) == count(now)) {
    for (size_t i = 0; i < count(then); ++i) {
      const std::string answer = "/answers/" + std::to_string(i);
      const auto add = [](std::vector<Departure>& all, std::vector<Departure> more) {
        all.insert(all.end(), more.begin(), more.end());
      };
      add(bodies, values(answer + "/body"));
      add(bodies, values(answer + "/silence"));
      add(headers, values(answer + "/headers", Json::object()));
    }
  } else if (kinds.empty()) {
    bodies.push_back({where, "the answers differ among themselves in another way: " + std::to_string(count(now)) +
                                 " kinds instead of " + std::to_string(count(then))});
  }
  ranks.push_back(bodies);
  ranks.push_back(headers);
  ranks.push_back(behind);
  ranks.push_back(values("/tokens", Json::object()));
  std::vector<Departure> checks;
  for (const std::string& changed : ChecksThat(then, now)) checks.push_back({where, changed});
  ranks.push_back(checks);

  static const std::vector<std::string> kNames = {"",          "the body", "header fields", "what was seen behind it",
                                                  "the token", "checks"};
  for (size_t rank = 0; rank < ranks.size(); ++rank) {
    if (ranks[rank].empty()) continue;
    std::vector<std::string> also;
    for (size_t later = rank + 1; later < ranks.size(); ++later) {
      if (!ranks[later].empty()) also.push_back(kNames[later]);
    }
    ranks[rank].front().with_it = WithCommas(also);
    return ranks[rank];
  }
  return {};
}

std::set<std::string> VolatileOf(const Json& recording) {
  std::set<std::string> pointers;
  const Json* listed = Find(recording, "/volatile");
  if (listed == nullptr || !listed->is_array()) return pointers;
  for (const Json& pointer : *listed) pointers.insert(AtOr<std::string>(pointer, "", ""));
  return pointers;
}

// The same thing in several steps is said once.
std::vector<Departure> Merged(const std::vector<Departure>& all) {
  std::vector<Departure> merged;
  std::map<std::string, size_t> at;
  std::map<size_t, int> times;
  for (const Departure& difference : all) {
    const auto [found, fresh] = at.emplace(difference.what, merged.size());
    if (fresh) merged.push_back(difference);
    if (!fresh) ++times[found->second];
  }
  for (const auto& [index, more] : times) {
    merged[index].where += " and " + std::to_string(more) + (more == 1 ? " other step" : " other steps");
  }
  return merged;
}

// Was there something downstream that could not be read?
bool IsBlind(const Json& recording) {
  const AllLines lines = AllLinesOf(recording);
  return std::any_of(lines.begin(), lines.end(), [](const auto& line) { return line.second == kUnread; });
}

std::vector<Departure> EachDifference(const Json& then, const Json& now) {
  const std::set<std::string> any_value = VolatileOf(then);
  const Json steps_then = AtOr<Json>(then, "/seen", Json::array());
  const Json steps_now = AtOr<Json>(now, "/seen", Json::array());
  const Everywhere everywhere{AllLinesOf(then), AllLinesOf(now)};
  std::vector<Departure> all;
  for (size_t i = 0; i < std::min(steps_then.size(), steps_now.size()); ++i) {
    for (Departure& each : StepDiffers(i, steps_then[i], steps_now[i], any_value, everywhere))
      all.push_back(std::move(each));
  }
  if (steps_then.size() != steps_now.size()) {
    all.push_back({"the scenario", "has " + std::to_string(steps_now.size()) + " steps instead of " +
                                       std::to_string(steps_then.size())});
  }
  return all;
}

}  // namespace

std::string_view Name(Outcome outcome) {
  switch (outcome) {
    case Outcome::kUnchanged:
      return "UNCHANGED";
    case Outcome::kFixed:
      return "FIXED";
    case Outcome::kStillFailing:
      return "STILL FAILING";
    case Outcome::kChanged:
      return "CHANGED";
    case Outcome::kNotReproducible:
      return "NOT REPRODUCIBLE";
  }
  return "NOT REPRODUCIBLE";
}

Replayed Compare(const Json& then, const Json& now) {
  Replayed replayed{.differences = Merged(EachDifference(then, now))};
  const std::string was = AtOr<std::string>(then, "/verdict", "");
  const std::string is = AtOr<std::string>(now, "/verdict", "");
  if (is != "passed" && is != "failed") {
    const std::string error = AtOr<std::string>(now, "/error", "");
    replayed.why = "it could not be judged now" + (error.empty() ? "" : ": " + error);
    return replayed;
  }
  if (was == "failed") {
    const std::string server = AtOr<std::string>(then, "/server", "");
    const bool same_server = !server.empty() && server == AtOr<std::string>(now, "/server", "");
    replayed.outcome = is == "failed" ? Outcome::kStillFailing
                       : same_server  ? Outcome::kNotReproducible
                                      : Outcome::kFixed;
    if (replayed.outcome == Outcome::kNotReproducible) replayed.why = "it passes now, and the server is the very same";
    return replayed;
  }
  if (was != "passed") {
    replayed.why = "it could not be judged when it was recorded";
    return replayed;
  }
  replayed.outcome = is == "passed" && replayed.differences.empty() ? Outcome::kUnchanged : Outcome::kChanged;
  if (replayed.outcome == Outcome::kChanged && is == "passed" && IsBlind(now) != IsBlind(then)) {
    replayed.outcome = Outcome::kNotReproducible;
    replayed.why = std::string("what happened behind the server could not be read ") + (IsBlind(now) ? "now" : "then");
  }
  return replayed;
}

VolatileFields ProposeVolatile(const Json& once, const Json& again) {
  VolatileFields fields;
  for (const Departure& difference : EachDifference(once, again)) {
    if (difference.pointer.empty()) {
      fields.unusable = difference.text();
      return fields;
    }
    fields.pointers.push_back(difference.pointer);
  }
  return fields;
}

}  // namespace iff
