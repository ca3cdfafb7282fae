// C++ steps for what data cannot say. A probe finds something out; the scenario's file says what is
// expected of each finding.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "harness/run/sandbox.h"

namespace iff {

struct ProbeOutcome {
  std::map<std::string, Finding> findings = {};
  std::vector<MatrixCell> matrix = {};
  // Files to keep with the result, by name without a folder, such as one that shows the same again; they are masked.
  std::map<std::string, std::string> attachments = {};
  // What the target declares and the probe does not look at.
  std::vector<std::string> not_looked_at = {};
};

// What a probe leaves of the people on its sandbox.
enum class Aftermath {
  kUnknown,     // nobody else gets them afterwards
  kAsTheyWere,  // it sends requests to the target, as its users do, and looks
};

// What a probe asks of a target's transport.
enum class Asks {
  kAnything,        // whatever the target speaks
  kAuthentication,  // that a caller is checked, which is nothing a process over stdio does
  kHttp,            // in words of HTTP
  kSingleRequests,  // requests of their own, which can be interleaved: Streamable HTTP or plain POST
};

// Which target a probe may be played on.
enum class Wants {
  kFreshTarget,    // it looks at the process or counts what that holds, or nobody has said that it does not
  kRunningTarget,  // one that served other scenarios before, and serves more afterwards: it sends requests, and ends
                   // what it opens
};

// Why a probe has nothing to find out at a target, as far as its file tells; "": it has.
using WhyNotAt = std::string (*)(const TargetSpec& target);

class Probe {
 public:
  using Action = std::function<Result<ProbeOutcome>(Sandbox& sandbox, const Json& arguments)>;

  Probe() = default;
  template <class F>
    requires std::is_convertible_v<F, Action>
  Probe(F action,  // NOLINT(google-explicit-constructor): a function is a probe
        Aftermath aftermath = Aftermath::kUnknown, Asks asks = Asks::kAnything, Wants wants = Wants::kFreshTarget,
        WhyNotAt why_not = nullptr)
      : action_(std::move(action)), aftermath_(aftermath), asks_(asks), wants_(wants), why_not_(why_not) {}

  Result<ProbeOutcome> operator()(Sandbox& sandbox, const Json& arguments) const { return action_(sandbox, arguments); }
  Aftermath aftermath() const { return aftermath_; }
  Asks asks() const { return asks_; }
  Wants wants() const { return wants_; }
  std::string WhyNot(const TargetSpec& target) const { return why_not_ == nullptr ? "" : why_not_(target); }

 private:
  Action action_;
  Aftermath aftermath_ = Aftermath::kUnknown;
  Asks asks_ = Asks::kAnything;
  Wants wants_ = Wants::kFreshTarget;
  WhyNotAt why_not_ = nullptr;
};
using ProbeSet = std::map<std::string, Probe>;

}  // namespace iff
