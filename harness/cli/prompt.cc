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
  Shell(const Call& call, Sandbox& sandbox, std::string persona)
      : call_(call), sandbox_(sandbox), persona_(std::move(persona)) {}
  ~Shell() {
    std::error_code none;
    if (!folder_.empty()) std::filesystem::remove_all(folder_, none);
  }
  Shell(const Shell&) = delete;
  Shell& operator=(const Shell&) = delete;

  Result<int> Run() {
    // Tags are unique, so shells side by side do not meet.
    folder_ = TRY(sandbox_.context().launcher.MakeDirectory("shell-" + sandbox_.principals().all().front().tag, ""));
    TRY(Become(persona_));
    Introduce();
    LineReader lines(call_.in, [this] { return call_.cancelled.load(); });
    while (true) {
      if (call_.console.terminal() && !json()) call_.console.Ask(persona_ + "@" + sandbox_.target().name + "> ");
      const std::optional<std::string> line = lines.Next();
      if (!line || *line == "quit" || *line == "exit") return code_;
      const Result<void> done = Obey(*line);
      if (done.ok()) continue;
      if (json()) {
        SayJson({{"error", done.error().message()}});
      } else {
        call_.console.Say("iff: " + sandbox_.context().redactor.Mask(done.error().message()));
      }
      code_ = ExitCodeFor(done.error());
    }
  }

 private:
  std::string TokenFile(const std::string& attack = "") const {
    return folder_ + "/" + persona_ + (attack.empty() ? "" : "." + attack) + ".token";
  }
  std::string Url() const { return sandbox_.process().endpoint().Url() + sandbox_.target().path; }

  // A login, then the same token with an end that is near. It lies in a file for its owner alone: it is not printed.
  // `scopes`: what to ask for instead of everything the server knows.
  Result<void> Become(const std::string& persona, const std::vector<std::string>& scopes = {}) {
    if (sandbox_.principals().Find(persona) == nullptr) {
      std::vector<std::string> personas;
      for (const Principal& principal : sandbox_.principals().all()) personas.push_back(principal.persona);
      return Error(ErrorKind::kInvalidInput, "nobody is called '" + persona + "'" + DidYouMean(persona, personas));
    }
    const std::string name = persona;
    TRY(sandbox_.principals().Obtain(name, persona, scopes.empty() ? sandbox_.principals().AllScopes() : scopes, ""));
    Credential credential = *sandbox_.principals().FindCredential(name);
    const Result<Forge> forge = sandbox_.principals().MakeForge();
    if (forge.ok()) {
      const int64_t end = sandbox_.context().clock.NowSeconds() + kTokenLives.count();
      credential.value = TRY(forge->Reissue(credential.value, {{"exp", end}}));
      credential.expires_at = end;
      sandbox_.principals().Keep(name, persona, credential);
    }
    persona_ = persona;
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
    const Forge forge = TRY(sandbox_.principals().MakeForge());
    const std::string name = persona_;
    const Secret token = TRY(forge.Make(attack, sandbox_.principals().FindCredential(name)->value));
    sandbox_.principals().Keep(name + ", " + attack, persona_, {.value = token});
    TRY(WriteToken(TokenFile(attack), token));
    if (json()) {
      SayJson({{"as", persona_}, {"attack", attack}, {"token_file", TokenFile(attack)}});
    } else {
      call_.console.Say("token      " + persona_ + "'s, changed as 'iff explain " + attack + "' says, in " +
                        TokenFile(attack));
    }
    return {};
  }

  // One line on standard output for each thing there is to say, so that a program can read along.
  bool json() const { return call_.options.json; }
  void SayJson(const Json& what) { call_.console.Say(Dump(sandbox_.context().redactor.MaskAll(what))); }

  void Introduce() {
    const std::string bearer = "\"Authorization: Bearer $(cat " + ShellWord(TokenFile()) + ")\"";
    const HttpRequest request =
        McpRequest(Revision::k20260728, sandbox_.target().path, "tools/list", Json::object(), 1);
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
      for (const auto& [name, component] : sandbox_.components().All<Component>())
        components[name] = component->endpoint().Url();
      SayJson({{"as", persona_},
               {"target", sandbox_.target().name},
               {"url", Url()},
               {"components", components},
               {"token_file", TokenFile()},
               {"token_seconds", kTokenLives.count()},
               {"curl", curl},
               {"inspector", inspector}});
      return;
    }
    call_.console.Say("server     " + sandbox_.target().name + " at " + Url());
    for (const auto& [name, component] : sandbox_.components().All<Component>()) {
      call_.console.Say("           " + name + " at " + component->endpoint().Url());
    }
    call_.console.Say("token      " + persona_ + "'s, for " + std::to_string(kTokenLives.count()) + " s, in " +
                      TokenFile());
    call_.console.Say("curl       " + curl);
    call_.console.Say("inspector  " + inspector);
    call_.console.Say("type 'help' for what can be done here; all of it is gone after 'quit'");
  }

  Result<void> Obey(const std::string& line) {
    std::istringstream in(line);
    std::string word;
    if (!(in >> word)) return {};
    if (word == "help") {
      std::string operations;
      for (const auto& [name, operation] : sandbox_.target().operations) operations += " " + name;
      if (json()) {
        Json names = Json::array();
        for (const auto& [name, operation] : sandbox_.target().operations) names.push_back(name);
        SayJson({{"commands", {"tools", "call", "as", "curl", "forge", "log", "quit"}}, {"operations", names}});
        return {};
      }
      call_.console.Say("tools                       what there is");
      call_.console.Say("call TOOL [name=value ...]  or one JSON object");
      call_.console.Say("OPERATION [PERSONA]            of:" + operations);
      call_.console.Say(
          "as PERSONA [SCOPE ...]         be somebody else, or the same with fewer scopes; curl: the lines for whom "
          "you "
          "are");
      call_.console.Say(
          "forge ATTACK                a token of whom you are, wrong in one way ('iff explain ATTACK'), in a file");
      call_.console.Say("log                         what the server has written since you last asked; quit");
      return {};
    }
    if (word == "as") {
      std::string persona;
      in >> persona;
      std::vector<std::string> scopes;
      for (std::string scope; in >> scope;) scopes.push_back(scope);
      TRY(Become(persona, scopes));
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
    CallStep step{.sending = {.with = persona_}};
    if (word == "call") {
      in >> step.tool;
      step.arguments = TRY(ReadArguments(in));
    } else {
      std::vector<std::string> known = {"help", "as", "curl", "forge", "log", "tools", "call", "quit"};
      for (const auto& [name, operation] : sandbox_.target().operations) known.push_back(name);
      if (!sandbox_.target().operations.contains(word)) {
        return Error(ErrorKind::kInvalidInput,
                     "nothing is called '" + word + "'" + DidYouMean(word, known) + ": 'help'");
      }
      step.operation = word;
      in >> step.of;
      if (!step.of.empty() && sandbox_.principals().Find(step.of) == nullptr) {
        return Error(ErrorKind::kInvalidInput, "nobody is called '" + step.of + "'");
      }
    }
    return Send("tools/call", TRY(sandbox_.client().CallParams(step, persona_)));
  }

  Result<void> Send(const std::string& method, Json params) {
    const Cursors marks = sandbox_.observer().Mark();
    const SendOutcome outcome = sandbox_.client().Send({.with = persona_}, method, std::move(params), method);
    if (!outcome.answer) return Error(ErrorKind::kUnavailable, outcome.silence);
    const McpAnswer& answer = *outcome.answer;
    const Redactor& redactor = sandbox_.context().redactor;
    Observation seen;
    sandbox_.observer().Observe(marks, persona_, outcome, seen);
    (void)sandbox_.trace().Take();
    const std::vector<std::string> behind = OtherEnd(seen.downstream);
    if (json()) {
      SayJson({{"as", persona_},
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
    call_.console.Say(head);
    // What may be on a screen may be in a mail: secrets stay masked here too.
    call_.console.Say(redactor.Mask(answer.message.is_null() ? answer.body : DumpPretty(answer.message)));
    std::string_view margin = "behind   ";
    for (const std::string& line : behind) {
      call_.console.Say(std::string(margin) + redactor.Mask(line));
      margin = "         ";
    }
    if (behind.empty()) call_.console.Say("behind   nothing was asked");
    return {};
  }

  // What was seen behind the server meanwhile.
  static std::vector<std::string> OtherEnd(const Downstream& seen) {
    std::vector<std::string> lines;
    for (const DownstreamEvent& event : seen.events) {
      const std::string& persona = event.act.persona;
      lines.push_back(event.act.source.component + ": as " + (persona.empty() ? "nobody" : persona) + ", " +
                      TextOf(event.act));
    }
    for (const NotObservable& one : seen.not_observable)
      lines.push_back(PlaceOf(one) + " could not be read: " + one.reason);
    return lines;
  }

  void ShowLog() {
    const std::string log = sandbox_.process().Log();
    const size_t from = std::min(logged_, log.size());
    logged_ = log.size();
    std::string fresh = sandbox_.context().redactor.Mask(log.substr(from));
    while (fresh.ends_with('\n')) fresh.pop_back();
    if (json()) {
      SayJson({{"log", fresh}});
      return;
    }
    call_.console.Say(fresh.empty() ? "the server has written nothing" : fresh);
  }

  const Call& call_;
  Sandbox& sandbox_;
  std::string persona_;
  std::string folder_;
  size_t logged_ = 0;  // of the server's log
  int code_ = 0;
};

}  // namespace

Result<int> PromptOn(const Call& call, Sandbox& sandbox, const std::string& persona) {
  return Shell(call, sandbox, persona).Run();
}

}  // namespace iff
