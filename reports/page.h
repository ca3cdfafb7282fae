// The files of reports/html/, as they were when this was built.
#pragma once

#include <string_view>

namespace iff {

extern const std::string_view kReportHtml;  // the frame, with {{places}} to be filled
extern const std::string_view kReportCss;
extern const std::string_view kElementsJs;  // the scripts, in the order in which they are put together
extern const std::string_view kOverviewJs;
extern const std::string_view kSinceJs;
extern const std::string_view kClausesJs;
extern const std::string_view kExchangeJs;
extern const std::string_view kInspectJs;
extern const std::string_view kTimelineJs;
extern const std::string_view kScenarioJs;
extern const std::string_view kReportJs;

}  // namespace iff
