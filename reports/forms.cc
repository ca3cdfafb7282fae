#include "reports/forms.h"

#include <algorithm>

#include "harness/run/result_parts.h"
#include "reports/ascii.h"
#include "reports/events.h"
#include "reports/html.h"
#include "reports/junit.h"
#include "reports/markdown.h"
#include "reports/otlp.h"
#include "reports/sarif.h"
#include "reports/trace_events.h"

namespace iff {
namespace {

// As AsciiJson(ToJson(run), 2) would, one scenario at a time.
void WriteStored(const RunResult& run, std::ostream& out) {
  const std::string frame = AsciiJson(FrameToJson(run), 2);
  // No text in JSON holds a line break as it is, so a line that begins like this is the run's own member.
  constexpr std::string_view kNone = "\n  \"scenarios\": []";
  const size_t at = frame.find(kNone);
  Invariant(at != std::string::npos, "a run has scenarios, if only none");
  if (run.scenarios.empty()) {
    out << frame << "\n";
    return;
  }
  out << std::string_view(frame).substr(0, at) << "\n  \"scenarios\": [";
  for (size_t i = 0; i < run.scenarios.size(); ++i) {
    const std::string scenario = AsciiJson(ScenarioToJson(run.scenarios[i]), 2);
    out << (i == 0 ? "\n    " : ",\n    ");
    for (std::string_view rest = scenario; !rest.empty();) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(line.size() + 1, rest.size()));
      out << line << (rest.empty() ? "" : "\n    ");
    }
  }
  out << "\n  ]" << std::string_view(frame).substr(at + kNone.size()) << "\n";
}

}  // namespace

const std::vector<Form>& Forms() {
  static const std::vector<Form> forms = {
      {"json", "result.json", "everything, to draw the others from", true, WriteStored},
      {"html", "report.html", "people", true, WriteHtml},
      {"junit", "junit.xml", "build servers", true, WriteJunit},
      {"sarif", "report.sarif", "code scanning (SARIF 2.1.0)", true, WriteSarif},
      {"markdown", "summary.md", "a job's page", true, WriteMarkdown},
      {"trace", "trace.json", "Perfetto and Chrome's tracing", true, WriteTraceEvents},
      {"otlp", "otlp.jsonl", "OpenTelemetry collectors", false, WriteOtlp},
      {"events", "events.jsonl", "programs: the stream of the run", false, WriteEvents},
  };
  return forms;
}

const Form* FindForm(std::string_view name) {
  for (const Form& form : Forms()) {
    if (form.name == name) return &form;
  }
  return nullptr;
}

std::vector<std::string> DefaultForms() {
  std::vector<std::string> names;
  for (const Form& form : Forms()) {
    if (form.by_default) names.emplace_back(form.name);
  }
  return names;
}

}  // namespace iff
