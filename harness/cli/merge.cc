#include "harness/cli/merge.h"

#include "harness/causes/gather.h"
#include "harness/cli/console.h"
#include "harness/cli/report_arguments.h"
#include "harness/publish/publish.h"
#include "harness/publish/shards.h"
#include "reports/wording.h"

namespace iff {

int MergeRuns(const Options& options, const std::string& root, const SecretShapes& shapes, const Messages& say) {
  Result<RunResult> whole = MergeStored(options.selectors);
  if (!whole.ok()) return say.Complain(whole.error());
  const Result<CauseCatalogue> causes = LoadCauses(root);
  if (!causes.ok()) return say.Complain(causes.error());
  NameCauses(*causes, *whole);
  const Redactor nothing_secret;  // each part has passed the gate where it was made, if it was made by iff
  PublishOptions publish = PublishOptionsFor(options);
  publish.stored = shapes;
  const Result<void> published = Publish(*whole, nothing_secret, options.output, publish);
  if (!published.ok()) return say.Complain(published.error());
  if (options.json) {
    say(DumpPretty(ToJson(*whole)));
  } else {
    say(std::string(RunWord(*whole)) + "  " + Headline(*whole));
    say("report: " + FirstOf(options.output, PublishOptionsFor(options)));
  }
  return static_cast<int>(whole->exit_code());
}

}  // namespace iff
