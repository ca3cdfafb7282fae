#include "harness/steps/request.h"

#include <algorithm>

namespace iff {
namespace {

constexpr std::string_view kOpening = "{captured.";
constexpr size_t kLongestMethod = 20;

bool IsTokenCharacter(char c) {  // RFC 9110 section 5.6.2
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool IsToken(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), IsTokenCharacter); }

bool IsVisible(char c) { return c > ' ' && c < '\x7f'; }

bool HasControl(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == '\x7f'; });
}

void CheckCaptured(StepReader& in, const std::string& at, std::string_view text) {
  (void)FillCaptured(text, [&](const std::string& name) {
    if (!in.captured.contains(name)) {
      in.Mistake(at, "no step before captured '" + name + "'" + DidYouMean(name, StepReader::List(in.captured)));
    }
    return std::string();
  });
}

void CheckCapturedIn(StepReader& in, const std::string& at, const Json& value) {
  if (const auto* text = value.get_ptr<const std::string*>()) CheckCaptured(in, at, *text);
  if (!value.is_structured()) return;
  for (const auto& item : value.items()) CheckCapturedIn(in, at, item.value());
}

// One line: "GET /path".
void SplitLine(StepReader& in, const std::string& at, RequestStep& step) {
  const std::string line = in.Text(at, true);
  const size_t blank = line.find(' ');
  if (blank == std::string::npos) {
    if (!line.empty()) in.Mistake(at, "want a method and a path, such as 'GET /health'");
    return;
  }
  step.method = line.substr(0, blank);
  step.path = line.substr(blank + 1);
}

void ReadLine(StepReader& in, const std::string& at, RequestStep& step) {
  const Json* line = in.Get(at);
  if (line == nullptr || !line->is_object()) {
    SplitLine(in, at, step);
  } else {
    in.Members(at, {"method", "path", "to"});
    step.method = in.Text(at + "/method", true);
    step.path = in.Text(at + "/path", true);
    if (in.Has(at + "/to") && in.Text(at + "/to") != "target") step.to = in.ComponentName(at + "/to");
  }
  // CONNECT asks for a tunnel, and what follows it is no answer (RFC 9110 section 9.3.6).
  if (!step.method.empty() &&
      (!IsToken(step.method) || step.method.size() > kLongestMethod || step.method == "CONNECT")) {
    in.Mistake(at, "'" + step.method + "' is no method that can be sent: want GET, POST, ...");
  }
  if (!step.path.empty() && (step.path[0] != '/' || step.path.find('#') != std::string::npos ||
                             !std::all_of(step.path.begin(), step.path.end(), IsVisible))) {
    in.Mistake(at, "want a path that begins with '/', percent-encoded, with its query and without a fragment");
  }
  CheckCaptured(in, at, step.path);
  const auto component = in.vocabulary().components.find(step.to);
  if (component != in.vocabulary().components.end() && component->second.protocol != Protocol::kHttp) {
    in.Mistake(at + "/to", "'" + step.to + "' speaks " + component->second.title + ", not HTTP");
  }
}

std::map<std::string, std::string> ReadTexts(StepReader& in, const std::string& at) {
  std::map<std::string, std::string> texts;
  for (const auto& [name, place] : in.Entries(at)) {
    texts[name] = in.Text(place, true);
    CheckCaptured(in, place, texts[name]);
  }
  return texts;
}

void ReadHeaders(StepReader& in, const std::string& at, RequestStep& step) {
  step.headers = ReadTexts(in, at);
  for (const auto& [name, value] : step.headers) {
    if (!IsToken(name) || HasControl(value)) in.Mistake(at + "/" + PointerToken(name), "no header may hold this");
  }
}

void ReadBody(StepReader& in, const std::string& at, RequestStep& step) {
  if (in.Has(at + "/json")) {
    step.json = *in.Get(at + "/json");
    CheckCapturedIn(in, at + "/json", *step.json);
  }
  if (in.Has(at + "/form")) step.form = ReadTexts(in, at + "/form");
  if (in.Has(at + "/raw")) {
    step.raw = in.Text(at + "/raw");
    CheckCaptured(in, at + "/raw", *step.raw);
  }
  if (int{step.json.has_value()} + int{step.form.has_value()} + int{step.raw.has_value()} > 1) {
    in.Mistake(at, "a request has one body: json, form or raw");
  }
}

AnswerCapture ReadCapture(StepReader& in, const std::string& name, const std::string& at) {
  AnswerCapture capture{.name = name, .secret = in.Text(at + "/secret")};
  in.Members(at, {"status", "header", "json", "secret"});
  if (!IsToken(name) || name.find_first_of("{}.") != std::string::npos) {
    in.Mistake(at, "'" + name + "' is no name for a capture: want letters, digits, '_' and '-'");
  }
  const bool status = in.Flag(at + "/status");
  const bool header = in.Has(at + "/header");
  const bool json = in.Has(at + "/json");
  if (int{status} + int{header} + int{json} != 1) {
    in.Mistake(at, "want one of 'status: true', 'header: NAME' and 'json: POINTER'");
  }
  if (header) {
    capture.part = AnswerCapture::Part::kHeader;
    capture.where = in.Text(at + "/header", true);
  }
  if (json) {
    capture.part = AnswerCapture::Part::kJson;
    capture.where = in.Text(at + "/json", true);
    if (!capture.where.starts_with("/")) in.Mistake(at + "/json", "want a JSON pointer, such as /items/0/id");
  }
  if (status && !capture.secret.empty()) in.Mistake(at + "/secret", "a status is no secret");
  return capture;
}

}  // namespace

std::string FillCaptured(std::string_view text, const std::function<std::string(const std::string& name)>& value_of) {
  std::string filled;
  while (true) {
    const size_t begin = text.find(kOpening);
    const size_t end = begin == std::string_view::npos ? begin : text.find('}', begin);
    if (end == std::string_view::npos) return filled.append(text);
    filled.append(text.substr(0, begin));
    const size_t name = begin + kOpening.size();
    filled += value_of(std::string(text.substr(name, end - name)));
    text.remove_prefix(end + 1);
  }
}

const StepWord& RequestStep::Word() {
  static const StepWord word = {
      .word = "request",
      .schema = R"({
  "required": ["request"],
  "properties": {
    "request": {
      "description": "METHOD PATH, or the same beside the target or component it goes to. Redirects are not followed.",
      "anyOf": [
        {"type": "string", "pattern": "^[^ ]+ /"},
        {
          "type": "object",
          "additionalProperties": false,
          "required": ["method", "path"],
          "properties": {
            "method": {"$ref": "#/$defs/text"},
            "path": {"description": "Below the origin, with the query.", "type": "string", "pattern": "^/"},
            "to": {"description": "A component, or target. Default: target.", "$ref": "#/$defs/text"}
          }
        }
      ]
    },
    "headers": {"description": "Header fields.", "type": "object", "additionalProperties": {"$ref": "#/$defs/text"}},
    "json": {"description": "The body, as JSON."},
    "form": {"description": "The body, as a form.", "type": "object", "additionalProperties": {"$ref": "#/$defs/text"}},
    "raw": {"description": "The body, as it stands here.", "$ref": "#/$defs/text"},
    "captures": {
      "description": "Texts of the answer, for later requests: {captured.NAME} in path, headers and body.",
      "type": "object",
      "additionalProperties": {
        "type": "object",
        "additionalProperties": false,
        "properties": {
          "status": {"const": true},
          "header": {"description": "Name of a header field.", "$ref": "#/$defs/text"},
          "json": {"description": "JSON pointer into the body.", "type": "string", "pattern": "^/"},
          "secret": {"description": "It is a secret; what reports call it.", "$ref": "#/$defs/text"}
        }
      }
    },
    "with": {"description": "Credential to present; without: none.", "$ref": "#/$defs/text"},
    "times": {"description": "Send it so often, one after the other. Default: 1.", "type": "integer", "minimum": 1, "maximum": 10000},
    "patience": {"description": "How long each answer may take. Default: 10s.", "$ref": "#/$defs/span"},
    "eventually": {"description": "Do it again until every check of the step passes or this has passed.", "$ref": "#/$defs/span"}
  }
})",
      .head = "`request: METHOD PATH`, `request: {method, path, to}`",
      .does = "any HTTP request to the target's origin, or to a component; redirects are not followed",
      .also =
          "`headers`, one of `json`, `form` and `raw`, `captures: {NAME: {header: NAME, secret: ALIAS}}` (or `json: "
          "POINTER`, `status: true`; used later as `{captured.NAME}`), `with`, `times`, `patience`, `eventually`"};
  return word;
}

RequestStep RequestStep::Read(StepReader& in, const std::string& at) {
  RequestStep step{.sending = Sending::Read(in, at)};
  ReadLine(in, at + "/request", step);
  ReadHeaders(in, at + "/headers", step);
  ReadBody(in, at, step);
  for (const auto& [name, place] : in.Entries(at + "/captures")) {
    step.captures.push_back(ReadCapture(in, name, place));
  }
  for (const AnswerCapture& capture : step.captures) in.captured.insert(capture.name);
  if (in.bound.contains(step.sending.with)) {
    in.Mistake(at + "/with", "'" + step.sending.with + "' is bound to a key, and its proofs are for the MCP endpoint");
  }
  if (!step.to.empty() && in.Has(at + "/label")) {
    in.Mistake(at + "/label", "a request to a component cannot be replayed: replays go to the target");
  }
  if (!step.to.empty() && in.Has(at + "/at")) {
    in.Mistake(at + "/at", "a request to a component goes to no target");
  }
  return step;
}

StepEffects RequestStep::Effects() const { return sending.Effects(); }

}  // namespace iff
