#include "harness/discover/scan_ask.h"

#include <netdb.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <memory>
#include <thread>

#include "harness/net/event_reader.h"
#include "harness/run/challenge.h"
#include "harness/run/operations_pages.h"

namespace iff {
namespace {

using std::chrono_literals::operator""ms;

// Connections. A small server on this machine has room for five that wait; the kernel lets the next try again after a
// second. Elsewhere the way is what takes time.
constexpr size_t kAtOnceHere = 6;
constexpr size_t kAtOnceElsewhere = 16;
constexpr auto kPageMost = 600ms;       // a page may never end
constexpr auto kFirstEvent = 200ms;     // of a stream that was opened
constexpr size_t kBodyKept = 64 << 10;  // of one answer; nothing that is looked for stands further down

constexpr const char* kNobodysSession = "iff-scan-no-such-session";
constexpr const char* kNobodysPage = "/iff-scan-no-such-page";

// A server may answer a message by a stream, which then has the answer, and others may follow for hours.
void ReadStream(EventReader& reader, const Asking& asking, Deadline deadline, HttpResponse& answer) {
  const bool answers = asking.request.method == "POST";
  const Deadline until = answers ? deadline : Deadline(std::min(deadline.at(), Deadline::In(kFirstEvent).at()));
  while (answer.body.size() < kBodyKept) {
    const Result<ServerSentEvent> event = reader.Next(until);
    if (!event.ok()) return;
    answer.body += "event: " + event->event + "\ndata: " + event->data + "\n\n";
    if (!answers || !ParseMcpAnswer(answer, asking.id).message.is_null()) return;
  }
}

// Of an error; a query may hold what opens the server.
std::string WithoutQuery(std::string text, const std::string& target) {
  const size_t query = target.find('?');
  const size_t at = query == std::string::npos ? query : text.find(target.substr(query));
  return at == std::string::npos ? text : text.erase(at, target.size() - query);
}

Heard Ask(const Endpoint& endpoint, const Asking& asking, Deadline deadline, const TlsClientOptions& tls) {
  const Result<std::unique_ptr<EventReader>> reader = EventReader::Open(endpoint, asking.request, deadline, tls);
  if (!reader.ok())
    return {.silence = WithoutQuery(reader.error().message(), asking.request.target), .kind = reader.error().kind()};
  HttpResponse answer = (*reader)->head();
  const bool stream = (*reader)->streams();
  if (stream) ReadStream(**reader, asking, deadline, answer);
  if (answer.body.size() > kBodyKept) answer.body.resize(kBodyKept);
  return {.stream = stream, .answer = ParseMcpAnswer(answer, asking.id)};
}

// The answers in the order of the questions.
std::vector<Heard> AskAll(const Endpoint& endpoint, const std::vector<Asking>& questions, Deadline deadline,
                          std::chrono::milliseconds each, const TlsClientOptions& tls) {
  std::vector<Heard> heard(questions.size());
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    for (size_t i = next++; i < questions.size(); i = next++) {
      const Deadline until(std::min(deadline.at(), Deadline::In(each).at()));
      heard[i] =
          deadline.Passed() ? Heard{.silence = "there was no time left"} : Ask(endpoint, questions[i], until, tls);
    }
  };
  const size_t at_once = IsLoopback(endpoint.host) ? kAtOnceHere : kAtOnceElsewhere;
  std::vector<std::thread> threads;
  for (size_t i = 1; i < std::min(at_once, questions.size()); ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
  return heard;
}

Asking Message(const std::string& name, Revision revision, const std::string& path, const std::string& method,
               Json params, const std::string& session = {}) {
  return {.name = name, .request = McpRequest(revision, path, method, std::move(params), 1, session), .id = 1};
}

Asking Initialize(const std::string& name, Revision revision, const std::string& path) {
  return Message(name, revision, path, "initialize", InitializeParams(revision));
}

Asking With(Asking asking, const std::string& name, const std::string& field, const std::string& value) {
  asking.name = name;
  asking.request.headers.Set(field, value);
  return asking;
}

Asking Bare(const std::string& method, const std::string& target) {
  return {.name = method, .request = {.method = method, .target = target}};
}

// What an endpoint lists, and a call of a tool that nobody has: in the newest revision, which needs nothing before it,
// and in the one before, in the session a stranger was given.
void AddLists(const UrlAnswers& answers, std::vector<Asking>& questions) {
  const std::string& path = answers.url.target;
  for (const Revision revision : {Revision::k20260728, Revision::k20251125}) {
    const std::string suffix = " " + std::string(Name(revision));
    for (const char* list : {"tools/list", "resources/list", "prompts/list"})
      questions.push_back(Message(list + suffix, revision, path, list, Json::object(), answers.session));
    const Json call = {{"name", std::string(kNobodysTool)}, {"arguments", Json::object()}};
    questions.push_back(Message("tools/call" + suffix, revision, path, "tools/call", call, answers.session));
  }
}

void AddMetadata(const UrlAnswers& answers, std::vector<Asking>& questions) {
  const std::string well_known = "/.well-known/oauth-protected-resource";
  const std::string path = answers.Path();
  if (path != "/") {
    questions.push_back(Bare("GET", well_known + path));
    questions.back().name = "metadata at its path";
  }
  questions.push_back(Bare("GET", well_known));
  questions.back().name = "metadata at the root";
}

void AddBrowser(const UrlAnswers& answers, std::vector<Asking>& questions) {
  const std::string& path = answers.url.target;
  const Asking hello = Initialize("", Revision::k20251125, path);
  questions.push_back(With(hello, "foreign origin", "Origin", std::string(kForeignOrigin)));
  if (answers.loopback()) questions.push_back(With(hello, "foreign host", "Host", "iff-scan.example"));
  Asking preflight = With(Bare("OPTIONS", path), "preflight", "Origin", std::string(kForeignOrigin));
  preflight.request.headers.Set("Access-Control-Request-Method", "POST");
  preflight.request.headers.Set("Access-Control-Request-Headers", "authorization, content-type, mcp-session-id");
  questions.push_back(std::move(preflight));
}

std::vector<Asking> DoorQuestions(const UrlAnswers& answers) {
  const std::string& path = answers.url.target;
  std::vector<Asking> questions;
  const Asking hello = Initialize("", Revision::k20251125, path);
  AddLists(answers, questions);
  questions.push_back(With(hello, "worthless token", "Authorization", "Bearer iff-scan-worthless"));
  questions.push_back(
      With(hello, "worthless token, scheme in small letters", "Authorization", "bearer iff-scan-worthless"));
  for (const Revision revision : {Revision::k20250618, Revision::k20241105})
    questions.push_back(Initialize("initialize " + std::string(Name(revision)), revision, path));
  questions.push_back(Message("server/discover", Revision::k20260728, path, "server/discover", Json::object()));
  questions.push_back(With(Bare("GET", path), "GET", "Accept", "text/event-stream"));
  questions.push_back(With(Bare("DELETE", path), "DELETE", "Mcp-Session-Id", kNobodysSession));
  for (const char* method : {"PUT", "PATCH", "HEAD", "OPTIONS", "TRACE"}) questions.push_back(Bare(method, path));
  AddMetadata(answers, questions);
  AddBrowser(answers, questions);
  return questions;
}

// Where the endpoint may be: where the URL says; with no path at all also where it usually is.
std::vector<std::string> Candidates(const Url& url) {
  std::vector<std::string> paths = {url.target};
  if (url.target == "/") paths.insert(paths.end(), {"/mcp", "/rpc", "/sse"});
  return paths;
}

bool SpeaksMcp(const Heard& post, const Heard& stream) {
  if (stream.ok() && stream.stream && stream.answer.body.starts_with("event: endpoint")) return true;
  // A guarded stream of 2024-11-05 opens for nobody.
  const bool guarded_stream = stream.ok() && stream.status() == 401 && post.ok() && post.status() >= 404;
  return guarded_stream || post.Refused() || (post.ok() && (post.answer.HasResult() || post.answer.HasError()));
}

// An endless wait for a name that nobody resolves is left to a thread of its own, which nobody waits for.
Result<void> ResolveWithin(const Endpoint& endpoint, Deadline deadline) {
  const auto told = std::make_shared<std::promise<std::string>>();
  std::future<std::string> answer = told->get_future();
  std::thread([told, host = endpoint.host] {
    addrinfo* found = nullptr;
    // An address in brackets is one already.
    const int code = host.starts_with('[') ? 0 : getaddrinfo(host.c_str(), nullptr, nullptr, &found);
    if (found != nullptr) freeaddrinfo(found);
    told->set_value(code == 0 ? "" : gai_strerror(code));
  }).detach();
  if (answer.wait_until(deadline.at()) != std::future_status::ready)
    return Error(ErrorKind::kTimeout, "the name " + endpoint.host + " is not resolved in time");
  const std::string problem = answer.get();
  if (!problem.empty()) return Error(ErrorKind::kUnavailable, "resolve " + endpoint.host + ": " + problem);
  return {};
}

// Finds the endpoint and keeps what it answered to the first question.
Result<UrlAnswers> FindEndpoint(const Url& url, Deadline deadline, const TlsClientOptions& tls) {
  const std::vector<std::string> paths = Candidates(url);
  std::vector<Asking> questions;
  for (const std::string& path : paths) {
    questions.push_back(Initialize("initialize", Revision::k20251125, path));
    questions.push_back(With(Bare("GET", path), "stream", "Accept", "text/event-stream"));
  }
  const std::vector<Heard> heard = AskAll(url.endpoint, questions, deadline, deadline.Left(), tls);
  std::string seen;
  bool answered = false;
  for (size_t i = 0; i < paths.size(); ++i) {
    const Heard& post = heard[2 * i];
    answered = answered || post.ok();
    const std::string path = paths[i].substr(0, paths[i].find('?'));
    seen += (seen.empty() ? "POST " : ", ") + path + " answers " + (post.ok() ? std::to_string(post.status()) : "not");
    if (!SpeaksMcp(post, heard[2 * i + 1])) continue;
    UrlAnswers answers{.url = {.endpoint = url.endpoint, .target = paths[i]}};
    answers.session = post.ok() ? post.answer.headers.Get("Mcp-Session-Id") : "";
    answers.heard["initialize"] = post;
    return answers;
  }
  if (!answered) {
    const Heard& first = heard.front();
    const bool nobody = first.kind == ErrorKind::kUnavailable || first.kind == ErrorKind::kTimeout;
    return Error(first.kind, (nobody ? "nobody answers: " : "") + first.silence);
  }
  return Error(ErrorKind::kProtocol, "nothing there speaks MCP (" + seen + "): give the whole URL of its endpoint");
}

// A challenge may say where the metadata is; nobody follows it to another host.
void AskWhereChallenged(UrlAnswers& answers, Deadline deadline, const TlsClientOptions& tls) {
  const auto parameters = ParametersOf("Bearer", ChallengeIn("Bearer", answers.FirstRefusal().answer));
  if (!parameters || !parameters->contains("resource_metadata")) return;
  const Result<Url> url = ParseUrl(parameters->at("resource_metadata"));
  if (!url.ok() || url->endpoint != answers.url.endpoint) return;
  answers.heard["metadata where the challenge says"] = Ask(url->endpoint, Bare("GET", url->target), deadline, tls);
}

void AskPages(UrlAnswers& answers, Deadline deadline, const TlsClientOptions& tls) {
  std::vector<Asking> questions = {Bare("GET", kNobodysPage)};
  for (const std::string& page : OperationsPages(answers.Path())) questions.push_back(Bare("GET", page));
  std::vector<Heard> heard = AskAll(answers.url.endpoint, questions, deadline, kPageMost, tls);
  answers.nowhere = std::move(heard.front());
  for (size_t i = 1; i < questions.size(); ++i)
    answers.pages.emplace_back(questions[i].request.target, std::move(heard[i]));
}

// What was opened for the scan is closed; nothing else is, since no other id was ever shown.
void EndSessions(const UrlAnswers& answers, Deadline deadline, const TlsClientOptions& tls) {
  std::vector<Asking> endings;
  for (const std::string& id : answers.Sessions())
    endings.push_back(With(Bare("DELETE", answers.url.target), "end", "Mcp-Session-Id", id));
  (void)AskAll(answers.url.endpoint, endings, deadline, kPageMost, tls);
}

}  // namespace

const Heard& UrlAnswers::Of(const std::string& question) const {
  static const Heard nothing{.silence = "it was not asked"};
  const auto found = heard.find(question);
  return found == heard.end() ? nothing : found->second;
}

const Heard& UrlAnswers::FirstRefusal() const {
  for (const auto& [question, one] : heard) {
    if (one.Refused() && !question.starts_with("worthless")) return one;
  }
  return Of("initialize");
}

std::vector<std::string> UrlAnswers::Sessions() const {
  std::vector<std::string> ids;
  for (const auto& [question, one] : heard) {
    const std::string id = one.ok() ? one.answer.headers.Get("Mcp-Session-Id") : "";
    if (!id.empty() && std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
  }
  return ids;
}

bool IsLoopback(const std::string& host) {
  return host == "localhost" || host.ends_with(".localhost") || host.starts_with("127.") || host == "[::1]";
}

bool UrlAnswers::loopback() const { return IsLoopback(url.endpoint.host); }

Result<UrlAnswers> AskUrl(const Url& url, const ScanOptions& options) {
  const Deadline deadline = Deadline::In(options.within);
  TRY(ResolveWithin(url.endpoint, deadline));
  UrlAnswers answers = TRY(FindEndpoint(url, deadline, options.tls));
  if (!answers.session.empty()) {
    const Asking done{.request = McpNotification(Revision::k20251125, answers.url.target, "notifications/initialized",
                                                 Json::object(), answers.session)};
    (void)Ask(answers.url.endpoint, done, deadline, options.tls);
  }
  const std::vector<Asking> questions = DoorQuestions(answers);
  std::vector<Heard> heard = AskAll(answers.url.endpoint, questions, deadline, options.within, options.tls);
  for (size_t i = 0; i < questions.size(); ++i) answers.heard[questions[i].name] = std::move(heard[i]);
  AskWhereChallenged(answers, deadline, options.tls);
  AskPages(answers, deadline, options.tls);
  EndSessions(answers, deadline, options.tls);
  return answers;
}

}  // namespace iff
