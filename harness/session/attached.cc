#include "harness/session/attached.h"

#include <fcntl.h>
#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "harness/core/bytes.h"
#include "harness/core/new_file.h"
#include "harness/core/yaml.h"
#include "harness/environment/environment.h"
#include "harness/run/principal_pool.h"

namespace iff {
namespace {

namespace fs = std::filesystem;

Result<void> MakeFolder(const std::string& path) {
  std::error_code failed;
  if (fs::is_directory(path, failed)) return {};
  fs::create_directories(path, failed);
  if (!failed) fs::permissions(path, fs::perms::owner_all, failed);
  return failed ? Result<void>(SystemError("make " + path, failed.value())) : Result<void>();
}

// Nobody else reads it, and whoever reads it sees all of it or what was there before.
Result<void> WriteOwn(const std::string& path, const std::string& content) { return ReplaceFile(path, content, 0600); }

Result<std::string> ReadOwn(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in.is_open() || in.bad()) return Error(ErrorKind::kUnavailable, "read " + path);
  return text.str();
}

Json ToJson(const std::map<std::string, Endpoint>& addresses) {
  Json all = Json::object();
  for (const auto& [name, endpoint] : addresses) all[name] = endpoint.Authority();
  return all;
}

Result<std::map<std::string, Endpoint>> AddressesIn(const Json& document, const std::string& member) {
  std::map<std::string, Endpoint> addresses;
  const Json all = TRY(At<Json>(document, "/" + member));
  for (const auto& [name, value] : all.items()) {
    const std::string text = value.is_string() ? value.get<std::string>() : "";
    const Url url = TRY(ParseUrl("http://" + text).While(member + " " + name));
    addresses[name] = url.endpoint;
  }
  return addresses;
}

Principal NewPerson(const PersonSpec& person) {
  Principal principal{.persona = person.persona, .name = person.persona, .groups = person.groups};
  // Jira calls their project so.
  for (const char c : person.persona) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      principal.tag += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
  }
  principal.attributes["email"] = principal.name + "@example.test";
  GiveAccounts(principal, person.holds);
  return principal;
}

// With every secret in it: for a file of mode 0600.
Json Revealed(const Principal& principal) {
  Json person = {
      {"tag", principal.tag}, {"id", principal.id}, {"issuer", principal.issuer}, {"issuers", Json::object()}};
  for (const auto& [issuer, account] : principal.issuers) {
    person["issuers"][issuer] = {{"id", account.id}, {"login", account.login}, {"secret", account.secret.Reveal()}};
  }
  for (const auto& [upstream, account] : principal.accounts) {
    person["accounts"][upstream] = {
        {"password", account.password.Reveal()}, {"token", account.token.Reveal()}, {"canary", account.canary}};
  }
  return person;
}

// `fresh` with what was kept of the same person.
Result<Principal> AsKept(Principal fresh, const Json& kept) {
  fresh.id = TRY(At<std::string>(kept, "/id"));
  fresh.issuer = TRY(At<std::string>(kept, "/issuer"));
  const Json issuers = TRY(At<Json>(kept, "/issuers"));
  for (const auto& [issuer, account] : issuers.items()) {
    fresh.issuers[issuer] = {.id = TRY(At<std::string>(account, "/id")),
                             .login = TRY(At<std::string>(account, "/login")),
                             .secret = Secret(TRY(At<std::string>(account, "/secret")))};
  }
  for (auto& [upstream, account] : fresh.accounts) {
    const Json* const had = Find(kept, "/accounts/" + upstream);
    if (had == nullptr) continue;  // the system file gives it to them since
    account.password = Secret(TRY(At<std::string>(*had, "/password")));
    account.token = Secret(TRY(At<std::string>(*had, "/token")));
    account.canary = TRY(At<std::string>(*had, "/canary"));
  }
  return fresh;
}

}  // namespace

std::map<std::string, Attachment> Attached::Attachments() const {
  std::map<std::string, Attachment> all;
  for (const auto& [name, endpoint] : components) {
    all[name] = {.endpoint = endpoint, .folder = folder + "/" + name, .kept = Kept() + "/" + name};
  }
  return all;
}

Result<Attached> ReadAddresses(const System& system, const std::string& folder, const std::vector<std::string>& words) {
  Attached attached{.folder = folder};
  std::vector<std::string> known;
  for (const ComponentSpec& spec : system.components) known.push_back(spec.name);
  // A target may have a component's name, as the server and the stand-in for Jira do.
  for (const auto& [name, target] : system.targets) known.push_back("targets." + name);
  for (const std::string& word : words) {
    const size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      return Error(ErrorKind::kInvalidInput, "--at " + word + ": " + system.name + " has nothing called '" + name +
                                                 "'" + DidYouMean(name, known));
    }
    const Result<Url> url = ParseUrl("http://" + (equals == std::string::npos ? "" : word.substr(equals + 1)));
    if (!url.ok() || url->target != "/") {
      return Error(ErrorKind::kInvalidInput, "--at " + word + ": want NAME=HOST:PORT");
    }
    const bool is_target = name.starts_with("targets.");
    (is_target ? attached.targets : attached.components)[is_target ? name.substr(8) : name] = url->endpoint;
  }
  std::string missing;
  for (const std::string& name : known) {
    const bool there =
        name.starts_with("targets.") ? attached.targets.contains(name.substr(8)) : attached.components.contains(name);
    if (!there) missing += (missing.empty() ? "" : ", ") + name;
  }
  if (!missing.empty()) return Error(ErrorKind::kInvalidInput, "--at does not say where these are: " + missing);
  return attached;
}

Result<void> PrepareAttached(const Attached& attached, const System& system, const DriverRegistry& driver_registry) {
  TRY(MakeFolder(attached.Kept()));
  for (const auto& [name, endpoint] : attached.targets) TRY(MakeFolder(attached.TargetFolder(name)));
  Keyring keys;
  TRY(TakeKeys(attached, system, driver_registry, keys));
  const std::map<std::string, Attachment> attachments = attached.Attachments();
  for (const ComponentSpec& spec : system.components) {
    const std::string attempt = "prepare " + spec.name;
    const Driver* const driver = driver_registry.Find(spec.driver);
    if (driver == nullptr || !driver->prepare) {
      return Error(ErrorKind::kInvalidInput, attempt + ": a " + spec.driver + " cannot be started by others");
    }
    const Attachment& attachment = attachments.at(spec.name);
    TRY(MakeFolder(attachment.folder).While(attempt));
    TRY(MakeFolder(attachment.kept).While(attempt));
    TRY(driver->prepare(spec.name, spec.options, attachment, keys).While(attempt));
  }
  const Json document = {{"components", ToJson(attached.components)}, {"targets", ToJson(attached.targets)}};
  return WriteOwn(attached.Kept() + "/attached.json", DumpPretty(document) + "\n");
}

Result<Attached> LoadAttached(const std::string& folder) {
  Attached attached{.folder = folder};
  const std::string path = attached.Kept() + "/attached.json";
  const Result<std::string> text = ReadOwn(path);
  if (!text.ok()) {
    return Error(
        ErrorKind::kInvalidInput,
        folder + ": nothing was prepared there ('iff provision FOLDER --prepare' does so): " + text.error().message());
  }
  const Json document = TRY(ParseJson(*text).While("read " + path));
  attached.components = TRY(AddressesIn(document, "components").While("read " + path));
  attached.targets = TRY(AddressesIn(document, "targets").While("read " + path));
  return attached;
}

Result<void> TakeKeys(const Attached& attached, const System& system, const DriverRegistry& driver_registry,
                      Keyring& keys) {
  for (const ComponentSpec& spec : system.components) {
    const Driver* const driver = driver_registry.Find(spec.driver);
    if (driver == nullptr || !driver->signs_with) continue;
    const std::optional<Algorithm> algorithm =
        TRY(driver->signs_with(spec.options).While("component '" + spec.name + "'"));
    if (!algorithm) continue;
    const std::string path = attached.Kept() + "/signing-key-" + spec.name + ".pem";
    std::error_code unknown;
    if (!fs::exists(path, unknown)) {
      const SigningKey made = SigningKey::Generate(*algorithm);
      TRY(WriteOwn(path, made.Pkcs8Pem().Reveal()));
      keys.Put(spec.name, made);
      continue;
    }
    const Secret pem(TRY(ReadOwn(path)));
    keys.Put(spec.name, TRY(SigningKey::FromPem(pem, *algorithm, "").While("read " + path)));
  }
  return {};
}

void Apply(const Attached& attached, System& system) {
  for (ComponentSpec& spec : system.components) spec.per_scenario = false;
  for (auto& [name, target] : system.targets) {
    const auto there = attached.targets.find(name);
    if (there == attached.targets.end()) continue;
    target.command.clear();
    target.url = there->second.Url(target.path);
    target.settings.clear();
    // It lies where we see it.
    const std::map<std::string, std::string> words = {{"directory", attached.TargetFolder(name)}};
    target.audit = Substitute(target.audit, {}, words).value_or("");
  }
}

Result<std::vector<Principal>> PeopleOf(const Attached& attached, const System& system) {
  const std::string path = attached.Kept() + "/people.json";
  Json kept = Json::object();
  std::error_code unknown;
  if (fs::exists(path, unknown)) {
    const std::string text = TRY(ReadOwn(path));
    kept = TRY(ParseJson(text).While("read " + path));
  }
  std::vector<Principal> people;
  for (const auto& [persona, person] : system.people) {
    Principal principal = NewPerson(person);
    if (kept.contains(persona)) principal = TRY(AsKept(std::move(principal), kept[persona]).While("read " + path));
    people.push_back(std::move(principal));
  }
  TRY(KeepPeople(attached, people));
  return people;
}

Result<void> KeepPeople(const Attached& attached, const std::vector<Principal>& people) {
  Json all = Json::object();
  for (const Principal& principal : people) all[principal.persona] = Revealed(principal);
  return WriteOwn(attached.Kept() + "/people.json", DumpPretty(all) + "\n");
}

Result<void> WriteTargets(const Attached& attached, const System& system,
                          const std::map<std::string, Outputs>& outputs) {
  for (const auto& [name, target] : system.targets) {
    const std::string attempt = "set up target " + name;
    const std::string folder = attached.TargetFolder(name);
    const std::map<std::string, std::string> words = {
        {"port", std::to_string(attached.targets.at(name).port)}, {"directory", folder}, {"here", system.folder}};
    std::string settings;
    for (const auto& [variable, value] : target.environment) {
      std::string text = TRY(Substitute(value, outputs, words).While(attempt + ": " + variable));
      // What we keep is not the server's to read: it gets the one secret that is its own.
      if (text.starts_with(attached.Kept() + "/")) {
        const std::string own = folder + "/" + variable;
        const std::string secret = TRY(ReadOwn(text).While(attempt));
        TRY(WriteOwn(own, secret).While(attempt));
        text = own;
      }
      settings.append(variable).append("=").append(text).append("\n");
    }
    TRY(WriteOwn(folder + "/settings", settings).While(attempt));
  }
  return {};
}

Result<void> KeepTold(const Attached& attached, const std::vector<Principal>& people,
                      const std::map<std::string, Outputs>& outputs) {
  Json told = Json::object();
  for (const Principal& principal : people) {
    for (const auto& [issuer, account] : principal.issuers) {
      const std::string at = issuer == principal.issuer ? "" : "." + issuer;
      if (!account.secret.empty()) told[principal.persona + at + ".password"] = account.secret.Reveal();
    }
  }
  constexpr std::string_view kFile = "_file";
  for (const auto& [component, each] : outputs) {
    for (const auto& [output, value] : each) {
      const size_t at = output.find(kFile);
      if (at == std::string::npos) continue;
      std::string name = component;
      name.append(".").append(output.substr(0, at)).append(output.substr(at + kFile.size()));
      told[name] = TRY(ReadOwn(value.value));
    }
  }
  return WriteOwn(attached.Kept() + "/told.json", DumpPretty(told) + "\n");
}

Result<Secret> Told(const Attached& attached, const std::string& name) {
  const std::string path = attached.Kept() + "/told.json";
  const Result<std::string> text = ReadOwn(path);
  if (!text.ok()) return Error(ErrorKind::kInvalidInput, "nothing was provisioned yet: " + text.error().message());
  const Json told = TRY(ParseJson(*text).While("read " + path));
  std::vector<std::string> known;
  for (const auto& [each, value] : told.items()) known.push_back(each);
  if (!told.contains(name)) {
    std::string all;
    for (const std::string& each : known) all += (all.empty() ? "" : ", ") + each;
    return Error(ErrorKind::kInvalidInput, "--tell " + name + ": there is no such secret: " + all);
  }
  return Secret(told[name].get<std::string>());
}

}  // namespace iff
