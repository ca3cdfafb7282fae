// What a server tells of itself where it would not have to: in what it publishes, in what it refuses, in its names.
#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <regex>
#include <set>

#include "harness/core/regex_search.h"
#include "harness/core/version.h"
#include "scenarios/probes/probes.h"

namespace iff {
namespace {

std::string WholeOf(const McpAnswer& answer) {
  std::string whole;
  for (const auto& [name, value] : answer.headers.fields()) whole += name + ": " + value + "\n";
  return whole + answer.body;
}

// Where the components listen, but those at which clients log in: they are told on purpose.
std::map<std::string, std::string> AddressesBehind(const Sandbox& sandbox) {
  std::map<std::string, std::string> addresses;
  const auto issuers = sandbox.components().All<IssuerKeys>();
  for (const NamedText& named : sandbox.Names()) {
    constexpr std::string_view kAddress = ".address";
    if (!named.name.ends_with(kAddress)) continue;
    const std::string component = named.name.substr(0, named.name.size() - kAddress.size());
    const bool issuer =
        std::any_of(issuers.begin(), issuers.end(), [&](const auto& each) { return each.first == component; });
    if (!issuer) addresses[named.text] = component;
  }
  return addresses;
}

// `arguments`: `with`, a credential.
Result<ProbeOutcome> PlayPublishedTexts(Sandbox& sandbox, const Json& arguments) {
  const std::string with = AtOr<std::string>(arguments, "/with", "");
  if (sandbox.principals().FindCredential(with) == nullptr)
    return Error(ErrorKind::kInvalidInput, "published_texts: want 'with', a credential");
  const TargetSpec& target = sandbox.target();
  std::map<std::string, std::string> texts;
  HttpRequest metadata{.target = "/.well-known/oauth-protected-resource" + target.path};
  const SendOutcome published = sandbox.client().SendPlain(metadata, "", "metadata");
  if (published.answer) texts["the metadata"] = WholeOf(*published.answer);
  for (const std::string method : {"tools/list", "server/discover"}) {
    const bool newest = target.Speaks("2026-07-28");
    if (method == "server/discover" && !newest) continue;
    const SendOutcome sent =
        sandbox.client().Send({.with = with, .revision = newest ? "2026-07-28" : ""}, method, Json::object(), method);
    if (!sent.answer) return Error(ErrorKind::kUnavailable, method + ": " + sent.silence);
    texts[method] = WholeOf(*sent.answer);
  }
  for (const char* path : {"/healthz", "/readyz", "/metrics", "/"}) {
    const SendOutcome sent = sandbox.client().SendPlain({.target = path}, "", path);
    if (sent.answer && sent.answer->status < 400) texts[path] = WholeOf(*sent.answer);
  }
  Finding secrets{.met = true, .expected = "no secret of anybody in what is published", .observed = ""};
  Finding behind{.met = true, .expected = "no address of what stands behind the server", .observed = ""};
  Finding offline{.met = true, .expected = "no offline_access among the scopes asked for", .observed = ""};
  const std::map<std::string, std::string> addresses = AddressesBehind(sandbox);
  for (const auto& [where, text] : texts) {
    for (const Redactor::Leak& leak : sandbox.context().redactor.Scan(text))
      Note(secrets, where + " holds " + leak.alias);
    for (const auto& [address, component] : addresses) {
      if (text.find(address) != std::string::npos) Note(behind, where + " says where " + component + " is");
    }
    if (text.find("offline_access") != std::string::npos) Note(offline, where + " asks for it");
  }
  for (Finding* finding : {&secrets, &behind, &offline}) {
    if (finding->met) finding->observed = "none in " + std::to_string(texts.size()) + " texts";
  }
  if (!published.answer || published.answer->status != 200) {
    // What there is not, tells nothing.
    (target.key_header.empty() ? offline.could_not : offline.inapplicable) =
        "no metadata are published: " + StatusOf(published);
  }
  return ProbeOutcome{.findings = {{"published-texts-hold-no-secret", secrets},
                                   {"published-texts-tell-no-address", behind},
                                   {"no-offline-access-is-asked-for", offline}}};
}

// Refusals of many kinds, by what was wrong.
std::map<std::string, SendOutcome> Refusals(Sandbox& sandbox, const std::string& with, const Json& call) {
  const TargetSpec& target = sandbox.target();
  const Revision revision = ParseRevision(target.revisions.front()).value_or(Revision::kPlain);
  std::map<std::string, SendOutcome> all;
  const HttpRequest right = McpRequest(revision, target.path, "tools/call", call, 1, "", target.mirrors);
  const auto plain = [&](const std::string& what, HttpRequest request, const std::string& authorization = "") {
    if (!authorization.empty()) request.headers.Set("Authorization", authorization);
    all[what] = sandbox.client().SendPlain(std::move(request), "", "refused: " + what);
  };
  plain("no token", right);
  plain("no such token", right, "Bearer not.a.token");
  plain("another scheme", right, "Basic bm9ib2R5Om5vdGhpbmc=");
  plain("a broken credential", right, "Bearer ");
  plain("a token in small pieces", right, "Bearer " + std::string(200, '.'));
  plain("another path", {.target = "/no/such/path"});
  plain("another method", {.method = "PUT", .target = target.path});
  const auto shown = [&](const std::string& what, HttpRequest request) {
    all[what] = sandbox.client().SendAgain(request, {.with = with, .patience = std::chrono::milliseconds(5000)},
                                           "refused: " + what);
  };
  HttpRequest bent = right;
  bent.body = "{\"jsonrpc\":";
  shown("half a message", bent);
  bent.body = std::string(2000, '[');
  shown("a deep message", bent);
  bent.body = "\xff\xfe{}";
  shown("no text", bent);
  bent = right;
  bent.headers.Set("Content-Type", "text/plain");
  shown("another type", bent);
  shown("no such method", McpRequest(revision, target.path, "no/such/method", Json::object(), 2));
  shown("no such tool",
        McpRequest(revision, target.path, "tools/call", {{"name", "no_such_tool"}, {"arguments", Json::object()}}, 3));
  Json odd = call;
  odd["arguments"] = {{"no_such_argument", Json::array({1, nullptr})}};
  shown("other arguments", McpRequest(revision, target.path, "tools/call", odd, 4));
  odd["arguments"] = "text";
  shown("no arguments", McpRequest(revision, target.path, "tools/call", odd, 5));
  shown("no parameters", McpRequest(revision, target.path, "tools/call", Json::object(), 6));
  return all;
}

std::optional<std::string> FirstMatch(const std::string& text, const std::regex& form) {
  std::optional<std::string> first;
  SearchInPieces(text, form, [&](const std::cmatch& found) {
    first = found.str();
    return false;
  });
  return first;
}

// `arguments`: `with`, a credential.
Result<ProbeOutcome> PlayRefusalTexts(Sandbox& sandbox, const Json& arguments) {
  const std::string with = AtOr<std::string>(arguments, "/with", "");
  const Credential* credential = sandbox.principals().FindCredential(with);
  if (credential == nullptr) return Error(ErrorKind::kInvalidInput, "refusal_texts: want 'with', a credential");
  const Json call = TRY(sandbox.client().CallParams({.operation = "read_own"}, credential->principal));
  static const std::regex trace(
      R"(Traceback \(most recent|\bat [\w.$<>]+ ?\(|goroutine \d+|stack ?trace|terminate called|what\(\):|File "[^"]+", line \d)");
  static const std::regex file(
      R"((/(usr|home|opt|var|etc|tmp|work|root|build|src)/[\w./-]+)|[\w-]+\.(cc|cpp|py|js|mjs|ts|go|rs|java):\d+|site-packages|node_modules)");
  static const std::regex version(R"(\b[A-Za-z][\w+.-]*/\d+\.\d+)");
  Finding traces{.met = true, .expected = "no stack trace in a refusal", .observed = ""};
  Finding files{.met = true, .expected = "no file of the server in a refusal", .observed = ""};
  Finding versions{.met = true, .expected = "no version of what it is built of", .observed = ""};
  Finding behind{.met = true, .expected = "no address of what stands behind the server", .observed = ""};
  const std::map<std::string, std::string> addresses = AddressesBehind(sandbox);
  int answered = 0;
  for (const auto& [what, sent] : Refusals(sandbox, with, call)) {
    if (!sent.answer) continue;
    ++answered;
    const std::string text = WholeOf(*sent.answer);
    if (const auto found = FirstMatch(text, trace)) Note(traces, what + ": " + *found);
    if (const auto found = FirstMatch(text, file)) Note(files, what + ": " + *found);
    std::string products;
    for (const char* name : {"Server", "X-Powered-By", "Via", "X-AspNet-Version"})
      products += sent.answer->headers.Get(name) + " ";
    if (const auto found = FirstMatch(products + sent.answer->body, version)) Note(versions, what + ": " + *found);
    for (const auto& [address, component] : addresses) {
      if (text.find(address) != std::string::npos) Note(behind, what + ": where " + component + " is");
    }
  }
  for (Finding* finding : {&traces, &files, &versions, &behind}) {
    if (finding->met) finding->observed = "none in " + std::to_string(answered) + " refusals";
    if (answered == 0) finding->could_not = "nothing was answered";
  }
  return ProbeOutcome{.findings = {{"refusals-hold-no-stack-trace", traces},
                                   {"refusals-name-no-file", files},
                                   {"refusals-name-no-version", versions},
                                   {"refusals-tell-no-address", behind}}};
}

constexpr const char* kWithSessionIds = "2025-11-25";

// How many bits a place of these names holds, from how often each letter stands there; summed, and with the correction
// for a sample of that size (Miller and Madow).
double BitsOf(const std::vector<std::string>& names) {
  size_t longest = 0;
  for (const std::string& name : names) longest = std::max(longest, name.size());
  double bits = 0;
  const auto count = static_cast<double>(names.size());
  for (size_t place = 0; place < longest; ++place) {
    std::map<int, int> letters;
    for (const std::string& name : names) ++letters[place < name.size() ? name[place] : -1];
    for (const auto& [letter, times] : letters) bits -= times / count * std::log2(times / count);
    bits += static_cast<double>(letters.size() - 1) / (2 * count * std::log(2.0));
  }
  return bits;
}

// `arguments`: `with`, a credential; `times`, at most; `bits`.
Result<ProbeOutcome> PlaySessionNames(Sandbox& sandbox, const Json& arguments) {
  const std::string with = AtOr<std::string>(arguments, "/with", "");
  const int64_t times = AtOr<int64_t>(arguments, "/times", 0);
  const double least = static_cast<double>(AtOr<int64_t>(arguments, "/bits", 0));
  if (sandbox.principals().FindCredential(with) == nullptr || times < 100)
    return Error(ErrorKind::kInvalidInput, "session_names: want 'with', a credential, and 'times', 100 or more");
  ProbeOutcome outcome;
  Finding& visible = outcome.findings["session-names-are-visible-ascii"];
  Finding& guessed = outcome.findings["session-names-cannot-be-guessed"];
  visible = {.met = true, .expected = "nothing but 0x21 to 0x7E", .observed = "so it is"};
  guessed = {
      .met = true,
      .expected = "no name twice, in no order, with " + std::to_string(static_cast<int>(least)) + " bits or more",
      .observed = ""};
  const TargetSpec& target = sandbox.target();
  std::string why_not;
  if (target.transport != Transport::kHttp || !target.Speaks(kWithSessionIds))
    why_not = target.name + " does not speak Streamable HTTP of revision " + kWithSessionIds;
  const Json params{{"protocolVersion", kWithSessionIds},
                    {"capabilities", Json::object()},
                    {"clientInfo", {{"name", "iff"}, {"version", kVersion}}}};
  std::vector<std::string> names;
  // Not through the sandbox: nobody reads a trace of thousands that are all alike.
  HttpClient client(sandbox.process().endpoint());
  const std::string header = target.key_header.empty() ? "Authorization" : target.key_header;
  const std::string shown = (EqualsIgnoreCase(header, "Authorization") ? "Bearer " : "") +
                            sandbox.principals().FindCredential(with)->value.Reveal();
  const auto send = [&](HttpRequest request) {
    request.headers.Set(header, shown);
    return client.Send(request, Deadline::In(std::chrono::seconds(10)));
  };
  // A slow server is asked for fewer, to bound the time: enough to estimate bits and order.
  constexpr int64_t kFewest = 200;
  const Deadline enough = Deadline::In(std::chrono::seconds(2));
  for (int64_t i = 0; i < times && why_not.empty() && (i < kFewest || !enough.Passed()); ++i) {
    const std::string session = "open session " + std::to_string(i + 1);
    const HttpResponse opened =
        TRY(send(McpRequest(Revision::k20251125, target.path, "initialize", params, i + 1)).While(session));
    if (opened.status != 200)
      return Error(ErrorKind::kUnavailable, session + ": HTTP " + std::to_string(opened.status));
    names.push_back(opened.headers.Get("Mcp-Session-Id"));
    if (names.back().empty()) {
      why_not = target.name + " names no Mcp-Session-Id when it is initialized: it has no sessions";
      break;
    }
    HttpRequest end{.method = "DELETE", .target = target.path};
    end.headers = {{"MCP-Protocol-Version", kWithSessionIds}, {"Mcp-Session-Id", names.back()}};
    (void)send(end);
  }
  if (!why_not.empty()) {
    visible.inapplicable = guessed.inapplicable = why_not;
    return outcome;
  }
  for (const std::string& name : names) {
    const bool all = std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c <= '~'; });
    if (!all) visible = {.met = false, .expected = visible.expected, .observed = "a name with something else in it"};
  }
  const size_t distinct = std::set<std::string>(names.begin(), names.end()).size();
  const double bits = BitsOf(names);
  int rising = 0;
  for (size_t i = 1; i < names.size(); ++i)
    rising +=
        names[i - 1].size() < names[i].size() || (names[i - 1].size() == names[i].size() && names[i - 1] < names[i])
            ? 1
            : 0;
  // Of n names by lot, (n - 1) / 2 come after a smaller one, and the deviation is the root of (n + 1) / 12.
  const auto count = static_cast<double>(names.size());
  const double off = std::abs(rising - (count - 1) / 2) / std::sqrt((count + 1) / 12);
  constexpr double kSixDeviations = 6;
  guessed.met = distinct == names.size() && bits >= least && off < kSixDeviations;
  guessed.observed = std::to_string(distinct) + " of " + std::to_string(names.size()) + " distinct, about " +
                     std::to_string(static_cast<int>(bits)) + " bits, " + std::to_string(rising) +
                     " after a smaller one";
  return outcome;
}

}  // namespace

void AddTellingProbes(ProbeSet& probes) {
  probes["published_texts"] = {PlayPublishedTexts, Aftermath::kAsTheyWere, Asks::kHttp, Wants::kRunningTarget};
  probes["refusal_texts"] = {PlayRefusalTexts, Aftermath::kAsTheyWere, Asks::kHttp, Wants::kRunningTarget};
  probes["session_names"] = {PlaySessionNames, Aftermath::kAsTheyWere, Asks::kHttp, Wants::kRunningTarget};
}

}  // namespace iff
