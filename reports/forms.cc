#include "reports/forms.h"

#include "harness/run/result_text.h"
#include "reports/events.h"
#include "reports/html.h"
#include "reports/junit.h"
#include "reports/markdown.h"
#include "reports/otlp.h"
#include "reports/sarif.h"

namespace iff {
namespace {

void WriteStored(const RunResult& run, std::ostream& out) {
  out << ResultText(run, {.indent = 2, .ascii = true}) << "\n";
}

}  // namespace

const std::vector<Form>& Forms() {
  static const std::vector<Form> forms = {
      {"json", "result.json", "everything, to draw the others from", true, WriteStored},
      {"html", "report.html", "people", true, WriteHtml},
      {"junit", "junit.xml", "build servers", true, WriteJunit},
      {"sarif", "report.sarif", "code scanning (SARIF 2.1.0)", true, WriteSarif},
      {"markdown", "summary.md", "a job's page", true, WriteMarkdown},
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
