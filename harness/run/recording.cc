#include "harness/run/recording.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <set>

#include "harness/core/bytes.h"
#include "harness/core/yaml.h"
#include "harness/core/yaml_text.h"
#include "harness/net/http.h"
#include "harness/run/texts.h"
#include "harness/steps/registry.h"

namespace iff {

template <>
struct JsonFields<RecordedDownstream> {
  static constexpr auto kFields = std::tuple(JsonField{"acts", &RecordedDownstream::acts},
                                             JsonField{"not_observable", &RecordedDownstream::not_observable});
};
static_assert(kAllInTable<RecordedDownstream>);

namespace {

constexpr int kVersion = 2;                          // in 1, what was seen downstream was sentences
constexpr size_t kBeginning = 4;                     // bytes; a shorter name would be found where nobody means it
constexpr int64_t kNear = int64_t{400} * 24 * 3600;  // a token may have been minted for some other year

// Of the first kBeginning bytes, which `text` has: 16 bits.
size_t MixedBeginning(std::string_view text) {
  uint32_t bytes = 0;
  static_assert(sizeof bytes == kBeginning);
  std::memcpy(&bytes, text.data(), sizeof bytes);
  return (bytes * 0x9E3779B1U) >> 16;
}

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsHex(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool IsWord(char c) { return IsDigit(c) || IsLetter(c) || c == '_' || c == '-'; }

// `shape` holds 9 for a digit and x for a hexadecimal digit; everything else stands for itself.
bool Fits(std::string_view text, size_t at, std::string_view shape) {
  if (at + shape.size() > text.size()) return false;
  for (size_t i = 0; i < shape.size(); ++i) {
    const char c = text[at + i];
    if (shape[i] == '9' ? !IsDigit(c) : shape[i] == 'x' ? !IsHex(c) : shape[i] != c) return false;
  }
  return true;
}

// How long the time that begins at `at` is; 0 if none does.
size_t TimeAt(std::string_view text, size_t at) {
  size_t end = 0;
  if (Fits(text, at, "9999-99-99T99:99:99") || Fits(text, at, "9999-99-99 99:99:99")) {
    end = at + 19;
    if (end < text.size() && text[end] == '.') {
      ++end;
      while (end < text.size() && IsDigit(text[end])) ++end;
    }
    if (end < text.size() && text[end] == 'Z') return end + 1 - at;
    if (Fits(text, end, "+99:99") || Fits(text, end, "-99:99")) return end + 6 - at;
    return end - at;
  }
  return 0;
}

size_t AddressAt(std::string_view text, size_t at) {
  for (const std::string_view host : {"127.0.0.1:", "localhost:"}) {
    if (!text.substr(at).starts_with(host)) continue;
    size_t end = at + host.size();
    while (end < text.size() && IsDigit(text[end])) ++end;
    if (end > at + host.size()) return end - at;
  }
  return 0;
}

size_t TokenAt(std::string_view text, size_t at) {
  if (!text.substr(at).starts_with("eyJ")) return 0;
  size_t dots = 0;
  size_t end = at;
  for (; end < text.size() && (IsWord(text[end]) || (text[end] == '.' && dots < 2)); ++end) {
    if (text[end] == '.') ++dots;
  }
  return dots == 2 ? end - at : 0;
}

bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }

// Both cases in one piece of 20 or more, with a digit or two capitals in a row: a lease, a generated account.
bool IsRandomPiece(std::string_view piece) {
  if (piece.size() < 20) return false;
  bool upper = false;
  bool lower = false;
  bool telling = false;
  for (size_t i = 0; i < piece.size(); ++i) {
    upper = upper || IsUpper(piece[i]);
    lower = lower || (IsLetter(piece[i]) && !IsUpper(piece[i]));
    telling = telling || IsDigit(piece[i]) || (i > 0 && IsUpper(piece[i]) && IsUpper(piece[i - 1]));
  }
  return upper && lower && telling;
}

// Letters and digits in no order anybody would write them in: 16 or more that change kind three times at least. Names
// with a date or a version in them change less often.
bool IsOpaque(std::string_view word) {
  int changes = 0;
  int digits = 0;
  for (size_t i = 0; i < word.size(); ++i) {
    if (IsDigit(word[i])) ++digits;
    if (i > 0 && IsDigit(word[i]) && IsLetter(word[i - 1])) ++changes;
    if (i > 0 && IsLetter(word[i]) && IsDigit(word[i - 1])) ++changes;
  }
  if (word.size() >= 16 && digits >= 3 && changes >= 3) return true;
  // Hexadecimal of that length is no word, however seldom it changes.
  if (word.size() >= 16 && digits >= 1 && std::all_of(word.begin(), word.end(), IsHex)) return true;
  for (size_t at = 0; at < word.size();) {
    const size_t end = std::min(word.size(), word.find_first_of("-_", at));
    if (IsRandomPiece(word.substr(at, end - at))) return true;
    at = end + 1;
  }
  return false;
}

bool NearNow(int64_t number, int64_t now) {
  return (number > now - kNear && number < now + kNear) ||
         (number / 1000 > now - kNear && number / 1000 < now + kNear) ||
         (number / 1'000'000 > now - kNear && number / 1'000'000 < now + kNear);
}

// Members that are new on every run by their very meaning, however they look.
bool NamesAnId(std::string_view name) {
  static constexpr std::array<std::string_view, 15> kEnds = {
      "correlation", "correlation_id", "correlationid", "request_id",   "requestid", "trace_id",
      "traceparent", "session_id",     "sessionid",     "requeststate", "jti",       "sid",
      "kid",         "page_token",     "cursor"};
  const std::string lower = LowerCase(name);
  return std::any_of(kEnds.begin(), kEnds.end(), [&](std::string_view end) { return lower.ends_with(end); });
}

std::string Relative(int64_t seconds) {
  if (seconds == 0) return "{{time}}";
  return "{{time" + std::string(seconds > 0 ? "+" : "-") + std::to_string(seconds > 0 ? seconds : -seconds) + "s}}";
}

// Says nothing about the server's behaviour, or is another on each run.
bool IsTransport(const std::string& name) {
  static const std::set<std::string> kNames = {"date",       "content-length",    "connection",
                                               "keep-alive", "transfer-encoding", "server"};
  return kNames.contains(name);
}

// The JSON-RPC messages of a body, whether it is one or a stream of events; null if it is neither.
Json Messages(const Exchange& exchange) {
  std::string type;
  for (const auto& [name, value] : exchange.response_headers) {
    if (LowerCase(name) == "content-type") type = LowerCase(value);
  }
  if (type.starts_with("text/event-stream")) {
    Json all = Json::array();
    EventStreamParser parser;
    for (const ServerSentEvent& event : parser.Feed(exchange.response_body)) {
      if (event.data.empty()) continue;
      const Result<Json> message = ParseJson(event.data);
      all.push_back(message.ok() ? *message : Json(event.data));
    }
    return all.size() == 1 ? all[0] : all;
  }
  const Result<Json> message = ParseJson(exchange.response_body);
  return message.ok() ? *message : Json(nullptr);
}

// The envelope's id is ours, and structured content is said twice: once is enough to compare.
void Unwrap(Json& message) {
  if (message.is_array()) {
    for (Json& each : message) Unwrap(each);
    return;
  }
  if (!message.is_object() || !message.contains("jsonrpc")) return;
  message.erase("id");
  message.erase("jsonrpc");
  const Json* structured = Find(message, "/result/structuredContent");
  Json* content = message.contains("result") && message["result"].is_object() && message["result"].contains("content")
                      ? &message["result"]["content"]
                      : nullptr;
  if (structured == nullptr || content == nullptr || !content->is_array() || content->size() != 1) return;
  const Result<Json> said = ParseJson(AtOr<std::string>((*content)[0], "/text", ""));
  if (said.ok() && *said == *structured) *content = "{{structuredContent as text}}";
}

Json ChecksOf(const StepResult& step) {
  Json checks = Json::object();
  for (const Check& check : step.checks) checks[check.id] = Name(check.verdict);
  return checks;
}

bool IsProbe(const Scenario& scenario, size_t index) {
  return index < scenario.steps.size() && !EffectsOf(scenario.steps[index].action).probe.empty();
}

// A step that is repeated until it holds is repeated as often as the machine is slow: of those, the last counts.
size_t FirstThatCounts(const Scenario& scenario, size_t index, size_t exchanges) {
  if (index >= scenario.steps.size()) return 0;
  const StepEffects effects = EffectsOf(scenario.steps[index].action);
  if (!effects.idles) return 0;
  const auto times = static_cast<size_t>(effects.requests);
  return exchanges > times ? exchanges - times : 0;
}

}  // namespace

Typing::Typing(std::vector<NamedText> names, int64_t now) : now_(now) {
  for (NamedText& named : names) {
    if (named.text.size() < kBeginning) continue;
    beginnings_.set(MixedBeginning(named.text));
    names_.try_emplace(std::move(named.text), std::move(named.name));
  }
}

// Of all that begin a text the longest is sorted last; what is sorted between it and the text shares less with the text
// than itself.
const Typing::Names::value_type* Typing::NameAt(std::string_view text) const {
  if (text.size() < kBeginning || !beginnings_.test(MixedBeginning(text))) return nullptr;
  while (text.size() >= kBeginning) {
    auto last = names_.upper_bound(text);
    if (last == names_.begin()) return nullptr;
    --last;
    if (text.starts_with(last->first)) return &*last;
    const auto parting = std::mismatch(last->first.begin(), last->first.end(), text.begin(), text.end()).first;
    text = text.substr(0, static_cast<size_t>(parting - last->first.begin()));
  }
  return nullptr;
}

std::string Typing::Text(std::string_view text) const {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const std::string_view rest = text.substr(at);
    if (rest.starts_with("{{")) {
      const size_t end = text.find("}}", at);
      if (end != std::string_view::npos) {
        out.append(text.substr(at, end + 2 - at));
        at = end + 2;
        continue;
      }
    }
    if (const auto* named = NameAt(rest); named != nullptr) {
      out.append("{{").append(named->second).append("}}");
      at += named->first.size();
      continue;
    }
    const bool begins = at == 0 || !(IsDigit(text[at - 1]) || IsLetter(text[at - 1]));
    size_t size = 0;
    if (!begins) {
      out += text[at++];
      continue;
    }
    if ((size = TimeAt(text, at)) > 0) {
      out += "{{time}}";
    } else if ((size = AddressAt(text, at)) > 0) {
      out += "{{address}}";
    } else if ((size = TokenAt(text, at)) > 0) {
      out += "{{token}}";
    } else if (Fits(text, at, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx")) {
      size = 36;
      out += "{{id}}";
    } else {
      while (at + size < text.size() && IsWord(text[at + size])) ++size;
      const std::string_view word = text.substr(at, size);
      const bool number = (size == 10 || size == 13 || size == 16) && std::all_of(word.begin(), word.end(), IsDigit);
      // A word may hold a name of ours; then it is not taken as a whole.
      bool holds_name = false;
      for (size_t i = 0; i < word.size() && !holds_name; ++i) holds_name = NameAt(word.substr(i)) != nullptr;
      if (number && NearNow(std::stoll(std::string(word)), now_)) {
        out += "{{time}}";
      } else if (!holds_name && IsOpaque(word)) {
        out += "{{id}}";
      } else {
        // Up to the next place where something can begin.
        size = std::max<size_t>(1, size);
        const size_t next = word.find_first_of("_-");
        if (next != std::string_view::npos) size = next + 1;
        if (holds_name) size = 1;
        out.append(text.substr(at, size));
      }
    }
    at += size;
  }
  return out;
}

Json Typing::Member(const std::string& name, const Json& value) const {
  if (value.is_string() && value.get_ptr<const std::string*>()->size() >= 6 && NamesAnId(name)) return "{{id}}";
  return Value(value);
}

Json Typing::Value(const Json& value) const {
  if (const auto* text = value.get_ptr<const std::string*>()) {
    if (text->starts_with("{\"") || text->starts_with("[")) {
      const Result<Json> inner = ParseJson(*text);
      if (inner.ok() && inner->is_structured()) return Json{{"{{json}}", Value(*inner)}};
    }
    // A certificate, or a key written out.
    const bool bytes = text->size() >= 100 && std::all_of(text->begin(), text->end(), [](char c) {
                         return IsWord(c) || c == '+' || c == '/' || c == '=';
                       });
    if (bytes) return "{{bytes}}";
    return Text(*text);
  }
  if (value.is_number_integer()) {
    const auto number = value.get<int64_t>();
    return NearNow(number, now_) ? Json("{{time}}") : value;
  }
  if (value.is_number_float()) {  // some attacks write times so
    const double number = value.get<double>();
    return number > 1e9 && number < 1e17 && NearNow(static_cast<int64_t>(number), now_) ? Json("{{time}}") : value;
  }
  if (value.is_array()) {
    Json list = Json::array();
    for (const Json& item : value) list.push_back(Value(item));
    return list;
  }
  if (value.is_object()) {
    Json object = Json::object();
    for (const auto& [name, member] : value.items()) object[Text(name)] = Member(name, member);
    return object;
  }
  return value;
}

Json Typing::Token(const Json& decoded) const {
  Json header = AtOr<Json>(decoded, "/header", Json::object());
  Json claims = AtOr<Json>(decoded, "/claims", Json::object());
  const int64_t issued = AtOr<int64_t>(claims, "/iat", now_);
  Json typed = Json::object();
  if (claims.is_object()) {
    for (const auto& [name, member] : claims.items()) {
      const bool date = name == "exp" || name == "nbf";
      // Minted for years to come, but still from now on: that it is a time is all that stays.
      const int64_t far = AtOr<int64_t>(member, "", 0);
      if (date && !NearNow(far, now_) && far > now_ - 30 * kNear && far < now_ + 30 * kNear) {
        typed[name] = "{{time}}";
      } else if (date && member.is_number_integer() && NearNow(member.get<int64_t>(), now_)) {
        typed[name] = Relative(member.get<int64_t>() - issued);
      } else {
        typed[name] = Member(name, member);
      }
    }
  }
  return {{"header", Value(header)}, {"claims", typed}};
}

Json TypedAnswer(const Exchange& exchange, const Typing& typing) {
  Json answer = Json::object();
  if (exchange.status == 0) {
    answer["silence"] = typing.Text(exchange.failure);
    return answer;
  }
  answer["status"] = exchange.status;
  Json headers = Json::object();
  for (const auto& [name, value] : exchange.response_headers) {
    const std::string lower = LowerCase(name);
    if (IsTransport(lower)) continue;
    std::string typed = typing.Text(value);
    if (lower == "retry-after") typed = "{{seconds}}";
    if (lower == "mcp-session-id" && !value.empty()) typed = "{{id}}";
    headers[lower] = headers.contains(lower) ? headers[lower].get<std::string>() + ", " + typed : typed;
  }
  if (!headers.empty()) answer["headers"] = headers;
  if (Json message = Messages(exchange); !message.is_null()) {
    Unwrap(message);
    answer["body"] = typing.Value(message);
  } else if (!exchange.response_body.empty()) {
    answer["body"] = typing.Text(exchange.response_body);
  }
  return answer;
}

Json Recorded(const Downstream& downstream, int64_t since_us, const Typing& typing) {
  RecordedDownstream recorded;
  for (const DownstreamEvent& event : downstream.events) {
    if (event.at_us < since_us) continue;
    DownstreamAct act = event.act;
    for (std::string* text : {&act.persona, &act.action, &act.object}) *text = typing.Text(*text);
    for (std::string& account : act.discloses) account = typing.Text(account);
    recorded.acts.push_back(std::move(act));
  }
  // Why it could not be read is another each time, as likely as not.
  for (const NotObservable& one : downstream.not_observable) {
    recorded.not_observable.push_back({one.place, one.component});
  }
  if (recorded.acts.empty() && recorded.not_observable.empty()) return nullptr;
  return ToJsonByFields(recorded, nullptr);
}

Result<RecordedDownstream> DownstreamFrom(const Json& step) {
  RecordedDownstream recorded;
  const Json* const stored = Find(step, "/downstream");
  if (stored != nullptr) TRY(FromJsonByFields(*stored, recorded).While("downstream"));
  return recorded;
}

Json MakeRecording(const Scenario& scenario, const ScenarioResult& result, const Typing& typing) {
  Json seen = Json::array();
  std::set<std::string> known_tokens;
  for (size_t i = 0; i < result.steps.size(); ++i) {
    const StepResult& step = result.steps[i];
    Json played = {{"step", typing.Text(step.title)}};
    if (!step.checks.empty()) played["checks"] = ChecksOf(step);
    // A probe sends side by side, in an order of its own: what it found is what counts.
    if (!IsProbe(scenario, i)) {
      Json answers = Json::array();
      const std::vector<Exchange>& exchanges = step.trace.exchanges;
      const size_t first = FirstThatCounts(scenario, i, exchanges.size());
      for (size_t at = first; at < exchanges.size(); ++at) {
        const Exchange& exchange = exchanges[at];
        if (!exchange.credential.empty() && known_tokens.insert(exchange.credential).second) {
          played["tokens"][exchange.credential] = typing.Token(exchange.token);
        }
        if (exchange.lane != scenario.target) continue;
        Json answer = TypedAnswer(exchange, typing);
        answer["to"] = typing.Text(exchange.title);
        answer["as"] = exchange.credential.empty() ? "nobody" : exchange.credential;
        Json* last = answers.empty() ? nullptr : &answers.back();
        if (last != nullptr) {
          const int64_t times = AtOr<int64_t>(*last, "/times", 1);
          Json once = *last;
          once.erase("times");
          if (once == answer) {
            (*last)["times"] = times + 1;
            continue;
          }
        }
        answers.push_back(std::move(answer));
      }
      const int64_t since = first == 0 || first >= exchanges.size() ? 0 : exchanges[first].started_us;
      if (!answers.empty()) played["answers"] = std::move(answers);
      if (Json downstream = Recorded(step.trace.downstream, since, typing); !downstream.is_null()) {
        played["downstream"] = std::move(downstream);
      }
    }
    seen.push_back(std::move(played));
  }
  Json recording = {{"recording", kVersion},
                    {"id", result.id},
                    {"verdict", Name(result.verdict())},
                    {"scenario", scenario.source},
                    {"seen", std::move(seen)}};
  if (!result.error.empty()) recording["error"] = typing.Text(result.error);
  if (!result.target_served.empty()) recording["target_served"] = result.target_served;
  return recording;
}

std::string RecordingText(const Json& recording) {
  static const std::vector<std::string> first = [] {
    std::vector<std::string> names = {
        "recording", "recorded", "iff",       "system",  "server", "mutant",        "id",
        "title",     "target",   "targets",   "verdict", "error",  "target_served", "volatile",
        "scenario",  "tags",     "exclusive", "given",   "steps",  "seen",          "step"};
    for (const StepWord* word : StepWords()) names.emplace_back(word->word);
    for (const char* const name :
         {"for", "of", "from", "with", "check", "level", "clause",
          // of an answer
          "to", "as", "times", "status", "silence", "headers", "body", "tokens", "answers", "checks", "downstream",
          // of an act downstream
          "source", "place", "component", "persona", "action", "object", "allowed", "discloses", "acts",
          "not_observable"}) {
      names.emplace_back(name);
    }
    return names;
  }();
  return "# Who did what and what was seen at both ends, without secrets: iff replay plays it again.\n" +
         YamlText(recording, first);
}

Result<Json> ReadRecording(const std::string& path) {
  const YamlFile file = TRY(YamlFile::Load(path));
  const Json& recording = file.value();
  const int64_t version = AtOr<int64_t>(recording, "/recording", 0);
  if (version < 1 || Find(recording, "/seen") == nullptr || Find(recording, "/id") == nullptr) {
    return Error(ErrorKind::kInvalidInput,
                 file.Point("", "this is no recording: 'iff run' leaves them in recordings/"));
  }
  if (version < kVersion) {
    return Error(ErrorKind::kInvalidInput,
                 file.Point("/recording",
                            "made by an older iff, which wrote what it saw downstream as sentences: "
                            "record it again with 'iff run'"));
  }
  if (version > kVersion) {
    return Error(ErrorKind::kInvalidInput,
                 file.Point("/recording", "made by a newer iff: this one reads version " + std::to_string(kVersion)));
  }
  const Json steps = AtOr<Json>(recording, "/seen", Json::array());
  for (size_t i = 0; i < steps.size(); ++i) {
    const Result<RecordedDownstream> downstream = DownstreamFrom(steps[i]);
    if (downstream.ok()) continue;
    return Error(ErrorKind::kInvalidInput,
                 file.Point("/seen/" + std::to_string(i), "damaged: " + downstream.error().message()));
  }
  return recording;
}

}  // namespace iff
