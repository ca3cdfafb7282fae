#include <algorithm>
#include <filesystem>
#include <memory>

#include "harness/cli/dispatch.h"
#include "harness/core/plain.h"
#include "harness/environment/provisioning.h"
#include "harness/session/attached.h"

namespace iff {
namespace {

struct ProvisionAsked {
  std::string folder = {};
  std::vector<std::string> at = {};
  std::string tell = {};
  bool prepare = false;
};

Result<void> Provide(const Call& call, const ProvisionAsked& asked) {
  std::error_code unknown;
  const std::string folder = std::filesystem::absolute(asked.folder, unknown).lexically_normal().string();
  SessionOptions options = SessionOptionsFor(call);
  if (!asked.tell.empty()) {
    const Attached attached = TRY(LoadAttached(folder));
    const Secret secret = TRY(Told(attached, asked.tell));
    // For a person a line, for a file or a pipe nothing but the secret.
    call.console.terminal() ? call.console.Say(secret.Reveal()) : call.console.Give(secret.Reveal());
    return {};
  }
  const System system = TRY(LoadSystemFor(options));
  if (asked.prepare) {
    const Attached attached = TRY(ReadAddresses(system, folder, asked.at));
    TRY(PrepareAttached(attached, system, call.services.driver_registry));
    call.console.Say("prepared in " + folder + ": start the components, then 'iff provision " + ShellWord(folder) +
                     "'");
    return {};
  }
  if (!asked.at.empty()) {
    return Error(ErrorKind::kInvalidInput,
                 "--at goes with --prepare: the addresses are what everything is started with");
  }
  const Attached attached = TRY(LoadAttached(folder));
  options.attached = folder;
  const std::unique_ptr<Session> session = TRY(Session::Start(call.services.probes, std::move(options)));
  std::vector<Principal> people = TRY(PeopleOf(attached, system));
  Environment& environment = session->environment();
  const std::vector<Registry> registries = RegistriesOf(environment);
  const auto issuer =
      std::find_if(registries.begin(), registries.end(), [](const Registry& one) { return one.issues; });
  const std::string issuer_name = issuer == registries.end() ? "" : issuer->component;
  Result<size_t> provisioned = Provision(registries, people, {.issuer = issuer_name});
  TRY(KeepPeople(attached, people));  // with what they were assigned
  const size_t compared = TRY(std::move(provisioned).While("provision"));
  TRY(WriteTargets(attached, system, environment.outputs()));
  TRY(KeepTold(attached, people, environment.outputs()));
  std::string personas;
  for (const Principal& person : people) personas += (personas.empty() ? "" : ", ") + person.persona;
  call.console.Say("provisioned: " + personas + "; " + std::to_string(compared) + " values read back from " +
                   std::to_string(environment.components().size()) + " components");
  return {};
}

}  // namespace

Command ProvisionCommand() {
  return {
      .name = "provision",
      .summary = "set up components that others start: people, clients, secrets, roles, and the servers' settings",
      .group = CommandGroup::kCare,
      .description =
          "For docker/compose.yaml and what is like it. With --prepare, before anything runs, writes into FOLDER what "
          "each component is to be started with. Without, while the components run, makes of them what 'iff up' makes "
          "of its own, puts everybody of the system file there, and writes each server's settings. Both may be "
          "repeated: what is there stays. Afterwards 'iff run --attached FOLDER' runs scenarios against it.",
      .examples = {{"iff provision /var/lib/iff --prepare --at COMPONENT=HOST:PORT ...", "first"},
                   {"iff provision /var/lib/iff", "once the components answer"},
                   {"iff provision /var/lib/iff --tell PERSONA.password", "prints this secret"}},
      .declare = [](Options&, Arguments& arguments) -> CommandAction {
        const auto asked = std::make_shared<ProvisionAsked>();
        arguments = {
            {.names = "folder",
             .into = &asked->folder,
             .takes = Takes::kFolder,
             .required = true,
             .help = "what is known of the system; holds secrets, keep it to yourself"},
            {.names = "--prepare", .into = &asked->prepare, .help = "before anything runs: write what it starts with"},
            {.names = "--at",
             .value = "NAME=HOST:PORT",
             .into = &asked->at,
             .help = "with --prepare: where everybody reaches a component, or a server as targets.NAME (repeatable)"},
            {.names = "--tell",
             .value = "NAME",
             .into = &asked->tell,
             .help = "print one secret: PERSONA.password, COMPONENT.client_secret.CLIENT"},
        };
        return {.act = [asked](const Call& call) {
          const Result<void> done = Provide(call, *asked);
          return done.ok() ? 0 : Complain(call.console, done.error());
        }};
      }};
}

}  // namespace iff
