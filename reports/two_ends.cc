#include "reports/two_ends.h"

#include <algorithm>

#include "harness/core/plain.h"
#include "harness/core/utf8.h"

namespace iff {
namespace {

constexpr size_t kMostEntries = 6;   // of one end; the report has them all
constexpr size_t kMostQuoted = 160;  // of an answer

std::string Trimmed(std::string text) {
  if (text.size() > kMostQuoted) text = std::string(WholeLetters(text, kMostQuoted)) + "...";
  return text;
}

// What the answer says, in the words of whoever gave it.
std::string Said(const Exchange& exchange) {
  std::string body = exchange.response_body;
  if (const size_t data = body.rfind("data:"); data != std::string::npos && !body.starts_with("{")) {
    body = body.substr(data + 5);
    body = body.substr(0, body.find('\n'));
  }
  const Result<Json> message = ParseJson(body);
  if (!message.ok()) return exchange.response_body;
  if (const Json* error = Find(*message, "/error")) {
    return "JSON-RPC error " + Dump(AtOr<Json>(*error, "/code", nullptr)) + ": " +
           AtOr<std::string>(*error, "/message", "");
  }
  std::string text;
  if (const std::string code = AtOr<std::string>(*message, "/result/structuredContent/error/code", ""); !code.empty()) {
    text = "the tool says no, " + code + ": ";
  }
  for (const Json& block : AtOr<Json>(*message, "/result/content", Json::array())) {
    const std::string said = AtOr<std::string>(block, "/text", "");
    text += said + (said.empty() ? "" : " ");
  }
  return text.empty() && Find(*message, "/result") == nullptr ? exchange.response_body : text;
}

// Each entry is a cell's text; the same several times in a row is said once.
std::vector<std::string> Counted(const std::vector<std::string>& all) {
  std::vector<std::string> told;
  for (size_t i = 0; i < all.size();) {
    size_t end = i;
    while (end < all.size() && all[end] == all[i]) ++end;
    told.push_back((end - i > 1 ? std::to_string(end - i) + " x " : std::string()) + all[i]);
    i = end;
  }
  if (told.size() > kMostEntries) {
    const size_t more = told.size() - kMostEntries;
    told.resize(kMostEntries);
    told.push_back("and " + std::to_string(more) + " more, in the report");
  }
  return told;
}

std::vector<std::string> AtTheClient(const ScenarioResult& scenario, const StepResult& step) {
  std::vector<std::string> all;
  for (const Exchange& exchange : step.trace.exchanges) {
    if (exchange.lane != step.WentTo(scenario.target)) continue;
    std::string text = (exchange.actor.empty() ? "nobody" : exchange.actor) + ": " + exchange.title + " -> ";
    if (exchange.status == 0) {
      text += "no answer: " + exchange.failure;
    } else {
      text += "HTTP " + std::to_string(exchange.status);
      if (std::string said = Said(exchange); !said.empty()) {
        while (said.ends_with(' ')) said.pop_back();
        text += ", " + Trimmed(said);
      }
    }
    all.push_back(Plain(text));
  }
  return Counted(all);
}

std::vector<std::string> BehindTheServer(const StepResult& step) {
  std::vector<std::string> all;
  const auto where = [](Place place, const std::string& component) {
    return component + (place == Place::kLedger ? ": " : " " + std::string(SourceKind(place)) + ": ");
  };
  for (const DownstreamEvent& event : step.trace.downstream.events) {
    const DownstreamAct& act = event.act;
    std::string text = where(act.source.place, act.source.component) + (act.persona.empty() ? "nobody" : act.persona) +
                       " " + TextOf(act);
    for (const std::string& shown : act.discloses) text += ", shows " + shown;
    all.push_back(Plain(text));
  }
  for (const NotObservable& one : step.trace.downstream.not_observable) {
    all.push_back(Plain(where(one.place, one.component) + "could not be read: " + one.reason));
  }
  return Counted(all);
}

// Pieces of at most `width` letters, broken at blanks where there are any; all but the first are set in.
std::vector<std::string> Wrapped(const std::string& text, size_t width) {
  std::vector<std::string> lines;
  std::string line;
  size_t letters = 0;
  size_t blank = std::string::npos;  // where the line can be broken
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view letter = FirstLetter(rest);
    rest.remove_prefix(std::max<size_t>(1, letter.size()));
    if (letter == " ") blank = line.size();
    line.append(letter);
    if (++letters < width) continue;
    if (rest.empty()) break;
    std::string next = "  ";
    if (rest.front() != ' ' && blank != std::string::npos && blank > width / 3) {
      next += line.substr(blank + 1);
      line.resize(blank);
    }
    while (rest.starts_with(" ")) rest.remove_prefix(1);
    lines.push_back(std::move(line));
    line = std::move(next);
    letters = static_cast<size_t>(
        std::count_if(line.begin(), line.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
    blank = std::string::npos;
  }
  if (!line.empty()) lines.push_back(std::move(line));
  return lines;
}

size_t Letters(const std::string& text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace

std::vector<std::string> TwoEnds(const ScenarioResult& scenario, const StepResult& step, size_t width) {
  std::vector<std::string> client = AtTheClient(scenario, step);
  std::vector<std::string> behind = BehindTheServer(step);
  if (client.empty() && behind.empty()) return {};
  if (client.empty()) client = {"nothing was sent"};
  if (behind.empty()) behind = {"nothing was seen"};
  const size_t half = std::max<size_t>(20, (width - 3) / 2);
  std::vector<std::string> left = {"at the client"};
  std::vector<std::string> right = {"behind the server"};
  const auto fill = [half](std::vector<std::string>& column, const std::vector<std::string>& cells) {
    for (const std::string& cell : cells) {
      for (std::string& line : Wrapped(cell, half)) column.push_back(std::move(line));
    }
  };
  fill(left, client);
  fill(right, behind);
  std::vector<std::string> lines;
  for (size_t i = 0; i < std::max(left.size(), right.size()); ++i) {
    std::string line = i < left.size() ? left[i] : "";
    line.append(half - std::min(half, Letters(line)), ' ');
    line += " | " + (i < right.size() ? right[i] : "");
    while (line.ends_with(' ')) line.pop_back();
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace iff
