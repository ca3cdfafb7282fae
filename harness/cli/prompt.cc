#include "harness/cli/prompt.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "harness/core/plain.h"
#include "harness/core/yaml.h"

namespace iff {
namespace {

// Long enough to try something, short enough to be forgotten on a screen.
constexpr std::chrono::seconds kTokenLives = std::chrono::minutes(10);

// Lines of whoever types; nothing at the end of the input, or when cancelled.
class LineReader {
 public:
  LineReader(int descriptor, std::function<bool()> cancelled)
      : descriptor_(descriptor), cancelled_(std::move(cancelled)) {}

  std::optional<std::string> Next() {
    while (true) {
      if (const size_t end = read_.find('\n'); end != std::string::npos) {
        std::string line = read_.substr(0, end);
        read_.erase(0, end + 1);
        return line;
      }
      if (cancelled_() || ended_ || descriptor_ < 0) {
        if (read_.empty() || cancelled_()) return {};
        return std::exchange(read_, "");
      }
      pollfd end{descriptor_, POLLIN, 0};
      if (poll(&end, 1, 50) <= 0) continue;
      char text[1024];
      const ssize_t size = read(descriptor_, text, sizeof text);
      if (size <= 0) ended_ = true;
      if (size > 0) read_.append(text, static_cast<size_t>(size));
    }
  }

 private:
  int descriptor_;
  std::function<bool()> cancelled_;
  std::string read_;
  bool ended_ = false;
};

// "key=value" words, whose values are read as YAML, or one JSON object.
Result<Json> ReadArguments(std::istringstream& in) {
  std::string rest;
  std::getline(in >> std::ws, rest);
  if (rest.starts_with("{")) return ParseJson(rest).While("read the arguments");
  Json arguments = Json::object();
  std::istringstream words(rest);
  for (std::string word; words >> word;) {
    const size_t equals = word.find('=');
    if (equals == std::string::npos || equals == 0) {
      return Error(ErrorKind::kInvalidInput, "'" + word + "': want name=value, or one JSON object");
    }
    const Result<YamlFile> value = YamlFile::Parse("argument", word.substr(equals + 1));
    arguments[word.substr(0, equals)] = value.ok() ? value->value() : Json(word.substr(equals + 1));
  }
  return arguments;
}

class Shell {
 public:
  Shell(const Call& call, Stage& stage, std::string role) : call_(call), stage_(stage), role_(std::move(role)) {}
  ~Shell() {
    std::error_code none;
    if (!folder_.empty()) std::filesystem::remove_all(folder_, none);
  }
  Shell(const Shell&) = delete;
  Shell& operator=(const Shell&) = delete;

  Result<int> Run() {
    // Tags are unique, so shells side by side do not meet.
    folder_ = TRY(stage_.ground().launcher.MakeDirectory("shell-" + stage_.subjects().front().tag, ""));
    TRY(Become(role_));
    Introduce();
    LineReader lines(call_.in, [this] { return call_.cancelled.load(); });
    while (true) {
      if (call_.voice.terminal() && !json()) call_.voice.Ask(role_ + "@" + stage_.target().name + "> ");
      const std::optional<std::string> line = lines.Next();
      if (!line || *line == "quit" || *line == "exit") return code_;
      const Result<void> done = Obey(*line);
      if (done.ok()) continue;
      if (json()) {
        SayJson({{"error", done.error().message()}});
      } else {
        call_.voice.Say("iff: " + stage_.ground().redactor.Mask(done.error().message()));
      }
      code_ = ExitCodeFor(done.error());
    }
  }

 private:
  std::string TokenFile(const std::string& attack = "") const {
    return folder_ + "/" + role_ + (attack.empty() ? "" : "." + attack) + ".token";
  }
  std::string Url() const { return stage_.target_endpoint().Url() + stage_.target().path; }

  // A login, then the same token with an end that is near. It lies in a file for its owner alone: it is not printed.
  // `scopes`: what to ask for instead of everything the server knows.
  Result<void> Become(const std::string& role, const std::vector<std::string>& scopes = {}) {
    if (stage_.FindSubject(role) == nullptr) {
      std::vector<std::string> roles;
      for (const Subject& subject : stage_.subjects()) roles.push_back(subject.role);
      return Error(ErrorKind::kInvalidInput, "nobody is called '" + role + "'" + DidYouMean(role, roles));
    }
    const std::string name = role;
    TRY(stage_.Obtain(name, role, scopes.empty() ? stage_.AllScopes() : scopes, ""));
    Credential credential = *stage_.FindCredential(name);
    const Result<Forge> forge = stage_.MakeForge();
    if (forge.ok()) {
      const int64_t end = stage_.ground().clock.NowSeconds() + kTokenLives.count();
      credential.value = TRY(forge->Reissue(credential.value, {{"exp", end}}));
      credential.expires_at = end;
      stage_.Keep(name, role, credential);
    }
    role_ = role;
    return WriteToken(TokenFile(), credential.value);
  }

  static Result<void> WriteToken(const std::string& path, const Secret& token) {
    const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0) return SystemError("write " + path, errno);
    const std::string& value = token.Reveal();
    const ssize_t written = write(file, value.data(), value.size());
    close(file);
    return written == static_cast<ssize_t>(value.size()) ? Result<void>() : SystemError("write " + path, EIO);
  }

  // An attack of the catalogue, for tools and scripts of others: the token goes into a file and is not sent.
  Result<void> WriteForged(const std::string& attack) {
    std::vector<std::string> known;
    for (const Attack& one : Forge::Attacks()) known.push_back(one.id);
    if (std::find(known.begin(), known.end(), attack) == known.end()) {
      return Error(ErrorKind::kInvalidInput, "no attack is called '" + attack + "'" + DidYouMean(attack, known));
    }
    const Forge forge = TRY(stage_.MakeForge());
    const std::string name = role_;
    const Secret token = TRY(forge.Make(attack, stage_.FindCredential(name)->value));
    stage_.Keep(name + ", " + attack, role_, {.value = token});
    TRY(WriteToken(TokenFile(attack), token));
    if (json()) {
      SayJson({{"as", role_}, {"attack", attack}, {"token_file", TokenFile(attack)}});
    } else {
      call_.voice.Say("token      " + role_ + "'s, changed as 'iff explain " + attack + "' says, in " +
                      TokenFile(attack));
    }
    return {};
  }

  // One line on standard output for each thing there is to say, so that a program can read along.
  bool json() const { return call_.options.json; }
  void SayJson(const Json& what) { call_.voice.Say(Dump(stage_.ground().redactor.MaskAll(what))); }

  void Introduce() {
    const std::string bearer = "\"Authorization: Bearer $(cat " + ShellWord(TokenFile()) + ")\"";
    const HttpRequest request = McpRequest(Revision::k20260728, stage_.target().path, "tools/list", Json::object(), 1);
    std::string curl = "curl -sS " + ShellWord(Url()) + " -H " + bearer;
    for (const auto& [name, value] : request.headers.fields()) {
      curl += " -H ";
      curl += ShellWord(std::string(name).append(": ").append(value));
    }
    curl += " -d " + ShellWord(request.body);
    const std::string inspector = "npx @modelcontextprotocol/inspector --cli " + ShellWord(Url()) +
                                  " --transport http --method tools/list --header " + bearer;
    if (json()) {
      Json components = Json::object();
      for (const auto& [name, component] : stage_.All<Component>()) components[name] = component->endpoint().Url();
      SayJson({{"as", role_},
               {"target", stage_.target().name},
               {"url", Url()},
               {"components", components},
               {"token_file", TokenFile()},
               {"token_seconds", kTokenLives.count()},
               {"curl", curl},
               {"inspector", inspector}});
      return;
    }
    call_.voice.Say("server     " + stage_.target().name + " at " + Url());
    for (const auto& [name, component] : stage_.All<Component>()) {
      call_.voice.Say("           " + name + " at " + component->endpoint().Url());
    }
    call_.voice.Say("token      " + role_ + "'s, for " + std::to_string(kTokenLives.count()) + " s, in " + TokenFile());
    call_.voice.Say("curl       " + curl);
    call_.voice.Say("inspector  " + inspector);
    call_.voice.Say("type 'help' for what can be done here; all of it is gone after 'quit'");
  }

  Result<void> Obey(const std::string& line) {
    std::istringstream in(line);
    std::string word;
    if (!(in >> word)) return {};
    if (word == "help") {
      std::string operations;
      for (const auto& [name, operation] : stage_.target().operations) operations += " " + name;
      if (json()) {
        Json names = Json::array();
        for (const auto& [name, operation] : stage_.target().operations) names.push_back(name);
        SayJson({{"commands", {"tools", "call", "as", "curl", "forge", "log", "quit"}}, {"operations", names}});
        return {};
      }
      call_.voice.Say("tools                       what there is");
      call_.voice.Say("call TOOL [name=value ...]  or one JSON object");
      call_.voice.Say("OPERATION [ROLE]            of:" + operations);
      call_.voice.Say(
          "as ROLE [SCOPE ...]         be somebody else, or the same with fewer scopes; curl: the lines for whom you "
          "are");
      call_.voice.Say(
          "forge ATTACK                a token of whom you are, wrong in one way ('iff explain ATTACK'), in a file");
      call_.voice.Say("log                         what the server has written since you last asked; quit");
      return {};
    }
    if (word == "as") {
      std::string role;
      in >> role;
      std::vector<std::string> scopes;
      for (std::string scope; in >> scope;) scopes.push_back(scope);
      TRY(Become(role, scopes));
      if (json()) Introduce();
      return {};
    }
    if (word == "curl") {
      Introduce();
      return {};
    }
    if (word == "tools") return Send("tools/list", Json::object());
    if (word == "log") {
      ShowLog();
      return {};
    }
    if (word == "forge") {
      std::string attack;
      in >> attack;
      return WriteForged(attack);
    }
    CallStep step{.sending = {.with = role_}};
    if (word == "call") {
      in >> step.tool;
      step.arguments = TRY(ReadArguments(in));
    } else {
      std::vector<std::string> known = {"help", "as", "curl", "forge", "log", "tools", "call", "quit"};
      for (const auto& [name, operation] : stage_.target().operations) known.push_back(name);
      if (!stage_.target().operations.contains(word)) {
        return Error(ErrorKind::kInvalidInput,
                     "nothing is called '" + word + "'" + DidYouMean(word, known) + ": 'help'");
      }
      step.operation = word;
      in >> step.of;
      if (!step.of.empty() && stage_.FindSubject(step.of) == nullptr) {
        return Error(ErrorKind::kInvalidInput, "nobody is called '" + step.of + "'");
      }
    }
    return Send("tools/call", TRY(stage_.CallParams(step, role_)));
  }

  Result<void> Send(const std::string& method, Json params) {
    const Stage::Marks marks = stage_.Mark();
    const SendOutcome outcome = stage_.Send({.with = role_}, method, std::move(params), method);
    if (!outcome.answer) return Error(ErrorKind::kUnavailable, outcome.silence);
    const McpAnswer& answer = *outcome.answer;
    const Redactor& redactor = stage_.ground().redactor;
    Observation seen;
    stage_.Observe(marks, role_, outcome, seen);
    (void)stage_.TakeTrace();
    const std::vector<std::string> behind = OtherEnd(seen.downstream);
    if (json()) {
      SayJson({{"as", role_},
               {"status", answer.status},
               {"took_ms", outcome.took.count() / 1000},
               {"tool_error", answer.ToolError() ? Json(answer.ToolErrorCode()) : Json()},
               {"answer", answer.message.is_null() ? Json(answer.body) : answer.message},
               {"behind", behind}});
      return {};
    }
    std::string head =
        "HTTP " + std::to_string(answer.status) + " after " + std::to_string(outcome.took.count() / 1000) + " ms";
    if (answer.ToolError()) head += ", the tool says no: " + answer.ToolErrorCode();
    call_.voice.Say(head);
    // What may be on a screen may be in a mail: secrets stay masked here too.
    call_.voice.Say(redactor.Mask(answer.message.is_null() ? answer.body : DumpPretty(answer.message)));
    std::string_view margin = "behind   ";
    for (const std::string& line : behind) {
      call_.voice.Say(std::string(margin) + redactor.Mask(line));
      margin = "         ";
    }
    if (behind.empty()) call_.voice.Say("behind   nothing was asked");
    return {};
  }

  // What was seen behind the server meanwhile.
  static std::vector<std::string> OtherEnd(const Downstream& seen) {
    std::vector<std::string> lines;
    for (const DownstreamEvent& event : seen.events) {
      const std::string& role = event.act.role;
      lines.push_back(event.act.source.component + ": as " + (role.empty() ? "nobody" : role) + ", " +
                      TextOf(event.act));
    }
    for (const NotObservable& one : seen.not_observable)
      lines.push_back(PlaceOf(one) + " could not be read: " + one.reason);
    return lines;
  }

  void ShowLog() {
    const std::string log = stage_.TargetLog();
    const size_t from = std::min(logged_, log.size());
    logged_ = log.size();
    std::string fresh = stage_.ground().redactor.Mask(log.substr(from));
    while (fresh.ends_with('\n')) fresh.pop_back();
    if (json()) {
      SayJson({{"log", fresh}});
      return;
    }
    call_.voice.Say(fresh.empty() ? "the server has written nothing" : fresh);
  }

  const Call& call_;
  Stage& stage_;
  std::string role_;
  std::string folder_;
  size_t logged_ = 0;  // of the server's log
  int code_ = 0;
};

}  // namespace

Result<int> PromptOn(const Call& call, Stage& stage, const std::string& role) { return Shell(call, stage, role).Run(); }

}  // namespace iff
