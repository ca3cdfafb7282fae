// The authorization matrix, asked cell by cell: by everybody, for everybody's things, in every way.
#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

#include "harness/core/bytes.h"
#include "harness/jose/token.h"
#include "harness/run/fill.h"
#include "harness/run/look.h"
#include "scenarios/probes/matrix.h"
#include "scenarios/probes/probes.h"

namespace iff {
namespace {

// What one question came to. `silence`: it was not answered.
struct Reply {
  Answered answer = {};
  int64_t exchange = 0;
  std::string silence = {};
  std::string could_not = {};  // nothing could be made that it might change, and why
};

class Matrix {
 public:
  explicit Matrix(Sandbox& sandbox) : sandbox_(sandbox), scanner_(sandbox.context().redactor) {}

  Result<void> LogAllIn() {
    for (const Principal& principal : sandbox_.principals().all()) {
      TRY(sandbox_.principals().Obtain(principal.persona, principal.persona, sandbox_.principals().AllScopes(), ""));
    }
    return {};
  }

  // Everybody's token without each scope that something needs.
  Result<void> MakeFewScopes(const std::vector<Question>& questions) {
    const bool needed = std::any_of(questions.begin(), questions.end(), [](const Question& question) {
      return question.way == Way::kFewScopes || question.way == Way::kListed;
    });
    if (!needed) return {};
    const Forge forge = TRY(sandbox_.principals().MakeForge());
    for (const Question& question : questions) {
      if (question.way != Way::kFewScopes && question.way != Way::kListed) continue;
      const std::string name = CredentialFor(question);
      if (sandbox_.principals().FindCredential(name) != nullptr) continue;
      std::string rest = "openid";
      for (const auto& [use, scope] : sandbox_.target().scopes) {
        if (use != question.asked->scope) rest += " " + scope;
      }
      Credential few;
      few.value =
          TRY(forge.Reissue(sandbox_.principals().FindCredential(question.caller)->value, Json{{"scope", rest}}));
      sandbox_.principals().Keep(name, question.caller, std::move(few));
    }
    return {};
  }

  // A thread asks one caller's questions, so that nobody opens two sessions; several are asked at once. Who shows no
  // token comes last, when the server has somebody to take them for.
  std::vector<Reply> AskAll(const std::vector<Question>& questions) {
    std::map<std::string, std::vector<size_t>> of_caller;
    std::vector<size_t> changing;  // in which two take part
    for (size_t i = 0; i < questions.size(); ++i)
      (questions[i].asked->changes ? changing : of_caller[questions[i].caller]).push_back(i);
    const std::vector<size_t> strangers = std::move(of_caller[""]);
    of_caller.erase("");
    std::vector<std::vector<size_t>> rows;
    for (auto& [caller, row] : of_caller) rows.push_back(std::move(row));
    std::vector<Reply> replies(questions.size());
    std::atomic<size_t> next = 0;
    std::vector<std::thread> threads;
    constexpr int kThreads = 4;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&] {
        for (size_t row = next++; row < rows.size(); row = next++) {
          for (const size_t question : rows[row]) replies[question] = Ask(questions[question]);
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    for (const size_t question : strangers) replies[question] = Ask(questions[question]);
    for (const size_t question : changing) replies[question] = Ask(questions[question]);
    AskAgain(questions, replies);
    return replies;
  }

  // Of thousands of questions a busy machine leaves one or the other unanswered. What is not answered twice, and more
  // than a few at once, is the server's doing.
  void AskAgain(const std::vector<Question>& questions, std::vector<Reply>& replies) {
    constexpr long kMayPass = 3;
    const auto silent = [](const Reply& reply) { return !reply.silence.empty(); };
    if (std::count_if(replies.begin(), replies.end(), silent) > kMayPass) return;
    for (size_t i = 0; i < questions.size(); ++i) {
      if (silent(replies[i])) replies[i] = Ask(questions[i]);
    }
  }

  Reply Ask(const Question& question) {
    const std::string& method = question.asked->method;
    if (question.way == Way::kListed) return AskForList(question);
    if (question.asked->changes) return AskToChange(question);
    const Principal* owner = sandbox_.principals().Find(question.owner);
    const Principal* caller = question.caller.empty() ? owner : sandbox_.principals().Find(question.caller);
    const std::string& upstream = sandbox_.target().upstream;
    const std::string name = FillAll(Json(question.asked->tool), caller, owner, upstream, "").get<std::string>();
    Json params = {{"uri", name}};
    if (method != "resources/read") {
      params = {{"name", name},
                {"arguments", FillAll(question.asked->arguments, caller, owner, upstream, "written by iff")}};
    }
    const std::string title =
        question.caller + " asks for " + question.operation + " of what is " + question.owner + "'s";
    const SendOutcome sent =
        sandbox_.client().Send({.with = CredentialFor(question)}, method, std::move(params), title);
    Reply reply = Judged(sent);
    if (sent.answer && caller != nullptr)
      reply.answer.own = reply.answer.seen.contains(caller->persona) || Names(*caller, *sent.answer);
    return reply;
  }

  // Something by which the server knows the person or a thing of theirs stands in the answer.
  static bool Names(const Principal& person, const McpAnswer& answer) {
    std::vector<std::string> names = {person.id, person.name, person.tag};
    for (const auto& [what, value] : person.items) names.push_back(Unquoted(value));
    constexpr size_t kTelling = 4;  // a shorter one may stand there by chance
    return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
      return name.size() >= kTelling && answer.body.find(name) != std::string::npos;
    });
  }

  // What the server lists for somebody; nothing where it has no such list.
  Result<Listed> Lists(const std::string& credential) {
    return Listed{.tools = TRY(List(credential, "tools/list", "tools")),
                  .resources = TRY(List(credential, "resources/list", "resources")),
                  .templates = TRY(List(credential, "resources/templates/list", "resourceTemplates")),
                  .prompts = TRY(List(credential, "prompts/list", "prompts"))};
  }

  // What each of the target's resources is for everybody; with `owner` only what is theirs.
  std::set<std::string> Uris(const Principal* owner = nullptr) const {
    std::set<std::string> uris;
    for (const auto& [name, resource] : sandbox_.target().resources) {
      for (const Principal& principal : sandbox_.principals().all()) {
        if (owner != nullptr && (owner->persona != principal.persona || !resource.AsksAboutOthers())) continue;
        uris.insert(
            FillAll(Json(resource.tool), &principal, &principal, sandbox_.target().upstream, "").get<std::string>());
      }
    }
    return uris;
  }

 private:
  static std::string CredentialFor(const Question& question) {
    if (question.way == Way::kUsual || question.way == Way::kNoToken) return question.caller;
    return question.caller + " without " + question.asked->scope;
  }

  // Page by page.
  Result<Json> List(const std::string& credential, const std::string& method, const std::string& member) {
    Json all = Json::array();
    constexpr int kMostPages = 100;  // a server may go round in circles
    std::string cursor;
    for (int page = 0; page < kMostPages; ++page) {
      const Json params = cursor.empty() ? Json::object() : Json{{"cursor", cursor}};
      const SendOutcome sent = sandbox_.client().Send({.with = credential}, method, params, method);
      if (!sent.answer) return Error(ErrorKind::kUnavailable, method + ": " + sent.silence);
      for (const Json& one : AtOr<Json>(sent.answer->message, "/result/" + member, Json::array())) all.push_back(one);
      cursor = AtOr<std::string>(sent.answer->message, "/result/nextCursor", "");
      if (cursor.empty()) break;
    }
    return all;
  }

  SendOutcome Call(const Operation& operation, const std::string& credential, const Principal& own, const Principal& of,
                   const std::string& text, const std::string& title) {
    Json params{{"name", operation.tool},
                {"arguments", FillAll(operation.arguments, &own, &of, sandbox_.target().upstream, text)}};
    return sandbox_.client().Send({.with = credential}, "tools/call", std::move(params), title);
  }

  // What the owner of a thing reads of it: what there is of an answer but the number of the request.
  std::string ReadBy(const Principal& owner, const std::string& title) {
    const SendOutcome sent = Call(sandbox_.target().operations.at("read_own"), owner.persona, owner, owner, "", title);
    if (!sent.answer) return "";
    return std::to_string(sent.answer->status) + Dump(AtOr<Json>(sent.answer->message, "/result", nullptr)) +
           Dump(AtOr<Json>(sent.answer->message, "/error", nullptr));
  }

  // On a thing of the owner's that was made for this question: no question finds what another one left, and nobody's
  // canary is overwritten. It was reached if its owner reads something else afterwards.
  Reply AskToChange(const Question& question) {
    const Operation& create = sandbox_.target().operations.at("create");
    Principal owner = *sandbox_.principals().Find(question.owner);
    const std::string about = question.operation + " of what is " + owner.persona + "'s";
    const SendOutcome made =
        Call(create, owner.persona, owner, owner, "made by iff to be changed " + Hex(RandomBytes(4)),
             owner.persona + " makes a thing for it");
    if (!made.answer) return {.silence = made.silence};
    const Result<std::map<std::string, Json>> given = Given(create, *made.answer);
    if (!given.ok()) return {.could_not = about + ": " + given.error().message()};
    for (const auto& [name, value] : *given) owner.items[name] = value;
    const std::string before = ReadBy(owner, owner.persona + " reads it before");
    if (before != ReadBy(owner, owner.persona + " reads it before, again"))
      return {.could_not = about + ": each reading of it is another, so nothing tells whether it was changed"};
    const Principal* caller = question.caller.empty() ? &owner : sandbox_.principals().Find(question.caller);
    if (question.caller == question.owner) caller = &owner;
    const std::string who = question.caller.empty() ? "nobody in particular" : question.caller;
    Reply reply = Judged(Call(*question.asked, CredentialFor(question), *caller, owner,
                              "changed by iff " + Hex(RandomBytes(4)), who + " asks for " + about));
    const bool changed = before != ReadBy(owner, owner.persona + " reads it afterwards");
    reply.answer.changed = changed;
    if (question.way == Way::kUsual) {
      if (reply.answer.succeeded && !changed && question.expected == Decision::kAllow) {
        reply.could_not = about + ": it succeeded, and " + owner.persona +
                          " reads what was there before, so nothing tells whether anybody changes anything by it";
      }
      reply.answer.succeeded = changed;
    }
    return reply;
  }

  Reply AskForList(const Question& question) {
    const std::string member = question.asked->method.substr(0, question.asked->method.find('/'));
    const Result<Json> listed = List(CredentialFor(question), member + "/list", member);
    if (!listed.ok()) return {.silence = listed.error().message()};
    Reply reply{.answer = {.status = 200}};
    for (const Json& one : *listed) {
      const bool same = AtOr<std::string>(one, "/name", "") == question.asked->tool ||
                        AtOr<std::string>(one, "/uri", "") == question.asked->tool;
      if (!same) continue;
      reply.answer.succeeded = true;
      reply.answer.seen.insert(question.owner);
    }
    return reply;
  }

  Reply Judged(const SendOutcome& sent) {
    Reply reply{.exchange = sent.exchange};
    if (!sent.answer) {
      reply.silence = sent.silence;
      return reply;
    }
    const McpAnswer& answer = *sent.answer;
    reply.answer.status = answer.status;
    reply.answer.succeeded = answer.status == 200 && answer.HasResult() && !answer.ToolError();
    reply.answer.challenged =
        answer.status == 403 && answer.headers.Get("WWW-Authenticate").find("insufficient_scope") != std::string::npos;
    const Sightings seen = LookInto(scanner_, answer);
    if (seen.unfinished) reply.silence = "an answer holds more than can be unpacked";
    for (const Sighting& one : seen.found) {
      reply.answer.seen.insert(one.alias.substr(0, one.alias.find('.')));
    }
    return reply;
  }

  Sandbox& sandbox_;
  Scanner scanner_;
};

// Which exchange of the trace shows the answer to which question.
using ShownIn = std::map<size_t, int64_t>;

// Cells of one kind: how many there are, and what is wrong with which.
struct Part {
  size_t cells = 0;
  std::vector<std::string> wrong = {};
  std::optional<size_t> first = {};  // the question at which something was wrong

  void Note(size_t question, std::string what) {
    if (!first) first = question;
    wrong.push_back(std::move(what));
  }

  Finding Told(const ShownIn& shown_in, const std::string& expected, const std::string& none) const {
    Finding finding{.met = wrong.empty(),
                    .expected = expected,
                    .observed = wrong.empty() ? "so it is, in " + std::to_string(cells) + " cells" : Some(wrong)};
    if (cells == 0) finding.inapplicable = none;
    if (const auto shown = first ? shown_in.find(*first) : shown_in.end(); shown != shown_in.end())
      finding.exchange = shown->second;
    return finding;
  }
};

struct Tally {
  Part allowed = {};
  Part denied = {};
  Part strangers = {};
  Part few_scopes = {};
  Part served_anyway = {};  // whoever lacks the scope
  Part hidden = {};
  Part foreign = {};

  Part& Of(const Question& question) {
    switch (question.way) {
      case Way::kNoToken:
        return strangers;
      case Way::kFewScopes:
        return few_scopes;
      case Way::kListed:
        return hidden;
      case Way::kUsual:
        break;
    }
    return question.expected == Decision::kAllow ? allowed : denied;
  }
};

MatrixCell CellOf(const std::string& target, const Question& question, const std::string& owner) {
  MatrixCell cell{.target = target,
                  .caller = question.caller.empty() ? "nobody" : question.caller,
                  .tool = question.asked->tool,
                  .owner = owner,
                  .operation = question.operation,
                  .way = std::string(Name(question.way))};
  if (question.expected == Decision::kStepUp || question.expected == Decision::kHidden)
    cell.decision = Name(question.expected);
  return cell;
}

void Count(const std::string& target, const std::vector<Principal>& principals, size_t number, const Question& question,
           const Answered& answer, Tally& tally, std::vector<MatrixCell>& cells) {
  const std::string wrong = Wrong(question, answer);
  // Served and refused in another way are two faults: the first opens something, the second keeps clients from learning
  // what would.
  const bool served = question.way == Way::kFewScopes && (answer.succeeded || Reached(question, answer));
  if (question.way == Way::kFewScopes) ++tally.served_anyway.cells;
  Part& part = served ? tally.served_anyway : tally.Of(question);
  if (!served) ++part.cells;
  if (!wrong.empty()) part.Note(number, wrong);
  MatrixCell cell = CellOf(target, question, question.owner);
  cell.expected = question.expected == Decision::kAllow;
  cell.reached = Reached(question, answer);
  cell.verdict = wrong.empty() ? Verdict::kPassed : Verdict::kFailed;
  cells.push_back(std::move(cell));
  for (const Principal& other : principals) {
    const bool seen = answer.seen.contains(other.persona);
    const bool entitled =
        other.persona == question.caller || (other.persona == question.owner && question.expected == Decision::kAllow);
    if (entitled || question.way == Way::kListed) continue;
    ++tally.foreign.cells;
    if (seen) {
      tally.foreign.Note(number, (question.caller.empty() ? "nobody in particular" : question.caller) + " asking for " +
                                     question.operation + " saw what is " + other.persona + "'s");
    }
    // A question that names nobody is asked once, and is about everybody.
    if (question.way != Way::kUsual || question.asked->AsksAboutOthers()) continue;
    MatrixCell apart = CellOf(target, question, other.persona);
    apart.reached = seen;
    apart.verdict = seen ? Verdict::kFailed : Verdict::kPassed;
    ++tally.denied.cells;
    if (seen)
      tally.denied.Note(number,
                        question.caller + " asking for " + question.operation + " got what is " + other.persona + "'s");
    cells.push_back(std::move(apart));
  }
}

// Of operations of which the answers came to nothing, whatever the server did: what to change in the file.
std::vector<std::string> ProvedNothing(const TargetSpec& target, const std::vector<Question>& questions,
                                       const std::vector<Reply>& replies) {
  std::set<std::string> untried;
  std::set<std::string> mute;
  std::set<std::string> showed;
  for (size_t i = 0; i < questions.size(); ++i) {
    const std::string& name = questions[i].operation;
    if (!replies[i].could_not.empty())
      untried.insert("operation " + name + " (line " + std::to_string(questions[i].asked->line) +
                     "): " + replies[i].could_not);
    if (questions[i].way != Way::kUsual || !HasToShow(name, *questions[i].asked)) continue;
    (replies[i].answer.own ? showed : mute).insert(name);
  }
  std::vector<std::string> sentences(untried.begin(), untried.end());
  for (const std::string& name : mute) {
    if (!showed.contains(name)) sentences.push_back(ShowedNothing(target, name, target.operations.at(name)));
  }
  return sentences;
}

Finding Coverage(const TargetSpec& target, const std::vector<Listed>& lists, const std::set<std::string>& uris,
                 const std::vector<std::string>& nothing) {
  std::set<std::string> unknown;
  std::set<std::string> unasked;
  size_t listed = 0;
  for (const Listed& each : lists) {
    const Gaps gaps = NotCovered(target, each, uris);
    unknown.insert(gaps.unknown.begin(), gaps.unknown.end());
    unasked.insert(gaps.unasked.begin(), gaps.unasked.end());
    listed = std::max(listed, each.tools.size() + each.resources.size() + each.templates.size() + each.prompts.size());
  }
  Finding finding{.met = unknown.empty() && unasked.empty(),
                  .expected = "all that the server lists is asked for, or left out with a reason",
                  .observed = std::to_string(listed) + " tools, resources and prompts are listed, and all are covered"};
  if (listed == 0) finding.could_not = "the server lists nothing at all";
  if (!unasked.empty()) finding.could_not = "the system file says nothing of " + Some({unasked.begin(), unasked.end()});
  if (!nothing.empty()) finding.could_not += (finding.could_not.empty() ? "" : "; ") + Some(nothing);
  if (unknown.empty()) return finding;
  // Not a gap of the file alone: the server has more than its `tools` say it has.
  finding.could_not.clear();
  finding.observed = "listed, and not among the tools of " + target.name +
                     " in the system file: " + Some({unknown.begin(), unknown.end()});
  return finding;
}

Result<ProbeOutcome> AuthorizationMatrix(Sandbox& sandbox, const Json& arguments) {
  const TargetSpec& target = sandbox.target();
  std::set<std::string> operations;
  for (const Json& name : AtOr<Json>(arguments, "/operations", Json::array()))
    operations.insert(AtOr<std::string>(name, "", ""));
  const std::vector<Question> questions = QuestionsFor(target, sandbox.principals().all(), operations);
  Matrix matrix(sandbox);
  TRY(matrix.LogAllIn());
  TRY(matrix.MakeFewScopes(questions));
  const std::vector<Reply> replies = matrix.AskAll(questions);
  (void)sandbox.trace().Take();  // thousands of exchanges tell no more than a few

  ProbeOutcome outcome;
  Tally tally;
  std::vector<size_t> telling;  // to be asked again for the report: what went wrong, and one of each operation
  std::set<std::string> shown;
  for (size_t i = 0; i < questions.size(); ++i) {
    if (!replies[i].silence.empty()) return Error(ErrorKind::kUnavailable, "the matrix stopped: " + replies[i].silence);
    if (!replies[i].could_not.empty()) continue;
    Count(target.name, sandbox.principals().all(), i, questions[i], replies[i].answer, tally, outcome.matrix);
    const bool wrong = !Wrong(questions[i], replies[i].answer).empty();
    if (wrong || shown.insert(questions[i].operation).second) telling.push_back(i);
  }
  std::stable_partition(telling.begin(), telling.end(),
                        [&](size_t i) { return !Wrong(questions[i], replies[i].answer).empty(); });
  // What a finding is shown by goes before the rest, also where its answer is as it should be but for one item.
  for (const Part* part : {&tally.allowed, &tally.denied, &tally.strangers, &tally.few_scopes, &tally.served_anyway,
                           &tally.hidden, &tally.foreign}) {
    if (!part->first) continue;
    std::erase(telling, *part->first);
    telling.insert(telling.begin(), *part->first);
  }
  constexpr size_t kTold = 12;
  ShownIn shown_in;
  for (size_t i = 0; i < std::min(kTold, telling.size()); ++i)
    shown_in[telling[i]] = matrix.Ask(questions[telling[i]]).exchange;

  if (operations.empty()) {
    std::vector<Listed> lists;
    for (const Principal& principal : sandbox.principals().all()) {
      lists.push_back(TRY(matrix.Lists(principal.persona)));
      for (const Principal& other : sandbox.principals().all()) {
        if (other.persona == principal.persona) continue;
        const std::set<std::string> theirs = matrix.Uris(&other);
        for (const Json& resource : lists.back().resources) {
          const std::string uri = AtOr<std::string>(resource, "/uri", "");
          if (theirs.contains(uri))
            tally.denied.wrong.push_back(principal.persona + " is listed " + other.persona + "'s resource");
        }
      }
    }
    outcome.findings["file-covers-the-server"] =
        Coverage(target, lists, matrix.Uris(), ProvedNothing(target, questions, replies));
  }
  outcome.findings["diagonal-is-full"] = tally.allowed.Told(shown_in, "whoever may gets it", "");
  outcome.findings["off-diagonal-is-empty"] = tally.denied.Told(shown_in, "nobody else gets it", "");
  outcome.findings["nothing-foreign-anywhere"] =
      tally.foreign.Told(shown_in, "nothing of anybody else in any answer", "");
  outcome.findings["strangers-get-nothing"] =
      tally.strangers.Told(shown_in, "nothing without a token",
                           target.transport == Transport::kStdio ? "a process is never started as nobody"
                                                                 : "only some operations were asked for");
  const std::string no_scope = "the system file names no scope for any operation of " + target.name;
  outcome.findings["few-scopes-get-nothing"] =
      tally.served_anyway.Told(shown_in, "nothing without the scope, in whatever way it is refused", no_scope);
  outcome.findings["few-scopes-are-stepped-up"] = tally.few_scopes.Told(
      shown_in, "403 with insufficient_scope where it is refused for want of the scope",
      tally.served_anyway.cells == 0 ? no_scope : "it was refused to nobody who lacked the scope");
  outcome.findings["few-scopes-see-no-tool"] =
      tally.hidden.Told(shown_in, "not listed without the scope",
                        "the system file says of no operation of " + target.name + " that it is hidden");
  for (const char* must_be : {"diagonal-is-full", "off-diagonal-is-empty", "nothing-foreign-anywhere"}) {
    Finding& finding = outcome.findings[must_be];
    finding.inapplicable.clear();
  }
  if (tally.allowed.cells == 0)
    outcome.findings["diagonal-is-full"].could_not = "nobody may do anything: nothing is on the diagonal";
  if (tally.denied.cells == 0)
    outcome.findings["off-diagonal-is-empty"].could_not = "there is nothing off the diagonal";
  return outcome;
}

}  // namespace

void AddAuthorizationProbes(ProbeSet& probes) {
  probes["authorization_matrix"] = {AuthorizationMatrix, Aftermath::kAsTheyWere, Asks::kAnything,
                                    Wants::kRunningTarget};
}

}  // namespace iff
