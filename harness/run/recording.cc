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

constexpr int kVersion = 3;  // in 1, what was seen downstream was sentences; in 2, members had other names

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
        if (exchange.lane != step.WentTo(scenario.target)) continue;
        Json answer = TypedAnswer(exchange, typing);
        if (!step.at.empty()) answer["at"] = step.at;
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
    std::vector<std::string> names = {"recording", "recorded",      "iff",      "system",   "server", "mutant",
                                      "id",        "title",         "target",   "targets",  "beside", "verdict",
                                      "error",     "target_served", "volatile", "scenario", "tags",   "exclusive",
                                      "given",     "steps",         "seen",     "step"};
    for (const StepWord* word : StepWords()) names.emplace_back(word->word);
    for (const char* const name :
         {"for", "of", "from", "at", "with", "check", "level", "clause",
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
    return Error(ErrorKind::kInvalidInput, file.Point("/recording",
                                                      "made by an older iff, which wrote recordings in another form: "
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
