#include "harness/cli/carry.h"

#include <unistd.h>

#include <filesystem>

#include "harness/cli/resident.h"

namespace iff {
SessionOptions SessionOptionsFor(const Call& call) {
  const Options& options = call.options;
  SessionOptions session{.places = call.workshop.places, .overrides = options.overrides};
  session.system_file = options.system.ends_with(".yaml")
                            ? options.system
                            : call.workshop.places.root + "/systems/" + options.system + "/system.yaml";
  if (!options.quiet && !options.json && options.events != "-") {
    session.progress = [&voice = call.voice](std::string_view line) { voice.Say("  " + std::string(line)); };
  }
  return session;
}

std::string AsTyped(const std::vector<std::string>& arguments) {
  std::string text = "iff";
  for (const std::string& word : arguments) {
    if (!word.starts_with("--folder=")) text += " " + word;
  }
  return text;
}

std::optional<int> TryResident(const Call& call) {
  if (call.options.fresh || !call.options.overrides.empty()) return {};
  std::error_code unknown;
  std::vector<std::string> with_folder = call.arguments;
  with_folder.push_back("--folder=" + std::filesystem::current_path(unknown).string());
  const Result<std::optional<int>> answered = AskResident(ResidentName(call.workshop.places.root), with_folder);
  if (!answered.ok()) return Complain(call.voice, answered.error());
  return *answered;
}

int AskWhatIsUp(const Call& call) {
  const Result<std::optional<int>> answered = AskResident(ResidentName(call.workshop.places.root), call.arguments);
  if (!answered.ok()) return Complain(call.voice, answered.error());
  if (!*answered) {
    if (!call.options.quiet) call.voice.Say("nothing is up: 'iff up' brings an environment up");
    return 0;
  }
  return **answered;
}

int Carry(const Workshop& workshop, const Parsed& parsed, const std::vector<std::string>& arguments) {
  Voice voice(STDOUT_FILENO);
  const Call call{.workshop = workshop,
                  .options = parsed.options,
                  .arguments = arguments,
                  .voice = voice,
                  .cancelled = workshop.interrupted,
                  .began = workshop.began};
  if (parsed.deed.act) return parsed.deed.act(call);
  if (parsed.deed.before) {
    if (const std::optional<int> code = parsed.deed.before(call)) return *code;
  }
  if (const std::optional<int> code = TryResident(call)) return *code;
  Result<std::unique_ptr<Session>> session =
      Session::Start(workshop.catalogue, workshop.probes, SessionOptionsFor(call));
  if (!session.ok()) return Complain(voice, session.error());
  return parsed.deed.on_environment(call, **session);
}

int CarryHandedOver(const Workshop& workshop, Session& session, const std::vector<std::string>& arguments, int out,
                    const std::atomic<bool>& hung_up) {
  Voice voice(out);
  const Parsed parsed = ParseCommandLine(arguments);
  if (parsed.exit_code >= 0) {
    voice.Say(parsed.text);
    return parsed.exit_code;
  }
  if (!parsed.deed.on_environment) {
    return Complain(voice, Error(ErrorKind::kInvalidInput, "iff " + parsed.options.command + ": needs no environment"));
  }
  const Call call{.workshop = workshop,
                  .options = parsed.options,
                  .arguments = arguments,
                  .voice = voice,
                  .cancelled = hung_up,
                  .began = std::chrono::steady_clock::now()};
  // What also does something of its own, like 'status', is about whatever is up.
  if (!parsed.deed.act && SessionOptionsFor(call).system_file != session.options().system_file) {
    return Complain(voice, Error(ErrorKind::kInvalidInput, "what is up is " + session.system().name +
                                                               ": add --fresh, or 'iff down' first"));
  }
  return parsed.deed.on_environment(call, session);
}

}  // namespace iff
