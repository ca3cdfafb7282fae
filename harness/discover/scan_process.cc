#include "harness/discover/scan_process.h"

#include <algorithm>

#include "harness/core/regex_search.h"
#include "harness/discover/scan_judge.h"
#include "harness/mcp/protocol.h"

namespace iff {
namespace {

constexpr const char* kMessages = "MCP 2025-11-25 base protocol, messages";
constexpr const char* kNobodysMethod = "iff/no-such-method";
constexpr size_t kMostNoise = 50;

Json Message(int64_t id, const std::string& method, Json params) {
  return {{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", std::move(params)}};
}

// Reads on until one line answers `id`; what is no message is kept as noise.
Json AnswerTo(Service& service, int64_t id, Deadline deadline, ProcessAnswers& said) {
  while (!deadline.Passed()) {
    const Result<std::string> line = service.ReadLine(deadline);
    if (!line.ok()) return nullptr;
    const Result<Json> message = ParseJson(*line);
    if (!message.ok() || !message->is_object() || AtOr<std::string>(*message, "/jsonrpc", "") != "2.0") {
      if (said.noise.size() < kMostNoise) said.noise.push_back(*line);
    } else if (AtOr<int64_t>(*message, "/id", 0) == id) {
      return *message;
    }
  }
  return nullptr;
}

Json AskFor(Service& service, int64_t id, const std::string& method, Json params, Deadline deadline,
            ProcessAnswers& said) {
  if (!service.WriteLine(Dump(Message(id, method, std::move(params)))).ok()) return nullptr;
  return AnswerTo(service, id, deadline, said);
}

void AskLists(Service& service, Deadline deadline, ProcessAnswers& said) {
  (void)service.WriteLine(Dump({{"jsonrpc", "2.0"}, {"method", "notifications/initialized"}}));
  int64_t id = 1;
  for (const char* method : {"tools/list", "resources/list", "prompts/list", kNobodysMethod})
    said.answers[method] = AskFor(service, ++id, method, Json::object(), deadline, said);
}

std::string ListText(const SecretShapes& shapes, const Json& answer, const std::string& member) {
  const Json* const all = Find(answer, "/result/" + member);
  if (all == nullptr || !all->is_array())
    return Find(answer, "/error") != nullptr ? "none: error " + std::to_string(AtOr<int64_t>(answer, "/error/code", 0))
                                             : "no answer";
  return std::to_string(all->size()) + NamesIn(shapes, *all, member == "tools");
}

ScanLine JudgeStart(const ProcessAnswers& said, const SecretShapes& shapes) {
  const std::string looked = "whether it starts without being told anything";
  if (said.spoke) return Line("start", looked, ScanVerdict::kSound, "it answers initialize");
  std::string wants;
  for (const std::string& name : VariablesNamedIn(said.log)) wants += (wants.empty() ? "" : ", ") + name;
  const std::string why =
      (said.ended.empty() ? "it says nothing MCP knows" : "it ended (" + Quoted(shapes, said.ended, 40) + ")") +
      (wants.empty() ? ": " + Quoted(shapes, said.log, 200)
                     : ", and names " + wants + ": set them by --env NAME=VALUE");
  return Line("start", looked, ScanVerdict::kNotTold, why);
}

ScanLine JudgeOutput(const ProcessAnswers& said, const SecretShapes& shapes) {
  const std::string looked = "standard output";
  if (said.noise.empty())
    return Line("output", looked, said.spoke ? ScanVerdict::kSound : ScanVerdict::kNotTold,
                said.spoke ? "messages alone" : "nothing", said.spoke ? kMessages : "");
  return Line("output", looked, ScanVerdict::kFault,
              std::to_string(said.noise.size()) + " lines that are no messages: " + Quoted(shapes, said.noise.front()),
              kMessages);
}

ScanLine JudgeLog(const ProcessAnswers& said, const SecretShapes& shapes) {
  const std::vector<std::string> kinds = shapes.In(said.log);
  return Line("output", "standard error", kinds.empty() ? ScanVerdict::kSound : ScanVerdict::kFault,
              kinds.empty() ? "nothing that looks like a secret" : "shows " + kinds.front(),
              "OWASP MCP Top 10 2025, MCP01");
}

ScanLine JudgeUnknown(const Json& answer) {
  const std::string looked = "a method that nobody has";
  if (answer.is_null())
    return Line("messages", looked, ScanVerdict::kFault, "no answer: who asks waits for good", kMessages);
  const int64_t code = AtOr<int64_t>(answer, "/error/code", 0);
  if (code == -32601) return Line("messages", looked, ScanVerdict::kSound, "error -32601", kMessages);
  return Line("messages", looked, ScanVerdict::kFault,
              (code == 0 ? "a result" : "error " + std::to_string(code)) + std::string(", where -32601 is due"),
              kMessages);
}

}  // namespace

std::vector<std::string> VariablesNamedIn(const std::string& text) {
  static const std::regex form("[A-Z][A-Z0-9]{1,30}(_[A-Z0-9]{1,30}){1,6}");
  std::vector<std::string> names;
  SearchInPieces(text, form, [&](const std::cmatch& found) {
    if (std::find(names.begin(), names.end(), found.str()) == names.end()) names.push_back(found.str());
    return names.size() < 8;
  });
  return names;
}

Result<ProcessAnswers> AskProcess(Launcher& launcher, const ProcessScan& scan) {
  const std::string directory = TRY(launcher.MakeDirectory("scan", ""));
  ServiceSpec spec{.name = "scan", .environment = scan.environment, .directory = directory, .pipes = true};
  spec.stop_within = std::chrono::milliseconds(300);
  spec.environment["IFF_SCAN_FOLDER"] = scan.folder;
  spec.argv = {"sh", "-c", "cd \"$IFF_SCAN_FOLDER\" && unset IFF_SCAN_FOLDER && exec " + scan.command};
  Service service = TRY(launcher.Launch(spec).While("start the server"));
  ProcessAnswers said;
  const Deadline starts = Deadline::In(scan.starts_within);
  said.welcome = AskFor(service, 1, "initialize", InitializeParams(Revision::k20251125), starts, said);
  said.spoke = Find(said.welcome, "/result/protocolVersion") != nullptr;
  if (said.spoke) AskLists(service, Deadline::In(scan.within), said);
  // What it writes to has been closed a moment before it is known to have ended.
  constexpr std::chrono::milliseconds kToEnd{300};
  if (!said.spoke)
    (void)Eventually(Deadline::In(kToEnd), [&]() -> Result<bool> { return service.exited().has_value(); });
  if (const auto ended = service.exited()) said.ended = *ended;
  said.log = service.LogTail(40);
  return said;
}

ScanLines JudgeProcess(const ProcessAnswers& said, const PublishedFaults& faults, const SecretShapes& shapes) {
  ScanLines lines = {JudgeStart(said, shapes), JudgeOutput(said, shapes), JudgeLog(said, shapes)};
  if (!said.spoke) return lines;
  lines.push_back(Line("messages", "revision", ScanVerdict::kSound,
                       Quoted(shapes, AtOr<std::string>(said.welcome, "/result/protocolVersion", ""), 20)));
  for (const char* member : {"tools", "resources", "prompts"}) {
    const auto found = said.answers.find(member + std::string("/list"));
    const Json answer = found == said.answers.end() ? Json(nullptr) : found->second;
    lines.push_back(Line("messages", member, answer.is_null() ? ScanVerdict::kNotTold : ScanVerdict::kSound,
                         ListText(shapes, answer, member)));
  }
  const auto unknown = said.answers.find(kNobodysMethod);
  if (unknown != said.answers.end()) lines.push_back(JudgeUnknown(unknown->second));
  const ToldVersion told{.name = AtOr<std::string>(said.welcome, "/result/serverInfo/name", ""),
                         .version = AtOr<std::string>(said.welcome, "/result/serverInfo/version", "")};
  for (ScanLine& line : JudgeTold({told}, "", faults, shapes)) lines.push_back(std::move(line));
  return lines;
}

}  // namespace iff
