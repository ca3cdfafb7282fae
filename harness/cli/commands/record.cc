#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "harness/cli/arguments.h"
#include "harness/cli/carry.h"
#include "harness/cli/recorder.h"
#include "harness/core/yaml_page.h"
#include "harness/replay/as_scenario.h"
#include "harness/run/recording.h"

namespace iff {
namespace {

namespace fs = std::filesystem;

struct RecordAsked {
  std::string listen = "127.0.0.1:0";
  std::string target = {};  // a name, or an address
  std::string like = {};    // with an address: which target of the system file it is
  std::string output = {};
  std::string tokens = {};
  std::string title = {};
};

Result<fs::path> ReadOutput(const RecordAsked& asked, const std::string& root, const std::string& target) {
  std::string now;
  for (const char c : Rfc3339(SystemClock::Instance().Now()).substr(0, 19)) {
    if (c >= '0' && c <= '9') now += c;
  }
  const fs::path path = asked.output.empty() ? fs::path(root) / "scenarios/recorded" / (target + "-" + now + ".yaml")
                                             : fs::path(asked.output);
  std::error_code unknown;
  if (path.extension() != ".yaml")
    return Error(ErrorKind::kInvalidInput, "--output " + path.string() + ": want a name that ends in .yaml");
  if (fs::exists(path, unknown))
    return Error(ErrorKind::kInvalidInput, "--output " + path.string() + ": is there already");
  return path;
}

// For their owner alone, and gone at the end.
class TokenFiles {
 public:
  explicit TokenFiles(std::string folder) : folder_(std::move(folder)) {}
  ~TokenFiles() {
    std::error_code none;
    for (const std::string& path : written_) fs::remove(path, none);
  }
  TokenFiles(const TokenFiles&) = delete;
  TokenFiles& operator=(const TokenFiles&) = delete;

  Result<std::string> Write(const std::string& name, const Secret& value) {
    std::error_code problem;
    fs::create_directories(folder_, problem);
    const std::string path = folder_ + "/" + name;
    // Another's file, or a link to one, is not written into.
    const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) return SystemError("write " + path, errno);
    written_.push_back(path);
    const std::string& text = value.Reveal();
    const ssize_t size = write(file, text.data(), text.size());
    close(file);
    if (size != static_cast<ssize_t>(text.size())) return SystemError("write " + path, EIO);
    return path;
  }

 private:
  std::string folder_;
  std::vector<std::string> written_;
};

Result<void> Introduce(const Call& call, Stage& stage, const Recorder& recorder, TokenFiles& files) {
  std::vector<std::string> lines = {"listening  " + recorder.endpoint().Url() + stage.target().path + ", in front of " +
                                    stage.target().name};
  for (const Subject& subject : stage.subjects()) {
    TRY(stage.Obtain(subject.role, subject.role, stage.AllScopes(), ""));
    const Credential& credential = *stage.FindCredential(subject.role);
    const std::string token = TRY(files.Write(subject.role + ".token", credential.value));
    const auto account = subject.issuers.find(subject.issuer);
    const bool logs_in = account != subject.issuers.end() && !account->second.secret.empty();
    const std::string password =
        logs_in ? TRY(files.Write(subject.role + ".password", account->second.secret)) : std::string();
    const int64_t lives = credential.expires_at - stage.ground().clock.NowSeconds();
    lines.push_back(subject.role + "  token in " + token +
                    (credential.expires_at > 0 ? ", for " + std::to_string(lives) + " s" : "") +
                    (logs_in ? "; or log in as " + account->second.login + " with what is in " + password : ""));
  }
  if (call.options.quiet) lines.resize(1);
  for (const std::string& line : lines) call.voice.Say(line);
  if (!call.options.quiet) call.voice.Say("Ctrl-C ends the recording and writes the scenario");
  return {};
}

Result<Traffic> Listen(const Call& call, Stage& stage, const Endpoint& listen, const std::string& folder) {
  (void)stage.TakeTrace();
  const std::unique_ptr<Recorder> recorder = TRY(Recorder::Open(stage, {.server = stage.target_endpoint(),
                                                                        .address = listen.host,
                                                                        .port = listen.port,
                                                                        .say = [&](const std::string& line) {
                                                                          if (!call.options.quiet && !call.options.json)
                                                                            call.voice.Say("  " + line);
                                                                        }}));
  TokenFiles files(folder.empty()
                       ? TRY(stage.ground().launcher.MakeDirectory("record-" + stage.subjects().front().tag, ""))
                       : folder);
  TRY(Introduce(call, stage, *recorder, files));
  (void)Eventually(Deadline(std::chrono::steady_clock::time_point::max()),
                   [&]() -> Result<bool> { return call.cancelled || stage.TargetExited().has_value(); });
  if (const auto exited = stage.TargetExited()) call.voice.Say("the server ended: " + *exited);
  return recorder->Finish();
}

Result<int> Keep(const Call& call, Session& session, const Traffic& traffic, const RecordAsked& asked,
                 const fs::path& path) {
  const std::string suite = path.parent_path().filename().string();
  std::set<std::string> who;
  for (const Heard& heard : traffic.heard) who.insert(heard.token ? heard.token->role : "");
  who.erase("");
  std::string names;
  for (const std::string& role : who) names += (names.empty() ? "" : ", ") + role;
  const std::string day = Rfc3339(SystemClock::Instance().Now()).substr(0, 10);
  const std::string title = !asked.title.empty() ? asked.title
                                                 : (names.empty() ? "nobody" : names) + " at " + traffic.target +
                                                       ", as a client did on " + day;
  const FromTraffic made =
      TRY(ScenarioFromTraffic(traffic, (suite.empty() ? "recorded" : suite) + "/" + path.stem().string(), title)
              .While("nothing was written"));
  const fs::path root = session.options().places.root;
  const bool ours = path.string().starts_with((root / "scenarios/").string());
  const std::string schema = (root / "scenarios/scenario.schema.json").lexically_relative(path.parent_path()).string();
  YamlPage notes;
  for (const std::string& note : made.notes) notes << YamlPage::Comment(session.redactor().Mask(note));
  const std::string text = ScenarioText(made.scenario, ours ? schema : "") +
                           (made.notes.empty() ? "" : "# Not said above, or to be looked at:\n" + notes.text());
  if (!session.redactor().Scan(text).empty())
    return Error(ErrorKind::kRefused, "the scenario was not written, because it held a secret");
  const Scenario scenario = TRY(session.ReadScenario(made.scenario, path.string()));
  std::error_code problem;
  fs::create_directories(path.parent_path(), problem);
  std::ofstream out(path, std::ios::binary);
  out << text;
  out.close();
  if (!out) return Error(ErrorKind::kSystem, "write " + path.string() + ": cannot be written");

  // Played once at once: a recording that does not play is no test.
  const RunResult proof = session.Run({scenario}, {.jobs = 1});
  const ScenarioResult& result = proof.scenarios.front();
  const std::string outcome = result.verdict() == Verdict::kPassed   ? "passes"
                              : result.verdict() == Verdict::kFailed ? "FAILS"
                                                                     : "could not be judged";
  if (call.options.json) {
    Json notes = Json::array();
    for (const std::string& note : made.notes) notes.push_back(session.redactor().Mask(note));
    call.voice.Say(DumpPretty(
        {{"file", path.string()}, {"steps", made.steps}, {"verdict", Name(result.verdict())}, {"notes", notes}}));
    return static_cast<int>(proof.exit_code());
  }
  if (!call.options.quiet) {
    for (const std::string& note : made.notes) call.voice.Say("note  " + session.redactor().Mask(note));
    for (const StepResult& step : result.steps) {
      for (const Check& check : step.checks) {
        if (check.verdict == Verdict::kPassed) continue;
        call.voice.Say(std::string(Name(check.verdict)) + "  " + check.id + ": " + step.title + ": " + check.reason);
      }
    }
  }
  call.voice.Say("wrote " + path.string() + ": " + std::to_string(made.steps) +
                 (made.steps == 1 ? " request" : " requests") + ", and played again it " + outcome +
                 (result.error.empty() ? "" : ": " + result.error));
  return static_cast<int>(proof.exit_code());
}

Result<int> Record(const Call& call, Session& session, const RecordAsked& asked) {
  const Endpoint listen = TRY(ReadListen(asked.listen));
  const RecordedTarget meant = TRY(ReadTarget(session.system(), asked.target, asked.like));
  const fs::path path = TRY(ReadOutput(asked, session.options().places.root, meant.target));
  Scenario scenario{.id = "record", .suite = "record", .target = meant.target};
  for (const auto& [role, person] : meant.system.people) scenario.subjects.push_back({.role = role, .person = role});
  const Traffic traffic = TRY(session.OnStage<Traffic>(
      scenario, [&](Stage& stage) { return Listen(call, stage, listen, asked.tokens); }, {}, &meant.system));
  return Keep(call, session, traffic, asked, path);
}

// A mistake on the command line is told before anything is started.
Result<void> LookAt(const Call& call, const RecordAsked& asked) {
  TRY(ReadListen(asked.listen));
  const SessionOptions options = SessionOptionsFor(call);
  const System system = TRY(LoadSystemFor(options));
  const RecordedTarget meant = TRY(ReadTarget(system, asked.target, asked.like));
  TRY(ReadOutput(asked, options.places.root, meant.target));
  return {};
}

int RecordOn(const Call& call, Session& session, const RecordAsked& asked) {
  const Result<int> code = Record(call, session, asked);
  if (code.ok()) return *code;
  return Complain(call.voice, Error(code.error().kind(), session.redactor().Mask(code.error().message())));
}

}  // namespace

Command RecordCommand() {
  return {
      .name = "record",
      .summary = "stand between a real client and a server, and write what they do as a scenario",
      .group = CommandGroup::kLoop,
      .description =
          "Listens on this machine, passes everything on to a server on the environment, and knows by the "
          "tokens who asks. The scenario names people in place of tokens, and holds the server to what it "
          "did at both ends and to what must never be: that it gives anybody what is another's. Tokens lie "
          "in files for the account that runs this, and are gone at the end. Ctrl-C ends the recording.",
      .examples = {{"iff record --listen 127.0.0.1:0 --target jira", "a server of the system file, launched for it"},
                   {"iff record --target http://127.0.0.1:PORT/mcp --like jira", "one that runs already"}},
      .declare = [](Options& options, Arguments& arguments) -> Deed {
        const auto asked = std::make_shared<RecordAsked>();
        arguments = {
            {.names = "--listen",
             .value = "ADDRESS",
             .into = &asked->listen,
             .help = "where clients connect; port 0, the default, takes any"},
            {.names = "--target",
             .value = "NAME|URL",
             .into = &asked->target,
             .takes = Takes::kTargets,
             .required = true,
             .help = "a target of the system file, or the address of a server that runs"},
            {.names = "--like",
             .value = "NAME",
             .into = &asked->like,
             .takes = Takes::kTargets,
             .help = "with an address: which target of the system file it is"},
            {.names = "--output,-o",
             .value = "FILE",
             .into = &asked->output,
             .takes = Takes::kFile,
             .help = "the scenario (default: scenarios/recorded/TARGET-TIME.yaml)"},
            {.names = "--title", .value = "TEXT", .into = &asked->title, .help = "its title"},
            {.names = "--tokens",
             .value = "FOLDER",
             .into = &asked->tokens,
             .takes = Takes::kFolder,
             .help = "where everybody's token and password lie meanwhile, as ROLE.token and ROLE.password"},
            FreshArgument(options),
        };
        return {
            .before = [asked](const Call& call) -> std::optional<int> {
              const Result<void> fine = LookAt(call, *asked);
              return fine.ok() ? std::optional<int>() : Complain(call.voice, fine.error());
            },
            .on_environment = [asked](const Call& call, Session& session) { return RecordOn(call, session, *asked); }};
      }};
}

}  // namespace iff
