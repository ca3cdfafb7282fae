#include "reports/markdown.h"

#include <map>

#include "harness/core/plain.h"
#include "harness/core/utf8.h"
#include "harness/run/claims.h"
#include "harness/run/standing.h"
#include "reports/findings.h"
#include "reports/remedy.h"
#include "reports/wording.h"

namespace iff {
namespace {

// A job page shows a megabyte at most; the report has the rest.
constexpr size_t kMostTold = 25;
constexpr size_t kLongest = 500;

// Text of others: no letter of it means anything to Markdown or HTML, and it stays on its line. Character references
// rather than backslashes, which not every reader honours.
std::string Md(std::string_view text) {
  const std::string plain = Plain(text);
  std::string out;
  const std::string_view shown = WholeLetters(plain, kLongest);
  for (size_t i = 0; i < shown.size(); ++i) {
    const char c = shown[i];
    // Only letters, digits and what is harmless anywhere stay as they are; a dot or a colon before a letter could make
    // an address a link, and a dot or a parenthesis after a number a list.
    const bool address = (c == '.' || c == ':') && i + 1 < shown.size() && shown[i + 1] != ' ';
    const bool list = (c == '.' || c == ')') && i > 0 && shown[i - 1] >= '0' && shown[i - 1] <= '9';
    const bool harmless = static_cast<unsigned char>(c) >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                          (c >= 'A' && c <= 'Z') || std::string_view(" ,;.:?'/()%").find(c) != std::string_view::npos;
    const bool inside = i > 0 && i + 1 < shown.size() && c == '-' && shown[i - 1] != ' ' && shown[i - 1] != '-';
    if ((harmless && !address && !list) || inside) {
      out += c;
    } else {
      out += "&#" + std::to_string(static_cast<int>(c)) + ";";
    }
  }
  if (shown.size() < plain.size()) out += "...";
  return out;
}

// Inside <code>, where Markdown has no say but HTML does.
std::string Code(std::string_view text) { return "<code>" + Md(text) + "</code>"; }

const char* Mark(ExitCode code) {
  switch (code) {
    case ExitCode::kOk:
      return "\xE2\x9C\x85";
    case ExitCode::kFailed:
      return "\xE2\x9D\x8C";
    case ExitCode::kErrored:
    case ExitCode::kUsage:
      break;
  }
  return "\xE2\x9A\xA0\xEF\xB8\x8F";
}

void Totals(const RunResult& run, std::ostream& out) {
  const RunResult::Totals totals = run.totals();
  out << "| checks | passed | failed | could not be judged | known failures | do not apply | scenarios | took |\n"
      << "|--:|--:|--:|--:|--:|--:|--:|--:|\n"
      << "| " << Thousands(totals.checks()) << " | " << Thousands(totals.passed) << " | " << Thousands(totals.failed)
      << " | " << Thousands(totals.errored) << " | " << Thousands(totals.known) << " | "
      << Thousands(totals.inapplicable) << " | " << Thousands(static_cast<int64_t>(run.scenarios.size())) << " | "
      << Took(run.took_us) << " |\n";
}

void Compared(const Comparison& compared, std::ostream& out) {
  using Kind = Difference::Kind;
  out << "\n### Compared with run " << Md(compared.run) << "\n\n"
      << "| new | fixed | still | no longer judged | checks then | checks now |\n|--:|--:|--:|--:|--:|--:|\n| "
      << compared.Count(Kind::kNew) << " | " << compared.Count(Kind::kFixed) << " | " << compared.Count(Kind::kStill)
      << " | " << compared.Count(Kind::kLost) << " | " << Thousands(compared.checks_before) << " | "
      << Thousands(compared.checks_now) << " |\n\n";
  if (compared.checks_now < compared.checks_before || compared.Count(Kind::kLost) > 0) {
    out << "**Fewer checks than before: a regression, whatever the others say.**\n\n";
  }
  size_t told = 0;
  for (const Difference& one : compared.differences) {
    if (++told > kMostTold) break;
    out << "- " << Name(one.kind) << ": " << Code(one.check) << " in " << Md(one.scenario) << ", "
        << (one.before.empty() ? "not there" : Md(one.before)) << " then, "
        << (one.now.empty() ? "not judged" : Md(one.now)) << " now\n";
  }
  if (compared.differences.size() > kMostTold) {
    out << "- and " << Thousands(static_cast<int64_t>(compared.differences.size() - kMostTold)) << " more\n";
  }
  if (!compared.decisions.empty()) out << "\nWho may do what has changed:\n\n";
  for (size_t i = 0; i < std::min(kMostTold, compared.decisions.size()); ++i) {
    out << "- " << Md(DecisionSentence(compared.decisions[i])) << "\n";
  }
  if (compared.decisions.size() > kMostTold) {
    out << "- and " << Thousands(static_cast<int64_t>(compared.decisions.size() - kMostTold)) << " more\n";
  }
}

void Tell(const std::string& program, const ReportedFinding& finding, std::ostream& out) {
  const Check& check = finding.check;
  const auto row = [&out](const char* name, const std::string& value) {
    if (!value.empty()) out << "  - " << name << ": " << value << "\n";
  };
  const std::string reason = ReasonOf(check);
  const std::string step = finding.step == nullptr || finding.step->title.empty() ? "" : finding.step->title + ": ";
  out << "- **" << Md(check.id) << "** in " << Md(finding.scenario->id) << "  \n  " << Md(step + reason) << "\n";
  if (finding.step != nullptr) row("asked by", Md(Asked(*finding.scenario, *finding.step)));
  for (const Check& also : finding.also) row("also", Code(also.id) + ": " + Md(ReasonOf(also)));
  row("expected", Md(check.expected));
  row("observed", Md(check.observed));
  row("clause", Md(check.clause));
  row("remedy", Md(RemedyFor(*finding.scenario, check)));
  row("at", Code(SourcePlace(*finding.scenario, finding.step == nullptr ? 0 : finding.step->line)));
  row("again", Code(Again(program, *finding.scenario)));
  const std::string curl = finding.step == nullptr ? "" : CurlLine(*finding.scenario, *finding.step, check);
  if (!curl.empty()) row("the request", Code(curl));
}

// Each cause with what failed for it, folded up.
void Causes(const RunResult& run, const std::vector<ReportedFinding>& findings, std::ostream& out) {
  if (run.causes.empty()) return;
  out << "\n### Causes: " << Thousands(static_cast<int64_t>(run.causes.size())) << "\n\n";
  size_t told = 0;
  for (const NamedCause& cause : run.causes) {
    if (++told > kMostTold) {
      out << "- and " << Thousands(static_cast<int64_t>(run.causes.size() - kMostTold)) << " more, in the report\n";
      return;
    }
    out << "- **" << Md(Capital(cause.says)) << "** (" << (cause.target.empty() ? "" : Md(cause.target) + ", ")
        << Name(cause.gravity) << ")  \n  explains " << Explains(cause) << "\n  - fix: " << Md(cause.fix) << "\n";
    if (!cause.clause.empty()) out << "  - clause: " << Md(cause.clause) << "\n";
    out << "  - more: " << Code(CommandOn(run.program, "explain", cause.name)) << "\n";
    // In one line: blank lines in a list end it for some readers.
    out << "  - <details><summary>its checks</summary>";
    size_t shown = 0;
    for (const ReportedFinding& finding : findings) {
      if (finding.cause != &cause || ++shown > kMostTold) continue;
      const Check& check = finding.check;
      const std::string reason = ReasonOf(check);
      out << (shown == 1 ? " " : "<br> ") << Code(check.id) << " in " << Md(finding.scenario->id) << ": " << Md(reason);
    }
    if (shown > kMostTold) out << "<br> and " << Thousands(static_cast<int64_t>(shown - kMostTold)) << " more";
    out << "</details>\n";
  }
}

void Findings(const RunResult& run, std::ostream& out) {
  std::vector<ReportedFinding> findings = FindingsOf(run);
  Causes(run, findings, out);
  std::erase_if(findings, [](const ReportedFinding& finding) { return finding.cause != nullptr; });
  findings = OneForEachAnswer(std::move(findings));
  std::map<Severity, int64_t> of_each;
  for (const ReportedFinding& finding : findings) ++of_each[finding.severity];
  size_t told = 0;
  const ReportedFinding* last = nullptr;
  for (const ReportedFinding& finding : findings) {
    if (last == nullptr || last->severity != finding.severity) {
      const bool some = !run.causes.empty() &&
                        (finding.severity == Severity::kDemand || finding.severity == Severity::kRecommendation);
      out << "\n### " << Capital(std::string(Name(finding.severity))) << (some ? ", explained by no cause: " : ": ")
          << Thousands(of_each[finding.severity]) << "\n\n";
      told = 0;
    }
    last = &finding;
    if (++told <= kMostTold) Tell(run.program, finding, out);
    if (told == kMostTold + 1) {
      out << "- and " << Thousands(of_each[finding.severity] - static_cast<int64_t>(kMostTold))
          << " more, in the report\n";
    }
  }
}

void Suites(const RunResult& run, std::ostream& out) {
  std::map<std::string, RunResult::Totals> suites;
  for (const ScenarioResult& scenario : run.scenarios) suites[scenario.suite].Count(scenario);
  if (suites.empty()) return;
  out << "\n### Suites\n\n| suite | passed | failed | could not be judged | known failures | do not apply |\n"
      << "|:--|--:|--:|--:|--:|--:|\n";
  for (const auto& [name, totals] : suites) {
    out << "| " << Md(name) << " | " << totals.passed << " | " << totals.failed << " | " << totals.errored << " | "
        << totals.known << " | " << totals.inapplicable << " |\n";
  }
}

void Claims(const RunResult& run, std::ostream& out) {
  const std::vector<ClaimStanding> standings = ClaimsOf(run);
  if (standings.empty()) return;
  out << "\n### Claims\n\n| claim | server | | |\n|:--|:--|:--|:--|\n";
  for (const ClaimStanding& standing : standings) {
    const RunClaim& claim = run.claims[standing.claim].claim;
    out << "| " << Md(claim.name) << ": " << Md(claim.asks) << " | " << Md(standing.target) << " | "
        << Name(standing.kind) << " | " << Md(standing.reason) << " |\n";
  }
}

void Clauses(const RunResult& run, std::ostream& out) {
  if (run.clauses.empty()) return;
  std::map<Standing::Kind, int> of_each;
  std::string broken;
  const std::vector<Standing> standings = StandingsOf(run);
  for (size_t i = 0; i < standings.size(); ++i) {
    ++of_each[standings[i].kind];
    if (standings[i].kind != Standing::Kind::kBroken) continue;
    broken += "- " + Md(run.clauses[i].name) + ": " + Md(run.clauses[i].says) + " (" + Md(standings[i].reason) + ")\n";
  }
  out << "\n### Clauses\n\n| tested | broken | not observed | excluded |\n|--:|--:|--:|--:|\n| "
      << of_each[Standing::Kind::kTested] << " | " << of_each[Standing::Kind::kBroken] << " | "
      << of_each[Standing::Kind::kNotObserved] << " | " << of_each[Standing::Kind::kExcluded] << " |\n";
  if (!broken.empty()) out << "\n" << broken;
}

}  // namespace

void WriteMarkdown(const RunResult& run, std::ostream& out) {
  out << "## " << Mark(run.exit_code()) << " " << RunWord(run) << ": " << Md(Headline(run)) << "\n\n";
  Totals(run, out);
  if (!run.error.empty()) out << "\n**The run could not go on:** " << Md(run.error) << "\n";
  for (const std::string& passed : run.unexpected_passes) {
    out << "\n" << Code(passed) << " is listed as a known failure, but passes: take it off the list.\n";
  }
  for (const AcceptedCause& accepted : run.accepted) {
    if (accepted.explains > 0) out << "\n" << Md(Capital(AcceptedSentence(accepted))) << "\n";
  }
  if (run.compared) Compared(*run.compared, out);
  Findings(run, out);
  Claims(run, out);
  const std::vector<std::string> not_looked_at = DeclaredNotLookedAt(run);
  if (!not_looked_at.empty()) out << "\nDeclared and not looked at: " << Md(Listed(not_looked_at)) << "\n";
  Suites(run, out);
  Clauses(run, out);
  std::vector<std::string> components;
  for (const ComponentRecord& component : run.components) components.push_back(Called(component));
  out << "\n" << Md(run.system) << ", run " << Md(run.id);
  if (!components.empty()) out << ", with " << Md(Listed(components));
  out << "\n";
}

}  // namespace iff
