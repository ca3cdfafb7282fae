#include "bench/load/row.h"

#include <cstdio>

namespace iff {
namespace {

std::string Cell(const std::string& text, size_t width) {
  return std::string(width > text.size() ? width - text.size() : 1, ' ') + text;
}

std::string Left(std::string text, size_t width) {
  text.resize(std::max(text.size(), width), ' ');
  return text;
}

std::string Rate(double per_second) {
  char text[32];
  std::snprintf(text, sizeof text, "%.0f", per_second);
  return text;
}

std::string Decimal(double number, int digits) {
  char text[32];
  std::snprintf(text, sizeof text, "%.*f", digits, number);
  return text;
}

// A histogram, and which of its quantiles are of too few samples.
Json WithDoubts(const Histogram& histogram) {
  Json json = histogram.ToJson();
  json["too_few_for"] = Json::array();
  for (const auto& [member, quantile] :
       {std::pair("p50_us", 0.5), std::pair("p90_us", 0.9), std::pair("p99_us", 0.99)}) {
    if (!MayBeTold(histogram.count(), quantile)) json["too_few_for"].push_back(member);
  }
  return json;
}

}  // namespace

bool MayBeTold(int64_t samples, double quantile) {
  if (quantile <= 0.5) return samples >= 10;
  return static_cast<double>(samples) * (1 - quantile) >= 100 - 1e-6;
}

std::string Milliseconds(const Histogram& histogram, double quantile) {
  if (histogram.count() == 0) return "n/a";
  return (MayBeTold(histogram.count(), quantile) ? "" : "~") +
         Decimal(static_cast<double>(histogram.Quantile(quantile)) / 1000.0, 3);
}

Json BenchRow::ToJson() const {
  Json json{{"name", name},
            {"title", title},
            {"target", target},
            {"cold", cold},
            {"model", open ? "open" : "closed"},
            {"callers", callers},
            {"identities", identities},
            {"service", WithDoubts(service)},
            {"response", WithDoubts(response)},
            {"regime", regime.ToJson()}};
  if (!invalid.empty()) json["invalid"] = invalid;
  if (load) {
    json["load"] = {{"offered", load->offered},
                    {"achieved", load->achieved},
                    {"late_share", load->late_share},
                    {"driver_busy", load->driver_busy},
                    {"server_us", load->server_us},
                    {"server_busy", load->server_busy},
                    {"answered", load->answered},
                    {"failed", load->failed},
                    {"answer_bytes", load->answer_bytes},
                    {"server_mib", load->memory.resident},
                    {"server_peak_mib", load->memory.peak},
                    {"overloaded", load->overloaded()},
                    {"problem", load->problem}};
  }
  if (breakdown) json["breakdown"] = breakdown->ToJson();
  return json;
}

std::string TableHead() {
  return Left("measurement", 42) + Cell("n", 8) + Cell("per s", 9) + Cell("p50", 9) + Cell("p90", 9) + Cell("p99", 9) +
         Cell("p99.9", 9) + Cell("service", 9) + Cell("cpu us", 8) + Cell("MiB", 8);
}

std::string TableLine(const BenchRow& row) {
  std::string line = Left(row.title, 42) + Cell(std::to_string(row.response.count()), 8);
  line += Cell(row.load ? Rate(row.load->achieved) : "", 9);
  for (const double quantile : {0.5, 0.9, 0.99, 0.999}) line += Cell(Milliseconds(row.response, quantile), 9);
  line += Cell(row.open ? Milliseconds(row.service, 0.5) : "", 9);
  line += Cell(row.load && row.load->server_us > 0 ? Decimal(row.load->server_us, 1) : "", 8);
  line += Cell(row.load && row.load->memory.known() ? Decimal(row.load->memory.resident, 1) : "", 8);
  if (row.load && row.load->overloaded()) line += "  (offered " + Rate(row.load->offered) + "/s: overloaded)";
  if (row.load && row.load->failed > 0) {
    line += "  (" + std::to_string(row.load->failed) + " failed: " + row.load->problem + ")";
  }
  if (!row.invalid.empty()) line += "  INVALID: " + row.invalid;
  return line;
}

std::vector<std::string> BreakdownLines(const Breakdown& breakdown) {
  std::vector<std::string> lines;
  const auto calls = static_cast<double>(std::max<int64_t>(1, breakdown.whole.count()));
  const auto whole = static_cast<double>(std::max<int64_t>(1, breakdown.whole.sum()));
  double sum = 0;
  for (const Breakdown::Row& row : breakdown.rows) {
    const auto total = static_cast<double>(row.total_us);
    sum += total;
    lines.push_back("    " + Left(row.name, 38) + Cell(std::to_string(row.took.count()), 8) + Cell("mean", 9) +
                    Cell(Decimal(total / calls / 1000, 3), 9) + Cell(Decimal(total / whole * 100, 1) + " %", 9));
  }
  lines.push_back("    " + Left("the hops together; the whole", 38) + Cell(std::to_string(breakdown.whole.count()), 8) +
                  Cell("mean", 9) + Cell(Decimal(sum / calls / 1000, 3), 9) +
                  Cell(Decimal(whole / calls / 1000, 3), 9));
  const double authentication = breakdown.AuthenticationUs();
  lines.push_back("    " + Left("of that, authentication", 38) + Cell("", 8) + Cell("mean", 9) +
                  Cell(Decimal(authentication / 1000, 3), 9) +
                  Cell(Decimal(authentication * calls / whole * 100, 1) + " %", 9));
  return lines;
}

}  // namespace iff
