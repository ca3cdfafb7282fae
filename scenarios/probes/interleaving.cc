#include "scenarios/probes/interleaving.h"

#include <algorithm>
#include <array>
#include <random>
#include <sstream>
#include <utility>

namespace iff {
namespace {

constexpr std::array<std::pair<Act, std::string_view>, 9> kNames = {{{Act::kReadOwn, "read_own"},
                                                                     {Act::kReadOther, "read_other"},
                                                                     {Act::kList, "list"},
                                                                     {Act::kWhoami, "whoami"},
                                                                     {Act::kCancelled, "cancelled"},
                                                                     {Act::kStale, "stale"},
                                                                     {Act::kSwapped, "swapped"},
                                                                     {Act::kRelogin, "relogin"},
                                                                     {Act::kRevoked, "revoked"}}};

// Mostly the same question of different people, as that is where they are mixed up.
constexpr std::array<Act, 16> kLots = {Act::kReadOwn,   Act::kReadOwn,   Act::kReadOwn, Act::kReadOwn,
                                       Act::kReadOwn,   Act::kReadOwn,   Act::kList,    Act::kList,
                                       Act::kRelogin,   Act::kRelogin,   Act::kRelogin, Act::kWhoami,
                                       Act::kReadOther, Act::kCancelled, Act::kStale,   Act::kSwapped};

}  // namespace

std::string_view Name(Act act) {
  for (const auto& [known, name] : kNames) {
    if (known == act) return name;
  }
  return "";
}

std::set<Act> AllActs() {
  std::set<Act> all;
  for (const auto& [act, name] : kNames) all.insert(act);
  return all;
}

Interleaving DrawInterleaving(uint64_t seed, int people, int moves, const std::set<Act>& possible) {
  std::mt19937_64 random(seed);  // its numbers are the same everywhere; those of the distributions are not
  const auto below = [&](uint64_t limit) { return random() % limit; };
  Interleaving drawn;
  for (int i = 0; i < moves; ++i) {
    Move move{.who = static_cast<int>(below(static_cast<uint64_t>(people)))};
    move.act = kLots[below(kLots.size())];
    move.meanwhile = below(10) < 7;
    drawn.push_back(move);
  }
  // Rarely, as it costs a login of the real kind: somebody is logged out half way.
  if (moves > 2 && below(16) == 0) drawn[static_cast<size_t>(moves) / 2].act = Act::kRevoked;
  for (Move& move : drawn) {
    if (!possible.contains(move.act)) move.act = Act::kReadOwn;
  }
  if (!drawn.empty()) drawn.back().meanwhile = false;
  return drawn;
}

Interleaving Shrink(Interleaving failing, const std::function<bool(const Interleaving&)>& fails, int most) {
  const auto try_it = [&](Interleaving candidate) {
    if (candidate.empty() || most <= 0) return false;
    candidate.back().meanwhile = false;
    --most;
    if (!fails(candidate)) return false;
    failing = std::move(candidate);
    return true;
  };
  for (size_t piece = std::max<size_t>(1, failing.size() / 2);; piece /= 2) {
    for (size_t at = 0; at < failing.size() && most > 0;) {
      Interleaving rest = failing;
      const size_t end = std::min(rest.size(), at + piece);
      rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(at), rest.begin() + static_cast<std::ptrdiff_t>(end));
      if (!try_it(std::move(rest))) at += piece;
    }
    if (piece == 1) break;
  }
  // What need not be at the same time, and what need not be special, is not.
  for (size_t i = 0; i < failing.size(); ++i) {
    Interleaving calmer = failing;
    calmer[i].meanwhile = false;
    if (failing[i].meanwhile && try_it(std::move(calmer))) continue;
  }
  for (size_t i = 0; i < failing.size(); ++i) {
    Interleaving plainer = failing;
    plainer[i].act = Act::kReadOwn;
    if (failing[i].act != Act::kReadOwn) try_it(std::move(plainer));
  }
  return failing;
}

std::vector<std::string> Written(const Interleaving& moves, const std::vector<std::string>& people) {
  std::vector<std::string> lines;
  for (const Move& move : moves) {
    lines.push_back(people[static_cast<size_t>(move.who)] + " " + std::string(Name(move.act)) +
                    (move.meanwhile ? " &" : ""));
  }
  return lines;
}

Result<Interleaving> ReadInterleaving(const std::vector<std::string>& lines, const std::vector<std::string>& people) {
  Interleaving moves;
  for (const std::string& line : lines) {
    std::istringstream words(line);
    std::string who;
    std::string act;
    std::string mark;
    std::string more;
    words >> who >> act >> mark >> more;
    const auto person = std::find(people.begin(), people.end(), who);
    const auto known = std::find_if(kNames.begin(), kNames.end(), [&](const auto& name) { return name.second == act; });
    if (person == people.end())
      return Error(ErrorKind::kInvalidInput, "move '" + line + "': nobody called '" + who + "'");
    if (known == kNames.end() || (!mark.empty() && mark != "&") || !more.empty()) {
      return Error(ErrorKind::kInvalidInput,
                   "move '" + line + "': want WHO ACT, and & if the next one comes meanwhile");
    }
    moves.push_back({.who = static_cast<int>(person - people.begin()), .act = known->first, .meanwhile = mark == "&"});
  }
  if (!moves.empty()) moves.back().meanwhile = false;
  return moves;
}

std::string PrincipalsText(const std::vector<std::string>& people) {
  std::string text;
  const auto add = [&text](const std::string& one) { text += (text.empty() ? "[" : ", ") + one; };
  for (size_t i = 0; i < people.size();) {
    const std::string person = people[i].substr(0, people[i].find_last_not_of("0123456789") + 1);
    size_t count = 0;
    while (i + count < people.size() && people[i + count] == person + std::to_string(count + 1)) ++count;
    add(count > 0 ? "{name: " + person + ", count: " + std::to_string(count) + "}" : people[i]);
    i += std::max<size_t>(1, count);
  }
  return text + "]";
}

std::string ScenarioText(uint64_t seed, const std::string& target, const std::vector<std::string>& people,
                         const std::vector<std::string>& lines) {
  std::string text = "# Found with seed " + std::to_string(seed) +
                     " and made shorter: 'iff run' plays this file wherever it lies.\n" + "id: noninterference/found-" +
                     std::to_string(seed) +
                     "\ntitle: Nobody's history depends on the others in this order of requests\ntarget: " + target +
                     "\ngiven:\n  principals: " + PrincipalsText(people) +
                     "\n  relaxed: {rate_limit: \"100000/1\"}\nsteps:\n  - probe: interleavings\n    arguments:\n" +
                     "      operation: read_own\n      tries: 20\n      moves:\n";
  for (const std::string& line : lines) text += "        - \"" + line + "\"\n";
  return text +
         "    expect:\n      - {check: found-histories-are-as-alone, level: must, probe: histories-are-as-alone}\n";
}

Result<std::string> TryOften(const Trial& trial, const Interleaving& moves, int64_t tries) {
  for (int64_t i = 0; i < tries; ++i) {
    const std::string difference = TRY(trial.differs(moves));
    if (!difference.empty()) return difference;
  }
  return std::string();
}

Result<Shortened> Shorten(const Trial& trial, const std::vector<Interleaving>& drawn, std::string difference) {
  // Each time from the beginning: what is written down must not need what was there before.
  const auto fails = [&](const Interleaving& candidate) {
    const Result<void> fresh = trial.start_anew();
    const Result<std::string> again = fresh.ok() ? TryOften(trial, candidate, 3) : Result<std::string>(fresh.error());
    if (again.ok() && !again->empty()) difference = *again;
    return again.ok() && !again->empty();
  };
  // Unless the one that failed needs those before it: then they belong to it.
  Interleaving whole = drawn.back();
  for (size_t i = drawn.size() - 1; i > 0 && !fails(whole); --i) {
    whole.insert(whole.begin(), drawn[i - 1].begin(), drawn[i - 1].end());
  }
  Shortened shortened{.moves = Shrink(whole, fails, 40), .tries = 5, .difference = std::move(difference)};
  TRY(trial.start_anew());
  for (int i = 0; i < shortened.tries; ++i) {
    const std::string again = TRY(trial.differs(shortened.moves));
    if (again.empty()) continue;
    shortened.difference = again;
    ++shortened.failed;
  }
  return shortened;
}

std::string Short(const std::string& text, const std::string& around) {
  const size_t at = around.empty() ? 0 : text.find(around);
  const size_t begin = at == std::string::npos || at < 40 ? 0 : at - 40;
  std::string piece = text.substr(begin, 120);
  std::replace(piece.begin(), piece.end(), '\n', ' ');
  return "'" + piece + "'";
}

}  // namespace iff
