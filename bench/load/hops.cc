#include "bench/load/hops.h"

#include <algorithm>
#include <array>
#include <map>

namespace iff {
namespace {

bool Has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

// "GET /path" of a request, or nothing if it is none.
std::string_view RequestLine(std::string_view begin) {
  const std::string_view line = begin.substr(0, begin.find("\r\n"));
  const size_t blank = line.find(' ');
  const bool is_method =
      blank != std::string_view::npos && blank > 1 && blank < 8 &&
      std::all_of(
          line.begin(), line.begin() + static_cast<std::ptrdiff_t>(blank), [](char c) { return c >= 'A' && c <= 'Z'; });
  if (!is_method || line.size() <= blank + 1 || line[blank + 1] != '/') return {};
  return line.substr(0, line.rfind(" HTTP/"));
}

// PostgreSQL's ReadyForQuery is the last message of its turn.
bool IsReadyForQuery(std::string_view end) {
  if (end.size() < 6) return false;
  const std::string_view last = end.substr(end.size() - 6);
  return last.substr(0, 5) == std::string_view("Z\0\0\0\5", 5);
}

// One connection's dialogue so far.
struct Dialogue {
  Hop hop = {};
  bool open = false;      // a hop is being seen
  bool answered = false;  // of it
  bool http = true;
  bool ready = false;  // it was connected before
};

}  // namespace

std::string HopName(std::string_view component, std::string_view begin) {
  const std::string_view line = RequestLine(begin);
  if (line.empty()) return std::string(component) + " dialogue";
  const std::string_view path = line.substr(line.find(' ') + 1);
  if (Has(path, "/protocol/openid-connect/token/introspect")) return "introspection";
  if (Has(path, "/protocol/openid-connect/token")) return "token exchange";
  if (Has(path, "/protocol/openid-connect/certs")) return "key set";
  if (path.starts_with("/v1/auth/token/revoke")) return "vault give back";
  if (path.starts_with("/v1/auth/")) return "vault login";
  if (path.starts_with("/v1/database/creds/")) return "dynamic credential";
  if (path.starts_with("/v1/") && Has(path, "/metadata")) return "kv list";
  if (path.starts_with("/v1/") && Has(path, "/data/")) return "kv read";
  return std::string(component) + " " + std::string(line.substr(0, line.find(' ')));
}

bool IsAuthentication(std::string_view hop) {
  constexpr std::array<std::string_view, 10> kOnes = {
      "password login",  "token exchange", "introspection",      "key set", "vault login",
      "vault give back", "kv list",        "dynamic credential", "kv read", "database connect"};
  return std::find(kOnes.begin(), kOnes.end(), hop) != kOnes.end();
}

std::vector<Hop> HopsOf(const std::vector<Seen>& seen) {
  std::vector<Seen> ordered = seen;
  std::stable_sort(ordered.begin(), ordered.end(), [](const Seen& a, const Seen& b) { return a.at < b.at; });
  std::map<std::pair<std::string, uint64_t>, Dialogue> dialogues;
  std::vector<Hop> hops;
  const auto finish = [&](Dialogue& dialogue) {
    if (dialogue.open && dialogue.answered) hops.push_back(dialogue.hop);
    dialogue.open = false;
  };
  for (const Seen& chunk : ordered) {
    Dialogue& dialogue = dialogues[{chunk.component, chunk.connection}];
    if (chunk.to_component) {
      // The next request, unless it is a further part of the one that is being sent.
      const bool next = !dialogue.open || (dialogue.http && dialogue.answered);
      if (!next) continue;
      finish(dialogue);
      dialogue.http = !RequestLine(chunk.begin).empty();
      const std::string other = dialogue.ready ? "query" : "database connect";
      dialogue.hop = {
          .name = dialogue.http ? HopName(chunk.component, chunk.begin) : other, .begin = chunk.at, .end = chunk.at};
      dialogue.open = true;
      dialogue.answered = false;
      continue;
    }
    if (!dialogue.open) continue;
    dialogue.hop.end = chunk.at;
    dialogue.answered = true;
    if (!dialogue.http && IsReadyForQuery(chunk.end)) {
      finish(dialogue);
      dialogue.ready = true;
    }
  }
  for (auto& [connection, dialogue] : dialogues) finish(dialogue);
  std::stable_sort(hops.begin(), hops.end(), [](const Hop& a, const Hop& b) { return a.begin < b.begin; });
  return hops;
}

std::vector<Part> PartsOf(const std::vector<Hop>& hops, int64_t begin, int64_t end) {
  std::vector<Part> parts;
  int64_t covered = begin;  // everything before it is somebody's
  int64_t rest = end - begin;
  for (const Hop& hop : hops) {
    const int64_t from = std::max(covered, hop.begin);
    const int64_t to = std::min(end, hop.end);
    if (to < begin || hop.begin > end) continue;
    const int64_t took = std::max<int64_t>(0, to - from);
    parts.push_back({.name = hop.name, .took = took});
    rest -= took;
    covered = std::max(covered, to);
  }
  parts.push_back({.name = kRest, .took = rest});
  return parts;
}

void Breakdown::Add(const std::vector<Part>& parts, int64_t whole_us) {
  std::map<std::string, int64_t> sums;
  std::vector<std::string> order;
  for (const Part& part : parts) {
    if (!sums.contains(part.name)) order.push_back(part.name);
    sums[part.name] += part.took;
  }
  for (const std::string& name : order) {
    auto row = std::find_if(rows.begin(), rows.end(), [&](const Row& one) { return one.name == name; });
    if (row == rows.end()) {
      const bool has_rest = !rows.empty() && rows.back().name == kRest;
      row = rows.insert(has_rest ? rows.end() - 1 : rows.end(), Row{.name = name});
    }
    row->took.Record(sums[name]);
    row->total_us += sums[name];
  }
  whole.Record(whole_us);
}

double Breakdown::AuthenticationUs() const {
  int64_t sum = 0;
  for (const Row& row : rows) sum += IsAuthentication(row.name) ? row.total_us : 0;
  return static_cast<double>(sum) / static_cast<double>(std::max<int64_t>(1, whole.count()));
}

Json Breakdown::ToJson() const {
  Json list = Json::array();
  for (const Row& row : rows) {
    Json one = row.took.ToJson();
    one["name"] = row.name;
    one["total_us"] = row.total_us;
    list.push_back(std::move(one));
  }
  return {{"whole", whole.ToJson()}, {"parts", std::move(list)}, {"authentication_us", AuthenticationUs()}};
}

}  // namespace iff
