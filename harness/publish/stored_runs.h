// Runs that lie in files: finding one, and reading what was stored beside its result.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "harness/core/json.h"
#include "harness/core/result.h"
#include "harness/run/result.h"

namespace iff {

// The folder of the run `given`: a folder of a run or its result.json, relative to `folder` or to `reports`; or "last",
// the youngest in `reports`. kInvalidInput: there is no such run.
Result<std::string> FindRun(const std::string& given, const std::filesystem::path& folder,
                            const std::filesystem::path& reports);

// Where the recording or the evidence of the scenario `id` lies in the folder of its run: "recordings/<id>.yaml".
std::string ArtefactName(std::string_view kind, std::string_view id, std::string_view extension);
Result<Json> ReadJson(const std::filesystem::path& path);
// What was seen of one scenario, as it was stored.
Result<Json> ReadEvidence(const std::filesystem::path& path);
// A run's folder or its result.json.
Result<RunResult> ReadRun(const std::string& path);
// What lies of each scenario in the folder of its run: recording and evidence.
Result<void> LoadArtefacts(const std::string& folder, RunResult& run);

// Of all runs whose reports are in `reports`.
std::string HistoryPath(const std::string& reports);

}  // namespace iff
