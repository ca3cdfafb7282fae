#include "harness/cli/keep.h"

#include <algorithm>
#include <thread>

#include "harness/cli/carry.h"
#include "harness/cli/prompt.h"
#include "harness/cli/resident.h"

namespace iff {
namespace {

// Lets others in while it lives, in a process that is not the environment that is up: whoever attaches asks for that
// one.
class Door {
 public:
  Door(const Call& call, Session& session) {
    if (call.handed_over) return;
    Result<std::unique_ptr<Resident>> resident = Resident::Listen(ResidentName(call.workshop.places.root));
    if (!resident.ok()) {
      call.voice.Say("'iff attach' does not find this stage: " + resident.error().message());
      return;
    }
    resident_ = std::move(resident).value();
    server_ = std::thread([this, &call, &session] {
      resident_->Serve(
          [&](const std::vector<std::string>& arguments, const AskerEnds& ends, const std::atomic<bool>& hung_up) {
            const std::vector<std::string> known = {"attach", "status", "down"};
            if (std::find(known.begin(), known.end(), arguments.front()) != known.end()) {
              return CarryHandedOver(call.workshop, session, arguments, ends, hung_up);
            }
            Voice voice(ends.out, ends.err);
            return Complain(voice, Error(ErrorKind::kInvalidInput,
                                         "what is up belongs to a run that keeps a failure: 'iff attach' "
                                         "joins it, --fresh brings up another"));
          });
    });
  }
  ~Door() {
    if (resident_ == nullptr) return;
    resident_->Stop();
    server_.join();
  }
  Door(const Door&) = delete;
  Door& operator=(const Door&) = delete;

 private:
  std::unique_ptr<Resident> resident_;
  std::thread server_;
};

}  // namespace

void LeaveKept(const Call& call, KeptStages::Place& place) {
  if (place.joined() > 0 && !call.cancelled && !call.options.json) {
    call.voice.Say("somebody else is still on this stage: it goes when they leave, or at once by Ctrl-C");
  }
  place.Leave([&] { return call.cancelled.load(); });
}

void KeepStage(const Call& call, Session& session, Stage& stage, const ScenarioResult& result) {
  if (call.cancelled || stage.subjects().empty()) return;
  std::vector<std::string> why;
  for (const StepResult& step : result.steps) {
    for (const Check& check : step.checks) {
      if (check.verdict == Verdict::kPassed || check.verdict == Verdict::kInapplicable) continue;
      why.push_back(std::string(Name(check.verdict)) + "  " + check.id + ": " +
                    stage.ground().redactor.Mask(check.reason));
    }
  }
  const auto kept = session.kept().Keep(result.id, stage, why);
  if (!call.options.json) {
    call.voice.Say(result.id + " did not pass; its stage is kept until 'quit', and 'iff attach' joins it");
    for (const std::string& line : why) call.voice.Say("  " + line);
  }
  const Door door(call, session);
  const Result<int> code = PromptOn(call, stage, stage.subjects().front().role);
  if (!code.ok()) call.voice.Say("iff: " + stage.ground().redactor.Mask(code.error().message()));
  LeaveKept(call, *kept);
}

}  // namespace iff
