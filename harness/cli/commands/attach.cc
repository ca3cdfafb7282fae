#include "harness/cli/carry.h"
#include "harness/cli/prompt.h"
#include "harness/core/yaml.h"

namespace iff {
namespace {

struct AttachAsked {
  std::string stage = {};
  std::string as = {};
};

int AttachOn(const Call& call, Session& session, const AttachAsked& asked) {
  const Result<std::unique_ptr<KeptStages::Visit>> visit = session.kept().Join(asked.stage);
  if (!visit.ok()) return Complain(call.voice, visit.error());
  const KeptStages::Visit& here = **visit;
  Stage& stage = here.stage();
  const std::string as = asked.as.empty() ? stage.subjects().front().role : asked.as;
  if (stage.FindSubject(as) == nullptr) {
    std::vector<std::string> roles;
    for (const Subject& subject : stage.subjects()) roles.push_back(subject.role);
    return Complain(call.voice, Error(ErrorKind::kInvalidInput,
                                      "nobody is called '" + as + "' on this stage" + DidYouMean(as, roles)));
  }
  Service* const server = stage.target_service();
  if (call.options.json) {
    const Json pid = server != nullptr ? Json(server->pid()) : Json();
    call.voice.Say(
        Dump(session.redactor().MaskAll({{"stage", here.name()}, {"why", here.why()}, {"server_pid", pid}})));
  } else {
    call.voice.Say("stage      " + here.name());
    for (const std::string& line : here.why()) call.voice.Say("           " + line);
    if (server != nullptr) call.voice.Say("debugger   gdb -p " + std::to_string(server->pid()));
  }
  const Result<int> code = PromptOn(call, stage, as, {.visit = here.number(), .over = [&] { return here.over(); }});
  if (here.over() && !call.options.json) call.voice.Say("whoever kept this stage has ended it");
  if (!code.ok())
    return Complain(call.voice, Error(code.error().kind(), session.redactor().Mask(code.error().message())));
  return *code;
}

int Attach(const Call& call) {
  const Result<std::optional<int>> answered =
      AskResident(ResidentName(call.workshop.places.root), call.arguments,
                  {.interrupted = &call.workshop.interrupted, .leaves_at_once = true});
  if (!answered.ok()) return Complain(call.voice, answered.error());
  if (*answered) return **answered;
  return Complain(call.voice, Error(ErrorKind::kUnavailable,
                                    "nothing is up, so no stage is kept: 'iff run --keep-on-failure' keeps that of "
                                    "what fails, 'iff shell' one of its own"));
}

}  // namespace

Command AttachCommand() {
  return {.name = "attach",
          .summary = "join a stage that is kept, from another terminal",
          .group = CommandGroup::kLoop,
          .description =
              "What 'iff run --keep-on-failure' keeps of a scenario that did not pass, or the stage of an 'iff "
              "shell': the same people, server and upstreams, and a prompt of one's own. The stage stays until "
              "everybody has left it.",
          .examples = {{"iff attach", "the only stage that is kept"}, {"iff attach isolation/matrix --as bob", ""}},
          .shared = Shared::kOutput,
          .declare = [](Options&, Arguments& arguments) -> Deed {
            const auto asked = std::make_shared<AttachAsked>();
            arguments = {
                {.names = "stage",
                 .into = &asked->stage,
                 .takes = Takes::kScenarios,
                 .help = "its scenario's id or the beginning of it, or 'shell'; needed where several are kept"},
                {.names = "--as",
                 .value = "ROLE",
                 .into = &asked->as,
                 .takes = Takes::kPeople,
                 .help = "who to be (default: the first on the stage)"},
            };
            return {.act = Attach, .on_environment = [asked](const Call& call, Session& session) {
                      return AttachOn(call, session, *asked);
                    }};
          }};
}

}  // namespace iff
