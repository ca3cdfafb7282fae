// One principal, or a stranger, does their worst at something that all share, while a neighbour is timed and the
// server's process is watched.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <functional>
#include <future>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "harness/launch/proc.h"
#include "scenarios/probes/neighbour.h"
#include "scenarios/probes/probes.h"

namespace iff {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

// What a server holds of the machine.
struct Held {
  int64_t memory = 0;       // bytes
  int64_t descriptors = 0;  // open ones
  int64_t files = 0;        // bytes that were written: its log, its records, whatever is in its directory
};

int64_t SizeOf(const fs::path& folder) {
  int64_t size = 0;
  std::error_code gone;
  for (fs::recursive_directory_iterator at(folder, gone), end; !gone && at != end; at.increment(gone)) {
    std::error_code no_file;
    const auto bytes = fs::file_size(at->path(), no_file);
    if (!no_file) size += static_cast<int64_t>(bytes);
  }
  return size;
}

Held HeldBy(Sandbox& sandbox) {
  Held held;
  for (Service* service : sandbox.process().services()) {
    held.memory += ResidentMemory(service->pid());
    std::error_code gone;
    const fs::path open = "/proc/" + std::to_string(service->pid()) + "/fd";
    for (fs::directory_iterator at(open, gone), end; !gone && at != end; at.increment(gone)) ++held.descriptors;
    held.files += static_cast<int64_t>(service->LogSize()) + SizeOf(service->directory());
  }
  return held;
}

// -- requests, again and again

// One request, whatever comes of it.
using Once = std::function<void()>;

// `times` requests over several connections, or as many as there is time for.
class Strain {
 public:
  static constexpr int kLanes = kStrainingAtOnce;
  static constexpr milliseconds kLongest{1000};

  Strain(const std::function<Once()>& lane, int64_t times) : left_(times), deadline_(Deadline::In(kLongest)) {
    for (int i = 0; i < kLanes; ++i) {
      lanes_.push_back(std::async(std::launch::async, [this, once = lane()] {
        for (; left_.fetch_sub(1) > 0 && !deadline_.Passed(); ++sent_) once();
        ++ended_;
      }));
    }
  }
  bool goes_on() const { return ended_ < kLanes; }
  int64_t sent() const { return sent_; }
  void Await() {
    for (std::future<void>& lane : lanes_) lane.wait();
  }

 private:
  std::atomic<int64_t> left_;
  std::atomic<int64_t> sent_ = 0;
  std::atomic<int> ended_ = 0;
  Deadline deadline_;
  std::vector<std::future<void>> lanes_;
};

// The same request over a connection of its own, whatever it is answered.
Once Repeating(Sandbox& sandbox, HttpRequest request) {
  const auto client = std::make_shared<HttpClient>(sandbox.process().endpoint());
  return [client, request = std::move(request)] { (void)client->Send(request, Deadline::In(Strain::kLongest)); };
}

// Whatever the server speaks first, `method` as whoever `with` names.
Result<HttpRequest> Asking(Sandbox& sandbox, const std::string& with, const std::string& method,
                           const Json& params = Json::object()) {
  const TargetSpec& target = sandbox.target();
  const Revision revision = TRY(ParseRevision(target.revisions.front()));
  return sandbox.client().Dressed(McpRequest(revision, target.path, method, params, 1, "", target.mirrors),
                                  {.with = with});
}

// What the one who strains it does: a request each time.
using Worst = Result<HttpRequest> (*)(Sandbox& sandbox, const std::string& with);

const std::map<std::string, Worst>& Worsts() {
  static const auto* const kWorsts = new std::map<std::string, Worst>{
      {"strangers", [](Sandbox& sandbox, const std::string&) { return Asking(sandbox, "", "tools/list"); }},
      {"no-json",
       [](Sandbox& sandbox, const std::string& with) -> Result<HttpRequest> {
         HttpRequest request = TRY(Asking(sandbox, with, "tools/list"));
         request.body = R"({"jsonrpc": "2.0", )" + std::string(16000, ' ');
         return request;
       }},
      {"big-handshakes",
       [](Sandbox& sandbox, const std::string& with) -> Result<HttpRequest> {
         Json capabilities = Json::object();
         for (int i = 0; i < 64; ++i) capabilities["x-" + std::to_string(i)] = std::string(14000, 'x');
         HttpRequest request = McpRequest(Revision::k20251125, sandbox.target().path, "initialize",
                                          {{"protocolVersion", "2025-11-25"},
                                           {"capabilities", {{"experimental", capabilities}}},
                                           {"clientInfo", {{"name", "many"}, {"version", "1"}}}},
                                          1, "", sandbox.target().mirrors);
         return sandbox.client().Dressed(std::move(request), {.with = with});
       }},
  };
  return *kWorsts;
}

// -- connections that are held

// Connections over which bytes went out, and nothing is read. Ends them with itself.
class Holding {
 public:
  Holding() = default;
  Holding(const Holding&) = delete;
  Holding& operator=(const Holding&) = delete;
  ~Holding() {
    for (const int socket : sockets_) close(socket);
  }
  // `count` of them, each with as much of `bytes` as goes out without anybody reading. Answers how many came about;
  // where this process may not open as many files, none.
  size_t Open(const Endpoint& endpoint, size_t count, const std::string& bytes) {
    constexpr size_t kOthers = 500;  // files that this process has open otherwise
    rlimit limit = {};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
    if (limit.rlim_cur < count + kOthers) {
      limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, count + kOthers);
      if (setrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur < count + kOthers) return 0;
    }
    sockaddr_in address{.sin_family = AF_INET, .sin_port = htons(endpoint.port), .sin_addr = {}, .sin_zero = {}};
    if (inet_pton(AF_INET, endpoint.host.c_str(), &address.sin_addr) != 1) return 0;
    while (sockets_.size() < count) {
      const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
      if (socket < 0) return 0;
      sockets_.push_back(socket);
      // What is not read shows soon at the other side.
      const int little = 4096;
      (void)setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &little, sizeof little);
      (void)connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    }
    sent_.assign(sockets_.size(), 0);
    for (int round = 0; round < 20; ++round) {
      (void)Eventually(Deadline::In(milliseconds(10)), []() -> Result<bool> { return false; });
      for (size_t i = 0; i < sockets_.size(); ++i) {
        const ssize_t taken =
            send(sockets_[i], bytes.data() + sent_[i], bytes.size() - sent_[i], MSG_NOSIGNAL | MSG_DONTWAIT);
        if (taken > 0) sent_[i] += static_cast<size_t>(taken);
      }
    }
    return static_cast<size_t>(std::count_if(sockets_.begin(), sockets_.end(), [](int socket) {
      sockaddr_in peer{};
      socklen_t size = sizeof peer;
      return getpeername(socket, reinterpret_cast<sockaddr*>(&peer), &size) == 0;
    }));
  }

 private:
  std::vector<int> sockets_;
  std::vector<size_t> sent_;
};

struct Hold {
  size_t connections = 0;
  std::string bytes = {};
};

// What is sent over each of many connections, and no more.
Result<Hold> HoldOf(Sandbox& sandbox, const std::string& way, const std::string& with) {
  if (way == "idle") return Hold{.connections = 1100};
  if (way == "bodies") {
    // All but the last of it, by whoever nobody knows.
    constexpr size_t kSize = 1'000'000;
    HttpRequest request = TRY(Asking(sandbox, "", "tools/list"));
    request.body = std::string(kSize, ' ');
    std::string bytes = TRY(BytesOf(sandbox.process().endpoint(), request));
    bytes.pop_back();
    return Hold{.connections = 64, .bytes = std::move(bytes)};
  }
  if (way == "unread") {
    const HttpRequest request = TRY(Asking(sandbox, with, "tools/list"));
    const std::string one = TRY(BytesOf(sandbox.process().endpoint(), request));
    Hold hold{.connections = 10};
    while (hold.bytes.size() < (size_t{3} << 10)) hold.bytes += one;
    return hold;
  }
  return Error(ErrorKind::kInvalidInput, "fair_shares: no way '" + way + "'");
}

// -- what is found

Finding Stays(const char* what, int64_t grew, int64_t most, const char* unit) {
  return {.met = grew <= most,
          .expected = std::string(what) + " grows by at most " + std::to_string(most) + " " + unit,
          .observed = std::to_string(grew) + " " + unit};
}

struct Bounds {
  int64_t memory = 0;          // MiB
  int64_t files = 0;           // KiB
  int64_t descriptors = 0;     // more than before, once it is over
  bool at_its_height = false;  // memory counts while it lasts, too
};

constexpr const char* kServed = "neighbour-is-served";
constexpr const char* kMemory = "memory-stays";
constexpr const char* kFiles = "files-stay";
constexpr const char* kDescriptors = "descriptors-stay";

ProbeOutcome Inapplicable(const std::string& why) {
  ProbeOutcome outcome;
  for (const char* name : {kServed, kMemory, kFiles, kDescriptors}) outcome.findings[name].inapplicable = why;
  return outcome;
}

// Calls of the neighbour's in one go: few, as a server may have a small budget for each person.
constexpr int kCalls = 8;

// `strain` is played while the neighbour calls; it answers how many requests or connections it was, and has ended all.
using Straining = std::function<int64_t(const std::function<void(const std::function<bool()>&)>& meanwhile)>;

ProbeOutcome WatchOnce(Sandbox& sandbox, const Neighbour& neighbour, const CallsOfOne& before, const Bounds& bounds,
                       const Straining& strain) {
  constexpr milliseconds kSettles{3000};
  const Held held = HeldBy(sandbox);
  CallsOfOne meanwhile;
  int64_t highest = 0;
  const int64_t count = strain([&](const std::function<bool()>& lasts) {
    meanwhile = neighbour.CallWhile(lasts);
    if (bounds.at_its_height) highest = HeldBy(sandbox).memory;
  });
  const CallsOfOne afterwards = neighbour.Call(kCalls);
  Held later;
  int64_t memory = 0;
  int64_t files = 0;
  int64_t descriptors = 0;
  (void)Eventually(Deadline::In(kSettles), [&]() -> Result<bool> {
    later = HeldBy(sandbox);
    memory = (std::max(later.memory, highest) - held.memory) >> 20;
    files = (later.files - held.files) >> 10;
    descriptors = later.descriptors - held.descriptors;
    return memory <= bounds.memory && files <= bounds.files && descriptors <= bounds.descriptors;
  });
  (void)sandbox.trace().Take();  // thousands of exchanges tell no more than the figures
  ProbeOutcome outcome;
  Finding served = JudgeNeighbour(before, meanwhile, afterwards);
  if (served.could_not.empty()) served.observed += ", with " + std::to_string(count) + " of the other one's";
  if (count == 0) served.could_not = "nothing of what was to strain the server arrived there";
  outcome.findings[kServed] = served;
  outcome.findings[kMemory] = Stays("its memory", memory, bounds.memory, "MiB");
  outcome.findings[kFiles] = Stays("what it writes", files, bounds.files, "KiB");
  outcome.findings[kDescriptors] = Stays("the number of its open files", descriptors, bounds.descriptors, "");
  for (auto& [name, finding] : outcome.findings) {
    if (name == kServed) continue;
    if (held.memory == 0 || later.memory == 0)
      finding.inapplicable = sandbox.target().name + " runs where its process cannot be looked at";
    if (count == 0) finding.could_not = served.could_not;
  }
  return outcome;
}

// What makes somebody wait does so again; what the machine did is gone the next time.
ProbeOutcome Watch(Sandbox& sandbox, const Neighbour& neighbour, const CallsOfOne& before, const Bounds& bounds,
                   const Straining& strain) {
  ProbeOutcome outcome = WatchOnce(sandbox, neighbour, before, bounds, strain);
  if (!outcome.findings[kServed].met && outcome.findings[kServed].could_not.empty())
    outcome = WatchOnce(sandbox, neighbour, before, bounds, strain);
  return outcome;
}

// A token that nobody issued, in the place of a good one.
Result<std::string> KeepWrong(Sandbox& sandbox, const Credential& right) {
  Credential wrong = right;
  std::string text = right.value.Reveal();
  const size_t signature = text.rfind('.') == std::string::npos ? 0 : text.rfind('.') + 1;
  const size_t at = signature + (text.size() - signature) / 2;
  if (at >= text.size()) return Error(ErrorKind::kInvalidInput, "fair_shares: a credential without a signature");
  text[at] = text[at] == 'A' ? 'B' : 'A';
  wrong.value = Secret(text);
  sandbox.principals().Keep("wrong", right.principal, std::move(wrong));
  return std::string("wrong");
}

// The same message again and again, as each of `with` in turn, in a session where the server has them.
std::function<Once()> Saying(Sandbox& sandbox, std::vector<std::string> with, std::string method, Json params,
                             const std::string& revision = "") {
  for (const std::string& shown : with) {  // or each lane would shake hands
    (void)sandbox.client().Send({.with = shown, .revision = revision}, "tools/list", Json::object(), "the first");
  }
  const auto turn = std::make_shared<size_t>(0);
  return [&sandbox, turn, with = std::move(with), method = std::move(method), params = std::move(params),
          revision]() -> Once {
    return [&sandbox, shown = with[(*turn)++ % with.size()], method, params, revision] {
      (void)sandbox.client().Send({.with = shown, .revision = revision}, method, params, "one of many");
    };
  };
}

// The newest revision of the target's that begins with a handshake; "": none does.
std::string HandshakeRevision(const TargetSpec& target) {
  for (const std::string& name : target.revisions) {
    const Result<Revision> revision = ParseRevision(name);
    if (revision.ok() && *revision != Revision::k20260728) return name;
  }
  return "";
}

// What each of several at once asks again and again. Called from one thread.
Result<std::function<Once()>> LaneOf(Sandbox& sandbox, const std::string& way, const Credential& credential,
                                     const Json& arguments) {
  const std::string with = AtOr<std::string>(arguments, "/with", "");
  if (way == "tool-calls") {
    std::vector<std::string> all = {with};
    for (const Json& other : AtOr<Json>(arguments, "/and", Json::array())) all.push_back(other.get<std::string>());
    return Saying(sandbox, std::move(all), "tools/call",
                  {{"name", AtOr<std::string>(arguments, "/tool", "")},
                   {"arguments", AtOr<Json>(arguments, "/arguments", Json::object())}});
  }
  const Json own = TRY(sandbox.client().CallParams({.operation = "read_own"}, credential.principal));
  if (way == "calls") return Saying(sandbox, {with}, "tools/call", own);
  if (way == "pings") return Saying(sandbox, {with}, "ping", Json::object(), HandshakeRevision(sandbox.target()));
  if (way == "unknown-methods") return Saying(sandbox, {with}, "no/such/method", Json::object());
  if (way == "long-methods") return Saying(sandbox, {with}, "tools/" + std::string(8000, 'x'), Json::object());
  HttpRequest request;
  if (way == "wrong-tokens") {
    const std::string wrong = TRY(KeepWrong(sandbox, credential));
    request = TRY(Asking(sandbox, wrong, "tools/call", own));
  } else {
    const auto worst = Worsts().find(way);
    if (worst == Worsts().end()) return Error(ErrorKind::kInvalidInput, "fair_shares: no way '" + way + "'");
    request = TRY(worst->second(sandbox, with));
  }
  return std::function<Once()>([&sandbox, request] { return Repeating(sandbox, request); });
}

// `arguments`: `way`; `with`, the credential of the one who strains the server; `neighbour`, another's; `times`,
// requests, without it connections; `memory` (MiB), `files` (KiB), `descriptors`: by how much each may grow; for the
// way tool-calls `tool`, its `arguments`, and further credentials, `and`.
Result<ProbeOutcome> PlayFairShares(Sandbox& sandbox, const Json& arguments) {
  const std::string way = AtOr<std::string>(arguments, "/way", "");
  const std::string with = AtOr<std::string>(arguments, "/with", "");
  const int64_t times = AtOr<int64_t>(arguments, "/times", 0);
  const Bounds bounds{.memory = AtOr<int64_t>(arguments, "/memory", 16),
                      .files = AtOr<int64_t>(arguments, "/files", 2048),
                      .descriptors = AtOr<int64_t>(arguments, "/descriptors", 40),
                      .at_its_height = times == 0};
  const Credential* credential = sandbox.principals().FindCredential(with);
  if (credential == nullptr) return Error(ErrorKind::kInvalidInput, "fair_shares: want 'with', a credential");
  if (way == "pings" && HandshakeRevision(sandbox.target()).empty())
    return Inapplicable(sandbox.target().name + " speaks no revision that has pings");
  if (times == 0 && sandbox.process().endpoint().scheme != "http")
    return Inapplicable(sandbox.target().name + " is reached over TLS, and each connection would have to shake hands");
  const Neighbour neighbour =
      TRY(Neighbour::Of(sandbox, AtOr<std::string>(arguments, "/neighbour", "")).While("fair_shares"));
  // Before anything else: what is spent for all is spent from the first request on.
  (void)neighbour.Call(1);  // what the first one wants is not what the others take
  const CallsOfOne before = neighbour.Call(kCalls);
  if (times == 0) {
    const Hold hold = TRY(HoldOf(sandbox, way, with));
    return Watch(sandbox, neighbour, before, bounds, [&](const auto& meanwhile) {
      Holding holding;
      const size_t open = holding.Open(sandbox.process().endpoint(), hold.connections, hold.bytes);
      // The neighbour comes anew.
      sandbox.client().EndSessions();
      sandbox.client().Forget();
      meanwhile([calls = 0]() mutable { return ++calls < 20; });
      return static_cast<int64_t>(open);
    });
  }
  const std::function<Once()> lane = TRY(LaneOf(sandbox, way, *credential, arguments));
  // What is needed once is there before anything is measured. Of handshakes the first ones are all that is let in.
  if (way != "big-handshakes") Strain(lane, times / 4).Await();
  return Watch(sandbox, neighbour, before, bounds, [&](const auto& meanwhile) {
    Strain strain(lane, times);
    meanwhile([&] { return strain.goes_on(); });
    strain.Await();
    return strain.sent();
  });
}

}  // namespace

void AddFairShareProbes(ProbeSet& probes) {
  probes["fair_shares"] = {PlayFairShares, Aftermath::kAsTheyWere, Asks::kHttp, Wants::kRunningTarget};
  // The same, where a budget is spent or sessions stay open.
  probes["fair_shares_used_up"] = {PlayFairShares, Aftermath::kUnknown, Asks::kHttp};
}

}  // namespace iff
