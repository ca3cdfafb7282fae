#include "bench/latency/chain.h"

#include "bench/load/wire.h"

namespace iff {
namespace {

using std::chrono::steady_clock;

constexpr size_t kEnoughToTell = 256;  // of a request's first bytes

int64_t Micros(steady_clock::time_point at) {
  return std::chrono::duration_cast<std::chrono::microseconds>(at.time_since_epoch()).count();
}

std::string PersonaOf(int number) { return "caller-" + std::to_string(number + 1); }

Result<void> CallOnce(Sandbox& sandbox, const std::string& operation, const std::string& role) {
  const Json params = TRY(sandbox.client().CallParams({.operation = operation}, role));
  const SendOutcome sent = sandbox.client().Send({.with = role}, "tools/call", params, "bench");
  if (!sent.answer) return Error(ErrorKind::kUnavailable, sent.silence);
  if (sent.answer->status != 200 || sent.answer->ToolError() || !sent.answer->HasResult()) {
    return Error(ErrorKind::kRefused,
                 operation + " of " + role + ": " + std::to_string(sent.answer->status) + " " + sent.answer->Text());
  }
  return {};
}

// What the gates see, while it lives.
class Watch {
 public:
  explicit Watch(Sandbox& sandbox) {
    for (Component* component : sandbox.context().environment.components()) Add(sandbox, component->name());
    for (const ComponentSpec& spec : sandbox.context().system.components) {
      if (spec.per_scenario) Add(sandbox, spec.name);
    }
  }
  ~Watch() {
    for (Gate* gate : gates_) gate->Watch({});
  }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  std::vector<Seen> Take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(seen_, {});
  }

 private:
  void Add(Sandbox& sandbox, const std::string& component) {
    Gate* const gate = sandbox.FindGate(component);
    if (gate == nullptr) return;
    gates_.push_back(gate);
    gate->Watch([this, component](const Passage& passage) {
      const size_t tail = passage.bytes.size() - std::min<size_t>(8, passage.bytes.size());
      Seen seen{.component = component,
                .connection = passage.connection,
                .to_component = passage.to_component,
                .at = Micros(passage.at),
                .end = std::string(passage.bytes.substr(tail))};
      if (passage.to_component) seen.begin = passage.bytes.substr(0, kEnoughToTell);
      const std::lock_guard lock(mutex_);
      seen_.push_back(std::move(seen));
    });
  }

  std::vector<Gate*> gates_ = {};
  std::mutex mutex_ = {};
  std::vector<Seen> seen_ = {};
};

}  // namespace

std::vector<GivenPrincipal> Callers(const std::string& person, int count) {
  std::vector<GivenPrincipal> callers;
  for (int i = 0; i < count; ++i) callers.push_back({.persona = PersonaOf(i), .person = person});
  return callers;
}

Result<ChainResult> MeasureChain(Sandbox& sandbox, const std::string& operation, int identities, int rounds) {
  ChainResult result;
  Watch watch(sandbox);
  const auto measure = [&](Breakdown& into, const std::string& role, bool logs_in) -> Result<void> {
    (void)watch.Take();
    const int64_t began = Micros(steady_clock::now());
    std::vector<Hop> hops;
    if (logs_in) {
      TRY(sandbox.principals().Obtain(role, role, sandbox.principals().AllScopes(), ""));
      hops.push_back({.name = "password login", .begin = began, .end = Micros(steady_clock::now())});
    }
    TRY(CallOnce(sandbox, operation, role));
    const int64_t ended = Micros(steady_clock::now());
    for (Hop& hop : HopsOf(watch.Take())) hops.push_back(std::move(hop));
    into.Add(PartsOf(hops, began, ended), ended - began);
    (void)sandbox.trace().Take();
    return {};
  };
  for (int i = 0; i < identities; ++i) TRY(measure(result.cold, PersonaOf(i), true));
  for (int round = 0; round < rounds; ++round) TRY(measure(result.warm, PersonaOf(round % identities), false));
  return result;
}

Result<std::vector<std::string>> WarmRequests(Sandbox& sandbox, const std::string& operation, int identities,
                                              Histogram& logins, Histogram& first_calls) {
  std::vector<std::string> requests;
  for (int i = 0; i < identities; ++i) {
    const std::string role = PersonaOf(i);
    const int64_t began = Micros(steady_clock::now());
    TRY(sandbox.principals().Obtain(role, role, sandbox.principals().AllScopes(), ""));
    const int64_t logged_in = Micros(steady_clock::now());
    logins.Record(logged_in - began);
    TRY(CallOnce(sandbox, operation, role));
    first_calls.Record(Micros(steady_clock::now()) - logged_in);
    (void)sandbox.trace().Take();
    const Json params = TRY(sandbox.client().CallParams({.operation = operation}, role));
    HttpRequest request = McpRequest(Revision::k20260728, sandbox.target().path, "tools/call", params, 1);
    request.headers.Set("Authorization", "Bearer " + sandbox.principals().FindCredential(role)->value.Reveal());
    requests.push_back(WireRequest(request, sandbox.process().endpoint()));
  }
  return requests;
}

}  // namespace iff
