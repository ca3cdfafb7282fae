// Recordings that are played again on an environment: compared, learned from, turned into scenarios. Answers values.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "harness/core/json.h"
#include "harness/core/result.h"
#include "harness/replay/compare.h"
#include "harness/session/session.h"

namespace iff {

struct RecordingFile {
  std::string path = {};
  Json recording = {};
};

// What `given` names: a file of recordings, a run's folder, RUN/ID, or "last", relative to `folder` or to `reports`.
// kInvalidInput: there is none, or it cannot be read.
Result<std::vector<RecordingFile>> FindRecordings(const std::string& given, const std::filesystem::path& folder,
                                                  const std::filesystem::path& reports);

// How they are played: RunRequest's mutant, jobs and cancelled count.
class Player {
 public:
  // The session outlives it. kInvalidInput: what one of `files` holds is no scenario for this system.
  static Result<Player> Open(Session& session, std::vector<RecordingFile> files, RunRequest request);

  struct Played {
    std::string id = {};
    Replayed replayed = {};
  };
  // Each played once and compared with what was recorded, in order.
  std::vector<Played> Compared();

  struct Learned {
    std::string id = {};
    std::string unusable = {};               // why nothing can be learned: it does not behave the same twice
    bool nothing = false;                    // changes by itself but what is known to
    std::vector<std::string> pointers = {};  // new ones, which its file holds now
  };
  // All played twice on the same server: what differs changes by itself, and is noted in the file of the recording.
  // kSystem: a file cannot be written.
  Result<std::vector<Learned>> LearnVolatile();

  // The first recording as a scenario in the file `path`: what passes now is what it asks for; where it fails, it asks
  // for what was recorded. Answers a run of the scenario. kRefused: it would hold a secret, and is not written.
  Result<RunResult> KeepAsScenario(const std::filesystem::path& path);

 private:
  Player(Session& session, std::vector<RecordingFile> files, std::vector<Scenario> scenarios, RunRequest request)
      : session_(&session), files_(std::move(files)), scenarios_(std::move(scenarios)), request_(std::move(request)) {}

  Session* session_;
  std::vector<RecordingFile> files_;
  std::vector<Scenario> scenarios_;  // of files_
  RunRequest request_;
};

}  // namespace iff
