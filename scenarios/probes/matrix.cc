#include "scenarios/probes/matrix.h"

#include <algorithm>

namespace iff {
namespace {

bool Has(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

bool HasAccountAt(const Principal& principal, const TargetSpec& target) {
  return target.upstream.empty() || principal.accounts.contains(target.upstream);
}

bool Allowed(const Operation& operation, const Principal& caller, const Principal& owner) {
  if (Has(operation.allowed, "everybody")) return true;
  if (Has(operation.allowed, "owner") && caller.persona == owner.persona) return true;
  return std::any_of(caller.groups.begin(), caller.groups.end(),
                     [&](const std::string& group) { return Has(operation.allowed, group); });
}

// Is there anything to ask this owner's way? Somebody without a holding has nothing that could be reached.
bool Askable(const Operation& operation, const Principal& owner, const TargetSpec& target) {
  return HasAccountAt(owner, target) || (!operation.AsksAboutOthers() && !Has(operation.allowed, "owner"));
}

class Asking {
 public:
  Asking(const TargetSpec& target, const std::vector<Principal>& principals)
      : target_(target), principals_(principals) {}

  void AddUsual(const std::string& name, const Operation& operation) {
    for (const Principal& caller : principals_) {
      for (const Principal& owner : principals_) {
        if (!operation.AsksAboutOthers() && caller.persona != owner.persona) continue;
        if (operation.changes && !IsNear(caller, owner)) continue;
        if (!Askable(operation, owner, target_)) continue;
        Add(name, operation, caller.persona, owner.persona, Way::kUsual,
            Allowed(operation, caller, owner) ? Decision::kAllow : Decision::kDeny);
      }
    }
  }

  void AddUnusual(const std::string& name, const Operation& operation) {
    // A process is started as somebody, with all they may do.
    if (target_.transport == Transport::kStdio) return;
    for (const Principal& principal : principals_) {
      if (!Askable(operation, principal, target_)) continue;
      if (operation.AsksAboutOthers() || principal.persona == principals_.front().persona) {
        Add(name, operation, "", principal.persona, Way::kNoToken, Decision::kDeny);
      }
      if (operation.scope.empty() || !target_.key_header.empty()) continue;
      Add(name, operation, principal.persona, principal.persona, Way::kFewScopes,
          operation.challenged ? Decision::kStepUp : Decision::kDeny);
      if (operation.hidden) Add(name, operation, principal.persona, principal.persona, Way::kListed, Decision::kHidden);
    }
  }

  std::vector<Question> questions = {};

 private:
  // Each change takes a thing that is made for it: in a crowd everybody asks for that of the next one alone.
  bool IsNear(const Principal& caller, const Principal& owner) const {
    constexpr std::ptrdiff_t kFew = 6;
    const auto people = static_cast<std::ptrdiff_t>(principals_.size());
    return people <= kFew || ((&owner - &caller) + people) % people <= 1;
  }

  void Add(const std::string& name, const Operation& operation, const std::string& caller, const std::string& owner,
           Way way, Decision expected) {
    questions.push_back(
        {.operation = name, .asked = &operation, .caller = caller, .owner = owner, .way = way, .expected = expected});
  }

  const TargetSpec& target_;
  const std::vector<Principal>& principals_;
};

// "get_note: {tool: get_note, arguments: {id: ...}}", with the arguments its schema names.
std::string Entry(const Json& listed, const char* named_by, const std::string& arguments_at) {
  const std::string name = AtOr<std::string>(listed, "/name", "");
  std::string arguments;
  const Json members = AtOr<Json>(listed, arguments_at, Json::object());
  for (const auto& [key, value] : members.items()) {
    const std::string argument = members.is_array() ? AtOr<std::string>(value, "/name", "") : key;
    arguments += (arguments.empty() ? "" : ", ") + argument + ": ...";
  }
  return "{" + std::string(named_by) + ": " + name + (arguments.empty() ? "" : ", arguments: {" + arguments + "}") +
         "}";
}

template <class Calls>  // by names of the file's own
bool AskedFor(const Calls& calls, const std::string& name) {
  return std::any_of(calls.begin(), calls.end(), [&](const auto& each) { return each.second.tool == name; });
}

}  // namespace

std::string_view Name(Decision decision) {
  switch (decision) {
    case Decision::kAllow:
      return "allow";
    case Decision::kDeny:
      return "deny";
    case Decision::kStepUp:
      return "step-up";
    case Decision::kHidden:
      return "hidden";
  }
  return "";
}

std::string_view Name(Way way) {
  switch (way) {
    case Way::kUsual:
      return "";
    case Way::kFewScopes:
      return "with too few scopes";
    case Way::kNoToken:
      return "without a token";
    case Way::kListed:
      return "listed with too few scopes";
  }
  return "";
}

std::vector<Question> QuestionsFor(const TargetSpec& target, const std::vector<Principal>& principals,
                                   const std::set<std::string>& operations) {
  Asking asking(target, principals);
  for (const auto* kind : {&target.operations, &target.resources, &target.prompts}) {
    for (const auto& [name, operation] : *kind) {
      if (!operations.empty() && !operations.contains(name)) continue;
      asking.AddUsual(name, operation);
      if (operations.empty()) asking.AddUnusual(name, operation);
    }
  }
  return std::move(asking.questions);
}

bool Reached(const Question& question, const Answered& answer) {
  if (question.asked->changes) return answer.changed;
  return question.asked->discloses ? answer.seen.contains(question.owner) : answer.succeeded;
}

std::string Wrong(const Question& question, const Answered& answer) {
  const std::string who = question.caller.empty() ? "nobody in particular" : question.caller;
  const std::string way(Name(question.way));
  const std::string asks = who + " asking for " + question.operation +
                           (question.caller == question.owner ? "" : " of what is " + question.owner + "'s") +
                           (way.empty() ? "" : " " + way);
  const std::string got =
      "HTTP " + std::to_string(answer.status) + (answer.succeeded ? " and a result" : " and no result");
  const bool reached = Reached(question, answer);
  switch (question.expected) {
    case Decision::kAllow:
      if (reached) return "";
      if (question.asked->changes)
        return asks + " got HTTP " + std::to_string(answer.status) + ", and it changed nothing";
      return asks + " got " + got + (answer.succeeded ? " without what is private to " + question.owner : "");
    case Decision::kDeny:
      // Without a right to ask there is nothing to succeed at; with one, an empty answer is a denial as well.
      if (reached && question.asked->changes) return asks + " changed it";
      if (answer.succeeded && question.way != Way::kUsual) return asks + " got " + got;
      return reached ? asks + " got " + (question.asked->discloses ? "it" : got) : "";
    case Decision::kStepUp:
      return answer.challenged && !reached ? "" : asks + " got " + got + " instead of 403 insufficient_scope";
    case Decision::kHidden:
      return reached ? question.asked->tool + " is listed for " + who + ", whose token lacks the scope for it" : "";
  }
  return "";
}

bool HasToShow(const std::string& name, const Operation& operation) {
  const bool owners = operation.allowed == std::vector<std::string>{"owner"};
  const bool made_for_more = name == "create" || name == "whoami" || operation.changes || !operation.captures.empty();
  return operation.method == "tools/call" && owners && !made_for_more && !operation.AsksAboutOthers() &&
         !operation.discloses && !operation.shows_nothing;
}

std::string ShowedNothing(const TargetSpec& target, const std::string& name, const Operation& operation) {
  return "no answer of " + operation.tool +
         " showed anybody anything of theirs, so nothing tells whom it answers: under targets, " + target.name +
         ", operations, change " + name + " (line " + std::to_string(operation.line) +
         ") so that it asks for what is the caller's ({text} stands for text that is in nothing of anybody's), or add "
         "discloses: false "
         "if it shows nothing private, or allowed: everybody";
}

bool FitsTemplate(const std::string& uri, const std::string& uri_template) {
  size_t at = 0;
  for (size_t i = 0; i < uri_template.size();) {
    if (uri_template[i] != '{') {
      if (at >= uri.size() || uri[at++] != uri_template[i++]) return false;
      continue;
    }
    const size_t end = uri_template.find('}', i);
    if (end == std::string::npos) return false;
    const bool reserved = uri_template[i + 1] == '+';  // RFC 6570 section 3.2.3: may hold a slash
    const size_t next = end + 1 < uri_template.size() ? uri.find(uri_template[end + 1], at) : uri.size();
    if (next == std::string::npos || next == at) return false;
    if (!reserved && uri.substr(at, next - at).find('/') != std::string::npos) return false;
    at = next;
    i = end + 1;
  }
  return at == uri.size();
}

std::vector<std::string> VariablesOf(const std::string& uri_template) {
  std::vector<std::string> variables;
  for (size_t open = uri_template.find('{'); open != std::string::npos; open = uri_template.find('{', open + 1)) {
    const size_t close = uri_template.find('}', open);
    if (close == std::string::npos) break;
    variables.push_back(uri_template.substr(open + 1, close - open - 1));
  }
  return variables;
}

std::string Expanded(const std::string& uri_template, const std::function<std::string(size_t)>& value) {
  std::string uri;
  size_t at = 0;
  size_t number = 0;
  for (size_t open = uri_template.find('{'); open != std::string::npos; open = uri_template.find('{', at)) {
    const size_t close = uri_template.find('}', open);
    if (close == std::string::npos) break;
    uri += uri_template.substr(at, open - at) + value(number++);
    at = close + 1;
  }
  return uri + uri_template.substr(at);
}

Gaps NotCovered(const TargetSpec& target, const Listed& listed, const std::set<std::string>& uris) {
  Gaps gaps;
  const std::string where = "under targets, " + target.name;
  const std::string or_not = "; or say why not, under not_asked: ";
  for (const Json& tool : listed.tools) {
    const std::string name = AtOr<std::string>(tool, "/name", "");
    if (!target.tools.empty() && !Has(target.tools, name)) gaps.unknown.push_back(name);
    if (AskedFor(target.operations, name) || AskedFor(target.asks_back, name) || target.not_asked.contains(name))
      continue;
    gaps.unasked.push_back("tool " + name + ": add it " + where +
                           ", operations: a_name: " + Entry(tool, "tool", "/inputSchema/properties") + or_not + name);
  }
  for (const Json& prompt : listed.prompts) {
    const std::string name = AtOr<std::string>(prompt, "/name", "");
    if (AskedFor(target.prompts, name) || target.not_asked.contains(name)) continue;
    gaps.unasked.push_back("prompt " + name + ": add it " + where +
                           ", prompts: a_name: " + Entry(prompt, "prompt", "/arguments") + or_not + name);
  }
  std::vector<std::string> asked_templates;
  const auto uri_at = [&](const Json& one, const char* member) {
    const std::string uri = AtOr<std::string>(one, member, "");
    const bool asked =
        std::any_of(uris.begin(), uris.end(), [&](const std::string& each) { return FitsTemplate(each, uri); });
    // One of the same kind that came to be meanwhile: {of.note} stands for any.
    const bool alike = std::any_of(target.resources.begin(), target.resources.end(),
                                   [&](const auto& each) { return FitsTemplate(uri, each.second.tool); });
    const bool of_template = std::any_of(asked_templates.begin(), asked_templates.end(),
                                         [&](const std::string& each) { return FitsTemplate(uri, each); });
    if (asked || alike || of_template || target.not_asked.contains(uri)) {
      asked_templates.push_back(uri);
      return;
    }
    gaps.unasked.push_back("resource " + uri + ": add it " + where + ", resources: a_name: {uri: \"...\"}" + or_not +
                           "\"" + uri + "\"");
  };
  for (const Json& one : listed.templates) uri_at(one, "/uriTemplate");
  for (const Json& resource : listed.resources) uri_at(resource, "/uri");
  return gaps;
}

}  // namespace iff
