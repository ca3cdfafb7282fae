#include <unistd.h>

#include "harness/cli/dispatch.h"

namespace iff {
namespace {

int Status(const Call& call, Session& session) {
  if (call.options.json) {
    Json components = Json::array();
    for (Component* component : session.environment().components()) {
      const Result<void> alive = component->Check();
      Json outputs = Json::object();
      for (const auto& [name, output] : component->outputs()) outputs[name] = output.value;
      components.push_back({{"outputs", outputs},
                            {"name", component->name()},
                            {"version", component->version()},
                            {"address", component->endpoint().Url()},
                            {"answers", alive.ok()},
                            {"problem", alive.ok() ? "" : alive.error().message()}});
    }
    call.console.Say(DumpPretty({{"system", session.system().name},
                                 {"pid", getpid()},
                                 {"components", components},
                                 {"kept", session.prompts().Names()}}));
    return 0;
  }
  for (Component* component : session.environment().components()) {
    const Result<void> alive = component->Check();
    if (call.options.quiet) continue;
    call.console.Say(component->name() + ": " + component->version() + " at " + component->endpoint().Url() + ", " +
                     (alive.ok() ? "answers" : alive.error().message()));
    // What a server has to be told that is started by hand.
    for (const auto& [name, output] : component->outputs()) {
      if (name == "issuer" || name == "jwks_url")
        call.console.Say("  " + component->name() + "." + name + "  " + output.value);
    }
  }
  if (call.options.quiet) return 0;
  for (const std::string& name : session.prompts().Names()) call.console.Say("open prompt: " + name);
  return 0;
}

}  // namespace

Command StatusCommand() {
  return {
      .name = "status",
      .summary = "what is up",
      .group = CommandGroup::kLoop,
      .declare = [](Options&, Arguments&) -> CommandAction { return {.act = AskWhatIsUp, .on_environment = Status}; }};
}

}  // namespace iff
