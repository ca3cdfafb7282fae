// iff replay: recordings, played again with everybody logged in afresh.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/cli/options.h"
#include "harness/cli/voice.h"
#include "harness/session/session.h"

namespace iff {

struct RecordingFile {
  std::string path = {};
  Json recording = {};
};

// What RUN, RUN/ID, a folder or a file names: RUN is a folder, one in reports/out, or "last". kInvalidInput.
Result<std::vector<RecordingFile>> FindRecordings(const Options& options, const Places& places);

// Answers the exit code: 0 all unchanged or fixed, 1 one is changed or still failing, 2 one could not be told,
// 64 there is no such recording.
int Replay(Session& session, const Options& options, const std::atomic<bool>& cancelled, const Speech& say);

}  // namespace iff
