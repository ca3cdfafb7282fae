#include "reports/junit.h"

#include "reports/wording.h"

namespace iff {

void WriteJunit(const RunResult& run, std::ostream& out) {
  const RunResult::Totals totals = run.totals();
  out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests=\"" << totals.checks() << "\" failures=\""
      << totals.failed << "\" errors=\"" << totals.errored << "\"/>\n";
}

}  // namespace iff
