#include "harness/scenario/load.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "harness/core/yaml.h"
#include "harness/scenario/load_fault.h"

namespace iff {
namespace {

std::vector<std::string> List(const std::set<std::string>& names) { return {names.begin(), names.end()}; }

const std::vector<std::string> kActions = {"obtain", "exchange", "mint",  "call", "list",   "read",  "rotate",
                                           "revoke", "wait",     "fault", "heal", "replay", "probe", "attack"};

const std::vector<std::string> kConditions = {"tool",      "status",    "challenge", "refused",      "rpc_error",
                                              "discloses", "withholds", "upstream",  "audit",        "no_secret_in",
                                              "within",    "header",    "says",      "silent_about", "lists",
                                              "grows",     "probe",     "tally",     "names",        "names_not"};

// What stands beside a step's word. A step without one is told by what is left: that is where the slip is.
const std::set<std::string> kCompanions = {"label",     "expect",   "with",     "as",     "revision", "session_of",
                                           "times",     "for",      "scopes",   "client", "patience", "eventually",
                                           "from",      "audience", "forge",    "change", "header",   "of",
                                           "arguments", "delay",    "operation"};

constexpr std::string_view kNoCertificates = "nobody has a certificate here: want 'tls: true' under 'given'";

class ScenarioReader : private YamlReader {
 public:
  ScenarioReader(const YamlFile& file, std::string suite, const Vocabulary& vocabulary)
      : YamlReader(file), suite_(std::move(suite)), vocabulary_(vocabulary), path_(file.path()) {}
  using YamlReader::mistakes;

  std::vector<Scenario> Read() {
    Members("", {"id", "title", "target", "targets", "except", "tags", "exclusive", "given", "steps"});
    Members("/given", {"subjects", "settings", "relaxed", "tls"});
    Scenario scenario{.id = Text("/id", true), .suite = suite_, .title = Text("/title", true), .file = path_};
    if (!scenario.id.empty() && !scenario.id.starts_with(suite_ + "/")) {
      Mistake("/id", "the id of a scenario in this folder begins with '" + suite_ + "/'");
    }
    scenario.tags = Texts("/tags");
    scenario.exclusive = Flag("/exclusive");
    for (const std::string& at : Items("/given/subjects")) {
      for (GivenSubject& subject : Subjects(at)) scenario.subjects.push_back(std::move(subject));
    }
    for (const auto& [key, at] : Entries("/given/settings")) scenario.settings[key] = Text(at, true);
    scenario.tls = tls_ = Flag("/given/tls");
    for (const auto& [key, at] : Entries("/given/relaxed")) scenario.relaxed[key] = Text(at, true);
    for (const std::string& at : Items("/steps")) scenario.steps.push_back(ReadStep_(at));
    if (scenario.steps.empty()) Mistake("/steps", "a scenario has at least one step");
    if (checks_.empty() && !scenario.steps.empty()) Mistake("/steps", "a scenario that expects nothing proves nothing");

    const std::vector<std::string> targets = Targets();
    std::vector<Scenario> scenarios;
    for (const std::string& target : targets) {
      if (!vocabulary_.targets.contains(target)) {
        Mistake(Has("/target") ? "/target" : "/targets",
                "unknown target '" + target + "'" + DidYouMean(target, List(vocabulary_.targets)));
      }
      Scenario one = scenario;
      one.target = target;
      one.id += "@" + target;
      one.source = *Get("");
      one.source.erase("targets");
      one.source.erase("except");
      one.source["target"] = target;
      scenarios.push_back(std::move(one));
    }
    if (targets.empty() && !any_) Mistake("", "'target' or 'targets' is missing: which server is this about?");
    return scenarios;
  }

 private:
  // `any`: every target of the system but those under `except`.
  std::vector<std::string> Targets() {
    std::vector<std::string> targets = Texts("/targets");
    if (Has("/target")) targets.push_back(Text("/target"));
    any_ = targets == std::vector<std::string>{"any"};
    const std::vector<std::string> except = Texts("/except");
    if (!any_) {
      if (!except.empty()) Mistake("/except", "'except' stands beside 'targets: any'");
      return targets;
    }
    for (const std::string& target : except) {
      if (!vocabulary_.targets.contains(target)) {
        Mistake("/except", "unknown target '" + target + "'" + DidYouMean(target, List(vocabulary_.targets)));
      }
    }
    targets = List(vocabulary_.any);
    std::erase_if(targets, [&](const std::string& target) {
      return std::find(except.begin(), except.end(), target) != except.end();
    });
    return targets;
  }

  // One, or `count` of a kind: carol1, carol2, ...
  std::vector<GivenSubject> Subjects(const std::string& at) {
    GivenSubject subject;
    if (const Json* plain = Get(at); plain != nullptr && plain->is_string()) {
      subject.person = OneOf(at, List(vocabulary_.roles));
    } else {
      Members(at, {"name", "holds", "count"});
      subject.person = OneOf(at + "/name", List(vocabulary_.roles));
      if (Get(at) != nullptr && Get(at)->contains("holds")) subject.holds = Texts(at + "/holds");
    }
    const int64_t count = Number(at + "/count").value_or(0);
    if (count < 0 || count > 1000) Mistake(at + "/count", "want 1 to 1000");
    std::vector<GivenSubject> subjects;
    for (int64_t i = 1; i <= std::max<int64_t>(1, std::min<int64_t>(count, 1000)); ++i) {
      subject.role = subject.person + (count > 0 ? std::to_string(i) : "");
      if (!roles_.insert(subject.role).second) Mistake(at, "'" + subject.role + "' stands here already");
      subjects.push_back(subject);
    }
    return subjects;
  }

  // A role this scenario gave; using another one later is a mistake in the file, not a failure of a server.
  std::string Role(const std::string& at, bool required = true) { return OneOf(at, List(roles_), required); }
  std::string CredentialName(const std::string& at, bool required = true) {
    return OneOf(at, List(credentials_), required);
  }
  std::string NewCredential(const std::string& at) {
    std::string name = Text(at, true);
    if (!name.empty()) credentials_.insert(name);
    return name;
  }
  std::vector<std::string> Forged() const {
    std::vector<std::string> forged = List(vocabulary_.attacks);
    std::erase_if(forged, [this](const std::string& attack) {
      return vocabulary_.of_proofs.contains(attack) || vocabulary_.of_certificates.contains(attack);
    });
    return forged;
  }
  std::string ComponentName(const std::string& at) { return OneOf(at, List(vocabulary_.components)); }

  Step ReadStep_(const std::string& at) {
    Step step{.line = Line(at)};
    const Json* value = Get(at);
    if (value == nullptr || !value->is_object()) {
      Mistake(at, "a step is a mapping with one of: obtain, call, ...");
      return step;
    }
    std::string word;
    for (const std::string& action : kActions) {
      if (!value->contains(action)) continue;
      if (!word.empty()) Mistake(at + "/" + action, "a step does one thing: this one already says '" + word + "'");
      word = action;
    }
    if (word.empty()) {
      std::string meant = value->empty() ? "" : value->begin().key();
      for (const auto& [key, unused] : value->items()) {
        if (kCompanions.contains(key)) continue;
        meant = key;
        break;
      }
      Mistake(at + "/" + PointerToken(meant), "unknown step '" + meant + "'" + DidYouMean(meant, kActions));
      return step;
    }
    step.action = ReadAction(at, word);
    step.label = Text(at + "/label");
    if (!step.label.empty()) labels_.insert(step.label);
    for (const std::string& item : Items(at + "/expect")) step.expect.push_back(ReadExpectation(item));
    if (const auto* attack = std::get_if<AttackStep>(&step.action);
        attack != nullptr && vocabulary_.by_policy.contains(attack->attack)) {
      for (Expectation& expectation : step.expect) expectation.strict = true;
    }
    return step;
  }

  void StepMembers(const std::string& at, std::vector<std::string> own) {
    own.insert(own.end(), {"label", "expect"});
    Members(at, own);
  }
  void SendingMembers(const std::string& at, std::vector<std::string> own) {
    own.insert(own.end(),
               {"with", "as", "certificate_of", "revision", "session_of", "times", "patience", "eventually"});
    StepMembers(at, own);
  }

  Action ReadAction(const std::string& at, const std::string& word) {
    const std::string self = at + "/" + word;
    if (word == "obtain") {
      StepMembers(at, {"obtain", "for", "from", "scopes", "client", "also", "bound"});
      ObtainStep step{.name = NewCredential(self), .subject = Role(at + "/for"), .client = Text(at + "/client")};
      if (Has(at + "/scopes")) step.scopes = Texts(at + "/scopes");
      if (Has(at + "/also")) step.also = Texts(at + "/also");
      step.bound = Flag(at + "/bound");
      step.issuer = Text(at + "/from");
      if (step.bound) bound_.insert(step.name);
      return step;
    }
    if (word == "exchange") {
      StepMembers(at, {"exchange", "from", "client", "audience"});
      ExchangeStep step{.from = CredentialName(at + "/from"),
                        .client = Text(at + "/client", true),
                        .audience = Text(at + "/audience", true)};
      step.name = NewCredential(self);
      return step;
    }
    if (word == "mint") {
      StepMembers(at, {"mint", "from", "forge", "change", "header", "to_certificate"});
      MintStep step{.from = CredentialName(at + "/from"),
                    .forge = OneOf(at + "/forge", Forged(), false),
                    .to_certificate = Flag(at + "/to_certificate"),
                    .change = Object(at + "/change"),
                    .header = Object(at + "/header")};
      if (step.to_certificate && !tls_) Mistake(at + "/to_certificate", kNoCertificates);
      step.name = NewCredential(self);
      return step;
    }
    if (word == "call") {
      SendingMembers(at, {"call", "of", "arguments"});
      CallStep step{.sending = ReadSending(at), .of = Role(at + "/of", false)};
      const std::string name = Text(self, true);
      if (vocabulary_.operations.contains(name)) {
        step.operation = name;
      } else {
        step.tool = name;
        if (!vocabulary_.tools.empty() && !vocabulary_.tools.contains(name)) {
          std::vector<std::string> known = List(vocabulary_.tools);
          for (const std::string& operation : vocabulary_.operations) known.push_back(operation);
          Mistake(self, "no target has a tool or operation called '" + name + "'" + DidYouMean(name, known));
        }
      }
      if (Has(at + "/arguments")) step.arguments = Object(at + "/arguments");
      return step;
    }
    if (word == "list") {
      SendingMembers(at, {"list"});
      return ListStep{.sending = ReadSending(at), .method = Text(self, true)};
    }
    if (word == "read") {
      SendingMembers(at, {"read"});
      return ReadStep{.sending = ReadSending(at), .uri = Text(self, true)};
    }
    if (word == "rotate") {
      StepMembers(at, {"rotate"});
      OneOf(self, {"keys"});
      return RotateStep{};
    }
    if (word == "revoke") {
      StepMembers(at, {"revoke", "of"});
      return RevokeStep{.what = OneOf(self, {"sessions", "account", "grants", "entity", "credential"}),
                        .subject = Role(at + "/of")};
    }
    if (word == "wait") {
      StepMembers(at, {"wait"});
      const auto span = Span(self).value_or(std::chrono::milliseconds(0));
      if (span > std::chrono::milliseconds(200)) {
        Mistake(self, "nobody waits longer than 200ms: mint a time, or use 'eventually'");
      }
      return WaitStep{.span = span};
    }
    if (word == "fault") {
      StepMembers(at, {"fault", "as", "delay", "after", "of", "path", "nth", "startup"});
      return ReadFault(*this, at, vocabulary_, roles_);
    }
    if (word == "heal") {
      StepMembers(at, {"heal"});
      return HealStep{.component = ComponentName(self)};
    }
    if (word == "replay") {
      SendingMembers(at, {"replay"});
      return ReplayStep{.sending = ReadSending(at), .label = OneOf(self, List(labels_))};
    }
    if (word == "probe") {
      StepMembers(at, {"probe", "arguments"});
      return ProbeStep{.name = OneOf(self, List(vocabulary_.probes)), .arguments = Object(at + "/arguments")};
    }
    StepMembers(at, {"attack", "from", "operation"});
    if (!Has(at + "/expect")) Mistake(at, "an attack needs an 'expect': name the check");
    AttackStep step{.attack = OneOf(self, List(vocabulary_.attacks)),
                    .from = CredentialName(at + "/from"),
                    .operation = OneOf(at + "/operation", List(vocabulary_.operations))};
    if (vocabulary_.of_proofs.contains(step.attack) && !bound_.contains(step.from)) {
      Mistake(
          at + "/from",
          "'" + step.from + "' is not bound to a key, so there is no proof to be wrong: obtain it with 'bound: true'");
    }
    if (vocabulary_.of_certificates.contains(step.attack) && !tls_) Mistake(at, kNoCertificates);
    return step;
  }

  Sending ReadSending(const std::string& at) {
    const std::vector<std::string> presentations = {"header",     "lower_case_scheme",
                                                    "query",      "header_and_query",
                                                    "body",       "cookie",
                                                    "basic",      "twice",
                                                    "bare",       "bearer",
                                                    "dpop",       "without_proof",
                                                    "two_proofs", "certificate_in_fields"};
    Sending sending{
        .with = CredentialName(at + "/with", false),
        .revision = OneOf(at + "/revision", {"2024-11-05", "2025-06-18", "2025-11-25", "2026-07-28"}, false),
        .session_of = CredentialName(at + "/session_of", false),
        .times = Number(at + "/times").value_or(1)};
    if (const std::string as = OneOf(at + "/as", presentations, false); !as.empty()) {
      const auto found = std::find(presentations.begin(), presentations.end(), as) - presentations.begin();
      sending.as = static_cast<Presentation>(found);
    }
    if (Has(at + "/certificate_of")) {
      sending.certificate_of = Text(at + "/certificate_of") == "nobody" ? "nobody" : Role(at + "/certificate_of");
    }
    const bool certified = !sending.certificate_of.empty() || sending.as == Presentation::kCertificateInFields;
    if (certified && !tls_) Mistake(at, kNoCertificates);
    if (sending.times < 1 || sending.times > 10'000) Mistake(at + "/times", "want 1 to 10000");
    if (const auto span = Span(at + "/patience")) sending.patience = *span;
    if (const auto span = Span(at + "/eventually")) sending.eventually = *span;
    return sending;
  }

  Expectation ReadExpectation(const std::string& at) {
    Expectation expectation{.check = Text(at + "/check", true), .clause = Text(at + "/clause"), .line = Line(at)};
    std::vector<std::string> known = kConditions;
    known.insert(known.end(), {"check", "level", "clause", "strict"});
    Members(at, known);
    expectation.must = OneOf(at + "/level", {"must", "should"}) != "should";
    expectation.strict = Flag(at + "/strict");
    if (!expectation.check.empty() && !checks_.insert(expectation.check).second) {
      Mistake(at + "/check", "check '" + expectation.check + "' stands in this scenario already");
    }
    std::string word;
    const Json* value = Get(at);
    for (const std::string& condition : kConditions) {
      if (value == nullptr || !value->is_object() || !value->contains(condition)) continue;
      if (!word.empty())
        Mistake(at + "/" + condition, "a check expects one thing: this one already says '" + word + "'");
      word = condition;
    }
    if (word.empty()) {
      Mistake(at, "a check needs something to expect: tool, status, refused, discloses, upstream, ...");
    } else {
      expectation.condition = ReadCondition(at + "/" + word, word);
    }
    return expectation;
  }

  Condition ReadCondition(const std::string& at, const std::string& word) {
    if (word == "tool") {
      if (const Json* value = Get(at); value != nullptr && value->is_object()) {
        Members(at, {"fails"});
        return ToolFails{.codes = Texts(at + "/fails")};
      }
      if (OneOf(at, {"succeeds", "fails"}) == "fails") return ToolFails{};
      return ToolSucceeds{};
    }
    if (word == "status") {
      HttpStatusIs condition;
      for (const int64_t number : Numbers(at)) condition.statuses.push_back(static_cast<int>(number));
      return condition;
    }
    if (word == "challenge") {
      if (const Json* value = Get(at); value != nullptr && value->is_object()) {
        Members(at, {"error", "scoped"});
        const std::string error = Text(at + "/error");
        return Challenges{.error = error == "none" ? "" : error, .scoped = Flag(at + "/scoped")};
      }
      const std::string error = OneOf(at, {"none", "invalid_token", "invalid_request", "insufficient_scope"});
      return Challenges{.error = error == "none" ? "" : error};
    }
    if (word == "refused") {
      const std::string what = OneOf(at, {"token", "proof", "request"});
      if (what == "proof") return RefusesProof{};
      if (what == "request") return RefusesRequest{};
      return RefusesToken{};
    }
    if (word == "rpc_error") return RpcErrorIs{.codes = Numbers(at)};
    if (word == "discloses") return Discloses{.roles = Roles(at)};
    if (word == "withholds") {
      if (const Json* value = Get(at); value != nullptr && *value == Json("others")) return Withholds{};
      return Withholds{.roles = Roles(at)};
    }
    if (word == "upstream") {
      Members(at, {"component", "calls", "at_least", "owner"});
      UpstreamSaw condition{.component = ComponentName(at + "/component"),
                            .calls = Number(at + "/calls"),
                            .at_least = Number(at + "/at_least"),
                            .owner = Role(at + "/owner", false)};
      if (!condition.calls && !condition.at_least) Mistake(at, "want 'calls' or 'at_least'");
      return condition;
    }
    if (word == "audit") {
      Members(at, {"component", "owner", "operation", "path", "allowed", "times", "at_least"});
      Audited condition{.component = ComponentName(at + "/component"),
                        .owner = Role(at + "/owner", false),
                        .operation = Text(at + "/operation"),
                        .path = Text(at + "/path"),
                        .times = Number(at + "/times"),
                        .at_least = Number(at + "/at_least")};
      if (Has(at + "/allowed")) condition.allowed = Flag(at + "/allowed");
      if (!condition.times && !condition.at_least) Mistake(at, "want 'times' or 'at_least'");
      return condition;
    }
    if (word == "no_secret_in") {
      NoSecretIn condition{.places = Texts(at)};
      for (const std::string& place : condition.places) {
        const std::vector<std::string> known = {"answer", "log", "audit", "upstream", "far_side"};
        if (std::find(known.begin(), known.end(), place) == known.end()) {
          Mistake(at, "unknown place '" + place + "'" + DidYouMean(place, known));
        }
      }
      return condition;
    }
    if (word == "within") return Within{.span = Span(at).value_or(std::chrono::milliseconds(0))};
    if (word == "header") {
      Members(at, {"name", "contains"});
      return HeaderIs{.name = Text(at + "/name", true), .contains = Text(at + "/contains")};
    }
    if (word == "says") return AnswerSays{.text = Text(at, true)};
    if (word == "silent_about") return AnswerSays{.text = Text(at, true), .absent = true};
    if (word == "names") return NamesPeople{.roles = Roles(at)};
    if (word == "names_not") return NamesPeople{.roles = Roles(at), .absent = true};
    if (word == "lists") {
      Members(at, {"shown", "hidden"});
      return Lists{.shown = Texts(at + "/shown"), .hidden = Texts(at + "/hidden")};
    }
    if (word == "grows") {
      Members(at, {"component", "what", "at_most"});
      return CountGrows{.component = ComponentName(at + "/component"),
                        .what = Text(at + "/what", true),
                        .at_most = Number(at + "/at_most").value_or(0)};
    }
    if (word == "tally") {
      Members(at, {"what", "exactly", "at_least", "at_most"});
      return Tally{.what = Text(at + "/what", true),
                   .exactly = Number(at + "/exactly"),
                   .at_least = Number(at + "/at_least"),
                   .at_most = Number(at + "/at_most")};
    }
    return ProbeFinds{.finding = Text(at, true)};
  }

  std::vector<int64_t> Numbers(const std::string& at) {
    std::vector<int64_t> numbers;
    if (const Json* value = Get(at); value != nullptr && value->is_array()) {
      for (const std::string& item : Items(at)) numbers.push_back(Number(item).value_or(0));
    } else {
      numbers.push_back(Number(at).value_or(0));
    }
    return numbers;
  }

  std::vector<std::string> Roles(const std::string& at) {
    const std::vector<std::string> roles = Texts(at);
    for (const std::string& role : roles) {
      if (!roles_.contains(role)) {
        Mistake(at, "'" + role + "' is not among this scenario's subjects" + DidYouMean(role, List(roles_)));
      }
    }
    return roles;
  }

  std::string suite_;
  const Vocabulary& vocabulary_;
  std::string path_;
  std::set<std::string> roles_;
  std::set<std::string> credentials_;
  std::set<std::string> bound_ = {};  // of those
  bool tls_ = false;
  std::set<std::string> labels_;
  std::set<std::string> checks_;
  bool any_ = false;
};

Result<std::vector<Scenario>> ReadScenarios(const YamlFile& file, const std::string& suite,
                                            const Vocabulary& vocabulary) {
  ScenarioReader reader(file, suite, vocabulary);
  std::vector<Scenario> scenarios = reader.Read();
  if (!reader.mistakes().empty()) return Error(ErrorKind::kInvalidInput, reader.mistakes());
  return scenarios;
}

std::string ClaimOf(const std::filesystem::path& readme) {
  std::ifstream in(readme);
  std::string claim;
  for (std::string line; std::getline(in, line);) claim += line + "\n";
  return claim;
}

// What a scenario's id begins with.
std::string SuiteOf(const YamlFile& file) {
  const std::string id = AtOr<std::string>(file.value(), "/id", "");
  return id.substr(0, id.find('/'));
}

}  // namespace

Result<std::vector<Scenario>> LoadScenario(const std::string& path, const std::string& suite,
                                           const Vocabulary& vocabulary) {
  const YamlFile file = TRY(YamlFile::Load(path));
  return ReadScenarios(file, suite.empty() ? SuiteOf(file) : suite, vocabulary);
}

Result<std::vector<Scenario>> ParseScenario(const std::string& path, std::string_view text, const std::string& suite,
                                            const Vocabulary& vocabulary) {
  const YamlFile file = TRY(YamlFile::Parse(path, text));
  return ReadScenarios(file, suite.empty() ? SuiteOf(file) : suite, vocabulary);
}

Result<std::vector<Suite>> LoadSuites(const std::string& directory, const Vocabulary& vocabulary) {
  namespace fs = std::filesystem;
  std::error_code problem;
  std::vector<fs::path> folders;
  for (const auto& entry : fs::directory_iterator(directory, problem)) {
    if (entry.is_directory()) folders.push_back(entry.path());
  }
  if (problem) return SystemError("read suites in " + directory, problem.value());
  std::sort(folders.begin(), folders.end());

  std::vector<Suite> suites;
  std::string mistakes;
  std::set<std::string> ids;
  for (const fs::path& folder : folders) {
    Suite suite{.name = folder.filename().string(), .claim = ClaimOf(folder / "README.md")};
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(folder, problem)) {
      if (entry.path().extension() == ".yaml") files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    for (const fs::path& file : files) {
      Result<std::vector<Scenario>> loaded = LoadScenario(file.string(), suite.name, vocabulary);
      if (!loaded.ok()) {
        mistakes += (mistakes.empty() ? "" : "\n") + loaded.error().message();
        continue;
      }
      for (Scenario& scenario : loaded.value()) {
        if (!ids.insert(scenario.id).second) {
          mistakes +=
              (mistakes.empty() ? "" : "\n") + file.string() + ":1:1: scenario id '" + scenario.id + "' is taken";
        }
        suite.scenarios.push_back(std::move(scenario));
      }
    }
    if (!suite.scenarios.empty()) suites.push_back(std::move(suite));
  }
  if (!mistakes.empty()) return Error(ErrorKind::kInvalidInput, mistakes);
  return suites;
}

}  // namespace iff
