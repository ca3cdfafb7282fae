// Arguments that a tool wants in a field of the request as well (MCP 2026-07-28, transports, custom headers). A
// gateway in front decides by the field and the server acts by the body, so what does not say the same is refused.
#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <set>
#include <tuple>

#include "harness/core/bytes.h"
#include "harness/core/plain.h"
#include "harness/core/words.h"
#include "harness/mcp/protocol.h"
#include "scenarios/probes/probes.h"

namespace iff {
namespace {

constexpr const char* kRevision = "2026-07-28";
constexpr const char* kAnnotation = "x-mcp-header";
constexpr int64_t kHeaderMismatch = -32020;

// One annotation of an input schema, as it stands there.
struct Annotation {
  std::string parameter = {};  // pointer into the arguments; "": it is at none
  Json name = nullptr;
  Json type = nullptr;
};

enum class Holds { kKeywords, kParameters };

// All of them, also where none may be. `reached`: by parameters of parameters alone.
void Collect(const Json& node, const std::string& at, bool reached, Holds holds, int depth,
             const std::function<void(Annotation)>& visit) {
  constexpr int kDeepest = 32;
  if (depth > kDeepest) return;
  if (node.is_array()) {
    for (const Json& one : node) Collect(one, at, false, Holds::kKeywords, depth + 1, visit);
  }
  if (!node.is_object()) return;
  if (holds == Holds::kKeywords && node.contains(kAnnotation)) {
    visit({.parameter = reached ? at : "", .name = node.at(kAnnotation), .type = AtOr<Json>(node, "/type", nullptr)});
  }
  for (const auto& [name, below] : node.items()) {
    static const std::set<std::string> kValues = {"default", "examples", "const", "enum"};
    if (holds == Holds::kParameters) {
      Collect(below, at + "/" + name, reached, Holds::kKeywords, depth + 1, visit);
    } else if (name == "properties") {
      Collect(below, at, reached, Holds::kParameters, depth + 1, visit);
    } else if (!kValues.contains(name)) {
      Collect(below, at, false, Holds::kKeywords, depth + 1, visit);
    }
  }
}

// Is it a value that a field cannot hold? A type that is not said may be any; "number" is none of those that the
// specification permits, and the suite that comes with it uses it.
bool IsStructured(const Json& type) {
  if (type.is_array()) return std::any_of(type.begin(), type.end(), IsStructured);
  return type == "object" || type == "array";
}

// What a field says of another argument.
std::string Another(const Json& value) {
  if (value.is_boolean()) return value.get<bool>() ? "false" : "true";
  return Unquoted(value) + "7";
}
std::string Encoded(const std::string& text) { return "=?base64?" + Base64(text) + "?="; }

class MirroredRules {
 public:
  explicit MirroredRules(Sandbox& sandbox) : sandbox_(sandbox), target_(sandbox.target()) {
    missing_.expected = "a call whose argument no field repeats is refused";
    differing_.expected = "a call whose field says another argument is refused";
    second_.expected = "a call with the field twice, of which one says another argument, is refused";
    code_.expected = "each refusal is HTTP 400 with JSON-RPC error -32020";
    encoded_.expected = "a field in =?base64?...?= is read as what it holds";
    names_.expected = "each annotation has a name of its own that a field may have, at a plain value among properties";
    secrets_.expected = "no password, key or token has to be repeated in a field";
  }

  Result<ProbeOutcome> Perform() {
    for (const Principal& principal : sandbox_.principals().all())
      TRY(sandbox_.principals().Obtain(principal.persona, principal.persona, sandbox_.principals().AllScopes(), ""));
    persona_ = sandbox_.principals().all().at(0).persona;
    other_ = sandbox_.principals().all().at(1).persona;
    if (!target_.Speaks(kRevision)) {
      WithoutCalls(target_.name + " speaks no revision in which arguments are repeated in fields");
      names_.inapplicable = secrets_.inapplicable = missing_.inapplicable;
      return Told();
    }
    LookAtTheList();
    CallWithFields();
    return Told();
  }

 private:
  void LookAtTheList() {
    Json params = Json::object();
    constexpr int kMostPages = 20;
    size_t seen = 0;
    for (int page = 0; page < kMostPages; ++page) {
      const SendOutcome sent =
          sandbox_.client().Send({.with = persona_, .revision = kRevision}, "tools/list", params, "which tools?");
      if (!sent.answer || !sent.answer->HasResult()) {
        names_.could_not = secrets_.could_not = "tools/list was not answered: " + StatusOf(sent);
        return;
      }
      for (const Json& tool : AtOr<Json>(sent.answer->message, "/result/tools", Json::array()))
        seen += Look(tool, sent);
      const Json* const next = Find(sent.answer->message, "/result/nextCursor");
      if (next == nullptr || !next->is_string()) break;
      params["cursor"] = *next;
    }
    if (seen == 0)
      names_.inapplicable = secrets_.inapplicable = "no tool of " + target_.name + " wants an argument in a field";
  }

  // How many annotations it has.
  size_t Look(const Json& tool, const SendOutcome& sent) {
    const std::string name = AtOr<std::string>(tool, "/name", "");
    std::set<std::string> taken;
    size_t seen = 0;
    Collect(AtOr<Json>(tool, "/inputSchema", Json::object()), "", true, Holds::kKeywords, 0, [&](Annotation one) {
      ++seen;
      const std::string field = one.name.is_string() ? one.name.get<std::string>() : "";
      const std::string what = Plain(name + one.parameter + " wants " + Dump(one.name));
      if (!IsToken(field)) {
        Note(names_, what + ", which no field can be called", sent);
      } else if (!taken.insert(Upper(field)).second) {
        Note(names_, what + ", as another of its arguments does", sent);
      }
      if (one.parameter.empty()) {
        Note(names_, what + " where no argument is", sent);
      } else if (IsStructured(one.type)) {
        Note(names_, what + " for what is no plain value", sent);
      }
      const bool text = one.type.is_null() || one.type == "string";
      if (text && (NamesASecret(one.parameter.substr(one.parameter.rfind('/') + 1)) || NamesASecret(field)))
        Note(secrets_, what, sent);
    });
    for (const auto& [field, pointer] : ParameterFieldsOf(AtOr<Json>(tool, "/inputSchema", Json::object()))) {
      wanted_.insert({name, Upper(field), pointer});
      if (!IsDeclared(name, field, pointer)) not_looked_at_.push_back(Plain("Mcp-Param-" + field + " of " + name));
    }
    return seen;
  }

  bool IsDeclared(const std::string& tool, const std::string& field, const std::string& pointer) const {
    const auto mirrors = target_.mirrors.find(tool);
    return mirrors != target_.mirrors.end() &&
           std::any_of(mirrors->second.begin(), mirrors->second.end(),
                       [&](const auto& one) { return EqualsIgnoreCase(one.first, field) && one.second == pointer; });
  }

  // A request of `persona_`, and one of its arguments that a field repeats.
  struct Call {
    Json params = {};
    std::string field = {};
    Json value = nullptr;
    std::string another = {};  // of the other person, where it differs; else made up
  };
  std::optional<Call> CallOf(const std::string& operation, const std::string& field, const std::string& pointer) const {
    const Operation& asked = target_.operations.at(operation);
    const auto params = [&](const std::string& caller) {
      return sandbox_.client().CallParams({.operation = operation, .of = asked.AsksAboutOthers() ? caller : ""},
                                          caller);
    };
    const Result<Json> mine = params(persona_);
    if (!mine.ok()) return std::nullopt;
    const Json* const value = Find(*mine, "/arguments" + pointer);
    if (value == nullptr || value->is_null() || value->is_structured()) return std::nullopt;
    Call call{.params = *mine, .field = "Mcp-Param-" + field, .value = *value, .another = Another(*value)};
    const Result<Json> theirs = params(other_);
    const Json* const other = theirs.ok() ? Find(*theirs, "/arguments" + pointer) : nullptr;
    if (other != nullptr && other->is_primitive() && !other->is_null() && *other != *value)
      call.another = Unquoted(*other);
    return call;
  }

  void CallWithFields() {
    std::string untried;
    size_t tried = 0;
    for (const auto& [tool, fields] : target_.mirrors) {
      for (const auto& [field, pointer] : fields) {
        const std::string name = "Mcp-Param-" + field + " of " + tool;
        std::string why = "its list of tools does not want it there";
        if (wanted_.contains({tool, Upper(field), pointer})) why = TryField(tool, field, pointer);
        if (why.empty()) {
          ++tried;
          continue;
        }
        untried += (untried.empty() ? "" : "; ") + name + ": " + why;
        not_looked_at_.push_back(Plain(name));
      }
    }
    if (target_.mirrors.empty()) {
      WithoutCalls("the system file names no argument of " + target_.name + " under 'mirrors'");
    } else if (tried == 0) {
      for (Finding* finding : Calls()) finding->could_not = "no field could be tried: " + Plain(untried);
    } else {
      if (!differing_.met) encoded_.inapplicable = "what the field says is not compared";
      if (refusals_ == 0 && code_.could_not.empty()) code_.inapplicable = "nothing of it was refused";
    }
  }

  // Why it could not be tried; "": it was, by an operation that is answered the same again.
  std::string TryField(const std::string& tool, const std::string& field, const std::string& pointer) {
    std::string why = "no operation of the file calls the tool with it";
    // What only asks first, by its name.
    for (const bool makes : {false, true}) {
      for (const auto& [name, operation] : target_.operations) {
        if (operation.changes || operation.tool != tool || name.starts_with("create") != makes) continue;
        const std::optional<Call> call = CallOf(name, field, pointer);
        if (!call) continue;
        const SendOutcome control = Sent(*call, "as it should be", [](HttpRequest&) {});
        const SendOutcome again = Sent(*call, "as it should be, again", [](HttpRequest&) {});
        if (Succeeded(control) && Succeeded(again)) {
          Try(*call);
          return "";
        }
        why = name + " got " + StatusOf(control) + ", and the same again " + StatusOf(again);
      }
    }
    return why;
  }

  void Try(const Call& call) {
    const auto with = [&](const std::string& how, const std::vector<std::string>& values) {
      return Sent(call, how, [&](HttpRequest& request) {
        request.headers.Remove(call.field);
        for (const std::string& value : values) request.headers.Add(call.field, value);
      });
    };
    const std::string own = FieldValue(Unquoted(call.value));
    const std::string other = FieldValue(call.another);
    const auto refused = [&](Finding& finding, const std::string& how, const std::vector<std::string>& values,
                             bool told) { Refused(finding, how, with(how, values), told); };
    refused(missing_, "without the field", {}, true);
    refused(differing_, "with another value", {other}, true);
    refused(differing_, "with another value, encoded", {Encoded(call.another)}, true);
    refused(differing_, "with base64 that is none", {"=?base64?d2hv*W1p?="}, false);
    refused(second_, "with another value behind it", {own, other}, false);
    refused(second_, "with another value before it", {other, own}, false);
    const SendOutcome encoded = with("encoded", {Encoded(Unquoted(call.value))});
    if (!encoded.answer) {
      encoded_.could_not = encoded.silence;
    } else if (!Succeeded(encoded)) {
      Note(encoded_, "it got " + StatusOf(encoded), encoded);
    }
  }

  // `told`: clauses say with what.
  void Refused(Finding& finding, const std::string& how, const SendOutcome& sent, bool told) {
    const int status = sent.answer ? sent.answer->status : 0;
    if (!sent.answer || status == 401 || status == 403 || status == 429 || status >= 500) {
      finding.could_not = how + ": " + (sent.answer ? StatusOf(sent) : sent.silence);
      if (told) code_.could_not = finding.could_not;
      return;
    }
    // An error of the tool, too, is an answer to a call that was made.
    if (sent.answer->HasResult()) {
      Note(finding, how + " it got " + StatusOf(sent) + " and a result", sent);
      return;
    }
    if (!told) return;
    ++refusals_;
    if (status != 400 || sent.answer->RpcErrorCode() != kHeaderMismatch) {
      const int64_t code = sent.answer->RpcErrorCode();
      Note(code_, how + " it got " + StatusOf(sent) + (code == 0 ? "" : " with " + std::to_string(code)), sent);
    }
  }

  SendOutcome Sent(const Call& call, const std::string& how, const std::function<void(HttpRequest&)>& bend) {
    HttpRequest request =
        McpRequest(Revision::k20260728, target_.path, "tools/call", call.params, ++last_id_, "", target_.mirrors);
    bend(request);
    return sandbox_.client().SendAgain(request, {.with = persona_, .revision = kRevision}, call.field + " " + how);
  }

  std::array<Finding*, 5> Calls() { return {&missing_, &differing_, &second_, &code_, &encoded_}; }
  void WithoutCalls(const std::string& why) {
    for (Finding* finding : Calls()) finding->inapplicable = why;
  }

  ProbeOutcome Told() {
    ProbeOutcome outcome;
    const auto put = [&](const char* name, Finding& finding) {
      if (finding.met && finding.observed.empty()) finding.observed = "so it is";
      outcome.findings[name] = std::move(finding);
    };
    put("missing-field-is-refused", missing_);
    put("differing-field-is-refused", differing_);
    put("second-field-is-refused", second_);
    put("refusals-say-why", code_);
    put("encoded-field-is-read", encoded_);
    put("annotations-can-be-followed", names_);
    put("no-secret-travels-in-a-field", secrets_);
    outcome.not_looked_at = not_looked_at_;
    return outcome;
  }

  Sandbox& sandbox_;
  const TargetSpec& target_;
  std::string persona_;
  std::string other_;
  std::set<std::tuple<std::string, std::string, std::string>> wanted_;  // tool, field in capitals, pointer
  int64_t last_id_ = 0;
  size_t refusals_ = 0;
  Finding missing_{.met = true};
  Finding differing_{.met = true};
  Finding second_{.met = true};
  Finding code_{.met = true};
  Finding encoded_{.met = true};
  Finding names_{.met = true};
  Finding secrets_{.met = true};
  std::vector<std::string> not_looked_at_;
};

Result<ProbeOutcome> PlayMirroredParameters(Sandbox& sandbox, const Json&) { return MirroredRules(sandbox).Perform(); }

}  // namespace

void AddMirroredParameterProbes(ProbeSet& probes) {
  probes["mirrored_parameters"] = {PlayMirroredParameters, Aftermath::kAsTheyWere, Asks::kHttp, Wants::kRunningTarget};
}

}  // namespace iff
