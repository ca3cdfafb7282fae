// Whoever strains a server: asks on after their budget is spent, in other clothes, or begins requests and does not end
// them.
#include <atomic>
#include <future>

#include "harness/core/bytes.h"
#include "scenarios/probes/probes.h"

namespace iff {
namespace {

using std::chrono::milliseconds;

// What a limiter may take for somebody else, if it believes what a caller says.
std::vector<Headers> Faces() {
  std::vector<Headers> faces;
  for (const char* name : {"X-Forwarded-For", "X-Real-IP", "True-Client-IP", "CF-Connecting-IP", "X-Client-IP",
                           "X-Cluster-Client-IP", "Fastly-Client-IP", "X-Originating-IP", "X-Remote-Addr"}) {
    for (const char* address : {"192.0.2.7", "198.51.100.23", "127.0.0.1", "2001:db8::7"})
      faces.push_back({{name, address}});
  }
  faces.push_back({{"X-Forwarded-For", "192.0.2.8, 198.51.100.24"}});
  faces.push_back({{"Forwarded", "for=192.0.2.9;proto=https;by=203.0.113.1"}});
  faces.push_back({{"Forwarded", "for=\"[2001:db8::9]\""}});
  faces.push_back({{"X-Forwarded-Host", "another.example"}});
  faces.push_back({{"User-Agent", "somebody-else/2.0"}});
  faces.push_back({{"Mcp-Session-Id", Hex(RandomBytes(16))}});
  faces.push_back({{"X-Request-Id", Hex(RandomBytes(16))}, {"X-Api-Key", Hex(RandomBytes(16))}});
  faces.push_back({{"Cookie", "session=" + Hex(RandomBytes(16))}});
  faces.push_back({{"X-Forwarded-User", "somebody"}, {"X-User-Id", "somebody"}});
  return faces;
}

// `arguments`: `with`, a credential whose budget is spent.
Result<ProbeOutcome> PlayOtherFaces(Sandbox& sandbox, const Json& arguments) {
  const std::string with = AtOr<std::string>(arguments, "/with", "");
  const Credential* credential = sandbox.principals().FindCredential(with);
  if (credential == nullptr) return Error(ErrorKind::kInvalidInput, "other_faces: want 'with', a credential");
  const TargetSpec& target = sandbox.target();
  const Revision revision = TRY(ParseRevision(target.revisions.front()));
  const Json call = TRY(sandbox.client().CallParams({.operation = "read_own"}, credential->principal));
  Finding same{.met = true, .expected = "HTTP 429, whatever a field says", .observed = ""};
  const std::vector<Headers> faces = Faces();
  int64_t id = 0;
  for (const Headers& face : faces) {
    HttpRequest request = McpRequest(revision, target.path, "tools/call", call, ++id, "", target.mirrors);
    std::string shown;
    for (const auto& [name, value] : face.fields()) {
      request.headers.Set(name, value);
      shown += name + ": " + value + " ";
    }
    const SendOutcome sent = sandbox.client().SendAgain(request, {.with = with}, "with " + shown);
    if (!sent.answer) return Error(ErrorKind::kUnavailable, "with " + shown + ": " + sent.silence);
    if (sent.answer->status == 429) continue;
    same.met = false;
    same.observed += shown + "got " + StatusOf(sent) + "; ";
  }
  if (same.met) same.observed = "so it was, " + std::to_string(faces.size()) + " times";
  return ProbeOutcome{.findings = {{"another-face-is-the-same-budget", same}}};
}

struct Stalled {
  milliseconds after = milliseconds(0);  // until the other side ended it
  bool ended = false;
  std::string said = {};
};

// `arguments`: `with`, a credential; `connections`, of each kind; `within`, seconds.
Result<ProbeOutcome> PlayStalled(Sandbox& sandbox, const Json& arguments) {
  const std::string with = AtOr<std::string>(arguments, "/with", "");
  const int64_t connections = AtOr<int64_t>(arguments, "/connections", 0);
  const milliseconds within = std::chrono::seconds(AtOr<int64_t>(arguments, "/within", 0));
  const Credential* credential = sandbox.principals().FindCredential(with);
  if (credential == nullptr || connections < 1 || within.count() < 1) {
    return Error(ErrorKind::kInvalidInput, "stalled: want 'with', a credential, 'connections' and 'within'");
  }
  const TargetSpec& target = sandbox.target();
  const Endpoint endpoint = sandbox.process().endpoint();
  const std::string head =
      "POST " + target.path + " HTTP/1.1\r\nHost: " + endpoint.Authority() + "\r\nContent-Type: application/json\r\n";
  const std::string half_head = head + "X-Note: and then";
  const std::string half_body =
      head + "Content-Length: 4000\r\nAccept: application/json, text/event-stream\r\n\r\n{\"jsonrpc\":\"2.0\",";
  const milliseconds patience = within + milliseconds(5000);
  const auto stall = [&](const std::string& bytes) {
    Stalled stalled;
    const auto began = std::chrono::steady_clock::now();
    Result<std::string> answer = SendRaw(endpoint, bytes, Deadline::In(patience));
    stalled.after = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - began);
    stalled.said = answer.value_or("");
    stalled.ended = stalled.after < patience;
    return stalled;
  };
  std::vector<std::future<Stalled>> heads;
  std::vector<std::future<Stalled>> bodies;
  for (int64_t i = 0; i < connections; ++i) {
    heads.push_back(std::async(std::launch::async, stall, half_head));
    bodies.push_back(std::async(std::launch::async, stall, half_body));
  }
  // Somebody else comes meanwhile, again and again, and not over a connection from before.
  const Json call = TRY(sandbox.client().CallParams({.operation = "read_own"}, credential->principal));
  const Revision revision = TRY(ParseRevision(target.revisions.front()));
  Finding others{.met = true, .expected = "who ends a request is answered within 5 s meanwhile", .observed = ""};
  (void)Eventually(Deadline::In(milliseconds(1500)), [&]() -> Result<bool> {
    HttpRequest request = McpRequest(revision, target.path, "tools/call", call, 1, "", target.mirrors);
    request.headers.Set("Authorization", "Bearer " + credential->value.Reveal());
    HttpClient client(endpoint);
    const Result<HttpResponse> answer = client.Send(request, Deadline::In(milliseconds(5000)));
    if (!answer.ok()) {
      others.met = false;
      others.observed = answer.error().message();
      return true;
    }
    others.observed = "HTTP " + std::to_string(answer->status);
    return false;
  });
  const auto judge = [&](std::vector<std::future<Stalled>>& all, const char* what) {
    Finding finding{
        .met = true,
        .expected = std::string(what) + " that stalls is ended within " + std::to_string(within.count()) + " ms",
        .observed = ""};
    milliseconds longest{0};
    for (std::future<Stalled>& one : all) {
      const Stalled stalled = one.get();
      longest = std::max(longest, stalled.after);
      if (!stalled.ended || stalled.after > within || stalled.said.starts_with("HTTP/1.1 200")) finding.met = false;
    }
    finding.observed = "the last after " + std::to_string(longest.count()) + " ms";
    return finding;
  };
  ProbeOutcome outcome;
  outcome.findings["stalled-heads-end"] = judge(heads, "a head");
  outcome.findings["stalled-bodies-end"] = judge(bodies, "a body");
  outcome.findings["others-are-answered-meanwhile"] = others;
  return outcome;
}

}  // namespace

void AddStrainProbes(ProbeSet& probes) {
  probes["other_faces"] = {PlayOtherFaces, Aftermath::kAsTheyWere, Asks::kHttp};
  probes["stalled"] = {PlayStalled, Aftermath::kAsTheyWere, Asks::kHttp, Wants::kRunningTarget};
}

}  // namespace iff
