#include "reports/summary.h"

#include <algorithm>
#include <map>
#include <set>

#include "harness/core/plain.h"
#include "reports/findings.h"
#include "reports/two_ends.h"
#include "reports/wording.h"

namespace iff {
namespace {

// Enough to act on; a run with more is read in the report.
constexpr size_t kMostShown = 20;

enum class Paint { kGood, kBad, kDoubt, kFaint, kStrong };

class SummaryWriter {
 public:
  SummaryWriter(std::ostream& out, bool colour) : out_(out), colour_(colour) {}

  std::string In(Paint paint, const std::string& text) const {
    if (!colour_) return text;
    const char* code = "";
    switch (paint) {
      case Paint::kGood:
        code = "32";
        break;
      case Paint::kBad:
        code = "31";
        break;
      case Paint::kDoubt:
        code = "33";
        break;
      case Paint::kFaint:
        code = "2";
        break;
      case Paint::kStrong:
        code = "1";
        break;
    }
    return "\033[" + std::string(code) + "m" + text + "\033[0m";
  }

  void Line(const std::string& text = {}) const { out_ << text << "\n"; }

  void Labelled(const std::string& label, const std::string& text) const {
    if (text.empty()) return;
    out_ << "      " << In(Paint::kFaint, label + std::string(label.size() < 10 ? 10 - label.size() : 1, ' '))
         << Plain(text) << "\n";
  }

 private:
  std::ostream& out_;
  bool colour_;
};

Paint PaintOf(ExitCode code) {
  return code == ExitCode::kOk ? Paint::kGood : code == ExitCode::kFailed ? Paint::kBad : Paint::kDoubt;
}

// A finding of a step: what failed as a whole is an error, which is told apart.
using Found = ReportedFinding;

std::string Sentence(const Found& found) {
  const std::string what = ReasonOf(found.check);
  return found.step->title.empty() ? what : found.step->title + ": " + what;
}

// Both ends of the step, unless they were told with an earlier failure of it.
void TellEnds(const SummaryWriter& writer, const Found& found, size_t width, std::set<const StepResult*>& told) {
  constexpr size_t kIndent = 6;
  if (!told.insert(found.step).second) return;
  bool first = true;
  for (const std::string& line : TwoEnds(*found.scenario, *found.step, width - std::min(width, kIndent))) {
    writer.Line(std::string(kIndent, ' ') + (first ? writer.In(Paint::kFaint, line) : line));
    first = false;
  }
}

std::string ReplayLine(const SummaryOptions& options, const ScenarioResult& scenario) {
  return options.run.empty() ? "" : CommandOn(options.program, "replay", options.run + "/" + scenario.id);
}

// Where it was seen, and how to see it again.
void TellPlace(const SummaryWriter& writer, const Found& found, const SummaryOptions& options) {
  writer.Labelled("at", SourcePlace(*found.scenario, found.step->line));
  writer.Labelled("again", Again(options.program, *found.scenario));
  writer.Labelled("replay", ReplayLine(options, *found.scenario));
  writer.Labelled("request", CurlLine(*found.scenario, *found.step, found.check));
}

void TellFailed(const SummaryWriter& writer, const Found& found, const SummaryOptions& options,
                std::set<const StepResult*>& told) {
  const Check& check = found.check;
  writer.Line(writer.In(Paint::kBad, "FAIL") + "  " + writer.In(Paint::kStrong, Plain(check.id)) + " (" +
              std::string(Name(check.level)) + ") in " + Plain(found.scenario->id));
  writer.Line("      " + Plain(Sentence(found)));
  TellEnds(writer, found, options.width, told);
  for (const Check& also : found.also) writer.Labelled("also", also.id + ": " + ReasonOf(also));
  writer.Labelled("expected", check.expected);
  writer.Labelled("observed", check.observed);
  writer.Labelled("clause", check.clause);
  TellPlace(writer, found, options);
}

std::vector<Found> AllFailures(const RunResult& run) {
  std::vector<Found> found = FindingsOf(run);
  std::erase_if(found, [](const Found& one) {
    return one.step == nullptr || (one.severity != Severity::kDemand && one.severity != Severity::kRecommendation);
  });
  return found;
}

// A cause, with the first thing that was seen of it.
void TellCause(const SummaryWriter& writer, const NamedCause& cause, const Found& first, const SummaryOptions& options,
               std::set<const StepResult*>& told) {
  writer.Line(writer.In(Paint::kBad, "CAUSE") + " " + writer.In(Paint::kStrong, Plain(cause.name)) + " (" +
              std::string(Name(cause.gravity)) + ")" + (cause.target.empty() ? "" : " in " + Plain(cause.target)));
  writer.Line("      " + Plain(Capital(cause.says)));
  std::vector<std::string> named = cause.checks;
  constexpr size_t kNamed = 3;
  if (named.size() > kNamed) {
    named.resize(kNamed - 1);
    named.push_back(std::to_string(cause.checks.size() - named.size()) + " more");
  }
  writer.Labelled("explains", Explains(cause) + ": " + Listed(named));
  writer.Labelled("seen", Sentence(first));
  TellEnds(writer, first, options.width, told);
  writer.Labelled("fix", cause.fix);
  writer.Labelled("clause", cause.clause);
  TellPlace(writer, first, options);
  writer.Labelled("more", CommandOn(options.program, "explain", cause.name));
}

void TellCauses(const SummaryWriter& writer, const RunResult& run, const std::vector<Found>& failures,
                const SummaryOptions& options, std::set<const StepResult*>& told) {
  std::map<const NamedCause*, Found> first;
  for (const Found& found : failures) {
    if (found.cause != nullptr) first.try_emplace(found.cause, found);
  }
  for (const NamedCause& cause : run.causes) {
    const auto found = first.find(&cause);
    if (found == first.end()) continue;
    TellCause(writer, cause, found->second, options, told);
    writer.Line();
  }
}

void TellFailures(const SummaryWriter& writer, const RunResult& run, const SummaryOptions& options) {
  std::vector<Found> failures = AllFailures(run);
  std::set<const StepResult*> told;
  TellCauses(writer, run, failures, options, told);
  // What a cause explains is told one by one only on request.
  if (!options.verbose) std::erase_if(failures, [](const Found& found) { return found.cause != nullptr; });
  failures = OneForEachAnswer(std::move(failures));
  for (size_t i = 0; i < failures.size() && (options.verbose || i < kMostShown); ++i) {
    TellFailed(writer, failures[i], options, told);
    writer.Line();
  }
  if (failures.size() > kMostShown && !options.verbose) {
    writer.Line("      and " + Thousands(static_cast<int64_t>(failures.size() - kMostShown)) + " more that failed" +
                (run.causes.empty() ? "" : " and that no cause explains") + ", in the report");
    writer.Line();
  }
}

// What one cause kept from being judged is told once for each scenario.
struct Unjudged {
  const ScenarioResult* scenario = nullptr;
  std::string why = {};
  int line = 0;
  std::vector<std::string> checks = {};
};

std::vector<Unjudged> Errors(const RunResult& run) {
  std::vector<Unjudged> all;
  for (const ScenarioResult& scenario : run.scenarios) {
    const size_t first = all.size();
    const auto add = [&](const std::string& why, const std::string& check, int line) {
      auto same = std::find_if(all.begin() + static_cast<std::ptrdiff_t>(first), all.end(),
                               [&](const Unjudged& one) { return one.why == why; });
      if (same == all.end()) same = all.insert(all.end(), {.scenario = &scenario, .why = why, .line = line});
      if (!check.empty()) same->checks.push_back(check);
      if (same->line == 0) same->line = line;
    };
    for (const Check& check : ChecksOfItsOwn(scenario)) {
      if (check.verdict == Verdict::kErrored) add(check.reason, "", 0);
    }
    for (const StepResult& step : scenario.steps) {
      for (const Check& check : step.checks) {
        if (check.verdict != Verdict::kErrored) continue;
        // "not judged: <why the scenario could not be carried out>" says nothing new.
        const bool same_cause = !scenario.error.empty() && check.reason.ends_with(scenario.error);
        add(same_cause ? scenario.error : check.reason, check.id, step.line);
      }
    }
  }
  return all;
}

void TellErrors(const SummaryWriter& writer, const RunResult& run, const SummaryOptions& options) {
  if (!run.error.empty()) {
    writer.Line(writer.In(Paint::kDoubt, "ERROR") + " " + Plain(run.error));
    writer.Line();
  }
  const std::vector<Unjudged> errors = Errors(run);
  for (size_t i = 0; i < errors.size() && (options.verbose || i < kMostShown); ++i) {
    const Unjudged& error = errors[i];
    writer.Line(writer.In(Paint::kDoubt, "ERROR") + " " + writer.In(Paint::kStrong, Plain(error.scenario->id)));
    writer.Line("      " + Plain(error.why));
    constexpr size_t kNamed = 6;
    std::vector<std::string> named = error.checks;
    named.resize(std::min(named.size(), kNamed));
    if (error.checks.size() > kNamed) named.push_back(std::to_string(error.checks.size() - kNamed) + " more");
    writer.Labelled("unjudged", Listed(named));
    writer.Labelled("at", SourcePlace(*error.scenario, error.line));
    writer.Labelled("again", Again(options.program, *error.scenario));
    writer.Labelled("replay", ReplayLine(options, *error.scenario));
    writer.Line();
  }
  if (errors.size() > kMostShown && !options.verbose) {
    writer.Line("      and " + Thousands(static_cast<int64_t>(errors.size() - kMostShown)) +
                " more that could not be judged, in the report");
    writer.Line();
  }
}

void TellKnown(const SummaryWriter& writer, const RunResult& run) {
  bool any = false;
  for (const ScenarioResult& scenario : run.scenarios) {
    for (const StepResult& step : scenario.steps) {
      for (const Check& check : step.checks) {
        if (!check.known) continue;
        any = true;
        writer.Line(writer.In(Paint::kFaint, "KNOWN") + " " + Plain(check.id) + " in " + Plain(scenario.id) + ": " +
                    Plain(check.reason.empty() ? check.observed : check.reason));
      }
    }
  }
  for (const AcceptedCause& accepted : run.accepted) {
    if (accepted.explains == 0) continue;
    any = true;
    writer.Line(writer.In(Paint::kFaint, "KNOWN") + " " + Plain(AcceptedSentence(accepted)));
  }
  for (const std::string& passed : run.unexpected_passes) {
    any = true;
    writer.Line(writer.In(Paint::kBad, "FAIL") + "  " + Plain(passed) +
                ": listed as a known failure, but passes: take it off the list");
  }
  if (any) writer.Line();
}

// What does not apply is told once for each reason: it is for the author of the system file to say whether that is so.
void TellInapplicable(const SummaryWriter& writer, const RunResult& run) {
  struct Reason {
    std::string why = {};
    std::vector<std::string> scenarios = {};
    std::vector<std::string> checks = {};
  };
  std::vector<Reason> reasons;
  const auto of = [&](const std::string& why) -> Reason& {
    const auto same = std::find_if(reasons.begin(), reasons.end(), [&](const Reason& one) { return one.why == why; });
    return same != reasons.end() ? *same : reasons.emplace_back(Reason{.why = why});
  };
  for (const ScenarioResult& scenario : run.scenarios) {
    if (!scenario.inapplicable.empty()) {
      of(scenario.inapplicable).scenarios.push_back(scenario.id);
      continue;
    }
    for (const StepResult& step : scenario.steps) {
      for (const Check& check : step.checks) {
        if (check.verdict == Verdict::kInapplicable) of(check.reason).checks.push_back(check.id);
      }
    }
  }
  const auto some = [](std::vector<std::string> names) {
    constexpr size_t kNamed = 4;
    const size_t all = names.size();
    names.resize(std::min(all, kNamed));
    if (all > kNamed) names.push_back(std::to_string(all - kNamed) + " more");
    return Listed(names);
  };
  for (size_t i = 0; i < reasons.size() && i < kMostShown; ++i) {
    writer.Line(writer.In(Paint::kFaint, "N/A") + "   " + Plain(reasons[i].why));
    if (!reasons[i].scenarios.empty()) writer.Labelled("scenarios", some(reasons[i].scenarios));
    if (!reasons[i].checks.empty()) writer.Labelled("checks", some(reasons[i].checks));
  }
  if (!reasons.empty()) writer.Line();
}

void TellDifferences(const SummaryWriter& writer, const RunResult& run) {
  if (!run.compared) return;
  using Kind = Difference::Kind;
  const Comparison& compared = *run.compared;
  writer.Line("since   run " + Plain(compared.run) + ": " + Thousands(compared.Count(Kind::kNew)) + " new, " +
              Thousands(compared.Count(Kind::kFixed)) + " fixed, " + Thousands(compared.Count(Kind::kStill)) +
              " still, " + Thousands(compared.Count(Kind::kLost)) + " no longer judged; " +
              Count(compared.checks_before, "check") + " then, " + Thousands(compared.checks_now) + " now");
  size_t told = 0;
  for (const Difference& one : compared.differences) {
    if (one.kind == Kind::kStill) continue;  // told among the failures
    if (++told > kMostShown) break;
    const Paint paint = one.kind == Kind::kFixed ? Paint::kGood : Paint::kBad;
    std::string kind(Name(one.kind));
    kind.resize(6, ' ');
    writer.Line("      " + writer.In(paint, kind) + Plain(one.check) + " in " + Plain(one.scenario));
  }
  if (told > kMostShown) writer.Line("      and more, in the report");
  for (size_t i = 0; i < compared.decisions.size() && i < kMostShown; ++i) {
    writer.Line("      " + writer.In(Paint::kBad, "drift ") + Plain(DecisionSentence(compared.decisions[i])));
  }
  if (compared.decisions.size() > kMostShown) {
    writer.Line("      and " + Count(static_cast<int64_t>(compared.decisions.size() - kMostShown), "more decision") +
                " changed, in the report");
  }
  if (compared.Count(Kind::kLost) > 0 || compared.checks_now < compared.checks_before) {
    writer.Line("      " + writer.In(Paint::kBad, "fewer checks than before: a regression, whatever the others say"));
  }
  writer.Line();
}

std::string TotalsLine(const RunResult& run) {
  const RunResult::Totals totals = run.totals();
  std::string text = Thousands(totals.passed) + " passed, " + Thousands(totals.failed) + " failed, ";
  if (totals.known > 0) text += Thousands(totals.known) + " known, ";
  text += Thousands(totals.errored) + " errored, " + Thousands(totals.inapplicable) + " inapplicable";
  text += "; " + Count(static_cast<int64_t>(run.scenarios.size()), "scenario") + " in " + Took(run.took_us);
  if (run.first_green_us > 0) text += ", first green after " + Took(run.first_green_us);
  return text;
}

}  // namespace

void WriteSummary(const RunResult& run, const SummaryOptions& asked, std::ostream& out) {
  SummaryOptions options = asked;
  if (options.program.empty()) options.program = run.program;
  const SummaryWriter writer(out, options.colour);
  const std::vector<ClaimLine> claims = ClaimLines(run);
  const std::string word = writer.In(PaintOf(run.exit_code()), std::string(RunWord(run)));
  if (!options.quiet) {
    writer.Line();
    writer.Line(word + "  " + writer.In(Paint::kStrong, Headline(run)));
    writer.Line();
    TellFailures(writer, run, options);
    TellErrors(writer, run, options);
    TellKnown(writer, run);
    TellInapplicable(writer, run);
    TellDifferences(writer, run);
    for (size_t i = 0; i < claims.size(); ++i) {
      writer.Line((i == 0 ? "claims  " : "        ") + std::string(Name(claims[i].standing)) + ": " +
                  Plain(claims[i].claims));
    }
    const std::vector<std::string> not_looked_at = DeclaredNotLookedAt(run);
    if (!not_looked_at.empty()) writer.Line("unseen  declared and not looked at: " + Plain(Listed(not_looked_at)));
    std::vector<std::string> components;
    for (const ComponentRecord& component : run.components) {
      components.push_back(Plain(Called(component)));
    }
    if (!components.empty()) writer.Line("with    " + Listed(components));
    if (!options.report.empty()) writer.Line("report  " + options.report);
  }
  std::string untried;
  for (const ClaimLine& line : claims) {
    if (line.standing == ClaimStanding::Kind::kNotTried) untried = "; not tried: " + Plain(line.claims);
  }
  writer.Line(word + ": " + TotalsLine(run) + untried);
}

std::string ProgressLine(const ScenarioResult& scenario, size_t done, size_t of, bool colour) {
  std::string word = "PASS ";
  Paint paint = Paint::kGood;
  switch (scenario.verdict()) {
    case Verdict::kPassed:
      break;
    case Verdict::kFailed:
      word = "FAIL ";
      paint = Paint::kBad;
      break;
    case Verdict::kErrored:
      word = "ERROR";
      paint = Paint::kDoubt;
      break;
    case Verdict::kInapplicable:
      word = "N/A  ";
      paint = Paint::kFaint;
      break;
  }
  std::ostream nowhere(nullptr);
  return SummaryWriter(nowhere, colour).In(paint, word) + " " + Plain(scenario.id) + "  " + Took(scenario.took_us) +
         "  (" + std::to_string(done) + " of " + std::to_string(of) + ")";
}

}  // namespace iff
