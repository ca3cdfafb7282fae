// Stands between a real client and a server on a stage, knows who asks by their tokens, and hears what came of it at
// both ends.
//
//   auto recorder = TRY(Recorder::Open(stage, {.server = stage.target_endpoint()}));
//   recorder->endpoint()                 // what the client is told
//   const Traffic traffic = recorder->Finish();
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "harness/net/relay.h"
#include "harness/replay/from_traffic.h"
#include "harness/run/stage.h"

namespace iff {

// "127.0.0.1:8808", "localhost:8808", ":8808" or "8808"; this machine alone.
Result<Endpoint> ReadListen(const std::string& text);

// The system in which the target is the one that was meant, and what it is called there.
struct RecordedTarget {
  System system = {};
  std::string target = {};
};
// `given` is a target's name, or an address; `like` then says which target that is, unless the system file does.
Result<RecordedTarget> ReadTarget(const System& system, const std::string& given, const std::string& like);

struct RecorderOptions {
  Endpoint server = {};
  std::string address = "127.0.0.1";
  uint16_t port = 0;  // 0: the kernel chooses
  // One line for each request that was heard; from several threads.
  std::function<void(const std::string&)> say = {};
};

class Recorder {
 public:
  // The stage outlives it; nobody else sends or observes on it meanwhile.
  static Result<std::unique_ptr<Recorder>> Open(Stage& stage, RecorderOptions options);

  Endpoint endpoint() const { return relay_->endpoint(); }
  // Hangs up, and answers what was heard, in the order in which it was asked.
  Traffic Finish();

 private:
  // A token that was shown: who shows it, or why no scenario can say so. Its value is nowhere but in the redactor.
  struct Shown {
    std::optional<TokenKind> kind = {};
    std::string unplayable = {};
    std::string name = {};  // of the stage's credential
    std::string as = {};
  };

  Recorder(Stage& stage, RecorderOptions options) : stage_(stage), options_(std::move(options)) {}
  bool IsCall(const HttpRequest& request) const;
  void Passing(uint64_t number, const HttpRequest& request);
  void HeardOf(const Passed& passed);
  Shown ShownBy(const HttpRequest& request);
  Shown Known(const std::string& token);
  Result<TokenKind> KindOf(const std::string& token) const;
  std::string RevisionOf(const HttpRequest& request, const Json& message);
  // What was seen at both ends; `message` is the answer's.
  void Look(const Passed& passed, const Json& message, const Stage::Marks& since, const std::string& caller,
            Heard& heard);

  Stage& stage_;
  RecorderOptions options_;
  std::mutex mutex_;  // of what follows, and of the stage's trace
  std::map<uint64_t, Stage::Marks> marks_;
  std::map<uint64_t, Heard> heard_;
  std::map<std::string, Shown> shown_;           // by the token's fingerprint
  std::map<std::string, std::string> sessions_;  // of the protocol -> revision
  std::unique_ptr<HttpRelay> relay_;             // goes first: it calls us
};

}  // namespace iff
