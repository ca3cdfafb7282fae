// Whatever a component does, one way after another: what its users get, what they are told, and when it is over.
#include <algorithm>
#include <random>
#include <set>

#include "harness/run/fault.h"
#include "scenarios/probes/probes.h"

namespace iff {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kAnsweredWithin{8000};     // for an answer, whatever is disturbed
constexpr milliseconds kServedAgainWithin{8000};  // until service is back, from when the component is whole
constexpr milliseconds kNoMoreHope{200};          // that long where it was waited for in vain before

struct Outage {
  std::string name = {};
  GateFault fault = {};
  bool of_one = false;   // it meets one person, and nobody else is to notice
  bool refuses = false;  // it says of whoever comes that they are not taken, which may be told as such
};

GateFault As(const std::string& word, GateAim aim = {}, milliseconds delay = {}) {
  return FaultOf({.as = word, .delay = delay}, std::move(aim));
}

// What was asked at a gate, by path without the query.
class Paths {
 public:
  void See(const Passage& passage) {
    if (!passage.to_component) return;
    const std::string_view line = passage.bytes.substr(0, passage.bytes.find("\r\n"));
    const size_t begin = line.find(" /");
    if (!line.ends_with(" HTTP/1.1") || begin == std::string_view::npos) return;
    seen_.emplace_back(line.substr(begin + 1, line.find_first_of(" ?", begin + 1) - begin - 1));
  }
  const std::vector<std::string>& all() const { return seen_; }

 private:
  std::vector<std::string> seen_ = {};
};

class Outages {
 public:
  Outages(Sandbox& sandbox, Gate& gate, const Json& arguments)
      : sandbox_(sandbox),
        gate_(gate),
        component_(AtOr<std::string>(arguments, "/disturbs", "")),
        one_(AtOr<std::string>(arguments, "/with", "")),
        other_(AtOr<std::string>(arguments, "/other", "")),
        operation_(AtOr<std::string>(arguments, "/operation", "")),
        lot_(AtOr<uint64_t>(arguments, "/seed", 1) + sandbox.context().seed) {
    for (const Json& code : AtOr<Json>(arguments, "/told", Json::array())) told_.insert(code.get<std::string>());
    for (const Json& code : AtOr<Json>(arguments, "/told_of_refusals", Json::array()))
      told_of_refusals_.insert(code.get<std::string>());
  }

  Result<ProbeOutcome> Play() {
    const bool http = gate_.endpoint().scheme == "http";
    std::vector<std::string> asked;
    if (http) asked = TRY(AskedWhenCalm());
    const bool startups = gate_.reads() == GateReads::kStartups;
    for (const Outage& outage : http ? OfHttp(asked) : startups ? OfPostgresql() : OfAnything()) {
      TRY(Suffer(outage).While(outage.name));
    }
    told_truly_.inapplicable = WhyNotTold(sandbox_.target(), told_);
    ProbeOutcome outcome;
    outcome.findings = {{"closed", closed_},
                        {"told", told_truly_},
                        {"bounded", bounded_},
                        {"recovered", recovered_},
                        {"others-served", others_}};
    outcome.attachments["outages-" + component_ + ".md"] = account_;
    return outcome;
  }

 private:
  struct Seen {
    bool served = false;
    bool answered = false;
    std::string what = {};  // "served", a code, "HTTP 503", or why there was no answer
    int status = 0;
    std::vector<std::string> of_others = {};
    std::string asked_as = {};  // somebody else, at the far side
    milliseconds took = {};
  };

  Result<Seen> Call(const std::string& who) {
    const Json params = TRY(sandbox_.client().CallParams({.operation = operation_}, who));
    const Cursors marks = sandbox_.observer().Mark();
    const Sending sending = {.with = who, .patience = kAnsweredWithin + milliseconds(2000)};
    const SendOutcome sent = sandbox_.client().Send(sending, "tools/call", params, "disturbed");
    Observation around;
    sandbox_.observer().Observe(marks, who, sent, around);
    Seen seen{.answered = sent.answer.has_value(), .of_others = around.others_seen};
    seen.took = std::chrono::duration_cast<milliseconds>(sent.took);
    for (const DownstreamEvent& event : around.downstream.events) {
      if (event.act.source.place != Place::kLedger) continue;
      const auto persona = around.persona_of.find(event.account);
      if (persona != around.persona_of.end() && persona->second != who)
        seen.asked_as = event.act.source.component + " was asked as " + persona->second;
    }
    if (!sent.answer) {
      seen.what = sent.silence;
      return seen;
    }
    const bool result = sent.answer->status == 200 && sent.answer->HasResult() && !sent.answer->ToolError();
    seen.served = result && around.seen_of.contains(who);
    seen.status = sent.answer->status;
    const std::string code = sent.answer->ToolErrorCode();
    seen.what = seen.served     ? "served"
                : result        ? "success without anything of " + who
                : !code.empty() ? code
                                : "HTTP " + std::to_string(seen.status);
    return seen;
  }

  // What the server asks the component for from its start to the first answer.
  Result<std::vector<std::string>> AskedWhenCalm() {
    Paths paths;
    TRY(sandbox_.Relaunch());
    gate_.Watch([&](const Passage& passage) { paths.See(passage); });
    const Result<Seen> seen = Call(one_);
    gate_.Watch({});
    if (!seen.ok()) return seen.error();
    if (!seen->served) return Error(ErrorKind::kUnavailable, "not served before anything was disturbed: " + seen->what);
    if (paths.all().empty())
      return Error(ErrorKind::kUnavailable, component_ + " was not asked for anything: there is nothing to disturb");
    return paths.all();
  }

  uint64_t Lot(uint64_t most) { return std::uniform_int_distribution<uint64_t>(0, most - 1)(lot_); }

  std::vector<Outage> OfAnything() {
    GateFault cut = As("cut");
    cut.after_bytes = Lot(300);
    return {{.name = "refuses", .fault = As("refuse")},
            {.name = "holds", .fault = As("hold")},
            {.name = "is slow", .fault = As("delay", {}, milliseconds(200))},
            {.name = "is cut after " + std::to_string(cut.after_bytes) + " bytes", .fault = cut}};
  }

  // Each but the first looks at requests, so that what was disturbed can be counted.
  std::vector<Outage> OfHttp(const std::vector<std::string>& asked) {
    const GateAim each = {.path = "/"};
    std::vector<Outage> all = OfAnything();
    for (size_t i = 1; i < all.size(); ++i) all[i].fault.aim = each;
    all.push_back({.name = "resets each request", .fault = As("refuse", each)});
    for (const char* status : {"500", "503", "429"})
      all.push_back({.name = std::string("answers ") + status, .fault = As(status, each)});
    all.push_back({.name = "answers garbage", .fault = As("garbage", each)});
    all.push_back({.name = "answers far too much", .fault = As("huge", each)});
    const uint64_t nth = Lot(asked.size()) + 1;
    all.push_back(
        {.name = "answers 503 to request " + std::to_string(nth), .fault = As("503", {.path = "/", .nth = nth})});
    const std::string& path = asked[Lot(asked.size())];
    all.push_back({.name = "answers garbage at " + path, .fault = As("garbage", {.path = path})});
    all.push_back({.name = "answers 503 to " + one_,
                   .fault = As("503", {.holding = sandbox_.principals().MarksOf(one_)}),
                   .of_one = true});
    return all;
  }

  // All but the first four look at start-ups: whoever is connected meets none of them.
  std::vector<Outage> OfPostgresql() {
    const GateAim each = {.start_ups = true};
    const GateAim hers = {.holding = sandbox_.principals().MarksOf(one_), .start_ups = true};
    std::vector<Outage> all = OfAnything();
    all.push_back({.name = "holds whoever connects", .fault = As("hold", each)});
    all.push_back({.name = "answers 53300 to whoever connects", .fault = As("53300", each)});
    all.push_back({.name = "answers 28P01 to whoever connects", .fault = As("28P01", each), .refuses = true});
    all.push_back({.name = "answers garbage to whoever connects", .fault = As("garbage", each)});
    all.push_back({.name = "answers far too much to whoever connects", .fault = As("huge", each)});
    all.push_back({.name = "answers a byte now and then to whoever connects", .fault = As("trickle", each)});
    GateFault cut = As("cut", each);
    cut.after_bytes = Lot(24);  // of what it says before anybody is in
    all.push_back(
        {.name = "cuts whoever connects off after " + std::to_string(cut.after_bytes) + " bytes", .fault = cut});
    all.push_back({.name = "answers 53300 to " + one_ + " who connects", .fault = As("53300", hers), .of_one = true});
    return all;
  }

  static void Note(Finding& finding, const std::string& what) {
    finding.met = false;
    finding.observed += (finding.observed.empty() ? "" : "; ") + what;
  }

  void Weigh(const Outage& outage, const std::string& when, const Seen& seen) {
    if (!seen.of_others.empty()) Note(closed_, when + ": somebody else's things came back");
    if (!seen.asked_as.empty()) Note(closed_, when + ": " + seen.asked_as);
    if (seen.answered && seen.what.starts_with("success")) Note(closed_, when + ": " + seen.what);
    if (!seen.answered || seen.took > kAnsweredWithin) {
      Note(bounded_, when + ": " + (seen.answered ? std::to_string(seen.took.count()) + " ms" : seen.what));
    }
    const bool other = !seen.answered || seen.what.starts_with("success");  // told of by the other findings
    const bool refused = outage.refuses && told_of_refusals_.contains(seen.what);
    const bool truly = seen.served || other || told_.contains(seen.what) || refused || seen.status == 503;
    if (!truly) Note(told_truly_, when + ": " + seen.what);
  }

  // `disturbed` is how many requests have to have met it at least.
  Result<void> SufferOnce(const Outage& outage, const std::string& who, const std::string& when, uint64_t at_least) {
    const uint64_t before = gate_.counts().disturbed;
    gate_.Set(outage.fault);
    const Result<Seen> seen = Call(who);
    const Result<Seen> other = outage.of_one && at_least > 0 ? Call(other_) : Result<Seen>(Seen{.served = true});
    const uint64_t met = gate_.counts().disturbed - before;
    gate_.Heal();
    if (!seen.ok()) return seen.error();
    if (!other.ok()) return other.error();
    if (!outage.fault.aim.everybody() && met < at_least)
      return Error(ErrorKind::kUnavailable, "no request or start-up met it");
    Weigh(outage, outage.name + ", " + when, *seen);
    if (!other->served) Note(others_, outage.name + ": " + other_ + " got " + other->what);
    const auto healed = std::chrono::steady_clock::now();
    std::string last;
    const Result<void> back =
        Eventually(Deadline::In(recovered_.met ? kServedAgainWithin : kNoMoreHope), [&]() -> Result<bool> {
          const Seen again = TRY(Call(who));
          last = again.what;
          return again.served;
        });
    if (!back.ok()) Note(recovered_, outage.name + ", " + when + ": " + last);
    const auto took = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - healed);
    account_ += "| " + component_ + " " + outage.name + " | " + when + " | " +
                (outage.fault.aim.everybody() ? "all" : std::to_string(met)) + " | " + seen->what + " | " +
                std::to_string(seen->took.count()) + " | " + (back.ok() ? "" : "not within ") +
                std::to_string(took.count()) + " |\n";
    return {};
  }

  // Once with everything to be asked for; once for somebody new, while the server holds what it could give instead; and
  // once with all of it kept.
  Result<void> Suffer(const Outage& outage) {
    TRY(sandbox_.Relaunch());
    TRY(SufferOnce(outage, one_, "just started", 1));
    TRY(SufferOnce(outage, other_, "knows another", 0));
    return SufferOnce(outage, one_, "knows the caller", 0);
  }

  Sandbox& sandbox_;
  Gate& gate_;
  const std::string component_;
  const std::string one_;
  const std::string other_;
  const std::string operation_;
  std::mt19937_64 lot_;
  std::set<std::string> told_ = {};
  std::set<std::string> told_of_refusals_ = {};
  Finding closed_ = {.met = true,
                     .expected = "what is the caller's own, or nothing; asked for as the caller, or not at all",
                     .observed = ""};
  Finding told_truly_ = {.met = true, .expected = "served, 503, or a code that names what is gone", .observed = ""};
  Finding bounded_ = {.met = true, .expected = "an answer within 8 s", .observed = ""};
  Finding recovered_ = {.met = true, .expected = "service within 8 s of the end", .observed = ""};
  Finding others_ = {.met = true, .expected = "others are served meanwhile", .observed = ""};
  std::string account_ =
      "| what was disturbed | server | requests or start-ups met | answer | ms | served again after ms "
      "|\n|---|---|---|---|---|---|\n";
};

Result<ProbeOutcome> PlayOutages(Sandbox& sandbox, const Json& arguments) {
  const std::string component = AtOr<std::string>(arguments, "/disturbs", "");
  Gate* gate = sandbox.FindGate(component);
  if (gate == nullptr) return Error(ErrorKind::kInvalidInput, "outages: want 'disturbs', a component");
  for (const char* who : {"/with", "/other"}) {
    if (sandbox.principals().FindCredential(AtOr<std::string>(arguments, who, "")) == nullptr) {
      return Error(ErrorKind::kInvalidInput, std::string("outages: want a credential as '") + (who + 1) + "'");
    }
  }
  return Outages(sandbox, *gate, arguments).Play();
}

}  // namespace

void AddOutageProbes(ProbeSet& probes) { probes["outages"] = PlayOutages; }

}  // namespace iff
