// Runs that were stored: finding one, reading it, judging it again, and what all of them together say.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "harness/cli/options.h"
#include "harness/cli/session.h"
#include "harness/cli/voice.h"

namespace iff {

// What options.path names: a folder of reports or the result.json in it, a name in reports/out, or "last". Answers the
// folder. kInvalidInput if there is none.
Result<std::string> FindRun(const Options& options, const Places& places);
// The name of an artefact of one scenario within a run's folder: "recordings/isolation/whoami@jira.yaml".
std::string ArtefactName(std::string_view kind, std::string_view id, std::string_view extension);

// kInvalidInput: it is not there, or no JSON.
Result<Json> ReadJson(const std::filesystem::path& path);

// Reads beside a stored run what was kept of its scenarios, where it was: recordings and evidence. kInvalidInput: a
// file there is none of ours.
Result<void> LoadArtefacts(const std::string& folder, RunResult& run);

// "1.3%".
std::string Percent(double rate);

// Where every run leaves a line.
std::string HistoryPath(const Places& places);

using Say = Speech;
// iff judge: the exit code of the run, had it been judged as the scenario files say now.
int JudgeStored(const SessionOptions& session, const ProbeSet& probes, const Options& options, const Say& say);
// iff history: always 0, or 64 for a scenario that no run has played.
int TellHistory(const Places& places, const Options& options, const Say& say);

}  // namespace iff
