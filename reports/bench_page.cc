#include "reports/bench_page.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

namespace iff {
namespace {

constexpr double kWidth = 640;
constexpr double kHeight = 220;
constexpr double kLeft = 60;
constexpr std::array<const char*, 8> kColours = {"#3b6ea5", "#c26a2d", "#4f8f4f", "#8a5aa3",
                                                 "#a33d4b", "#5b8a8a", "#8f7a2b", "#888888"};

std::string Escape(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
  }
  return out;
}

std::string Number(double value, int digits = 1) {
  char text[40];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

const Json& Rows(const Json& bench) {
  static const Json kNone = Json::array();
  const Json* const rows = Find(bench, "/rows");
  return rows != nullptr && rows->is_array() ? *rows : kNone;
}

// The same rule as the table's: "~" where fewer than 100 samples lie beyond it, or ten in all for a median.
std::string Quantile(const Json& histogram, const char* pointer, double quantile) {
  const auto count = static_cast<double>(AtOr<int64_t>(histogram, "/count", 0));
  const bool told = quantile <= 0.5 ? count >= 10 : count * (1 - quantile) >= 100 - 1e-6;
  if (count == 0) return "n/a";
  return (told ? "" : "~") + Number(static_cast<double>(AtOr<int64_t>(histogram, pointer, 0)) / 1000, 3);
}

void WriteTable(const Json& rows, std::ostream& out) {
  out << "<table><tr><th>measurement<th>n<th>per s<th>p50 ms<th>p90<th>p99<th>A/A noise<th></tr>\n";
  for (const Json& row : rows) {
    const Json response = AtOr<Json>(row, "/response", Json::object());
    const std::string invalid = AtOr<std::string>(row, "/invalid", "");
    const double noise = AtOr<double>(row, "/regime/noise", -1);
    out << (invalid.empty() ? "<tr>" : "<tr class=invalid>") << "<td>" << Escape(AtOr<std::string>(row, "/title", ""))
        << "<td>" << AtOr<int64_t>(response, "/count", 0) << "<td>"
        << (Find(row, "/load") == nullptr ? "" : Number(AtOr<double>(row, "/load/achieved", 0), 0)) << "<td>"
        << Quantile(response, "/p50_us", 0.5) << "<td>" << Quantile(response, "/p90_us", 0.9) << "<td>"
        << Quantile(response, "/p99_us", 0.99) << "<td>" << (noise < 0 ? "n/a" : Number(noise * 100) + " %") << "<td>"
        << (invalid.empty() ? "" : "invalid: " + Escape(invalid)) << "</tr>\n";
  }
  out << "</table>\n<p>~ before a quantile: of too few samples to be relied on, as less than 100 lie beyond it.</p>\n";
}

struct Point {
  double x = 0;
  double y = 0;
};

// One line through points whose axes are given; y is logarithmic.
void Line(const std::vector<Point>& points, double most_x, double least_y, double most_y, const char* colour,
          const std::string& title, std::ostream& out) {
  out << "<polyline fill=none stroke-width=2 stroke=\"" << colour << "\" points=\"";
  for (const Point& point : points) {
    const double share = std::log(std::max(point.y, least_y) / least_y) / std::log(most_y / least_y);
    out << Number(kLeft + point.x / most_x * (kWidth - kLeft - 10)) << ","
        << Number(kHeight - 30 - share * (kHeight - 50)) << " ";
  }
  out << "\"><title>" << Escape(title) << "</title></polyline>\n";
}

void Axes(double least_y, double most_y, const std::string& below, std::ostream& out) {
  out << "<svg viewBox=\"0 0 " << kWidth << " " << kHeight << "\" persona=img>\n";
  for (double mark = least_y; mark <= most_y * 1.001; mark *= 10) {
    const double share = std::log(mark / least_y) / std::log(most_y / least_y);
    const double y = kHeight - 30 - share * (kHeight - 50);
    out << "<line class=grid x1=" << kLeft << " x2=" << kWidth - 10 << " y1=" << Number(y) << " y2=" << Number(y)
        << " />"
        << "<text x=" << kLeft - 6 << " y=" << Number(y + 4) << " text-anchor=end>"
        << Number(mark / 1000, mark < 1000 ? 2 : 0) << " ms</text>\n";
  }
  out << "<text x=" << kLeft << " y=" << kHeight - 8 << ">" << Escape(below) << "</text>\n";
}

double Decade(double value, bool up) {
  const double exponent = std::log10(std::max(1.0, value));
  return std::pow(10, up ? std::ceil(exponent) : std::floor(exponent));
}

void WriteLoadCurve(const Json& rows, std::ostream& out) {
  std::vector<Point> median;
  std::vector<Point> high;
  double most_x = 0;
  double most_y = 10;
  double least_y = 1e9;
  for (const Json& row : rows) {
    if (AtOr<std::string>(row, "/model", "") != "open") continue;
    const double x = AtOr<double>(row, "/load/offered", 0);
    median.push_back({x, static_cast<double>(AtOr<int64_t>(row, "/response/p50_us", 1))});
    high.push_back({x, static_cast<double>(AtOr<int64_t>(row, "/response/p90_us", 1))});
    most_x = std::max(most_x, x);
    most_y = std::max(most_y, high.back().y);
    least_y = std::min(least_y, median.back().y);
  }
  if (median.size() < 2 || most_x <= 0) return;
  const auto by_x = [](const Point& a, const Point& b) { return a.x < b.x; };
  std::sort(median.begin(), median.end(), by_x);
  std::sort(high.begin(), high.end(), by_x);
  out << "<h2>Latency over load</h2>\n<p>Open model: response time against arrivals per second, p50 (blue) and p90.\n";
  const double bottom = Decade(least_y, false);
  const double top = std::max(Decade(most_y, true), bottom * 10);
  Axes(bottom, top, "up to " + Number(most_x, 0) + " arrivals per second", out);
  Line(median, most_x, bottom, top, kColours[0], "p50", out);
  Line(high, most_x, bottom, top, kColours[1], "p90", out);
  out << "</svg>\n";
}

// Every stored bucket: the share of samples (along) that were at most so slow (up).
void WriteDistributions(const Json& rows, std::ostream& out) {
  bool begun = false;
  for (const Json& row : rows) {
    const Json* const buckets = Find(row, "/response/buckets");
    const auto count = static_cast<double>(AtOr<int64_t>(row, "/response/count", 0));
    if (buckets == nullptr || !buckets->is_array() || count < 10) continue;
    if (!begun) out << "<h2>Distributions</h2>\n<p>Along: the share of calls, to 100 %. Up: what they took at most.\n";
    begun = true;
    std::vector<Point> points;
    double seen = 0;
    for (const Json& bucket : *buckets) {
      const auto upper = static_cast<double>(std::max<int64_t>(1, AtOr<int64_t>(bucket, "/0", 1)));
      points.push_back({seen / count, upper});
      seen += static_cast<double>(AtOr<int64_t>(bucket, "/1", 0));
      points.push_back({seen / count, upper});
    }
    const double bottom = Decade(points.front().y, false);
    const double top = std::max(Decade(points.back().y, true), bottom * 10);
    out << "<details><summary>" << Escape(AtOr<std::string>(row, "/title", "")) << "</summary>\n";
    Axes(bottom, top, "0 to 100 % of " + Number(count, 0) + " calls", out);
    Line(points, 1, bottom, top, kColours[0], AtOr<std::string>(row, "/name", ""), out);
    out << "</svg></details>\n";
  }
}

void WriteHops(const Json& rows, std::ostream& out) {
  for (const Json& row : rows) {
    const Json* const parts = Find(row, "/breakdown/parts");
    const auto whole = static_cast<double>(AtOr<int64_t>(row, "/breakdown/whole/sum_us", 0));
    const auto calls = static_cast<double>(AtOr<int64_t>(row, "/breakdown/whole/count", 0));
    if (parts == nullptr || !parts->is_array() || whole <= 0 || calls <= 0) continue;
    out << "<h2>" << Escape(AtOr<std::string>(row, "/title", "")) << "</h2>\n<p>Mean of " << Number(calls, 0)
        << " calls: " << Number(whole / calls / 1000, 3) << " ms.\n<svg viewBox=\"0 0 " << kWidth << " "
        << 24 * parts->size() + 6 << "\" persona=img>\n";
    double x = 0;
    size_t line = 0;
    for (const Json& part : *parts) {
      const auto total = static_cast<double>(AtOr<int64_t>(part, "/total_us", 0));
      const double width = total / whole * (kWidth - 260);
      const double y = 24 * static_cast<double>(line);
      out << "<rect x=" << Number(250 + x) << " y=" << Number(y + 4)
          << " height=16 width=" << Number(std::max(1.0, width)) << " fill=\"" << kColours[line % kColours.size()]
          << "\" /><text x=0 y=" << Number(y + 16) << ">" << Escape(AtOr<std::string>(part, "/name", "")) << ": "
          << Number(total / calls / 1000, 3) << " ms, " << Number(total / whole * 100) << " %</text>\n";
      x += width;
      ++line;
    }
    out << "</svg>\n";
  }
}

}  // namespace

void WriteBenchPage(const Json& bench, std::ostream& out) {
  const Json& rows = Rows(bench);
  out << "<!doctype html><html lang=en><meta charset=utf-8><title>iff bench</title>\n<style>"
         "body{font:15px/1.4 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}"
         "table{border-collapse:collapse}td,th{padding:.2rem .7rem;text-align:right;border-bottom:1px solid #ddd}"
         "td:first-child,th:first-child{text-align:left}.invalid{color:#a33d4b}svg{width:100%;height:auto}"
         "text{font-size:11px;fill:#444}.grid{stroke:#ddd}summary{cursor:pointer}</style>\n"
      << "<h1>What the authentication costs</h1>\n<p>System " << Escape(AtOr<std::string>(bench, "/system", "unknown"))
      << ", " << Escape(AtOr<std::string>(bench, "/started", "")) << ".\n";
  if (!rows.empty()) {
    const Json regime = AtOr<Json>(rows.back(), "/regime", Json::object());
    out << "<p>" << Escape(AtOr<std::string>(regime, "/processor", "")) << ", " << AtOr<int64_t>(regime, "/cores", 0)
        << " cores; pinned: " << Escape(AtOr<std::string>(regime, "/pinning", "")) << "; load "
        << Number(AtOr<double>(regime, "/load_before", 0)) << " to " << Number(AtOr<double>(regime, "/load_after", 0))
        << ", stolen " << Number(AtOr<double>(regime, "/steal", 0) * 100) << " %. "
        << "Figures of one machine mean little on another: compare within this page.\n";
  }
  WriteTable(rows, out);
  WriteHops(rows, out);
  WriteLoadCurve(rows, out);
  WriteDistributions(rows, out);
  out << "</html>\n";
}

}  // namespace iff
