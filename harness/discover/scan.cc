#include "harness/discover/scan.h"

#include <algorithm>

#include "harness/core/plain.h"

namespace iff {
namespace {

size_t Count(const ScanReport& report, ScanVerdict verdict) {
  return static_cast<size_t>(std::count_if(report.lines.begin(), report.lines.end(),
                                           [&](const ScanLine& line) { return line.verdict == verdict; }));
}

std::string Seconds(std::chrono::milliseconds took) {
  const std::string tenths = std::to_string((took.count() + 50) / 100);
  return tenths.size() == 1 ? "0." + tenths
                            : tenths.substr(0, tenths.size() - 1) + "." + tenths.substr(tenths.size() - 1);
}

std::string LineText(const ScanLine& line) {
  std::string text = std::string(Name(line.verdict)) + ":";
  text.resize(std::max(text.size(), size_t{10}), ' ');
  return "  " + text + line.looked + ": " + line.seen + (line.clause.empty() ? "" : "  [" + line.clause + "]") + "\n";
}

// The topics in the order in which they come.
std::vector<std::string> Topics(const ScanReport& report) {
  std::vector<std::string> topics;
  for (const ScanLine& line : report.lines) {
    if (std::find(topics.begin(), topics.end(), line.topic) == topics.end()) topics.push_back(line.topic);
  }
  return topics;
}

std::string Sum(const ScanReport& report) {
  return std::to_string(Count(report, ScanVerdict::kFault)) + " faults, " +
         std::to_string(Count(report, ScanVerdict::kSound)) + " sound, " +
         std::to_string(Count(report, ScanVerdict::kNotTold)) + " not told, in " + Seconds(report.took) + " s";
}

}  // namespace

std::string_view Name(ScanVerdict verdict) {
  switch (verdict) {
    case ScanVerdict::kSound:
      return "sound";
    case ScanVerdict::kFault:
      return "fault";
    case ScanVerdict::kNotTold:
      return "not told";
  }
  return "not told";
}

bool HasFault(const ScanReport& report) { return Count(report, ScanVerdict::kFault) > 0; }

std::string Quoted(const SecretShapes& shapes, std::string_view text, size_t most) {
  if (const std::vector<std::string> kinds = shapes.In(text); !kinds.empty()) return "[" + kinds.front() + "]";
  std::string shown = Plain(text.substr(0, most));
  std::replace(shown.begin(), shown.end(), '"', '\'');
  return "\"" + shown + (text.size() > most ? "...\"" : "\"");
}

std::string Shortened(const SecretShapes& shapes, std::string_view id) {
  return Quoted(shapes, id.substr(0, std::min<size_t>(4, id.size() / 2))) + "...";
}

const std::vector<std::string>& WhatTwoWouldAdd() {
  static const std::vector<std::string> all = {
      "whether a token is verified: its signature, issuer, audience, lifetime and kind",
      "whether one gets what is another's: by id, by session, by cache, by a race, or by all of them at once",
      "whose credential it uses behind: what arrived at its upstreams, secret store and database",
      "what it does for who has no credential, lost it, or was signed out, and when a dependency fails",
      "whether scopes, limits, audit records and logs are kept for each person",
      "whether Origin and Host are compared where a token was shown"};
  return all;
}

std::string ScanText(const ScanReport& report, bool brief) {
  if (brief) {
    std::string faults;
    for (const ScanLine& line : report.lines) {
      if (line.verdict == ScanVerdict::kFault) faults += LineText(line);
    }
    return faults + report.of + ": " + Sum(report);
  }
  std::string text = report.of + "\n";
  for (const std::string& topic : Topics(report)) {
    text += topic + "\n";
    for (const bool faults : {true, false}) {
      for (const ScanLine& line : report.lines) {
        if (line.topic == topic && (line.verdict == ScanVerdict::kFault) == faults) text += LineText(line);
      }
    }
  }
  text += Sum(report) + "\nwith two people iff says also\n";
  for (const std::string& one : WhatTwoWouldAdd()) text += "  - " + one + "\n";
  return text + "go on:  " + report.next;
}

Json ScanJson(const ScanReport& report) {
  Json lines = Json::array();
  for (const ScanLine& line : report.lines) {
    lines.push_back({{"topic", line.topic},
                     {"looked", line.looked},
                     {"seen", line.seen},
                     {"verdict", Name(line.verdict)},
                     {"clause", line.clause}});
  }
  return {{"of", report.of},
          {"lines", lines},
          {"faults", Count(report, ScanVerdict::kFault)},
          {"sound", Count(report, ScanVerdict::kSound)},
          {"not_told", Count(report, ScanVerdict::kNotTold)},
          {"took_ms", report.took.count()},
          {"two_people_would_add", WhatTwoWouldAdd()},
          {"next", report.next}};
}

}  // namespace iff
