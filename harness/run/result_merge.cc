#include "harness/run/result_merge.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <map>
#include <set>

namespace iff {
namespace {

std::string Text(const Shard& shard) { return std::to_string(shard.index) + "/" + std::to_string(shard.of); }

std::string Called(const RunResult& run) {
  return "run " + run.id + (run.shard.of > 0 ? " (shard " + Text(run.shard) + ")" : "");
}

Error Mistake(const std::string& what) { return Error(ErrorKind::kInvalidInput, "merge: " + what); }

// The command without what made it one part of several.
std::string Whole(const std::string& command) {
  std::string text = command;
  for (const std::string_view option : {" --shard=", " --shard "}) {
    const size_t at = text.find(option);
    if (at == std::string::npos) continue;
    const size_t end = text.find(' ', at + option.size());
    text.erase(at, end == std::string::npos ? std::string::npos : end - at);
  }
  return text;
}

Result<void> CheckShards(const std::vector<RunResult>& runs) {
  const int of = runs.front().shard.of;
  std::set<int> seen;
  for (const RunResult& run : runs) {
    if (run.shard.of != of) {
      return Mistake(Called(runs.front()) + " and " + Called(run) + " were not split in the same way");
    }
    if (of > 0 && !seen.insert(run.shard.index).second) return Mistake("shard " + Text(run.shard) + " is given twice");
  }
  for (int index = 1; index <= of; ++index) {
    if (!seen.contains(index)) return Mistake("shard " + Text({.index = index, .of = of}) + " is missing");
  }
  return {};
}

Result<void> CheckSame(const std::vector<RunResult>& runs) {
  const RunResult& first = runs.front();
  std::map<std::string, std::string> owner;
  for (const RunResult& run : runs) {
    if (run.system != first.system) {
      return Mistake(Called(first) + " is of system '" + first.system + "', " + Called(run) + " of '" + run.system +
                     "'");
    }
    if (run.version != first.version) {
      return Mistake(Called(first) + " is by iff " + first.version + ", " + Called(run) + " by iff " + run.version);
    }
    for (const ScenarioResult& scenario : run.scenarios) {
      const auto [place, is_new] = owner.try_emplace(scenario.id, Called(run));
      if (!is_new) return Mistake("scenario " + scenario.id + " is in " + place->second + " and in " + Called(run));
    }
  }
  return {};
}

// Every version that was in use is named; of one version, the slowest start.
void AddComponents(const RunResult& run, std::vector<ComponentRecord>& all) {
  for (const ComponentRecord& component : run.components) {
    const auto same = std::find_if(all.begin(), all.end(), [&](const ComponentRecord& one) {
      return one.name == component.name && one.version == component.version && one.how == component.how;
    });
    if (same == all.end()) {
      all.push_back(component);
    } else {
      same->start_us = std::max(same->start_us, component.start_us);
    }
  }
}

}  // namespace

int ShardOf(std::string_view scenario, int of) {
  uint64_t hash = 14695981039346656037ULL;  // FNV-1a
  for (const char c : scenario) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  hash ^= hash >> 32;  // its low bits alone are weak
  return static_cast<int>(hash % static_cast<uint64_t>(of)) + 1;
}

Result<Shard> ParseShard(std::string_view text) {
  Shard shard;
  const size_t slash = text.find('/');
  const char* end = text.data() + text.size();
  bool good = slash != std::string_view::npos;
  if (good) {
    const std::from_chars_result index = std::from_chars(text.data(), text.data() + slash, shard.index);
    const std::from_chars_result of = std::from_chars(text.data() + slash + 1, end, shard.of);
    good = index.ec == std::errc() && index.ptr == text.data() + slash && of.ec == std::errc() && of.ptr == end &&
           shard.of >= 1 && shard.of <= 1'000 && shard.index >= 1 && shard.index <= shard.of;
  }
  if (good) return shard;
  return Error(ErrorKind::kInvalidInput,
               "shard '" + std::string(text) + "': want i/n, like 3/8, with i from 1 to n and n at most 1000");
}

Result<RunResult> Merge(std::vector<RunResult> runs) {
  Invariant(!runs.empty(), "there is something to merge");
  TRY(CheckSame(runs));
  TRY(CheckShards(runs));
  std::stable_sort(runs.begin(), runs.end(),
                   [](const RunResult& a, const RunResult& b) { return a.shard.index < b.shard.index; });
  RunResult whole{.id = runs.front().id,
                  .system = runs.front().system,
                  .started = runs.front().started,
                  .version = runs.front().version};
  std::vector<std::string> commands;
  for (RunResult& run : runs) {
    whole.id = std::min(whole.id, run.id);
    whole.started = std::min(whole.started, run.started);
    whole.took_us = std::max(whole.took_us, run.took_us);
    whole.narrowed = whole.narrowed || run.narrowed;
    if (run.first_green_us > 0 && (whole.first_green_us == 0 || run.first_green_us < whole.first_green_us)) {
      whole.first_green_us = run.first_green_us;
    }
    if (whole.clauses.empty()) whole.clauses = std::move(run.clauses);
    if (whole.claims.empty()) whole.claims = std::move(run.claims);
    if (whole.accepted.empty()) whole.accepted = std::move(run.accepted);
    if (!run.error.empty()) {
      whole.error +=
          (whole.error.empty() ? "" : "; ") + (run.shard.of > 0 ? "shard " + Text(run.shard) + ": " : "") + run.error;
    }
    const std::string command = Whole(run.command);
    if (std::find(commands.begin(), commands.end(), command) == commands.end()) commands.push_back(command);
    AddComponents(run, whole.components);
    whole.unexpected_passes.insert(whole.unexpected_passes.end(), run.unexpected_passes.begin(),
                                   run.unexpected_passes.end());
    std::move(run.scenarios.begin(), run.scenarios.end(), std::back_inserter(whole.scenarios));
  }
  for (const std::string& command : commands) whole.command += (whole.command.empty() ? "" : "; ") + command;
  std::stable_sort(whole.scenarios.begin(), whole.scenarios.end(),
                   [](const ScenarioResult& a, const ScenarioResult& b) { return a.place < b.place; });
  for (ScenarioResult& scenario : whole.scenarios) scenario.place = 0;
  std::sort(whole.unexpected_passes.begin(), whole.unexpected_passes.end());
  return whole;
}

}  // namespace iff
